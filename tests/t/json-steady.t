#!/bin/sh
# Once it has grown to the largest record, the tape allocates nothing; and its nodes cost
# memory by the record, not by the input.
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
else
	"$count" ten "$tape" in 10 >/dev/null
	check "counts" test "$(cat one)" -gt 0
	is "no allocation per record" "$(cat ten)" "$(cat one)"
fi
done_testing
