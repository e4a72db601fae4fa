#!/bin/sh
# make demo DATA=DIR: about 8,000 real orders (Olist, Brazil, 2016 to 2018) with their lives, through
# the whole pipe, each decided as of its own time; then two figures beside what sqlite3 says.
set -u
data=$1/olist
home=${DEMO_HOME:-demo}/olist
die() {
	echo "demo: $*" >&2
	exit 2
}
[ -f "$data/olist_orders_dataset.csv" ] || die "no Olist files in $data"
mkdir -p "$home"
[ -d "$home/rules.d" ] || cp -R testdata/olist/rules.d "$home/rules.d"
export FX_HOME="$home"
[ -d "$home/ledger" ] || fx-sign --init --origin olist.example/orders >/dev/null || die "no ledger"
stats=$home/stats.ndjson
: >"$stats"
: >"$home/rejects.ndjson"
export FX_REJECTS="$home/rejects.ndjson"
tmp=$(mktemp -d "${TMPDIR:-/tmp}/fx-demo.XXXXXX") || exit 2
trap 'rm -rf "$tmp"' EXIT
fx-import -f rules.d/import/olist.yaml --stats "$stats" "$data/olist_orders_dataset.csv" \
	"$data/olist_order_items_dataset.csv" "$data/olist_customers_dataset.csv" \
	"$data/olist_sellers_dataset.csv" >"$tmp/1" || die "fx-import failed"
fx-validate -r rules.d --stats "$stats" "$tmp/1" >"$tmp/2" || die "fx-validate failed"
fx-route --now record --stats "$stats" "$tmp/2" >"$tmp/3" || die "fx-route failed"
fx-sign -q --stats "$stats" "$tmp/3" || die "fx-sign failed"
n() { jq -r "select(.command == \"$1\") | .$2 // 0" "$stats"; }
echo "Olist: $(n fx-import orders) orders with $(n fx-import lines) lines and $(n fx-import events) later events"
echo "  $(n fx-route tasks) tasks; $(n fx-sign appended) records new in the ledger, $(n fx-sign duplicates) were there; $(wc -l <"$home/rejects.ndjson") refused"
echo
fx-report --now 2018-11-01T00:00:00Z
echo
fx-report --now 2018-11-01T00:00:00Z --format json >"$home/report.json" || die "no report"
if command -v sqlite3 >/dev/null; then
	sql() { sqlite3 :memory: ".mode csv" ".import '$data/olist_orders_dataset.csv' o" ".mode list" "$1"; }
	printf '%-42s %10s %10s\n' "beside sqlite3 on the CSV file:" fx sqlite3
	printf '%-42s %10s %10s\n' "  orders" "$(jq .total.orders "$home/report.json")" "$(sql 'select count(*) from o')"
	printf '%-42s %10s %10s\n' "  delivered after the promised date" "$(jq .total.milestones.delivery.late "$home/report.json")" \
		"$(sql "select count(*) from o where order_delivered_customer_date <> '' and order_delivered_customer_date > order_estimated_delivery_date")"
fi
echo "The ledger is $home/ledger: $(fx-verify --all)"
