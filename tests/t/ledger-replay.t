#!/bin/sh
# fx-verify --replay: every decision again, from the ledger alone.
. "$(dirname "$0")/../lib.sh"

mkdir rules.d
cat >rules.d/a.yaml <<'X'
owners:
  - {id: shed, kind: system, send: "spool:out"}
  - {id: ops, kind: team, send: "spool:ops"}
rules:
  - rule: big
    version: 1
    maintainer: ops
    when: fraud_score > 50
    owner: ops
    flow: manual-review
  - rule: rest
    version: 4
    maintainer: ops
    when: "true"
    owner: shed
    flow: warehouse-pick-pack
X
awk 'BEGIN { for (i = 0; i < 100; i++)
	printf "{\"event\":\"order.placed\",\"event_id\":\"e%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\",\"fraud_score\":%d,\"lines\":[{\"line_id\":\"1\",\"sku\":\"A\",\"qty\":1}]}\n", i, i, i }' >in
fx-sign --init --origin shop.example/orders
fx-route in >routed 2>err || sed 's/^/# /' err
head -75 routed | fx-sign -q # cut between two batches; the rest follows
fx-sign -q routed
rm -rf rules.d/kept
mv rules.d away # the registry is in the ledger
exits "nothing comes out otherwise" 0 fx-verify --replay
like "all were taken again" out '100 decisions taken again, 0 '
# the rules change: old decisions are judged by the registry of their time
mv away rules.d
sed -i 's/> 50/> 10/; s/version: 1/version: 2/' rules.d/a.yaml
sed 's/"e\([0-9]\)/"f\1/; s/"O\([0-9]\)/"P\1/' in | fx-route | fx-sign -q
exits "each by the registry of its time" 0 fx-verify --replay
like "both nights" out '200 decisions taken again, 0 '
# somebody writes another owner into a task before it is signed
rm -rf ledger key
fx-sign --init --origin shop.example/orders
fx-route in | sed '/"O7"/s/"owner_id":"shed"/"owner_id":"ops"/' | fx-sign -q
exits "a bent decision" 1 fx-verify --replay
like "is named" err 'task 1 of e7 went to ops by rest .*now it goes to shed by rest'
is "alone" "$(wc -l <err)" 1
check "though the ledger itself is whole" fx-verify --all
# another score in the trigger than it was decided on
rm -rf ledger key
fx-sign --init --origin shop.example/orders
fx-route in | sed '/"order.placed".*"O7"/{/"task_id"/!s/"fraud_score":7/"fraud_score":77/}' | fx-sign -q
exits "a bent trigger" 1 fx-verify --replay
like "shows as another decision" err 'task 1 of e7 went to shed'
# a registry that is not in the ledger
rm -rf ledger key
fx-sign --init --origin shop.example/orders
fx-route in | grep -v registry.published | fx-sign -q
exits "no registry" 1 fx-verify --replay
like "is said" err 'its registry sha256:.* is not in the ledger'
exits "with records" 2 fx-verify --replay in
done_testing
