#!/bin/sh
# Sweeps: everything read anew, beside jq; then from a snapshot with 100,000 open tasks, beside cat.
. "$(dirname "$0")/lib.sh"
home=$BENCH_DIR/task
mkdir -p "$home"
rm -rf "$home/ledger" "$home/key" "$home/rules.d"
cp -R "$TOP/rules.d" "$home/rules.d"
export FX_HOME="$home"

# Orders from the same second on, assigned and sent; those that are closed are confirmed and shipped.
orders() { # FIRST LAST OPEN-EVERY
	awk -v a="$1" -v b="$2" -v every="$3" 'BEGIN {
		base = "\"channel\":\"web\",\"customer\":{\"name\":\"Ann Example\",\"email\":\"ann@example.com\"},\"ship_to\":{\"street\":\"1 Example Street, some more of it to come to the usual length\",\"city\":\"Musterstadt\",\"country\":\"DE\"},\"service_level\":\"standard\",\"currency\":\"EUR\",\"total\":\"59.90\",\"lines\":[{\"line_id\":\"1\",\"sku\":\"SKU-00001\",\"type\":\"stock\",\"qty\":2,\"unit_price\":\"19.95\"},{\"line_id\":\"2\",\"sku\":\"SKU-00002\",\"type\":\"stock\",\"qty\":1,\"unit_price\":\"20.00\"}]"
		for (i = a; i <= b; i++) {
			at = "\"at\":\"2026-11-20T10:00:00Z\""
			printf "{\"event\":\"order.placed\",\"event_id\":\"p%d\",\"order_id\":\"ORD-%07d\",%s,\"source\":\"shop\",%s}\n", i, i, at, base
			printf "{\"event\":\"task.assigned\",\"event_id\":\"a%d\",\"order_id\":\"ORD-%07d\",%s,\"source\":\"fx\",%s,\"caused_by\":[\"p%d\"],\"task_id\":\"ORD-%07d/3kq9x2ab/1\",\"trigger\":{\"event\":\"order.placed\",\"event_id\":\"p%d\",%s,\"source\":\"shop\"},\"owner_id\":\"warehouse-musterstadt\",\"flow_id\":\"warehouse-pick-pack\",\"rule_id\":\"stock\",\"rule_version\":2,\"registry\":\"sha256:0000000000000000000000000000000000000000000000000000000000000000\",\"sla\":[{\"milestone\":\"carrier-handover\",\"event\":\"task.shipped\",\"due\":\"2026-12-20T10:00:00Z\"}],\"fallback_route\":\"ops-team-review\",\"fallback_at\":\"2026-12-20T10:00:00Z\"}\n", i, i, at, base, i, i, i, at
			printf "{\"event\":\"task.attempted\",\"event_id\":\"t%d\",\"order_id\":\"ORD-%07d\",%s,\"source\":\"fx\",\"task_id\":\"ORD-%07d/3kq9x2ab/1\",\"owner_id\":\"warehouse-musterstadt\",\"attempt\":1,\"outcome\":\"accepted\",\"caused_by\":[\"a%d\"]}\n", i, i, at, i, i
			if (every && i % every == 0)
				continue
			if (!every)
				continue
			printf "{\"event\":\"task.confirmed\",\"event_id\":\"c%d\",\"order_id\":\"ORD-%07d\",%s,\"source\":\"wms\"}\n", i, i, at
			printf "{\"event\":\"task.shipped\",\"event_id\":\"s%d\",\"order_id\":\"ORD-%07d\",%s,\"source\":\"wms\",\"carrier\":\"dhl\"}\n", i, i, at
		}
	}'
}

in=$BENCH_DIR/lives.ndjson
[ -s "$in" ] || orders 1 90000 10 >"$in" || exit 2
bytes=$(wc -c <"$in")
now=2026-11-21T10:00:00Z
jq=$(seconds 1 "jq -c . $in >/dev/null")
row "jq -c . (orders' lives)" "$bytes" "$jq" "$jq"
s=$(seconds 3 "fx-escalate --now $now $in >/dev/null")
row "fx-escalate FILE (all read anew)" "$bytes" "$s" "$jq"
want "fx-escalate FILE" "$s" "$jq" 8

fx-sign --init --origin bench >/dev/null 2>&1 || exit 2
orders 1 100000 0 | fx-sign -q || exit 2
fx-escalate --now $now >/dev/null || exit 2
grep -h '"event":"task.assigned"' "$home"/ledger/entries/* >"$home/open"
life=$home/ledger/state/life
bytes=$(cat "$life" "$home/open" | wc -c)
cat=$(seconds 3 "cat $life $home/open | cat >/dev/null")
row "cat of the snapshot and 100,000 open tasks" "$bytes" "$cat" "$cat"
echo '{"event":"task.confirmed","event_id":"one","order_id":"ORD-0000010","at":"2026-11-21T10:00:30Z","source":"wms"}' | fx-sign -q
s=$(seconds 3 "fx-escalate --now 2026-11-21T10:01:00Z >/dev/null")
row "fx-escalate with one new event" "$bytes" "$s" "$cat"
want "fx-escalate with one new event, beside cat" "$s" "$cat" 0.5
exit $((bench_missed > 0))
