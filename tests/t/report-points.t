#!/bin/sh
# fx-report --decision-points: a history written by hand, what jq and sqlite3 make of the same.
. "$(dirname "$0")/../lib.sh"

# shellcheck disable=SC2086,SC2094 # $now is an option and its argument; json is a format and a file
now='--now 2026-11-30T00:00:00Z'
# points JQ: of the points of `history`.
points() { fx-report $now --decision-points --format json history | jq -c "$1"; }

# 40 orders, one an hour: the vendor's flow, every second by marketplace.  A person moves the
# marketplace ones with a preorder (10) to the ops team, 90 minutes after the assignment, and one
# of the others; the team confirms eight of the eleven 30 minutes later, two wait still, one is sent back.
awk 'function ts(m) { return sprintf("2026-11-%02dT%02d:%02d:00Z", 20 + int(m / 1440), int(m / 60) % 24, m % 60) }
function rec(event, id, o, m, more) {
	printf "{\"event\":\"%s\",\"event_id\":\"%s-%d\",\"order_id\":\"o%d\",\"at\":\"%s\",\"source\":\"t\"%s}\n", event, id, o, o, ts(m), more }
BEGIN {
	print "{\"event\":\"registry.published\",\"event_id\":\"r\",\"at\":\"" ts(0) "\",\"source\":\"t\",\"registry\":{\"owners\":[" \
	    "{\"id\":\"vendor\",\"kind\":\"system\"},{\"id\":\"ops\",\"kind\":\"team\"}]}}"
	for (o = 0; o < 40; o++) {
		m = 60 * o; ch = o % 2 ? "marketplace" : "web"; ty = o % 4 == 1 ? "preorder" : "stock"
		t = ",\"task_id\":\"o" o "/x/1\""
		rec("task.assigned", "a", o, m + 5, t ",\"owner_id\":\"vendor\",\"flow_id\":\"drop\",\"rule_id\":\"r\",\"rule_version\":1," \
		    "\"channel\":\"" ch "\",\"customer\":{\"email\":\"same@example.org\"},\"currency\":\"EUR\",\"lines\":[{\"line_id\":\"1\",\"type\":\"" ty "\"}]," \
		    "\"trigger\":{\"event\":\"order.placed\",\"event_id\":\"p" o "\",\"at\":\"" ts(m) "\",\"source\":\"s\"}")
		if (o % 4 != 1 && o != 38) {
			rec("task.confirmed", "c", o, m + 20, t)
			continue
		}
		rec("handoff.manual", "h", o, m + 95, t ",\"by\":\"ann\",\"from\":\"vendor\",\"to\":\"ops\"")
		if (o == 33)
			rec("handoff.manual", "b", o, m + 105, t ",\"by\":\"bob\",\"from\":\"ops\",\"to\":\"vendor\"")
		else if (o < 29 || o == 38)
			rec("task.confirmed", "c", o, m + 125, t)
	}
}' >history

is "moved by hand: as often, so long" \
	"$(points '.points[] | select(.from == "vendor" and .to == "ops") | [.by, .event, .flow, .n, .lost_p50_s, .lost_s]')" \
	"[\"hand\",\"handoff.manual\",\"drop\",11,5400,$((11 * 5400))]"
is "what jq makes of the hand-overs" \
	"$(points '[.points[] | select(.event == "handoff.manual") | {from, to, n}] | sort')" \
	"$(jq -s -c '[map(select(.event == "handoff.manual")) | group_by([.from, .to])[] | {from: .[0].from, to: .[0].to, n: length}] | sort' history)"
is "a team that goes on with what it got has decided" \
	"$(points '.points[] | select(.event == "task.confirmed") | [.by, .from, .to, .n, .lost_p50_s, .lost_s]')" \
	'["hand","ops",null,8,1800,14400]'
is "a system that does its work has not" "$(points '[.points[] | select(.from == "vendor") | .event] | unique')" '["handoff.manual"]'
is "what waits for the team still is counted apart" \
	"$(points '.points[] | select(.event == null) | [.from, .n, .open]') $(points .waiting)" '["ops",0,2] 2'
is "decisions by rules, by hand, untold" "$(points '[.by_rule, .by_hand, .untold]')" '[40,20,0]'
is "the rule that would take them, and what it costs" \
	"$(points '.points[] | select(.from == "vendor") | [.rule, .rule_takes, .rule_others, .tasks, .flow_tasks]')" \
	'["SKU.type == \"preorder\"",10,0,11,40]'
fx-report $now --decision-points history >text
like "in a sentence" text '^ 1\. 11 times in 1d16h somebody moved tasks of drop from vendor to ops: 1h30m lost in the$'
like "with the rule and what it would take" text 'A rule on SKU\.type == "preorder" would take 91 % of them, and$'
like "and what else" text '^ +0 of the 29 others\.$'
is "the wait of a window's decisions alone" \
	"$(fx-report $now --since 2026-11-20T12:00:00Z --until 2026-11-21T12:00:00Z --decision-points --format ndjson history |
		jq -c 'select(.to == "ops") | .n')" \
	"$(jq -s -c '[.[] | select(.event == "handoff.manual" and .to == "ops" and .at >= "2026-11-20T12:00:00Z" and .at < "2026-11-21T12:00:00Z")] | length' history)"
is "CSV says the same as NDJSON" \
	"$(fx-report $now --decision-points --format csv history | tail -n +2 | cut -d, -f1,2,4-6,8,13 | sort)" \
	"$(fx-report $now --decision-points --format ndjson history | jq -r '[.by, .event, .flow, .from, .to, .n, .lost_s] | map(. // "" | tostring) | join(",")' | sort)"
sort -R --random-source=history history | awk '/registry/ { print > "first"; next } { print > "rest" }'
cat first rest >shuffled
check "in any order of the records" sh -c "
	fx-report $now --decision-points --format json history >1
	fx-report $now --decision-points --format json shuffled >2; cmp 1 2"

# The registry of today, as fx-route writes it, tells of a history of before.
mkdir rules.d
cat >rules.d/10.yaml <<'X'
owners:
  - {id: vendor, kind: system, send: "spool:v"}
  - {id: ops, kind: team, send: "spool:o"}
rules:
  - {rule: r, version: 1, maintainer: m, when: true, owner: vendor, flow: drop}
exceptions:
  - {failure: "*", maintainer: m, action: notify ops}
X
fx-route --now 2027-06-01T00:00:00Z </dev/null | cat - rest |
	fx-report $now --decision-points --format json - | jq -c .points >later
is "a registry that is later than the history" "$(cat later)" "$(points .points)"

# Two equalities, when it takes two.
jq -c 'if .event == "task.assigned" then .lines[0].type = (if (.order_id[1:] | tonumber) % 3 == 0 then "preorder" else "stock" end) else . end
	| select(.event != "handoff.manual" and .event != "task.confirmed")' history >other
jq -c 'select(.event == "task.assigned" and .channel == "marketplace" and .lines[0].type == "preorder") |
	{event: "handoff.manual", event_id: ("h" + .order_id), order_id, task_id, source, at: "2026-11-29T00:00:00Z", by: "ann", to: "ops"}' other >moves
cat other moves >history
is "two attributes" "$(points '.points[] | select(.to == "ops") | [.rule, .rule_others]')" \
	'["channel == \"marketplace\" AND SKU.type == \"preorder\"",0]'
jq -c 'select(.event == "task.assigned" and (.order_id | test("[1-3]$"))) |
	{event: "handoff.manual", event_id: ("h" + .order_id), order_id, task_id, source, at: "2026-11-29T00:00:00Z", by: "ann", to: "ops"}' other >moves
cat other moves >history
is "no attribute, and none is made up" "$(points '.points[] | select(.to == "ops") | .rule')" null

# A history of exceptions and holds, without tasks' assignments.
cat >history <<'X'
{"event":"order.placed","event_id":"1","order_id":"A","at":"2026-11-01T08:00:00Z","source":"old"}
{"event":"handoff.manual","event_id":"2","order_id":"A","at":"2026-11-01T10:00:00Z","source":"old","by":"ann","from":"shop","to":"desk"}
{"event":"handoff.manual","event_id":"3","order_id":"A","at":"2026-11-01T10:30:00Z","source":"old","by":"bob","from":"desk","to":"shop"}
{"event":"exception.opened","event_id":"4","order_id":"A","at":"2026-11-01T11:00:00Z","source":"old","exception_id":"x","failure":"out-of-stock"}
{"event":"exception.acknowledged","event_id":"5","order_id":"A","at":"2026-11-01T11:20:00Z","source":"old","exception_id":"x","by":"ann"}
{"event":"exception.resolved","event_id":"6","order_id":"A","at":"2026-11-01T12:00:00Z","source":"old","exception_id":"x","by":"ann"}
{"event":"hold.released","event_id":"7","order_id":"A","at":"2026-11-01T12:05:00Z","source":"old","by":"ann"}
{"event":"order.cancelled","event_id":"8","order_id":"A","at":"2026-11-01T12:15:00Z","source":"old","by":"ann"}
{"event":"order.placed","event_id":"9","order_id":"B","at":"2026-11-01T08:00:00Z","source":"old"}
{"event":"payment.checked","event_id":"10","order_id":"B","at":"2026-11-01T08:10:00Z","source":"old"}
X
is "each kind of decision with its wait" \
	"$(points '[.points[] | select(.by == "hand") | {(.event + ":" + (.failure // "") + (.to // "")): .lost_s}] | add')" \
	'{"handoff.manual:desk":7200,"exception.resolved:out-of-stock":2400,"handoff.manual:shop":1800,"exception.acknowledged:out-of-stock":1200,"order.cancelled:":600,"hold.released:":300}'
is "and what nobody is told to have decided" \
	"$(points '.points[] | select(.by == "untold") | [.after, .event, .n, .lost_s]')" '["order.placed","payment.checked",1,600]'
# What is not the team's ends no wait of it; a name may hold anything.
cat >history <<'X'
{"event":"registry.published","event_id":"r","at":"2026-11-01T00:00:00Z","source":"t","registry":{"owners":[{"id":"ops","kind":"team"}]}}
{"event":"task.assigned","event_id":"1","order_id":"A","at":"2026-11-01T08:00:00Z","source":"t","task_id":"A/1","owner_id":"ops","flow_id":"f","rule_id":"r"}
{"event":"note.taken","event_id":"2","order_id":"A","at":"2026-11-01T09:00:00Z","source":"desk"}
{"event":"photo.taken","event_id":"3","order_id":"A","at":"2026-11-01T10:00:00Z","source":"ops","owner_id":"ops"}
{"event":"task.assigned","event_id":"4","order_id":"B","at":"2026-11-01T08:00:00Z","source":"t","task_id":"B/1","owner_id":"ops","flow_id":"f","rule_id":"r"}
{"event":"order.cancelled","event_id":"5","order_id":"B","at":"2026-11-01T09:00:00Z","source":"shop"}
{"event":"task.assigned","event_id":"6","order_id":"C","at":"2026-11-01T08:00:00Z","source":"t","task_id":"C/1","owner_id":"x","flow_id":"f"}
{"event":"handoff.manual","event_id":"7","order_id":"C","at":"2026-11-01T09:00:00Z","source":"t","task_id":"C/1","from":"x","to":"a\nb"}
{"event":"handoff.manual","event_id":"8","order_id":"C","at":"2026-11-01T09:30:00Z","source":"t","task_id":"C/1","from":"x\na","to":"b"}
X
is "the team's own word, two hours later, and nothing else" \
	"$(points '[.points[] | select(.from == "ops") | [.event, .n, .lost_s, .open]]')" '[["photo.taken",1,7200,0]]'
is "names with line ends are kept apart" "$(points '[.points[] | select(.event == "handoff.manual") | .n]')" '[1,1]'
for o in --partial '--by flow' '--merge' '--format openmetrics'; do
	# shellcheck disable=SC2086
	exits "$o means nothing here" 2 fx-report $now --decision-points $o history
done
: >empty
exits "an empty history" 0 fx-report $now --decision-points empty

# Olist whole: each step of an order and how long it took, by sqlite3's window functions.
O=${FX_DATA:-}/olist/olist_orders_dataset.csv
if [ ! -f "$O" ]; then
	skip "Olist's steps equal sqlite3's" "no $O"
else
	fx-import -f "$TOP/rules.d/import/olist.yaml" "$O" "${O%/*}/olist_order_items_dataset.csv" >olist
	fx-report --now 2018-11-01T00:00:00Z --decision-points --format ndjson olist |
		jq -r '[.after, .event, .n, .lost_p50_s, .lost_s] | @tsv' | sort >got
	utc() {
		echo "strftime('%s', $1) + case when $1 >= '2016-10-16' and $1 < '2017-02-19'
			or $1 >= '2017-10-15' and $1 < '2018-02-18' or $1 >= '2018-11-04' then 7200 else 10800 end"
	}
	known="order_purchase_timestamp, order_approved_at, order_delivered_carrier_date, order_delivered_customer_date"
	# In one second: the trigger, progress by its name, a cancellation.
	sqlite3 :memory: ".mode csv" ".import '$O' o" ".mode tabs" "
		with e as (
			select order_id as o, $(utc order_purchase_timestamp) as t, 'order.placed' as e, 0 as k from o
			union all select order_id, $(utc order_approved_at), 'task.confirmed', 2 from o where order_approved_at <> ''
			union all select order_id, $(utc order_delivered_carrier_date), 'task.shipped', 3 from o where order_delivered_carrier_date <> ''
			union all select order_id, $(utc order_delivered_customer_date), 'task.completed', 1 from o where order_delivered_customer_date <> ''
			union all select order_id, $(utc "max($known)"), 'order.cancelled', 4 from o where order_status = 'canceled'
		), s as (
			select lag(e) over w as a, e, t - lag(t) over w as x, lag(e) over w is not null as known from e window w as (partition by o order by t, k)
		), r as (
			select *, row_number() over (partition by a, e order by x) as i, count(*) over (partition by a, e) as n from s where known and e <> 'order.placed'
		)
		select a, e, n, avg(x) filter (where i in ((n + 1) / 2, (n + 2) / 2)), sum(x) from r group by 1, 2" |
		sed 's/\.0	/	/' | sort >want
	check "Olist's steps: how many, the median, the sum, as sqlite3 finds them" diff got want
fi
N=${FX_DATA:-}/northwind/orders-clean.csv
if [ ! -f "$N" ]; then
	skip "Northwind's steps equal sqlite3's" "no $N"
else
	fx-import -f "$TOP/rules.d/import/northwind.yaml" "$N" "${N%/*}/order-details.csv" >northwind
	day() {
		echo "julianday(printf('%04d-%02d-%02d', substr($1, -4), substr($1, 1, instr($1, '/') - 1),
			substr($1, instr($1, '/') + 1, length($1) - 5 - instr($1, '/'))))"
	}
	is "Northwind: from order to shipment" \
		"$(fx-report --now 1998-06-01T00:00:00Z --decision-points --format ndjson northwind | jq -c '[.after, .event, .n, .lost_s]')" \
		"$(sqlite3 :memory: ".mode csv" ".import '$N' o" ".mode list" "select '[\"order.placed\",\"task.shipped\",' || count(*) || ',' ||
			cast(sum(86400 * ($(day ShippedDate) - $(day OrderDate))) as integer) || ']' from o where ShippedDate <> ''")"
fi
done_testing
