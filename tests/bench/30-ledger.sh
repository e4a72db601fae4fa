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

fresh() {
	rm -rf ledger key
	fx-sign --init --origin bench || exit 2
}

records 0 2000 >one
s=$(seconds 3 "append_sync plain <one")
t=
for _ in 1 2 3; do
	fresh
	u=$(seconds 1 "fx-sign -q -u one")
	t=$(awk -v t="$t" -v u="$u" 'BEGIN { print t != "" && t < u ? t : u }')
done
awk -v s="$s" -v t="$t" 'BEGIN { printf "%-44s %8.0f /s\n%-44s %8.0f /s  1/%.1f of it\n", "plain append and fdatasync, a record each",
	2000 / s, "fx-sign -u, a batch each", 2000 / t, t / s }'
want "fx-sign -u, to append+fdatasync" "$t" "$s" 0.1667

echo "entries in the ledger; in runs of a tenth of it (at least 1000): signed, and signed again, a second; one record alone"
fresh
n=0 best=0
for size in 1000 10000 100000 1000000 10000000; do
	[ "$size" -le "$BENCH_ENTRIES" ] || break
	step=$((size / 10 < 1000 ? 1000 : size / 10))
	records $n $((size - step)) | fx-sign -q || exit 2
	records $((size - step)) "$size" >part
	s=$(seconds 1 "fx-sign -q part")
	t=$(seconds 1 "fx-sign -q part")
	n=$size
	records "$size" $((size + 1)) >one
	u=$(seconds 1 "fx-sign -q one")
	n=$((size + 1))
	rate=$(awk -v n=$step -v s="$s" 'BEGIN { printf "%.0f", n / s }')
	awk -v size="$size" -v r="$rate" -v n=$step -v t="$t" -v u="$u" 'BEGIN { printf "%12d %12d /s %12d /s %8.1f ms\n", size, r, n / t, u * 1000 }'
	[ "$rate" -le "$best" ] || best=$rate
done
want "the rate of the largest, to the best" "$best" "$rate" 0.5
rm -rf "$dir"
exit $((bench_missed > 0))
