#!/bin/sh
# usage: run.sh fuzzer...   Each for FUZZ_SECONDS; finds go to build/fuzz/NAME.crash-*.
set -u
bad=0
for f; do
	n=${f##*/}
	seed=tests/fuzz/corpus/$n
	work=${f%/*}/corpus-$n
	mkdir -p "$seed" "$work"
	if "$f" -max_total_time="${FUZZ_SECONDS:-60}" -max_len=65536 -rss_limit_mb=4096 \
	    -artifact_prefix="${f%/*}/$n." "$work" "$seed" >"$f.log" 2>&1; then
		echo "$n: clean, $(grep -c . "$f.log") lines in $f.log"
	else
		echo "$n: FAILED, see $f.log"
		tail -30 "$f.log"
		bad=1
	fi
done
exit $bad
