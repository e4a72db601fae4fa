#!/bin/sh
# fx-send: what PagerDuty hears of an exception it was sent, and who is told when a person hands
# a task over.
. "$(dirname "$0")/../lib.sh"
. "$TOP/tests/owner.sh"

owner "$T/pager" ok && pager=$port
owner "$T/other" ok && other=$port
mkdir -p home/rules.d
cat >home/rules.d/r.yaml <<X
maintainer: ops
owners:
  - {id: vendor, kind: system, send: "spool:vendor"}
  - {id: second, kind: system, send: "spool:second"}
  - {id: on-call, kind: team, format: pagerduty, send: "http://127.0.0.1:$pager/v2/enqueue", secret: "env:ROUTING"}
  - {id: other-call, kind: team, format: pagerduty, send: "http://127.0.0.1:$other/v2/enqueue", secret: "env:OTHER"}
  - {id: ops, kind: team, send: "spool:ops"}
rules:
  - {rule: all, version: 1, maintainer: ops, when: true, owner: vendor, flow: f,
     sla: vendor-confirmation within 60m}
exceptions:
  - failure: vendor-no-confirmation
    maintainer: ops
    action: route to on-call and notify ops
    escalation: if unresolved in 6h, route to other-call
  - {failure: "*", maintainer: ops, action: route to ops}
X
export FX_HOME="$T/home" ROUTING=R0UT1NG OTHER=0THER
at() { echo "2026-11-20T$1Z"; }
order() {
	echo '{"event":"order.placed","event_id":"p'"$1"'","order_id":"'"$1"'","at":"2026-11-20T10:00:00Z","source":"shop","channel":"web","customer":"c","currency":"EUR","total":"1.00","lines":[{"line_id":"1","sku":"A","type":"stock","qty":1,"unit_price":"1.00"}]}'
}
sweep() { FX_NOW=$(at "$1") fx-sweep; }
heard() { # heard DIR: what the endpoint has received so far, in the order of arrival
	for r in $(ls -tr "$1"/req.* 2>/dev/null); do
		tr -d '\r' <"$r" | sed '1,/^$/d' | jq -r '[.routing_key, .event_action] | join(" ")'
	done | xargs
}
exits "a ledger" 0 fx-sign --init --origin shop.example/fx
order A | fx-route --now "$(at 10:00:00)" | fx-sign -q
sweep 11:00:00
is "an exception triggers an incident" "$(heard pager)" "R0UT1NG trigger"
x=$(fx-cat --order A | jq -r 'select(.event == "exception.opened").exception_id')
is "named by the exception" "$(tr -d '\r' <pager/req.1 | sed '1,/^$/d' | jq -r .dedup_key)" "$x"
is "the attempt says so" "$(fx-cat --type task.attempted | jq -r 'select(.owner_id == "on-call").dedup_key')" "$x"
fx-event -q exception.acknowledged --exception "$x" --until +2h --now "$(at 11:10:00)"
echo 503 >pager/mode
sweep 11:11:00
echo ok >pager/mode
sweep 11:30:00
sweep 11:31:00
is "an acknowledgement is told until it is accepted, and once" "$(heard pager)" \
	"R0UT1NG trigger R0UT1NG acknowledge R0UT1NG acknowledge"
is "under the same dedup_key" "$(cat pager/req.* | grep -aoE '"dedup_key":"[^"]*"' | sort -u)" "\"dedup_key\":\"$x\""
is "whoever was not triggered hears nothing" "$(heard other)" ""
fx-event -q task.confirmed --order A --owner vendor --now "$(at 11:40:00)"
sweep 11:41:00
sweep 11:42:00
is "the end is told, once, to the key that triggered" "$(heard pager); $(heard other)" \
	"R0UT1NG trigger R0UT1NG acknowledge R0UT1NG acknowledge R0UT1NG resolve; "
is "owners of other formats are not told of either" \
	"$(cat home/ops/new/*.json | jq -r "select(.order_id == \"A\").event" | xargs)" "exception.opened"

# ---- both keys that triggered hear of the end; one that accepted no trigger does not
order B | fx-route --now "$(at 10:00:00)" | fx-sign -q
rm -f pager/req.* other/req.*
sweep 12:00:00
sweep 18:00:00
order C | fx-route --now "$(at 17:30:00)" | fx-sign -q
echo 503 >pager/mode
sweep 18:40:00
echo ok >pager/mode
fx-event -q task.completed --order B --now "$(at 18:41:00)"
fx-event -q task.completed --order C --now "$(at 18:41:00)"
sweep 18:42:00
xc=$(fx-cat --order C | jq -r 'select(.event == "exception.opened").exception_id')
is "two keys, two ends" "$(heard other)" "0THER trigger 0THER resolve"
is "what was not accepted is not resolved" "$(grep -al "$xc" pager/req.* | wc -l) $(heard pager)" \
	"1 R0UT1NG trigger R0UT1NG trigger R0UT1NG resolve"
is "and a payload is a trigger's alone" "$(cat pager/req.* other/req.* | grep -a '^{' |
	jq -r '[.event_action, (.payload != null)] | join(" ")' | sort -u | xargs)" "resolve false trigger true"

# ---- a person hands tasks over
got() { cat home/"$1"/new/*.json 2>/dev/null | jq -r 'select(.order_id == "'"$2"'") | .event + " " + .task_id' | sort | xargs; }
order D | jq -c '.lines += [{line_id:"2",sku:"B",type:"stock",qty:1,unit_price:"1.00"}]' >two
sed -i 's/^rules:/rules:\n  - {rule: b, version: 1, maintainer: ops, when: SKU.sku == "B", owner: vendor, flow: f}/' home/rules.d/r.yaml
fx-route --now "$(at 19:00:00)" two | fx-sign -q
sweep 19:00:00
d=$(fx-cat --order D | jq -r 'select(.event == "task.assigned").task_id' | sort | xargs)
one=${d%% *} two=${d##* }
is "two tasks are at the first owner" "$(got vendor D)" "task.assigned $one task.assigned $two"
fx-event -q handoff.manual --order D --to second --now "$(at 19:01:00)"
sweep 19:02:00
sweep 19:03:00
is "handed over together: the new owner is sent both exports" "$(got second D)" "task.assigned $one task.assigned $two"
is "each under a key of its own" "$(fx-cat --order D | jq -r 'select(.event == "task.attempted").key' | sort | uniq -d | wc -l)" 0
is "the former one is told" "$(got vendor D)" "task.assigned $one task.assigned $two task.cancelled $one task.cancelled $two"
fx-event -q handoff.manual --task "$one" --to vendor --now "$(at 19:04:00)"
sweep 19:05:00
is "handed back: sent again" "$(got vendor D)" \
	"task.assigned $one task.assigned $one task.assigned $two task.cancelled $one task.cancelled $two"
fx-event -q silence.set --owner second --until +1h --now "$(at 19:06:00)"
fx-event -q handoff.manual --task "$one" --to second --now "$(at 19:06:00)"
sweep 19:07:00
is "not while its new owner is silenced" "$(got second D)" "task.assigned $one task.assigned $two task.cancelled $one"
sweep 20:07:00
is "but afterwards" "$(got second D)" "task.assigned $one task.assigned $one task.assigned $two task.cancelled $one"
done_testing
