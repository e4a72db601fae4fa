#!/bin/sh
# Who keeps customer-facing holds is told of each when it is placed and when it is over, once.
. "$(dirname "$0")/../lib.sh"

mkdir rules.d
cat >rules.d/r.yaml <<'END'
maintainer: boss
owners:
  - {id: vendor, kind: system, send: "spool:vendor"}
  - {id: shop, kind: system, send: "exec:cat >>shop.out; test ! -e down", holds: true}
  - {id: pager, kind: team, send: "exec:cat >>pager.out; echo >>pager.out", format: pagerduty, secret: "env:PAGER", holds: true}
  - {id: boss, kind: team, send: "spool:boss"}
rules:
  - {rule: all, version: 1, maintainer: boss, when: true, owner: vendor, flow: f, sla: vendor-confirmation within 1h}
exceptions:
  - {failure: vendor-no-confirmation, maintainer: boss, action: route to boss and place customer-facing hold}
  - {failure: "*", maintainer: boss, action: route to boss}
END
export FX_HOME="$T" PAGER=r0
at() { echo "2026-11-20T$1:00Z"; }
order() { echo '{"event":"order.placed","event_id":"p'"$1"'","order_id":"'"$1"'","at":"'"$2"'","source":"shop","channel":"web","lines":[{"line_id":"1"}]}'; }
sweep() { fx-escalate --snapshot 1 --now "$(at "$1")" | fx-sign -q; }
send() { fx-send -q --now "$(at "$1")"; }
heard() { jq -r '.event + " " + .order_id + " " + (.hold // "")' shop.out | sort | sed 's/ *$//'; }

fx-sign --init --origin shop.example/fx >/dev/null
for o in A B C; do order $o "$(at 08:00)"; done | fx-route --now record | fx-sign -q
sweep 09:00
send 09:01
is "each hold is told by itself" "$(heard)" \
	'exception.opened A customer-facing
exception.opened B customer-facing
exception.opened C customer-facing'
rm shop.out
fx-event task.confirmed --order A --now "$(at 09:30)" >/dev/null
fx-event hold.released --order B --by ann --now "$(at 09:31)" >/dev/null
touch down
sweep 09:32
send 09:33
rm down shop.out
for i in $(seq 1 30); do order "N$i" "$(at 09:40)"; done | fx-route --now record | fx-sign -q
sweep 09:41
send 09:42
is "and when it is over: by its exception's end, or a person's word; tried again until it is taken" "$(heard)" \
	'exception.resolved A
hold.released B'
rm shop.out
fx-event task.confirmed --order B --now "$(at 09:50)" >/dev/null
sweep 09:51
send 09:52
is "once" "$(cat shop.out 2>/dev/null)" ""
is "others are not told of the end" "$(cat boss/new/* | jq -r '.exceptions[]?.event, .event' | sort -u)" exception.opened
is "an incident is closed by its own word alone" "$(jq -r '.event_action' pager.out | sort | uniq -c | xargs)" "2 resolve 3 trigger"
done_testing
