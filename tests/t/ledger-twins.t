#!/bin/sh
# A record that stands twice in one batch passes on, the second time, as the entry that the first made.
. "$(dirname "$0")/../lib.sh"
export FX_HOME="$T"
fx-sign --init --origin shop.example/orders
r='{"event":"order.placed","event_id":"1","source":"s","at":"2026-11-20T10:00:00Z","order_id":"A"}'
printf '%s\n%s\n' "$r" "$r" >in
exits "both go on" 0 fx-sign --stats stats in
is "as the same bytes" "$(sed -n 1p out)" "$(sed -n 2p out)"
is "one is appended, one a duplicate" "$(jq -c '[.appended, .duplicates]' stats)" '[1,1]'
cp out signed
exits "the ledger vouches for both" 0 fx-verify signed
is "both, byte for byte" "$(wc -l <out)" 2
done_testing
