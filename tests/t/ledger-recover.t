#!/bin/sh
# What a writer puts right by itself, what it refuses, and what --recover does.
. "$(dirname "$0")/../lib.sh"

records() {
	awk -v p="$1" -v n="$2" 'BEGIN { for (i = 0; i < n; i++)
		printf "{\"event\":\"order.placed\",\"event_id\":\"%s%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\"}\n", p, i, i }'
}
fresh() {
	rm -rf ledger
	cp -R good ledger
}
e=ledger/entries/000000.ndjson
fx-sign --init --origin shop.example/orders
records a 300 >a
fx-sign a >signed
cp ledger/checkpoint old
records b 100 >b
fx-sign b >>signed
cp -R ledger good
records c 3 >c

# an old checkpoint put back must never make an append cut acknowledged entries
cp old ledger/checkpoint
exits "an old checkpoint" 2 fx-sign c
like "says what it is" err 'vouches for 300 entries, and 400 were acknowledged'
is "and touches nothing" "$(cmp $e good/entries/000000.ndjson; ls ledger/cut 2>&1 | grep -c ndjson)" 0
rm ledger/lock
exits "also when the lock file is gone: the index has seen more" 2 fx-sign c
is "and touches nothing" "$(cmp $e good/entries/000000.ndjson; ls ledger/cut 2>&1 | grep -c ndjson)" 0
fresh
cp old ledger/checkpoint
rm -rf ledger/index
exits "also when the index is gone: the lock file knows" 2 fx-sign c
exits "--recover goes on" 0 fx-sign --recover c
is "behind all that was there" "$(jq -r .audit_token out | head -1 | sed 's/#.*//')" shop.example/orders/400
exits "all that was acknowledged is vouched for" 0 fx-verify signed
exits "and the ledger is whole" 0 fx-verify --all
exits "its growth is proved from the old checkpoint" 0 fx-verify --since-checkpoint old
exits "the next append needs no --recover" 0 fx-sign b
# a writer who is at work meanwhile
fresh
{ cat c; sleep 0.5; cp old ledger/checkpoint; records d 1; } | fx-sign >out 2>err
is "an old checkpoint put back under a writer's feet" $? 2
like "is seen" err 'older than the one before'
# no checkpoint
fresh
rm ledger/checkpoint
exits "a lost checkpoint" 2 fx-sign c
like "says so" err 'no checkpoint: .*the 400 entries that are there'
exits "--recover signs for what is there" 0 fx-sign --recover c
exits "all of it" 0 fx-verify signed
exits "and the ledger is whole" 0 fx-verify --all
# with --recover, too, a decision enters whole or not at all
decision() { # decision N TASK TASKS
	printf '{"event":"task.assigned","event_id":"d%d.%d","source":"fx","order_id":"O%d","at":"2026-11-20T18:03:09Z","trigger":{"source":"s","event_id":"c%d"},"decision":{"digest":"D%d","tasks":%d}}\n' "$1" "$2" "$1" "$1" "$1" "$3"
}
fresh
rm ledger/checkpoint
{
	records c 1
	decision 0 1 2
	records e 1
	decision 0 2 2
	records f 1
	decision 1 1 3
	records g 1
	decision 1 2 3
} >>$e
exits "a last decision that is not whole" 0 fx-sign --recover a
is "is set aside with what follows it" "$(jq -r .event_id ledger/cut/* | xargs)" "d1.1 g0 d1.2"
is "what stands before it is taken, whole decisions too" "$(fx-cat 400- | jq -r .event_id | xargs)" "c0 d0.1 e0 d0.2 f0"
exits "and the ledger is whole" 0 fx-verify --all
fresh
rm ledger/checkpoint
{
	decision 1 1 3
	records x 4200
} >>$e
exits "one that lacks a task further back than a batch" 0 fx-sign --recover a
is "takes nothing that was acknowledged along" "$(wc -l <$e; ls ledger | grep -c cut)" "4601
0"
# more than any killed writer leaves
fresh
records x 5000 >>$e
exits "5,000 lines beyond" 2 fx-sign c
like "is no killed writer" err '5000 entries more'
is "and touches nothing" "$(wc -l <$e)" 5400
# a killed writer's
fresh
records x 4096 >>$e
printf '{"torn' >>$e
rm -rf ledger/index
exits "a torn line makes 4,097" 2 fx-sign c
fresh
records x 40 >>$e
printf '{"torn' >>$e
exits "a batch and a torn line" 0 fx-sign c
is "go to cut/" "$(wc -l <"$(echo ledger/cut/*)")" 40
exits "and the ledger is whole" 0 fx-verify --all
is "and goes on" "$(wc -l <$e)" 403
# entries lost
for t in "sed -i \$d $e" "sed -i 5d $e" "rm $e" "truncate -s -1 $e" "sed -i 400s/O99/O98/ $e"; do
	fresh
	$t
	exits "$t" 2 fx-sign c
	exits "$t: not with --recover either" 2 fx-sign --recover c
	is "$t: the checkpoint stays" "$(cmp ledger/checkpoint good/checkpoint)" ""
done
# derived files
for t in "rm -rf ledger/hashes/0 ledger/hashes/1" "truncate -s 100 ledger/hashes/0" "rm -rf ledger/index" "rm ledger/lock" \
	"cp ledger/checkpoint ledger/index/data.mdb" "truncate -s 5000 ledger/index/data.mdb" "rm -rf ledger/lock ledger/index ledger/hashes/1"; do
	fresh
	$t
	exits "$t" 0 fx-sign c
	exits "$t: made anew" 0 fx-verify --all
	fx-sign a b >again
	check "$t: duplicates are known" cmp again signed
done
fx-sign --init --origin shop.example/two -l two -k ktwo
records z 50 | fx-sign -q -l two -k ktwo
records y 500 | fx-sign -q -l two -k ktwo
fresh
rm -rf ledger/index
cp -R two/index ledger/index
exits "another ledger's index" 0 fx-sign c
exits "is made anew" 0 fx-verify --all
fx-sign a b >again
check "and knows its own" cmp again signed
# what cannot be written
fresh
rm -rf ledger/cut
: >ledger/cut
records x 4 >>$e
exits "no place for what is cut" 2 fx-sign c
is "then it is not cut" "$(wc -l <$e)" 404
fresh
rm -rf ledger/index
: >ledger/index
exits "no place for an index" 2 fx-sign c
fresh
rm ledger/hashes/0
mkdir ledger/hashes/0
exits "no place for hashes" 2 fx-sign c
is "the checkpoint stays" "$(cmp ledger/checkpoint good/checkpoint)" ""
if [ "$(id -u)" -ne 0 ]; then
	fresh
	chmod -R a-w ledger
	exits "a ledger that cannot be written" 2 fx-sign c
	exits "can be read" 0 fx-cat --order O5
	chmod -R u+w ledger
else
	skip "a ledger that cannot be written" "root may write everything"
fi
done_testing
