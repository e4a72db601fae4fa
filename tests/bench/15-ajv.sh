#!/bin/sh
# fx-validate beside ajv (npm), compiled, with the same schema over the same file.
. "$(dirname "$0")/lib.sh"
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
	echo "SKIP: no npm here, so no ajv"
	exit 0
fi
dir=$BENCH_DIR/ajv
mkdir -p "$dir"
if [ ! -d "$dir/node_modules/ajv" ]; then
	echo '{"private":true}' >"$dir/package.json"
	(cd "$dir" && npm install --silent --no-audit --no-fund ajv@8 ajv-formats@3 >npm.log 2>&1) || {
		echo "SKIP: npm cannot fetch ajv"
		exit 0
	}
fi
cat >"$dir/run.cjs" <<'X'
const fs = require('fs'), readline = require('readline');
const Ajv = require('ajv/dist/2020'), formats = require('ajv-formats');
const ajv = new Ajv({strict: false, allErrors: false});
(formats.default || formats)(ajv);
const check = ajv.compile(JSON.parse(fs.readFileSync(process.argv[2], 'utf8')));
let bad = 0;
const lines = readline.createInterface({input: fs.createReadStream(process.argv[3], {highWaterMark: 1 << 18})});
lines.on('line', l => { if (check(JSON.parse(l))) process.stdout.write(l + '\n'); else bad++; });
lines.on('close', () => { if (bad) { console.error(bad + ' bad'); process.exit(1); } });
X
mb=$((BENCH_MB < 50 ? BENCH_MB : 50))
in=$BENCH_DIR/ajv.ndjson
bench_gen trigger $mb >"$in" || exit 2
bytes=$(wc -c <"$in")
schema=$TOP/rules.d/contract/trigger.json
ajv=$(seconds 2 "cd $dir && node run.cjs $schema $in >/dev/null")
echo "the last column is the ratio to ajv"
row "ajv 8, compiled (node)" "$bytes" "$ajv" "$ajv"
s=$(seconds 3 "fx-validate --contract $schema $in >/dev/null")
row "fx-validate --contract" "$bytes" "$s" "$ajv"
want fx-validate "$s" "$ajv" 6
exit $((bench_missed > 0))
