#!/bin/sh
# fx-verify: what is vouched for passes, what was tampered with is named.
. "$(dirname "$0")/../lib.sh"

awk 'BEGIN { for (i = 0; i < 600; i++)
	printf "{\"event\":\"order.placed\",\"event_id\":\"e%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\",\"total\":\"10.10\",\"n\":1234567890123456781}\n", i, i / 2 }' >in
fx-sign --init --origin shop.example/orders
fx-sign in >signed
cp -R ledger good

# records
exits "all that was signed passes" 0 fx-verify signed
is "byte for byte" "$(cmp out signed)" ""
exits "so does an entry without token" 0 fx-verify ledger/entries/000000.ndjson
jq -c '{n}+(.|del(.n))|.k=.n|del(.k)' signed | sed 's/1234567890123456[0-9]*/1234567890123456781/g' >rewritten
exits "the same values, written anew, pass" 0 fx-verify rewritten
like "and it is said" err '600 of 600 .*by value'
sed 's/1234567890123456781/1234567890123456789/' signed >bad
exits "a double would not see this" 1 fx-verify bad
like "says where" err 'bad:1: forged: .*entry 0 at /n'
sed '5s/10.10/10.11/' signed >bad
exits "one changed value" 1 fx-verify bad
is "the others pass" "$(wc -l <out)" 599
like "is named" err 'bad:5: forged: .*entry 4 at /total'
exits "a token moved to another record" 1 sh -c 'paste -d" " signed /dev/null | sed "2s/orders.1#[^\"]*/orders\/0#$(head -1 signed | sed "s/.*#//; s/\".*//")/" | fx-verify'
like "is found" err 'forged'
sed '1s/"audit_token":"shop/"audit_token":"ship/' signed | head -1 >bad
exits "a token of another ledger" 1 fx-verify bad
sed '1s/orders.0#/orders\/999#/' signed | head -1 >bad
exits "an index that is not there" 1 fx-verify bad
echo '{"event":"x","event_id":"unheard","source":"s"}' >bad
exits "a record that the ledger does not have" 1 fx-verify bad
for bad in '{' '[]' '' '{"audit_token":7}' '{"audit_token":"x"}'; do
	printf '%s\n' "$bad" >bad
	exits "hostile: $bad" "$([ "$bad" ] && echo 1 || echo 0)" fx-verify bad
done

# tokens
jq -r .audit_token signed >tokens
exits "tokens pass" 0 fx-verify tokens
is "as they came" "$(cmp out tokens)" ""
sed '3{s/A$/E/;t;s/.$/A/;}' tokens >bad
exits "a changed one does not" 1 fx-verify bad
is "it alone" "$(wc -l <out)" 599

# tokens as operands
exits "tokens as operands" 0 fx-verify "$(sed -n 3p tokens)" "$(sed -n 9p tokens)" </dev/null
is "pass as from a file" "$(cat out)" "$(sed -n '3p;9p' tokens)"
mixed="$(sed -n 3p tokens | sed 's/#.*//')#$(sed -n 4p tokens | sed 's/.*#//')"
exits "one with another's hash" 1 fx-verify "$mixed" "$(sed -n 9p tokens)"
like "is named, and its entry" err '^fx-verify: shop.example/orders/2#.*: .*hash of entry 2$'
is "the other passes" "$(cat out)" "$(sed -n 9p tokens)"
exits "one that was cut" 1 fx-verify "$(sed -n 3p tokens | cut -c1-40)"
like "is no token" err 'no audit token'
exits "a token and a file" 0 fx-verify "$(sed -n 3p tokens)" signed
is "both are read" "$(wc -l <out)" 601
mkdir x && cp tokens 'x/1#y'
exits "a file whose name looks like a token" 0 fx-verify './x/1#y'
exits "a file that is not there" 2 fx-verify nowhere
exits "--proof reads files alone" 2 fx-verify --proof --vkey ledger/vkey "$(sed -n 3p tokens)"

# offline
fx-sign --proof in >proved
is "audit_proof comes last" "$(grep -c '"audit_proof":"c2sp.org/tlog-proof@v1\\nindex [0-9]*\\n[^"]*"}$' proved)" 600
mv ledger away
exits "a proof needs no ledger" 0 fx-verify --proof --vkey "$(cat away/vkey)" proved
exits "or the key in a file" 0 fx-verify --proof --vkey away/vkey proved
sed '7s/10.10/10.11/' proved >bad
exits "a forged record" 1 fx-verify --proof --vkey away/vkey bad
like "is named" err 'bad:7: '
sed '7s/index 6/index 7/' proved >bad
exits "a forged index" 1 fx-verify --proof --vkey away/vkey bad
fx-sign --init --origin shop.example/orders -l ledger -k k2
exits "another key of the same name" 1 fx-verify --proof --vkey ledger/vkey proved
exits "no key" 2 fx-verify --proof proved
rm -rf ledger
mv away ledger
exits "the ledger against a pinned key" 0 fx-verify --all --vkey "$(cat ledger/vkey)"
fx-sign --init --origin shop.example/orders -l other -k k3
exits "the ledger against another" 2 fx-verify --all --vkey other/vkey

# --all
exits "the untouched ledger" 0 fx-verify --all
like "counts its entries" out '600 entries, 0 erased, 0 faults'
e=ledger/entries/000000.ndjson
tamper() { # tamper NAME ERE COMMAND...: run on a fresh copy, fx-verify --all must say so
	rm -rf ledger
	cp -R good ledger
	tamper_name=$1 tamper_ere=$2
	shift 2
	"$@" || echo "# cannot tamper: $*"
	exits "$tamper_name" 1 fx-verify --all
	like "$tamper_name: named" err "$tamper_ere"
	is "$tamper_name: nothing else is blamed" "$(grep -vcE -e "$tamper_ere" err)" "${tamper_more:-0}"
}
tamper "a byte of an entry" 'entry 41: it was changed' sed -i '42s/10.10/10.11/' $e
tamper "a byte of the last entry" 'entry 599: it was changed' sed -i '600s/e599/e59x/' $e
tamper "two entries" 'entry (3|300): it was changed' sed -i '4s/10.10/10.11/;301s/10.10/10.11/' $e
tamper "an entry taken out" 'entry 99: it was taken out' sed -i '100d' $e
tamper "a line put in" 'entry 100: a line that was not signed stands before it' sed -i '100a{"event":"x","event_id":"y","source":"z"}' $e
tamper "two lines swapped" 'entry 9: it and entry 10 have changed places' sed -i '10{h;d};11{G}' $e
tamper "the end cut off" 'entry 590: the file ends before it' sed -i '591,$d' $e
tamper "a file missing" 'entry 0: entries/000000.ndjson' rm $e
tamper_more=2 # the level above and the root
tamper "a hash changed" 'entry 5: it is as it was signed' sh -c 'printf "\000\000" | dd of=ledger/hashes/0 bs=1 seek=170 conv=notrunc 2>/dev/null'
tamper_more=0
tamper "hashes cut off" 'hashes/0 (ends|has)' sh -c 'truncate -s 19000 ledger/hashes/0'
tamper "an upper hash changed" 'hashes/1: hash 1 ' sh -c 'printf "\000\000" | dd of=ledger/hashes/1 bs=1 seek=40 conv=notrunc 2>/dev/null'
rm -rf ledger
cp -R good ledger
sed -i 's/O17"/O18"/' $e
printf '\0\0' | dd of=ledger/index/data.mdb bs=1 seek=9000 conv=notrunc 2>/dev/null
exits "a damaged index and entries" 1 fx-verify --all
# an index that is not there is derived, and said
for t in 'rm -rf ledger/index' 'rm ledger/index/data.mdb' 'rm ledger/index/*'; do
	rm -rf ledger
	cp -R good ledger
	exits "an index that is there" 0 fx-verify --all
	is "is not talked about" "$(cat err)" ""
	sh -c "$t"
	exits "$t" 0 fx-verify --all
	like "is said" err 'ledger/index lacks 600 entries: it is derived'
	head -1 in | fx-sign -q
	exits "the next writer" 0 fx-verify --all
	is "makes it anew" "$(cat err)" ""
done
# checkpoints
rm -rf ledger
cp -R good ledger
sed -i '2s/600/601/' ledger/checkpoint
exits "a changed checkpoint" 2 fx-verify --all
like "is not signed" err 'signature of shop.example/orders.* is false'
cp other/checkpoint ledger/checkpoint
exits "another ledger's checkpoint" 2 fx-verify --all
rm ledger/checkpoint
exits "no checkpoint" 2 fx-verify --all
mkdir empty
exits "no ledger" 2 fx-verify -l empty --all

# shards
rm -rf ledger
cp -R good ledger
fx-sign --init --origin shop.example/two -l two -k ktwo
sed 's/"e\([0-9]*\)"/"f\1"/' in | fx-sign -l two -k ktwo >signed2
cat signed signed2 >both
exits "records of two shards" 0 fx-verify -l ledger -l two both
sed 's/,"audit_token":"[^"]*"//' both >bare
exits "without their tokens, too" 0 fx-verify -l two -l ledger bare
exits "both whole" 0 fx-verify -l two -l ledger --all
is "a line each" "$(wc -l <out)" 2
exits "/dev/full" 2 sh -c 'fx-verify signed >/dev/full'
done_testing
