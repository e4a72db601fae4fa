#!/bin/sh
# fx-lint: each code on a registry that has it, and none on one that has not; rule tests.
. "$(dirname "$0")/../lib.sh"

exits "the shop's own registry is clean" 0 fx-lint "$TOP/rules.d"
is "and says nothing" "$(cat out err)" ""
exits "its tests pass" 0 fx-lint --test "$TOP/rules.d"
is "as TAP" "$(grep -c '^ok ' out)" "$(sed -n 's/^1\.\.//p' out)"
is "and lack none" "$(fx-lint --generate "$TOP/rules.d")" "# no test is missing"

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

{ echo rules:; rule x 'channel == "web"'; awk 'BEGIN { for (i = 0; i < 4000; i++)
	printf "  - {rule: r%d, version: 1, maintainer: m, owner: a, flow: f, sla: delivery within 1h, when: \047SKU.sku == \"S-%d\"\047}\n", i, i }'
	rule y 'channel == "web" && SKU.qty > 3'; rule z 'SKU.sku in ["S-7", "S-3999"]'; rule rest true; } | registry
is "behind thousands" "$(codes --notes | tr ' ' '\n' | grep -v '^no-' | tr '\n' ' ' | sed 's/^ *//; s/ *$//')" "never-wins@4003 never-wins@4004"

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

# Paths that can end at nobody.
mkdir -p nobody
printf 'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20270102\nRRULE:FREQ=YEARLY\nEND:VEVENT\nEND:VCALENDAR\n' >nobody/always.ics
{ cat <<'X'; echo rules:; rule rest true; } >nobody/r.yaml
calendars: {always: always.ics}
owners:
  - {id: a, kind: team, send: "spool:x"}
  - {id: gone, kind: team, send: "spool:x", hours: Mon-Fri 08:00-18:00, closed: always}
exceptions:
  - {failure: carrier-delay, maintainer: m, action: retry 3 times every 10m, escalation: 'in 1h, place customer-facing hold'}
  - {failure: owner-unavailable, maintainer: m, action: place customer-facing hold}
  - {failure: export-rejected, maintainer: a, action: place customer-facing hold}
  - {failure: delivery-late, maintainer: a, action: route to a, escalation: 'in 1h, notify a and route to gone'}
  - {failure: "*", maintainer: m, action: notify a}
X
fx-lint --format ndjson --now 2026-11-20 nobody |
	jq -r 'select(.code == "path-nobody") | "\(.line) \(.severity) \(.message)"' >found
is "paths that can end at nobody: each with its line" "$(cut -d' ' -f1,2 found | xargs)" "6 warning 7 error 9 error"
like "a task's stays with its owner" found "^6 .*the path of 'carrier-delay' names nobody: it stays with"
like "one of no task is nobody's" found "^7 .*'owner-unavailable' names no owner, there is no task"
like "hours that never open" found "^9 .*'delivery-late' ends with 'gone', whose hours never open"

# What is defined and never used.
{ cat <<'X'; echo rules:; rule rest true; } | registry
calendars: {north: [2026-12-25], south: [2026-12-26]}
milestones:
  - {milestone: packed, event: task.packed, failure: pack-late}
  - {milestone: labelled, event: task.labelled, failure: label-late}
slos:
  - {flow: f, objective: 99% labelled over 30d}
  - {flow: f, objective: 99% delivery over 30d}
X
sed -i "s/id: b, kind: system/id: b, kind: system, closed: south/" reg/00.yaml
is "calendars, milestones, objectives" "$(codes)" "calendar-unused@1 milestone-unused@3 slo-unpromised@6 "
fx-lint --now 2026-11-20 reg >out || :
like "at the very name" out '^reg/10\.yaml:1:13: warning: calendar .north. closes no owner'
{ echo rules:; rule rest true; } | registry
sed -i 's/^exceptions: \[/&{failure: delivery-late, maintainer: m, action: notify b}, {failure: not-accepted, maintainer: m, action: notify b}, {failure: out of stock, maintainer: m, action: notify b}, /' reg/00.yaml
is "paths: no finding, as an owner may name any failure" "$(codes)" ""
fx-lint --notes --format ndjson reg | jq -r 'select(.code=="path-by-word").message' >out
is "but a note for what no promise can fail with" "$(grep -c . out) $(grep -c "'out-of-stock'" out)" "1 1"

# Windows: versions that follow each other without a break, and with one.
version() {
	printf '  - {rule: w, version: %s, maintainer: m, owner: a, flow: f, sla: delivery within 1h, when: '"'%s'"'%s}\n' "$1" "$2" "$3"
}
{ echo rules:; version 1 'channel == "web"' ', until: 2026-12-01'; version 2 'channel == "pos"' ', from: 2026-12-01'; rule rest true; } | registry
is "windows that meet" "$(codes)" ""
{ echo rules:; version 1 'channel == "web"' ', until: 2026-12-01'; version 2 'channel == "pos"' ', from: 2026-12-02'; rule rest true; } | registry
is "windows with a day between" "$(codes)" "window-hole@3 "
fx-lint --now 2026-11-20 reg >out || :
like "which day, at the later from" out '^reg/10\.yaml:3:[0-9]*: warning: .*ends 2026-12-01T00:00:00Z.*only from 2026-12-02T00:00:00Z'
col=$(sed -n 's/^reg[^:]*:3:\([0-9]*\): .*window-hole.*/\1/p' out)
is "at its very value" "$(sed -n 3p reg/10.yaml | cut -c"$col"-)" "2026-12-02}"
is "a hole that is over" "$(fx-lint --now 2026-12-02 --format ndjson reg | jq -r .code)" window-over
{ echo rules:; version 1 'channel == "web"' ', until: 2026-12-01'; version 2 'channel == "pos"' ', from: 2026-12-02, until: 2026-12-05'
	version 3 'channel == "pos"' ', from: 2026-11-25, until: 2026-12-03'; rule rest true; } | registry
is "a third fills it" "$(codes)" ""
{ echo rules:; rule s1 'channel == "web"' ', until: 2026-12-01'; rule s2 'channel == "web"' ', from: 2027-11-20'; rule rest true; } | registry
is "two rules with one predicate may be two seasons" "$(codes) $(codes --notes | tr ' ' '\n' | grep hole)" " window-hole@3"
{ echo rules:; rule s1 'channel == "web"' ', until: 2026-12-01'; rule s2 'channel == "pos"' ', from: 2027-11-20'; rule rest true; } | registry
is "other predicates are another matter" "$(codes --notes | grep -c hole)" 0

# Overlaps: only when asked for, and only such as neither contains.
{ echo rules:; rule x 'channel == "web"'; rule y 'total > 5'; rule z 'channel == "pos"'; rule rest true; } | registry
is "not unless asked for" "$(codes --notes | grep -c overlap)" 0
is "each pair once" "$(codes --overlaps)" "overlap@3 overlap@4 "
exits "are no fault" 0 fx-lint --overlaps reg
fx-lint --overlaps --format ndjson reg | jq -c 'select(.line==3).order' >both
is "the order is both's" "$(jq -c '[.channel=="web", .total > 5]' both)" '[true,true]'
{ echo rules:; rule x 'total > 5'; rule y 'total > 9 || total < 3'; rule z 'total > 3 && total < 5'; rule w 'total >= 4'; rule rest true; } | registry
sed -i '/rule: w,/d' reg/10.yaml
is "ranges that share, and that lie apart" "$(codes --overlaps)" "overlap@3 "
{ echo rules:; rule x 'total > 5 && total < 7'; rule y 'total > 5'; rule rest true; } | registry
is "one within the other is none" "$(codes --overlaps)" ""
{ echo rules:; rule x 'SKU.sku.matches("^a")'; rule y 'channel == "web" && SKU.sku.matches("b$")'; rule rest true; } | registry
is "undecided is said" "$(codes --overlaps | tr ' ' '\n' | grep -c overlap-undecided)" 1

# The contract: fields that may be absent, and orders that it refuses.
cp -R "$TOP/rules.d/contract" reg/contract
grep -v '^#' "$TOP/rules.d/40-contract.yaml" >reg/40.yaml
whole() {
	jq -c '{event:"order.placed",event_id:"e",order_id:"O",source:"s",at:"2026-11-20T00:00:00Z",channel:"web",currency:"EUR"} + . |
		.lines = [(.lines // [{}])[] | {line_id:"1",sku:"S",qty:1} + .]'
}
winner() {
	fx-route -r reg "$@" 2>err | jq -r 'select(.event=="task.assigned").rule_id' | sort -u
}
{ echo rules:; rule x 'service_level != "pickup"'; rule rest true; } | registry
is "an absent field turns a != round" "$(codes)" "absent-loses@2 "
fx-lint --format ndjson reg | jq -c .order | whole >order
check "its order meets the contract" fx-validate -r reg order
is "is not the rule's" "$(winner order)" rest
is "and with the field it is" "$(jq -c '.service_level="standard"' order | winner)" x
fx-lint reg >out || :
col=$(sed -n 's/^reg[^:]*:2:\([0-9]*\): .*absent-loses.*/\1/p' out)
is "at the very attribute" "$(sed -n 2p reg/10.yaml | cut -c"$col"-)" "service_level != \"pickup\"'}"
{ echo rules:; rule x '!has(service_level) || service_level != "pickup"'; rule rest true; } | registry
is "asked for first" "$(codes --notes | grep -c absent)" 0
{ echo rules:; rule x 'channel != "web"'; rule rest true; } | registry
is "what the contract demands is there" "$(codes --notes | grep -c absent)" 0
{ echo rules:; rule x 'service_level == "pickup" || channel == "web"'; rule rest true; } | registry
is "absorbed, or false anyway: a note" "$(codes) $(codes --notes | tr ' ' '\n' | grep absent)" " absent-errs@2"
is "on an order that absorbs nothing" "$(fx-lint --notes --format ndjson reg | jq -r 'select(.code=="absent-errs").order | .channel != "web" and (has("service_level") | not)')" true
{ echo rules:; rule x 'channel == "web" && !(SKU.type == "digital" && fraud_score > 3)'; rule rest true; } | registry
is "each field that does it, in lines too" "$(codes)" "absent-loses@2 absent-loses@2 "
is "its order lacks just that field" "$(fx-lint --format ndjson reg | jq -c '[.order | has("fraud_score"), (.lines[0] | has("type"))]' | sort | tr '\n' ' ')" "[false,true] [true,false] "
fx-lint --format ndjson reg | jq -c .order | whole | jq -c '.event_id="e\(input_line_number)"' >order
is "both orders go elsewhere" "$(grep -c . order) $(winner order)" "2 rest"
{ echo rules:; rule x 'has(ship_to) && ship_to.country != "DE"'; rule rest true; } | registry
is "a field of an object that is there" "$(codes)" "absent-loses@2 "
{ echo rules:; rule x 'SKU.name.matches("^a") ? true : false'; rule rest true; } | registry
is "undecided is said, or an order that shows it" "$(codes --notes | tr ' ' '\n' | grep -c 'absent-errs\|absent-undecided')" 1

{ echo rules:; rule x 'ship_to.country > "A"'; rule y 'channel == "web" && fraud_score > 3'; rule rest true; } | registry
fx-lint --overlaps --format ndjson reg | jq -c 'select(.code=="overlap").order' | whole >order
check "an order that is shown fits the contract's patterns" fx-validate -r reg order
is "and is about the field" "$(jq -r '.ship_to.country > "A"' order)" true
{ echo rules:; rule x 'currency == "euro"'; rule y 'ship_to.country in ["GER", "DE"]'; rule z 'SKU.unit_price == "a lot"'; rule rest true; } | registry
is "a text that the contract refuses is never met" "$(codes)" "never-wins@2 never-wins@4 "
fx-lint reg >out || :
like "why" out 'there is no order that it matches; the contract refuses that currency is "euro"'
{ echo rules:; rule x 'total > "2" && total < "1"'; rule rest true; } | registry
fx-lint reg >out || :
like "nor what contradicts itself" out 'can never win: there is no order that it matches \[never-wins\]'
{ echo rules:; rule x 'currency < "E" && currency.startsWith("z")'; rule y 'currency.startsWith("ee")'; rule rest true; } | registry
fx-lint --notes reg >out || :
like "what the contract refuses otherwise is undecided, with what it said" out "rule 'y'.* could not be decided; the contract refuses .*: /currency is \"ee"
{ echo rules:; rule x 'currency.startsWith("E")'; rule y 'currency < "E"'; rule z 'currency >= "F" && currency < "a"'; } | registry
is "no gap but for orders that the contract refuses" "$(codes | tr ' ' '\n' | sort -u | tr '\n' ' ' | sed 's/^ //')" "no-catch-all@4 "
{ echo rules:; rule rest true; } | registry
printf '  - {event: order.placed, schema: contract/event.json}\n' >>reg/40.yaml
is "a schema that none uses" "$(codes)" "contract-unused@$(grep -c . reg/40.yaml) "
echo '{"type": "strin"}' >reg/contract/export.json
is "a schema that is none" "$(codes | tr ' ' '\n' | grep -c contract-broken)" 1
rm -r reg/contract reg/40.yaml

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
like "a rule that no test reaches" out '^# never v1: wins in no test'
like "the plan" out '^1\.\.7$'
is "as NDJSON" "$(fx-lint --test --format ndjson reg | jq -c 'select(.rule_id=="pre")')" \
	'{"rule_id":"pre","rule_version":1,"won":2,"conditions":2,"covered":2,"missing":[]}'
is "and of what no test shows" "$(fx-lint --test --format ndjson reg | jq -c 'select(.rule_id=="never").missing')" \
	'[{"condition":"channel == \"pos\"","value":true},{"condition":"channel == \"pos\"","value":false}]'
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
is "each rule wins, each condition decides both ways" "$(grep '^#' out)" \
	"# 11 of 11 rules win in some test; 13 of 13 conditions decide both ways (MC/DC)"
check "and there are enough" test "$(grep -c "^ok" out)" -ge 15
is "then none is missing" "$(fx-lint --generate shop)" "# no test is missing"
sed -i 's/fraud_score >= 80/fraud_score >= 81/' shop/20-rules.yaml
sed -i 's/SKU.type == "digital"/SKU.type == "download"/' shop/20-rules.yaml
exits "a changed rule is caught" 1 fx-lint --test shop
like "by its test" out '^not ok .*gift-cards takes it'
# Only what lacks is made, all of it passes, and covers all but what is said to have none.
cat >reg/00.yaml <<'X'
owners: [{id: a, kind: team, send: 'spool:a'}, {id: b, kind: system, send: 'spool:b'}]
X
cat >reg/10.yaml <<'X'
rules:
  - {rule: half, version: 2, maintainer: m, owner: b, flow: f, when: 'channel == "app"', canary: 3% until 2026-12-01}
  - {rule: half, version: 1, maintainer: m, owner: a, flow: f, when: 'channel == "app" && total > 5'}
  - rule: mixed
    version: 1
    maintainer: m
    owner: b
    flow: f
    when: |
      (channel == "web" || channel == "pos")
        && !(SKU.type == "digital" && size(lines) > 2) && has(SKU.qty)
    tests:
      - given: {channel: web, lines: [{type: stock, qty: 1}]}
        expect: {rule_id: mixed}
  - {rule: soon, version: 1, maintainer: m, owner: a, flow: f, when: 'channel == "fax"', from: 2027-01-01}
  - {rule: twice, version: 1, maintainer: m, owner: a, flow: f, when: 'total > 3 && total > 2 && service_level != "x"'}
  - {rule: changed, version: 1, maintainer: m, owner: a, flow: f, on: order.changed, when: 'has(SKU.sku) || false'}
  - {rule: hidden, version: 1, maintainer: m, owner: a, flow: f, on: order.placed, when: 'total > 4 && service_level == "y"'}
X
exits "generates of a harder one" 0 fx-lint --generate --now 2026-11-25T00:00:00Z reg
cp out made
mkdir reg/tests
cp made reg/tests/made.yaml
is "what a test of the rule shows is not made again" "$(grep -c 'mixed takes it\|mixed: has(SKU.qty) is true\|"web.* is true' made)" 0
exits "all pass, at any time" 0 fx-lint --test --now 2027-06-01 reg
fx-lint --test --now 2026-11-25 --format ndjson reg >out
is "what is then shown by no test was said to have no order" \
	"$(jq -r 'select(.missing) | .rule_id as $r | .missing[] | "\($r) \(.condition) \(.value)"' out | grep -v '^soon' | tr '\n' ' ')" \
	"$(sed -n 's/^# \([a-z]*\) v[0-9]*: no order on which \(.*\) decides by being \(true\|false\): there is none$/\1 \2 \3/p' made | tr '\n' ' ')"
like "where one condition holds another" made '^# twice v1: no order on which total > 2 decides by being false: there is none$'
like "a rule that never wins" made '^# hidden v1: no order that it takes: there is none$'
like "a rule of another time" made '^# soon v1: does not hold now'
is "rules that win nowhere are those" "$(jq -r 'select(.won == 0).rule_id' out | tr '\n' ' ')" "soon hidden "
is "both versions win, one by an order in its share" "$(jq -c 'select(.rule_id=="half") | [.rule_version, .won > 0, .covered == .conditions]' out | tr '\n' ' ')" \
	'[2,true,true] [1,true,true] '
is "again: nothing more" "$(fx-lint --generate --now 2026-11-25 reg | grep -vc "^#")" 0
is "nothing was left open" "$(grep -c 'proves nothing' made)" 0
rm -r reg/tests
# Readiness: eight things for each flow, and each of them told where it lacks.
exits "a shop's flows, some without an objective" 1 fx-lint --readiness "$TOP/rules.d"
is "each flow once" "$(grep -vc '^  ' out)" "$(grep -c '^    flow:' "$TOP/rules.d/20-rules.yaml" | awk '{print $1 - 1}')"
is "eight things, in the order of the work" "$(sed -n '/^warehouse-express: ready/,/^[a-z]/{s/^  \(.................\).*/\1/p;}' out | sed 's/ *$//' | tr '\n' ',')" \
	"trigger,owner,source of truth,routing rule,failure mode,QA signal,metric,recovery path,"
like "with what is there" out '^  source of truth  contract/trigger.json$'
like "and what is not" out "^  metric           MISSING: no objective in 'slos'$"
mkdir -p bare/contract
cat >bare/10.yaml <<'X'
owners: [{id: a, kind: team}]
rules: [{rule: r, version: 4, maintainer: m, owner: a, flow: f, when: true, on: order.placed}]
X
exits "a flow that has nothing" 1 fx-lint --readiness bare
is "lacks six" "$(sed 's/ *MISSING: /!/; s/  */ /g' out)" "f: 6 of 8 missing
 trigger order.placed
 owner a;!a has no 'send'
 source of truth!no contract for order.placed
 routing rule r v4
 failure mode!rule r promises nothing
 QA signal!rule r wins in no test
 metric!no objective in 'slos'
 recovery path!rule r has no fallback"
cp "$TOP/rules.d/contract/trigger.json" bare/contract
cat >bare/10.yaml <<'X'
owners: [{id: a, kind: team, send: 'spool:a'}, {id: b, kind: team, send: 'spool:b'}]
rules:
  - rule: r
    version: 4
    maintainer: m
    owner: a
    flow: f
    when: true
    on: order.placed
    sla: delivery within 1h
    fallback: b after 2h
    tests: [{given: {channel: web}, expect: {owner_id: a}}]
slos: [{flow: f, objective: 99% delivery over 30d}]
contract: [{event: order.*, schema: contract/trigger.json}]
exceptions: [{failure: delivery-late, maintainer: m, action: notify b}]
X
exits "a flow that has all" 0 fx-lint --readiness bare
is "is ready" "$(head -n 1 out)" "f: ready"
is "as NDJSON" "$(fx-lint --readiness --format ndjson bare | jq -c '[.flow_id, .ready, ."recovery path".have, .metric.missing]')" \
	'["f",true,"delivery-late: notify b; b after 2h",""]'
sed -i '/^exceptions/d' bare/10.yaml
exits "its path taken out" 1 fx-lint --readiness bare
like "is missed" out 'MISSING: no exception path for delivery-late$'

exits "no registry" 2 fx-lint nowhere
exits "two operands" 2 fx-lint reg reg
exits "a wrong format" 2 fx-lint --format xml reg
exits "a full disk" 2 sh -c "fx-lint reg --notes >/dev/full"
done_testing
