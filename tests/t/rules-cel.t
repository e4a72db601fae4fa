#!/bin/sh
# CEL's public conformance tests: the counts must not fall.
. "$(dirname "$0")/../lib.sh"
if [ -d "${FX_SUITES:=$TOP/../shared/suites}/cel" ]; then
	check "as many of CEL's conformance tests pass as before" \
	    sh "$TOP/tests/conformance.sh" cel
else
	skip "CEL's conformance tests" "no $FX_SUITES/cel"
fi
done_testing
