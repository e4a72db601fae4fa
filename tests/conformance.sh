#!/bin/sh
# usage: conformance.sh [NAME...]   (make conformance sets FX_BUILD and FX_SUITES)
# One table of what each public suite says of fx.  Every tests/conformance/NAME.sh prints
# rows of five fields, tabs between them:
#	suite	passed	failed	skipped	note
# and leaves with 1 when a count is not what it must be, naming on standard error what
# failed.  A suite that is not on this machine is a row with 0 0 and its size skipped.
# Tools of these tests: tests/tools/*.c, built to $FX_BUILD/tools/.
set -u
cd "$(dirname "$0")/.." || exit 2
: "${FX_BUILD:=$PWD/build}" "${FX_SUITES:=$PWD/../shared/suites}"
export FX_BUILD FX_SUITES LC_ALL=C TZ=UTC
PATH=$FX_BUILD/bin:$FX_BUILD/tools:$PATH
bad=0
rows=$(mktemp) || exit 2
trap 'rm -f "$rows"' EXIT
[ $# -gt 0 ] || set -- tests/conformance/*.sh
for script; do
	name=$(basename "$script" .sh)
	sh "tests/conformance/$name.sh" >"$rows.one"
	status=$?
	cat "$rows.one" >>"$rows"
	if [ ! -s "$rows.one" ]; then
		echo "conformance: $name printed no row" >&2
		bad=1
	fi
	if [ $status -ne 0 ]; then
		echo "conformance: $name FAILED (exit $status)" >&2
		bad=1
	fi
	rm -f "$rows.one"
done
awk -F '\t' '
BEGIN { printf "%-32s %8s %8s %8s  %s\n", "suite", "passed", "failed", "skipped", "note" }
NF != 5 { print "conformance: not a row: " $0; wrong = 1; next }
{ printf "%-32s %8s %8s %8s  %s\n", $1, $2, $3, $4, $5 }
{ p += $2; f += $3; s += $4 }
END { printf "%-32s %8d %8d %8d\n", "all", p, f, s; exit wrong }' "$rows" || bad=1
exit $bad
