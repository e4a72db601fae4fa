#!/bin/sh
# Once all has grown to the largest record, the tape allocates nothing, nor do the filters
# that every record passes: ten times the records take as many calls of malloc.
. "$(dirname "$0")/../lib.sh"
count=$TOP/tests/tools/malloc-count
tape=$FX_BUILD/tools/tape_bench
i=0
while [ $i -lt 2000 ]; do
	printf '{"order_id":"%d","a\\u0062":[1,{"x":"\\n\\u20ac"}],"lines":[{"qty":%d},{"qty":2}]}\n' $i $i
	i=$((i + 1))
done >in
awk 'BEGIN { printf "{"; for (i = 0; i < 200; i++) printf "%s\"n%d\":%d", i ? "," : "", i, i; print "}" }' >>in
"$count" one "$tape" in 1 >/dev/null
if [ $? -eq 125 ]; then
	skip "no allocation per record" "malloc cannot be counted here"
	done_testing
fi
"$count" ten "$tape" in 10 >/dev/null
check "counts" test "$(cat one)" -gt 0
is "the tape" "$(cat ten)" "$(cat one)"

# orders N: triggers that differ, some with two lines, some with an escape in them.
orders() {
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) {
		printf "{\"event\":\"order.placed\",\"event_id\":\"e-%06d\",\"order_id\":\"O-%06d\",", i, i
		printf "\"at\":\"2026-11-20T18:03:09Z\",\"source\":\"shop\",\"channel\":\"%s\",", i % 3 ? "web" : "marketplace"
		printf "\"customer\":{\"id\":\"c-%06d\",\"name\":\"M\\u00fcller\"},\"service_level\":\"standard\",", i
		printf "\"fraud_score\":0.%03d,\"currency\":\"EUR\",\"total\":\"%06d.00\",\"flags\":[],\"lines\":[", i % 1000, i
		printf "{\"line_id\":\"1\",\"sku\":\"S-%06d\",\"type\":\"%s\",\"qty\":1,\"unit_price\":\"1.00\"}", i, i % 2 ? "stock" : "preorder"
		if (i % 5 == 0) printf ",{\"line_id\":\"2\",\"sku\":\"S\",\"type\":\"stock\",\"qty\":2,\"unit_price\":\"2.00\"}"
		print "]}" } }'
}
orders 4000 >few
orders 40000 >many
for filter in fx-validate "fx-route -j 2 --now 2026-11-20T18:04:00Z --origin test"; do
	# shellcheck disable=SC2086 # a command with its options
	set -- $filter
	exits "$filter takes them" 0 "$count" few.n "$@" -r "$TOP/rules.d" few
	lines=$(grep -c '"order_id":"O-' out)
	exits "$filter takes ten times as many" 0 "$count" many.n "$@" -r "$TOP/rules.d" many
	is "$filter: none is lost" "$(($(grep -c '"order_id":"O-' out) / 10))" "$lines"
	is "$filter: no allocation per record" "$(cat many.n)" "$(cat few.n)"
done
done_testing
