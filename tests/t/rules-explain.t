#!/bin/sh
# --explain and --reroute.
. "$(dirname "$0")/../lib.sh"

mkdir rules.d
cat >rules.d/r.yaml <<'X'
owners: [{id: vendor, kind: system}, {id: ops, kind: team}]
rules:
  - {rule: old, version: 1, maintainer: m, when: true, owner: ops, flow: f, until: 2026-01-01}
  - {rule: pre, version: 2, maintainer: m, when: channel == "marketplace" AND SKU.type == "preorder", owner: vendor, flow: f}
  - {rule: new, version: 1, maintainer: m, when: SKU.type == "preorder", owner: vendor, flow: f, canary: 0.001%}
  - {rule: big, version: 1, maintainer: m, when: total_weight > 5, owner: vendor, flow: f}
  - {rule: rest, version: 1, maintainer: m, when: true, owner: ops, flow: f}
  - {rule: never, version: 1, maintainer: m, when: true, owner: ops, flow: f}
X
head='"event_id":"e1","at":"2026-11-20T18:03:09Z","source":"shop"'
cat >o <<X
{"event":"order.placed","order_id":"A",$head,"channel":"web","lines":[{"line_id":"1","type":"preorder"},{"line_id":"2","type":"stock"}]}
{"event":"order.cancelled","order_id":"A",$head}
X
exits "explains" 0 fx-route --explain --now 2026-11-20T19:00:00Z o
like "the record" out '^o:1: "order.placed" A$'
like "the line" out '^  lines\[0\] "1"$'
like "a window" out '^    old +v1 +skipped: outside its window$'
like "a near miss with its value" out '^    pre +v2 +near miss, but for: channel == "marketplace" \(channel is "web"\)$'
like "a canary" out "^    new +v1 +matches, but the order falls at [0-9.]+%, not below the canary's 0.001%$"
like "an absent field" out '^    big +v1 +no: total_weight > 5 \(total_weight is null; .*total_weight.*\)$'
like "two conditions: no near miss" out '^    pre +v2 +no: channel == "marketplace" '
like "the winner" out '^    rest +v1 +WON: true$'
like "what comes later" out '^    never +v1 +would match too, but comes later$'
like "who has it" out '^    -> ops, f$'
like "what passes" out "^  passes: no rule's on: names it$"
is "no records" "$(grep -c '^{' out)" 0
fx-route --explain --format ndjson --now 2026-11-20T19:00:00Z o >x
is "as NDJSON, a line of an order each" "$(jq -c '[.order_id,.line,.line_id,.owner_id]' x | tr '\n' ' ')" \
	'["A",0,"1","ops"] ["A",1,"2","ops"] '
is "verdicts" "$(sed -n 1p x | jq -r '.rules[].verdict' | tr '\n' ' ')" "window failed canary failed won later "
is "values" "$(sed -n 1p x | jq -c '.rules[1]|[.conjunct,.near_miss,.values]')" \
	'["channel == \"marketplace\"",true,{"channel":"web"}]'
exits "a wrong format" 2 fx-route --explain --format xml o
echo '{"event":"order.placed","order_id":"A"}' | fx-route --explain >out 2>&1
like "what is refused" out 'refused: no event_id'

# Reroute.
sed -i 1q o
exits "a ledger" 0 fx-sign --init --origin shop.example/x
fx-route --now 2026-11-20T19:00:00Z o | fx-sign >first 2>err
ok "signed"
d1=$(jq -r 'select(.task_id).decision.digest' first | sort -u)
sed -i 's/when: true, owner: ops, flow: f}$/when: true, owner: vendor, flow: f}/' rules.d/r.yaml
exits "other rules, no --reroute" 0 fx-route --now 2026-11-20T19:00:00Z o
is "the same decision id, for fx-sign to leave out" "$(jq -r 'select(.task_id).decision.id' out)" \
	"$(jq -r 'select(.task_id).decision.id' first)"
exits "--reroute" 0 fx-route --reroute --stats stats --now 2026-11-20T19:00:00Z o
is "says what it supersedes" "$(jq -r 'select(.task_id).decision.supersedes' out)" "$d1"
is "who has it now" "$(jq -r 'select(.task_id).owner_id' out)" vendor
[ "$(jq -r 'select(.task_id).task_id' out)" != "$(jq -r 'select(.task_id).task_id' first)" ]
ok "new ids"
is "counted" "$(jq .superseding stats)" 1
cp out second
fx-sign <second >signed 2>err
is "the ledger takes it" "$(jq -r 'select(.task_id).owner_id' signed)" vendor
exits "again" 0 fx-route --reroute --stats stats2 --now 2026-11-20T20:00:00Z o
is "nothing more to supersede: the same tasks" "$(jq -r 'select(.task_id)|[.task_id,.event_id,.decision.digest]|@tsv' out)" \
	"$(jq -r 'select(.task_id)|[.task_id,.event_id,.decision.digest]|@tsv' second)"
is "counted" "$(jq .superseding stats2)" 0
sed -i 's/when: true, owner: vendor, flow: f}$/when: true, owner: ops, flow: f}/' rules.d/r.yaml
fx-route --reroute --now 2026-11-20T21:00:00Z o | fx-sign >third 2>err
is "and back" "$(jq -r 'select(.task_id).owner_id' third)" ops
is "under ids of its own" "$(cat first second third | jq -r 'select(.task_id).task_id' | sort -u | wc -l | tr -d ' ')" 3
exits "--reroute without a ledger" 2 fx-route --reroute -l nowhere o
done_testing
