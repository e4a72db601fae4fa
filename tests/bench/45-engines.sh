#!/bin/sh
# The same ten rules by fx-route, by jq as a chain of if, and by @gorules/zen-engine (npm) as a
# decision table, on the same triggers.
#
# fx-route decides every line of an order, passes the trigger on and adds whole tasks.  The others
# look at the first line alone.  jq passes the order on with its owner set, as one would do it by
# hand; the row that prints but the owner has no mark.  zen's table is compiled once, its records
# are parsed before its clock starts, and nothing is written; of one record at a time, 64 and 1,024 at
# once the faster counts (more than one at once are shared out to threads, as fx-route's are).
# fx-route's decisions are triggers a second, reading and writing included.
. "$(dirname "$0")/lib.sh"
in=$BENCH_DIR/triggers.ndjson
[ -s "$in" ] && [ "$(wc -c <"$in")" -ge $((BENCH_MB * 1000000)) ] ||
	bench_gen trigger "$BENCH_MB" >"$in" || exit 2
bytes=$(wc -c <"$in")
dir=$BENCH_DIR/engines
few=$dir/few.ndjson
mkdir -p "$dir/rules"
head -n 40000 "$in" >"$few"

# One rule a row: owner, channel, service_level, type, countries, least fraud_score; - is any.
cat >"$dir/ten" <<'X'
review - - - - 95
vendor marketplace - preorder - -
cards - - digital - -
vendor - - made-to-order - -
late - - preorder - -
courier - expedited stock DE -
express - expedited stock AT,NL,DK -
shop pos - stock - -
abroad - standard stock FR,IT -
house - - - - -
X
awk -v q='"' 'function both(cond) { when = when (when ? " && " : "") cond }
	BEGIN { print "owners:"; n = split("review vendor cards late courier express shop abroad house", o)
		for (i = 1; i <= n; i++) print "  - {id: " o[i] ", kind: system}"
		print "rules:" }
	{ when = ""
	  if ($2 != "-") both("channel == " q $2 q)
	  if ($3 != "-") both("service_level == " q $3 q)
	  if ($4 != "-") both("SKU.type == " q $4 q)
	  if ($5 != "-") { list = $5; gsub(",", q ", " q, list); both("ship_to.country in [" q list q "]") }
	  if ($6 != "-") both("fraud_score >= " $6)
	  print "  - {rule: r" NR ", version: 1, maintainer: m, owner: " $1 ", flow: f, sla: " \
		"vendor-confirmation within 60m, fallback: house after 2h, when: " \
		(when ? "\x27" when "\x27" : "true") "}" }' "$dir/ten" >"$dir/rules/10.yaml"
chain=$(awk -v q='"' 'function both(cond) { when = when (when ? " and " : "") cond }
	{ when = ""
	  if ($2 != "-") both(".channel == " q $2 q)
	  if ($3 != "-") both(".service_level == " q $3 q)
	  if ($4 != "-") both(".lines[0].type == " q $4 q)
	  if ($5 != "-") { list = $5; gsub(",", q ", " q, list); both("(.ship_to.country | IN(" q list q "))") }
	  if ($6 != "-") both(".fraud_score >= " $6)
	  printf "%s", !when ? "else " q $1 q " end" : (NR > 1 ? "el" : "") "if " when " then " q $1 q " " }' \
	"$dir/ten")
route="fx-route -r $dir/rules --now 2026-11-20T18:00:00Z"

# same NAME FILE: counts by owner, of the orders' first lines, must be fx-route's.
$route "$few" | jq -r 'select(.event == "task.assigned" and (.task_id | endswith("/1"))).owner_id' |
	sort | uniq -c >"$dir/owners.fx"
same() {
	cmp -s "$2" "$dir/owners.fx" || { echo "bench: $1 decides otherwise than fx-route" && exit 2; }
}
jq -r "$chain" "$few" | sort | uniq -c >"$dir/owners.jq"
same jq "$dir/owners.jq"

jq=$(seconds 1 "jq -c '.owner_id = ($chain)' $in >/dev/null")
echo "the last column is the ratio to jq's chain"
row "jq, a chain of if sets the owner" "$bytes" "$jq" "$jq"
row "jq, the same chain prints but the owner" "$bytes" \
	"$(seconds 1 "jq -c '$chain' $in >/dev/null")" "$jq"
row "fx-route -j 1, ten rules" "$bytes" "$(seconds 3 "$route -j 1 $in >/dev/null")" "$jq"
s=$(seconds 3 "$route $in >/dev/null")
row "fx-route, ten rules" "$bytes" "$s" "$jq"
want "fx-route, to jq's chain of ten ifs," "$s" "$jq" 10

if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
	echo "SKIP: no npm here, so no zen-engine"
	exit $((bench_missed > 0))
fi
if [ ! -d "$dir/node_modules/@gorules/zen-engine" ]; then
	echo '{"private":true}' >"$dir/package.json"
	(cd "$dir" && npm install --silent --no-audit --no-fund @gorules/zen-engine@0.54 >npm.log 2>&1) || {
		echo "SKIP: npm cannot fetch zen-engine"
		exit $((bench_missed > 0))
	}
fi
cat >"$dir/run.cjs" <<'X'
const fs = require('fs'), {ZenEngine, ZenDecisionContent} = require('@gorules/zen-engine');
const [table, input] = process.argv.slice(2).map(f => fs.readFileSync(f, 'utf8').trimEnd().split('\n'));
const fields = ['channel', 'service_level', 'lines[0].type', 'ship_to.country', 'fraud_score'];
const text = s => s == '-' ? '' : s.split(',').map(v => `"${v}"`).join(',');
const rules = table.map(row => row.split(' ')).map((c, i) => ({_id: `r${i}`, out: text(c[0]), c0: text(c[1]),
	c1: text(c[2]), c2: text(c[3]), c3: text(c[4]), c4: c[5] == '-' ? '' : `>= ${c[5]}`}));
const at = {position: {x: 0, y: 0}};
const decision = new ZenEngine().createDecision(new ZenDecisionContent({
	nodes: [{id: 'in', name: 'in', type: 'inputNode', ...at}, {id: 'out', name: 'out', type: 'outputNode', ...at},
		{id: 'ten', name: 'ten', type: 'decisionTableNode', ...at, content: {hitPolicy: 'first', rules,
			inputs: fields.map((field, i) => ({id: `c${i}`, name: field, field})),
			outputs: [{id: 'out', name: 'owner', field: 'owner_id'}]}}],
	edges: [['in', 'ten'], ['ten', 'out']].map(([sourceId, targetId], i) =>
		({id: `e${i}`, type: 'edge', sourceId, targetId}))}));
(async () => {
	const records = input.map(l => JSON.parse(l)), owners = [];
	let best = Infinity;
	for (const size of [1, 64, 1024]) {
		const start = process.hrtime.bigint();
		for (let i = 0; i < records.length; i += size) {
			const got = await Promise.all(records.slice(i, i + size).map(r => decision.evaluate(r)));
			if (size == 1) owners.push(...got.map(g => g.result.owner_id));
		}
		best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e9);
	}
	fs.writeFileSync('owners.txt', owners.join('\n') + '\n');
	console.log(best);
})();
X
zen=$(cd "$dir" && node run.cjs ten few.ndjson) || exit 2
sort "$dir/owners.txt" | uniq -c >"$dir/owners.zen"
same zen-engine "$dir/owners.zen"
awk -v n="$(wc -l <"$in")" -v s="$s" -v few="$(wc -l <"$few")" -v zen="$zen" 'BEGIN {
	printf "%-44s %8.0f decisions/s\n", "fx-route, ten rules", n / s
	printf "%-44s %8.0f decisions/s %8.1fx\n", "zen-engine, the same table", few / zen, n / s / (few / zen) }'
want "fx-route, to zen-engine's decisions a second," \
	"$(awk "BEGIN { print $s / $(wc -l <"$in") }")" "$(awk "BEGIN { print $zen / $(wc -l <"$few") }")" 20
exit $((bench_missed > 0))
