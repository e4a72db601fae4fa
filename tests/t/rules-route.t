#!/bin/sh
# fx-route from the outside: bytes kept, ids stable, counts that reconcile, exit codes.
. "$(dirname "$0")/../lib.sh"

cp -R "$TOP/rules.d" rules.d
mkdir -p rules.d/contract
now=2026-11-20T18:03:11Z

cat >orders.ndjson <<'X'
{"event":"order.placed","event_id":"evt-77","order_id":"ORD-77","at":"2026-11-20T18:03:09Z","source":"shopify/eu", "fraud_score":null,"channel":"marketplace","id":1234567890123456789,"total": 10.10,"lines":[{"line_id":"1","type":"preorder","w":1.0} ,{"line_id":"2","type":"stock"},{"line_id":"3","type":"preorder"}],"zzz":{"b":1,"a":[ ]}}
{"event":"order.cancelled","event_id":"evt-78","order_id":"ORD-76","at":"2026-11-20T18:03:09Z","source":"shopify/eu","n":1.50}
X

exits "routes" 0 fx-route --now $now --origin shop.example/eu --stats stats orders.ndjson
cp out routed
is "the registry comes first, then each trigger with its tasks, then what passes" \
	"$(jq -r .event routed | tr '\n' ' ')" \
	"registry.published order.placed task.assigned task.assigned order.cancelled "
sed -n 2p routed | cmp -s - "$(sed -n 1p orders.ndjson >t && echo t)"
ok "the trigger leaves as it came"
sed -n 5p routed | cmp -s - "$(sed -n 2p orders.ndjson >t && echo t)"
ok "what no rule's on: names leaves as it came"
sed -n 3p routed >task
like "a task keeps the trigger's bytes and its lines' bytes" task \
	'"source":"shop.example/eu", "fraud_score":null,"channel":"marketplace","id":1234567890123456789,"total": 10.10,"lines":\[\{"line_id":"1","type":"preorder","w":1.0\},\{"line_id":"3","type":"preorder"\}\],"zzz":\{"b":1,"a":\[ \]\}'
is "owner, flow, rule and clocks, reckoned by hand" \
	"$(jq -c '[.owner_id,.flow_id,.rule_id,.rule_version,.sla,.fallback_route,.fallback_at,.preferred_carrier]' task)" \
	'["fulfillment-service-vendor","vendor-dropship","marketplace-preorder",3,[{"milestone":"vendor-confirmation","event":"task.confirmed","due":"2026-11-23T08:00:00Z"}],"ops-team-review","2026-11-23T09:00:00Z","dhl-express"]'
is "trigger, cause and time" "$(jq -c '[.trigger,.caused_by,.at]' task)" \
	'[{"event":"order.placed","event_id":"evt-77","at":"2026-11-20T18:03:09Z","source":"shopify/eu"},["evt-77"],"2026-11-20T18:03:11Z"]'
is "the context is what the predicate named" "$(jq -c '[.decision.context,.decision.reason,.decision.tasks]' task)" \
	'[{"channel":"marketplace","SKU.type":"preorder"},"TARGETING_MATCH",2]'
jq -e --arg d "$(sed -n 1p routed | jq -r .digest)" '.registry == $d' task >/dev/null
ok "a task names the registry that decided"

# Second way: the decision's id and the task's by sha256sum and base32.
want=$(printf 'decision\0shopify/eu\0evt-77\0' | sha256sum | cut -c1-64 | perl -ne 'chomp; print pack("H*",$_)' |
	base32 -w0 | tr 'A-Z' 'a-z' | cut -c1-26)
is "decision.id as the man page derives it" "$(jq -r .decision.id task)" "fx:$want"
is "task_id" "$(jq -r .task_id task)" "ORD-77/$(echo "$want" | cut -c1-8)/1"
want=$(printf 'task.assigned\0shopify/eu\0evt-77\0fx:%s/1' "$want" | sha256sum | cut -c1-64 |
	perl -ne 'chomp; print pack("H*",$_)' | base32 -w0 | tr 'A-Z' 'a-z' | cut -c1-26)
is "event_id" "$(jq -r .event_id task)" "fx:$want"
want=$(sed -n 1p routed | jq -cS .registry | tr -d '\n' | sha256sum | cut -c1-64)
is "the registry's digest is over its canonical JSON" "$(sed -n 1p routed | jq -r .digest)" "sha256:$want"

is "counts reconcile" "$(jq -c 'del(.at,.ms)' stats)" \
	'{"command":"fx-route","in":2,"decided":1,"passed":1,"rejected":0,"superseding":0,"tasks":2,"lines_in":3,"lines_out":3,"lines_rejected":0}'
fx-route --now $now --origin shop.example/eu orders.ndjson | cmp -s - routed
ok "the same again gives the same bytes"
fx-route --now $now --origin shop.example/eu <orders.ndjson | cmp -s - routed
ok "standard input is the same as a file"
fx-route --now 2027-01-01T00:00:00Z --origin shop.example/eu orders.ndjson |
	jq -r 'select(.task_id)|[.event_id,.task_id,.decision.digest]|@tsv' >later
jq -r 'select(.task_id)|[.event_id,.task_id,.decision.digest]|@tsv' routed | cmp -s - later
ok "ids and digests do not depend on the time"
fx-route --now record orders.ndjson | jq -r 'select(.task_id).at' | sort -u >at
is "--now record decides as of the record" "$(cat at)" 2026-11-20T18:03:09Z
# Two records of one rule at two times: each has its own clocks.
for at in 2026-11-19T09:00:00Z 2026-11-23T09:00:00Z; do
	sed -n "1s/evt-77/$at/; 1s/2026-11-20T18:03:09Z/$at/p" orders.ndjson
done >two
is "due times follow each record's at" \
	"$(fx-route --now record two | jq -r 'select(.rule_id=="marketplace-preorder")|[.sla[0].due,.fallback_at]|join(" ")' | tr '\n' ',')" \
	"2026-11-19T10:00:00Z 2026-11-19T11:00:00Z,2026-11-23T10:00:00Z 2026-11-23T11:00:00Z,"
mkdir ledger
printf 'shop.example/ledger\n0\nAAAA\n\n' >ledger/checkpoint
is "source is the ledger's origin" \
	"$(fx-route orders.ndjson | jq -r 'select(.task_id).source' | sort -u)" shop.example/ledger
rm -r ledger
exits "-q writes nothing" 0 fx-route -q orders.ndjson
is "nothing on stdout" "$(wc -c <out | tr -d ' ')" 0

# A ledger's entry decides as the trigger did.
sed -n 1p orders.ndjson | sed 's/}$/,"logged_at":"2026-11-20T18:03:12Z","audit_token":"x\/1#y"}/' >entry
is "logged_at and audit_token do not count, nor stay in the task" \
	"$(fx-route --now $now entry | jq -c 'select(.task_id)|[.decision.digest,.audit_token,.logged_at]' | sort -u)" \
	"[\"$(jq -r .decision.digest task)\",null,null]"

# What is refused.
head=',"at":"2026-11-20T18:03:09Z","source":"s"'
cat >bad.ndjson <<X
{"event":"order.placed","event_id":"1"$head}
{"event":"order.placed","event_id":1,"order_id":"O"$head}
{"event":"order.placed","event_id":"1","order_id":"O","at":"yesterday","source":"s"}
{"event":"order.placed","event_id":"1","order_id":"O","at":"2026-11-20T18:03:09Z"}
{"event":"order.placed","event_id":"1","order_id":"O"$head,"lines":{"line_id":1}}
{"event":"order.placed"
X
printf '{"event":"order.placed","event_id":"\377"}\n' >>bad.ndjson
exits "refused without --rejects: 1" 1 fx-route --stats stats2 bad.ndjson
is "each has a line" "$(cut -d: -f1-3 err | tr '\n' ' ')" \
	"fx-route: bad.ndjson:1 fx-route: bad.ndjson:2 fx-route: bad.ndjson:3 fx-route: bad.ndjson:4 fx-route: bad.ndjson:5 fx-route: bad.ndjson:6 fx-route: bad.ndjson:7 "
like "no order_id" err 'bad.ndjson:1: .*no order_id'
like "an event_id that is no string" err 'bad.ndjson:2: .*no event_id'
like "at" err 'bad.ndjson:3: .*at is no RFC 3339 time'
like "lines" err 'bad.ndjson:5: .*lines is no array'
is "nothing of them goes on" "$(jq -r .event out | tr '\n' ' ')" "registry.published "
is "counted" "$(jq -c '[.in,.decided+.passed+.rejected,.lines_in==.lines_out+.lines_rejected]' stats2)" '[7,7,true]'
exits "with --rejects: 0" 0 fx-route --rejects rejects bad.ndjson
is "seven rejects, with keyword" \
	"$(jq -r '[.event,.command,.line,.errors[0].keyword]|join(" ")' rejects | tail -n 2 | tr '\n' ',')" \
	"export.rejected fx-route 6 json,export.rejected fx-route 7 json,"
jq -c .export rejects | head -n 1 | cmp -s - "$(sed -n 1p bad.ndjson >t && echo t)"
ok "the export is in the reject"

# No catch-all.
mkdir few
cat >few/r.yaml <<'X'
owners: [{id: a, kind: system}]
rules:
  - {rule: pre, version: 1, maintainer: m, when: SKU.type == "preorder", owner: a, flow: f}
X
exits "lines that no rule takes" 1 fx-route -r few --now $now --stats stats3 orders.ndjson
like "says which" err 'orders.ndjson:1: .*no rule takes 1 of its 3 lines, first lines\[1\]'
is "the whole trigger is refused: no half decision" "$(jq -r .event out | tr '\n' ' ')" \
	"registry.published order.cancelled "
is "lines in = lines out + lines rejected" "$(jq -c '[.lines_in,.lines_out,.lines_rejected]' stats3)" '[3,0,3]'

# Edges of the stream.
: >empty
exits "an empty file" 0 fx-route empty
is "publishes the registry" "$(jq -r .event out)" registry.published
exits "no such file" 2 fx-route nowhere.ndjson
exits "an unknown option" 2 fx-route --nope
exits "a broken --now" 2 fx-route --now soon orders.ndjson
exits "no registry" 2 fx-route -r nowhere orders.ndjson
like "says what a registry is" err 'nowhere: No such file or directory \(a registry is a directory'
mkdir hollow
exits "an empty registry" 2 fx-route -r hollow orders.ndjson
like "says so" err 'hollow: no \.yaml file'
if [ -w /dev/full ]; then
	fx-route orders.ndjson >/dev/full 2>err
	is "a full disk" "$?" 2
	like "says so" err 'No space left'
else
	skip "a full disk" "no /dev/full"
fi
exits "stats that cannot be written" 2 fx-route --stats nowhere/x orders.ndjson
exits "rejects that cannot be written" 2 fx-route --rejects nowhere/x bad.ndjson

# Threads: the same bytes, the same faults in the same order, the same counts.
"$FX_BUILD/tools/bench_gen" trigger 3 | awk '{ print }
	NR % 211 == 0 { print "{\"event\":" }
	NR % 307 == 0 { print "" }
	NR % 401 == 0 { sub(/"order_id":"[^"]*",/, ""); print }
	NR % 503 == 0 { print "{\"event\":\"order.cancelled\",\"n\":" NR "}\r" }
	NR % 607 == 0 { print "[]" }
	END { printf "%s", $0 }' >mixed
for j in 1 2 5; do
	fx-route -j $j --now $now --stats s$j mixed orders.ndjson mixed >routed$j 2>told$j
	echo "exit $?" >>told$j
	jq -c 'del(.at, .ms)' s$j >>told$j
	fx-route -j $j --now record --rejects rej$j mixed >later$j
done
is "faults were met" "$(tail -2 told1 | head -1)" "exit 1"
is "each broken line by its number" \
	"$(sed -n 's/.*mixed:\([0-9]*\): the text ends where.*/\1/p' told1 | sort -n | uniq | xargs)" \
	"$(grep -n '^{"event":$' mixed | cut -d: -f1 | xargs)"
for j in 2 5; do
	cmp -s routed1 routed$j && cmp -s later1 later$j
	ok "$j threads: the same records"
	cmp -s told1 told$j
	ok "$j threads: the same faults and counts"
	is "$j threads: the same rejects" "$(jq -c 'del(.at)' rej$j | md5sum)" "$(jq -c 'del(.at)' rej1 | md5sum)"
done
if [ -w /dev/full ]; then
	fx-route -j 2 mixed >/dev/full 2>err
	is "a full disk" "$?" 2
else
	skip "a full disk" "no /dev/full"
fi
fx-route -j 2 mixed 2>err | head -n 1 >/dev/null
like "a reader that leaves is a failed write" err 'Broken pipe'

# Live: a record goes through while the pipe stays open.
mkfifo pipe
fx-route --now $now <pipe >live &
pid=$!
exec 9>pipe
sed -n 1p orders.ndjson >&9
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ "$(wc -l <live)" -ge 4 ] && break
	sleep 0.1
done
is "flushed when the input pauses" "$(wc -l <live | tr -d ' ')" 4
exec 9>&-
wait $pid
ok "and ends with it"
done_testing
