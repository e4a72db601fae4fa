#!/bin/sh
# What each shipped mapping makes of real files and of the test data meets the shipped contract; only
# the orders that testdata/README calls wrong do not.
. "$(dirname "$0")/../lib.sh"

# refused MAPPING FILE: the orders that the contract refuses, in order.
refused() {
	rm -f r
	fx-import -C "$TOP" -f "$1" "$2" 2>/dev/null >records
	fx-validate -C "$TOP" --formats --rejects r <records >passed
	[ ! -s r ] || jq -r '"\(.order_id): \(.errors[] | .instance + " " + .message)"' r
}

for night in 2026-11-20 2026-11-21; do
	is "shopify, the night of $night: what README says" \
		"$(refused shopify "$TOP/testdata/$night-orders_export.csv" | sed 's/:.*//' | sort)" \
		"$(awk '/^What is wrong in it/ { on = 1 } !on { next }
			/contract$/ { print $1, $0 ~ /mended/, $0 ~ /second export\)/ }' "$TOP/testdata/README" |
			while read -r order mended second; do
				fx-import -C "$TOP" -f shopify "$TOP/testdata/$night-orders_export.csv" 2>/dev/null |
					grep -q "\"order_id\":\"$order\"" || continue
				[ "$night$second" = 2026-11-201 ] || [ "$night$mended" = 2026-11-211 ] || echo "$order"
			done)"
done

n=0
for mapping in "$TOP"/rules.d/import/*.yaml; do
	m=$(basename "$mapping" .yaml) d=${FX_DATA:-/nonexistent}
	case $m in
	shopify) set -- "$d"/shopify/orders_export.csv ;;
	shopify-rest) set -- "$d"/shopify/order.json "$d"/shopify/orders.json "$d"/shopify/order_with_transaction.json ;;
	woocommerce) set -- "$d"/woocommerce/orders-*.json ;;
	amazon) set -- "$d"/amazon/all-orders*.tsv ;;
	olist) set -- "$d"/olist/olist_orders_dataset.csv ;;
	northwind) set -- "$d"/northwind/orders-clean.csv ;;
	shopify-bulk)
		cat >bulk.jsonl <<-'J'
			{"id":"gid://shopify/Order/1","name":"#1","createdAt":"2026-11-20T10:00:00Z","currencyCode":"EUR","currentTotalPriceSet":{"shopMoney":{"amount":"20.20"}},"sourceName":"pos"}
			{"id":"gid://shopify/LineItem/11","sku":"ST-1","quantity":2,"originalUnitPriceSet":{"shopMoney":{"amount":"10.10"}},"__parentId":"gid://shopify/Order/1"}
		J
		set -- bulk.jsonl
		;;
	*) set -- ;;
	esac
	for file; do
		if [ ! -f "$file" ]; then
			skip "$m: ${file##*/}" "no such data here"
			continue
		fi
		is "$m: ${file##*/} meets the contract" "$(refused "$m" "$file")" ""
		check "$m: ${file##*/}: there are records" test -s passed
		n=$((n + 1))
	done
	[ $# -gt 0 ] || is "$m has a sample file" none one
done
done_testing
