#!/bin/sh
# Clocks and events by worked examples: who can be reached, the hour that is missing, acknowledgements,
# parts of a quantity, what comes late, twice or in another order.
. "$(dirname "$0")/../lib.sh"

mkdir rules.d
cat >rules.d/r.yaml <<'END'
maintainer: boss
owners:
  - {id: vendor, kind: system, send: "spool:vendor"}
  - {id: night, kind: system, send: "spool:night", hours: "Mon-Sun 00:00-24:00 Europe/Berlin"}
  - {id: day, kind: team, send: "spool:day", hours: "Mon-Fri 08:00-18:00 Europe/Berlin"}
  - {id: late-shift, kind: team, send: "spool:late", hours: "Mon-Fri 08:00-22:00 Europe/Berlin"}
  - {id: boss, kind: team, send: "spool:boss"}
rules:
  - {rule: night, version: 1, maintainer: boss, when: channel == "night", owner: night, flow: n, sla: vendor-confirmation within 2h}
  - {rule: ship, version: 1, maintainer: boss, when: channel == "ship", owner: vendor, flow: s, sla: carrier-handover within 2h}
  - {rule: all, version: 1, maintainer: boss, when: true, owner: vendor, flow: f, sla: vendor-confirmation within 2h}
exceptions:
  - failure: vendor-no-confirmation
    maintainer: boss
    action: route to day
    escalation:
      - if unresolved in 2h, route to late-shift
      - if unresolved in 2h, notify boss
  - {failure: carrier-delay, maintainer: boss, action: route to day}
  - {failure: "*", maintainer: boss, action: route to boss}
END
export FX_HOME="$T"
home() {
	rm -rf ledger key
	fx-sign --init --origin shop.example/fx >/dev/null
}
order() { # order ID TIME CHANNEL [LINES]
	lines=${4:-}
	[ -n "$lines" ] || lines='[{"line_id":"1"}]'
	echo '{"event":"order.placed","event_id":"p'"$1"'","order_id":"'"$1"'","at":"'"$2"'","source":"shop","channel":"'"$3"'","lines":'"$lines"'}'
}
place() { order "$@" | fx-route --now record | fx-sign -q; }
sweep() { fx-escalate --now "$1" | fx-sign >swept; }
told() { jq -c 'select(.event | startswith("exception")) | [.event, .step, .owner_id, .instead_of, .waits_until]' swept; }
event() { echo "$1" | fx-sign -q; }
open() { fx-queue --now "$1" --ndjson | jq -r '.failure // .waits_for' | xargs; }

# ---- closed: Friday 20 November, Berlin is at +1
home
place A 2026-11-20T17:30:00Z web
sweep 2026-11-20T19:30:00Z
is "20:30 in Berlin: the day's team is closed, the late shift is not" "$(told)" \
	'["exception.opened",1,"late-shift","day",null]'
home
place A 2026-11-20T19:30:00Z web
sweep 2026-11-20T21:30:00Z
is "22:30: both are closed, the boss has no hours" "$(told)" '["exception.opened",1,"boss","day",null]'

# ---- silenced: nobody is left, it waits and says until when; then it is told
home
place A 2026-11-20T08:00:00Z web
for o in day late-shift boss; do
	fx-event silence.set --owner $o --until 2026-11-20T11:00:00Z --by ann --now 2026-11-20T09:00:00Z >/dev/null
done
sweep 2026-11-20T10:00:00Z
is "all three are silenced: it waits for the first" "$(told)" '["exception.opened",1,"day",null,"2026-11-20T11:00:00Z"]'
fx-send -q --now 2026-11-20T10:30:00Z
is "nothing is told" "$(ls day 2>/dev/null)" ""
fx-send -q --now 2026-11-20T11:00:01Z
is "when the silence is over it is" "$(jq -r .order_id day/new/*)" A
home
place A 2026-11-20T08:00:00Z web
fx-event silence.set --failure vendor-no-confirmation --by ann --now 2026-11-20T09:00:00Z >/dev/null
sweep 2026-11-20T10:00:00Z
is "a failure silenced for good" "$(told)" '["exception.opened",1,"day",null,null]'
is "is said as null" "$(jq -c 'select(.step) | has("waits_until")' swept)" true

# ---- two hours over the hour that is missing, and the one that is there twice
home
place A 2026-03-29T00:30:00Z night
is "01:30 and 2 h, 29 March: 04:30 in Berlin" "$(TZ=Europe/Berlin date -d "$(fx-queue --now 2026-03-29T01:00:00Z --ndjson | jq -r .due)" +%H:%M)" 04:30
place B 2026-10-25T00:30:00Z night
is "02:30 and 2 h, 25 October: 03:30" "$(TZ=Europe/Berlin date -d "$(fx-queue --order B --now 2026-10-25T01:00:00Z --ndjson | jq -r .due)" +%H:%M)" 03:30

# ---- an acknowledgement stops the step's clock until its time, and expires
home
place A 2026-11-20T08:00:00Z web
sweep 2026-11-20T10:00:00Z
x=$(jq -r .exception_id swept)
fx-event exception.acknowledged --exception "$x" --until 2026-11-20T12:00:00Z --by ann --now 2026-11-20T11:00:00Z >/dev/null
sweep 2026-11-20T12:59:59Z
is "an hour acknowledged: step 2 is due an hour later, not before" "$(told)" ""
sweep 2026-11-20T13:00:00Z
is "and then it is" "$(told)" '["exception.escalated",2,"late-shift",null,null]'

# ---- what goes along: the export, five events, and what was tried before them
home
place A 2026-11-20T08:00:00Z web
sweep 2026-11-20T10:00:00Z
for i in 1 2 3 4 5 6; do event '{"event":"note.made","event_id":"n'$i'","order_id":"A","at":"2026-11-20T11:0'$i':00Z","source":"crm"}'; done
sweep 2026-11-20T12:00:00Z
fx-send -q --now 2026-11-20T12:01:00Z
is "an escalation carries them" "$(jq -r '.context[] | .event + " " + (.action // "")' late/new/* | xargs)" \
	"task.assigned note.made note.made note.made note.made note.made exception.opened route to day"

# ---- parts: three and two; one line is whole, of the other a part
home
place A 2026-11-20T08:00:00Z ship '[{"line_id":"1","qty":3},{"line_id":"2","qty":2}]'
event '{"event":"task.shipped","event_id":"s1","order_id":"A","at":"2026-11-20T08:30:00Z","source":"wms","lines":[{"line_id":"1","qty":2},{"line_id":"2"}]}'
is "two of three are shipped: it is open" "$(open 2026-11-20T08:31:00Z)" carrier-handover
event '{"event":"task.shipped","event_id":"s1","order_id":"A","at":"2026-11-20T08:30:00Z","source":"wms","lines":[{"line_id":"1","qty":2},{"line_id":"2"}]}'
is "told twice it counts once" "$(open 2026-11-20T08:32:00Z)" carrier-handover
sweep 2026-11-20T10:00:00Z
is "late for the third" "$(open 2026-11-20T10:00:01Z)" "carrier-delay assigned"
event '{"event":"task.shipped","event_id":"s2","order_id":"A","at":"2026-11-20T09:59:00Z","source":"wms","lines":[{"line_id":"1","qty":1}]}'
is "shipped in time, heard of late: it is closed" "$(open 2026-11-20T10:30:00Z)" ""
sweep 2026-11-20T10:30:00Z
is "and its exception ends, not before it began" "$(jq -c '[.event, .at, .resolved_by]' swept)" \
	'["exception.resolved","2026-11-20T10:00:00Z","s2"]'

# ---- in another order: shipped is heard of before confirmed, and both before the task
home
{
	echo '{"event":"task.shipped","event_id":"s","order_id":"A","at":"2026-11-20T08:40:00Z","source":"wms"}'
	echo '{"event":"task.confirmed","event_id":"c","order_id":"A","at":"2026-11-20T08:20:00Z","source":"wms"}'
	order A 2026-11-20T08:00:00Z ship | fx-route --now record
} | fx-sign -q
is "nothing is open" "$(open 2026-11-20T11:00:00Z)" ""
sweep 2026-11-20T11:00:00Z
is "nor due" "$(told)" ""

# ---- three sweeps at the same moment
home
for i in 1 2 3 4 5 6 7 8 9; do order "S$i" 2026-11-20T08:00:00Z ship; done | fx-route --now record | fx-sign -q
for minute in 00 01; do
	for k in 1 2 3; do FX_NOW=2026-11-20T10:$minute:00Z fx-sweep -C . >"said$k" 2>&1 & done
	wait
done
is "say nothing" "$(cat said1 said2 said3)" ""
is "open each exception once" "$(fx-cat --type exception.opened | jq -r .event_id | sort | uniq -c | awk '{ print $1 }' | sort | uniq -c | xargs)" "9 1"
is "send each thing once" \
	"$(fx-cat --type task.attempted | jq -r '"\(.caused_by[0]) \(.owner_id)"' | sort | uniq -d)" ""
exits "and leave a sound ledger" 0 fx-verify --all -q
done_testing
