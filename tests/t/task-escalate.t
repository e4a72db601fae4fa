#!/bin/sh
# fx-escalate and fx-queue from the outside: the design's example, limits, faults.
. "$(dirname "$0")/../lib.sh"

mkdir -p rules.d
cat >rules.d/r.yaml <<'END'
maintainer: boss
live_from: 2026-11-01T00:00:00Z
owners:
  - id: vendor
    kind: system
    send: spool:x
  - id: ops-team
    kind: team
    send: spool:x
  - id: revenue-ops-review
    kind: team
    send: spool:x
  - id: boss
    kind: team
    send: spool:x
  - id: care
    kind: team
    send: spool:x
    holds: true
rules:
  - rule: all
    version: 1
    maintainer: boss
    when: true
    owner: vendor
    flow: dropship
    sla: vendor-confirmation within 60m
    fallback: ops-team after 12h
exceptions:
  - failure: vendor-no-confirmation
    maintainer: boss
    action: re-route to ops-team with order export + last 3 vendor attempt logs
    escalation: if unresolved in 2h, route to revenue-ops-review and place customer-facing hold
  - failure: "*"
    maintainer: boss
    action: route to boss
limits:
  hold: 3 per sweep
END
order() {
	echo '{"event":"order.placed","event_id":"p'"$1"'","order_id":"'"$1"'","at":"'"$2"'","source":"shop","channel":"web","customer":"c","currency":"EUR","total":"1.00","lines":[{"line_id":"1","sku":"A","type":"stock","qty":1,"unit_price":"1.00"}]}'
}
at() { echo "2026-11-20T$1Z"; }
export FX_HOME="$T"
exits "a ledger is made" 0 fx-sign --init --origin shop.example/fx
order A "$(at 10:00:00)" | fx-route --now "$(at 10:00:00)" | fx-sign -q
ok "an order is routed and signed"
sweep() { fx-escalate --now "$(at "$1")" | fx-sign >"$T/swept"; }
told() { jq -c '[.event,.failure,.step,.owner_id,.to,.hold,.due,.reason]' "$T/swept"; }

# ---- the design's example, an hour and two
is "the plan tells it beforehand" \
	"$(fx-escalate --now "$(at 10:30:00)" --plan +24h | sed 's/  */ /g')" \
	'2026-11-20T11:00:00Z A vendor-no-confirmation, step 1 ops-team re-route to ops-team with order export + last 3 vendor attempt logs
2026-11-20T11:00:00Z A task.cancelled vendor re-routed
2026-11-20T13:00:00Z A vendor-no-confirmation, step 2 revenue-ops-review if unresolved in 2h, route to revenue-ops-review and place customer-facing hold'
exits "a plan until no time: 2" 2 fx-escalate --plan soon
sweep 10:59:59
is "nothing is due before the hour" "$(told)" ""
sweep 11:00:00
is "not confirmed within 60m: re-routed, and the vendor is told" "$(told)" \
	'["exception.opened","vendor-no-confirmation",1,"ops-team","ops-team",null,"2026-11-20T13:00:00Z",null]
["task.cancelled",null,null,"vendor",null,null,null,"re-routed"]'
is "its context is the export and the order's events, by token" \
	"$(jq -c 'select(.context) | [.context[] | sub("#.*"; "")]' swept)" \
	'["shop.example/fx/2","shop.example/fx/1"]'
sweep 11:00:00
is "swept again at that time: nothing new" "$(told)" ""
sweep 12:59:59
is "nothing before the step's time" "$(told)" ""
is "the queue says whose it is and what comes" \
	"$(fx-queue --now "$(at 12:30:00)" --ndjson | jq -c '[.order_id,.owner_id,.failure,.step,.late_s,.next]')" \
	'["A","ops-team","vendor-no-confirmation",1,-1800,"route to revenue-ops-review and place customer-facing hold"]'
exits "sweeps are up to date" 0 fx-queue --stale 5m --now "$(at 13:00:00)"
exits "and six minutes later they have stopped" 1 fx-queue --stale 5m --now "$(at 13:06:00)"
like "which is said" err 'have sweeps stopped'
sweep 13:05:00
is "two hours later: routed on, with a hold, its keeper told" "$(told; jq -c .notify swept)" \
	'["exception.escalated","vendor-no-confirmation",2,"revenue-ops-review",null,"customer-facing","2026-11-21T13:05:00Z",null]
["care"]'
fx-escalate --now 2026-11-21T13:05:00Z | fx-sign >swept
is "the last step repeats after a day" "$(jq -c '[.step,.repeat,.hold]' swept)" '[2,1,null]'
echo '{"event":"task.confirmed","event_id":"k","order_id":"A","at":"2026-11-21T14:00:00Z","source":"ops"}' | fx-sign -q
fx-escalate --now 2026-11-21T15:00:00Z | fx-sign >swept
is "a confirmation resolves it, at its own time" "$(jq -c '[.event,.at,.resolved_by]' swept)" \
	'["exception.resolved","2026-11-21T14:00:00Z","k"]'
is "fx-queue --order by the index" "$(fx-queue --order A --ndjson --now 2026-11-21T15:00:00Z | jq -r .state)" confirmed
exits "an unknown order" 1 fx-queue --order B
is "is no row" "$(cat out)" ""

# ---- limits, live_from, rejects
for i in 1 2 3 4 5; do order "H$i" "$(at 10:0$i:00)"; done | fx-route --now "$(at 10:00:00)" >many
order OLD 2026-10-01T10:00:00Z | fx-route --now "$(at 10:00:00)" >>many
fx-escalate --now "$(at 11:00:00)" many >swept
is "what is older than live_from opens nothing" "$(jq -r 'select(.event=="exception.opened").order_id' swept | sort | tr '\n' ' ')" "H1 H2 H3 H4 H5 "
cat swept >>many
fx-escalate --now "$(at 13:00:00)" --stats stats many >swept
is "three holds, then the limit" "$(jq -r .failure swept | sort | uniq -c | tr -s ' ' | tr '\n' ',')" " 1 runaway-automation, 3 vendor-no-confirmation,"
is "the maintainer is asked" "$(jq -r 'select(.about).owner_id' swept) $(jq -r 'select(.about).about' swept)" "boss hold"
is "what was not done is counted" "$(jq -c '[.escalated,.opened,.unacted]' stats)" "[3,1,2]"
cat swept >>many
fx-escalate --now "$(at 13:01:00)" many >swept
is "until somebody looks, no more holds" "$(cat swept)" ""
jq -c 'select(.about) | {event:"exception.resolved",event_id:"r",order_id:"",at:"2026-11-20T13:02:00Z",source:"person",exception_id}' many >>many
fx-escalate --now "$(at 13:03:00)" many >swept
is "then they go on" "$(jq -r .failure swept | uniq -c | tr -s ' ')" " 2 vendor-no-confirmation"
echo '{"event":"export.rejected","event_id":"x","order_id":"R","at":"2026-11-20T10:00:00Z","source":"fx","export":{"event":"order.placed","event_id":"pR"},"errors":[]}' >rej
fx-escalate --now "$(at 10:01:00)" rej >swept
is "a rejected export has an owner" "$(jq -c '[.failure,.owner_id,.about]' swept)" '["export-rejected","boss","pR"]'
cat swept >>rej
order R "$(at 09:00:00)" >>rej
fx-escalate --now "$(at 11:00:00)" rej >swept
is "and is settled by the mended one" "$(jq -c '[.event,.resolved_by]' swept)" '["exception.resolved","pR"]'

# ---- what goes wrong
: >empty
exits "an empty file: nothing is due" 0 fx-escalate empty
is "and nothing is written" "$(cat out)" ""
exits "the queue of nothing" 0 fx-queue empty
is "is empty" "$(cat out)" ""
printf 'no json\n{"event":"x"}\n[1]\n' >bad
exits "lines that are no records: 1" 1 fx-escalate bad
like "with file and line" err '^fx-escalate: bad:1: '
like "each" err '^fx-escalate: bad:3: '
exits "standard input" 1 sh -c 'fx-queue - <bad'
exits "no registry: 2" 2 fx-escalate -r nowhere empty
exits "no ledger: 2" 2 fx-escalate -l nowhere
exits "fx-queue without a ledger: 2" 2 fx-queue -l nowhere
exits "a missing file: 2" 2 fx-escalate missing
exits "--now record makes no sense: 2" 2 fx-escalate --now record empty
exits "a bad duration: 2" 2 fx-queue --stale soon empty
exits "a full disk: 2" 2 sh -c "fx-escalate --now $(at 18:00:00) many >/dev/full"
exits "and for the queue" 2 sh -c "fx-queue --now $(at 18:00:00) many >/dev/full"
exits "a closed pipe is no silent success" 0 sh -c "{ sleep .2; fx-escalate --now $(at 18:00:00) many; echo \$? >code; } | :"
like "but 2" code '^(2|141)$'
order "$(printf 'E\\u001b[31m')" "$(at 10:00:00)" | fx-route --now "$(at 10:00:00)" | fx-queue --now "$(at 10:30:00)" - >out
is "an escape sequence in an id is shown as ?" "$(grep -c "$(printf '\033')" out)" 0
done_testing
