#!/bin/sh
# Predicates against the registry's contract, and CEL's public conformance tests.
. "$(dirname "$0")/../lib.sh"

order='{"event":"order.placed","event_id":"e1","order_id":"O-1","at":"2026-11-20T18:03:09Z","source":"s","channel":"web","lines":[]}'
# registry WHEN: the shop's, with one rule more, before all others.
registry() {
	rm -rf r
	cp -r "$TOP/rules.d" r
	chmod -R u+w r
	cat >r/05-new.yaml <<END
rules:
  - rule: new
    version: 1
    maintainer: ops
    when: $1
    owner: ops-team
    flow: manual-review
END
}
# broken WHEN COLUMN MESSAGE: the rule's fault is told at its very token.
broken() {
	registry "$1"
	exits "a fault of the registry: $1" 2 fx-route -r r in
	like "told at its token: $1" err "05-new.yaml:5:$2: .*$3"
}
broken 'chanel == "web"' 11 "did you mean 'channel'"
broken 'channel == "web" AND SKU.skuu == "A"' 36 "did you mean 'sku'"
broken 'channel == 5' 22 'string is compared with int'
broken 'total > 100' 19 'string is compared with int'
broken 'service_level = "x"' 25 'written =='
# What other languages write, and how it is written here.
broken 'SKU.type is "stock"' 20 'a comparison is written =='
broken 'channel contains "web"' 19 'write x.contains'
broken 'not channel == "web"' 15 'not is written in capitals'
broken 'has(total) AND not (channel == "web")' 26 'not is written in capitals'
broken 'fraud_score between 10 and 20' 23 'write x >= 10 AND x <= 20'
broken 'channel == “web”' 22 'straight quotes'
broken 'channel == "a", total == "1"' 25 'AND or OR'
broken 'SKU.type == made-to-order' 23 'did you mean the string "made-to-order"[?]'
broken 'SKU.type in [made-to-order]' 24 'did you mean the string "made-to-order"[?]'
broken 'total > 100' 19 'a decimal in a text is double[(]total[)]'
broken 'SKU.qty > "3"' 21 'a number has no quotes'
broken 'channel == ["a", "b"]' 19 'asked for by in'
broken 'channel in "a, b"' 22 'wants a list such as'
broken 'lines.type == "stock"' 17 'the line that is decided is SKU'

# fx-cel(5): its examples load, and it names every function.
sed -n '/^\.Bd -literal/,/^\.Ed/{/^\./d;p;}' "$TOP/man/fx-cel.5" >examples
examples=0
while read -r when; do
	examples=$((examples + 1))
	registry "'$when'"
	echo "$order" >in
	exits "an example of fx-cel(5): $when" 0 fx-route -q -r r in
done <examples
is "fx-cel(5) has three examples" "$examples" 3
for f in $("$FX_BUILD/tools/cel_eval" -f | sort -u); do
	grep -qE "(^|[ .,(])$f( |,|\(|\$)" "$TOP/man/fx-cel.5" || echo "$f"
done >missing
is "fx-cel(5) names every function" "$(cat missing)" ""

if [ -d "${FX_SUITES:=$TOP/../shared/suites}/cel" ]; then
	check "as many of CEL's conformance tests pass as before" \
	    sh "$TOP/tests/conformance.sh" cel
else
	skip "CEL's conformance tests" "no $FX_SUITES/cel"
fi
done_testing
