#!/bin/sh
# The test data are what their generator makes, and what their README says of them.
. "$(dirname "$0")/../lib.sh"

for awk in awk gawk mawk original-awk 'busybox awk'; do
	if ! command -v "${awk%% *}" >/dev/null; then
		skip "$awk writes the same bytes" "not installed"
		continue
	fi
	mkdir -p made
	# shellcheck disable=SC2086 # busybox awk is two words
	$awk -v out=made -f "$TOP/testdata/generate.awk" </dev/null
	ok "$awk runs the generator"
	for f in made/*; do
		check "$awk: ${f#made/}" cmp "$f" "$TOP/testdata/${f#made/}"
	done
	rm -r made
done

D=$TOP/testdata
# sqlite3 as a second reader of the layout: what it counts is what expected.json says.
count() { # FILE SQL
	sqlite3 :memory: ".mode csv" ".import '$1' o" ".mode list" "$2" 2>/dev/null
}
want() { jq -r "$1" "$D/expected.json"; }
n1=$D/2026-11-20-orders_export.csv n2=$D/2026-11-21-orders_export.csv
is "rows of the first night" "$(count "$n1" 'select count(*) from o')" "$(want .night_1.rows)"
is "rows of the second" "$(count "$n2" 'select count(*) from o')" "$(want .night_2.rows)"
is "orders of the first, one without a name" \
	"$(count "$n1" 'select count(distinct Name) from o')" "$(want .night_1.orders)"
is "orders of the second" "$(count "$n2" 'select count(distinct Name) from o')" \
	"$(want .night_2.orders)"
is "cancelled in the first" \
	"$(count "$n1" "select count(*) from o where [Cancelled at] like '2026-%'")" \
	"$(want .night_1.cancelled)"
is "one order is there twice" "$(count "$n1" \
	"select Name from o where [Financial Status] <> '' group by Name having count(*) > 1")" '#30301'
is "79 columns" "$(head -1 "$n1" | tr ',' '\n' | wc -l)" 79
real=${FX_DATA:-}/shopify/orders_export.csv
if [ -f "$real" ]; then
	is "the columns are the real export's" "$(head -1 "$n1")" "$(head -1 "$real")"
else
	skip "the columns are the real export's" "no $real"
fi
for k in warehouse vendor carrier shop; do
	check "events of $k are JSON with the shared fields" jq -e -s \
		'all(.event and .event_id and .order_id and .source and (.at | fromdate))' \
		"$D/2026-11-20-events-$k.ndjson"
	is "events of $k, those sent twice once" \
		"$(jq -r .event_id "$D/2026-11-20-events-$k.ndjson" | sort -u | wc -l)" \
		"$(want ".events.$k")"
done
is "two systems have an event 17" \
	"$(jq -r 'select(.event_id == "17") | .source' "$D"/2026-11-20-events-*.ndjson | sort | xargs)" \
	"carrier/demo-parcel vendor/nordwerk"
done_testing
