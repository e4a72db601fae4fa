#!/bin/sh
# What `make conformance` says of this room must hold in `make check`, too.
. "$(dirname "$0")/../lib.sh"
PATH=$FX_BUILD/tools:$PATH
export FX_BUILD FX_SUITES
FX_QUICK=1 sh "$TOP/tests/conformance/json.sh" >"$T/rows" 2>"$T/why"
is "the suites' counts are met" "$?$(cat "$T/why")" 0
while IFS="$(printf '\t')" read -r suite passed failed _ note; do
	case $note in
	absent:*) skip "$suite" "$note" ;;
	*) is "$suite: $passed passed" "$failed" 0 ;;
	esac
done <"$T/rows"
is "rows" "$(awk -F '\t' 'NF == 5 && $4 ~ /^[0-9]+$/' "$T/rows" | grep -c .)" "$(grep -c . "$T/rows")"
done_testing
