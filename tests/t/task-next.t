#!/bin/sh
# fx-queue promises what sweeps will do and nothing else; whom a sweep's notice reaches.
. "$(dirname "$0")/../lib.sh"

mkdir -p rules.d
cat >rules.d/r.yaml <<'END'
maintainer: boss
live_from: 2026-11-01T00:00:00Z
owners:
  - {id: vendor, kind: system, send: "spool:x"}
  - {id: ops-team, kind: team, send: "spool:x"}
  - {id: lead, kind: team, send: "spool:x"}
  - {id: customer-care, kind: team, send: "spool:x"}
  - {id: boss, kind: team, send: "spool:x"}
rules:
  - rule: all
    version: 1
    maintainer: boss
    when: true
    owner: vendor
    flow: dropship
    sla: vendor-confirmation within 60m
exceptions:
  - failure: vendor-no-confirmation
    maintainer: boss
    action: re-route to ops-team
    escalation: if unresolved in 2h, route to lead
  - failure: "*"
    maintainer: boss
    action: route to boss
limits:
  re-route: 2 per sweep
END
order() {
	echo '{"event":"order.placed","event_id":"p'"$1"'","order_id":"'"$1"'","at":"'"$2"'","source":"shop","channel":"web","customer":"c","currency":"EUR","total":"1.00","lines":[{"line_id":"1","sku":"A","type":"stock","qty":1,"unit_price":"1.00"}]}'
}
at() { echo "2026-11-20T$1Z"; }
queue() { # queue TIME [OPTION ...]: owner, order, what, due?, next
	t=$1
	shift
	fx-queue --now "$(at "$t")" --ndjson "$@" |
		jq -c '[.owner_id, .order_id, (.failure // .waits_for), .late_s, .next]'
}
export FX_HOME="$T"
home() { # home DIR: a new ledger
	mkdir "$1" && cp -R rules.d "$1/" && FX_HOME=$T/$1 && fx-sign --init --origin shop.example/fx >/dev/null
}
sweep() { fx-escalate --now "$(at "$1")" 2>"$T/err" | fx-sign >"$T/swept"; }

# ---- a person resolves it: nothing is promised any more
home one
order A "$(at 07:00:00)" | fx-route --now "$(at 07:00:00)" | fx-sign -q
is "before the hour the first step is next" "$(queue 07:30:00)" \
	'["vendor","A","vendor-confirmation",-1800,"re-route to ops-team"]'
sweep 08:01:00
is "then the next one, as the plan has it" "$(queue 08:02:00)" \
	'["ops-team","A","vendor-no-confirmation",-7140,"route to lead"]'
fx-event exception.resolved --by ann --at "$(at 08:05:00)" \
	--exception "$(jq -r 'select(.exception_id).exception_id' swept | head -n 1)" >resolved
fx-sign -q <resolved
sweep 08:10:00
is "resolved by a person: sweeps write nothing" "$(cat swept)" ""
is "and none will" "$(fx-escalate --now "$(at 08:11:00)" --plan +48h)" ""
is "the table says so" "$(queue 08:11:00)" '["ops-team","A","assigned",null,"resolved by ann"]'
is "nor is it late" "$(queue 12:00:00 --late)" ""
sed 's/"event_id":"[^"]*"/"event_id":"again"/; s/"by":"ann",*//; s/,}/}/' resolved >noname
like "a resolution without a name" noname '"exception.resolved"'
is "leaves a dash" "$(cat one/ledger/entries/*.ndjson | grep -v '"by":"ann"' | cat - noname |
	fx-queue -r rules.d --now "$(at 08:11:00)" --ndjson - | jq -c '[.order_id, .next]')" '["A",null]'
echo '{"event":"task.confirmed","event_id":"k","order_id":"A","at":"'"$(at 08:20:00)"'","source":"ops"}' | fx-sign -q
is "after progress it waits for nobody's word" "$(queue 08:30:00)" '["ops-team","A","confirmed",null,null]'

# ---- a limit is shut
home two
for i in 1 2 3 4 5; do order "L$i" "$(at 10:0$i:00)"; done | fx-route --now record | fx-sign -q
exits "a sweep that reaches a limit" 0 fx-escalate --now "$(at 12:00:00)"
fx-sign <out >swept
x=$(jq -r 'select(.about).exception_id' swept)
is "one exception tells of it" "$(jq -c 'select(.about) | [.failure, .about, .owner_id]' swept)" \
	'["runaway-automation","re-route","boss"]'
is "and one line" "$(cat err)" \
	"fx-escalate: limit re-route (2 per sweep) reached: 3 not done; exception $x opened for boss"
queue 12:01:00 >rows
is "it is the first row" "$(head -n 1 rows | jq -c '.[0, 2]')" '"boss"
"runaway-automation"'
is "what is stopped says by what" "$(grep vendor-confirmation rows)" \
	'["vendor","L3","vendor-confirmation",3480,"stopped: runaway-automation (re-route)"]
["vendor","L4","vendor-confirmation",3420,"stopped: runaway-automation (re-route)"]
["vendor","L5","vendor-confirmation",3360,"stopped: runaway-automation (re-route)"]'
is "what is not is not" "$(grep -c '"route to lead"' rows)" 2
exits "each sweep says it" 0 fx-escalate --now "$(at 12:01:00)"
is "while it is shut" "$(cat err)" \
	"fx-escalate: limit re-route (2 per sweep) reached: 3 not done; exception $x is open with boss"
fx-event exception.resolved --by ann --at "$(at 12:02:00)" --exception "$x" | fx-sign -q
is "resolved, the table promises again" "$(queue 12:03:00 | grep -c '"re-route to ops-team"')" 3
echo '{"event":"task.confirmed","event_id":"k5","order_id":"L5","at":"'"$(at 12:02:00)"'","source":"v"}' | fx-sign -q
sweep 12:03:00
is "and sweeps do it" "$(jq -c 'select(.event == "exception.opened") | .order_id' swept)" '"L3"
"L4"'
is "within the limit nothing is said" "$(cat err)" ""

# ---- a person hands a task over while its exception is open
home three
order H "$(at 10:00:00)" | fx-route --now record | fx-sign -q
sweep 11:00:00
fx-event handoff.manual --order H --to customer-care --by ann --at "$(at 11:05:00)" | fx-sign -q
is "the exception stays whose it was" "$(queue 11:10:00 --owner ops-team)" \
	'["ops-team","H","vendor-no-confirmation",-6600,"route to lead"]'
is "the task is in its owner's queue" "$(queue 11:10:00 --owner customer-care)" \
	'["customer-care","H","assigned",null,"vendor-no-confirmation is with ops-team"]'
sweep 13:00:00
is "the path goes on" "$(jq -c '[.event, .owner_id, .reason]' swept | sort)" \
	'["exception.escalated","lead",null]
["task.cancelled","ops-team","re-routed"]'
is "two owners, two rows" "$(queue 13:10:00 | jq -c '.[0]' | sort | tr '\n' ' ')" '"customer-care" "lead" '

# ---- who never heard of a task needs no farewell
home four
for i in N Y; do order $i "$(at 10:00:00)"; done | fx-route --now record >tasks
fx-sign -q <tasks
# Y's was sent, once, in vain
printf '{"event":"task.attempted","event_id":"t","order_id":"Y","at":"%s","source":"fx","caused_by":["%s"],"task_id":"%s","owner_id":"vendor","attempt":1,"outcome":"failed"}\n' \
	"$(at 10:01:00)" $(jq -r 'select(.event == "task.assigned" and .order_id == "Y") | .event_id, .task_id' tasks) | fx-sign -q
# long after the night
for i in N Y; do echo '{"event":"order.cancelled","event_id":"c'$i'","order_id":"'$i'","at":"'"$(at 10:30:00)"'","source":"shop"}'; done | fx-sign -q
sweep 18:00:00
is "the ledger has both notices" "$(jq -c 'select(.order_id != "") | [.event, .order_id, .owner_id, .reason]' swept | sort)" \
	'["task.cancelled","N","vendor","order-cancelled"]
["task.cancelled","Y","vendor","order-cancelled"]'
told() { cat four/x/new/*.json | jq -c 'select(.event == "task.cancelled") | [.order_id, .owner_id]' | sort; }
exits "they are sent" 0 fx-send --now "$(at 18:00:00)"
is "one is: to whom the task was" "$(told)" '["Y","vendor"]'
exits "once" 0 fx-send --now "$(at 18:05:00)"
is "and no more" "$(told)" '["Y","vendor"]'
is "the queue is empty" "$(queue 18:05:00)" ""
order P "$(at 10:00:00)" | fx-route --now record | fx-sign -q
fx-event handoff.manual --order P --to customer-care --by ann --at "$(at 10:05:00)" | fx-sign -q
fx-event handoff.manual --order P --to lead --by ann --at "$(at 10:10:00)" | fx-sign -q
sweep 10:20:00
exits "it is sent" 0 fx-send --now "$(at 10:20:00)"
is "to whom a person gave it is told, too" "$(told)" '["P","customer-care"]
["Y","vendor"]'
done_testing
