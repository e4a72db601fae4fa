#!/bin/sh
# Go's golang.org/x/mod agrees: checkpoint, every entry's inclusion, growth; and our offline proofs.
. "$(dirname "$0")/../lib.sh"

export GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$T/cache" GOFLAGS=
if ! command -v go >/dev/null || [ ! -d $GOPATH/src/golang.org/x/mod/sumdb/tlog ]; then
	skip "an independent implementation" "no golang-go with golang-golang-x-mod-dev"
	done_testing
fi
go build -o ledger_check "$TOP/tests/go/ledger_check.go" || exit 2
awk 'BEGIN { for (i = 0; i < 700; i++)
	printf "{\"event\":\"order.placed\",\"event_id\":\"e%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\"}\n", i, i }' >in
fx-sign --init --origin shop.example/orders
head -300 in | fx-sign -q
cp ledger/checkpoint old
fx-sign -q in
fx-archive -q --tiles tiles
exits "checkpoint, entries and growth" 0 ./ledger_check ledger/vkey tiles ledger/entries/000000.ndjson old
is "all of them" "$(cat out)" "700 of 700 entries, grown from 300"
sed '123s/O122/O12x/' ledger/entries/000000.ndjson >bent
exits "a bent entry is not proved" 1 ./ledger_check ledger/vkey tiles bent old
fx-sign --init --origin shop.example/orders -l other -k okey
exits "nor anything with another key" 1 ./ledger_check other/vkey tiles ledger/entries/000000.ndjson old
done_testing
