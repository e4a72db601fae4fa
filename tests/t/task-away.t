#!/bin/sh
# An owner who accepts nothing: one exception about that owner, which inhibits its own misses and,
# where its path says re-route, moves its tasks, within the limits.
. "$(dirname "$0")/../lib.sh"

mkdir rules.d
cat >rules.d/r.yaml <<'END'
maintainer: boss
grace: 15m
owners:
  - {id: vendor, kind: system, send: "exec:echo x >>tried; test -e up"}
  - {id: other, kind: system, send: "spool:other"}
  - {id: ops-team, kind: team, send: "spool:ops"}
  - {id: boss, kind: team, send: "spool:boss"}
rules:
  - rule: other
    version: 1
    maintainer: boss
    when: channel == "pos"
    owner: other
    flow: pick
    sla: vendor-confirmation within 1h
  - rule: all
    version: 1
    maintainer: boss
    when: true
    owner: vendor
    flow: dropship
    sla: vendor-confirmation within 1h
    fallback: boss after 8h
exceptions:
  - failure: owner-unavailable
    maintainer: boss
    action: notify boss
    escalation: if unresolved in 1h, re-route to ops-team with order export
  - failure: "*"
    maintainer: boss
    action: route to boss
limits:
  re-route: 4 per sweep
END
export FX_HOME="$T"
at() { echo "2026-11-20T$1:00Z"; }
order() { # order ID TIME CHANNEL
	echo '{"event":"order.placed","event_id":"p'"$1"'","order_id":"'"$1"'","at":"'"$2"'","source":"shop","channel":"'"$3"'","lines":[{"line_id":"1"}]}'
}
sweep() { fx-escalate --now "$(at "$1")" 2>swept.err | fx-sign >swept; }
told() { jq -c 'select(.event | startswith("exception")) | [.event, .failure, .order_id, .step, .to]' swept | sort; }
send() { fx-send -q --patience 100 --now "$(at "$1")"; }
owners() { # who has what
	fx-queue --now "$(at "$1")" --ndjson | jq -r 'select(.exception_id == null) | "\(.owner_id) \(.order_id)"' | sort | xargs
}

fx-sign --init --origin shop.example/fx >/dev/null
{ for i in 1 2 3 4 5 6 7; do order "V$i" "$(at 09:00)" web; done; order P1 "$(at 09:00)" pos; } |
	fx-route --now record | fx-sign -q
send 09:01
fx-event task.confirmed --order V7 --owner vendor --reason phone --now "$(at 09:30)" >/dev/null
sweep 09:17
is "one exception about the owner, not seven" "$(told)" '["exception.opened","owner-unavailable","",1,null]'
is "with its tasks counted and listed" "$(jq -c 'select(.tasks) | [.about, .tasks, (.task_ids | length)]' swept)" '["vendor",7,7]'
sweep 10:01
is "its own misses are inhibited, another's are not" "$(told)" '["exception.opened","vendor-no-confirmation","P1",1,null]'
fx-event exception.resolved --exception "$(jq -r 'select(.failure == "vendor-no-confirmation").exception_id' swept)" --now "$(at 10:02)" >/dev/null
is "the plan says what will be moved" "$(fx-escalate --now "$(at 10:05)" --plan "$(at 10:20)" 2>/dev/null | grep -c 'owner-unavailable, step 2 .*re-route to ops-team')" 5

sweep 10:20
is "re-routed: four tasks by the limit, and the maintainer hears of it" "$(told | sed 's/"V[0-9]"/"V"/')" \
	'["exception.escalated","owner-unavailable","",2,null]
["exception.escalated","owner-unavailable","V",2,"ops-team"]
["exception.escalated","owner-unavailable","V",2,"ops-team"]
["exception.escalated","owner-unavailable","V",2,"ops-team"]
["exception.escalated","owner-unavailable","V",2,"ops-team"]
["exception.opened","runaway-automation","",1,null]'
like "it is said" swept.err 'limit re-route \(4 per sweep\) reached: 2 not done'
is "each move carries the export, and its former owner is told" \
	"$(jq -c 'select(.to) | [.from, (.context | length > 0)]' swept | sort -u; jq -r 'select(.event == "task.cancelled") | "\(.owner_id) \(.reason)"' swept | sort | uniq -c | xargs)" \
	'["vendor",true]
4 vendor re-routed'
cp swept first
sweep 10:20
is "swept again at that time: nothing" "$(told)" ""
sweep 10:30
is "nor while the limit is shut; what was moved is late already, by the SLA that runs on" \
	"$(told | cut -d, -f1,2,4 | sort | uniq -c | xargs)" '4 [exception.opened,vendor-no-confirmation,1'
fx-event exception.resolved --exception "$(jq -r 'select(.failure == "runaway-automation").exception_id' first)" --by ann --now "$(at 10:31)" >/dev/null
sweep 10:32
is "resolved by a person: the rest" "$(told | cut -d, -f1,2,4- | grep unavailable)" \
	'["exception.escalated","owner-unavailable",2,"ops-team"]
["exception.escalated","owner-unavailable",2,"ops-team"]'
is "what a person confirmed stays where it is" "$(owners 10:33 | tr ' ' '\n' | paste - - | cut -f1 | sort | uniq -c | xargs)" \
	"6 ops-team 1 other 1 vendor"
send 10:34
is "the new owner gets them in a message a sweep, with the exports" \
	"$(cat ops/new/* | jq -c 'select(.exceptions) | [.step, .count, (.exceptions | map(.context[0].event) | unique)]' | sort)" \
	'[2,2,["task.assigned"]]
[2,4,["task.assigned"]]'
rm -rf ops
send 10:35
is "once" "$(ls ops 2>/dev/null)" ""

# ---- a new task is tried first: so an owner who is back is heard of
order V8 "$(at 11:00)" web | fx-route --now record | fx-sign -q
sweep 11:10
is "not before the grace" "$(told | grep unavailable)" ""
touch up
send 11:11
sweep 11:20
is "accepted: the exception is over, the task stays" "$(told)" '["exception.resolved","owner-unavailable","",null,null]'
is "with its owner" "$(fx-queue --order V8 --now "$(at 11:21)" --ndjson | jq -r .owner_id)" vendor

# ---- killed anywhere and run again: the same set
sort first | jq -c 'del(.context, .audit_token, .logged_at)' | sort >whole
lines=$(wc -l <first) bad=
n0=$(jq -r '.audit_token | split("/")[2] | split("#")[0]' first | head -n 1)
cat ledger/entries/*.ndjson | head -n "$n0" >before
for n in $(seq 0 "$lines"); do
	{ cat before; head -n "$n" first; } >part
	{ head -n "$n" first; fx-escalate --origin shop.example/fx --now "$(at 10:20)" part 2>/dev/null; } |
		jq -c 'del(.context, .audit_token, .logged_at)' | sort >again
	# The runaway's id is of the ledger's size, which a file has not.
	grep -v '"runaway-automation"' again >a; grep -v '"runaway-automation"' whole >b
	cmp -s a b || bad="$bad $n"
done
is "cut after any record and run again: the same moves" "$bad" ""
done_testing
