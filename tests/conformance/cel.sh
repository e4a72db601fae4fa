#!/bin/sh
# CEL's conformance tests (Common Expression Language v0.25.1, those without protobuf messages).
# Fails when fewer pass than the table says.
set -eu
if [ ! -d "$FX_SUITES/cel" ]; then
	printf 'cel\t0\t0\t1651\tthe suite is not here\n'
	exit 0
fi
"$FX_BUILD/tools/cel_suite" -v "$FX_SUITES"/cel/*.ndjson | awk -F '\t' '
	BEGIN {
		OFS = "\t"
		must["core"] = 1107; must["string_ext"] = 206; must["math_ext"] = 199
		must["optionals"] = 59; must["macros2"] = 46; must["bindings_ext"] = 5
		must["encoders_ext"] = 4
	}
	/^#/ { if ($0 !~ /^# block_ext/) print substr($0, 3) >"/dev/stderr"; next }
	$1 == "block_ext" { skipped = $2 + $3; next }
	{
		suite = $1 in must ? $1 : "core"
		passed[suite] += $2
		failed[suite] += $3
	}
	END {
		for (suite in must) {
			print "cel " suite, passed[suite] + 0, failed[suite] + 0, 0, "" | "sort"
			if (passed[suite] + 0 < must[suite]) {
				print "cel " suite ": fewer than " must[suite] " passed" >"/dev/stderr"
				bad = 1
			}
		}
		close("sort")
		print "cel block_ext", 0, 0, skipped, "cel.block is what optimisers make, not people"
		exit bad
	}'
