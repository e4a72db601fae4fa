#!/bin/sh
# What is open is one notion: fx-queue, fx-trace and fx-report say the same of what was shipped.
. "$(dirname "$0")/../lib.sh"
now='--now 2026-11-20T12:00:00Z'

mkdir rules.d
cat >rules.d/10.yaml <<'END'
owners: [{id: vendor, kind: system}, {id: store, kind: system}]
rules:
  - {rule: a, version: 1, maintainer: m, when: SKU.type == "a", owner: vendor, flow: f, sla: vendor-confirmation within 60m}
  - {rule: b, version: 1, maintainer: m, when: SKU.type == "b", owner: store, flow: f, sla: vendor-confirmation within 60m}
END
printf '{"event":"order.placed","event_id":"e%s","order_id":"%s","at":"2026-11-20T07:00:00Z","source":"shop","lines":[{"line_id":"1","sku":"A","type":"a","qty":1},{"line_id":"2","sku":"B","type":"b","qty":1}]}\n' \
	1 O1 2 O2 | fx-route --now 2026-11-20T08:00:00Z >tasks
ship() { # OWNER TIME
	printf '{"event":"task.shipped","event_id":"s%s","order_id":"O1","at":"2026-11-20T%s:00Z","source":"%s","owner_id":"%s"}\n' \
		"$1" "$2" "$1" "$1"
}
printf '{"event":"exception.opened","event_id":"x","at":"2026-11-20T09:00:00Z","source":"s","exception_id":"x","failure":"owner-unavailable","owner_id":"vendor","step":1}\n' >exception
{ cat tasks exception && ship vendor 09:00 && ship store 10:00; } >records
fx-sign --init --origin shop.example/test >/dev/null
fx-sign -q records
ok "an order that is shipped, one that is not"

# shellcheck disable=SC2086 # $now is an option and its argument
{
	is "fx-queue shows the other order's tasks" \
		"$(fx-queue $now --ndjson | jq -r 'select(.task_id).order_id' | sort | uniq -c | tr -s ' ')" " 2 O2"
	is "fx-trace says that no task is open" \
		"$(fx-trace $now --format ndjson O1 | jq -r 'select(.trace == "order").sentence')" \
		"Order O1 has no open task of 2; the last was shipped Fri 20 Nov 10:00."
	is "and where each of them is" "$(fx-trace $now O1 | sed -n '3,4s/  */ /gp')" \
		" vendor shipped since Fri 20 Nov 09:00
 store shipped since Fri 20 Nov 10:00"
	is "or that no one has said so" "$(fx-trace $now O2 | grep -c '^  [a-z]* *not yet confirmed since Fri 20 Nov 08:00')" 2
	fx-report $now --by owner >table
	is "fx-report: tasks and open of each owner" \
		"$(awk '$1 ~ /^(store|vendor|all)$/ {print $1, $3, $4}' table | tr '\n' ' ')" "store 2 1 vendor 2 1 all 4 2 "
	is "no row without a task" "$(grep -c '^-' table)" 0
	fx-report $now --format json >json
	is "tasks that are open" "$(jq -c '.total | [.tasks_open, .states.shipped]' json)" '[2,2]'
	is "not delivered yet are all four, apart" "$(jq .total.trigger_to_delivery.open json)" 4
	is "and nothing more is to be confirmed of the shipped" "$(jq .total.trigger_to_confirmation.open json)" 2
	fx-report $now --partial records | fx-report --merge --format json >merged
	is "merged the same" "$(jq -c '.total.tasks_open' merged)" 2
	fx-report $now --since 2026-12-01 --by owner >table
	is "a window after the time of the report" "$(sed -n 1p table | sed 's/.*entries, //')" \
		"none from 2026-12-01T00:00:00Z on, as of 2026-11-20T12:00:00Z"
	is "has the row of all alone" "$(grep -c '^[a-z-][a-z-]* *[0-9]' table)" 1
}
done_testing
