#!/bin/sh
# fx-import(5): faults of a mapping, each with file:line:column and a way out.
. "$(dirname "$0")/../lib.sh"

printf 'id,when\n1,2026-01-01\n' >o.csv

# fault NAME ERE: the mapping in m.yaml is refused with this line on stderr.
fault() {
	exits "$1" 2 fx-import -f ./m.yaml o.csv
	like "$1: where and what" err "$2"
	is "$1: no output" "$(wc -c <out)" 0
}

good() {
	cat >m.yaml <<'Y'
source: s
order: id
events:
  - event: order.placed
    at: when
    fields:
      a: {from: when, type: time}
Y
}

good
exits "the mapping that the others spoil" 0 fx-import -f ./m.yaml o.csv
is "its record" "$(jq -c '[.order_id,.at,.a,.source]' out)" '["1","2026-01-01T00:00:00Z","2026-01-01T00:00:00Z","s"]'

good; sed -i 's/^order:/ordr:/' m.yaml
fault "a misspelt key" '^fx-import: \./m\.yaml:2:1: unknown key "ordr"; did you mean "order"\?$'
like "and what is missing then" err 'order: is missing'
good; sed -i 's/^source.*//' m.yaml
fault "no source" 'm\.yaml:2:1: source: is missing'
good; sed -i 's/at: when/at: whn/' m.yaml
fault "a column that the file has not" '^fx-import: \./m\.yaml:5:9: o\.csv has no column "whn"; did you mean "when"\?$'
good; sed -i 's/type: time/type: date/' m.yaml
fault "an unknown type" 'm\.yaml:7:29: "date" is no type; string, integer'
good; sed -i 's/{from: when, type: time}/{type: time}/' m.yaml
fault "a value from nowhere" 'm\.yaml:7:10: wants one of from, const, latest'
good; sed -i 's/{from: when, type: time}/{from: when, const: 1}/' m.yaml
fault "a value from two places" 'm\.yaml:7:10: .*not several'
good; sed -i 's/{from: when, type: time}/7/' m.yaml
fault "a number for a column" 'm\.yaml:7:10: wanted a column'
good; sed -i '1i zone: Europe/Berlim' m.yaml
fault "an unknown zone" 'm\.yaml:1:7: .*Europe/Berlim'
good; sed -i '1i times: ["%Y", "%d.%q"]' m.yaml
fault "an unknown conversion" 'm\.yaml:1:15: "%d\.%q": %q is no conversion'
good; sed -i '1i delimiter: ";;"' m.yaml
fault "two delimiters" 'm\.yaml:1:12: delimiter: wants one ASCII character'
good; sed -i '1i encoding: utf-7' m.yaml
fault "an unknown encoding" 'm\.yaml:1:11: encoding: is utf-8, latin1 or windows-1252'
good; printf '    identity: [a, b]\n' >>m.yaml
fault "identity of no member" 'm\.yaml:8:19: identity: "b" is no member'
good; printf '      a.b: when\n' >>m.yaml
fault "a value that is an object, too" 'm\.yaml:8:12: "a\.b" is no member'
good; printf '      at: when\n' >>m.yaml
fault "a member with a place of its own" 'fields: "at" has a place of its own'
good; printf '    lines: {each: items, fields: {sku: id}}\n' >>m.yaml
fault "a table that is not declared" 'm\.yaml:8:19: no table "items"'
good; printf 'tables: {t: {file: t.csv}}\n' >>m.yaml
fault "a table without a key" 'm\.yaml:8:13: key: is missing'
good; printf 'events: []\n' >>m.yaml
fault "a key twice" 'm\.yaml:8:1: .*events'
echo '- 1' >m.yaml
fault "no map" 'm\.yaml:1:1: a mapping is a map'
echo 'source: "x' >m.yaml
fault "no YAML" 'm\.yaml:[12]:'
good; sed -i 's/^order:/ordr:/; s/type: time/type: date/; s/^source: s/source: 1/' m.yaml
exits "several faults" 2 fx-import -f ./m.yaml o.csv
is "all are told" "$(wc -l <err)" 5

good
printf 'id,id,when\n1,1,2026-01-01\n' >o.csv
fault "a column twice in the file" '^fx-import: o\.csv:1: two columns are named "id"$'
printf 'id;when\n1;2026-01-01\n' >o.csv
fault "another delimiter" 'one column: another delimiter\?'
printf ' ID ,When\n1,2026-01-01\n' >o.csv
exits "a header's case and spaces make no difference" 0 fx-import -f ./m.yaml o.csv
printf 'id,ID,when\n1,2,2026-01-01\n' >o.csv
fx-import -f ./m.yaml o.csv >out
is "unless two differ in it alone" "$(jq -r .order_id out)" 1

# Every mapping that ships with the registry loads; a file without orders is none of its faults.
for m in "$TOP"/rules.d/import/*.yaml; do
	n=$(basename "$m" .yaml)
	printf '' | fx-import -C "$TOP" -f "$n" - >out 2>err
	check "$n has no fault" sh -c "! grep -q 'yaml:[0-9]' err"
done
# ---- a decimal comma: what it takes is written with a point, digit for digit
cat >m.yaml <<'Y'
source: s
order: id
delimiter: ";"
events:
  - event: order.placed
    at: when
    fields:
      p: {from: p, type: decimal, mark: ","}
      all: {sum: p, over: rows, mark: ","}
Y
one() { printf 'id;when;p\n1;2026-01-01;%s\n' "$1" >o.csv && fx-import -f ./m.yaml o.csv 2>err | jq -r .p; }
for pair in 12,90=12.90 1.234,5=1234.5 12.345.678=12345678 -7,10=-7.10 1234,50=1234.50 0=0; do
	is "${pair%=*}" "$(one "${pair%=*}")" "${pair#*=}"
done
for no in 12.90 1,234.50 1.23,4 1234.567 .500 1,2,3 1. 1, ,5 1..234; do
	is "$no is none" "$(one "$no")" ""
done
like "and it is said" err '"1\.\.234" is no decimal \(digits, one comma\)'
printf 'id;when;p\n1;2026-01-01;1.000,10\n1;2026-01-01;0,95\n' >o.csv
is "a sum of them" "$(fx-import -f ./m.yaml o.csv | jq -r .all)" 1001.05
sed -i 's/mark: ","}/mark: "x"}/' m.yaml
sed -i 's/type: decimal, mark: "x"/type: number, mark: ","/' m.yaml
fault "the mark of what is no decimal" 'm\.yaml:8:.*mark: is of a decimal or a sum'
sed -i 's/type: number, mark: ","/type: decimal, mark: "x"/' m.yaml
fault "another mark" 'm\.yaml:8:.*mark: is "," or "\."'
done_testing
