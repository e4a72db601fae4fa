#!/bin/sh
# fx-validate from the outside: what passes, what is refused, how it leaves.
. "$(dirname "$0")/../lib.sh"
cp -R "$TOP/rules.d" .
head -n 1 rules.d/contract/example.ndjson >order.ndjson
tail -n 1 rules.d/contract/example.ndjson >task.ndjson

# --- pass-through ---
exits "good records pass" 0 fx-validate order.ndjson task.ndjson
check "byte for byte" sh -c 'cat order.ndjson task.ndjson | cmp - out'
sed 's/"total":"59.80"/"total" : "10.10",  "big":1234567890123456781, "z":1.10, "zahl":"\\u00fc"/' order.ndjson >odd.ndjson
exits "odd spelling passes" 0 fx-validate odd.ndjson
check "and stays odd" cmp odd.ndjson out
exits "an empty input is fine" 0 fx-validate /dev/null
exits "standard input by -" 0 fx-validate - <order.ndjson
printf '\357\273\277' | cat - order.ndjson | sed 's/$/\r/' >windows.ndjson
exits "a BOM and CRs are taken off" 0 fx-validate windows.ndjson
check "what goes on has neither" cmp order.ndjson out
exits "-q writes nothing" 0 fx-validate -q order.ndjson
is "nothing" "$(cat out)" ""

# --- refusals ---
sed 's/"qty":2/"qty":0/' order.ndjson >bad.ndjson
exits "a bad record leaves with 1" 1 fx-validate order.ndjson bad.ndjson task.ndjson
is "the good ones go on" "$(wc -l <out)" 2
is "the fault is told" "$(cat err)" "fx-validate: bad.ndjson:1: /lines/0/qty: is 0, wanted at least 1"
exits "with --rejects it leaves with 0" 0 fx-validate --rejects r.ndjson bad.ndjson
is "and stderr is silent" "$(cat err)" ""
is "the reject says what, where and why" \
	"$(jq -c '[.event,.order_id,.command,.input,.line,.errors]' r.ndjson)" \
	'["export.rejected","ORD-77","fx-validate","bad.ndjson",1,[{"instance":"/lines/0/qty","schema":"/$defs/line/properties/qty/minimum","keyword":"minimum","message":"is 0, wanted at least 1"}]]'
exits "FX_REJECTS is the same" 0 env FX_REJECTS=r2.ndjson fx-validate bad.ndjson
check "it was written" test -s r2.ndjson
exits "an order that is a number" 1 fx-validate - <<'X'
17
X
like "is said to be no object" err 'stdin:1: is no object'
exits "a record without a type" 1 fx-validate - <<'X'
{"event_id":"1"}
X
like "is told what it lacks" err 'has no "event"'
exits "text that is no JSON" 1 fx-validate - <<'X'
{"event":"order.placed",
X
like "names the byte" err 'stdin:1: .*byte [0-9]+'
printf '{"event":"order.placed","event_id":"\377"}\n' >latin.ndjson
exits "bytes that are not UTF-8" 1 fx-validate latin.ndjson
printf '{"event":"order.placed","a":"x\0y"}\n' >nul.ndjson
exits "a NUL" 1 fx-validate nul.ndjson
{ printf '{"event":"order.placed","x":'; printf '[%.0s' $(seq 200); printf ']%.0s' $(seq 200); printf '}\n'; } >nested.ndjson
exits "nesting without end" 1 fx-validate nested.ndjson
head -c 17000000 /dev/zero | tr '\0' a >long.ndjson
exits "a line over 16 MiB" 1 fx-validate long.ndjson order.ndjson
is "is skipped, and the next goes on" "$(wc -l <out)" 1

# --- mended rejects ---
rm -f r.ndjson
sed 's/"qty":2/"qty":0, "id":1234567890123456781 ,"p":10.10/' order.ndjson >bad.ndjson
sed 's/"qty":0,/"qty":2,/' bad.ndjson >mended.ndjson
fx-validate --rejects r.ndjson bad.ndjson
exits "a reject that is not mended is refused" 0 fx-validate --rejects again.ndjson r.ndjson
is "and not wrapped twice" "$(jq -r .export.event again.ndjson)" order.placed
sed 's/"qty":0,/"qty":2,/' r.ndjson >r-mended.ndjson
exits "a reject that was mended passes" 0 fx-validate r-mended.ndjson
check "byte for byte as it was" cmp mended.ndjson out
printf '%s' '{"event":"order.placed",' >torn.ndjson
fx-validate --rejects raw.ndjson torn.ndjson
is "a torn line is kept as raw" "$(jq -r .raw raw.ndjson)" '{"event":"order.placed",'
rm -f again.ndjson
exits "not mended, it is refused" 0 fx-validate --rejects again.ndjson raw.ndjson
check "as it came" cmp raw.ndjson again.ndjson
jq -c --rawfile o order.ndjson '.raw = ($o | rtrimstr("\n"))' raw.ndjson >raw-mended.ndjson
exits "and comes back when mended" 0 fx-validate raw-mended.ndjson
check "as it was" cmp order.ndjson out
jq . order.ndjson >pretty.json
jq -c --rawfile o pretty.json '.raw = $o' raw.ndjson >two.ndjson
exits "a wrapped text of two lines is refused" 1 fx-validate two.ndjson
for cover in '{"event":"export.rejected"}' '{"event":"export.rejected","export":5}' '{"event":"export.rejected","raw_cut":true,"raw":"{}"}'; do
	echo "$cover" >cover.ndjson
	exits "nothing to unwrap: $cover" 1 fx-validate cover.ndjson
done
jq -c '{event:"export.rejected",export:{event:"export.rejected",export:.}}' order.ndjson >deep.ndjson
exits "one wrapped twice by somebody else is unwrapped twice" 0 fx-validate deep.ndjson
is "to the order" "$(jq -r .event out)" order.placed

# --- options ---
jq -c 'del(.audit_token)' order.ndjson >unsigned.ndjson
exits "unsigned is fine" 0 fx-validate unsigned.ndjson
exits "but not for --signed" 1 fx-validate --signed unsigned.ndjson
hash=7s6XRgE5k2W54NRi_CR-o7Z3sOj3vSqhfBDkoaMBKSA
for token in abc "shop/1#${hash%A}" "shop/1#${hash}A" "shop/x#$hash" "/1#$hash" "shop/#$hash" "shop1#$hash" "shop/1$hash"; do
	jq -c --arg t "$token" '.audit_token = $t' order.ndjson >forged.ndjson
	exits "nor is this text a token: $token" 1 fx-validate --signed forged.ndjson
done
like "which is said" err '/audit_token: is no audit token'
exits "signed is" 0 fx-validate --signed order.ndjson task.ndjson
sed 's/customer@example.com/nobody/' order.ndjson >mail.ndjson
exits "a format only tells" 0 fx-validate mail.ndjson
exits "until --formats asks" 1 fx-validate --formats mail.ndjson
exits "faults as objects" 1 fx-validate --format ndjson bad.ndjson
is "are objects" "$(jq -c '[.line,.instance,.keyword]' err)" '[1,"/lines/0/qty","minimum"]'
exits "another --format" 2 fx-validate --format xml bad.ndjson
fx-validate -q --stats s.json order.ndjson r-mended.ndjson 2>err
fx-validate -q --stats s.json bad.ndjson 2>err
is "the counts add up" "$(jq -c '[.command,.in,.passed,.rejected,.unwrapped,.uncovered]' s.json)" \
	"$(printf '["fx-validate",2,2,0,1,0]\n["fx-validate",1,0,1,0,0]')"
exits "--describe leaves with 0" 0 fx-validate --describe
like "it has a field that is required" out '^lines\[\]\.qty +integer +yes +how many'
like "and one that is not" out '^ship_to\.city +string \| null +no +town'
fx-validate --describe --format ndjson >fields.ndjson
is "a field as an object" "$(jq -c 'select(.event=="task.assigned" and .path=="owner_id")' fields.ndjson)" \
	'{"event":"task.assigned","path":"owner_id","type":"string","required":true,"meaning":"the system or team that owns the task"}'

# --- the export: each required member that is missing is an error of its own ---
for field in event_id order_id at source caused_by task_id trigger owner_id flow_id rule_id \
	rule_version registry sla fallback_route fallback_at preferred_carrier decision; do
	jq -c "del(.$field)" task.ndjson | fx-validate -q 2>err
	is "without $field" "$(sed 's/".*//' err) $(wc -l <err)" "fx-validate: stdin:1: has no  1"
	like "it is named" err "has no \"$field\""
done
jq -c 'del(.decision.context) | del(.trigger.source) | del(.sla[0].due)' task.ndjson | fx-validate -q 2>err
is "three that are deeper" "$(cut -d: -f4- err | sort)" \
	"$(printf ' /decision: has no "context": the attributes that the rule read, an absent one as null\n /sla/0: has no "due": until when\n /trigger: has no "source": the system that said so')"
echo '{"event":"task.assigned"}' | fx-validate -q 2>err
is "at most 16 faults and how many more" "$(wc -l <err) $(tail -n 1 err)" \
	"17 fx-validate: stdin:1: and 1 more faults"

# --- contracts ---
cat >own.json <<'X'
{"type": "object", "required": ["a"]}
X
exits "--contract takes records of any type" 0 fx-validate --contract own.json - <<'X'
{"a":1}
X
exits "and holds them" 1 fx-validate --contract own.json - <<'X'
{"event":"order.placed"}
X
mkdir reg
printf 'contract:\n  - event: task.*\n    schema: own.json\n' >reg/10.yaml
cp own.json reg
exits "a type that nothing names passes" 0 fx-validate -r reg order.ndjson
like "and is said to" err '1 record'
exits "a prefix is a prefix" 1 fx-validate -r reg task.ndjson
exits "a registry that is not there" 2 fx-validate -r nowhere order.ndjson
mkdir empty
exits "a registry without a contract" 2 fx-validate -r empty order.ndjson
like "hints at --contract" err 'contract'
exits "a schema that is not there" 2 fx-validate --contract nowhere.json order.ndjson

# faulty TEXT PLACE-AND-MESSAGE
faulty() {
	printf '%s\n' "$1" >faulty.json
	exits "a contract's fault: $2" 2 fx-validate --contract faulty.json order.ndjson
	like "has its place" err "^fx-validate: faulty\\.json:$2"
}
faulty '{"type": "strnig"}' '1:10: .*did you mean "string"'
faulty '{"$ref": "#/$defs/x"}' '1:10: .*no such place'
faulty '{"$ref": "other.json"}' '1:10: .*nothing is fetched'
faulty '{"$ref": "https://example.com/x"}' '1:10: .*nothing is fetched'
faulty '{"pattern": "(a"}' '1:13: .*no regular expression'
faulty '{"pattern": "a\\Z"}' '1:13: .*no escape of ECMA-262'
faulty '{"required": ["a", "a"]}' '1:20: .*twice'
faulty '{"minLength": -1}' '1:15: .*whole number'
faulty '{"items": [{}]}' '1:11: .*prefixItems'
faulty '{"$schema": "http://json-schema.org/draft-07/schema#"}' '1:13: .*2020-12'
faulty '{"$ref": "#"}' '1:1: .*never end'
faulty '{"a": 1,}' '1:9: '
cat >loop.json <<'X'
{"$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"not": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"}
X
exits "a loop over several schemas" 2 fx-validate --contract loop.json order.ndjson

# --- a pattern that would take forever ---
echo '{"properties": {"a": {"pattern": "^(a+)+$"}}}' >slow.json
printf '{"a":"%s!"}\n' "$(head -c 4000 /dev/zero | tr '\0' a)" >slow.ndjson
exits "a catastrophic pattern ends" 1 timeout 20 fx-validate --contract slow.json slow.ndjson
like "and says so" err 'takes too long'

# --- writing ---
if [ -w /dev/full ]; then
	tap_rc=0
	fx-validate order.ndjson >/dev/full 2>err || tap_rc=$?
	is "a full disk is an error" "$tap_rc" 2
	like "said" err 'No space'
fi
yes "$(cat order.ndjson)" 2>/dev/null | head -n 20000 >many.ndjson
tap_rc=0
{ fx-validate many.ndjson 2>err; echo $? >rc; } | head -n 1 >/dev/null
is "a closed pipe is an error" "$(cat rc)" 2
exits "a rejects file that cannot be written" 2 fx-validate --rejects /nowhere/r bad.ndjson

# --- what the benchmarks measure are good records ---
for kind in trigger export life; do
	"$FX_BUILD/tools/bench_gen" $kind 2 >bench.ndjson
	exits "bench_gen $kind meets the contract" 0 fx-validate --formats bench.ndjson
done

# --- live ---
mkfifo pipe
fx-validate pipe >live &
exec 3>pipe
cat order.ndjson >&3
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ -s live ] && break
	sleep 0.2
done
check "what came goes on before the input ends" cmp order.ndjson live
exec 3>&-
wait
done_testing
