// usage: cloudevents.mjs FILE...   each a request as tests/tools/http_owner.pl keeps it
// Reads the events with the CloudEvents project's own SDK and prints each as one line of JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// The package lies where this is run from.
const { HTTP } = createRequire(process.cwd() + "/")("cloudevents");

for (const file of process.argv.slice(2)) {
	const text = readFileSync(file, "utf8");
	const cut = text.indexOf("\r\n\r\n");
	const headers = {};
	for (const line of text.slice(0, cut).split("\r\n").slice(1)) {
		const colon = line.indexOf(":");
		const name = line.slice(0, colon).toLowerCase(), value = line.slice(colon + 1).trim();
		// HTTP binding, 3.1.3.2: one round of percent-decoding, which the SDK leaves out.
		headers[name] = name.startsWith("ce-") ? decodeURIComponent(value) : value;
	}
	const events = HTTP.toEvent({ headers, body: text.slice(cut + 4).trimEnd() });
	for (const e of Array.isArray(events) ? events : [events]) {
		if (!e.validate()) throw new Error(file + ": not valid");
		console.log(JSON.stringify(e));
	}
}
