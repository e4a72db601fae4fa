#!/bin/sh
# fx-report on rule versions: DORA's keys on a history whose deployments are known.
. "$(dirname "$0")/../lib.sh"

# shellcheck disable=SC2086,SC2094 # $now is an option and its argument; json is a format and a file
now='--now 2026-11-30T00:00:00Z'
# Rule "pick" has version 1 from the start; 2 comes on the 3rd and brings exceptions, so that on the
# 5th version 1 decides again; 3 comes on the 8th and holds; 4 comes on the 12th, with exceptions at
# every second task, and 5 mends it on the 14th.  Rule "other" comes on the 10th.  20 tasks a day.
awk 'function ts(d, m) { return sprintf("2026-11-%02dT%02d:%02d:00Z", d, int(m / 60), m % 60) }
function reg(d, v, more) {
	printf "{\"event\":\"registry.published\",\"event_id\":\"r%d\",\"at\":\"%s\",\"source\":\"t\",\"digest\":\"d%d\",\"registry\":{\"rules\":[" \
	    "{\"rule\":\"pick\",\"version\":%d}%s]}}\n", d, ts(d, 0), d, v, more }
BEGIN {
	for (d = 1; d <= 20; d++) {
		v = d < 3 ? 1 : d < 5 ? 2 : d < 8 ? 1 : d < 12 ? 3 : d < 14 ? 4 : 5
		if (d == 1 || d == 3 || d == 8 || d == 12 || d == 14)
			reg(d, v, "")
		if (d == 10)
			reg(d, v, ",{\"rule\":\"other\",\"version\":1}")
		for (i = 0; i < 20; i++) {
			o = d "-" i
			t = "\"order_id\":\"" o "\",\"source\":\"t\",\"task_id\":\"" o "/x/1\""
			print "{\"event\":\"task.assigned\",\"event_id\":\"a" o "\",\"at\":\"" ts(d, 60 + 30 * i) "\",\"owner_id\":\"w\"," \
			    "\"flow_id\":\"f\",\"rule_id\":\"pick\",\"rule_version\":" v "," t "}"
			if ((v == 2 || v == 4) && i % 2 || (v != 2 && v != 4 && i == 7))
				print "{\"event\":\"exception.opened\",\"event_id\":\"x" o "\",\"at\":\"" ts(d, 61 + 30 * i) "\",\"exception_id\":\"x" o "\"," \
				    "\"failure\":\"out-of-stock\",\"step\":1," t "}"
		}
	}
}' >history
fx-report $now --format json history >json
rule() { jq -c ".rules[] | select(.rule == \"pick\" and .version == $1) | $2" json; }
is "a version comes with the registry that has it first" "$(rule 4 .deployed)" '"2026-11-12T00:00:00Z"'
is "one that the older version took over from was rolled back, with its last task" \
	"$(rule 2 '[.failed, .replaced, .restored_in_s]')" \
	"[\"rolled back\",\"2026-11-04T10:30:00Z\",$(($(date -d 2026-11-04T10:30:00Z +%s) - $(date -d 2026-11-03T00:00:00Z +%s)))]"
is "one with more exceptions than the one before failed, until the next" \
	"$(rule 4 '[.failed, .restored_in_s, .tasks, .tasks_with_exception]')" '["more exceptions",172800,40,20]'
is "the others hold" "$(for v in 1 3 5; do rule $v .failed; done | tr '\n' ' ')" 'null null null '
is "deployments: not those that came with the first registry" "$(jq -c '.rules | map(select(.counts) | .rule + "@" + (.version | tostring))' json)" \
	'["other@1","pick@2","pick@3","pick@4","pick@5"]'
is "the keys" "$(jq -c '.total.deployments' json)" \
	"{\"n\":5,\"failed\":2,\"change_failure_rate\":0.4,\"failed_open\":0,\"time_to_restore_p50_s\":$(((124200 + 172800) / 2)),\"time_to_restore_mean_s\":$(((124200 + 172800) / 2))}"
is "of one version, in ndjson" \
	"$(fx-report $now --by rule_version --format ndjson history | jq -c 'select(.by.rule_version == "pick@4") | .deployments | [.n, .failed]')" '[1,1]'
is "of one rule, in CSV" \
	"$(fx-report $now --by rule --format csv history | grep '^pick,deployments.change_failure_rate')" 'pick,deployments.change_failure_rate,ratio,0.5'
is "a window takes what came in it" \
	"$(fx-report $now --since 2026-11-08T00:00:00Z --until 2026-11-13T00:00:00Z --format json history | jq -c '.total.deployments | [.n, .failed]')" '[3,1]'
fx-report $now --format openmetrics history >metrics
like "in OpenMetrics" metrics '^fx_change_failure_ratio 0\.4$'
like "each version" metrics '^fx_rule_restore_seconds\{rule="pick",version="4"\} 172800$'
# The format's own parser, of prometheus_client.
if python3 -c 'import prometheus_client.openmetrics.parser' 2>/dev/null; then
	check "which its reference parser takes" python3 -c '
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
names = [f.name for f in parse(open("metrics").read())]
assert "fx_rule_restore_seconds" in names and len(names) == len(set(names)), names'
else
	skip "which its reference parser takes" "no prometheus_client"
fi
fx-report $now history >text
like "for people" text '^5 deployments, 2 failed \(40\.0 %\); restored in 1d17h in the median$'
like "with what became of each" text '^pick@2 .*rolled back, for 1d10h$'
like "tasks by the day, in plain ASCII" text '^tasks assigned, each day +#{20}  2026-11-01 to 2026-11-20, at most 20$'
fx-report $now history --since 2026-11-03T00:00:00Z --until 2026-11-04T00:00:00Z >text
like "or by the hour: 1 o'clock to 10" text '^tasks assigned, each hour +#{10}  2026-11-03T01:00 to 2026-11-03T10:00, at most 2$'
if LC_ALL=C.UTF-8 locale charmap 2>/dev/null | grep -q UTF-8; then
	LC_ALL=C.UTF-8 fx-report $now history >text
	strip() { sed -n "s/^$1, each day *\([^ ]*\) .*/\1/p" text; }
	is "or in block characters" "$(strip 'tasks assigned')" ████████████████████
	# Nothing is the lowest, the greatest the highest of eight; 1 of 10 lies six tenths of a step over the second.
	is "exceptions by their share of the greatest" "$(strip 'of them with exception')" ▃▃██▃▃▃▃▃▃▃██▃▃▃▃▃▃▃
fi
is "without registries the oldest version and the one that came first were there" \
	"$(grep -v registry.published history | fx-report $now --format json - | jq -c '[.rules[] | select(.counts) | .version]')" '[2,3,4,5]'
# Half of it before the other half: nothing depends on it.
fx-report $now --partial history >whole
for n in 0 1 2; do
	awk -v n=$n '{ match($0, /"order_id":"[0-9]+/); k = substr($0, RSTART + 12, RLENGTH - 12) } k == "" ? n == 1 : k % 3 == n' history >part
	fx-report $now --partial part >p.$n
done
fx-report --merge --partial p.2 p.0 p.1 >merged
check "parts give the bytes of the whole" cmp merged whole
sed '1s/"fx":"[^"]*"/"fx":"0.0.9"/' whole >old
exits "parts of another version" 2 fx-report --merge old
like "are refused by its name" "$T/err" '^fx-report: old:1: fx-report 0\.0\.9 wrote it.*one version'
sed '1s/"fx_report":[0-9]*,"fx":"[^"]*"/"fx_report":2/' whole >old
exits "parts that carry no version" 2 fx-report --merge old
like "are refused as older" "$T/err" 'older than .*one version'

# An order that is closed, forgotten by the fold (16,384 entries later), and decided again: one order.
{
	echo '{"event":"task.assigned","event_id":"a","order_id":"A","at":"2026-11-01T00:00:00Z","source":"t","task_id":"A/1/1","owner_id":"w","flow_id":"f"}'
	echo '{"event":"task.completed","event_id":"c","order_id":"A","at":"2026-11-01T01:00:00Z","source":"t"}'
	seq 1 17000 | sed 's/.*/{"event":"note.taken","event_id":"n&","at":"2026-11-02T00:00:00Z","source":"t"}/'
	echo '{"event":"task.assigned","event_id":"b","order_id":"A","at":"2026-11-03T00:00:00Z","source":"t","task_id":"A/2/1","owner_id":"w","flow_id":"f"}'
	echo '{"event":"task.assigned","event_id":"d","order_id":"A","at":"2026-11-03T00:00:00Z","source":"t","task_id":"A/2/2","owner_id":"w","flow_id":"g"}'
} >again
is "an order that is decided again after it was forgotten is one order" \
	"$(fx-report $now --format json again | jq -c '.total | [.orders, .tasks]')" '[1,3]'
is "in its group, too, and in another again" \
	"$(fx-report $now --by flow --format ndjson again | jq -c '[.by.flow, .orders, .tasks]' | tr '\n' ' ')" '["f",1,2] ["g",1,1] [null,1,3] '
done_testing
