// CEL against @bufbuild/cel: random well-typed expressions over random records must give the
// same value of the same type, or an error in both.   node cel.mjs CEL_EVAL COUNT SEED
//
// Not generated, because @bufbuild/cel 0.6.1 is known to differ:
// - double('abc') is NaN there; the specification has an error
// - timestamp(1) counts milliseconds there; the specification (and its tests) seconds
// - duration('') is 0s there; here, as in Go's ParseDuration, an error
// - int('') and int(' 1 ') are 0 and 1 there; here errors
// - has(o.x) with no variable o is false there; here, as for any has() of an error, an error
// - -(-x) is x there without a look at its range
// - replace() of an empty string repeats at the start there; here, as in Go, between characters
// - the hour after local midnight falls on the next day there; lower-case t and z in a
//   timestamp, which RFC 3339 allows, are refused there
// - 29 February of a common year is 1 March there
// - characters beyond the BMP are two there; years before 100 and fractions before 1970 fail there
// - a fraction of a second as text has 3, 6 or 9 digits there, as few as it takes here (as cel-go)
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [, , tool, count, seed] = process.argv;
const need = createRequire(pathToFileURL(process.cwd() + "/"));
const load = (name) => import(pathToFileURL(need.resolve(name)).href);
const cel = await load("@bufbuild/cel");
const { strings } = await load("@bufbuild/cel/ext");

// mulberry32: the same seed, the same run
let state = Number(seed) >>> 0;
function random() {
	state = (state + 0x6d2b79f5) >>> 0;
	let t = state;
	t = Math.imul(t ^ (t >>> 15), t | 1);
	t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
	return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const int = (n) => Math.floor(random() * n);
const pick = (list) => list[int(list.length)];
const chance = (p) => random() < p;

// ---- records: values that know their JSON text and their JavaScript form ----
const ints = ["0", "1", "-1", "2", "3", "7", "10", "42", "100", "-5", "9007199254740993",
	"9223372036854775807", "-9223372036854775808"];
const doubles = ["0.0", "1.0", "-1.5", "0.1", "2.0", "3.25", "1e3", "1e300", "-0.0", "42.0"];
const texts = ["", "a", "A", "abc", "web", "marketplace", "ÄÖ", "x y", "10", "3.5", "true", "€b",
	"a,b,c", " pad ", "line\nbreak", "quo\"te", "back\\slash"];
const J = {
	int: () => { const t = pick(ints); return { json: t, js: BigInt(t) }; },
	double: () => { const t = pick(doubles); return { json: t, js: Number(t) }; },
	string: () => { const t = pick(texts); return { json: JSON.stringify(t), js: t }; },
	bool: () => { const b = chance(0.5); return { json: String(b), js: b }; },
	null: () => ({ json: "null", js: null }),
	list: (of) => {
		const v = Array.from({ length: int(4) }, of);
		return { json: "[" + v.map((x) => x.json).join(",") + "]", js: v.map((x) => x.js) };
	},
	object: (members) => {
		const v = Object.entries(members).filter(([k]) => k === "o" || k === "lines" || !chance(0.1)).map(([k, f]) => [k, f()]);
		return {
			json: "{" + v.map(([k, x]) => JSON.stringify(k) + ":" + x.json).join(",") + "}",
			js: new Map(v.map(([k, x]) => [k, x.js])),
		};
	},
};
const record = () => J.object({
	i: J.int, j: J.int, f: J.double, g: J.double, s: J.string, t: J.string, b: J.bool, c: J.bool,
	nil: J.null, li: () => J.list(J.int), ls: () => J.list(J.string), ld: () => J.list(J.double),
	o: () => J.object({ x: J.int, y: J.string, z: () => J.object({ w: J.bool }) }),
	lines: () => J.list(() => J.object({ sku: J.string, qty: J.int, price: J.double, on: J.bool })),
});

// ---- expressions: vars holds the macros' variables by type ----
const lit = (s) => "'" + s.replace(/\\/g, "\\\\").replace(/'/g, "\\'").replace(/\n/g, "\\n") + "'";
const small = () => String(int(12) - 2);
let fresh = 0;
function within(vars, type, body) {
	const name = "v" + fresh++;
	return [name, body({ ...vars, [type]: [...(vars[type] ?? []), name] })];
}
function macro(d, v, name, body) {
	const kind = pick(["int", "string", "double"]);
	const range = G.list(d - 1, v, kind);
	const [x, b] = within(v, kind, (w) => body(d - 1, w, kind));
	return `${range}.${name}(${x}, ${b})`;
}
const own = (v, type) => (v[type]?.length && chance(0.6) ? pick(v[type]) : null);
const times = ["2026-11-20T18:03:09Z", "1970-01-01T23:59:59.5Z", "2000-02-29T00:00:00+02:00",
	"1583-01-01T00:00:00Z", "9999-12-31T23:59:59Z"];
const spans = ["1h", "90m", "-5s", "1.5s", "250ms", "0s", "240h"];
const whole = (t) => !/[.]|ms/.test(t);
const patterns = ["^a", "[A-Z]+", "b.c$", "^$", "(x|y) ?", "[0-9]{2}", "^[^,]*,"];
const cmp = () => pick(["==", "!=", "<", "<=", ">", ">="]);
const eq = () => pick(["==", "!="]);
const num = (d, v) => (chance(0.5) ? G.int(d, v) : G.double(d, v));

const leaf = {
	bool: (v) => own(v, "bool") ?? pick(["true", "false", "b", "c", "o.z.w", "lines[0].on"]),
	int: (v) => own(v, "int") ?? pick(["i", "j", "o.x", "li[0]", "lines[0].qty", small(), small(), pick(ints)]),
	double: (v) => own(v, "double") ?? pick(["f", "g", "ld[0]", "lines[1].price", pick(doubles)]),
	string: (v) => own(v, "string") ?? pick(["s", "t", "o.y", "ls[1]", "lines[0].sku", lit(pick(texts)), lit(pick(texts))]),
};
const G = {
	bool(d, v) {
		if (d <= 0) return leaf.bool(v);
		return pick([
			() => leaf.bool(v),
			() => `(${G.int(d - 1, v)} ${cmp()} ${G.int(d - 1, v)})`,
			() => `(${num(d - 1, v)} ${pick(["<", "<=", ">", ">="])} ${num(d - 1, v)})`,
			() => `(${G.double(d - 1, v)} ${cmp()} ${G.double(d - 1, v)})`,
			() => `(${G.string(d - 1, v)} ${cmp()} ${G.string(d - 1, v)})`,
			() => `(${G.bool(d - 1, v)} ${pick(["&&", "||"])} ${G.bool(d - 1, v)})`,
			() => `(${G.bool(d - 1, v)} ${pick(["&&", "||"])} ${G.bool(d - 1, v)})`,
			() => `!${G.bool(d - 1, v)}`,
			() => `(${G.bool(d - 1, v)} ? ${G.bool(d - 1, v)} : ${G.bool(d - 1, v)})`,
			() => `has(${pick(["o.x", "o.z", "o.z.w", "o.nope", "lines[0].sku", "lines[0].x"])})`,
			() => `${G.string(d - 1, v)}.${pick(["startsWith", "endsWith", "contains"])}(${G.string(d - 1, v)})`,
			() => `${G.string(d - 1, v)}.matches(${lit(pick(patterns))})`,
			() => { const k = pick(["int", "string", "double"]); return `(${G[k](d - 1, v)} in ${G.list(d - 1, v, k)})`; },
			() => { const k = pick(["int", "string", "double"]); return `(${G.list(d - 1, v, k)} ${eq()} ${G.list(d - 1, v, k)})`; },
			() => macro(d, v, pick(["all", "exists", "exists_one"]), G.bool),
			() => macro(d, v, pick(["all", "exists"]), G.bool),
			() => { const [x, b] = within({ ...v, row: [] }, "row", (w) => rowTest(d - 1, w)); return `lines.${pick(["all", "exists", "exists_one"])}(${x}, ${b})`; },
			() => `(${G.time(d - 1, v)} ${cmp()} ${G.time(d - 1, v)})`,
			() => `(${G.span(d - 1, v)} ${cmp()} ${G.span(d - 1, v)})`,
			() => `(nil == null)`,
			() => `(${pick(["s", "i", "o.x"])} == null)`,
			() => `({'a': ${G.int(d - 1, v)}, 'b': 2} ${eq()} {'b': ${G.int(d - 1, v)}, 'a': ${G.int(d - 1, v)}})`,
			() => `(type(${pick(["i", "f", "s", "b", "li", "o", "nil"])}) == ${pick(["int", "double", "string", "bool", "list", "map", "null_type"])})`,
		])();
	},
	int(d, v) {
		if (d <= 0) return leaf.int(v);
		return pick([
			() => leaf.int(v),
			() => `(${G.int(d - 1, v)} ${pick(["+", "-", "*", "/", "%"])} ${G.int(d - 1, v)})`,
			() => `(${G.int(d - 1, v)} ${pick(["+", "-", "*", "/", "%"])} ${G.int(d - 1, v)})`,
			() => `size(${G.string(d - 1, v)})`,
			() => `${G.list(d - 1, v, pick(["int", "string"]))}.size()`,
			() => `int(${G.double(d - 1, v)})`,
			() => `int(string(${G.int(d - 1, v)}))`,
			() => `int(${lit(pick(["10", "-3", "x", "1.5", "1x", "9223372036854775808"]))})`,
			() => `(${G.bool(d - 1, v)} ? ${G.int(d - 1, v)} : ${G.int(d - 1, v)})`,
			() => `-(${leaf.int(v)})`,
			() => `${G.list(d - 1, v, "int")}[${pick(["0", "1", small()])}]`,
			() => `{'a': ${G.int(d - 1, v)}, 'abc': 5}[${G.string(d - 1, v)}]`,
			() => `{${small()}: ${G.int(d - 1, v)}}[${G.int(d - 1, v)}]`,
			() => `${G.string(d - 1, v)}.${pick(["indexOf", "lastIndexOf"])}(${G.string(d - 1, v)})`,
			() => `${G.time(d - 1, v)}.${pick(["getFullYear", "getMonth", "getDate", "getDayOfWeek", "getDayOfYear", "getHours", "getMinutes", "getSeconds", "getMilliseconds"])}(${pick(["", "", "'+02:00'", "'America/New_York'"])})`,
			() => `${G.span(d - 1, v)}.${pick(["getHours", "getMinutes", "getSeconds", "getMilliseconds"])}()`,
			() => `int(timestamp(${lit(pick(times.filter(whole)))}))`,
		])();
	},
	double(d, v) {
		if (d <= 0) return leaf.double(v);
		return pick([
			() => leaf.double(v),
			() => `(${G.double(d - 1, v)} ${pick(["+", "-", "*", "/"])} ${G.double(d - 1, v)})`,
			() => `double(${G.int(d - 1, v)})`,
			() => `double(string(${G.int(d - 1, v)}))`,
			() => `double(${lit(pick(["10", "-3.5", "1e3", "0.1", "-0.0", "1E-2"]))})`,
			() => `(${G.bool(d - 1, v)} ? ${G.double(d - 1, v)} : ${G.double(d - 1, v)})`,
			() => `-(${G.double(d - 1, v)})`,
		])();
	},
	string(d, v) {
		if (d <= 0) return leaf.string(v);
		return pick([
			() => leaf.string(v),
			() => `(${G.string(d - 1, v)} + ${G.string(d - 1, v)})`,
			() => `string(${G.int(d - 1, v)})`,
			() => `string(${G.bool(d - 1, v)})`,
			() => `string(timestamp(${lit(pick(times.filter(whole)))}))`,
			() => `string(duration(${lit(pick(spans.filter(whole)))}))`,
			() => `(${G.bool(d - 1, v)} ? ${G.string(d - 1, v)} : ${G.string(d - 1, v)})`,
			() => `${G.string(d - 1, v)}.substring(${pick(["0", "1", small()])})`,
			() => `${G.string(d - 1, v)}.substring(${pick(["0", "1"])}, ${small()})`,
			() => `${G.string(d - 1, v)}.replace(${lit(pick(["a", "b", ",", "10", "Ä", "xyz"]))}, ${G.string(d - 1, v)})`,
			() => `${G.string(d - 1, v)}.${pick(["lowerAscii", "upperAscii", "trim"])}()`,
			() => `${G.string(d - 1, v)}.charAt(${pick(["0", "1", small()])})`,
			() => `${G.list(d - 1, v, "string")}.join(${pick(["", "'-'", "''"])})`,
			() => `'%s:%d'.format([${G.string(d - 1, v)}, ${G.int(d - 1, v)}])`,
			() => `${G.list(d - 1, v, "string")}[${pick(["0", "1", small()])}]`,
		])();
	},
	list(d, v, k) {
		const field = { int: "li", string: "ls", double: "ld" }[k];
		if (d <= 0) return chance(0.5) ? field : `[${Array.from({ length: int(4) }, () => leaf[k](v)).join(", ")}]`;
		return pick([
			() => field,
			() => `[${Array.from({ length: int(4) }, () => G[k](d - 1, v)).join(", ")}]`,
			() => `(${G.list(d - 1, v, k)} + ${G.list(d - 1, v, k)})`,
			() => { const [x, b] = within(v, k, (w) => G.bool(d - 1, w)); return `${G.list(d - 1, v, k)}.filter(${x}, ${b})`; },
			() => { const from = pick(["int", "string"]); const [x, b] = within(v, from, (w) => G[k](d - 1, w)); return `${G.list(d - 1, v, from)}.map(${x}, ${b})`; },
			() => (k === "string" ? `${G.string(d - 1, v)}.split(${lit(pick([",", " ", "b"]))})` : field),
		])();
	},
	time(d, v) {
		if (d <= 0 || chance(0.5)) return `timestamp(${lit(pick(times))})`;
		return pick([
			() => `(${G.time(d - 1, v)} ${pick(["+", "-"])} ${G.span(d - 1, v)})`,
			() => `timestamp(${pick(["s", "'2026-11-20'", "'x'", "'2026-13-01T00:00:00Z'", "'2024-02-29T23:59:59-11:30'"])})`,
		])();
	},
	span(d, v) {
		if (d <= 0 || chance(0.5)) return `duration(${lit(pick(spans))})`;
		return pick([
			() => `(${G.span(d - 1, v)} ${pick(["+", "-"])} ${G.span(d - 1, v)})`,
			() => `(${G.time(d - 1, v)} - ${G.time(d - 1, v)})`,
			() => `duration(${pick(["'1x'", "'x'", "'1'", lit(pick(spans))])})`,
		])();
	},
};
function rowTest(d, v) {
	const x = v.row[0];
	const inner = { ...v, int: [`${x}.qty`], string: [`${x}.sku`], double: [`${x}.price`], bool: [`${x}.on`] };
	return G.bool(d, inner);
}

// ---- the other side's result, written as cel_eval writes ----
const text = (ns) => {
	let s = ns < 0n ? "-" : "";
	if (ns < 0n) ns = -ns;
	s += ns / 1000000000n;
	const f = (ns % 1000000000n).toString().padStart(9, "0").replace(/0+$/, "");
	return s + (f ? "." + f : "") + "s";
};
function typed(v) {
	if (cel.isCelError(v)) return { error: v.message };
	if (v === null || typeof v === "boolean") return v;
	if (typeof v === "bigint") return { int: String(v) };
	if (typeof v === "number") return { double: v };
	if (typeof v === "string") return { string: v };
	if (cel.isCelUint(v)) return { uint: String(v.value) };
	if (v instanceof Uint8Array) return { bytes: Buffer.from(v).toString("hex") };
	if (cel.isCelList(v)) return { list: [...v].map(typed) };
	if (cel.isCelMap(v)) return { map: [...v].map(([k, x]) => [typed(k), typed(x)]) };
	const m = v.message ?? v;
	if (m.$typeName === "google.protobuf.Duration") return { duration: text(m.seconds * 1000000000n + BigInt(m.nanos)) };
	if (m.$typeName === "google.protobuf.Timestamp") return { timestamp: [String(m.seconds), m.nanos] };
	return { unknown: String(v) };
}
function same(a, b) {
	if (a === null || typeof a !== "object") return a === b;
	if (b === null || typeof b !== "object") return false;
	if (a.error !== undefined || a.fault !== undefined) return b.error !== undefined;
	if (a.double !== undefined) return b.double !== undefined && Object.is(Number(a.double), Number(b.double));
	if (a.timestamp !== undefined) {
		if (b.timestamp === undefined) return false;
		const [whole, frac = ""] = a.timestamp.replace(/Z$/, "").split(".");
		return BigInt(Date.parse(whole + "Z")) / 1000n === BigInt(b.timestamp[0]) &&
			Number(frac.padEnd(9, "0")) === b.timestamp[1];
	}
	if (a.list) return !!b.list && a.list.length === b.list.length && a.list.every((x, i) => same(x, b.list[i]));
	if (a.map) return !!b.map && a.map.length === b.map.length &&
		a.map.every((x) => b.map.some((y) => same(x[0], y[0]) && same(x[1], y[1])));
	const [k] = Object.keys(a);
	return a[k] === b[k];
}

const env = cel.celEnv({ funcs: strings });
const cases = Array.from({ length: Number(count) }, () => {
	fresh = 0;
	const r = record();
	const kind = pick(["bool", "bool", "bool", "int", "double", "string", "list", "time", "span"]);
	const expr = kind === "list" ? G.list(3, {}, pick(["int", "string", "double"])) : G[kind](1 + int(4), {});
	return { expr, json: r.json, js: Object.fromEntries(r.js) };
});
const run = spawnSync(tool, [], {
	input: cases.map((c) => JSON.stringify(c.expr) + "\t" + c.json + "\n").join(""),
	maxBuffer: 1 << 30, encoding: "utf8",
});
if (run.status !== 0) {
	console.error(run.stderr);
	process.exit(2);
}
const ours = run.stdout.split("\n");
let bad = 0, errors = 0;
cases.forEach((c, i) => {
	let theirs;
	try {
		theirs = typed(cel.plan(env, cel.parse(c.expr))(c.js));
	} catch (e) {
		theirs = { error: String(e) };
	}
	const mine = JSON.parse(ours[i]);
	// the least int % -1 is 0 there, an overflow here, as in cel-go
	if (c.expr.includes("%") && mine?.error === "overflow")
		return;
	if (same(mine, theirs)) {
		errors += mine !== null && typeof mine === "object" && (mine.error !== undefined || mine.fault !== undefined);
		return;
	}
	if (bad++ < 20)
		console.log(`# ${c.expr}\n#   on ${c.json}\n#   ours ${ours[i]}\n#   theirs ${JSON.stringify(theirs, (k, x) => (typeof x === "bigint" ? String(x) : x))}`);
});
console.log(`# ${cases.length} expressions (seed ${seed}): ${errors} errors in both, ${bad} differences`);
process.exit(bad ? 1 : 0);
