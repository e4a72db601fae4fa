#!/bin/sh
# A broken registry: every fault at once, each with file:line:column and a hint.
. "$(dirname "$0")/../lib.sh"

route() {
	fx-route -r reg </dev/null
}
# broken NAME: YAML on stdin replaces the registry; the faults are in $T/err.
broken() {
	rm -rf reg
	mkdir reg
	cat >reg/10.yaml
	exits "$1: refused" 2 route
	is "$1: nothing written" "$(wc -c <out | tr -d ' ')" 0
}

# The design's own example, with the owners that it names.
mkdir reg
cat >reg/10.yaml <<'X'
calendars: {german-holidays: [2026-12-25]}
owners:
  - id: fulfillment-service-vendor
    kind: system
    send: https://vendor.example/tasks         # or spool:DIR, exec:COMMAND, mail:ADDRESS
    format: task                               # cloudevent | slack | pagerduty
    secret: env:VENDOR_WEBHOOK_SECRET          # or file:PATH; a secret is never in the registry
    hours: Mon-Fri 08:00-18:00 Europe/Berlin   # SLA clocks run inside these; absent = always
    closed: german-holidays                    # a named calendar of dates
  - {id: ops-team-review, kind: team}
  - {id: ops-team, kind: team}
  - {id: revenue-ops-review, kind: team}
rules:
  - rule: marketplace-preorder
    version: 3
    maintainer: revenue-ops
    on: order.placed                            # default: order.placed and order.changed
    when: channel == "marketplace" AND SKU.type == "preorder"
    owner: fulfillment-service-vendor
    flow: vendor-dropship
    sla: vendor-confirmation within 60m         # or a list; delivery by promised_at; carrier-handover by 17:00 cutoff 14:00
    fallback: ops-team-review after 2h
    carrier: dhl-express
    canary: 10% until 2026-12-01                # absent: all of them
    from: 2026-11-20T17:00:00Z                  # and until: the window that it holds in
    tests:
      - given: {channel: marketplace, lines: [{type: preorder}]}
        expect: {owner_id: fulfillment-service-vendor}
exceptions:
  - failure: vendor-no-confirmation
    maintainer: revenue-ops
    action: re-route to ops-team with order export + last 3 vendor attempt logs
    escalation: if unresolved in 2h, route to revenue-ops-review and place customer-facing hold
live_from: 2026-11-01T00:00:00Z              # earlier triggers feed the figures; nothing of them is sent
limits:                                       # every action has one built in
  cancel: 20 per sweep
  hold: 100 per sweep
slos:
  - flow: vendor-dropship
    objective: 99% vendor-confirmation over 30d
contract:
  - event: order.*
    schema: contract/trigger.json
X
mkdir reg/contract
echo '{}' >reg/contract/trigger.json
exits "the design's example loads" 0 route
cp out published
is "tests decide nothing and are not published" "$(jq -c '[.registry.rules[]|has("tests")]' published)" '[false]'
is "schemas go along" "$(jq -c .registry.schemas published)" '{"contract/trigger.json":"{}\n"}'
sed -i 's/channel: marketplace, lines/channel: web, lines/' reg/10.yaml
route >again
is "a test changed: the same digest" "$(jq -r .digest again)" "$(jq -r .digest published)"
sed -i 's/within 60m/within 61m/' reg/10.yaml
route >again
[ "$(jq -r .digest again)" != "$(jq -r .digest published)" ]
ok "a rule changed: another digest"
sed -i 's/within 61m/within 60m/' reg/10.yaml
echo '{"type":"object"}' >reg/contract/trigger.json
route >again
[ "$(jq -r .digest again)" != "$(jq -r .digest published)" ]
ok "a schema changed: another digest"

broken "misspelt keys" <<'X'
owners:
  - {id: a, kind: system}
ruels: []
rules:
  - rule: r
    version: 1
    maintainer: m
    when: true
    owner: a
    flow: f
    fallbck: a after 2h
X
like "the top level" err '^fx-route: reg/10\.yaml:3:1: unknown key .ruels. in registry; did you mean .rules.\?$'
like "a rule" err "^fx-route: reg/10\.yaml:11:5: unknown key 'fallbck' in rule; did you mean 'fallback'\?$"

broken "missing and mistyped" <<'X'
owners:
  - {id: a, kind: robot}
  - {kind: team}
  - {id: b c, kind: team}
  - {id: d, kind: team, send: ftp://x, secret: hunter2, format: xml, hours: Mon-Fri 9-5, closed: xmas}
  - {id: e, kind: system, send: "spool:x", format: cloudevent-binary, parallel: 2}
  - {id: f, kind: system, send: "http://x", parallel: 0}
rules:
  - {rule: r, version: one, maintainer: m, when: true, owner: a, flow: f}
  - {rule: s, maintainer: m, when: 7, owner: a}
X
like "kind" err "10\.yaml:2:19: 'kind' is system or team"
like "a form of requests to what takes none" err "10\.yaml:6:[0-9]+: 'cloudevent-binary' is a form of HTTP requests"
like "so much at once of what is done one by one" err "10\.yaml:6:[0-9]+: 'parallel' counts HTTP requests"
like "none at once" err "10\.yaml:7:[0-9]+: 'parallel' is a whole number from 1 to 1000"
like "id absent" err "10\.yaml:3:5: owner lacks 'id'"
like "id with a space" err "10\.yaml:4:10: 'b c': an id has no spaces"
like "send" err "10\.yaml:5:31: 'ftp://x': an endpoint is"
like "secret" err "10\.yaml:5:48: a secret is never in the registry"
like "format" err "'format' is task, cloudevent"
like "hours" err "hours are written"
like "version" err "10\.yaml:9:24: 'version' must be a whole number"
like "when" err "10\.yaml:10:36: 'when' must be text or true or false"
like "flow absent" err "10\.yaml:10:5: rule lacks 'flow'"

broken "names that nobody defined, phrases that break" <<'X'
owners:
  - {id: ops-team, kind: team}
  - {id: vendor, kind: system, hours: Mon-Fri 08:00-18:00 Europe/Berlin}
rules:
  - rule: r
    version: 1
    maintainer: m
    when: channel = "web"
    owner: vendr
    flow: f
    sla: vendor-confirmaton within 60m
    fallback: ops-taem after 2h
  - rule: s
    version: 1
    maintainer: m
    on: order
    when: true
    owner: vendor
    flow: g
    sla:
      - vendor-confirmation within 60m
      - delivery within 2d
    canary: 10 percent
    from: 2026-12-01
    until: 2026-11-01
exceptions:
  - failure: carrier delay
    maintainer: m
    action: re-route to ops-team and pray
slos:
  - {flow: x, objective: 99% delivery over 30d}
limits: {cancel: lots}
maintainer: nobody
contract:
  - {event: order.*, schema: contract/nowhere.json}
  - {event: order.*, schema: ../secret.json}
X
like "an owner" err "10\.yaml:9:12: no owner 'vendr'; did you mean 'vendor'\?"
like "a predicate, at its very token" err '10\.yaml:8:19: '
like "a milestone" err "10\.yaml:11:10: no milestone 'vendor-confirmaton'; did you mean 'vendor-confirmation'\?"
like "a fallback" err "10\.yaml:12:15: no owner 'ops-taem'; did you mean 'ops-team'\?"
like "an event" err "10\.yaml:16:9: 'on' names events such as order.placed"
like "days on an owner's clock" err "10\.yaml:22:25: '2d' counts days of 24 hours, but vendor has hours"
like "a canary" err "10\.yaml:23:13: "
like "a window" err "10\.yaml:25:12: 'until' is not after 'from'"
like "an action inside its phrase" err "10\.yaml:29:38: expected an action"
like "a flow" err "no rule has the flow 'x'"
like "a limit" err "10\.yaml:32:18: expected a number"
like "the maintainer" err "10\.yaml:33:13: 'maintainer' must be an owner"
like "a schema file" err "nowhere\.json"
like "a schema outside" err "a schema lies inside"

broken "twice" <<'X'
owners:
  - {id: a, kind: system}
  - {id: a, kind: team}
rules:
  - {rule: r, version: 1, maintainer: m, when: true, owner: a, flow: f}
  - {rule: r, version: 1, maintainer: m, when: true, owner: a, flow: f}
  - {rule: r, version: 2, maintainer: m, on: task.assigned, when: true, owner: a, flow: f}
exceptions:
  - {failure: out of-stock, maintainer: m, action: notify a}
  - {failure: out-of-stock, maintainer: m, action: notify a}
X
like "an owner" err "10\.yaml:3:5: owner 'a' is defined twice: first in line 2 of reg/10\.yaml"
like "a rule's version" err "10\.yaml:6:5: rule 'r' version 1 is defined twice"
like "our own event" err "'task.assigned' is written by fx itself"
like "a failure, spaces taken as hyphens" err "failure 'out-of-stock' has two paths"

cp -R "$TOP/rules.d" sample
fx-route -r sample </dev/null
ok "the registry that the next ones spoil"
# spoilt NAME SED: the sample's rules so changed; the faults without their places are in $T/faults.
spoilt() {
	sed "$2" "$TOP/rules.d/20-rules.yaml" >sample/20-rules.yaml
	exits "$1" 2 fx-route -r sample /dev/null
	sed 's/.*yaml:[0-9]*:[0-9]*: //' err >faults
}
R='/rule: marketplace-preorder$/,/fallback:/'
spoilt "four faults in one rule" \
	"$R { s/version: .*/version: three/; s/owner: .*/owner: nobody/; s/sla: .*/sla: soon/; s/when: .*/when: channel == 1/ }"
is "are four" "$(wc -l <faults)" 4
like "the version" faults "^'version' must be a whole number"
like "the owner" faults "^no owner 'nobody'"
like "the predicate" faults 'compared with'
spoilt "a key too few, and a fault" "$R { /version: /d; s/owner: .*/owner: nobody/ }"
is "are two" "$(sort faults | cut -c1-20)" "$(printf "no owner 'nobody'\nrule lacks 'version'")"
spoilt "a text without quotes" "$R s/when: .*/when: channel == marketplace/"
is "is told how to write it" "$(cat faults)" \
	"the contract has no field 'marketplace'; did you mean the string \"marketplace\"?"
spoilt "the sides the other way round" "$R s/when: .*/when: marketplace == channel/"
like "the same" faults 'did you mean the string "marketplace"[?]$'
spoilt "in a list" "$R s/when: .*/when: 'SKU.type in [\"stock\", preorder]'/"
like "the very element" faults 'did you mean the string "preorder"[?]$'
spoilt "a value of an enum" "$R s/when: .*/when: event != order.placed/"
like "with its dot" faults "has no field 'order'; did you mean the string \"order.placed\"[?]$"
spoilt "a field without its SKU" "$R s/when: .*/when: channel == sku/"
like "is one still" faults "has no field 'sku'; a line has: SKU.sku$"
spoilt "no text at all" "$R s/when: .*/when: total > marketplace/"
is "has no such hint" "$(cat faults)" "the contract has no field 'marketplace'"

broken "YAML" <<'X'
owners: [
X
like "its place" err '^fx-route: reg/10\.yaml:[0-9]+:[0-9]+: '
printf 'live_from: 2026-11-01\nowners: [{id: a, kind: team}]\n' >reg/10.yaml
printf 'live_from: 2026-12-01\n' >reg/20.yaml
exits "the same value in two files" 2 route
like "says which" err "reg/20\.yaml:1:12: 'live_from' is said twice: first in reg/10\.yaml"
printf '# nothing yet\n' >reg/20.yaml
exits "no rule in any file" 2 route
is "would decide nothing" "$(cat err)" 'fx-route: reg: no rules: nothing would be decided'
printf 'rules: []\n' >reg/20.yaml
exits "an empty list of rules" 2 route
printf 'rules: [{rule: r, version: 1, maintainer: m, when: true, owner: a, flow: f}]\n' >>reg/10.yaml
printf '# nothing yet\n' >reg/20.yaml
exits "a file of comments alone is fine" 0 route

# The order of files decides.
rm -rf reg
mkdir reg
echo 'owners: [{id: a, kind: team}, {id: b, kind: team}]' >reg/00.yaml
echo 'rules: [{rule: late, version: 1, maintainer: m, when: true, owner: b, flow: f}]' >reg/20.yaml
echo 'rules: [{rule: early, version: 1, maintainer: m, when: true, owner: a, flow: f}]' >reg/10.yml
echo '{"event":"order.placed","event_id":"e","order_id":"O","at":"2026-11-20T18:03:09Z","source":"s"}' >o
is "files in lexical order, .yml too" "$(fx-route -r reg o | jq -r 'select(.task_id).rule_id')" early
done_testing
