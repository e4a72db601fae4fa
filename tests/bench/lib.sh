# shellcheck shell=sh
# For benchmarks: source it.  Figures are MB/s and ratios to a public tool in the same run.
TOP=$(cd "$(dirname "$0")/../.." && pwd)
: "${FX_BUILD:=$TOP/build}"
: "${BENCH_MB:=200}"
: "${BENCH_DIR:=$FX_BUILD/bench}"
PATH=$FX_BUILD/bin:$FX_BUILD/tools:$PATH
export LC_ALL=C
mkdir -p "$BENCH_DIR"

# seconds N COMMAND: the best of N runs of a shell command, in seconds.
seconds() {
	bench_runs=$1 bench_best=
	shift
	while [ "$bench_runs" -gt 0 ]; do
		bench_runs=$((bench_runs - 1))
		bench_t0=$(date +%s%N)
		sh -c "$1" || { echo "bench: failed: $1" >&2 && exit 2; }
		bench_t1=$(date +%s%N)
		bench_ns=$((bench_t1 - bench_t0))
		[ -n "$bench_best" ] && [ "$bench_best" -le "$bench_ns" ] || bench_best=$bench_ns
	done
	awk -v ns="$bench_best" 'BEGIN { printf "%.4f", ns / 1e9 }'
}

# row NAME BYTES SECONDS BASELINE-SECONDS: one line of the table.
row() {
	awk -v name="$1" -v bytes="$2" -v s="$3" -v base="$4" 'BEGIN {
		printf "%-44s %8.1f MB/s %8.1fx\n", name, bytes / s / 1e6, base / s }'
}

# want NAME SECONDS BASELINE-SECONDS RATIO: says aloud when a mark is missed; bench_missed counts.
bench_missed=0
want() {
	awk -v s="$2" -v base="$3" -v want="$4" 'BEGIN { exit !(base / s >= want) }' && return
	bench_missed=$((bench_missed + 1))
	echo "MISSED: $1 is below $4 times"
}
