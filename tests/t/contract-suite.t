#!/bin/sh
# The public JSON Schema suite, as make conformance runs it.
. "$(dirname "$0")/../lib.sh"
if [ -d "${FX_SUITES:=}/json-schema/tests" ]; then
	check "the required tests hold, the optional ones do not become fewer" \
		env FX_BUILD="$FX_BUILD" FX_SUITES="$FX_SUITES" PATH="$FX_BUILD/tools:$PATH" \
		sh "$TOP/tests/conformance/json-schema.sh"
	sed 's/^/# /' "$T/.out"
else
	skip "JSON Schema's required tests" "no suite in FX_SUITES"
fi
done_testing
