#!/bin/sh
# fx-import --guess: a first mapping from a header, and what can be done with it.
. "$(dirname "$0")/../lib.sh"

cat >shop.csv <<'C'
Bestellnummer;Bestelldatum;E-Mail;Land;Artikel;Menge;Einzelpreis;Summe;Versandt;Geschenk
B-1;20.11.2026 18:03;ada@example.com;DE;S-1;2;10.10;21.10;;ja
B-1;20.11.2026 18:03;ada@example.com;DE;S-2;1;0.90;21.10;;
B-2;21.11.2026 08:00;bob@example.com;AT;S-1;1;10.10;10.10;22.11.2026 12:30;
C
exits "a German shop's file" 0 fx-import --guess shop.csv
cat >want <<'Y'
# Guessed by fx-import --guess from the header of shop.csv.
# Look at every line before orders go by it; fx-import(5) says what each means.
source: FIXME             # which system the file comes from, such as erp/eu
delimiter: ";"
zone: UTC                 # the times do not say theirs: put the shop's, such as Europe/Berlin
times: ["%d.%m.%Y %H:%M"]
order: "Bestellnummer"
events:
  - event: order.placed
    at: "Bestelldatum"
    identity: [lines, ship_to]   # what the order is, never its status
    fields:
      channel: {const: web}   # no column tells
      customer.email: "E-Mail"
      ship_to.country: "Land"
      total: {from: "Summe", type: decimal}
    lines:
      each: rows              # rows of the same order stand together
      fields:
        line_id: {position: true}
        sku: "Artikel"
        qty: {from: "Menge", type: integer}
        unit_price: {from: "Einzelpreis", type: decimal}
  - event: task.shipped
    at: "Versandt"
# Not placed (--extra keeps them):
#   "Geschenk"
Y
check "its mapping" diff out want
sed 's/FIXME/shop/; s/UTC/Europe\/Berlin/' out >shop.yaml
is "reads the file" "$(fx-import -f ./shop.yaml shop.csv | jq -c '[.event,.order_id,.at,(.lines//[]|length)]')" \
'["order.placed","B-1","2026-11-20T17:03:00Z",2]
["order.placed","B-2","2026-11-21T07:00:00Z",1]
["task.shipped","B-2","2026-11-22T11:30:00Z",0]'

printf 'a,b\n1,2\n' >ab.csv
exits "nothing to go by" 1 fx-import --guess ab.csv
like "says what a person must do" err 'see FIXME'
like "marks it" out '^order: FIXME'
like "and names what is left" out '^#   "a"'
printf 'Order ID,Order Date,Total\n1,05/04/2026,"1,99"\n' >amb.csv
fx-import --guess amb.csv >out
like "day and month that cannot be told" out 'both fit'
like "a decimal comma" out '^      total: \{from: "Total", type: decimal, mark: ","\}$'
printf 'Order ID,Order Date,Total\n1,2026-04-05,"1,99"\n2,2026-04-05,2.99\n' >both.csv
fx-import --guess both.csv >out
like "both marks in a column are left as text" out '^      total: "Total"$'
printf 'Name;Bestellnr;Datum\nAnna;1;2026-11-25 08:00\n' >nr.csv
fx-import --guess nr.csv >out
like "a person's name is no order's number where there is one" out '^order: "Bestellnr"$'
printf 'Order ID,Order Date\n1,25/04/2026\n' >dmy.csv
fx-import --guess dmy.csv >out
like "and that can" out '^times: \["%d/%m/%Y"\]$'
printf 'Order ID,Order Date,Ort\n1,2026-01-01T00:00:00Z,M\374nchen\n' >latin.csv
fx-import --guess latin.csv >out
like "bytes that are not UTF-8" out '^encoding: windows-1252$'
check "times that say their zone need none" sh -c '! grep -q ^zone out'
printf 'No;Placed;Gone;SKU\n7;20.11.2026 10:00;;A\n' | sed 's/^No/Order No/' >own.csv
exits "a time by its values, whatever it is called" 0 fx-import --guess own.csv
like "the column" out '^    at: "Placed"$'
exits "a file with spoilt rows" 0 fx-import --guess "$TOP/testdata/2026-11-20-orders_export.csv"
like "its times" out '^    at: "Created at"$'
check "its encoding is not that of one row" sh -c '! grep -q ^encoding out'
echo '{"a":1}' >x.json
exits "JSON" 2 fx-import --guess x.json
exits "nothing" 2 fx-import --guess nothing.csv
: >empty.csv
exits "an empty file" 2 fx-import --guess empty.csv
exits "standard input" 2 fx-import --guess -

D=${FX_DATA:-}
if [ -f "$D/shopify/orders_export.csv" ]; then
	fx-import --guess "$D/shopify/orders_export.csv" | sed 's/FIXME/shopify/' >g.yaml
	fx-import -f ./g.yaml "$D/shopify/orders_export.csv" | jq -c '[.order_id,.at,.total,[.lines[]|[.line_id,.sku,.qty,.unit_price]]]' >got
	fx-import -C "$TOP" -f shopify "$D/shopify/orders_export.csv" | jq -c '[.order_id,.at,.total,[.lines[]|[.line_id,.sku,.qty,.unit_price]]]' >want
	check "on a genuine export it says what the shipped mapping says" cmp got want
else
	skip "a genuine export" "no data folder (DATA=DIR)"
fi
done_testing
