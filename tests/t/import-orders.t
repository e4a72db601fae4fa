#!/bin/sh
# fx-import: order files made by hand, what comes out worked out by hand.
. "$(dirname "$0")/../lib.sh"

cat >erp.yaml <<'Y'
source: erp/eu
zone: Europe/Berlin
times: ["%d.%m.%Y %H:%M", iso]
delimiter: ";"
"null": ["", "NULL", "-"]
order: {from: Auftrag, strip: "A-"}
tables:
  items: {file: positionen*.csv, delimiter: ";", key: Auftrag}
  lager: {file: lager.csv, key: ort, on: items.Lager, optional: true}
events:
  - event: order.placed
    at: Datum
    identity: [lines, ship_to]
    fields:
      channel: {from: Weg, values: {W: web, M: marketplace}, else: other, default: phone}
      customer.name: {from: [Vorname, Nachname], join: " "}
      customer.email: Mail
      ship_to.country: Land
      express: {from: Eil, type: boolean}
      flags: {from: Marken, split: ","}
      fraud_score: {from: Risiko, type: number}
      promised_at: {from: Termin, type: time}
      total: {sum: [Preis, Fracht], over: items}
      status: Status
    lines:
      each: items
      unless: {Typ: Text}
      fields:
        line_id: {position: true}
        sku: {from: Artikel, required: true}
        type: {from: Artikel, match: {"V-*": preorder, "*-G": digital}, else: stock}
        qty: {from: Menge, type: integer}
        unit_price: {from: Preis, type: decimal}
        city: lager.stadt
        of: $.Auftrag
  - event: task.shipped
    at: Versandt
    fields: {tracking_number: Sendung}
  - event: order.cancelled
    when: {Status: [storniert, "verworfen*"]}
    unless: {Geaendert: null}
    at: {latest: [Datum, Geaendert]}
Y
# Winter is +01:00, summer +02:00; 2026-10-25T02:30 happens twice, the first is meant.
cat >heads.csv <<'C'
Auftrag;Datum;Weg;Vorname;Nachname;Mail;Land;Eil;Marken;Risiko;Termin;Status;Versandt;Sendung;Geaendert
A-1001;20.01.2026 18:03;W;Ada;"Teapot; ""Junior""";ada@example.com;DE;yes;vip, gift ,,new;0.10;2026-02-01;offen;21.01.2026 09:00;00340434161094042557;-
A-1002;01.07.2026 00:30;M;-;Kettle;NULL;;0;;90;;storniert;;;02.07.2026 08:00
A-1003;25.10.2026 02:30;X;;;;AT;;;;;verworfen am Tor;;;24.10.2026 00:00
A-1004;2026-03-01T12:00:00.250-05:00;;;;;FR;;;;;storniert;;;
C
printf '\357\273\277' >positionen-07.csv
printf '%s\r\n' 'Auftrag;Typ;Artikel;Menge;Preis;Fracht;Lager' \
	'A-1001;Ware;S-1;2;10.10;0.5;N' 'A-1001;Text;;;;;' 'A-1002;Ware;V-"7";1;1234567890123456.78;;S' \
	'A-1001;Ware;K-G;1;0.90;;' >>positionen-07.csv
printf 'stadt,ort\nMusterstadt,N\nBeispieldorf,S\n' >lager.csv

exits "orders with lines, places and later events" 0 fx-import -f ./erp.yaml heads.csv positionen-07.csv lager.csv
cp out all.ndjson
ids() { sed 's/"fx:[a-z2-7]\{26\}"/"ID"/' "$@"; }
cat >want <<'J'
{"event":"order.placed","event_id":"ID","order_id":"1001","at":"2026-01-20T17:03:00Z","source":"erp/eu","channel":"web","customer":{"name":"Ada Teapot; \"Junior\"","email":"ada@example.com"},"ship_to":{"country":"DE"},"express":true,"flags":["vip","gift","new"],"fraud_score":0.10,"promised_at":"2026-01-31T23:00:00Z","total":"11.50","status":"offen","lines":[{"line_id":"1","sku":"S-1","type":"stock","qty":2,"unit_price":"10.10","city":"Musterstadt","of":"A-1001"},{"line_id":"3","sku":"K-G","type":"digital","qty":1,"unit_price":"0.90","of":"A-1001"}]}
{"event":"task.shipped","event_id":"ID","order_id":"1001","at":"2026-01-21T08:00:00Z","source":"erp/eu","tracking_number":"00340434161094042557"}
{"event":"order.placed","event_id":"ID","order_id":"1002","at":"2026-06-30T22:30:00Z","source":"erp/eu","channel":"marketplace","customer":{"name":"Kettle"},"express":false,"fraud_score":90,"total":"1234567890123456.78","status":"storniert","lines":[{"line_id":"1","sku":"V-\"7\"","type":"preorder","qty":1,"unit_price":"1234567890123456.78","city":"Beispieldorf","of":"A-1002"}]}
{"event":"order.cancelled","event_id":"ID","order_id":"1002","at":"2026-07-02T06:00:00Z","source":"erp/eu"}
{"event":"order.placed","event_id":"ID","order_id":"1003","at":"2026-10-25T00:30:00Z","source":"erp/eu","channel":"other","ship_to":{"country":"AT"},"status":"verworfen am Tor","lines":[]}
{"event":"order.cancelled","event_id":"ID","order_id":"1003","at":"2026-10-25T00:30:00Z","source":"erp/eu"}
{"event":"order.placed","event_id":"ID","order_id":"1004","at":"2026-03-01T17:00:00.250Z","source":"erp/eu","channel":"phone","ship_to":{"country":"FR"},"status":"storniert","lines":[]}
J
ids all.ndjson >got
check "each record as worked out by hand" diff got want
is "ids are distinct" "$(jq -r .event_id all.ndjson | sort -u | wc -l)" 7

# Tables found beside the base need literal names; --table names any file.
cp positionen-07.csv p.txt
exits "--table NAME=FILE" 0 fx-import -f ./erp.yaml heads.csv --table items=p.txt
check "gives the same bytes" cmp out all.ndjson
exits "a table that is nowhere" 2 fx-import -f ./erp.yaml heads.csv
like "is named" err 'table "items" is missing'
exits "an unknown table" 2 fx-import -f ./erp.yaml heads.csv --table itmes=p.txt
exits "only a table, no orders" 2 fx-import -f ./erp.yaml positionen-07.csv
cat heads.csv | fx-import -f ./erp.yaml - positionen-07.csv --table lager=lager.csv >out
check "orders from standard input" cmp out all.ndjson
mv lager.csv away
exits "an optional table may be absent" 0 fx-import -f ./erp.yaml heads.csv positionen-07.csv
is "its members then, too" "$(grep -c '"city"' out)" 0
mv away lager.csv

# Identity: status may change, lines and address may not.
id() { jq -r 'select(.event=="order.placed" and .order_id=="1001").event_id' "$@"; }
sed 's/offen/fertig/; s/vip/vip2/' heads.csv >h2.csv
fx-import -f ./erp.yaml h2.csv positionen-07.csv >out
is "another status is the same event" "$(id out)" "$(id all.ndjson)"
sed 's/;DE;/;NL;/' heads.csv >h2.csv
fx-import -f ./erp.yaml h2.csv positionen-07.csv >out
check "another address is another event" test "$(id out)" != "$(id all.ndjson)"
sed 's/S-1;2/S-1;3/' positionen-07.csv >positionen-08.csv
fx-import -f ./erp.yaml heads.csv positionen-08.csv >out
check "another quantity is another event" test "$(id out)" != "$(id all.ndjson)"
fx-import -f ./erp.yaml --source erp/us heads.csv positionen-07.csv >out
check "another source is another event" test "$(id out)" != "$(id all.ndjson)"
is "--source is in the records" "$(jq -r .source out | sort -u)" erp/us

# --extra: what the mapping does not name goes along; the event stays the same.
sed '1s/Geaendert/Geaendert;Notiz;Kasse "1"/; 2s/$/;"a;b";NULL/; 3,$s/$/;;/' heads.csv >h3.csv
sed '1s/Lager/Lager;Charge/; 2s/;N/;N;C-17/; 3,$s/\r$/;\r/' positionen-07.csv >positionen-x.csv
exits "--extra" 0 fx-import --extra -f ./erp.yaml h3.csv positionen-x.csv
is "keeps a column with a value as text" "$(jq -c 'select(.extra).extra' out)" '{"Notiz":"a;b"}'
is "the fields of a joined row with the line" "$(jq -c '[.lines[]?.extra|select(.)]' out | grep -v '\[\]' | sort -u)" \
	'[{"Charge":"C-17"}]'
is "and the ids as they were" "$(jq -r .event_id out)" "$(jq -r .event_id all.ndjson)"

# What is refused: its line, its bytes, its reason; the rest goes on; the counts add up.
{
	head -2 heads.csv
	echo 'A-2;31.02.2026 10:00;W;;;;;;;;;;;;'
	echo 'A-3;01.02.2026 10:00;W;;;;;vielleicht;;1e;;;;;'
	echo 'A-4;01.02.2026 10:00;W'
	echo 'A-5;01.02.2026 10:00;W;;;;;;;;;;;;;'
	echo ';01.02.2026 10:00;W;;;;;;;;;;;;'
	echo 'A-7;;W;;;;;;;;;;;;'
	printf 'A-8;01.02.2026 10:00;W;M\374ller;;;;;;;;;;;\n'
	echo 'A-9;01.02.2026 10:00;W;"x" y;;;;;;;;;;;'
	tail -1 heads.csv
} >bad.csv
{
	cat positionen-07.csv
	printf 'A-1004;Ware;Z\r\nA-999;Ware;S-9;1;1;;\r\n'
} >positionen-bad.csv
exits "dirty rows without --rejects" 1 fx-import --stats s.json -f ./erp.yaml bad.csv positionen-bad.csv
is "the good order is there" "$(jq -rs '[.[]|.order_id]|unique|join(" ")' out)" 1001
cat >want <<'W'
fx-import: positionen-bad.csv:6: the row has 3 fields, the header 7
fx-import: bad.csv:3: column "Datum": "31.02.2026 10:00" is no time (wanted: %d.%m.%Y %H:%M, ...)
fx-import: bad.csv:4: column "Eil": "vielleicht" is no boolean (true, yes, 1; false, no, 0)
fx-import: bad.csv:4: column "Risiko": "1e" is no number
fx-import: bad.csv:5: the row has 3 fields, the header 15: was it broken off?
fx-import: bad.csv:6: the row has 16 fields, the header 15: a delimiter in a value that is not quoted?
fx-import: bad.csv:7: column "Auftrag" is empty, and the mapping requires it
fx-import: bad.csv:8: no time of the order: column "Datum" is empty
fx-import: bad.csv:9: byte 24 of the row (0xfc) is not UTF-8; is the file windows-1252? then say so in the mapping: encoding: windows-1252
fx-import: bad.csv:10: field 4: text behind its closing quote; a quote inside a quoted field is written twice ("")
fx-import: bad.csv:11: positionen-bad.csv:6: the row has 3 fields, the header 7
fx-import: 2 order lines belong to no order of the file
W
check "each with its line and reason" diff err want
# 10 rows of heads, 6 of items, 2 of lager; 9 of heads refused and 1 of items.
is "the counts reconcile" "$(jq -c '[.rows,.rows_rejected,.orders,.orders_rejected,.lines,.triggers,.events,.lines_unmatched]' s.json)" '[18,10,10,9,2,1,1,2]'
exits "with --rejects" 0 fx-import --rejects r.ndjson -f ./erp.yaml bad.csv positionen-bad.csv
is "they are wrapped with their lines" "$(jq -r 'select(.event=="export.rejected")|.line' r.ndjson | tr '\n' ' ')" "6 3 4 5 6 7 8 9 10 11 "
is "raw is the row" "$(jq -r 'select(.line==5).raw' r.ndjson)" 'A-4;01.02.2026 10:00;W'
sed 's/^encoding.*//; s/^source/encoding: windows-1252\nsource/' erp.yaml >latin.yaml
fx-import -f ./latin.yaml bad.csv positionen-07.csv 2>/dev/null >out
is "windows-1252 is transcoded when the mapping says so" "$(jq -r 'select(.order_id=="8").customer.name' out)" Müller

# Ends of files and of pipes.
: >empty.csv
exits "an empty file" 2 fx-import -f ./erp.yaml empty.csv positionen-07.csv
like "says so" err 'empty: not even a header'
head -1 heads.csv >header.csv
exits "a header alone is no orders" 0 fx-import -f ./erp.yaml header.csv positionen-07.csv
is "and no output" "$(wc -c <out)" 0
exits "a file that is not there" 2 fx-import -f ./erp.yaml nothing.csv positionen-07.csv
exits "no mapping" 2 fx-import heads.csv
like "says what to do" err '-f shopify'
exits "an unknown mapping" 2 fx-import -f nowhere heads.csv
gzip -k heads.csv
exits "a compressed file" 2 fx-import -f ./erp.yaml heads.csv.gz positionen-07.csv
like "hints at zcat" err zcat
if [ -w /dev/full ]; then
	tap_got=0
	fx-import -f ./erp.yaml heads.csv positionen-07.csv >/dev/full 2>err || tap_got=$?
	is "a full disk is exit 2" $tap_got 2
	like "and said" err 'No space'
else
	skip "a full disk" "no /dev/full"
fi
exits "-q writes nothing" 0 fx-import -q -f ./erp.yaml heads.csv positionen-07.csv
is "not a byte" "$(wc -c <out)" 0
fx-import -f ./erp.yaml heads.csv heads.csv positionen-07.csv >out
is "several files, one after the other" "$(jq -r 'select(.event=="order.placed").order_id' out | tr '\n' ' ')" \
	"1001 1002 1003 1004 1001 1002 1003 1004 "

# Shopify: a row that has lost the order that it continues is no order of its own.
x=$TOP/testdata/2026-11-20-orders_export.csv
{
	head -1 "$x"
	grep '^#30387,' "$x" | head -3
	grep '^#30420,' "$x"
	grep '^#30387,' "$x" | tail -1
} >torn.csv
exits "a row away from its order" 1 fx-import -C "$TOP" -f shopify torn.csv
like "is refused" err '^fx-import: torn\.csv:6: column "Total" is empty'
is "not taken for an order of one line" "$(jq -c '[.order_id,(.lines|length)]' out | tr '\n' ' ')" \
	'["#30387",3] ["#30420",1] '
done_testing
