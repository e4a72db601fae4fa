#!/bin/sh
# fx-sign: what goes in, what comes out, and each way of saying no.
. "$(dirname "$0")/../lib.sh"

rec() { # rec ID [MEMBERS]
	printf '{"event":"order.placed","event_id":"%s","source":"s","order_id":"O-%s","at":"2026-11-20T18:03:09Z"%s}\n' "$1" "$1" "${2:-}"
}
task() { # task ID TRIGGER DIGEST N [SUPERSEDES]
	printf '{"event":"task.assigned","event_id":"%s","source":"fx","order_id":"O","at":"2026-11-20T18:03:09Z","trigger":{"source":"s","event_id":"%s"},"decision":{"id":"d","digest":"%s","tasks":%s%s}}\n' \
		"$1" "$2" "$3" "$4" "${5:+,\"supersedes\":\"$5\"}"
}
fresh() {
	rm -rf ledger key
	fx-sign --init --origin shop.example/orders || exit 2
}
stat_of() { jq -r "\"\\(.in) \\(.appended) \\(.duplicates) \\(.already_decided) \\(.rejected)\"" "$1" | tail -1; }

# --init
exits "init" 0 fx-sign --init --origin shop.example/orders
is "the key is for its owner alone" "$(stat -c %a key)" 600
like "the empty tree has RFC 6962's root" ledger/checkpoint '^47DEQpj8HBSa\+/TImW\+5JCeuQeRkm5NMpJWZG3hSuFU=$'
exits "init refuses a ledger that is there" 2 fx-sign --init --origin x/y
exits "init refuses a key that is there" 2 fx-sign --init --origin x/y -l other
exits "no origin" 2 fx-sign --init
exits "an origin with a space" 2 fx-sign --init --origin "a b" -l l2 -k k2
exits "an origin with a plus" 2 fx-sign --init --origin "a+b" -l l2 -k k2
exits "no ledger" 2 fx-sign -l nowhere /dev/null
like "says how to make one" err 'fx-sign --init'

# the record: every byte but what is added stays
printf '{"event":"order.placed","n":10.10,"big":1234567890123456789,"event_id":"a\\u0062","source":"s","at":"2026-11-20T18:03:09Z","x":{"z":1,"a":[]} }\n' >in
fx-sign in >o
ok "signs"
is "all bytes but the spliced members are as they came" \
	"$(sed 's/,"logged_at":"[^"]*","audit_token":"[^"]*"}$/}/' o)" "$(cat in)"
is "the token names origin and index" "$(jq -r .audit_token o | sed 's/#.*//')" shop.example/orders/0
# the leaf hash, by another program
h=$( { printf '\000'; head -c -1 ledger/entries/000000.ndjson; } | openssl dgst -sha256 -binary | base64 | tr '+/' '-_' | tr -d =)
is "the token's hash is SHA-256(0x00, entry)" "$(jq -r .audit_token o | sed 's/.*#//')" "$h"
exits "verify passes it" 0 fx-verify o

# a duplicate goes on with its first token, however it is spelled
sed 's/18:03:09Z/19:00:00Z/; s/10.10/10.1/' in | fx-sign --stats st >again
is "a duplicate goes on as the ledger has it" "$(cat again)" "$(cat o)"
is "and is counted" "$(stat_of st)" "1 0 1 0 0"
fx-sign o >again
is "so does what was signed before" "$(cat again)" "$(cat o)"
# the same id, other content
sed 's/1234567890123456789/1234567890123456788/' in >in2
exits "a conflict: the 19th digit" 1 fx-sign --stats st in2
like "and says which entry has it" err 'in2:1: .*entry 0'
is "nothing of it goes on" "$(cat out)" ""
exits "with --rejects it is no failure" 0 fx-sign --rejects rej in2
is "the rejected record is kept whole" "$(jq -c .event rej)" '"export.rejected"'
is "byte for byte" "$(grep -c '1234567890123456788' rej)" 1
exits "an export.rejected can be signed itself" 0 fx-sign rej
is "with token" "$(jq -r .audit_token "$T/out" | sed 's/#.*//')" shop.example/orders/1
# the same twice in one input
fresh
{ rec 1; rec 2; rec 1; } | fx-sign --stats st >o
is "a record twice in a batch gets one entry" "$(jq -r .audit_token o | sed 's/#.*//; s/.*[/]//' | xargs)" "0 1 0"
is "and is counted as duplicate" "$(stat_of st)" "3 2 1 0 0"
{ rec 9; rec 9 ',"x":1'; } >in
exits "and with other content is a conflict" 1 fx-sign in
# what is no record for a ledger
for bad in '[]' '{}' 'x' '{"event":"a","event_id":"b","source":"c"}' '{"event":"a","event_id":"","source":"c","at":"2026-11-20T18:03:09Z"}' \
	'{"event":"a","event_id":"b","source":"c","at":"yesterday"}' '{"event":"a","event_id":7,"source":"c","at":"2026-11-20T18:03:09Z"}' \
	'{"event":"a","event_id":"b","source":"c","at":"2026-11-20T18:03:09Z","a":1,"a":2}' '{"event":"a'; do
	printf '%s\n' "$bad" >b
	exits "rejected: $bad" 1 fx-sign b
done
exits "an empty file is nothing to do" 0 fx-sign /dev/null

# decisions: whole or not at all
fresh
{ rec t1; task a t1 D1 2; task b t1 D1 2; } | fx-sign --stats st >o
is "a whole decision enters" "$(stat_of st)" "3 3 0 0 0"
{ rec t2; task c t2 D2 2; } >in
exits "half a decision does not" 1 fx-sign --stats st in
is "its trigger does" "$(stat_of st)" "2 1 0 0 1"
like "and says so" err 'not whole'
{ rec t2; task c t2 D2 2; task d t2 D2 2; } | fx-sign --stats st >o
is "run again it is taken whole" "$(stat_of st)" "3 2 1 0 0"
{ rec t1; task a2 t1 OTHER 1; } | fx-sign --stats st >o
is "another decision of a decided trigger is counted only" "$(stat_of st)" "2 0 1 1 0"
is "and not passed on" "$(jq -r .event o)" order.placed
task a3 t1 NEW 1 D1 | fx-sign --stats st >o
is "unless it supersedes the live one" "$(stat_of st)" "1 1 0 0 0"
task a4 t1 NEWER 1 D1 | fx-sign --stats st >o
is "which is then no longer the first" "$(stat_of st)" "1 0 0 1 0"
task a t1 D1 2 | fx-sign --stats st >o
is "a task that is in the ledger is a duplicate, also alone" "$(stat_of st)" "1 0 1 0 0"
{ task e t5 D5 1; task f t5 D6 1; } | fx-sign --stats st >o
is "of two decisions in one input the first stands" "$(stat_of st)" "2 1 0 1 0"
{ task g t6 D6 1; task h t6 D6 1; } >in
exits "more tasks than said" 1 fx-sign in
{ rec t1 ',"x":1'; task z t1 D7 1; } | fx-sign --stats st >/dev/null 2>err
is "tasks of a conflicting trigger are not taken" "$(stat_of st)" "2 0 0 0 2"

# the pipe cuts a decision: it still enters in one batch
fresh
{ rec t1; task a t1 D1 2; sleep 0.3; cp ledger/checkpoint mid; task b t1 D1 2; } | fx-sign >o
is "nothing half while it waits" "$(sed -n 2p mid)" 0
is "whole afterwards" "$(sed -n 2p ledger/checkpoint)" 3
# but a record alone goes through at once
fresh
{ rec t1; sleep 0.5; cp ledger/checkpoint mid; } | fx-sign >o
is "a record alone does not wait for the end" "$(sed -n 2p mid)" 1

# many, with decisions over the batch's edge
fresh
i=0
awk 'BEGIN { for (i = 0; i < 5000; i++) {
	printf "{\"event\":\"order.placed\",\"event_id\":\"t%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\"}\n", i, i
	for (k = 0; k < 3; k++)
		printf "{\"event\":\"task.assigned\",\"event_id\":\"k%d.%d\",\"source\":\"fx\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\",\"trigger\":{\"source\":\"s\",\"event_id\":\"t%d\"},\"decision\":{\"digest\":\"D%d\",\"tasks\":3}}\n", i, k, i, i, i
} }' >many
fx-sign many >o
ok "20,000 records of 5,000 decisions"
is "in order" "$(jq -r '.event_id' o)" "$(jq -r '.event_id' many)"
is "one after the other" "$(jq -r .audit_token o | sed 's/#.*//; s/.*[/]//' | awk '$1 != NR - 1' | head -1)" ""
check "and all in order" fx-verify --all
fx-sign --stats st many >again
is "again: all duplicates" "$(stat_of st)" "20000 0 20000 0 0"
check "the same bytes" cmp o again
rm -rf ledger/index
fx-sign --stats st many >again
is "also when the index was deleted" "$(stat_of st)" "20000 0 20000 0 0"

# -q, /dev/full, a closed pipe, a read-only ledger
rec q1 | fx-sign -q >o
is "-q writes no record" "$(cat o)" ""
rec q2 >in
exits "/dev/full is an error" 2 sh -c 'fx-sign in >/dev/full'
exits "but the record is in the ledger" 0 fx-sign --stats st in
is "as a duplicate now" "$(stat_of st)" "1 0 1 0 0"
chmod 644 key
exits "a key that others may read" 2 fx-sign in
like "says what to do" err 'chmod 600'
chmod 600 key
fx-sign --init --origin other/one -l other -k okey
exits "another ledger's key" 2 fx-sign -k okey in
exits "two ledgers to write to" 2 fx-sign -l ledger -l other in
like "are not one" err 'one ledger'
exits "a bad timeout" 2 fx-sign --lock-timeout soon in
# the lock
flock ledger/lock sleep 2 &
sleep 0.2
exits "--lock-timeout" 2 fx-sign --lock-timeout 1s in
like "says why" err 'another writer'
wait
exits "then it goes on" 0 fx-sign in
# no core file, even where the limit does not count, as for a handler that the kernel pipes to
core() { # core COMMAND: aborted while it waits, its setrlimit without effect
	rm -rf core* fifo o
	mkfifo fifo
	(
		ulimit -c unlimited
		exec strace -f -o trace -e inject=prlimit64:retval=0 "$@" <fifo >o 2>err
	) &
	pid=$!
	exec 3>fifo
	rec "${1}" >&3
	n=0
	until [ -s o ] || [ $((n += 1)) -gt 200 ]; do sleep 0.05; done
	kill -ABRT "$(pgrep -P $pid)" 2>/dev/null
	wait $pid
	exec 3>&-
	ls core* 2>/dev/null | wc -l
}
if strace -o /dev/null true 2>/dev/null && [ -z "${FX_SAN:-}" ] && [ "$(core cat)" = 1 ]; then
	is "no core file with the key" "$(core fx-sign -u)" 0
else
	skip "no core file with the key" "nothing leaves a core file here"
fi
done_testing
