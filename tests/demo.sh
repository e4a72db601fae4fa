#!/bin/sh
# make demo: a night of the invented shop of testdata/ through the whole pipe, on one screen.
# DEMO_HOME (./demo) is the shop's home; run it again and nothing is doubled.
# NIGHT=2 takes in the next night's overlapping export; DATA=DIR runs the real Olist orders.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 2
PATH=$top/build/bin:$PATH
home=${DEMO_HOME:-demo}
export FX_HOME="$home" LC_ALL=C TZ=UTC
if [ -n "${DATA:-}" ]; then
	exec sh tests/demo-olist.sh "$DATA"
fi
bold="" plain=""
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$(printf '\033[1m') plain=$(printf '\033[0m')
fi
head() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
die() {
	echo "demo: $*" >&2
	exit 2
}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/fx-demo.XXXXXX") || exit 2
trap 'rm -rf "$tmp"' EXIT
count() { jq -r "select(.command == \"$1\") | .$2 // 0" "$tmp/stats"; }

again=
mkdir -p "$home"
[ -d "$home/rules.d" ] || cp -R rules.d "$home/rules.d"
if [ -d "$home/ledger" ]; then
	again=" (again: what the ledger has is recognised, not doubled)"
else
	fx-sign --init --origin shop.example/orders >"$tmp/out" 2>&1 || die "$(cat "$tmp/out")"
fi
case ${NIGHT:-1} in
1) day=2026-11-20 ;;
2) day=2026-11-21 ;;
*) die "NIGHT is 1 or 2" ;;
esac

head "The night of $day$again"
echo "  fx-import -f shopify testdata/$day-orders_export.csv | fx-validate | fx-route | fx-sign"
touch "$home/rejects.ndjson"
seen=$(wc -l <"$home/rejects.ndjson")
FX_NOW=${day}T02:10:00Z fx-night -f shopify "testdata/$day-orders_export.csv" >"$tmp/stats" || die "fx-night failed"
tail -n "+$((seen + 1))" "$home/rejects.ndjson" >"$tmp/rejects"
printf '  %5d rows came in, %d orders; %d refused, each with its reason in %s:\n' \
	"$(count fx-import rows)" "$(count fx-import orders)" "$(wc -l <"$tmp/rejects")" "$home/rejects.ndjson"
jq -r '[.command, (.export.order_id? // "line \(.line)"), .errors[0].message] | @tsv' "$tmp/rejects" |
	awk -F '\t' '++n[$1] <= 3 { printf "        %-11s %-8s %.64s%s\n", $1, $2, $3, (length($3) > 64 ? "..." : "") }'
printf '  %5d triggers decided, %d tasks; %d records new in the ledger, %d were there, %d already decided\n' \
	"$(count fx-route decided)" "$(count fx-route tasks)" "$(count fx-sign appended)" \
	"$(count fx-sign duplicates)" "$(count fx-sign already_decided)"

head "Who owns what"
fx-cat | jq -r 'select(.event == "task.assigned") | [.owner_id, .flow_id] | @tsv' | sort | uniq -c | sort -rn |
	awk '{ printf "  %5d  %-28s %s\n", $1, $2, $3 }'

head "One order, before and after"
order=$(fx-cat | jq -r 'select(.event == "task.assigned" and .flow_id == "vendor-dropship") | .order_id' | sed -n 1p)
fx-cat --order "$order" | jq -c 'select(.event == "order.placed") |
	{event, order_id, at, channel, lines: [.lines[] | {sku, type, qty}]}' | sed 's/^/  /'
fx-cat --order "$order" | jq -c 'select(.event == "task.assigned" and .flow_id == "vendor-dropship") |
	{event, task_id, owner_id, flow_id, rule_id, rule_version, sla: [.sla[] | .milestone + " by " + .due],
	 fallback: (.fallback_route + " at " + .fallback_at), why: .decision.context}' | sed 's/^/  /'

if [ "$day" = 2026-11-20 ]; then
	head "The day: what the warehouse, the vendor and the carrier said, and a sweep each hour"
	for at in 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20; do
		now=${day}T$at:00:00Z
		cat testdata/$day-events-*.ndjson testdata/$day-returns.ndjson |
			jq -c --arg now "$now" 'select((.at | sub("\\.[0-9]+"; "")) <= $now)' >"$tmp/events"
		fx-validate "$tmp/events" | fx-route --now "$now" | fx-sign -q || die "the events did not enter"
		fx-escalate --now "$now" >"$tmp/due" || die "fx-escalate failed"
		fx-sign -q "$tmp/due" || die "the exceptions did not enter"
		fx-send -q --now "$now" --stats "$tmp/sent" || die "fx-send failed"
		[ -s "$tmp/due" ] && jq -r --arg at "$at" '[$at + ":00", .event, .failure // "-", .owner_id // "-"] | @tsv' \
			"$tmp/due" >>"$tmp/day"
	done
	touch "$tmp/day"
	cut -f 2- "$tmp/day" | sort | uniq -c | sort -rn |
		awk '{ printf "  %5d  %-22s %-24s -> %s\n", $1, $2, $3, $4 }' | sed -n '1,12p'
	echo "  $(jq -s 'map(.accepted) | add' "$tmp/sent") tasks, exceptions and cancellations sent and accepted, into $home/spool/OWNER/new"
fi

head "What is open now, latest first (fx-queue)"
fx-queue --now "${day}T20:00:00Z" | cut -c 1-110 | sed -n '1,7s/^/  /p'

head "The figures (fx-report)"
fx-report --now "${day}T20:00:00Z" | sed 's/^/  /'

head "The ledger"
fx-verify --all | sed 's/^/  /'
echo "  in $home/ledger; try:  export FX_HOME=$home PATH=\$PWD/build/bin:\$PATH"
echo "  fx-trace '$order'; fx-queue --late; grep '$order' $home/ledger/entries/*; make demo NIGHT=2"
