#!/bin/sh
# fx-route by the number of rules; hardly any line is taken but by the catch-all.
. "$(dirname "$0")/lib.sh"
in=$BENCH_DIR/triggers.ndjson
[ -s "$in" ] && [ "$(wc -c <"$in")" -ge $((BENCH_MB * 1000000)) ] ||
	bench_gen trigger "$BENCH_MB" >"$in" || exit 2
bytes=$(wc -c <"$in")

# registry N: N rules on two to three conditions, and a catch-all.
registry() {
	mkdir -p "$BENCH_DIR/rules-$1"
	awk -v n="$1" 'BEGIN {
		print "owners: [{id: a, kind: system}, {id: b, kind: system}]\nrules:"
		for (i = 1; i < n; i++) {
			w = i % 3 == 0 ? "channel == \"web\" && SKU.sku == \"S-" i "\"" : \
			    i % 3 == 1 ? "SKU.sku in [\"A-" i "\", \"B-" i "\"] && ship_to.country == \"DE\"" : \
			    "fraud_score >= " i % 90 " && SKU.type == \"x" i "\""
			print "  - {rule: r" i ", version: 1, maintainer: m, owner: a, flow: f, sla: " \
			    "vendor-confirmation within 60m, fallback: b after 2h, when: \x27" w "\x27}"
		}
		print "  - {rule: rest, version: 1, maintainer: m, owner: b, flow: g, when: true}" }' \
		>"$BENCH_DIR/rules-$1/10.yaml"
}

echo "fx-route by the number of rules; the last column is the ratio to 10 rules"
for n in 10 100 1000 10000; do
	registry $n
	s=$(seconds 3 "fx-route -r $BENCH_DIR/rules-$n --now 2026-11-20T18:00:00Z $in >/dev/null")
	[ $n -gt 10 ] || ten=$s
	row "fx-route, $n rules" "$bytes" "$s" "$ten"
done
want "fx-route with 10,000 rules" "$s" "$ten" 0.5
exit $((bench_missed > 0))
