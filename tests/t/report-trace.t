#!/bin/sh
# fx-trace: every way to name an order, the sentence, the timeline, the marks.
. "$(dirname "$0")/../lib.sh"
now='--now 2026-11-20T12:00:00Z'

mkdir rules.d
cat >rules.d/10.yaml <<'END'
owners:
  - id: vendor
    kind: system
  - id: ops
    kind: team
rules:
  - rule: all
    version: 4
    maintainer: revenue-ops
    when: channel == "web"
    owner: vendor
    flow: dropship
    sla:
      - vendor-confirmation within 60m
      - carrier-handover within 8h
    fallback: ops after 4h
exceptions:
  - failure: "*"
    maintainer: ops
    action: route to ops
END
order() { # ID EVENT-ID AT EMAIL
	printf '{"event":"order.placed","event_id":"%s","order_id":"%s","at":"%s","source":"shop","channel":"web","customer":{"email":"%s"},"lines":[{"line_id":"1","sku":"A","qty":1}]}\n' \
		"$2" "$1" "$3" "$4"
}
event() { # TYPE ID ORDER AT MORE
	printf '{"event":"%s","event_id":"%s","order_id":"%s","at":"%s","source":"vendor"%s}\n' "$@"
}
{
	order '#1051' e1 2026-11-20T07:00:00Z Ada@example.com
	order '1052' e2 2026-11-20T07:00:00Z bruno@example.com
	order '#1052' e3 2026-11-20T07:00:00Z cleo@example.com
	order '#1053' e4 2026-11-20T07:00:00Z cleo@example.com
	order '#1054' e5 2026-11-20T07:00:00Z dorte@example.com
} | fx-route --now 2026-11-20T08:00:00Z >tasks
{
	cat tasks
	event task.confirmed c1 '#1051' 2026-11-20T08:30:00Z ''
	event task.completed d1 '#1052' 2026-11-20T11:00:00Z ''
	event order.cancelled x1 '#1053' 2026-11-20T10:00:00Z ''
	event exception.opened o1 '#1054' 2026-11-20T10:00:00Z \
		',"exception_id":"fx:exc","task_id":"'"$(jq -r 'select(.order_id == "#1054") | .task_id // empty' tasks)"'","failure":"out-of-stock","step":1,"hold":"customer-facing","owner_id":"ops","due":"2026-11-20T14:00:00Z"'
	event task.shipped s1 '#1054' 2026-11-20T09:00:00Z ',"tracking_number":"DEMO77","lines":[{"line_id":"1","qty":1}]'
	printf '{"event":"order.placed","event_id":"e9","order_id":"#1059","at":"2026-11-20T09:00:00Z","source":"shop"}\n'
} >records
fx-sign --init --origin shop.example/test >/dev/null
fx-sign records >signed
ok "there is a ledger"

sentence() {
	# shellcheck disable=SC2086 # $now is an option and its argument
	fx-trace $now --format ndjson "$@" | jq -r 'select(.trace == "order") | .sentence'
}
is "confirmed: with whom, since when, what next" "$(sentence '#1051')" \
	"Order #1051 is with vendor since Fri 20 Nov 08:00, which confirmed it Fri 20 Nov 08:30; next is carrier-handover, due Fri 20 Nov 16:00 (in 4h00m)."
is "a number finds the one with the hash sign" "$(sentence 1051)" "$(sentence '#1051')"
is "but itself first" "$(sentence 1052 | cut -c1-11)" "Order 1052 "
is "not confirmed: overdue" "$(sentence 1052)" \
	"Order 1052 is with vendor since Fri 20 Nov 08:00, which has not confirmed it yet; overdue is vendor-confirmation, which was due Fri 20 Nov 09:00 (3h00m ago); next is the fallback to ops, due Fri 20 Nov 12:00 (in 0s)."
is "completed" "$(sentence '#1052')" \
	"Order #1052 was completed Fri 20 Nov 11:00, 4h00m after it was placed."
is "cancelled" "$(sentence '#1053')" "Order #1053 was cancelled Fri 20 Nov 10:00."
is "shipped, but an exception and a hold" "$(sentence '#1054')" \
	"Order #1054 was shipped Fri 20 Nov 09:00 with tracking DEMO77; the open exception is out-of-stock, with ops; a customer-facing hold is on; next is the next step of out-of-stock, due Fri 20 Nov 14:00 (in 2h00m)."
is "nobody decided" "$(sentence '#1059')" \
	"Order #1059 came in Fri 20 Nov 09:00, and nobody owns it: no decision about it is in the ledger."
is "as of an earlier time" "$(fx-trace --now 2026-11-20T08:10:00Z --format ndjson 1051 | jq -r .sentence | sed -n 1p)" \
	"Order #1051 is with vendor since Fri 20 Nov 08:00, which has not confirmed it yet; next is vendor-confirmation, due Fri 20 Nov 09:00 (in 50m)."
is "a time far away has its year" "$(fx-trace --now 2027-06-01T00:00:00Z --format ndjson '#1052' | jq -r .sentence | sed -n 1p)" \
	"Order #1052 was completed Fri 20 Nov 2026 11:00, 4h00m after it was placed."
is "local time" "$(TZ=Europe/Berlin sentence '#1053')" "Order #1053 was cancelled Fri 20 Nov 11:00."

for name in "$(jq -r 'select(.order_id == "#1051") | .task_id // empty' tasks)" c1 \
	"$(jq -r 'select(.event_id == "c1") | .audit_token' signed)"; do
	is "found by $name" "$(sentence "$name")" "$(sentence '#1051')"
done
is "found by an exception's id" "$(sentence fx:exc)" "$(sentence '#1054')"
is "found by e-mail, letters' case aside" "$(sentence -m ADA@EXAMPLE.COM)" "$(sentence '#1051')"
is "found by tracking number" "$(sentence -m DEMO77)" "$(sentence '#1054')"
is "one order by two names is told once" "$(sentence -m ada@example.com 1051 c1 | wc -l)" 1
is "one e-mail, two orders" "$(sentence -m cleo@example.com | wc -l)" 2

# Looked for is what the contract marks, and that alone.
exits "the usual fields without a contract" 0 fx-trace -m DEMO77
like "which is said" "$T/err" 'no contract in .*rules.d marks fields'
mkdir -p marked/contract
cat >marked/contract.yaml <<'END'
contract:
  - event: "*"
    schema: contract/any.json
END
cat >marked/contract/any.json <<'END'
{"properties": {
  "customer": {"properties": {"email": {"$ref": "#/$defs/text"}, "name": {"x-searchable": true}}},
  "tracking_number": {"$ref": "#/$defs/text", "x-searchable": true},
  "lines": {"items": {"properties": {"sku": {"x-searchable": true}}}}},
 "$defs": {"text": {"type": ["string", "null"]}}}
END
is "a marked field, in lines" "$(fx-trace -r marked -m a --format ndjson | jq -r 'select(.trace == "order") | .order_id' | sort -u | wc -l)" 5
is "a marked field with a \$ref" "$(sentence -r marked -m demo77)" "$(sentence '#1054')"
exits "not one that is not marked" 1 fx-trace -r marked -m ada@example.com
is "nor is a default told of" "$(grep -c 'no contract' "$T/err")" 0
like "but where was looked" "$T/err" 'as customer.name, tracking_number, lines\[\].sku'
event task.shipped s9 '#1051' 2026-11-20T11:30:00Z ',"tracking_number":"ESC\u0041PE/9"' |
	jq -c --arg t "$(jq -r 'select(.order_id == "#1051") | .task_id // empty' tasks)" 'del(.order_id) + {task_id: $t}' |
	sed 's/ESCAPE/ESC\\u0041PE/' >escaped
cp -R ledger copy
fx-sign -q -l copy escaped
is "spelt with an escape, by its task alone" \
	"$(fx-trace -l copy -m escape/9 --format ndjson 2>/dev/null | jq -r 'select(.trace == "order") | .order_id')" '#1051'
fx-redact -l copy --by dpo --reason test --order '#1053'
is "what was erased is not found" \
	"$(fx-trace -l copy -m cleo@example.com --format ndjson 2>/dev/null | jq -r 'select(.trace == "order") | .order_id')" '#1052'
printf 'contract: [{event: "*", schema: contract/none.json}]\n' >marked/contract.yaml
exits "a contract with faults" 2 fx-trace -r marked -m DEMO77

# shellcheck disable=SC2086
fx-trace $now '#1051' >text
ok "as text"
like "what came in" text '^  07:00:00 +order\.placed from shop'
like "the rule and who keeps it" text 'rule all version 4 \(kept by revenue-ops\)'
like "why" text 'because channel is web'
like "the gap" text '08:30:00 +\+30m +task\.confirmed'
like "the promise kept" text 'vendor-confirmation by Fri 20 Nov 09:00 \(kept\)'
is "within 80 columns" "$(awk 'length > 80' text)" ""
# shellcheck disable=SC2086
fx-trace $now --tokens '#1051' >text
is "each token is the one that fx-sign gave" "$(grep -o 'shop.example/test/.*' text | sort)" \
	"$(jq -r 'select(.order_id == "#1051") | .audit_token' signed | sort)"
# shellcheck disable=SC2086
fx-trace $now --format ndjson '#1051' >nd
is "the records are the entries" "$(jq -c 'select(.trace == "entry") | .record.event' nd | xargs)" \
	"order.placed task.assigned task.confirmed"
is "each verified" "$(jq -s -c '[.[] | select(.trace == "entry") | .verified] | unique' nd)" '[true]'

# As spans.  Of #1054: the order, its task, the exception about it and that one's first step.
# shellcheck disable=SC2086
fx-trace $now --format otlp '#1054' '#1053' >otlp
ok "as spans"
span() { # NAME-PATTERN JQ: of #1054's spans
	jq -r '[.resourceSpans[] | (.resource.attributes[0].value.stringValue) as $service
		| .scopeSpans[].spans[] | . + {$service,
			a: (.attributes | map({key, value: (.value | to_entries[0].value)}) | from_entries)}
		| select(.a["fx.order.id"] == "'"${of:-#1054}"'")] as $all
		| $all[] | select(.name | test("'"$1"'")) | . as $s
		| ([$all[] | select(.spanId == $s.parentSpanId)][0].name) as $parent | '"$2" otlp
}
is "who is under whom, and with whom" "$(span . '[.name, $parent // "-", .service] | join("|")' | sort | xargs)" \
	"exception out-of-stock|task dropship|ops order|-|fx step 1|exception out-of-stock|ops task dropship|order|vendor"
ns() { echo "$(date -ud "$1" +%s)000000000"; }
is "the order from its trigger to now" "$(span order '.startTimeUnixNano, .endTimeUnixNano, .a["fx.open"]' | xargs)" \
	"$(ns 2026-11-20T07:00:00Z) $(ns 2026-11-20T12:00:00Z) true"
is "the exception from when it was opened, an error" "$(span exception '.startTimeUnixNano, .status.code, .a["error.type"]' | xargs)" \
	"$(ns 2026-11-20T10:00:00Z) 2 out-of-stock"
is "what happened to a task is in its events" "$(span 'task' '.events[] | "\(.name) \(.timeUnixNano)"' | xargs)" \
	"task.assigned $(ns 2026-11-20T08:00:00Z)"
is "the decision in OpenFeature's words" \
	"$(span 'task' '.events[0].attributes[] | select(.key | test("^feature_flag.(key|result)")) | .value[]' | xargs)" \
	"all 4 targeting_match"
is "with what led to it" "$(span 'task' '.events[0].attributes[] | select(.key == "fx.caused_by").value.arrayValue.values[].stringValue')" e5
of='#1053'
is "a cancelled task ends, and so its order" "$(span . '.endTimeUnixNano, .a["fx.open"]' | xargs)" \
	"$(ns 2026-11-20T10:00:00Z) null $(ns 2026-11-20T10:00:00Z) null"
jq -r '.. | .traceId?, .spanId? | strings' otlp >ids
check "ids of 16 and 8 bytes" sh -c "! grep -Evx '[0-9a-f]{16}|[0-9a-f]{32}' ids"
fx-trace --now 2026-11-21T12:00:00Z --format otlp '#1054' '#1053' | jq -r '.. | .traceId?, .spanId? | strings' >later
check "the same ones a day later" cmp ids later
is "no customer's data" "$(grep -c example.com otlp)" 0

# As a page.
# shellcheck disable=SC2086
{
	fx-trace $now --format html '#1054' '#1051' >page.html
	ok "as a page"
	is "one of both" "$(grep -c '<!doctype html>' page.html) $(grep -c '<article>' page.html)" "1 2"
	like "the sentence" page.html 'Order #1054 was shipped Fri 20 Nov 09:00 with tracking DEMO77; the open exception is out-of-stock'
	is "each entry with its token" "$(grep -o 'shop.example/test/[0-9]*#[A-Za-z0-9_-]*' page.html | sort)" \
		"$(jq -r 'select(.order_id == "#1051" or .order_id == "#1054") | .audit_token' signed | sort)"
	is "each id once" "$(grep -o ' id="[^"]*"' page.html | sort | uniq -d)" ""
	is "no script, nothing from the network" "$(grep -ciE '<script|src=|url\(|href="[^d]' page.html)" 0
	is "no customer's data" "$(grep -ci 'ada@\|dorte@' page.html)" 0
	fx-trace $now --format html --with-customer '#1054' >page.html
	like "but with --with-customer" page.html 'dorte@example.com'
	printf '{"event":"task.failed","event_id":"h1","order_id":"#1053","at":"2026-11-20T09:00:00Z","source":"<script>alert(1)</script>","failure":"\\"&<b>x"}\n' |
		fx-sign -q
	fx-trace $now --format html '#1053' >page.html
	is "what a record says stays text" "$(grep -c '<script\|<b>x' page.html)" 0
}

# What goes wrong.
# shellcheck disable=SC2086
{
	exits "nothing of that name" 1 fx-trace $now nope
	like "is said, with a hint" "$T/err" "nothing is called 'nope'.*-m"
	exits "no such e-mail" 1 fx-trace -m nobody@example.com
	exits "a false token finds nothing" 1 fx-trace \
		"$(jq -r 'select(.event_id == "c1") | .audit_token' signed | sed 's/#.*/#AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/')"
	exits "no order given" 2 fx-trace
	exits "no such format" 2 fx-trace --format htm 1051
	exits "no ledger" 2 fx-trace -C nowhere 1051
	exits "--now record" 2 fx-trace --now record 1051
	exits "a full disk" 2 sh -c "fx-trace $now 1051 >/dev/full"
	sed -i 's/"at":"2026-11-20T08:30:00Z"/"at":"2026-11-20T08:20:00Z"/' ledger/entries/000000.ndjson
	exits "a changed entry" 1 fx-trace $now '#1051'
	like "is marked" "$T/out" 'DOES NOT VERIFY'
	exits "a changed entry, as a page" 1 fx-trace $now --format html '#1051'
	like "is marked there, too" "$T/out" 'does not verify'
	exits "a changed entry, as spans" 1 fx-trace $now --format otlp '#1051'
	like "is marked there, too" "$T/out" '"fx.verified","value":{"boolValue":false}'
}
done_testing
