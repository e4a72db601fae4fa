#!/bin/sh
# Decision tables: a CSV file's rows are rules.
. "$(dirname "$0")/../lib.sh"

mkdir -p rules.d/contract
cat >rules.d/10.yaml <<'X'
owners: [{id: ops, kind: team}, {id: fraud, kind: team}]
rules:
  - rule: carriers
    version: 2
    maintainer: logistics
    on: order.placed
    table: carriers.csv
    when: channel == "web"
    flow: pick
    owner: ops
    sla: vendor-confirmation within 1h
    tests:
      - given: {channel: web, ship_to: {country: AT}, lines: [{qty: 1}]}
        expect: {rule_id: carriers/alps, preferred_carrier: post}
  - {rule: rest, version: 1, maintainer: m, when: true, owner: ops, flow: g}
X
printf '\357\273\277id,ship_to.country,ship_to.postal_code,fraud_score,SKU.qty >=,carrier,owner,sla\r\n' >rules.d/carriers.csv
cat >>rules.d/carriers.csv <<'X'
heavy,DE,,,10,freight,,
alps,AT|CH,,,,"post",,"delivery within 2h; vendor-confirmation
 within 30m"
,*,,50..79,,,fraud,

dresden,DE,01067,<80,,ups,,
south,DE,8*,!= 7,,dhl,,
X
fx-route </dev/null >published 2>err
ok "loads"
is "rows are rules, in order, each with its condition" "$(jq -c '.registry.rules[]|[.rule,.when]' published | tr -d '\\')" \
	'["carriers/heavy","(channel == "web") && ship_to.country == "DE" && SKU.qty >= 10"]
["carriers/alps","(channel == "web") && ship_to.country in ["AT", "CH"]"]
["carriers/3","(channel == "web") && fraud_score >= 50 && fraud_score <= 79"]
["carriers/dresden","(channel == "web") && ship_to.country == "DE" && ship_to.postal_code == "01067" && fraud_score < 80"]
["carriers/south","(channel == "web") && ship_to.country == "DE" && ship_to.postal_code.startsWith("8") && fraud_score != 7"]
["rest",true]'
is "what a row leaves out, the rule says" "$(jq -c '.registry.rules[0,1,2]|[.owner,.flow,.sla,.version]' published)" \
	'["ops","pick","vendor-confirmation within 1h",2]
["ops","pick",["delivery within 2h","vendor-confirmation\n within 30m"],2]
["fraud","pick","vendor-confirmation within 1h",2]'
exits "its tests run" 0 fx-lint --test
like "under the row's name" out '^ok 1 - carriers/heavy v2, test 1$'
head='"event":"order.placed","event_id":"e","order_id":"O","at":"2026-11-20T18:00:00Z","source":"s","channel":"web"'
takes() {
	echo "{$head,$1}" | fx-route | jq -r 'select(.task_id).rule_id'
}
is "a range" "$(takes '"fraud_score":79,"lines":[{"qty":1}]')" carriers/3
is "beyond it" "$(takes '"fraud_score":79.5,"lines":[{"qty":1}]')" rest
is "a code with a leading zero is text" "$(takes '"fraud_score":1,"ship_to":{"country":"DE","postal_code":"01067"},"lines":[{"qty":1}]')" carriers/dresden
is "line by line" "$(takes '"fraud_score":1,"ship_to":{"country":"DE","postal_code":"80331"},"lines":[{"qty":1},{"qty":10}]' | tr '\n' ' ')" \
	"carriers/south carriers/heavy "
sed 's/freight/rail/' rules.d/carriers.csv >x && mkdir new && cp rules.d/10.yaml new && mv x new/carriers.csv
exits "fx-diff compares rows" 1 fx-diff new rules.d
like "each by its key" out '^  ~ carriers/heavy v2: carrier; its version must rise$'

# The contract's types count.
cat >rules.d/20.yaml <<'X'
contract: [{event: 'order.*', schema: contract/t.json}]
X
cat >rules.d/contract/t.json <<'X'
{"type":"object","properties":{"channel":{"type":"string"},"fraud_score":{"type":"number"},
"ship_to":{"type":"object","properties":{"country":{"type":"string"},"postal_code":{"type":"string"}}},
"lines":{"type":"array","items":{"type":"object","properties":{"qty":{"type":"integer"}}}}}}
X
sed -i 's/01067/80331/' rules.d/carriers.csv
is "text where the contract says so" "$(fx-route </dev/null | jq -r '.registry.rules[3].when' | grep -o 'postal_code.*&&')" 'postal_code == "80331" &&'

bad() {
	cat >rules.d/carriers.csv
	exits "$1" 2 fx-route /dev/null
	like "says where and why" err "$2"
}
bad "a misspelt attribute" 'carriers\.csv:1:[0-9]+: .*county' <<'X'
id,ship_to.county,carrier
a,DE,x
X
bad "text for a number" "carriers\.csv:3:[0-9]+: the contract has a number here, not: 'high'" <<'X'
id,fraud_score
a,5
b,high
X
bad "a short row" "carriers\.csv:3: this row has another number of columns than the header" <<'X'
id,fraud_score,carrier
a,5,x
b,6
X
bad "an owner that nobody defined" "carriers\.csv:2: no owner 'opps'; did you mean 'ops'" <<'X'
id,owner
a,opps
X
bad "the same id twice" "carriers\.csv:3: rule 'carriers/a' version 2 is defined twice" <<'X'
id,fraud_score
a,5
a,6
X
bad "text behind a quote" "carriers\.csv:2: text behind a closing quote" <<'X'
id,carrier
a,"x"y
X
bad "a wrong column" "carriers\.csv:1:[0-9]+: a column is an attribute" <<'X'
id,ship to
a,x
X
bad "no rows" "the table has no rows" <<'X'
id,carrier
X
bad "nothing" "a table begins with a row of column names" </dev/null
rm rules.d/carriers.csv
exits "no file" 2 fx-route /dev/null
like "says so" err "10\.yaml:7:12: .*carriers\.csv: No such file"
sed -i 's|carriers.csv|../carriers.csv|' rules.d/10.yaml
exits "a file outside" 2 fx-route /dev/null
like "is refused" err "10\.yaml:7:12: a table lies inside"
done_testing
