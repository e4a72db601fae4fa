#!/bin/sh
# fx-redact: the person is gone, the tree stands, and the ledger says who and why.
. "$(dirname "$0")/../lib.sh"

awk 'BEGIN { for (i = 0; i < 400; i++) {
	printf "{\"event\":\"order.placed\",\"event_id\":\"e%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\",\"customer\":{\"name\":\"Person %d\"},\"lines\":[{\"line_id\":\"1\",\"sku\":\"A\",\"qty\":2,\"note\":\"for Person %d\"}]}\n", i, i, i, i
	printf "{\"event\":\"task.shipped\",\"event_id\":\"f%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T19:03:09Z\",\"signed_for_by\":\"Person %d\"}\n", i, i, i
} }' >in
fx-sign --init --origin shop.example/orders
fx-sign in >signed
cp ledger/checkpoint before
mkdir ledger/state
echo 'Person 7' >ledger/state/sweep
exits "erase an order" 0 fx-redact --by dpo --reason 'case 17' --order O7
is "nothing of the person is left" "$(grep -rlw 'Person 7' ledger)" ""
is "others are" "$(grep -cw 'Person 8' ledger/entries/000000.ndjson)" 2
exits "the ledger is whole" 0 fx-verify --all
like "and counts them" out '801 entries, 2 erased, 0 faults'
exits "it has only grown" 0 fx-verify --since-checkpoint before
is "the ledger says who, why and what" "$(fx-cat --last 1 | jq -c '[.event, .by, .reason, .order_id, [.entries[].index]]')" \
	'["entry.redacted","dpo","case 17","O7",[14,15]]'
is "the marker tells of the work" "$(fx-cat 14 | jq -c '[.event, .event_id, .source, .order_id, .lines]')" \
	'["order.placed","e7","s","O7",[{"line_id":"1","sku":"A","qty":2}]]'
is "and keeps the hash" "$(fx-cat --token 14 | jq -r .audit_token)" "$(sed -n 15p signed | jq -r .audit_token)"
exits "who has the signed record can still prove it" 0 fx-verify signed
sed -n 15p signed | jq -c . | sed 's/"customer"/"customer" /' >rewritten
exits "written anew it proves nothing" 1 fx-verify rewritten
like "and it is said why" err 'entry 14 was erased'
fx-cat --proof 14 >proved
exits "the marker passes for what it is" 0 fx-verify proved
sed -n 15,16p in | fx-sign --stats st >again
is "what was erased does not come back" "$(grep -c Person again)" 0
is "it is a duplicate" "$(jq -c '[.appended, .duplicates]' st)" '[0,2]'
is "with its first token" "$(jq -r .audit_token again | head -1)" "$(sed -n 15p signed | jq -r .audit_token)"
exits "a second time there is nothing to do" 1 fx-redact --by dpo --reason again --order O7
exits "entries by index" 0 fx-redact --by dpo --reason 'case 18' 0 799 799
exits "whole" 0 fx-verify --all
like "and counted" out '802 entries, 4 erased, 0 faults'
rm -rf ledger/index ledger/hashes/0 ledger/hashes/1 ledger/lock
sed 's/"e0"/"new"/' in | head -1 | fx-sign -q
ok "derived files are made anew from markers, too"
exits "whole" 0 fx-verify --all
# a writer who is at work meanwhile has the file open that is replaced
{ sed -n 1p in | sed 's/"e0"/"w1"/'; sleep 0.4; fx-redact --by dpo --reason 'case 19' --order O9; sed -n 1p in | sed 's/"e0"/"w2"/'; } | fx-sign >out 2>err
is "a writer meanwhile" $? 0
exits "loses nothing" 0 fx-verify out
exits "whole" 0 fx-verify --all
like "and counted" out '806 entries, 6 erased, 0 faults'
# false markers
cp -R ledger good
e=ledger/entries/000000.ndjson
sed -i '21s/.*/{"redacted":{"leaf":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","by":805},"event":"x","event_id":"e10","source":"s"}/' $e
exits "a marker with a false hash" 1 fx-verify --all
like "is found" err 'entry 20: it was changed'
leaf=$(sed -n 21p signed | jq -r .audit_token | sed 's/.*#//')
sed -i '21s/.*/{"redacted":{"leaf":"'"$leaf"'","by":800},"event":"x","event_id":"e10","source":"s"}/' $e
exits "a marker that no record tells of" 1 fx-verify --all
like "is found" err 'entry 20: it was erased, and the record'
rm -rf ledger
cp -R good ledger
echo '{"redacted":{"leaf":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","by":1},"event":"x","event_id":"y","source":"s","at":"2026-11-20T18:03:09Z"}' >bad
exits "nobody signs a marker" 1 fx-sign bad
# What entered last may stand in no index file yet.
fx-sign --init --origin shop.example/few -l few -k few.key
head -3 in | fx-sign -q -l few -k few.key
exits "an order of a few entries" 0 fx-redact -l few -k few.key --by dpo --reason 'case 20' --order O1
is "is erased, too" "$(grep -cw 'Person 1' few/entries/000000.ndjson)" 0
exits "no reason" 2 fx-redact --by dpo --order O1
exits "nothing named" 2 fx-redact --by dpo --reason x
exits "no such entry" 2 fx-redact --by dpo --reason x 99999
exits "no such order" 1 fx-redact --by dpo --reason x --order nobody
done_testing
