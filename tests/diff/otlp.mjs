// usage: otlp.mjs FILE...  with node_modules/@opentelemetry/otlp-transformer in the working directory
// Reads OTLP/JSON strictly through OpenTelemetry's own protobuf classes (those that its exporters
// send to Jaeger and collectors with): what the .proto files do not have does not survive the trip to
// the wire and back, and is refused.  Then what viewers rely on: ids, one root, parents, times.
import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import { readFileSync } from 'node:fs';

const require = createRequire(process.cwd() + '/');
const root = require('./node_modules/@opentelemetry/otlp-transformer/build/src/generated/root.js');
const Request = root.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
const ids = ['traceId', 'spanId', 'parentSpanId'];
const fail = (m) => { throw new Error(m); };

// OTLP's JSON has its ids in hex where protobuf's mapping has base64.
function spans(doc, f) {
	for (const r of doc.resourceSpans) for (const s of r.scopeSpans) for (const p of s.spans) f(p, r);
}

function strict(text) {
	const given = JSON.parse(text), doc = JSON.parse(text);
	spans(doc, (p) => ids.forEach((k) => {
		if (p[k] === undefined)
			return;
		if (!/^[0-9a-f]+$/.test(p[k]) || p[k].length !== (k === 'traceId' ? 32 : 16) || /^0+$/.test(p[k]))
			fail(`${k} ${p[k]}`);
		p[k] = Buffer.from(p[k], 'hex');
	}));
	const why = Request.verify(Request.fromObject(doc));
	if (why)
		fail(why);
	const wire = Request.encode(Request.fromObject(doc)).finish();
	const back = Request.toObject(Request.decode(wire), { longs: String, bytes: Buffer, arrays: false });
	spans(back, (p) => ids.forEach((k) => {
		if (p[k] !== undefined && p[k].length)
			p[k] = Buffer.from(p[k]).toString('hex');
	}));
	// An empty list is not sent.
	const bare = (v) => Array.isArray(v) ? v.map(bare) : v && typeof v === 'object'
		? Object.fromEntries(Object.entries(v).filter(([, x]) => !(Array.isArray(x) && !x.length)).map(([k, x]) => [k, bare(x)])) : v;
	if (!isDeepStrictEqual(bare(back), bare(given)))
		fail('members that the .proto files do not have, or of another type');
	return given;
}

function sound(doc) {
	const seen = new Map(), traces = new Map();
	spans(doc, (p, r) => {
		if (seen.has(p.traceId + p.spanId))
			fail(`span ${p.spanId} twice`);
		seen.set(p.traceId + p.spanId, p);
		if (!r.resource.attributes.some((a) => a.key === 'service.name' && a.value.stringValue))
			fail('a resource without service.name');
		if (!p.name || !(p.kind >= 1 && p.kind <= 5))
			fail(`span ${p.spanId}: name or kind`);
		const [from, to] = [BigInt(p.startTimeUnixNano), BigInt(p.endTimeUnixNano)];
		if (from <= 0n || to < from)
			fail(`span ${p.spanId}: its times`);
		for (const e of p.events)
			if (BigInt(e.timeUnixNano) <= 0n || !e.name)
				fail(`span ${p.spanId}: an event`);
		if (!p.parentSpanId)
			traces.set(p.traceId, (traces.get(p.traceId) ?? 0) + 1);
	});
	spans(doc, (p) => {
		const up = p.parentSpanId && seen.get(p.traceId + p.parentSpanId);
		if (p.parentSpanId && !up)
			fail(`span ${p.spanId}: no such parent`);
		if (traces.get(p.traceId) !== 1)
			fail(`trace ${p.traceId}: ${traces.get(p.traceId) ?? 0} roots`);
	});
	return [traces.size, seen.size];
}

for (const file of process.argv.slice(2)) {
	const text = readFileSync(file, 'utf8');
	const [traces, n] = sound(strict(text));
	let refused = false;
	try {
		strict(text.replace('"kind":', '"kin":'));
	} catch {
		refused = true;
	}
	if (!refused)
		fail('the reader is not strict');
	console.log(`${file}: ${traces} traces of ${n} spans, read strictly`);
}
