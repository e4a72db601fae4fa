#!/bin/sh
# fx-lint: each code on a registry that has it, and none on one that has not; rule tests.
. "$(dirname "$0")/../lib.sh"

exits "the shop's own registry is clean" 0 fx-lint "$TOP/rules.d"
is "and says nothing" "$(cat out err)" ""
exits "its tests pass" 0 fx-lint --test "$TOP/rules.d"
is "as TAP" "$(grep -c '^ok ' out)" "$(sed -n 's/^1\.\.//p' out)"

mkdir reg
# registry NAME: rules on stdin, behind owners that are in order.
registry() {
	cat >reg/00.yaml <<'X'
maintainer: a
owners: [{id: a, kind: team, send: 'spool:a'}, {id: b, kind: system, send: 'spool:b'}]
exceptions: [{failure: '*', maintainer: m, action: notify b}]
X
	cat >reg/10.yaml
}
rule() {
	printf '  - {rule: %s, version: 1, maintainer: m, owner: a, flow: f, sla: delivery within 1h, when: '"'%s'"'%s}\n' "$1" "$2" "${3:-}"
}
codes() {
	fx-lint "$@" --format ndjson --now 2026-11-20 reg | jq -r '"\(.code)@\(.line)"' | tr '\n' ' '
}

{ echo rules:; rule x 'channel == "web"'; rule rest true; } | registry
is "in order" "$(codes)" ""
{ echo rules:; rule x true; rule y 'channel == "web"'; rule rest true; } | registry
is "behind a catch-all" "$(codes)" "never-wins@3 never-wins@4 "
{ echo rules:; rule lo 'total < 10'; rule hi 'total >= 10'; rule ten 'total == 10'; rule rest true; } | registry
is "by the union of two ranges" "$(codes)" "never-wins@4 "
{ echo rules:; rule lo 'total < 10'; rule hi 'total > 10'; rule ten 'total == 10'; rule rest true; } | registry
is "but a hole between them is reached" "$(codes)" ""
{ echo rules:; rule ab 'SKU.type in ["a", "b"]'; rule a 'SKU.type == "a" && channel == "web"'; rule rest true; } | registry
is "by a set" "$(codes)" "never-wins@3 "
{ echo rules:; rule no 'NOT (channel == "web")'; rule w 'channel == "web"'; rule both 'has(channel)'; rule rest true; } | registry
is "by a condition and its opposite" "$(codes)" "never-wins@4 "
{ echo rules:; rule p 'SKU.sku.startsWith("AB")'; rule q 'SKU.sku.startsWith("ABC")'; rule r 'SKU.sku.startsWith("A")'; rule rest true; } | registry
is "by a prefix" "$(codes)" "never-wins@3 "
{ echo rules:; rule c true ', canary: 99%'; rule w true ', from: 2026-01-01'; rule y 'channel == "web"'; rule rest true; } | registry
is "a canary and a window cover nothing" "$(codes)" ""
{ echo rules:; rule x 'channel == "web"'; rule y 'SKU.sku.matches("^[0-9]{13}$") || channel == "web"'; rule rest true; } | registry
is "what cannot be decided is a note, not an error" "$(codes)" ""
is "said so" "$(codes --notes | tr ' ' '\n' | grep undecided)" undecided@3
{ echo rules:; rule x 'int(total) % 7 == 3'; rule y 'int(total) % 14 == 10'; rule rest true; } | registry
is "functions are not reasoned about" "$(codes --notes | tr ' ' '\n' | grep undecided | tr '\n' ' ')" "undecided@2 undecided@3 "

{ echo rules:; rule x 'channel == "web"'; rule y 'channel != "web" && total > 5'; } | registry
exits "a gap" 1 fx-lint --now 2026-11-20 reg
like "with its place and code" out '^reg/10\.yaml:3:5: error: no rule takes this order.placed; end with .* \[gap\]$'
sed -n 's/^    {/{/p' out | head -n 1 | jq -c '. + {event_id:"e",order_id:"O",source:"s",at:"2026-11-20T00:00:00Z"}' >witness
exits "the order that it shows" 1 fx-route -r reg witness
like "is refused by fx-route" err 'no rule takes'
{ echo rules:; rule x 'channel == "web"'; rule y 'NOT (channel == "web")'; rule z 'NOT has(channel)'; } | registry
is "complete, yet without a catch-all" "$(codes)" "no-catch-all@4 no-catch-all@4 "

cat >reg/10.yaml <<'X'
rules:
  - {rule: r, version: 1, maintainer: m, owner: a, flow: f, when: true, until: 2026-11-01}
  - {rule: s, version: 1, maintainer: m, owner: c, flow: f, when: true, canary: 10% until 2026-11-01, sla: delivery within 1h}
  - {rule: t, version: 1, maintainer: m, owner: a, flow: f, when: true, sla: delivery within 1h}
X
cat >reg/00.yaml <<'X'
owners: [{id: a, kind: team, send: 'spool:a'}, {id: b, kind: system, send: 'spool:b'}, {id: c, kind: team}]
exceptions: [{failure: carrier-delay, maintainer: m, action: route to a, escalation: ['in 1h, route to c', 'in 2h, route to a']}]
X
is "windows, canaries, owners, paths" "$(codes | tr ' ' '\n' | grep . | sort -u | tr '\n' ' ')" \
	"canary-over@3 no-maintainer@1 no-path@2 no-path@3 no-path@4 no-sla@2 owner-unreachable@1 owner-unused@1 path-loops@2 window-over@2 "
is "notes" "$(codes --notes | tr ' ' '\n' | sort -u | grep -c 'no-tests\|no-fallback\|no-contract')" 7

# Tests.
cat >reg/00.yaml <<'X'
owners: [{id: a, kind: team, send: 'spool:a'}, {id: b, kind: system, send: 'spool:b'}]
X
cat >reg/10.yaml <<'X'
rules:
  - rule: pre
    version: 1
    maintainer: m
    when: channel == "marketplace" AND SKU.type == "preorder"
    owner: b
    flow: f
    tests:
      - given: {channel: marketplace, lines: [{type: preorder}]}
        expect: {owner_id: b, decision.reason: TARGETING_MATCH}
      - given: {channel: web, lines: [{type: preorder}]}
        expect: {owner_id: b}
      - given: {channel: marketplace, lines: [{type: preorder}, {type: stock}]}
        expect: [{owner_id: b}, {owner_id: a}]
      - given: {channel: web, order_id: ''}
        expect: refused
      - given: {event: order.cancelled}
        expect: {owner_id: a}
      - given: {channel: web}
        expect: nothing
  - {rule: rest, version: 1, maintainer: m, when: true, owner: a, flow: f}
  - {rule: never, version: 1, maintainer: m, when: 'channel == "pos"', owner: a, flow: f}
X
mkdir reg/tests
cat >reg/tests/more.yaml <<'X'
- name: a shop order
  given: {channel: web, lines: [{type: stock}]}
  expect: {owner_id: a}
X
exits "a failing test" 1 fx-lint --test reg
is "the verdicts" "$(grep -c '^ok ' out) $(grep -c '^not ok ' out)" "4 3"
like "why, and where" out '^# reg/10\.yaml:11:9: owner_id is "a", not "b" \(by rule "rest"\)$'
like "an event that no rule names" out "^# .*no rule's on: names its event$"
like "a test that is none" out "^# .*'expect' is a mapping"
like "files beside the registry" out '^ok 7 - a shop order$'
like "a rule that no test reaches" out '^# never v1: won 0 tests'
like "the plan" out '^1\.\.7$'
is "as NDJSON" "$(fx-lint --test --format ndjson reg | jq -c 'select(.rule_id=="pre")')" \
	'{"rule_id":"pre","rule_version":1,"won":2,"conditions":2,"seen_true":2,"seen_false":2}'
echo 'x: [' >reg/tests/bad.yaml
exits "a broken test file" 2 fx-lint --test reg
rm -r reg/tests

# Generated tests: they pass as they are, and reach every rule and condition that can be.
mkdir shop
cp -R "$TOP"/rules.d/*.yaml "$TOP/rules.d/contract" shop
sed -i '/^    tests:/,/^$/d' shop/20-rules.yaml
exits "generates" 0 fx-lint --generate shop
mkdir shop/tests
cp out shop/tests/generated.yaml
exits "what was generated passes" 0 fx-lint --test shop
is "each rule wins, each condition is seen true and false" "$(grep -c '^#' out)" 0
check "and there are enough" test "$(grep -c '^ok' out)" -ge 20
sed -i 's/fraud_score >= 80/fraud_score >= 81/' shop/20-rules.yaml
sed -i 's/SKU.type == "digital"/SKU.type == "download"/' shop/20-rules.yaml
exits "a changed rule is caught" 1 fx-lint --test shop
like "by its test" out '^not ok .*gift-cards takes it'
exits "no registry" 2 fx-lint nowhere
exits "two operands" 2 fx-lint reg reg
exits "a wrong format" 2 fx-lint --format xml reg
exits "a full disk" 2 sh -c "fx-lint reg --notes >/dev/full"
done_testing
