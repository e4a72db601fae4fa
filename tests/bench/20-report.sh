#!/bin/sh
# Sight: a report over orders with their lives, one order's trace, beside jq.
. "$(dirname "$0")/lib.sh"
in=$BENCH_DIR/life.ndjson
home=$BENCH_DIR/sight
[ -s "$in" ] && [ "$(wc -c <"$in")" -ge $((BENCH_MB * 1000000)) ] || bench_gen life "$BENCH_MB" >"$in" || exit 2
bytes=$(wc -c <"$in")
lines=$(wc -l <"$in")
echo "$lines entries of $((bytes / lines)) bytes, $((bytes / 1000000)) MB: orders with what became of them"
jq=$(seconds 1 "jq -c . $in >/dev/null")
row "jq -c ." "$bytes" "$jq" "$jq"
now='--now 2026-12-20T00:00:00Z'
s=$(seconds 3 "fx-report $now $in >/dev/null")
row "fx-report" "$bytes" "$s" "$jq"
want fx-report "$s" "$jq" 8
row "fx-report --by flow,channel" "$bytes" "$(seconds 3 "fx-report $now --by flow,channel $in >/dev/null")" "$jq"
row "fx-report --format html" "$bytes" "$(seconds 3 "fx-report $now --format html $in >/dev/null")" "$jq"

# One order out of all entries, by the index: not the size but the start counts.
rm -rf "$home"
mkdir -p "$home"
export FX_HOME="$home"
fx-sign --init --origin bench >/dev/null 2>&1 && fx-sign -q "$in" || exit 2
order=$(sed -n '1000s/.*"order_id":"\([^"]*\)".*/\1/p' "$in")
fx-trace "$order" >/dev/null || exit 2
run='i=0; while [ $i -lt 100 ]; do COMMAND; i=$((i + 1)); done'
t=$(seconds 3 "$(echo "$run" | sed 's|COMMAND|/bin/true|')")
s=$(seconds 3 "$(echo "$run" | sed "s|COMMAND|fx-trace $order >/dev/null|")")
awk -v s="$s" -v t="$t" -v n="$lines" 'BEGIN {
	printf "fx-trace, 1 order of %d entries %24.1f ms %8.1f times true\n", n, s * 10, s / t }'
awk -v s="$s" -v t="$t" 'BEGIN { exit !(s / t <= 20) }' || { echo "MISSED: fx-trace is above 20 times true" && bench_missed=1; }
exit $((bench_missed > 0))
