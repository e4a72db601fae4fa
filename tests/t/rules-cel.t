#!/bin/sh
# Predicates against the registry's contract, and CEL's public conformance tests.
. "$(dirname "$0")/../lib.sh"

order='{"event":"order.placed","event_id":"e1","order_id":"O-1","at":"2026-11-20T18:03:09Z","source":"s","channel":"web","lines":[]}'
# broken WHEN COLUMN MESSAGE: the rule's fault is told at its very token.
broken() {
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
	echo "$order" >in
	exits "a fault of the registry: $1" 2 fx-route -r r in
	like "told at its token: $1" err "05-new.yaml:5:$2: .*$3"
}
broken 'chanel == "web"' 11 "did you mean 'channel'"
broken 'channel == "web" AND SKU.skuu == "A"' 36 "did you mean 'sku'"
broken 'channel == 5' 22 'string is compared with int'
broken 'total > 100' 19 'string is compared with int'
broken 'service_level = "x"' 25 'written =='

if [ -d "${FX_SUITES:=$TOP/../shared/suites}/cel" ]; then
	check "as many of CEL's conformance tests pass as before" \
	    sh "$TOP/tests/conformance.sh" cel
else
	skip "CEL's conformance tests" "no $FX_SUITES/cel"
fi
done_testing
