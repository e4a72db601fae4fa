#!/bin/sh
# Two nights of the invented shop come to what their generator counted (testdata/expected.json).
. "$(dirname "$0")/../lib.sh"

D=$TOP/testdata
export FX_HOME=shop FX_REJECTS=rejects
mkdir shop
cp -R "$TOP/rules.d" shop/rules.d
fx-sign --init --origin shop.example/test >/dev/null
ok "an empty shop"
want() { jq -r "$1" "$D/expected.json"; }
night() { # DATE: what fx-night does, with a time that can be repeated
	: >stats
	: >rejects
	fx-import --stats stats -f "$TOP/rules.d/import/shopify.yaml" "$D/$1-orders_export.csv" |
		fx-validate --stats stats | fx-route --stats stats --now "$1T02:10:00Z" |
		fx-sign --stats stats >signed
}
refused() { jq -r "select(.command == \"$1\") | 1" rejects | wc -l; }
placed() { fx-report --now "$1" --format json | jq '.events["order.placed"]'; }

night 2026-11-20
is "orders that the import refuses" "$(refused fx-import)" "$(want .night_1.rejected_by_import)"
is "orders that the contract refuses" "$(refused fx-validate)" "$(want .night_1.rejected_by_contract)"
is "rows" "$(jq 'select(.command == "fx-import") | .rows' stats)" "$(want .night_1.rows)"
is "order lines in the ledger" \
	"$(fx-cat | jq -s '[.[] | select(.event == "order.placed") | .lines | length] | add')" \
	"$(fx-cat | jq -s '[.[] | select(.event == "task.assigned") | .lines | length] | add')"
fx-report --now 2026-11-20T03:00:00Z --by flow --format json >report
is "every order but the refused ones is decided" "$(jq .total.orders report)" \
	"$(want '.night_1 | .orders - .rejected_by_import - .rejected_by_contract')"
is "tasks" "$(jq .total.tasks report)" "$(want .night_1.tasks)"
is "of each flow" "$(jq -S -c '[.groups[] | {(.by.flow): .tasks}] | add' report)" \
	"$(jq -S -c .night_1.flows "$D/expected.json")"
is "cancellations" "$(jq '.events["order.cancelled"]' report)" "$(want .night_1.cancelled)"
is "orders with several tasks" \
	"$(fx-cat | jq -s '[.[] | select(.event == "task.assigned") | .order_id] | group_by(.) | map(select(length > 1)) | length')" \
	"$(want .night_1.split_orders)"

night 2026-11-20
is "again: nothing is doubled" "$(jq -c 'select(.command == "fx-sign") | [.appended, .rejected]' stats)" '[0,0]'

before=$(placed 2026-11-20T03:00:00Z)
night 2026-11-21
is "the next night: refused by the import" "$(refused fx-import)" "$(want .night_2.rejected_by_import)"
is "and by the contract" "$(refused fx-validate)" "$(want .night_2.rejected_by_contract)"
# New are the new orders but two that are broken, those that are another order now, the mended.
is "only what is new or changed enters" "$(($(placed 2026-11-21T03:00:00Z) - before))" \
	"$(want '.night_2 | .orders_new - 2 + .identity_changed + .mended')"
fx-report --now 2026-11-21T03:00:00Z --format json >report
is "what was changed supersedes what it was" \
	"$(jq '.total.states.superseded > 0' report)" true
is "cancellations of both nights" "$(jq '.events["order.cancelled"]' report)" \
	"$(for f in "$D"/*-orders_export.csv; do
		sqlite3 :memory: ".mode csv" ".import '$f' o" ".mode list" \
			"select Name from o where [Cancelled at] like '2026-%'" 2>/dev/null
	done | sort -u | wc -l)"

cat "$D"/2026-11-20-events-*.ndjson "$D/2026-11-20-returns.ndjson" | fx-validate |
	fx-route --now 2026-11-20T20:00:00Z | fx-sign --stats day -q
# registry.published goes first in each run, and is there already.
is "the day's events enter, those sent twice once" \
	"$(jq -c '[.duplicates - 1, .rejected]' day)" "[$(want .events.sent_twice),0]"
done_testing
