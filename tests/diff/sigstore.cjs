// Entries by @sigstore/verify: as many are printed as it finds included in a checkpoint that
// one of the keys signed.   node sigstore.cjs VKEYS-FILE RECORDS-WITH-AUDIT_PROOF
//
// Its Verifier also wants a Rekor entry's body; what it calls for the log alone is taken here.
const fs = require("node:fs"), crypto = require("node:crypto");
const { verifyTLogInclusion } = require("@sigstore/verify/dist/tlog");

const SPKI = Buffer.from("302a300506032b6570032100", "hex"); // what DER puts before an Ed25519 key
const keys = fs.readFileSync(process.argv[2], "utf8").trim().split("\n").map((line) => {
	const [, name, id, key] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(line);
	return {
		baseURL: name, logID: Buffer.from(id, "hex"),
		publicKey: crypto.createPublicKey({
			key: Buffer.concat([SPKI, Buffer.from(key, "base64").subarray(1)]), format: "der", type: "spki",
		}),
	};
});
const lines = fs.readFileSync(process.argv[3]).toString("latin1").split("\n").slice(0, -1);
let proved = 0;
for (const line of lines) {
	const [head, index, ...rest] = JSON.parse(line).audit_proof.split("\n");
	const blank = rest.indexOf("");
	try {
		if (head !== "c2sp.org/tlog-proof@v1")
			throw new Error(`no proof: ${head}`);
		verifyTLogInclusion({
			canonicalizedBody: Buffer.from(line.slice(0, line.lastIndexOf(',"audit_token":')) + "}", "latin1"),
			inclusionProof: {
				logIndex: index.replace("index ", ""),
				hashes: rest.slice(0, blank).map((h) => Buffer.from(h, "base64")),
				// latin1 kept the entry's bytes; the note is UTF-8
				checkpoint: { envelope: Buffer.from(rest.slice(blank + 1).join("\n"), "latin1").toString("utf8") },
			},
		}, keys);
		proved++;
	} catch (e) {
		console.error(`${index}: ${e.message}`);
	}
}
console.log(proved);
