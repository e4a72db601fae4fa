#!/bin/sh
# The snapshot in state/: it saves time and changes nothing, fitting, damaged or gone.
. "$(dirname "$0")/../lib.sh"

cp -R "$TOP/rules.d" rules.d
export FX_HOME="$T"
exits "a ledger is made" 0 fx-sign --init --origin shop.example/fx
for i in 1 2 3 4 5 6; do
	echo '{"event":"order.placed","event_id":"p'$i'","order_id":"O'$i'","at":"2026-11-20T10:0'$i':00Z","source":"shop","channel":"marketplace","customer":"c","currency":"EUR","total":"1.00","lines":[{"line_id":"1","sku":"A","type":"preorder","qty":1,"unit_price":"1.00"}]}'
done | fx-route --now record | fx-sign -q
echo '{"event":"task.completed","event_id":"c1","order_id":"O1","at":"2026-11-20T10:30:00Z","source":"v"}
{"event":"task.confirmed","event_id":"c2","order_id":"O2","at":"2026-11-20T23:00:00Z","source":"v"}' | fx-sign -q
sweep() { fx-escalate --now "2026-11-20T$1Z" --snapshot 1; }
# same NAME TIME: the sweep from the snapshot is the sweep without.
same() {
	sweep "$2" | sort >with
	mv ledger/state away
	fx-escalate --now "2026-11-20T$2Z" | sort >without
	rm -rf ledger/state
	mv away ledger/state
	is "$1" "$(cat with)" "$(cat without)"
}
sweep 10:45:00 >out
is "nothing is due yet" "$(cat out)" ""
check "a snapshot is there" test -s ledger/state/life
same "at the first due times" 11:05:00
check "which writes something" test -s with
fx-sign -q <with
same "after its own records" 11:05:00
is "nothing is written twice" "$(cat with)" ""
same "a later time: an event that waited, a next step" 23:30:00
same "an earlier time than the snapshot's: it is passed over" 11:03:00
sweep 23:30:00 | fx-sign -q
cp ledger/state/life good
for at in 3 20 100 300 2000; do
	cp good ledger/state/life
	printf '\377' | dd of=ledger/state/life bs=1 seek=$at conv=notrunc 2>/dev/null
	same "byte $at changed" 23:59:00
done
head -c 200 good >ledger/state/life
same "cut short" 23:59:00
: >ledger/state/life
same "empty" 23:59:00
mkdir other && cp -R rules.d other/ && fx-sign -C other --init --origin shop.example/fx >/dev/null
sed -n 1,5p ledger/entries/000000.ndjson | jq -c 'del(.logged_at)' | fx-sign -q -C other
mkdir -p other/ledger/state && cp good other/ledger/state/life
fx-escalate -C other --now 2026-11-20T23:59:00Z >out
ok "that of another ledger is passed over"
like "and its own is swept" out 'exception.opened'
rm ledger/state/life && ln -s /dev/full ledger/state/full 2>/dev/null
exits "a state that cannot be written: 2" 2 sh -c 'rm -rf ledger/state; : >ledger/state; fx-escalate --now 2026-11-20T23:59:00Z --snapshot 1'
rm -f ledger/state
# Two sweeps at one moment: the ledger holds each record once.
for i in 1 2 3 4; do sweep 23:59:30 | fx-sign -q & done
wait
is "four sweeps at once: nothing doubled" "$(jq -r .event_id ledger/entries/*.ndjson | sort | uniq -d)" ""
is "no temporary file stays" "$(ls ledger/state | grep -v '^life$')" ""
done_testing
