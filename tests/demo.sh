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
vendor=""
trap '[ -z "$vendor" ] || kill "$vendor" 2>/dev/null; rm -rf "$tmp"' EXIT
count() { jq -r "select(.command == \"$1\") | .$2 // 0" "$tmp/stats"; }

again=
mkdir -p "$home"
# The vendor takes its work by HTTP here: a small test server, down until 08:00.
port=17707
if [ ! -d "$home/rules.d" ]; then
	cp -R rules.d "$home/rules.d"
	command -v perl >/dev/null && sed -i "s|spool:spool/fulfillment-service-vendor|http://127.0.0.1:$port/tasks|" \
		"$home/rules.d/10-owners.yaml"
fi
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
FX_NOW=${day}T02:10:00Z fx-night -f shopify "testdata/$day-orders_export.csv" >"$tmp/stats" 2>"$tmp/said" ||
	die "fx-night failed: $(cat "$tmp/said")"
tail -n "+$((seen + 1))" "$home/rejects.ndjson" >"$tmp/rejects"
printf '  %5d rows came in, %d orders; %d refused, each with its reason in %s:\n' \
	"$(count fx-import rows)" "$(count fx-import orders)" "$(wc -l <"$tmp/rejects")" "$home/rejects.ndjson"
jq -r '[.command, (.export.order_id? // "line \(.line)"), .errors[0].message] | @tsv' "$tmp/rejects" |
	awk -F '\t' '++n[$1] <= 2 { printf "        %-11s %-8s %.64s%s\n", $1, $2, $3, (length($3) > 64 ? "..." : "") }'
printf '  %5d triggers decided, %d tasks; %d records new in the ledger, %d were there, %d already decided\n' \
	"$(count fx-route decided)" "$(count fx-route tasks)" "$(count fx-sign appended)" \
	"$(count fx-sign duplicates)" "$(count fx-sign already_decided)"

head "Who owns what"
fx-cat | jq -r 'select(.event == "task.assigned") | [.owner_id, .flow_id] | @tsv' | sort | uniq -c | sort -rn |
	awk 'NR <= 5 { printf "  %5d  %-28s %s\n", $1, $2, $3 } NR > 5 { more += $1; n++ }
	END { if (n) printf "  %5d  in %d flows more\n", more, n }'

head "One order, before and after"
order=$(fx-cat | jq -r 'select(.event == "task.assigned" and .flow_id == "vendor-dropship") | .order_id' | sed -n 1p)
fx-cat --order "$order" | jq -r 'select(.event == "order.placed") |
	"  \(.event) \(.order_id), channel \(.channel): \([.lines[] | "\(.qty) \(.sku) (\(.type))"] | join(", "))"'
fx-cat --order "$order" | jq -r 'select(.event == "task.assigned") |
	"  \(.event) -> \(.owner_id), \(.flow_id): \([.lines[].sku] | join(", "))",
	"      rule \(.rule_id) v\(.rule_version), because \(.decision.context | del(..|nulls) | tojson)",
	"      \([.sla[] | "\(.milestone) by \(.due[11:16])"] | join(", ")), else \(.fallback_route) at \(.fallback_at[11:16])"'

if [ "$day" = 2026-11-20 ]; then
	head "The day: what the warehouse, the vendor and the carrier said, and a sweep each hour"
	if grep -q "127.0.0.1:$port" "$home/rules.d/10-owners.yaml"; then
		perl tests/tools/http_owner.pl "$tmp" 503 $port 2>/dev/null &
		vendor=$!
	fi
	for at in 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20; do
		now=${day}T$at:00:00Z
		[ "$at" -lt 8 ] || echo ok >"$tmp/mode"
		cat testdata/$day-events-*.ndjson testdata/$day-returns.ndjson |
			jq -c --arg now "$now" 'select((.at | sub("\\.[0-9]+"; "")) <= $now)' >"$tmp/events"
		fx-validate "$tmp/events" | fx-route --now "$now" | fx-sign -q || die "the events did not enter"
		fx-escalate --now "$now" >"$tmp/due" || die "fx-escalate failed"
		fx-sign -q "$tmp/due" || die "the exceptions did not enter"
		fx-send -q --now "${day}T$at:01:00Z" --stats "$tmp/sent" || die "fx-send failed"
		[ -s "$tmp/due" ] && jq -r '
			if .event == "task.cancelled" then ["task.cancelled", "-", "former owners", .reason]
			else [.event, .failure, .owner_id,
				([if .to then "re-routed" else empty end,
				  if .hold then "customer-facing hold" else empty end,
				  if .tasks then "\(.tasks) tasks" else empty end] | join(", "))]
			end | @tsv' "$tmp/due" >>"$tmp/day"
	done
	[ -s "$tmp/day" ] || echo "  nothing that the ledger does not have"
	touch "$tmp/day"
	awk -F '\t' '{ n[$0]++ } END { for (l in n) print n[l] "\t" l }' "$tmp/day" | sort -k 3,3 -k 2,2 -k 1,1rn |
		awk -F '\t' '{ printf "  %5d  %-20s %-23s -> %-20s %s\n", $1, $2, $3, $4, $5 }' | sed 's/ *$//'
	fx-cat | jq -r 'select(.event == "task.attempted") | [.owner_id, .outcome, .at, .key, .batch // .key] | @tsv' |
		awk -F '\t' '
		$2 == "accepted" { ok++; if (++seen[$4] > 1) twice++; if (++sent[$5] == 1) messages++ }
		$2 == "failed" { bad++; if (first == "") first = $3; last = $3; who = $1 }
		END {
			printf "  sent: %d records in %d messages, %d accepted twice", ok, messages, twice
			if (bad) printf "; %s answered 503 from %s to %s, %d times", who, substr(first, 12, 5), substr(last, 12, 5), bad
			print ""
		}'
	echo "  the vendor takes its tasks by HTTP, all others from $home/spool/OWNER/new: $(find "$home"/spool/*/new -type f | wc -l) files"
fi

head "What is open now, the latest of each kind (fx-queue)"
fx-queue --now "${day}T20:00:00Z" | awk 'NR == 1 { at = index($0, "WHAT") }
	{ kind = substr($0, at); sub(/,.*/, "", kind) } !seen[kind]++ { print "  " substr($0, 1, 112) }' | sed -n '1,6p'

head "The figures (fx-report)"
fx-report --now "${day}T20:00:00Z" | sed -n '/^FIGURE/,/^trigger to outcome/p; /^time to resolution/p; /^exception rate/p; /^manual handoffs/p; /^MILESTONE/,/^$/p' |
	sed '/^$/d; s/^/  /'

head "The ledger"
fx-verify --all | sed 's/^/  /'
echo "  in $home/ledger; try:  export FX_HOME=$home PATH=\$PWD/build/bin:\$PATH"
echo "  fx-trace '$order'; fx-queue --late; grep '$order' $home/ledger/entries/*; make demo NIGHT=2"
