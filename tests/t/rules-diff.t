#!/bin/sh
# fx-diff: rules that differ, orders that change hands, counted and proved.
. "$(dirname "$0")/../lib.sh"

mkdir old
cat >old/r.yaml <<'X'
owners: [{id: a, kind: team}, {id: b, kind: system}]
rules:
  - {rule: pre, version: 1, maintainer: m, when: channel == "marketplace" AND SKU.type == "preorder", owner: b, flow: f}
  - {rule: gone, version: 1, maintainer: m, when: channel == "fax", owner: a, flow: g}
  - {rule: rest, version: 1, maintainer: m, when: true, owner: a, flow: g}
X
cp -R old new
exits "the same twice" 0 fx-diff old new
is "is proved to move nothing" "$(cat out)" "0 rules differ
no order changes hands"
sed -i 's/channel == "marketplace" AND SKU.type == "preorder"/SKU.type == "preorder" AND channel == "marketplace"/' new/r.yaml
exits "another spelling" 1 fx-diff old new
like "the rule differs" out '^  ~ pre v1: when; its version must rise$'
like "yet no order moves" out '^no order changes hands$'
cat >new/r.yaml <<'X'
owners: [{id: a, kind: team}, {id: b, kind: system}]
rules:
  - {rule: pre, version: 2, maintainer: m, when: 'channel in ["marketplace", "web"] AND SKU.type == "preorder"', owner: b, flow: f}
  - {rule: added, version: 1, maintainer: m, on: return.requested, when: true, owner: a, flow: r}
  - {rule: rest, version: 1, maintainer: m, when: true, owner: a, flow: g}
X
exits "a changed rule" 1 fx-diff old new
like "changed" out '^  ~ pre v1 -> v2: when$'
like "added" out '^  \+ added v1$'
like "removed" out '^  - gone v1$'
is "each way with a witness, and no other" "$(grep -c ' -> ' out)" 3
like "a web preorder moves" out '^  a, g -> b, f$'
like "returns" out '^  passes -> a, r$'
sed -n '/^  a, g -> b, f/{n;p;}' out | jq -c '. + {event_id:"e",order_id:"O",source:"s",at:"2026-11-20T00:00:00Z"}' >w
is "the witness does so in fx-route" \
	"$(for r in old new; do fx-route -r $r w | jq -r 'select(.task_id).owner_id'; done | tr '\n' ' ')" "a b "

head='"event":"order.placed","at":"2026-11-20T00:00:00Z","source":"s"'
cat >orders <<X
{$head,"event_id":"1","order_id":"A","channel":"web","lines":[{"type":"preorder"},{"type":"stock"},{"type":"preorder"}]}
{$head,"event_id":"2","order_id":"B","channel":"web","lines":[{"type":"preorder"}]}
{$head,"event_id":"3","order_id":"C","channel":"marketplace","lines":[{"type":"preorder"}]}
{$head,"event_id":"4","order_id":"D","channel":"web","lines":[]}
{"event":"order.cancelled","event_id":"5","order_id":"D"}
X
exits "over orders" 1 fx-diff old new orders
like "counted by hand: A and B of 4" out '^2 of 4 orders change hands \(50\.0 %\), 3 of 6 lines$'
like "from and to" out '^  a, g -> b, f: 3 lines of 2 orders \(50\.0 %\), first A$'
is "as NDJSON" "$(fx-diff --format ndjson old new orders | jq -c 'select(.from)')" \
	'{"from":"a, g","to":"b, f","lines":3,"orders":2,"first_order_id":"A"}'
exits "from standard input" 1 sh -c 'fx-diff old new - <orders'
like "the same" out '^2 of 4 orders'

# What moves only where there are no lines, and only where there are.
mkdir o2 n2
rules() {
	echo 'owners: [{id: a, kind: team}, {id: b, kind: system}]'
	echo 'rules:'
	echo "  - {rule: each, version: 1, maintainer: m, on: order.placed, when: 'has(SKU.x) || !has(SKU.x)', owner: $1, flow: f}"
	echo "  - {rule: rest, version: 1, maintainer: m, on: order.placed, when: true, owner: $2, flow: f}"
}
who() {
	sed -n 's/^    {/{/p' out | jq -c '. + {event_id:"e",order_id:"O",source:"s",at:"2026-11-20T00:00:00Z"}' >w
	for r in o2 n2; do fx-route -r $r w | jq -r 'select(.task_id).owner_id'; done | tr '\n' ' '
}
rules a a >o2/r.yaml
rules a b >n2/r.yaml
exits "orders without lines" 1 fx-diff o2 n2
is "are told by one without" "$(grep -c '"lines"' out) $(who)" "0 a b "
rules b a >n2/r.yaml
exits "orders with lines" 1 fx-diff o2 n2
is "by one with" "$(grep -c '"lines"' out) $(who)" "1 a b "

# Thousands of rules: what cannot meet is not asked for.
mkdir many many2
awk 'BEGIN { print "owners: [{id: a, kind: team}, {id: b, kind: system}]\nrules:"
	for (i = 0; i < 4000; i++) printf "  - {rule: r%d, version: 1, maintainer: m, on: order.placed, owner: a, flow: f%d, when: \047SKU.sku == \"S-%d\" && channel == \"web\"\047}\n", i, i, i
	print "  - {rule: rest, version: 1, maintainer: m, on: order.placed, owner: b, flow: g, when: true}" }' >many/r.yaml
exits "4,001 rules, the same twice" 0 fx-diff many many
like "are proved to move nothing" out '^no order changes hands$'
sed 's/"S-1234" && channel == "web"/"S-1234"/' many/r.yaml >many2/r.yaml
exits "one of them widened" 1 fx-diff many many2
is "moves one region, and that is all" "$(sed -n '3,$p' out | grep -v '^    {')" "orders that change hands:
  b, g -> a, f1234"
is "its order is of that rule, and not from the web" "$(sed -n 's/^    {/{/p' out | jq -c '[.lines[0].sku, .channel == "web"]')" '["S-1234",false]'

# Against what the ledger holds.
cp -R old rules.d
fx-sign --init --origin shop.example/x >/dev/null 2>&1
fx-route --now 2026-11-20T01:00:00Z orders | fx-sign -q 2>err
exits "nothing has changed since" 0 fx-diff --now 2026-11-21
like "over the ledger's triggers" out '^0 of 4 orders'
cp new/r.yaml rules.d/r.yaml
exits "rules.d against the ledger's registry" 1 fx-diff --now 2026-11-21
like "the same counts" out '^2 of 4 orders change hands \(50\.0 %\), 3 of 6 lines$'
fx-sign --init --origin shop.example/y -l shard -k shard.key >/dev/null 2>&1
jq -c '.event_id += "y" | .order_id += "y"' orders | fx-route -r old -l shard --now 2026-11-20T02:00:00Z | fx-sign -q -l shard -k shard.key 2>err
exits "and a shard" 1 fx-diff --now 2026-11-21 -l ledger -l shard
like "adds its orders" out '^4 of 8 orders change hands'
exits "only the last day's" 1 fx-diff --now 2026-11-28 --since 1d
like "none" out '^0 of 0 orders'
exits "a broken registry" 2 fx-diff old "$T"
exits "no ledger" 2 fx-diff -l nowhere
exits "a wrong format" 2 fx-diff --format xml old new
exits "a wrong time" 2 fx-diff --since soon old new
exits "no such file" 2 fx-diff old new nowhere
exits "a full disk" 2 sh -c 'fx-diff old new >/dev/full'
done_testing
