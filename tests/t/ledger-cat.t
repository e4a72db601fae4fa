#!/bin/sh
# fx-cat: which entries, and how.
. "$(dirname "$0")/../lib.sh"

awk 'BEGIN { for (i = 0; i < 300; i++)
	printf "{\"event\":\"order.placed\",\"event_id\":\"e%d\",\"source\":\"s\",\"order_id\":\"O/%d\",\"task_id\":\"O/%d/abc/%d\",\"at\":\"2026-11-20T18:03:09Z\"}\n", i, i / 3, i / 3, i % 3 }' >in
fx-sign --init --origin shop.example/orders
fx-sign in >signed
exits "all" 0 fx-cat
is "are the ledger's lines" "$(cmp out ledger/entries/000000.ndjson)" ""
exits "with tokens" 0 fx-cat --token
is "they are what fx-sign wrote" "$(cmp out signed)" ""
exits "one" 0 fx-cat 17
is "is that one" "$(jq -r .event_id out)" e17
exits "a range" 0 fx-cat 10-12 298-
is "includes both ends" "$(jq -r .event_id out | xargs)" "e10 e11 e12 e298 e299"
exits "a token" 0 fx-cat "$(sed -n 5p signed | jq -r .audit_token)"
is "names its entry" "$(jq -r .event_id out)" e4
exits "an order" 0 fx-cat --order O/7 --order O/9
is "in order" "$(jq -r .event_id out | xargs)" "e21 e22 e23 e27 e28 e29"
exits "a task" 0 fx-cat --task O/7/abc/1
is "one entry" "$(jq -r .event_id out)" e22
exits "an event" 0 fx-cat --event e77
is "one entry again" "$(jq -r .event_id out)" e77
exits "the last two" 0 fx-cat --last 2
is "of 300" "$(jq -r .event_id out | xargs)" "e298 e299"
fx-cat --proof 3 299 --order O/5 >proved
exits "proofs prove" 0 fx-verify --proof --vkey ledger/vkey proved
is "all of them" "$(wc -l <out)" 5
exits "nothing found" 1 fx-cat --order nobody
like "is said" err "no order 'nobody'"
exits "an event that is not there" 1 fx-cat --event e7000 5
like "is said, too" err "no event 'e7000'"
is "what is there is printed" "$(jq -r .event_id out)" e5
exits "a range backwards" 2 fx-cat 5-3
like "is explained" err '"5-3" ends before it begins'
token=$(sed -n 5p signed | jq -r .audit_token)
exits "a token with another's hash" 1 fx-cat "${token%#*}#$(sed -n 6p signed | jq -r .audit_token | sed 's/.*#//')"
like "is said by its entry" err 'entry 4 does not have the hash'
is "prints nothing" "$(cat out)" ""
exits "an index beyond" 2 fx-cat 300
exits "nonsense" 2 fx-cat 1-x
exits "no task id" 2 fx-cat --task x
exits "no ledger" 2 fx-cat -l nowhere
exits "/dev/full" 2 sh -c 'fx-cat >/dev/full'
# by type, and orders without their #
mkdir other
printf '{"event":"%s","event_id":"%s","source":"s","order_id":"%s","at":"2026-11-20T18:03:09Z"}\n' \
	order.placed a '#7' task.confirmed b '#7' task.failed c '#8' order.placed d 8 >other/in
fx-sign -q --init --origin shop.example/other -l other/l -k other/k
fx-sign -q -l other/l -k other/k other/in
exits "a type" 0 fx-cat -l other/l -t order.placed
is "only that" "$(jq -r .event_id out | xargs)" "a d"
exits "two types" 0 fx-cat -l other/l -t task.failed --type task.confirmed
is "both" "$(jq -r .event_id out | xargs)" "b c"
exits "an order without its #, and a type" 0 fx-cat -l other/l --order 7 -t task.confirmed
is "combine" "$(jq -r .event_id out | xargs)" b
exits "an order that is there with # and without" 0 fx-cat -l other/l --order 8
is "is the one that was named" "$(jq -r .event_id out)" d
exits "the exact id in another shard comes first" 0 fx-cat -l other/l -l ledger --order 8
is "it alone" "$(jq -r .event_id out)" d
exits "a type that none has" 1 fx-cat -l other/l -t order.place
exits "none of an order" 1 fx-cat -l other/l --order 8 -t task.failed
like "is said as such" err 'no entry of the type'
# what the checkpoint does not vouch for is not shown
echo '{"torn":' >>ledger/entries/000000.ndjson
exits "a torn line behind" 0 fx-cat --last 1
is "is not shown" "$(jq -r .event_id out)" e299
# as tail -f
fx-cat --follow >live &
pid=$!
sleep 0.4
sed 's/"e\([0-9]\)/"f\1/' in | fx-sign -q
sleep 0.5
kill $pid
is "--follow shows what comes" "$(wc -l <live)" 300
# a reader without permission to write, and one without an index
rm -rf ledger/index
exits "an order without the index" 0 fx-cat --order O/7
is "is found all the same" "$(jq -r .event_id out | xargs)" "e21 e22 e23 f21 f22 f23"
# One entry among many of very different lengths is found by its hash's place, not by counting lines.
awk 'BEGIN { for (i = 0; i < 12000; i++) {
	text = sprintf("%" (i > 5000 && i < 7000 ? 1500 : 10) "s", "")
	printf "{\"event\":\"order.placed\",\"event_id\":\"e%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\",\"text\":\"%s\"}\n", i, i, text } }' >many
fx-sign --init --origin shop.example/many -l many.l -k many.key >/dev/null
fx-sign -q -l many.l -k many.key many
places() {
	for i in 2100 4000 4990 5010 6000 6999 7003 9000 11998 11999; do
		fx-cat -l many.l "$i"
	done | jq -r .event_id | xargs
}
is "any of many is found" "$(places)" "e2100 e4000 e4990 e5010 e6000 e6999 e7003 e9000 e11998 e11999"
fx-redact -l many.l -k many.key --by dpo --reason test 4000 4001 6001 8999 9001 2>/dev/null
is "beside erased ones, too" "$(places)" "e2100 e4000 e4990 e5010 e6000 e6999 e7003 e9000 e11998 e11999"
sed -i '8000s/e7999/e799x/' many.l/entries/000000.ndjson
is "and beside one that was bent" "$(places)" "e2100 e4000 e4990 e5010 e6000 e6999 e7003 e9000 e11998 e11999"
is "which is found itself, bent as it is" "$(fx-cat -l many.l 7999 2>/dev/null | jq -r .event_id)" e799x
# entries that are not what was signed
rm -rf tampered && cp -R ledger tampered
sed -i 's/"e17"/"e71"/' tampered/entries/000000.ndjson
exits "a changed entry" 1 fx-cat -l tampered
like "is named" err '^fx-cat: tampered: entry 17 is not what was signed'
is "it alone" "$(wc -l <err)" 1
is "and printed as it lies" "$(cmp out tampered/entries/000000.ndjson)" ""
exits "what is not printed is not checked" 0 fx-cat -l tampered 0-16 18-
exits "a changed entry of an order" 1 fx-cat -l tampered --order O/5
leaf=$(sed -n 18p tampered/entries/000000.ndjson | { printf '\0'; tr -d '\n'; } | sha256sum | cut -c1-64 | xxd -r -p | tee leaf | wc -c)
is "its hash is that of RFC 6962" "$leaf" 32
dd if=leaf of=tampered/hashes/0 bs=32 seek=17 conv=notrunc 2>/dev/null
exits "with its hash changed, too" 1 fx-cat -l tampered
like "the root does not fit" err 'hashes of entries 0 to 255 do not lead to the .*root'
is "which is said once" "$(grep -c 'entries 0 to 255' err)" 1
done_testing
