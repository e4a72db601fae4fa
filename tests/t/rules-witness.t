#!/bin/sh
# Every order that fx-lint and fx-diff show meets the contract of the registry it is about.
. "$(dirname "$0")/../lib.sh"

# meets NAME AT_LEAST DIR OLD...: the orders of lint, and of diff against each OLD.
meets() {
	name=$1 least=$2 dir=$3
	shift 3
	fx-lint --notes --overlaps --format ndjson --now 2026-11-20 "$dir" 2>>err | jq -c 'select(.order).order' >orders
	for old; do
		fx-diff --now 2026-11-20 "$old" "$dir" 2>>err | sed -n 's/^    {/{/p' >>orders
	done
	check "$name: the orders meet the contract" fx-validate -q -r "$dir" orders
	check "$name: and there are some" test "$(grep -c . orders)" -ge "$least"
	# fx-route reads each: none is refused for what every trigger has
	fx-route -q -r "$dir" --now 2026-11-20 orders 2>refused || :
	is "$name: fx-route knows their ids and times" "$(grep -vc 'no rule takes' refused)" 0
}

cp -R "$TOP/rules.d" shop
cp -R shop none
cat >none/20-rules.yaml <<'Y'
rules:
  - {rule: rest, version: 1, maintainer: ops, when: true, owner: ops-team, flow: manual}
milestones: [{milestone: return-decided, event: task.completed, failure: return-late}]
Y
meets "the shop's registry" 20 shop none
sed -i '/everything-else/,$d' shop/20-rules.yaml
sed -i 's/fraud_score >= 80/fraud_score > 80.5/; s/"pickup"/"store" OR ship_to.country != "DE"/' shop/20-rules.yaml
echo 'milestones: [{milestone: return-decided, event: task.completed, failure: return-late}]' >>shop/20-rules.yaml
meets "with holes" 10 shop none "$TOP/rules.d"
is "a gap for each event" "$(fx-lint --format ndjson shop | grep -c '"gap"')" 2

# A contract that makes it hard.
mkdir hard hard/c bare
cat >hard/00.yaml <<'Y'
maintainer: a
owners: [{id: a, kind: team, send: 'spool:a'}, {id: b, kind: system, send: 'spool:b'}]
exceptions: [{failure: '*', maintainer: m, action: notify b}]
contract: [{event: order.placed, schema: c/order.json}, {event: order.changed, schema: c/order.json}, {event: x.y, schema: c/parts.json}]
Y
cat >hard/c/parts.json <<'Y'
{"$defs": {"code": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}(-[a-z]+)?$"},
  "who": {"type": "object", "required": ["name", "grade"], "properties": {"name": {"type": "string", "minLength": 12},
    "grade": {"enum": ["gold", "lead"]}}}}}
Y
cat >hard/c/order.json <<'Y'
{"type": "object", "additionalProperties": false,
 "required": ["event", "event_id", "order_id", "at", "source", "lines", "region", "buyer", "count"],
 "properties": {"event": {"enum": ["order.placed", "order.changed"]}, "event_id": {"type": "string", "pattern": "^evt-[0-9a-f]{8}$"},
  "order_id": {"type": "string", "minLength": 6, "maxLength": 6}, "at": {"type": "string", "pattern": "^20[0-9][0-9]-11-20T0[0-9]:00:00Z$"},
  "source": {"const": "hard/source"}, "region": {"type": "string", "pattern": "^(north|south)-[1-9]$"},
  "buyer": {"$ref": "parts.json#/$defs/who"}, "code": {"$ref": "parts.json#/$defs/code"},
  "count": {"type": "integer", "multipleOf": 12, "minimum": 24}, "weight": {"type": "number", "exclusiveMinimum": 0},
  "note": {"type": "string", "minLength": 8, "maxLength": 10}, "mail": {"type": "string", "format": "email", "pattern": "@"},
  "gift": {"type": "boolean"}, "card": {"type": "string", "maxLength": 4},
  "lines": {"type": "array", "minItems": 2, "items": {"$ref": "#/$defs/line"}}},
 "dependentRequired": {"gift": ["card"]},
 "if": {"properties": {"event": {"const": "order.changed"}}}, "then": {"required": ["note"]},
 "$defs": {"line": {"type": "object", "required": ["sku", "qty"], "additionalProperties": false,
  "properties": {"sku": {"type": "string", "pattern": "^[0-9]{3}[A-Z]$"}, "qty": {"type": "integer", "minimum": 1},
   "kind": {"enum": ["box", "bag", null]}}}}}
Y
n=0
rules() {
	echo 'rules:'
	for w; do
		n=$((n + 1))
		printf '  - {rule: r%s, version: 1, maintainer: m, owner: a, flow: f%s, sla: delivery within 1h, when: '"'%s'}\n" $n $n "$w"
	done
}
cp -R hard/. bare
rules true >bare/10.yaml
try() {
	rules "$@" >hard/10.yaml
	meets "$1 ..." 1 hard bare
	is "$1 ...: each rule can win, and is shown to" "$(fx-lint --notes --format ndjson hard | grep -c '"undecided"')" 0
}
try 'code.startsWith("AB-12")' 'code > "B" && code < "C"' 'SKU.kind == "box"'
try 'note.startsWith("ab")' 'note.endsWith("yz")' 'count > 100'
try 'count == 36' 'count > 36 && count < 60' 'weight > 0.5 && weight <= 0.75' 'region.startsWith("south")'
try 'buyer.grade != "gold" && buyer.name.startsWith("Ann")' 'has(mail) && mail.startsWith("q")'
try 'SKU.sku.startsWith("12")' 'SKU.sku.endsWith("Q")' 'SKU.qty > 5 && size(lines) > 2'
try 'SKU.kind != "bag"' 'card == "x"' 'event == "order.changed" && note != "abcdefgh"'
try 'size(note) > 8' 'code != "AB-1234" && region != "north-1"'

# What no order can be found for is undecided, and never shown.
rules 'code == "nonsense"' 'region.startsWith("west")' true >hard/10.yaml
fx-lint --notes --format ndjson hard >out || :
is "undecided, not guessed" "$(jq -r 'select(.code=="undecided").line' out | tr '\n' ' ')" "2 3 "
like "with the reason" out 'the contract refuses the orders that were tried: /code is .*nonsense'
is "fx-diff shows none, and says so" "$(fx-diff bare hard | grep -c 'nonsense\|west') $(fx-diff bare hard | grep -c 'could not be decided')" "0 1"
done_testing
