#!/bin/sh
# One message to an owner for many tasks of one failure within a sweep, repeated no oftener than the
# path's repeat says; each exception has its own attempt in the ledger.
. "$(dirname "$0")/../lib.sh"

mkdir rules.d
cat >rules.d/r.yaml <<'END'
maintainer: boss
owners:
  - {id: depot, kind: system, send: "spool:depot"}
  - {id: other-depot, kind: system, send: "spool:other"}
  - {id: desk, kind: team, send: "spool:desk"}
  - {id: chat, kind: team, send: "exec:cat >>chat.out; echo >>chat.out", format: slack}
  - {id: pager, kind: team, send: "exec:cat >>pager.out; echo >>pager.out", format: pagerduty, secret: "env:PAGER"}
  - {id: flaky, kind: team, send: "exec:cat >>flaky.out; echo $FX_IDEMPOTENCY_KEY >>flaky.keys; test -e up"}
  - {id: boss, kind: team, send: "spool:boss"}
rules:
  - {rule: all, version: 1, maintainer: boss, when: true, owner: depot, flow: pick,
     sla: [carrier-handover within 2h, vendor-confirmation within 4h]}
exceptions:
  - failure: carrier-delay
    maintainer: boss
    action: escalate to desk and notify chat and notify pager and notify flaky
    repeat: every 4h
  - failure: vendor-no-confirmation
    maintainer: boss
    action: re-route to other-depot and notify boss
  - {failure: "*", maintainer: boss, action: route to boss}
END
export FX_HOME="$T" PAGER=r0
at() { echo "2026-11-$1:00Z"; }
order() { # order ID TIME [NOTE]
	echo '{"event":"order.placed","event_id":"p'"$1"'","order_id":"'"$1"'","at":"'"$2"'","source":"shop","channel":"web","note":"'"$3"'","lines":[{"line_id":"1"}]}'
}
sweep() { fx-escalate --now "$(at "$1")" | fx-sign -q; }
send() { fx-send -q --now "$(at "$1")" --stats stats; }
attempts() { cat ledger/entries/*.ndjson | jq -c 'select(.event == "task.attempted" and .exception_id)' | jq -s "$@"; }

fx-sign --init --origin shop.example/fx >/dev/null
for i in $(seq 10 39); do order "O-$i" "$(at 20T09:00)"; done | fx-route --now record | fx-sign -q
send 20T09:01
is "tasks go to a system one by one" "$(ls depot/new | wc -l)" 30
sweep 20T11:00
send 20T11:01
is "thirty delays of one sweep are one message" "$(cat desk/new/* | jq -c '[.event, .failure, .step, .owner_id, .count, (.exceptions | length)]')" \
	'["exception.opened","carrier-delay",1,"desk",30,30]'
is "with all of them whole" \
	"$(cat desk/new/* | jq -c '[.exceptions[] | select(.exception_id and .audit_token and (.context[0].event == "task.assigned"))] | map(.order_id) | sort | [length, .[0], .[29]]')" \
	'[30,"O-10","O-39"]'
is "and as itself it is of no order" "$(cat desk/new/* | jq -c '[.order_id, .task_id, .exception_id]')" '[null,null,null]'
is "each has its attempt in the ledger, under the message's key" \
	"$(attempts 'map(select(.owner_id == "desk")) | [length, (map(.exception_id) | unique | length), (map(.batch) | unique | length), all(.outcome == "accepted")]' -c)" \
	'[30,30,1,true]'
is "that key is the message's name" "$(ls desk/new)" "$(attempts -r 'map(select(.owner_id == "desk"))[0].batch').json"
is "Slack gets the count" "$(jq -r .text chat.out)" \
	'carrier-delay on 30 tasks: escalate to desk and notify chat and notify pager and notify flaky'
jq -r '.blocks[1].elements[0].text' chat.out >listed
like "and the first ten orders" listed '^orders (O-[0-9]+, ){9}O-[0-9]+ and 20 more$'
is "PagerDuty has an incident for each, for each is resolved by itself" "$(jq -s 'map(.dedup_key) | unique | length' pager.out)" 30

# ---- what failed together is tried together again, under the same key
is "failed together: due together" \
	"$(attempts -c 'map(select(.owner_id == "flaky")) | [length, (map(.retry_at) | unique | length)]')" '[30,1]'
touch up
send 20T11:30
is "and sent again as one, with the same key" "$(wc -l <flaky.keys) $(sort -u flaky.keys | wc -l)" "2 1"
is "then all is accepted" "$(attempts -c 'group_by([.exception_id, .owner_id]) | map(last.outcome) | unique')" '["accepted"]'
rm -f stats
send 20T11:31
is "and nothing is sent twice" "$(jq -c '[.in, .attempts]' stats)" '[0,0]'

# ---- later delays are told at once, repeated with the others
order L1 "$(at 20T09:20)" | fx-route --now record | fx-sign -q
send 20T11:32
sweep 20T11:40
send 20T11:41
is "a delay of a later sweep goes by itself" "$(cat desk/new/* | jq -c 'select(.exception_id) | [.order_id, .due]')" \
	'["L1","2026-11-20T16:00:00Z"]'
is "what re-routes tasks to a system gives it each by itself, a team gets one message" \
	"$(for h in 13 14; do sweep 20T$h:00; send 20T$h:01; done; ls other/new | wc -l; cat boss/new/* | jq -r '.count // .order_id' | sort)" '31
30
L1'
rm -rf desk
for h in 15 16 17 18 19 20 21; do sweep "20T$h:00"; send "20T$h:01"; done
is "repeated every 4h at multiples of it, all in one message" \
	"$(cat desk/new/* | jq -c '[.at, .count, (.exceptions | map(.repeat) | unique)]' | sort)" \
	'["2026-11-20T16:00:00Z",31,[1]]
["2026-11-20T20:00:00Z",31,[2]]'

# ---- sweeps some seconds past the hour, as cron starts them, and two that did not run
rm -rf ledger key
fx-sign --init --origin shop.example/fx >/dev/null
order S "$(at 20T09:00)" | fx-route --now record | fx-sign -q
for h in 20T11 20T12 20T13 20T14 20T15 20T16 20T17 20T18 20T19 20T20 20T21 20T22 20T23 \
	21T00 21T01 21T02 21T03 21T06 21T07 21T08; do
	fx-escalate --now "2026-11-$h:00:03Z" | fx-sign -q
done
is "a late sweep skips no multiple, the first is a whole period after the step" \
	"$(fx-cat | jq -r 'select(.failure == "carrier-delay" and .step) | "\(.repeat // 0) \(.at) \(.due)"')" \
	'0 2026-11-20T11:00:03Z 2026-11-20T16:00:00Z
1 2026-11-20T16:00:03Z 2026-11-20T20:00:00Z
2 2026-11-20T20:00:03Z 2026-11-21T00:00:00Z
3 2026-11-21T00:00:03Z 2026-11-21T04:00:00Z
4 2026-11-21T06:00:03Z 2026-11-21T08:00:00Z
5 2026-11-21T08:00:03Z 2026-11-21T12:00:00Z'

# ---- too much for one body: which they are, no details
rm -rf ledger key desk
fx-sign --init --origin shop.example/fx >/dev/null
note=$(head -c 6000 /dev/zero | tr '\0' x)
for i in $(seq 101 200); do order "F-$i" "$(at 20T09:00)" "$note"; done | fx-route --now record | fx-sign -q
send 20T09:01
sweep 20T11:00
send 20T11:01
is "more than 512,000 bytes lose their details, not their meaning" \
	"$(cat desk/new/* | jq -c '[.count, (.exceptions | length), (.exceptions[0] | keys)]')" \
	'[100,100,["event_id","exception_id","order_id","task_id"]]'

# ---- records of a stream
fx-cat --type exception.opened | head -n 3 | fx-send -C "$T" - >streamed
is "records of a stream go together, too" "$(jq -s -c '[length, (map(.batch) | unique | length)]' streamed)" '[3,1]'
done_testing
