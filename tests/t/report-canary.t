#!/bin/sh
# fx-report --canary: the counts that jq finds, the verdicts that they call for.
. "$(dirname "$0")/../lib.sh"

# orders SHARE NEW OLD: 2,000 orders, SHARE % by version 4; confirmed after 10 minutes and up to NEW
# or OLD more, 95 % of them; promised within 60.
orders() {
	awk -v share="$1" -v new="$2" -v old="$3" '
	function r(n) { seed = seed * 16807 % 2147483647; return int(seed / 2147483647 * n) }
	function ts(m, h) { h = int(m / 60); return sprintf("2026-11-%02dT%02d:%02d:00Z", 1 + int(h / 24), h % 24, m % 60) }
	BEGIN {
		seed = 7
		for (i = 0; i < 2000; i++) {
			v = r(100) < share ? 4 : 3
			p = i * 5
			print "{\"event\":\"task.assigned\",\"event_id\":\"a" i "\",\"order_id\":\"o" i "\",\"at\":\"" ts(p) \
			    "\",\"source\":\"t\",\"task_id\":\"o" i "/x/1\",\"owner_id\":\"v\",\"flow_id\":\"f\",\"rule_id\":\"pre\"," \
			    "\"rule_version\":" v ",\"sla\":[{\"milestone\":\"vendor-confirmation\",\"event\":\"task.confirmed\"," \
			    "\"due\":\"" ts(p + 60) "\"}]}"
			d = 10 + r(v == 4 ? new : old)
			if (r(100) < 95)
				print "{\"event\":\"task.confirmed\",\"event_id\":\"c" i "\",\"order_id\":\"o" i \
				    "\",\"at\":\"" ts(p + d) "\",\"source\":\"w\"}"
		}
	}'
}
now='--now 2026-11-08T00:00:00Z'
# shellcheck disable=SC2086 # $now is an option and its argument
verdict() { fx-report $now --canary "${1:-pre}" --format json records | jq -r .verdict; }

orders 20 50 70 >records
is "faster: promote" "$(verdict)" promote
# shellcheck disable=SC2086
fx-report $now --canary pre --format json records >json
first=$(for v in 3 4; do jq -r --argjson v $v 'select(.rule_version == $v) | .at' records | sed -n 1p; done | sort | tail -1)
for side in new:4 old:3; do
	v=${side#*:} s=${side%:*}
	jq -s --argjson v "$v" --arg first "$first" '
		([.[] | select(.event == "task.confirmed") | {(.order_id): (.at | fromdate)}] | add) as $c |
		[.[] | select(.rule_version == $v and .at >= $first) |
			{at: (.at | fromdate), c: $c[.order_id], due: (.sla[0].due | fromdate)}] |
		{tasks: length, unconfirmed: (map(select(.c == null)) | length),
		 kept: (map(select(.c != null and .c <= .due)) | length)}' records >want
	is "$s: as many tasks, unconfirmed, kept, as jq counts" \
		"$(jq -c ".$s | {tasks, unconfirmed, kept: .promises_kept}" json)" "$(jq -c . want)"
done
is "the sides changed round" "$(verdict pre@3,pre@4)" "roll back"
orders 20 90 70 >records
is "slower: roll back" "$(verdict)" "roll back"
orders 3 66 70 >records
is "a little faster, few orders: wait" "$(verdict)" wait
# shellcheck disable=SC2086
fx-report $now --canary pre records >text
like "and for how many" text '^Wait: .* about [0-9,]+ more tasks by pre@4'
like "with the median's interval" text '^    95 % +[0-9]+m\.\.[0-9]+m +[0-9]+m\.\.[0-9]+m$'
like "with the least ratio of rates" text 'would show 1\.[0-9]+ times as fast or more'
like "with what would have shown" text 'these numbers would show [0-9.]+ points or more'

# shellcheck disable=SC2086
{
	exits "a side without tasks" 2 fx-report $now --canary pre@4,pre@9 records
	like "is named" "$T/err" 'pre@9'
	grep '"rule_version":3' records >one
	exits "one version alone" 2 fx-report $now --canary pre one
	like "asks for the other side" "$T/err" 'pre@3,OTHER'
	exits "a rule that is not there" 2 fx-report $now --canary nope records
	exits "half a pair" 2 fx-report $now --canary pre@4, records
	exits "two without versions" 2 fx-report $now --canary a,b records
	exits "--by means nothing here" 2 fx-report $now --canary pre --by flow records
}
done_testing
