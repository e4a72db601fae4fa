#!/bin/sh
# JSON Schema Test Suite, draft 2020-12.  All required tests must pass, and of the optional ones
# all but those that are skipped here, each kind with its reason.
set -eu
suite=$FX_SUITES/json-schema
if [ ! -d "$suite/tests" ]; then
	printf 'json-schema required\t0\t0\t1299\tthe suite is not here\n'
	exit 0
fi
bad=0
# row NAME LEAST SKIP NOTE [-f] FILE...   SKIP: an ERE for the failures that are skipped; they must
# be there, or the reason is out of date.
row() {
	name=$1 least=$2 skip=$3 note=$4 f=
	shift 4
	[ "$1" != -f ] || { f=-f; shift; }
	n=$(schema_suite $f "$suite/remotes" "$@" 2>"$log") || :
	passed=${n%% *}
	skipped=$(grep -cE -e "$skip" "$log") || :
	failed=$((${n#* } - skipped))
	printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$passed" "$failed" "$skipped" "$note"
	if [ "$passed" -lt "$least" ] || [ $failed -ne 0 ]; then
		echo "$name: $passed passed, of at least $least; failed:" >&2
		grep -vE -e "$skip" "$log" >&2
		bad=1
	fi
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
row 'json-schema required' 1299 '^$' '' "$suite"/tests/*.json
row 'json-schema optional' 161 'ignore-prefixItems.json' \
	'a contract of draft 2019-09 is refused, not read as 2020-12' "$suite"/tests/optional/*.json
set --
for f in "$suite"/tests/optional/format/*.json; do
	case $f in
	*/idn-hostname.json) ;;
	*) set -- "$@" "$f" ;;
	esac
done
row 'json-schema format' 650 '/hostname.json: .*A-label|variable-width lookbehind' \
	'23 in xn-- labels want IDNA tables; PCRE2 has no lookbehind of variable width' -f "$@"
n=$(jq '[.[].tests[]] | length' "$suite/tests/optional/format/idn-hostname.json")
printf 'json-schema format idn-hostname\t0\t0\t%s\t%s\n' "$n" \
	'not among the formats: wants IDNA tables, so a library more'
exit $bad
