#!/bin/sh
# inhibits: a carrier that is down is one exception; what it inhibits is recorded, told to nobody,
# and goes on once it is resolved.
. "$(dirname "$0")/../lib.sh"

registry() { # registry DOWN-EXTRA DELAY-EXTRA
	mkdir -p rules.d
	cat >rules.d/r.yaml <<END
maintainer: boss
owners:
  - {id: depot, kind: system, send: "spool:depot"}
  - {id: desk, kind: team, send: "spool:desk"}
  - {id: ops, kind: team, send: "spool:ops"}
  - {id: boss, kind: team, send: "spool:boss"}
rules:
  - rule: express
    version: 1
    maintainer: boss
    when: channel == "web"
    owner: depot
    flow: pick
    sla: carrier-handover within 2h
    carrier: dhl
  - rule: all
    version: 1
    maintainer: boss
    when: true
    owner: depot
    flow: pick
    sla: carrier-handover within 2h
    carrier: ups
exceptions:
  - failure: carrier-down
    maintainer: boss
    action: route to ops
    $1
  - failure: carrier-delay
    maintainer: boss
    action: escalate to desk
    escalation: if unresolved in 4h, route to boss
    $2
  - failure: "*"
    maintainer: boss
    action: route to boss
END
}
order() { # order ID TIME CHANNEL
	echo '{"event":"order.placed","event_id":"p'"$1"'","order_id":"'"$1"'","at":"'"$2"'","source":"shop","channel":"'"$3"'","customer":"c","currency":"EUR","total":"1.00","lines":[{"line_id":"1","sku":"A","type":"stock","qty":1,"unit_price":"1.00"}]}'
}
at() { echo "2026-11-20T$1Z"; }
export FX_HOME="$T"
home() { # a new ledger
	rm -rf ledger key depot desk boss ops
	fx-sign --init --origin shop.example/fx >/dev/null
}
sweep() { fx-escalate --now "$(at "$1")" | fx-sign >swept; }
told() {
	jq -c 'select(.event | startswith("exception")) |
		[.event, .order_id, .failure, .step, .owner_id, .inhibited_by != null]' swept | sort
}
sent() { # sent OWNER ...: what lies in their spools, by failure and order
	for d in "$@"; do
		cat "$d"/new/* 2>/dev/null |
			jq -r --arg d "$d" 'select(.failure) | "\($d) \(.failure) \(.order_id)"' | sort
	done
}

# ---- what the registry refuses, each with its line
registry 'inhibits: carrier-dely'
exits "a failure that nobody defines" 2 fx-lint
like "is told with the name meant" err 'r.yaml:28:15: no failure .carrier-dely.*carrier-delay'
registry 'inhibits: carrier-down'
exits "none inhibits itself" 2 fx-lint
registry 'inhibits: carrier-delay' 'inhibits: delivery-late'
exits "what is inhibited inhibits nothing" 2 fx-lint
like "both are named" err 'carrier-delay. and .carrier-down.: what is inhibited cannot inhibit others'
registry 'inhibits: fallback-due'
exits "a fallback is not inhibited" 2 fx-lint
registry 'inhibits: [carrier-delay, "delivery late"]'
exits "a list, spaces as in failures" 0 fx-lint
registry 'inhibits: carrier-delay'

# ---- a strike at 10:00; A and C go by dhl, B by ups
home
{ order A "$(at 09:00:00)" web; order B "$(at 09:00:00)" pos; order C "$(at 09:30:00)" web; } |
	fx-route --now record | fx-sign -q
exits "a person opens it" 0 fx-event exception.opened --failure carrier-down --carrier dhl --by ann --now "$(at 10:00:00)"
cp out down
id=$(jq -r .exception_id down)
cp err said
is "by its own id" "$(jq -r '.event_id == .exception_id' down)" true
exits "not without saying what" 2 fx-event exception.opened --carrier dhl --order A
exits "nor a failure that nobody knows" 1 fx-event exception.opened --failure carrier-up --carrier dhl
is "a carrier that a rule has: nothing is said" "$(cat said)" ""
exits "one that none has is signed" 0 fx-event -n exception.opened --failure carrier-down --carrier dlh
like "but said" err "no rule has 'dlh'; did you mean 'dhl'"
sweep 10:01:00
is "the next sweep takes its path's first step" "$(told)" '["exception.escalated","","carrier-down",1,"ops",false]'
is "and says the carrier" "$(jq -r .carrier swept)" dhl
sweep 11:00:00
is "A's delay is opened and waits, B's goes its way" "$(told)" \
	'["exception.opened","A","carrier-delay",0,"depot",true]
["exception.opened","B","carrier-delay",1,"desk",false]'
is "it says for what" "$(jq -r 'select(.step == 0).inhibited_by' swept)" "$id"
fx-trace --now "$(at 11:00:00)" A | tr -s ' \n' ' ' >story
like "and so does the order's story" story "carrier-delay waits until $id is over -> depot"
sweep 11:00:00
is "swept again at that time: nothing" "$(told)" ""
sweep 16:00:00
is "C's delay waits, too; only B's next step is taken" "$(told)" \
	'["exception.escalated","B","carrier-delay",2,"boss",false]
["exception.opened","C","carrier-delay",0,"depot",true]'
is "the queue says what they wait for" \
	"$(fx-queue --now "$(at 16:00:00)" --ndjson --failure carrier-delay | jq -r 'select(.due == null) | "\(.order_id) \(.next)"' | sort)" \
	'A inhibited: carrier-down (dhl)
C inhibited: carrier-down (dhl)'
exits "it has no story" 1 fx-trace "$id"
like "but can be seen" err "'$id' is of no order; fx-cat --event '$id' shows it"
is "as it says" "$(fx-cat --event "$id" | jq -r .failure | sort -u)" carrier-down
is "whom it is about is in the table, and for programs" \
	"$(fx-queue --now "$(at 16:00:00)" --failure carrier-down | grep -c 'carrier-down (dhl), step') $(fx-queue --now "$(at 16:00:00)" --ndjson --failure carrier-down | jq -r .carrier)" "1 dhl"
exits "and sweeps are not behind" 0 fx-queue --stale 5m --now "$(at 16:00:00)"
fx-send -q --now "$(at 16:00:00)"
is "nobody was told of them" "$(sent depot desk ops boss)" 'desk carrier-delay B
ops carrier-down 
boss carrier-delay B'
fx-event task.shipped --order C --now "$(at 17:00:00)" >/dev/null
fx-event exception.resolved --exception "$id" --by ann --now "$(at 17:30:00)" >/dev/null
sweep 17:31:00
is "resolved: what is still due goes on from then" "$(told)" \
	'["exception.escalated","A","carrier-delay",1,"desk",false]
["exception.resolved","C","carrier-delay",null,"depot",false]'
is "its step's clock starts now" "$(jq -r 'select(.step == 1).due' swept)" "$(at 21:31:00)"
fx-send -q --now "$(at 17:32:00)"
is "and now it is told" "$(sent desk)" 'desk carrier-delay A
desk carrier-delay B'

# ---- a step that fell due meanwhile; what a snapshot keeps undecoded still inhibits
fx-event exception.opened --failure carrier-down --order B --carrier dhl --by ann --now "$(at 18:00:00)" >down
sweep 18:01:00
fx-escalate --snapshot 1 --now "$(at 18:02:00)" >/dev/null
sweep 22:00:00
is "A's second step waits" "$(told)" ""
fx-event exception.resolved --exception "$(jq -r .exception_id down)" --by ann --now "$(at 22:10:00)" >/dev/null
sweep 22:11:00
is "and is taken after it" "$(told)" '["exception.escalated","A","carrier-delay",2,"boss",false]'

# ---- told by the owner of a task, without a carrier: it is about that owner
home
{ order A "$(at 09:00:00)" web; order B "$(at 09:00:00)" pos; order C "$(at 09:00:00)" pos; } |
	fx-route --now record | fx-sign -q
fx-event handoff.manual --order C --to desk --now "$(at 09:10:00)" >/dev/null
fx-event task.failed --order A --failure carrier-down --owner depot --now "$(at 10:00:00)" >/dev/null
fx-escalate --now "$(at 11:30:00)" >swept
is "opened by a sweep it inhibits in the same one; another owner's task goes its way" "$(told)" \
	'["exception.opened","A","carrier-delay",0,"depot",true]
["exception.opened","A","carrier-down",1,"ops",false]
["exception.opened","B","carrier-delay",0,"depot",true]
["exception.opened","C","carrier-delay",1,"desk",false]'
sort swept >whole
lines=$(wc -l <swept)
bad=
for n in $(seq 0 "$lines"); do
	{ cat ledger/entries/*.ndjson; head -n "$n" swept; } >part
	{ head -n "$n" swept; fx-escalate --origin shop.example/fx --now "$(at 11:30:00)" part; } |
		jq -c 'del(.context)' | sort >again
	jq -c 'del(.context)' whole | sort | cmp -s - again || bad="$bad $n"
done
is "cut after any record and run again: the same set" "$bad" ""
done_testing
