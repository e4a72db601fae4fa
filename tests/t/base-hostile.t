#!/bin/sh
# Bad input of every kind that fx(7) lists, through every filter: a clear message with file, line
# and byte, the right exit code, and the good records beside it unharmed.
. "$(dirname "$0")/../lib.sh"

mkdir home
cp -R "$TOP/rules.d" home/rules.d
export FX_HOME="$T/home"
fx-sign --init --origin shop.example/orders

good() { printf '{"event":"order.placed","event_id":"e-%s","order_id":"O-%s","at":"2026-11-20T10:00:00Z","source":"s","channel":"web","currency":"EUR","lines":[{"line_id":"1","sku":"A","type":"stock","qty":1}]}\n' "$1" "$1"; }
deep() { awk -v n="$1" 'BEGIN { printf "{\"a\":"; for (i = 1; i < n; i++) printf "["; for (i = 1; i < n; i++) printf "]"; print "}" }'; }
{
	printf 'not json\n'
	printf '{"a":1}{"b":2}\n'
	printf '{"a":"\377"}\n'
	printf '{"a":"\0"}\n'
	printf '{"event_id":"e\\u0000","a":1}\n'
	good 3 | sed 's/"source":"s"/"source":"s\\u0000"/'
	good 3 | sed 's/"line_id":"1"/"line_id":"\\u0000"/'
	printf '{"a":1,"a":2}\n'
	printf '{"a":"\\ud800"}\n'
	printf '{"a":01}\n'
	printf '{"a":[1,]}\n'
	printf '{"a":"b\n'
	printf '[1]\n'
	deep 129
	awk 'BEGIN { printf "{\"a\":\""; for (i = 0; i < 17 * 1024; i++) printf "%1024s", "x"; print "\"}" }'
} >hostile
bad=$(wc -l <hostile)
{
	good 1
	cat hostile
	good 2
} >in

for f in fx-validate "fx-route --now 2026-11-20T12:00:00Z" fx-sign; do
	n=${f%% *}
	exits "$n: rejects without --rejects" 1 $f in
	is "$n: every bad line is said, with its line" "$(grep -c "^$n: in:[0-9]*: " err)" "$bad"
	is "$n: the good ones go on" "$(grep -c '^{"event":"order.placed"' out)" 2
	rm -f rej
	exits "$n: with --rejects" 0 $f --rejects rej in
	is "$n: nothing on stderr then" "$(wc -c <err)" 0
	is "$n: all are in the file" "$(grep -c '"event":"export.rejected"' rej)" "$bad"
	is "$n: the file is JSON, every line of it" "$(jq -c .event rej 2>&1 | sort -u)" '"export.rejected"'
	exits "$n: an empty file" 0 $f /dev/null
	exits "$n: no such file" 2 $f /nonexistent
	like "$n: says so" err "^$n: /nonexistent: No such file"
	exits "$n: a directory" 2 $f /
	exits "$n: a full disk" 2 sh -c 'exec $1 $2 >/dev/full' - "$f" in
	like "$n: says so" err 'No space left on device'
	exits "$n: closed standard output" 2 sh -c 'exec $1 $2 >&-' - "$f" in
	awk 'BEGIN { for (i = 0; i < 20000; i++) printf "{\"event\":\"order.placed\",\"event_id\":\"p-%d\",\"order_id\":\"P\",\"at\":\"2026-11-20T10:00:00Z\",\"source\":\"s\",\"channel\":\"web\",\"currency\":\"EUR\",\"lines\":[]}\n", i }' >many
	{ $f many 2>err; echo $? >status; } | sed -n 1q
	is "$n: a closed pipe is a failure, not a silence" "$(cat status)" 2
	exits "$n: a rejects file that cannot be written" 2 $f --rejects /nonexistent/x in
	printf 'x\n' | gzip >z.gz
	exits "$n: compressed input" 2 $f z.gz
	like "$n: with a hint" err zcat
done

# an absent or broken registry
exits "no registry: route" 2 fx-route -r /nonexistent in
like "says where it looked" err /nonexistent
exits "no registry: validate" 2 fx-validate -r /nonexistent in
mkdir broken
printf 'rules:\n  - rule: a\n    version: 1\n    maintainer: m\n    when: chanel ==\n    owner: nobody\n    flow: f\n' >broken/rules.yaml
exits "a broken rule" 2 fx-route -r broken in
like "its place to the column" err 'broken/rules.yaml:[0-9]+:[0-9]+: '
[ "$(grep -c 'rules.yaml:' err)" -ge 2 ]
ok "and every fault, not only the first"
is "nothing went out" "$(wc -c <out)" 0
printf 'rules: [\n' >broken/rules.yaml
exits "YAML that breaks off" 2 fx-route -r broken in
# An escaped NUL in a text is the producer's: it goes through all stages as it came, and no
# text of it is cut short or shown as the byte.
good 9 | sed 's/"channel":"web"/"channel":"web","note":"a\\u0000b","customer":{"name":"\\u0000"}/' >nul
exits "an escaped NUL goes through" 0 \
	sh -c 'fx-validate nul | fx-route --now 2026-11-20T12:00:00Z | fx-sign >signed'
is "byte for byte" "$(grep -c '"note":"a\\u0000b","customer":{"name":"\\u0000"}' signed)" 2
is "and is the same order again" "$(fx-sign --stats /dev/stderr -q nul 2>&1 | jq .duplicates)" 1
exits "vouched for" 0 fx-verify -q signed
{ fx-queue; fx-trace O-9; fx-escalate --plan +3d; fx-report --by note; fx-cat; } >seen
is "no NUL is shown" "$(tr -dc '\000' <seen | wc -c)" 0
jq -c '.currency = "x\u0000y"' nul >other
exits "a value that the contract refuses" 1 fx-validate --contract home/rules.d/contract/trigger.json other
like "is told whole" err 'is "x\\u0000y"'
# a ledger that is not there, or cannot be written
exits "no ledger" 2 fx-sign -l /nonexistent in
like "says how to make one" err -- '--init'
exits "a second --init" 2 fx-sign --init --origin other.example/x
chmod 644 home/key
exits "a key that others can read" 2 fx-sign in
like "says so" err 'key'
chmod 600 home/key
if [ "$(id -u)" != 0 ]; then
	chmod a-w home/ledger home/ledger/entries
	exits "a ledger that cannot be written" 2 fx-sign in
	chmod u+w home/ledger home/ledger/entries
else
	skip "a ledger that cannot be written" "root may write everywhere"
fi
exits "the ledger is none the worse" 0 fx-verify --all
for f in fx-report fx-queue fx-escalate; do
	exits "$f: an empty ledger's sibling: no ledger" 2 $f -l /nonexistent
	exits "$f: an empty stdin under cron is not read" 0 $f --now 2026-11-20T12:00:00Z </dev/null
done
done_testing
