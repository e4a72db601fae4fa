#!/bin/sh
# A person's data can be erased while the order is open: nothing of the work changes.
. "$(dirname "$0")/../lib.sh"

mkdir rules.d
cat >rules.d/r.yaml <<'END'
maintainer: boss
owners:
  - {id: a, kind: system, send: "spool:a"}
  - {id: b, kind: system, send: "spool:b"}
  - {id: desk, kind: team, send: "spool:desk"}
  - {id: boss, kind: team, send: "spool:boss", holds: true}
rules:
  - {rule: all, version: 1, maintainer: boss, when: true, owner: a, flow: f, carrier: dhl, sla: [vendor-confirmation within 1h, carrier-handover within 4h, delivery within 48h]}
exceptions:
  - failure: carrier-delay
    maintainer: boss
    action: re-route to b and place customer-facing hold
    escalation: if unresolved in 2h, route to desk
  - {failure: carrier-down, maintainer: boss, action: route to desk, inhibits: delivery-late}
  - failure: vendor-no-confirmation
    maintainer: boss
    action: retry 2 times every 30m
    escalation: if unresolved in 2h, route to desk
  - {failure: "*", maintainer: boss, action: route to boss, repeat: every 4h}
END
at() { echo "2026-11-20T$1:00Z"; }
person() { # person TIME EVENT ...: as of that time
	t=$1
	shift
	exits "said: $*" 0 fx-event "$@" --now "$(at "$t")" -q
}
export FX_HOME="$T"
fx-sign --init --origin shop.example/fx >/dev/null
for i in 1 2 3 4 5 6 7; do
	echo '{"event":"order.placed","event_id":"p'$i'","order_id":"'$i'","at":"'"$(at 08:00)"'","source":"shop","channel":"web","customer":{"name":"Person"},"lines":[{"line_id":"1","sku":"A","qty":2},{"line_id":"2","sku":"B","qty":1}]}'
done | fx-route --now record | fx-sign -q
sweep() { fx-escalate --now "$(at "$1")" | fx-sign -q; }
fx-send -q --now "$(at 08:05)"
for i in 1 2 3; do person 08:30 task.confirmed --order $i --owner a; done
sweep 09:01
person 09:10 handoff.manual --order 4 --from a --to desk --reason "Person rang"
person 09:20 exception.acknowledged --order 5 --until "$(at 11:00)"
person 09:25 task.failed --order 6 --owner a --failure out-of-stock --force
person 09:30 exception.opened --failure carrier-down --carrier dhl
person 09:40 order.cancelled --order 7
sweep 09:41
fx-send -q --now "$(at 09:42)"
sweep 12:01
sweep 14:02
stands() { # stands HOME TIME
	fx-queue -C "$1" --now "$(at "$2")" --ndjson
	fx-escalate -C "$1" --now "$(at "$2")" | jq -c 'del(.event_id)'
	fx-send -C "$1" --now "$(at "$2")" -n --ndjson | sort
}
mkdir whole
cp -R rules.d ledger key a b desk boss whole/ 2>/dev/null
for i in 1 2 3 4 5 6 7; do fx-redact --by dpo --reason case --order $i >/dev/null 2>&1; done
is "the person is gone" "$(grep -c Person ledger/entries/*)" 0
for t in 14:03 16:10 18:30; do
	stands whole $t >before
	stands . $t >after
	[ "$(wc -l <before)" -ge 8 ] && cmp -s before after
	ok "at $t what is open, due and unsent is the same" || diff before after | head -20 | sed 's/^/# /'
done
exits "an erased entry is no forged one" 0 fx-trace 1
like "but told as erased" out '\[1\] erased'
exits "the ledger is whole" 0 fx-verify --all
done_testing
