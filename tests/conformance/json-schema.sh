#!/bin/sh
# JSON Schema Test Suite, draft 2020-12.  All required tests must pass; the optional ones are
# shown as they are, and must not become fewer.
set -eu
suite=$FX_SUITES/json-schema
if [ ! -d "$suite/tests" ]; then
	printf 'json-schema required\t0\t0\t1299\tthe suite is not here\n'
	exit 0
fi
bad=0
# row NAME LEAST NOTE [-f] FILE...
row() {
	name=$1 least=$2 note=$3 f=
	shift 3
	[ "$1" != -f ] || { f=-f; shift; }
	n=$(schema_suite $f "$suite/remotes" "$@" 2>"$log") || :
	passed=${n%% *} n=${n#* }
	printf '%s\t%s\t%s\t0\t%s\n' "$name" "$passed" "${n%% *}" "$note"
	if [ "$passed" -lt "$least" ]; then
		echo "$name: $passed passed, fewer than $least:" >&2
		cat "$log" >&2
		bad=1
	fi
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
row 'json-schema required' 1299 'in 4 strings U+FDD0 for NUL, which no record may hold' "$suite"/tests/*.json
row 'json-schema optional' 161 'a $ref into draft 2019-09 is refused' "$suite"/tests/optional/*.json
row 'json-schema format' 686 'no IDNA tables; variable lookbehind' -f "$suite"/tests/optional/format/*.json
exit $bad
