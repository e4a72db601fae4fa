#!/bin/sh
# A night through the whole pipe, again, with a changed rule, with the next night's export:
# what enters the ledger is what testdata/expected.json says by its own account.
. "$(dirname "$0")/../lib.sh"

E=$TOP/testdata/expected.json
want() { jq -r "$1" "$E"; }
got() { jq -r "select(.command == \"$1\") | .$2" stats; }
events() { cat home/ledger/entries/*.ndjson | jq -r .event | sort | uniq -c | awk '{print $2 "=" $1}'; }
flows() { # of the first N entries' tasks: flow=count, sorted
	cat home/ledger/entries/*.ndjson | jq -r 'select(.event == "task.assigned") | .flow_id' | sort |
		uniq -c | awk '{print $2 "=" $1}'
}
size() { sed -n 2p home/ledger/checkpoint; }

mkdir home
cp -R "$TOP/rules.d" home/rules.d
export FX_HOME="$T/home"
fx-sign --init --origin shop.example/orders
export FX_NOW=2026-11-20T02:10:00Z
exits "the first night" 0 fx-night "$TOP/testdata/2026-11-20-orders_export.csv"
cp out stats
is "orders" "$(($(got fx-import orders) - $(want .night_1.exported_twice)))" "$(want .night_1.orders)"
is "refused by the import" "$(got fx-import orders_rejected)" "$(want .night_1.rejected_by_import)"
is "refused by the contract" "$(got fx-validate rejected)" "$(want .night_1.rejected_by_contract)"
is "every reject is in the file" "$(grep -c '"event":"export.rejected"' home/rejects.ndjson)" \
	"$(want '.night_1.rejected_by_import + .night_1.rejected_by_contract')"
is "flows of the tasks" "$(flows)" "$(want '.night_1.flows | to_entries[] | "\(.key)=\(.value)"' | sort)"
is "records in = decided or passed + rejected" "$(got fx-route in)" \
	"$(($(got fx-route decided) + $(got fx-route passed) + $(got fx-route rejected)))"
is "lines in = lines out + rejected" "$(got fx-route lines_in)" \
	"$(($(got fx-route lines_out) + $(got fx-route lines_rejected)))"
is "what a stage gives the next one takes" "$(got fx-import triggers),$(got fx-validate passed)" \
	"$(($(got fx-validate in) - $(got fx-import events))),$(got fx-route in)"
before=$(size)
events >first

exits "the same night again" 0 fx-night "$TOP/testdata/2026-11-20-orders_export.csv"
is "nothing is doubled" "$(size)" "$before"

sed -i '/rule: marketplace-preorder$/,/flow:/ { s/version: 3/version: 4/; s/owner: .*/owner: ops-team-review/ }' home/rules.d/20-rules.yaml
exits "the same night under a changed rule" 0 fx-night "$TOP/testdata/2026-11-20-orders_export.csv"
cp out stats
is "the new registry enters" "$(size)" "$((before + 1))"
vendor=$(want '.night_1.flows["vendor-dropship"]')
is "the first decisions stand" "$(flows)" "$(want '.night_1.flows | to_entries[] | "\(.key)=\(.value)"' | sort)"
[ "$(got fx-sign already_decided)" -ge "$vendor" ]
ok "and are counted as already decided ($(got fx-sign already_decided))"
cp -R "$TOP/rules.d/20-rules.yaml" home/rules.d/

export FX_NOW=2026-11-21T02:10:00Z
exits "the next night's overlapping export" 0 fx-night "$TOP/testdata/2026-11-21-orders_export.csv"
events >second
n() { sed -n "s/^$1=//p" "$2"; }
# two of the new ones are refused: #30451 and #30497 (testdata/README)
is "orders new, changed or mended enter, no other" \
	"$(($(n order.placed second) - $(n order.placed first)))" \
	"$(want '.night_2.orders_new + .night_2.identity_changed + .night_2.mended - 2')"
exits "the ledger holds" 0 fx-verify --all

# killed anywhere, run again
export FX_NOW=2026-11-20T02:10:00Z
fx-import -f shopify --rejects /dev/null "$TOP/testdata/2026-11-20-orders_export.csv" |
	fx-validate --rejects /dev/null | fx-route --now $FX_NOW >routed
rm -rf home/ledger home/key
fx-sign --init --origin shop.example/orders
: >seen
for i in 1 2 3 4 5 6 7 8; do
	rm -f pid
	# slowly, so that the kill falls between batches too
	(awk -v i=$i '{ print; fflush() } NR % 40 == 0 { system("sleep 0.01") }' routed |
		sh -c 'echo $$ >pid; exec fx-sign' >>seen.$i) 2>/dev/null &
	sleep 0.0$((i * 2))
	kill -9 "$(cat pid)" 2>/dev/null
	wait
	cat seen.$i >>seen
done
fx-sign routed >final
ok "the last run ends well"
exits "after eight kills the ledger holds" 0 fx-verify --all
sed -n 's/.*"audit_token":"\([^"]*\)"}$/\1/p' seen | sort -u >tokens
sed -n 's/.*"audit_token":"\([^"]*\)"}$/\1/p' final | sort -u >all
is "every token handed out is in the ledger, once" "$(comm -23 tokens all | wc -l)" 0
[ -s tokens ]
ok "some were handed out before a kill ($(wc -l <tokens))"
is "no trigger is half decided" "$(cat home/ledger/entries/*.ndjson | jq -r 'select(.event == "task.assigned") |
	"\(.decision.id) \(.decision.tasks)"' | sort | uniq -c | awk '$1 != $3' | wc -l)" 0
is "each record once" "$(cat home/ledger/entries/*.ndjson | jq -r '.source + " " + .event_id' | sort | uniq -d | wc -l)" 0
done_testing
