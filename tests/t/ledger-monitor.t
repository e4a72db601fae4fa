#!/bin/sh
# fx-verify --since-checkpoint and --follow: a ledger may only grow.
. "$(dirname "$0")/../lib.sh"

records() {
	awk -v p="$1" -v n="$2" 'BEGIN { for (i = 0; i < n; i++)
		printf "{\"event\":\"order.placed\",\"event_id\":\"%s%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\"}\n", p, i, i }'
}
fx-sign --init --origin shop.example/orders
exits "a monitor's key" 0 fx-verify --new-key auditor.example/w1 --cosign wkey
is "is of type 0x04" "$(cut -d+ -f3- out | base64 -d | head -c 1 | od -An -tx1 | tr -d ' ')" 04
is "and secret" "$(stat -c %a wkey)" 600
exits "the first look" 0 fx-verify --follow seen --cosign wkey
n=0
for step in 1 254 1 256 700; do
	cp ledger/checkpoint cp.$n
	records "r$n-" $step | fx-sign -q
	n=$((n + 1))
	exits "grown by $step" 0 fx-verify --follow seen --cosign wkey
	is "is cosigned" "$(grep -c '^— auditor.example/w1 ' seen)" 1
done
exits "all earlier checkpoints" 0 fx-verify --since-checkpoint cp.0 --since-checkpoint cp.1 \
	--since-checkpoint cp.2 --since-checkpoint cp.3 --since-checkpoint cp.4 --all
is "a line each" "$(grep -c 'as they were' out)" 5
is "the cosigned one is a checkpoint like any other" "$(head -c "$(wc -c <ledger/checkpoint)" seen | cmp - ledger/checkpoint)" ""
# the signature over cosignature/v1, time and text, by another program
text() { sed -n '1,/^$/p' seen | sed '$d'; }
sig=$(grep '^— auditor' seen | sed 's/.* //' | base64 -d | od -An -v -tx1 | tr -d ' \n')
t=$((0x$(echo "$sig" | cut -c9-24)))
{ printf 'cosignature/v1\ntime %d\n' "$t"; text; } >msg
echo "$sig" | cut -c25- | xxd -r -p >sig
seed=$(cut -d+ -f5- wkey | base64 -d | tail -c 32 | od -An -v -tx1 | tr -d ' \n')
printf '302e020100300506032b657004220420%s' "$seed" | xxd -r -p >priv.der
if openssl pkeyutl -help 2>&1 | grep -q rawin && openssl pkey -inform DER -in priv.der -pubout -out pub.pem 2>/dev/null; then
	check "openssl agrees with the cosignature" openssl pkeyutl -verify -pubin -inkey pub.pem -rawin -in msg -sigfile sig
else
	skip "openssl agrees with the cosignature" "no pkeyutl -rawin"
fi
is "the time is now" "$(($(date +%s) - t < 60))" 1
exits "the ledger's own key does not cosign" 2 fx-verify --follow seen --cosign key
# history rewritten by whoever has the key
cp seen before
rm -rf away
mv ledger away
mv key awaykey
fx-sign --init --origin shop.example/orders -l ledger -k key
exits "another key" 1 fx-verify --follow seen --cosign wkey
rm -rf ledger key
cp -R away ledger
cp awaykey key
mkdir ledger2
cp ledger/vkey ledger2/
# rebuilt from scratch with one entry less, signed with the true key
cat away/entries/*.ndjson | sed '100d' >rewritten
mkdir ledger2/entries ledger2/hashes
cp rewritten ledger2/entries/000000.ndjson
exits "recovery signs what is there" 0 fx-sign -l ledger2 --recover /dev/null
exits "which verifies by itself" 0 fx-verify -l ledger2 --all
exits "but the monitor sees it" 1 fx-verify -l ledger2 --follow seen --cosign wkey
like "and says so" err 'entries that were signed are gone'
records more 5 | fx-sign -q -l ledger2
exits "also when it is larger again" 1 fx-verify -l ledger2 --follow seen --cosign wkey
like "by name" err 'history was rewritten'
exits "so does --since-checkpoint" 1 fx-verify -l ledger2 --since-checkpoint cp.4
is "its memory is untouched" "$(cmp seen before)" ""
# usage and trouble
exits "--cosign alone" 2 fx-verify --cosign wkey
exits "--new-key alone" 2 fx-verify --new-key a/b
exits "no such checkpoint" 2 fx-verify --since-checkpoint nowhere
echo garbage >bad
exits "no checkpoint" 1 fx-verify --since-checkpoint bad
exits "a memory that cannot be written" 2 fx-verify --follow /nonexistent/seen
done_testing
