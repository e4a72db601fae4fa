#!/bin/sh
# fx-report --alerts: when both windows burn, who is told, once, and when it is over.
. "$(dirname "$0")/../lib.sh"

mkdir -p shop/rules.d
registry() { # OBJECTIVE
	cat >shop/rules.d/10.yaml <<X
owners:
  - {id: vendor, kind: system, send: "spool:vendor"}
  - {id: pager, kind: system, format: pagerduty, secret: "env:KEY", send: "exec:cat >>sent"}
  - {id: ops, kind: team, format: slack, send: "exec:cat >>told"}
maintainer: ops
rules:
  - {rule: r, version: 1, maintainer: m, when: true, owner: vendor, flow: drop, sla: vendor-confirmation within 60m}
exceptions:
  - {failure: "*", maintainer: m, action: notify ops}
slos:
  - {flow: drop, objective: $1, notify: pager}
X
}
registry '99% vendor-confirmation over 30d'
export FX_HOME=shop KEY=routing
fx-lint >/dev/null
ok "the registry is good"
fx-sign --init --origin shop.example/test >/dev/null
# tasks FROM N [CONFIRMED]: N tasks, one a minute from the minute on, due an hour later; the first CONFIRMED in time.
tasks() {
	awk -v from="$1" -v n="$2" -v good="${3:-0}" '
	function ts(m) { return sprintf("2026-11-20T%02d:%02d:00Z", int(m / 60), m % 60) }
	BEGIN {
		for (i = 0; i < n; i++) {
			m = from + i; o = "o" m
			print "{\"event\":\"task.assigned\",\"event_id\":\"a" m "\",\"order_id\":\"" o "\",\"at\":\"" ts(m) "\",\"source\":\"t\",\"task_id\":\"" o \
			    "/x/1\",\"owner_id\":\"vendor\",\"flow_id\":\"drop\",\"rule_id\":\"r\",\"rule_version\":1," \
			    "\"sla\":[{\"milestone\":\"vendor-confirmation\",\"event\":\"task.confirmed\",\"due\":\"" ts(m + 60) "\"}]}"
			if (i < good)
				print "{\"event\":\"task.confirmed\",\"event_id\":\"c" m "\",\"order_id\":\"" o "\",\"at\":\"" ts(m + 59) "\",\"source\":\"v\"}"
		}
	}'
}
fx-route --now 2026-11-20T00:00:00Z </dev/null | fx-sign -q
tasks 480 9 | fx-sign -q
is "nine misses are too few to wake anybody" "$(fx-report --now 2026-11-20T09:10:00Z --alerts)" ""
tasks 489 31 | fx-sign -q
fx-report --now 2026-11-20T09:37:00Z --alerts >first
ok "alerts are written"
is "one that pages and one that is a ticket" "$(jq -r .severity first | tr '\n' ' ')" "page ticket "
is "as an exception about no order, to whom the objective names" \
	"$(jq -s -c '.[0] | [.event, .order_id, .failure, .about, .owner_id, .slo.windows]' first)" \
	'["exception.opened","","slo-burn","drop: 99% vendor-confirmation over 30d: page","pager","1h/5m"]'
# All miss: 1 % is allowed, so the budget burns 100 times as fast.
is "with the rates" "$(jq -s -c '.[0].slo | [.factor, .long, .short]' first)" '[14.4,100,100]'
# The first miss that is the tenth one falls due at 09:09; the next whole 5 minutes are 09:10.
is "and when it began" "$(jq -s -r '.[0].at' first)" 2026-11-20T09:10:00Z
for now in 09:35:00 09:39:59 09:20:00; do
	is "at $now it is the same alert" "$(fx-report --now "2026-11-20T${now}Z" --alerts | jq -r .event_id)" "$(jq -r .event_id first)"
done
is "off the records, too, but for their source" \
	"$(fx-cat | fx-report --now 2026-11-20T09:37:00Z --alerts - | jq -c 'del(.event_id, .exception_id, .source)')" \
	"$(jq -c 'del(.event_id, .exception_id, .source)' first)"

# As a filter straight to who is told.
fx-send --now 2026-11-20T09:37:00Z - <first >attempts
is "it is sent" "$(jq -r .outcome attempts | uniq)" accepted
is "to PagerDuty as critical, and as a warning" \
	"$(jq -c '[.event_action, .payload.severity, .payload.class]'  sent | sort | tr '\n' ' ')" \
	'["trigger","critical","slo-burn"] ["trigger","warning","slo-burn"] '
like "with a sentence" "$(ls  sent)" \
	'"summary":"slo-burn: drop: 99% vendor-confirmation over 30d: the error budget burns 100\.0 times as fast as it may over 1h and 100\.0 over 5m \(limit 14\.4\)'

fx-sign -q first
fx-report --now 2026-11-20T09:39:00Z --alerts >again
is "what is in the ledger is not said again" "$(cat again)" ""
is "and a sweep leaves it alone" \
	"$(fx-escalate --now 2026-11-20T09:39:00Z | jq -r 'select(.failure == "slo-burn") | .event')" ""
fx-queue --now 2026-11-20T09:39:00Z >queue
like "it is in the queue" queue 'slo-burn'
# From 09:40 on all is well: the short window clears first, after the long one the ticket.
tasks 520 60 60 | fx-sign -q
is "when it stops it is resolved" "$(fx-report --now 2026-11-20T10:16:00Z --alerts | jq -r '.event + " " + .about')" \
	"exception.resolved drop: 99% vendor-confirmation over 30d: page"
fx-report --now 2026-11-20T10:16:00Z --alerts | fx-sign -q
is "once" "$(fx-report --now 2026-11-20T10:17:00Z --alerts)" ""
fx-report --now 2026-11-20T23:00:00Z --alerts | fx-sign -q
is "and then the other" "$(fx-cat | jq -r 'select(.event == "exception.resolved") | .about')" \
	"drop: 99% vendor-confirmation over 30d: page
drop: 99% vendor-confirmation over 30d: ticket"
is "nothing is open" "$(fx-report --now 2026-11-20T23:05:00Z --format json | jq .total.exceptions_open)" 0

# What can never fire is refused when the registry is loaded.
registry '90% vendor-confirmation over 30d'
exits "an objective whose alert can never fire" 2 fx-route </dev/null
like "is refused where it stands" "$T/err" '10\.yaml:[0-9]+:[0-9]+: the 1h/5m alert can never fire.* 14\.4 .* 10 '
registry '93% vendor-confirmation over 30d'
exits "14.4 times 7 % is more than all" 2 fx-route </dev/null
registry '94% vendor-confirmation over 30d'
exits "of 6 % it is not" 0 fx-route </dev/null
registry '90% vendor-confirmation over 7d'
exits "nor over a week, where the factor is 3.36" 0 fx-route </dev/null
sed -i 's/notify: pager/notify: nobody/' shop/rules.d/10.yaml
exits "nobody to tell" 2 fx-route </dev/null
like "is said" "$T/err" "no owner 'nobody'"
exits "no --format with it" 2 fx-report --alerts --format json
done_testing
