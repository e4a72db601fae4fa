#!/bin/sh
# fx-report from the outside: formats that agree, parts that merge, what goes wrong.
. "$(dirname "$0")/../lib.sh"
# shellcheck disable=SC2086 # $now is an option and its argument
now='--now 2026-12-20T00:00:00Z'

"$FX_BUILD/tools/bench_gen" life 8 >life
ok "there are records"
# The registry says who is a team and what the objectives are; here one shard knows it.
fx-route -r "$TOP/rules.d" --now 2026-11-19T18:00:00Z </dev/null >registry
cat registry life >all && cp all life
# Orders whole: each third of them in a file of its own.
awk '{ match($0, /"order_id":"ORD-[0-9]+/); n = substr($0, RSTART + RLENGTH - 3, 3) + 0
	print >("part." n % 3) }' life

for by in '' '--by flow,channel' '--by rule_version' '--by decision.reason,SKU.type'; do
	# shellcheck disable=SC2086 # options
	fx-report $now $by --partial life >whole
	for i in 0 1 2; do
		# shellcheck disable=SC2086
		fx-report $now $by --partial part.$i >p.$i
	done
	fx-report --merge --partial p.1 p.2 p.0 >merged
	check "parts give the bytes of the whole ($by)" cmp merged whole
	fx-report --merge --partial p.0 p.2 | fx-report --merge --partial p.1 - >merged
	check "parts of parts, too ($by)" cmp merged whole
	# shellcheck disable=SC2086
	fx-report $now $by life >table
	fx-report --merge p.2 p.1 p.0 >merged
	check "and the same table ($by)" cmp merged table
done

# Totals agree everywhere: every number of the JSON stands in the CSV.
fx-report $now --by flow --format json life >json
fx-report $now --by flow --format csv life | sort >csv
jq -r 'def rows(k): paths(type != "object") as $p | select($p[0] != "by")
	| k + "," + ($p | join(".")) + "," + (getpath($p) | if . == null then "" else tostring end);
	(.groups[] | .by.flow as $f | rows($f)), (.total | rows("(all)"))' json | sort >json.rows
sed 's/,\(count\|seconds\|ratio\|per_1000\|time\),/,/' csv | grep -v '^flow,figure' >csv.rows
check "CSV and JSON hold the same numbers" cmp json.rows csv.rows
fx-report $now --by flow --format ndjson life | jq -c 'del(.by)' >nd
jq -c '(.groups[] | del(.by)), (.total | del(.by))' json >groups
check "NDJSON and JSON hold the same groups" cmp nd groups
is "groups add up to the total" "$(jq '[.groups[].tasks] | add' json)" "$(jq .total.tasks json)"

is "objectives are in the JSON" "$(jq -c '[.slos[].objective]' json)" '[0.99,0.98,0.995]'
is "teams are known: manual reviews are assignments to one" "$(jq .total.assignments_to_teams json)" \
	"$(grep -c '"event":"task.assigned".*"owner_id":"ops-team-review"' life)"

is "when a rule version was at work first and last" \
	"$(fx-report $now --by rule_version --format ndjson life | jq -c 'select(.by.rule_version == "stock@3") | [.first_assigned, .last_assigned]')" \
	"$(jq -s -c '[.[] | select(.event == "task.assigned" and .rule_id == "stock") | .at] | [min, max]' life)"

# OpenMetrics.
fx-report $now --by flow,state --format openmetrics -o metrics life
ok "openmetrics, written whole"
is "no temporary file stays" "$(ls metrics*)" metrics
is "it ends as it must" "$(tail -1 metrics)" "# EOF"
if command -v promtool >/dev/null; then
	check "promtool takes it" sh -c 'promtool check metrics <metrics'
else
	skip "promtool takes it" "no promtool"
fi
is "a metric is the JSON's number" \
	"$(grep '^fx_tasks{flow="vendor-dropship",by_state="",state="completed"}' metrics | cut -d' ' -f2)" \
	"$(jq '.groups[] | select(.by.flow == "vendor-dropship") | .states.completed' json)"
exits "a file that cannot be written" 2 fx-report $now -o nowhere/metrics life

# jq as a second way to each median of a small set.
head -400 life >few
fx-report $now --format json few >report
jq -s '[.[] | select(.event == "task.confirmed") | {o: .order_id, at: (.at | fromdate)}] as $c |
	[.[] | select(.event == "task.assigned") | .order_id as $o | (.at | fromdate) as $at |
	$c[] | select(.o == $o) | .at - $at] | sort |
	if length % 2 == 1 then .[(length - 1) / 2] else (.[length / 2 - 1] + .[length / 2]) / 2 end' \
	few >want
is "the median that jq finds" "$(jq .total.decision_to_execution.p50_s report)" "$(cat want)"
is "a window takes its tasks alone" \
	"$(fx-report $now --since 2026-11-19T18:00:32Z --until 2026-11-19T18:00:33Z --format json few | jq .total.tasks)" \
	"$(jq -s '[.[] | select(.event == "task.assigned" and .at >= "2026-11-19T18:00:32Z"
		and .at < "2026-11-19T18:00:33Z")] | length' few)"
is "standard input is a file, too" "$(fx-report $now --format json - <few)" "$(cat report)"
is "what is later than --now does not count" \
	"$(fx-report --now 2026-11-19T18:00:31Z --format json few | jq '[.total.tasks, .total.trigger_to_handover.n]' -c)" \
	"$(jq -s -c '[([.[] | select(.event == "task.assigned" and .at <= "2026-11-19T18:00:31Z")] | length), 0]' few)"

# Two periods, each the report of its window.
a=2026-11-19T18:00:00Z b=2026-11-19T18:40:00Z c=2026-11-19T19:20:00Z
fx-report $now --compare $a..$b,$b..$c --format json life >compared
for side in before:$a:$b after:$b:$c; do
	from=$(echo "$side" | cut -d: -f2-4) to=$(echo "$side" | cut -d: -f5-7)
	fx-report $now --since "$from" --until "$to" --format json life >one
	is "${side%%:*} is the report of its window" \
		"$(jq -c --arg s "${side%%:*}" '[.figures | .tasks, .["decision_to_execution.p50_s"],
			.["trigger_to_outcome.p95_s"], .exception_rate | .[$s]]' compared)" \
		"$(jq -c '[.total | .tasks, .decision_to_execution.p50_s, .trigger_to_outcome.p95_s, .exception_rate]' one)"
done
is "the change is the difference, inside its interval" "$(jq -c '.figures | map(select(.low != null)) |
	all((.change - (.after - .before) | fabs < 1e-5) and .low <= .change and .change <= .high)' compared)" true
is "a period beside itself has not changed" \
	"$(fx-report $now --compare $a..$c,$a..$c --format json life | jq -c '[.figures[].change | select(. != null)] | unique')" '[0]'
fx-report $now --compare $a..$b,$b..$c life >text
like "for people, too" text '^FIGURE +BEFORE +AFTER +CHANGE'
exits "one period" 2 fx-report $now --compare $a..$b life
exits "a period that ends before it begins" 2 fx-report $now --compare $b..$a,$a..$b life
exits "standard input cannot be read twice" 2 fx-report $now --compare $a..$b,$b..$c -
exits "no --by with it" 2 fx-report $now --compare $a..$b,$b..$c --by flow life

# By failure: a task in the group of its first exception's, each exception in its own.
cat >failures <<'X'
{"event":"task.assigned","event_id":"1","order_id":"A","at":"2026-11-20T00:00:00Z","source":"t","task_id":"A/1/1","owner_id":"v","flow_id":"f"}
{"event":"exception.opened","event_id":"3","order_id":"A","at":"2026-11-20T02:00:00Z","source":"t","task_id":"A/1/1","exception_id":"x2","failure":"carrier-delay","step":1}
{"event":"exception.opened","event_id":"2","order_id":"A","at":"2026-11-20T01:00:00Z","source":"t","task_id":"A/1/1","exception_id":"x1","failure":"out-of-stock","step":1}
{"event":"task.assigned","event_id":"4","order_id":"B","at":"2026-11-20T00:00:00Z","source":"t","task_id":"B/1/1","owner_id":"v","flow_id":"f"}
X
is "--by failure" \
	"$(fx-report $now --by flow,failure --format ndjson failures | jq -c '[.by.failure, .tasks, .exceptions]' | tr '\n' ' ')" \
	'[null,1,0] ["carrier-delay",0,1] ["out-of-stock",1,1] [null,2,2] '

# What goes wrong.
printf '{"event":"order.placed"\n%s\n[]\n' "$(head -1 few)" >broken
exits "a line that is no record" 1 fx-report $now broken
like "is said with its place" "$T/err" '^fx-report: broken:1: '
like "and so is one that is no object" "$T/err" '^fx-report: broken:3: '
: >empty
exits "an empty file is an empty report" 0 fx-report $now empty
exits "no ledger" 2 fx-report -C nowhere
like "is said" "$T/err" '^fx-report: .*nowhere'
exits "no such file" 2 fx-report nowhere.ndjson
exits "no such format" 2 fx-report --format tabel empty
like "and what was meant" "$T/err" 'did you mean table'
exits "no such time" 2 fx-report --since noon empty
exits "--now record means nothing here" 2 fx-report --now record empty
exits "an empty name to group by" 2 fx-report --by flow,,owner empty
exits "too many names" 2 fx-report --by a,b,c,d,e empty
exits "a part that is cut short" 2 sh -c 'head -1 p.0 | fx-report --merge -'
like "is named so" "$T/err" 'not whole'
exits "what is no part" 2 fx-report --merge few
like "is named with its line" "$T/err" '^fx-report: few:1: '
fx-report --now 2026-12-21T00:00:00Z --by decision.reason,SKU.type --partial part.0 >p.9
exits "parts of another moment" 2 fx-report --merge p.0 p.9
like "are refused by the option's name" "$T/err" 'another --now'
exits "nothing to merge" 2 fx-report --merge empty
if [ -c /dev/full ]; then
	exits "a full disk" 2 sh -c "fx-report $now few >/dev/full"
fi
{
	fx-report $now --by order_id --format csv life 2>err
	echo $? >code
} | sed 1q >/dev/null
is "a closed pipe" "$(cat code)" 2
fx-report $now --stats stats -q life
is "--stats counts" "$(jq -c '[.command, .entries, .orders]' stats)" \
	"$(printf '["fx-report",%d,%d]' "$(wc -l <life)" "$(grep -c '^{"event":"order.placed"' life)")"
# On a terminal the tables fit it; no colour with NO_COLOR.
if script -qec true /dev/null >/dev/null 2>&1; then
	for columns in 80 100 132; do
		for o in '' '--by flow,rule_version,channel' --decision-points; do
			script -qec "stty cols $columns; fx-report --no-progress $now $o all" /dev/null >typed
			is "$columns columns hold it ($o)" \
				"$(tr -d '\r' <typed | awk -v w=$columns 'length($0) > w')$(grep -c "$(printf '\033')" typed)" 0
		done
	done
	check "colour on a terminal otherwise" sh -c "NO_COLOR= TERM=xterm script -qec 'fx-report --no-progress $now all' /dev/null | grep -q '\[1m'"
else
	skip "the tables fit a terminal" "no script(1)"
fi
is "no colour when it is no terminal" "$(fx-report $now few | grep -c "$(printf '\033')")" 0
exits "a time that ends before it begins" 2 fx-report --since 2026-11-28 --until 2026-11-20 few
like "is told" err 'until 2026-11-20 is not after --since 2026-11-28'
done_testing
