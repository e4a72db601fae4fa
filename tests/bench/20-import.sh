#!/bin/sh
# fx-import on order files, beside sqlite3 (which only loads the CSV) and jq (which only copies JSON).
. "$(dirname "$0")/lib.sh"
command -v sqlite3 >/dev/null || { echo "no sqlite3: nothing to compare with"; exit 0; }
src=$TOP/testdata/2026-11-20-orders_export.csv
csv=$BENCH_DIR/orders_export.csv
json=$BENCH_DIR/orders.json
mb=$((BENCH_MB / 2))
if [ ! -s "$csv" ] || [ "$(wc -c <"$csv")" -lt $((mb * 1000000)) ]; then
	sed 1d "$src" >"$csv.rows"
	{
		head -1 "$src"
		n=$((mb * 1000000 / $(wc -c <"$csv.rows") + 1))
		while [ "$n" -gt 0 ]; do
			cat "$csv.rows"
			n=$((n - 1))
		done
	} >"$csv"
	rm -f "$csv.rows"
fi
bytes=$(wc -c <"$csv")
echo "Shopify's export, $((bytes / 1000000)) MB of 79 columns; the last column is the ratio to sqlite3's .import"
base=$(seconds 1 "sqlite3 :memory: -cmd '.mode csv' '.import $csv t' 2>/dev/null")
row "sqlite3 .import" "$bytes" "$base" "$base"
row "cat" "$bytes" "$(seconds 3 "cat $csv | cat >/dev/null")" "$base"
s=$(seconds 3 "fx-import -C $TOP -f shopify --rejects /dev/null $csv >/dev/null")
row "fx-import -f shopify" "$bytes" "$s" "$base"
want "fx-import -f shopify" "$s" "$base" 2

# The same orders as a platform's JSON array.
if [ ! -s "$json" ]; then
	{
		echo '{"orders":['
		fx-import -C "$TOP" -f shopify --rejects /dev/null "$csv" | grep '"event":"order.placed"' |
			sed 's/"at":/"created_at":/; s/"order_id":/"name":/; s/"lines":/"line_items":/; s/$/,/; $s/,$//'
		echo ']}'
	} >"$json"
fi
bytes=$(wc -c <"$json")
echo "a JSON array, $((bytes / 1000000)) MB; the last column is the ratio to jq -c '.orders[]'"
base=$(seconds 1 "jq -c '.orders[]' $json >/dev/null")
row "jq -c .orders[]" "$bytes" "$base" "$base"
s=$(seconds 3 "fx-import -C $TOP -f shopify-rest --rejects /dev/null $json >/dev/null")
row "fx-import -f shopify-rest" "$bytes" "$s" "$base"
want "fx-import -f shopify-rest" "$s" "$base" 5
exit $((bench_missed > 0))
