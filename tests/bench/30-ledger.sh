#!/bin/sh
# The ledger: one-record appends beside plain append and fdatasync, and entries a second as it grows.
. "$(dirname "$0")/lib.sh"
: "${BENCH_ENTRIES:=1000000}"
dir=$BENCH_DIR/ledger-bench
rm -rf "$dir"
mkdir -p "$dir"
cd "$dir" || exit 2

records() { # records FROM TO: 650 bytes each
	awk -v from="$1" -v to="$2" 'BEGIN { pad = sprintf("%440s", ""); gsub(/ /, "x", pad); for (i = from; i < to; i++)
		printf "{\"event\":\"order.placed\",\"event_id\":\"evt-%d\",\"source\":\"shop/eu\",\"order_id\":\"ORD-%d\",\"at\":\"2026-11-20T18:03:09Z\",\"channel\":\"web\",\"lines\":[{\"line_id\":\"1\",\"sku\":\"A-%d\",\"qty\":1}],\"pad\":\"%s\"}\n", i, i, i % 1000, pad }'
}

fx-sign --init --origin bench || exit 2
records 0 2000 >one
s=$(seconds 1 "append_sync plain <one")
t=$(seconds 1 "fx-sign -q -u one")
awk -v s="$s" -v t="$t" 'BEGIN { printf "%-44s %8.0f /s\n%-44s %8.0f /s  1/%.1f of it\n", "plain append and fdatasync, a record each",
	2000 / s, "fx-sign -u, a batch each", 2000 / t, t / s }'
want "fx-sign -u, to append+fdatasync" "$t" "$s" 0.1667

echo "entries in the ledger, entries signed a second (in runs of a tenth of it, at least 1000)"
rm -rf ledger key
fx-sign --init --origin bench || exit 2
n=0 first=
for size in 1000 10000 100000 1000000 10000000; do
	[ "$size" -le "$BENCH_ENTRIES" ] || break
	step=$((size / 10 < 1000 ? 1000 : size / 10))
	records $n $((size - step)) | fx-sign -q || exit 2
	records $((size - step)) "$size" >part
	s=$(seconds 1 "fx-sign -q part")
	n=$size
	rate=$(awk -v n=$step -v s="$s" 'BEGIN { printf "%.0f", n / s }')
	printf '%12d %12d /s\n' "$size" "$rate"
	[ "$size" -lt 100000 ] || first=${first:-$rate}
done
[ -z "$first" ] || want "the rate of the largest to that of 100,000" "$first" "$rate" 0.5
exit $((bench_missed > 0))
