# The tape, canonical form and numbers against the public suites (see ../conformance.sh).
# shellcheck shell=sh
set -u
bad=0
tab=$(printf '\t')
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

# row SUITE PASSED FAILED SKIPPED NOTE [EXPECTED-PASSED]
row() {
	printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5"
	if [ "$3" != 0 ] || [ "$2" != "${6:-$2}" ]; then
		bad=1
	fi
}
differ() { # WHAT: the lines of $work/missed, to stderr
	sed "s/^/$1: /" "$work/missed" >&2
}

# JSONTestSuite: y_ must be taken, n_ refused.  Refused on purpose: a duplicate member name
# (RFC 8259 section 4: behaviour unpredictable).
suite=$FX_SUITES/JSONTestSuite/test_parsing
if [ -d "$suite" ]; then
	json_read "$suite"/*.json | sed "s|$suite/||" >"$work/read"
	cat >"$work/purpose" <<-END
		y_object_duplicated_key.json
		y_object_duplicated_key_and_value.json
	END
	awk -F '\t' '$2 ~ /^y_/ && $1 == "rejected" { print $2 }' "$work/read" >"$work/y"
	awk -F '\t' '$2 ~ /^n_/ && $1 == "accepted" { print $2 }' "$work/read" >"$work/n"
	grep -vxF -f "$work/purpose" "$work/y" | cat - "$work/n" >"$work/missed"
	# What is listed as refused on purpose must be refused, or the list is out of date.
	grep -vxF -f "$work/y" "$work/purpose" >>"$work/missed"
	differ JSONTestSuite
	all=$(grep -c "${tab}[yn]_" "$work/read")
	missed=$(grep -c . "$work/missed")
	row "JSONTestSuite y_ n_" $((all - missed - 2)) "$missed" 2 \
		"2 y_ refused on purpose: duplicate names" 281
	# i_: up to the reader.  Numbers of any size are taken; what is no UTF-8, a lone
	# surrogate, a byte order mark and 500 levels are refused.
	awk -F '\t' '$2 ~ /^i_/ && ($1 == "accepted") != ($2 ~ /^i_number_/) { print $2 }' \
		"$work/read" >"$work/missed"
	differ "JSONTestSuite i_"
	all=$(grep -c "${tab}i_" "$work/read")
	missed=$(grep -c . "$work/missed")
	row "JSONTestSuite i_" $((all - missed)) "$missed" 0 "10 numbers taken, 25 refused" 35
else
	row "JSONTestSuite" 0 0 318 "absent: $suite"
fi

suite=$FX_SUITES/utf8/utf8tests.txt
if [ -f "$suite" ]; then
	counts=$(utf8_suite "$suite")
	row utf8tests "${counts% *}" "${counts#* }" 0 "each by fx_utf8_valid and as a JSON string" 222
else
	row utf8tests 0 0 222 "absent: $suite"
fi

suite=$FX_SUITES/jcs
if [ -d "$suite" ]; then
	passed=0 failed=0
	for in in "$suite"/input/*.json; do
		name=${in##*/}
		if json_read -c "$in" 2>&1 | cmp -s - "$suite/output/$name"; then
			passed=$((passed + 1))
		else
			echo "jcs: $name differs" >&2
			failed=$((failed + 1))
		fi
	done
	row "JCS vectors (RFC 8785)" $passed $failed 0 "cyberphone/json-canonicalization" 6
else
	row "JCS vectors (RFC 8785)" 0 0 6 "absent: $suite"
fi

# The digests that cyberphone/json-canonicalization publishes for the first lines of its number file.
# With FX_QUICK=1 the longest is left out.
passed=0 failed=0 skipped=0
while read -r lines digest; do
	if [ -n "${FX_QUICK:-}" ] && [ "$lines" -gt 100000 ]; then
		skipped=$((skipped + 1))
		continue
	fi
	got=$(es6_numgen "$lines" | openssl dgst -sha256 -r)
	if [ "${got%% *}" = "$digest" ]; then
		passed=$((passed + 1))
	else
		echo "es6 numbers: the digest of $lines lines differs" >&2
		failed=$((failed + 1))
	fi
done <<END
1000 be18b62b6f69cdab33a7e0dae0d9cfa869fda80ddc712221570f9f40a5878687
10000 b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892
100000 22776e6d4b49fa294a0d0f349268e5c28808fe7e0cb2bcbe28f63894e494d4c7
1000000 49415fee2c56c77864931bd3624faad425c3c577d6d74e89a83bc725506dad16
END
row "ES6 numbers (RFC 8785)" $passed $failed $skipped "published digests of 10^3 to 10^6 lines" \
	$((4 - skipped))
exit $bad
