#!/bin/sh
# make bench: every tests/bench/NN-name.sh in order; each prints its own table.
# BENCH_MB (200) is the size of the stream, BENCH_ONLY a pattern of the names to run.
set -u
cd "$(dirname "$0")" || exit 2
status=0
for b in [0-9]*.sh; do
	case $b in *${BENCH_ONLY:-}*) ;; *) continue ;; esac
	echo "== ${b%.sh}"
	sh "./$b" || status=1
done
exit $status
