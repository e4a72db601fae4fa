#!/bin/sh
# fx-import on real files, against what sqlite3 reads from the same CSV.
. "$(dirname "$0")/../lib.sh"
fx() { fx-import -C "$TOP" "$@"; }

D=${FX_DATA:-}
if [ ! -d "$D/olist" ]; then
	skip "real order files" "no data folder (DATA=DIR)"
	done_testing
fi

# --- Olist: 8,000 orders with their lives
o=$D/olist
exits "Olist" 0 fx --stats s.json -f olist "$o/olist_orders_dataset.csv"
sqlite3 db <<Q
.mode csv
.import $o/olist_orders_dataset.csv o
.import $o/olist_order_items_dataset.csv i
.import $o/olist_customers_dataset.csv c
create index ii on i(order_id); create index ci on c(customer_id);
Q
sql() { sqlite3 -separator ' ' db "$1"; }
is "orders" "$(grep -c '"event":"order.placed"' out)" "$(sql 'select count(*) from o')"
is "lines" "$(jq .lines s.json)" "$(sql 'select count(*) from i')"
for pair in confirmed:order_approved_at shipped:order_delivered_carrier_date completed:order_delivered_customer_date; do
	is "task.${pair%:*}" "$(grep -c "\"event\":\"task.${pair%:*}\"" out)" "$(sql "select count(*) from o where ${pair#*:}<>''")"
done
is "cancelled" "$(grep -c '"event":"order.cancelled"' out)" "$(sql "select count(*) from o where order_status='canceled'")"

# Every order: its number of lines and sellers, town, and the sum that it comes to.
jq -r 'select(.event=="order.placed") | [.order_id, (.lines|length), ([.lines[].seller_id]|unique|length),
	.ship_to.city, (.total|tonumber*100|round)] | join(" ")' out | sort >got
sql "select o.order_id, count(i.order_id), count(distinct i.seller_id), c.customer_city,
	cast(round(coalesce(sum(i.price+i.freight_value),0)*100) as integer)
	from o left join i using(order_id) join c using(customer_id) group by 1" | sort >want
check "each order's lines, sellers, town and total" cmp got want
is "orders without lines" "$(awk '$2==0' got | wc -l)" 68
is "orders of several sellers" "$(awk '$3>1' got | wc -l)" 77

# Times by the C library's zone tables; a wall time that happened twice (the clocks went back on
# 2018-02-18 at midnight) is the first for us, as it likes for mktime.
jq -r 'select(.event=="order.placed") | .order_id + " " + .at' out | sort >got
sql "select order_id, replace(order_purchase_timestamp,' ','T') from o" | sort |
	TZ=America/Sao_Paulo awk '{ # mktime reads the wall clock of TZ
		t = $2; gsub(/[-:T]/, " ", t); print $1, strftime("%Y-%m-%dT%H:%M:%SZ", mktime(t " -1"), 1) }' >want 2>awk.err
if [ -s want ] && ! [ -s awk.err ]; then
	is "each purchase in UTC" "$(diff got want | grep '^<')" \
		'< 69df6146503dba833ea2ae56237acd97 2018-02-18T01:33:56Z'
else
	skip "each purchase in UTC" "awk without mktime"
fi
jq -r 'select(.event=="order.placed") | .order_id as $o | .lines[] | [$o, .line_id, .unit_price, .freight] | join(" ")' out | sort >got
sql "select order_id, order_item_id, price, freight_value from i" | sort >want
check "each price digit for digit" cmp got want
# Late against the promised date: local wall times compare as UTC times do but for an hour of autumn.
jq -rs 'group_by(.order_id)[] | {p: (map(select(.promised_at))[0].promised_at), d: (map(select(.event=="task.completed"))[0].at)}
	| select(.d and .d > .p) | 1' out >got
is "late deliveries" "$(wc -l <got)" "$(sql "select count(*) from o where order_delivered_customer_date>order_estimated_delivery_date")"

# --- Northwind
n=$D/northwind
exits "Northwind" 0 fx --stats n.json -f northwind "$n/orders-clean.csv"
is "830 orders, 2155 lines" "$(jq -c '[.triggers,.lines,.lines_unmatched]' n.json)" '[830,2155,0]'
jq -r 'select(.event=="order.placed") | [.order_id, .at[0:10], .promised_at[0:10]] | join(" ")' out >got
tail -n +2 "$n/orders-clean.csv" | sed 's/"[^"]*"//g' | awk -F, '
	function d(s, p) { split(s, p, "/"); return sprintf("%04d-%02d-%02d", p[3], p[1], p[2]) }
	{ print $1, d($4), d($5); if ($6 != "") print $1, d($6) >"shipped" }' >want
check "ordered and required, each" cmp got want
jq -r 'select(.event=="task.shipped") | .order_id + " " + .at[0:10]' out >got
check "shipped, each" cmp got shipped
exits "Northwind by another hand" 1 fx --stats m.json -f northwind "$n/orders.csv"
is "its broken rows are refused" "$(jq -c '[.orders_rejected,.triggers]' m.json)" '[176,654]'
sed -n 's/^fx-import: [^:]*orders\.csv:\([0-9]*\): the row has 1[56] fields.*/\1/p' err >got
awk -F, 'NF!=14 {print NR}' "$n/orders.csv" >want
check "each with its line" cmp got want
cp out other
fx -f northwind "$n/orders-clean.csv" 2>/dev/null >out
jq -r 'select(.event=="order.placed") | .order_id' other | sort >ids
is "the rows that both have are the same orders" \
	"$(jq -c --slurpfile i ids 'select(.event=="order.placed" and (.order_id|tonumber) as $n | any($i[]; .==$n)) | [.event_id]' out | sort | md5sum)" \
	"$(jq -c 'select(.event=="order.placed") | [.event_id]' other | sort | md5sum)"

# --- Shopify: a genuine export, and the API's own examples
exits "orders_export.csv" 0 fx --stats h.json -f shopify "$D/shopify/orders_export.csv"
is "51 orders of 121 rows" "$(jq -c '[.rows,.triggers,.lines]' h.json)" '[121,51,121]'
jq -r 'select(.event=="order.placed") | .order_id as $o | .lines[] | [$o, .line_id, .sku, .qty, .unit_price] | join(" ")' out | sort >got
sqlite3 db <<Q
.mode csv
.import $D/shopify/orders_export.csv s
Q
sql "select Name, row_number() over (partition by Name order by rowid), \"Lineitem sku\", \"Lineitem quantity\", \"Lineitem price\" from s" | sort >want
check "each line where it belongs" cmp got want
for f in "$D"/shopify/order*s.json "$D/shopify/order.json"; do
	case $f in *risks*) continue ;; esac
	exits "$(basename "$f")" 0 fx -f shopify-rest "$f"
	is "its order" "$(jq -c 'select(.event=="order.placed")|[.order_id,.total,(.lines|length)]' out)" '["#9999","10.00",2]'
done

# --- WooCommerce and Amazon
for f in "$D"/woocommerce/orders-*.json; do
	exits "$(basename "$f")" 0 fx -f woocommerce "$f"
	is "its orders" "$(jq -r 'select(.event=="order.placed").order_id' out | sort | tr '\n' ' ')" \
		"$(jq -r 'del(.delete?) | [.. | objects | select(has("line_items") and has("number")) | .number] | sort | join(" ") + " "' "$f")"
done
for f in "$D"/amazon/*.tsv; do
	exits "$(basename "$f")" 0 fx -f amazon "$f"
done
done_testing
