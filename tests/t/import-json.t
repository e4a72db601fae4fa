#!/bin/sh
# fx-import on JSON: Shopify's REST API and bulk lines, WooCommerce, and files that are none.
. "$(dirname "$0")/../lib.sh"
fx() { fx-import -C "$TOP" "$@"; }

# An order with its life: two fulfilments, one of them delivered, a refund of goods and one of
# money alone.  Ids above 2^53 and prices keep their digits.
cat >order.json <<'J'
{"order":{"id":9007199254740993,"name":"#1001","created_at":"2026-11-20T10:00:00-05:00","processed_at":null,
 "source_name":"web","email":"ada@example.com","currency":"USD","total_price":"30.10","tags":"vip, gift",
 "customer":{"id":7,"first_name":"Ada","last_name":"Tea\u00e4 \"Pot\""},
 "shipping_address":{"name":"Ada","city":"Exampleton","zip":"01067","country_code":"US"},
 "shipping_lines":[{"title":"Express Worldwide"}],
 "line_items":[{"id":9007199254740995,"sku":"PRE-1","quantity":2,"price":"10.10","requires_shipping":true},
  {"id":12,"sku":"GC-9","quantity":1,"price":"9.90","requires_shipping":false}],
 "fulfillments":[
  {"id":501,"status":"success","created_at":"2026-11-21T09:00:00Z","updated_at":"2026-11-23T12:00:00Z",
   "shipment_status":"delivered","tracking_company":"DHL","tracking_number":"00340","tracking_url":"https://t.example/00340",
   "line_items":[{"id":9007199254740995,"quantity":1}]},
  {"id":502,"status":"success","created_at":"2026-11-22T09:00:00Z","shipment_status":null,"line_items":[{"id":12,"quantity":1}]},
  {"id":503,"status":"cancelled","created_at":"2026-11-22T10:00:00Z","line_items":[{"id":12,"quantity":1}]}],
 "refunds":[
  {"id":801,"created_at":"2026-11-30T08:00:00Z","note":"too small","refund_line_items":[
   {"line_item_id":9007199254740995,"quantity":1,"restock_type":"return","line_item":{"sku":"PRE-1","price":"10.10"}},
   {"line_item_id":12,"quantity":1,"restock_type":"no_restock","line_item":{"sku":"GC-9","price":"9.90"}}]},
  {"id":802,"created_at":"2026-11-30T09:00:00Z","note":"sorry","refund_line_items":[]}],
 "cancelled_at":null}}
J
exits "one order of the REST API" 0 fx -f shopify-rest order.json
sed 's/"fx:[a-z2-7]\{26\}"/"ID"/' out >got
cat >want <<'J'
{"event":"order.placed","event_id":"ID","order_id":"#1001","at":"2026-11-20T15:00:00Z","source":"shopify","channel":"web","sales_channel":"web","platform_id":"9007199254740993","customer":{"id":"7","name":"Ada Teaä \"Pot\"","email":"ada@example.com"},"ship_to":{"name":"Ada","city":"Exampleton","postal_code":"01067","country":"US"},"service_level":"expedited","currency":"USD","total":"30.10","flags":["vip","gift"],"lines":[{"line_id":"9007199254740995","sku":"PRE-1","type":"preorder","qty":2,"unit_price":"10.10","requires_shipping":true},{"line_id":"12","sku":"GC-9","type":"digital","qty":1,"unit_price":"9.90","requires_shipping":false}]}
{"event":"task.shipped","event_id":"ID","order_id":"#1001","at":"2026-11-21T09:00:00Z","source":"shopify","fulfillment_id":"501","carrier":"DHL","tracking_number":"00340","tracking_url":"https://t.example/00340","lines":[{"line_id":"9007199254740995","qty":1}]}
{"event":"task.shipped","event_id":"ID","order_id":"#1001","at":"2026-11-22T09:00:00Z","source":"shopify","fulfillment_id":"502","lines":[{"line_id":"12","qty":1}]}
{"event":"task.completed","event_id":"ID","order_id":"#1001","at":"2026-11-23T12:00:00Z","source":"shopify","fulfillment_id":"501","lines":[{"line_id":"9007199254740995","qty":1}]}
{"event":"return.requested","event_id":"ID","order_id":"#1001","at":"2026-11-30T08:00:00Z","source":"shopify","refund_id":"801","channel":"web","reason":"too small","lines":[{"line_id":"9007199254740995","sku":"PRE-1","qty":1,"unit_price":"10.10"}]}
J
check "its trigger, shipments, delivery and return" diff got want
cp out one.ndjson
check "all of it meets the contract" sh -c "fx-validate -C '$TOP' <one.ndjson"

# The same orders, however they are wrapped, give the same records.
# (jq would round the ids.)
o=$(tr -d '\n' <order.json | sed 's/^{"order"://; s/}$//')
same() {
	fx -f shopify-rest "$2" >out 2>err
	check "$1" cmp out one.ndjson
}
printf '{"orders":[%s]}' "$o" >w.json && same "in a list that an object wraps" w.json
printf '[%s]' "$o" >w.json && same "in a list" w.json
printf '%s\n' "$o" >w.json && same "on a line" w.json
printf '\357\273\277{"count":1,"next":"orders","orders":[ %s ],"x":{"orders":[1]}}' "$o" >w.json &&
	same "with other members around, and a BOM" w.json
sed 's/},{/},\n\t{/g; s/":\[/" :\n[/g' order.json >w.json && same "spread over lines" w.json
printf '{"order":%s,"orders":[]}' "$o" >w.json && same "as one of two members" w.json
printf '{"orders":[%s,%s],"order":%s} %s\n[%s]' "$o" "$o" "$o" "$o" "$o" >w.json
is "all in one file: five orders" "$(fx -f shopify-rest w.json | grep -c order.placed)" 5

# Brackets and quotes inside strings are text: each string here ends where JSON says.
printf '%s' '[{"note":"\"}]","name":"a","created_at":"2026-01-01"},{"note":"]}\\","name":"b","x":"\"{","created_at":"2026-01-01"}]' >q.json
is "strings with brackets and quotes" "$(fx -f shopify-rest q.json | jq -r .order_id | tr '\n' ' ')" "a b "

# --extra keeps unknown members as they stand, on one line.
printf '{"name":"#1","created_at":"2026-01-01","note":"a \\" b",\n"big":12345678901234567890.10,"nil":null,\n"deep":{ "a" :\n[ 1 , " x " ] },"line_items":[{"id":1,"sku":"S","quantity":1,"grams":  5}]}' >x.json
is "--extra on JSON" "$(fx --extra -f shopify-rest x.json | sed 's/.*"lines":/"lines":/')" \
	'"lines":[{"line_id":"1","sku":"S","qty":1,"extra":{"grams":5}}],"extra":{"note":"a \" b","big":12345678901234567890.10,"deep":{"a":[1," x "]}}}'

# A list larger than any buffer is a stream: 64 MiB in, memory as for one order.
if [ -z "${FX_SAN:-}" ]; then
	{
		printf '{"orders":['
		yes "$o," | head -30000
		printf '%s]}' "$o"
	} >big.json
	(
		ulimit -v 65536
		exec fx-import -C "$TOP" -q --stats s.json -f shopify-rest big.json
	)
	ok "a list of $(wc -c <big.json) bytes within 64 MiB of address space"
	is "every order of it" "$(jq .orders s.json)" 30001
else
	skip "a large list in little memory" "sanitizers need more"
fi

# Faults: an order that is none goes to the rejects with its line, a file that is none ends the run.
printf '[\n{"name":"a","created_at":"2026-01-01"},\n{"name":"b","created_at":"2026-01-01","created_at":"x"},\n{"name":"c","created_at":"2026-13-01"},\n7,\n{"name":"d","created_at":"2026-01-01","line_items":{}},\n{"created_at":"2026-01-01"}]' >f.json
exits "orders that are none" 1 fx -f shopify-rest f.json
is "the good one is there" "$(jq -r .order_id out)" a
like "a duplicate key" err '^fx-import: f\.json:3: duplicate member name'
like "a month too many" err '^fx-import: f\.json:4: member "created_at": "2026-13-01" is no time'
like "a number" err '^fx-import: f\.json:5: wanted an object, an order$'
like "an object for a list" err '^fx-import: f\.json:6: "line_items" is no array$'
like "no name" err '^fx-import: f\.json:7: member "name" is empty'
exits "with --rejects" 0 fx --rejects r.ndjson -f shopify-rest f.json
is "raw is the order's text" "$(jq -r 'select(.line==4).raw' r.ndjson)" '{"name":"c","created_at":"2026-13-01"}'
broken() {
	exits "$1" 2 fx -f shopify-rest "$2"
	like "$1: said" err "$3"
}
printf '{"orders":[%s,' "$o" >w.json
broken "a list that ends early" w.json 'ends inside the list of orders'
printf '[%s %s]' "$o" "$o" >w.json
broken "a list without a comma" w.json 'wanted a comma or \]'
echo 'Name,Email' >w.json
broken "a CSV file" w.json 'is the file JSON\?'
printf '{"orders":[{"name":"a' >w.json
exits "an order that ends early" 2 fx -f shopify-rest w.json
: >w.json
exits "an empty file is no orders" 0 fx -f shopify-rest w.json

# Bulk lines: children belong to the order above them.
cat >bulk.jsonl <<'J'
{"id":"gid://shopify/Order/1","name":"#1","createdAt":"2026-11-20T10:00:00Z","currencyCode":"EUR","currentTotalPriceSet":{"shopMoney":{"amount":"20.20"}},"sourceName":"pos"}
{"id":"gid://shopify/LineItem/11","sku":"ST-1","quantity":2,"originalUnitPriceSet":{"shopMoney":{"amount":"10.10"}},"__parentId":"gid://shopify/Order/1"}
{"id":"gid://shopify/Fulfillment/9","__parentId":"gid://shopify/Order/1"}
{"id":"gid://shopify/LineItem/12","sku":"MTO-2","quantity":1,"originalUnitPriceSet":{"shopMoney":{"amount":"0.00"}},"__parentId":"gid://shopify/Order/1"}
{"id":"gid://shopify/LineItem/13","sku":"X","quantity":1,"__parentId":"gid://shopify/Order/7"}
{"id":"gid://shopify/Order/2","name":"#2","createdAt":"2026-11-20T11:00:00Z","cancelledAt":"2026-11-20T12:00:00Z"}
J
exits "bulk lines" 1 fx -f shopify-bulk bulk.jsonl
is "orders with their lines" "$(jq -c '[.event,.order_id,.channel,.total,[.lines[]?|[.line_id,.type,.qty,.unit_price]]]' out)" \
'["order.placed","#1","pos","20.20",[["11","stock",2,"10.10"],["12","made-to-order",1,"0.00"]]]
["order.placed","#2",null,null,[]]
["order.cancelled","#2",null,null,[]]'
like "a child of nobody" err '^fx-import: bulk\.jsonl:5: the line belongs to "gid://shopify/Order/7"'

# WooCommerce: the batch answer's two lists, guests, UTC without a Z.
cat >woo.json <<'J'
{"create":[{"id":7,"number":"W-7","status":"processing","currency":"EUR","date_created":"2026-11-20T11:00:00","date_created_gmt":"2026-11-20T10:00:00",
"customer_id":0,"total":"3.00","billing":{"first_name":"Ada","last_name":""},"line_items":[{"id":1,"sku":"","product_id":93,"quantity":1,"price":3}]}],
"update":[{"id":8,"number":"W-8","status":"cancelled","date_created_gmt":"2026-11-20T10:00:00","date_modified_gmt":"2026-11-21T10:00:00","customer_id":5,"line_items":[]}],"delete":[]}
J
is "WooCommerce" "$(fx -f woocommerce woo.json | jq -c '[.event,.order_id,.at,.customer,[.lines[]?|[.sku,.unit_price]]]')" \
'["order.placed","W-7","2026-11-20T10:00:00Z",{"name":"Ada"},[["93","3"]]]
["order.placed","W-8","2026-11-20T10:00:00Z",{"id":"5"},[]]
["order.cancelled","W-8","2026-11-21T10:00:00Z",null,[]]'
done_testing
