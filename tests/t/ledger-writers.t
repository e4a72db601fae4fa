#!/bin/sh
# Several writers and readers of one ledger.
. "$(dirname "$0")/../lib.sh"

records() { # records PREFIX N
	awk -v p="$1" -v n="$2" 'BEGIN { for (i = 0; i < n; i++)
		printf "{\"event\":\"order.placed\",\"event_id\":\"%s%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\"}\n", p, i, i }'
}

fx-sign --init --origin shop.example/orders
# sixteen processes with one record each
pids=
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
	records "one$i-" 1 | fx-sign >out.$i &
	pids="$pids $!"
done
bad=0
for p in $pids; do wait "$p" || bad=1; done
is "sixteen writers of one record each" $bad 0
cat out.[0-9]* >outs
is "have sixteen entries" "$(jq -r .audit_token outs | sed 's/#.*//;s/.*[/]//' | sort -n | xargs)" "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15"
check "vouched for" fx-verify -q outs
check "and the ledger is whole" fx-verify --all

# two bulk pipes at once, a reader who looks all the time, and a writer of single records
records a 30000 >a
records b 30000 >b
fx-sign a >out.a &
pa=$!
fx-sign b >out.b &
pb=$!
torn=0 looks=0
while kill -0 $pa 2>/dev/null || kill -0 $pb 2>/dev/null; do
	# Any checkpoint that is there has its entries and hashes there.
	fx-verify -q --all 2>err || { torn=$((torn + 1)); sed 's/^/# /' err; }
	records "r$looks-" 1 | fx-sign -q || torn=$((torn + 1))
	looks=$((looks + 1))
done
wait $pa
ok "the first bulk pipe"
wait $pb
ok "the second"
is "no reader of $looks saw a checkpoint without its entries" $torn 0
is "nothing lost, nothing doubled" "$(cat ledger/entries/*.ndjson | jq -r .event_id | sort | uniq -c | awk '{ n++; if ($1 != 1) d++ } END { print n, d + 0 }')" "$((60016 + looks)) 0"
is "each one's order is kept" "$(cat ledger/entries/*.ndjson | jq -r .event_id | grep ^a)" "$(jq -r .event_id a)"
check "all handed out is vouched for" fx-verify -q out.a out.b
check "and the ledger is whole" fx-verify --all
# the same records from two writers at once
records c 20000 >c
fx-sign c >c1 &
pc=$!
fx-sign c >c2
ok "one of two with the same records"
wait $pc
ok "the other"
check "both got the same tokens" cmp c1 c2
check "and the ledger is whole" fx-verify --all

# a copy by plain cp while writing goes on: checkpoint first, then hashes and entries
records d 30000 >d
fx-sign -q d &
pd=$!
bad=0
while kill -0 $pd 2>/dev/null; do
	rm -rf copy
	mkdir copy
	cp ledger/checkpoint ledger/vkey copy/
	cp -R ledger/hashes ledger/entries copy/
	fx-verify -q -l copy --all 2>err
	[ $? -le 0 ] || { bad=1; sed 's/^/# /' err; }
done
wait $pd
is "a copy made while a writer was at work verifies" $bad 0
done_testing
