#!/bin/sh
# usage: run.sh fuzzer...   Each for FUZZ_SECONDS, or the same FUZZ_RUNS inputs every time (what CI
# does: a find there would be a find here).  Finds go to build/fuzz/NAME.crash-*.
set -u
bad=0
long=-max_total_time=${FUZZ_SECONDS:-60}
[ -z "${FUZZ_RUNS:-}" ] || long="-runs=$FUZZ_RUNS -seed=1"
for f; do
	n=${f##*/}
	seed=tests/fuzz/corpus/$n
	work=${f%/*}/corpus-$n
	[ -z "${FUZZ_RUNS:-}" ] || rm -rf "$work"
	mkdir -p "$seed" "$work"
	# shellcheck disable=SC2086 # one option or two
	if "$f" $long -max_len=65536 -rss_limit_mb=4096 \
	    -artifact_prefix="${f%/*}/$n." "$work" "$seed" >"$f.log" 2>&1; then
		echo "$n: clean, $(grep -c . "$f.log") lines in $f.log"
	else
		echo "$n: FAILED, see $f.log"
		tail -30 "$f.log"
		bad=1
	fi
done
exit $bad
