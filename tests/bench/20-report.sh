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

# Memory is that of the open orders, whatever lies behind them.
kb=$(bench_gen closed 1000 | python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' fx-report --now 2027-12-20T00:00:00Z -) || exit 2
awk -v kb="$kb" 'BEGIN { printf "fx-report, 1000 MB of closed orders %22.1f MB resident\n", kb / 1024 }'
[ "$kb" -le 65536 ] || { echo "MISSED: fx-report needs more than 64 MB" && bench_missed=1; }

# One order out of all entries, by the index: not the size but the start counts, nor where in its
# segment an entry stands.  BENCH_HOME: a shop with a larger ledger to ask instead.
if [ -n "${BENCH_HOME:-}" ]; then
	home=$BENCH_HOME
	lines=$(sed -n 2p "$home/ledger/checkpoint")
else
	rm -rf "$home"
	mkdir -p "$home"
	fx-sign -C "$home" --init --origin bench >/dev/null 2>&1 && fx-sign -C "$home" -q "$in" || exit 2
fi
export FX_HOME="$home"
run='i=0; while [ $i -lt 100 ]; do COMMAND; i=$((i + 1)); done'
t=$(seconds 3 "$(echo "$run" | sed 's|COMMAND|/bin/true|')")
for entry in $((lines / 65536 * 65536 - 600)) $((lines / 2)) 1000; do
	[ "$entry" -ge 0 ] || continue
	order=$(fx-cat "$entry" | jq -r .order_id)
	fx-trace "$order" >/dev/null || exit 2
	s=$(seconds 3 "$(echo "$run" | sed "s|COMMAND|fx-trace $order >/dev/null|")")
	awk -v s="$s" -v t="$t" -v n="$lines" -v e="$entry" 'BEGIN {
		printf "fx-trace, order at %8d of %8d %14.1f ms %8.1f times true\n", e, n, s * 10, s / t }'
	awk -v s="$s" -v t="$t" 'BEGIN { exit !(s / t <= 20) }' || { echo "MISSED: fx-trace is above 20 times true" && bench_missed=1; }
done
[ -n "${BENCH_HOME:-}" ] ||
	row "fx-trace -m TEXT that is nowhere" "$bytes" "$(seconds 2 "fx-trace -m nobody@example.com 2>/dev/null || [ \$? = 1 ]")" "$jq"
exit $((bench_missed > 0))
