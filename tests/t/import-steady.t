#!/bin/sh
# fx-import in the long run: nothing allocated per order, memory that the file's length does not
# move, output as it comes, and pipes that close.
. "$(dirname "$0")/../lib.sh"
fx() { fx-import -C "$TOP" "$@"; }
count() { "$TOP/tests/tools/malloc-count" "$@"; }

# The night's export without its dirty rows, once and ten times (order numbers repeat: that is
# nothing to an importer).
src=$TOP/testdata/2026-11-20-orders_export.csv
fx -f shopify --rejects r.ndjson "$src" >/dev/null
head -1 "$src" >one.csv
cp one.csv ten.csv
sed 1d "$src" | grep -av -e '#30170' -e '#30204' -e ',buyer30143' -e '#30118' -e '#30091' -e '#30057' -e '#30023' >rows
cat rows >>one.csv
for i in 1 2 3 4 5 6 7 8 9 10; do cat rows; done >>ten.csv
{ echo '['; fx -f shopify one.csv | grep order.placed | sed 's/"at"/"created_at"/; s/"order_id"/"name"/; s/$/,/'; } >j
{ cat j; echo '{"name":"last","created_at":"2026-01-01"}]'; } >one.json
{ echo '['; for i in 1 2 3 4 5 6 7 8 9 10; do sed 1d j; done; echo '{"name":"last","created_at":"2026-01-01"}]'; } >ten.json

steady() {
	if count a.n fx-import -C "$TOP" -f "$2" "$3" >a.out 2>/dev/null &&
		count b.n fx-import -C "$TOP" -f "$2" "$4" >b.out; then
		is "$1: as many allocations for ten times the orders" "$(cat b.n)" "$(cat a.n)"
		check "$1: ten times the output" test "$(wc -l <b.out)" -ge "$(($(wc -l <a.out) * 9))"
	else
		skip "$1: allocations" "they cannot be counted here"
	fi
}
steady "rows that continue" shopify one.csv ten.csv
steady "JSON" shopify-rest one.json ten.json

# Live: an order is out as soon as the row behind it has come, before the input ends.
mkfifo in
cat >plain.yaml <<'Y'
source: s
order: id
events: [{event: order.placed, at: t}]
Y
fx-import -f ./plain.yaml - <in >out 2>err &
pid=$!
exec 7>in
printf 'id,t\n1,2026-01-01\n' >&7
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	[ -s out ] && break
	sleep 0.1
done
is "a row from a pipe is an order at once" "$(jq -r .order_id out)" 1
printf '2,2026-01-1' >&7
exec 7>&-
wait $pid 2>/dev/null
is "a last row that was cut off is none" "$(jq -r .order_id out | tr '\n' ' ')" "1 "
like "and is refused" err 'stdin:3: column "t": "2026-01-1" is no time'

# Whoever reads may leave: no message storm, and not success.
{
	fx -f shopify ten.csv 2>err
	echo $? >status
} | head -1 >/dev/null
is "a closed pipe is exit 2" "$(cat status)" 2
is "said once" "$(wc -l <err)" 1

# A rejects file that takes nothing ends the run.
if [ -w /dev/full ]; then
	exits "rejects that cannot be written" 2 fx -f shopify --rejects /dev/full "$src"
else
	skip "rejects that cannot be written" "no /dev/full"
fi
done_testing
