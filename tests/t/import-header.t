#!/bin/sh
# fx-import: a header that does not fit the mapping is one fault of the file, not one a row.
. "$(dirname "$0")/../lib.sh"

R=$TOP/rules.d
S=$TOP/testdata/2026-11-20-orders_export.csv
import() { fx-import -r "$R" -f "$@"; }
# misfit NAME MAPPING FILE ERE
misfit() {
	exits "$1" 2 import "$2" --rejects rejects "$3"
	like "$1: which column" err "$4"
	is "$1: said once" "$(wc -l <err)" 1
	is "$1: no record" "$(wc -c <out)" 0
}
renamed() { sed "1s/$1/$2/" "$S"; }

misfit "a mapping for another file" amazon "$S" \
	'amazon\.yaml:[0-9]+:[0-9]+: .* has no column "order-id"; it has one column'
tr ',' '\t' <"$S" >tabs
misfit "and of its delimiter" amazon tabs 'amazon\.yaml:[0-9]+:[0-9]+: tabs has no column "order-id"$'
printf 'amazn-order-id\tpurchase-date\n1\t2026-01-01\n' >other
misfit "neither of two names" amazon other 'no column "amazon-order-id"; did you mean "amazn-order-id"\?$'
printf 'amazon-order-id\tpurchase-date\tquantity\n1\t2026-01-01\t1\n' >other
exits "one of two names is enough" 0 import amazon other
is "its order" "$(jq -r .order_id out)" 1
renamed 'Lineitem quantity' qty >r
misfit "the quantity renamed" shopify r 'no column "Lineitem quantity"$'
renamed 'Created at' 'Creatd at' >r
misfit "the order's time misspelt" shopify r 'no column "Created at"; did you mean "Creatd at"\?$'
is "nothing was refused row by row" "$(cat rejects 2>/dev/null)" ""

# What may be missing is told only when it is likelier misspelt.
exits "a file as it is" 0 import shopify --rejects rejects "$S"
is "no notice" "$(wc -c <err)" 0
renamed Email Emial >r
exits "an optional column misspelt" 0 import shopify --rejects rejects r
is "one notice" "$(sed 's/.*yaml:[0-9]*:[0-9]*: //' err)" \
	'r has no column "Email", which is taken as empty; is it "Emial"?'
exits "in two files" 0 import shopify --rejects rejects r r
is "still one" "$(wc -l <err)" 1
renamed Vendor Maker >r
exits "an optional column that the file has not" 0 import shopify --rejects rejects r
is "is no news" "$(wc -c <err)" 0

exits "a mapping's name misspelt" 2 import shopifi "$S"
like "the nearest, and all" err 'no mapping "shopifi" in .*; did you mean "shopify"\? There are amazon, northwind, olist, shopify, '
exits "a name like no other" 2 import qqqqqq "$S"
like "all" err 'no mapping "qqqqqq" in .*; there are amazon, .*woocommerce$'
mkdir -p none/import
exits "a registry without mappings" 2 fx-import -r none -f shopify "$S"
like "says so" err 'no mapping "shopify" in none/import; it holds none$'
exits "no registry" 2 fx-import -r nowhere -f shopify "$S"
like "says why" err 'nowhere/import: No such file'
done_testing
