#!/bin/sh
# fx-send: CloudEvents in its three modes as an HTTP owner receives them; Slack's pace.
. "$(dirname "$0")/../lib.sh"
. "$TOP/tests/owner.sh"

for o in structured binary batch chat chat-full narrow wide; do mkdir -p "$T/$o"; done
owner "$T/structured" ok && structured=$port
owner "$T/binary" ok && binary=$port
owner "$T/batch" ok && batch=$port
owner "$T/chat" ok && chat=$port
owner "$T/chat-full" 429 && full=$port
owner "$T/narrow" ok && narrow=$port
owner "$T/wide" ok && wide=$port
mkdir -p home/rules.d
cat >home/rules.d/r.yaml <<X
owners:
  - {id: structured, kind: system, format: cloudevent, send: "http://127.0.0.1:$structured/"}
  - {id: binary, kind: system, format: cloudevent-binary, send: "http://127.0.0.1:$binary/"}
  - {id: batch, kind: system, format: cloudevent-batch, send: "http://127.0.0.1:$batch/", secret: "env:S"}
  - {id: chat, kind: team, format: slack, send: "http://127.0.0.1:$chat/services/T0"}
  - {id: chat-too, kind: team, format: slack, send: "http://127.0.0.1:$chat/services/T0"}
  - {id: chat-full, kind: team, format: slack, send: "http://127.0.0.1:$full/"}
  - {id: narrow, kind: system, parallel: 2, send: "http://127.0.0.1:$narrow/"}
  - {id: wide, kind: system, parallel: 1000, send: "http://127.0.0.1:$wide/"}
  - {id: keeper, kind: team, send: "spool:spool"}
rules: [{rule: all, version: 1, maintainer: keeper, when: true, owner: structured, flow: f}]
exceptions: [{failure: "*", maintainer: keeper, action: route to keeper}]
X
export FX_HOME="$T/home" S=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
task() { # task OWNER NUMBER
	printf '{"event":"task.assigned","event_id":"%s-%d","order_id":"Ä \\"%d\\"","source":"shop","at":"2026-11-20T10:00:00Z","task_id":"T-%d/k/1","owner_id":"%s"}\n' "$1" "$2" "$2" "$2" "$1"
}
head_of() { tr -d '\r' <"$1" | sed '/^$/q'; }
body_of() { tr -d '\r' <"$1" | sed '1,/^$/d'; }

{ task structured 1; task binary 1; for i in $(seq 250); do task batch "$i"; done; } >tasks
exits "three modes in one run" 0 fx-send tasks
cp out attempts
is "each record has its attempt" "$(jq -r 'select(.outcome == "accepted").owner_id' attempts | sort | uniq -c | xargs)" \
	"250 batch 1 binary 1 structured"
want='["1.0","shop","task.assigned","Ä \"1\"","2026-11-20T10:00:00Z"]'
is "structured: the event is the body" "$(body_of structured/req.1 | jq -c '[.specversion,.source,.type,.subject,.time]')" "$want"
like "with its content type" structured/req.1 '^Content-Type: application/cloudevents\+json'
is "and the record its data" "$(body_of structured/req.1 | jq -c .data)" "$(sed -n 1p tasks | jq -c .)"
is "binary: the record is the body, byte for byte" "$(body_of binary/req.1)" "$(sed -n 2p tasks)"
is "the attributes are headers, percent-encoded" "$(head_of binary/req.1 | grep '^ce-' | sort | xargs -d '\n' printf '%s|')" \
	"ce-id: binary-1|ce-ownerid: binary|ce-source: shop|ce-specversion: 1.0|ce-subject: %C3%84%20%221%22|ce-taskid: T-1/k/1|ce-time: 2026-11-20T10:00:00Z|ce-type: task.assigned|"
is "its content type is the data's" "$(head_of binary/req.1 | grep -ic '^content-type: application/json$')" 1
is "250 records are three batches" "$(cat batch/req.* | grep -ac '^Content-Type: application/cloudevents-batch+json')" 3
for r in batch/req.*; do body_of "$r"; done >bodies
is "each record is in one of them, once" "$(jq -r '.[].data.event_id' bodies | sort | uniq | wc -l) $(jq -r '.[].id' bodies | wc -l)" "250 250"
is "a batch's key is the attempts' batch" "$(head_of batch/req.1 | sed -n 's/^Idempotency-Key: "\(.*\)"/\1/p')" \
	"$(id=$(body_of batch/req.1 | jq -r '.[0].id') && jq -r --arg id "$id" 'select(.caused_by == [$id]).batch' attempts)"
is "each record keeps a key of its own" "$(jq -r 'select(.batch).key' attempts | sort -u | wc -l)" 250
is "a batch is signed as one" "$(cat batch/req.* | grep -ac '^webhook-signature: v1,')" 3
echo 503 >batch/mode
for i in 1 2 3; do task batch "$i"; done >some
exits "a batch that fails" 0 fx-send --now 2026-11-20T10:00:00Z some
is "fails for each, due again together" "$(jq -r '[.outcome, .retry_at] | @csv' out | sort | uniq -c | wc -l) $(wc -l <out)" "1 3"
{ task batch 1; task batch 1 | sed 's/batch-1/batch-1b/'; } >same
echo ok >batch/mode
rm batch/req.*
exits "two records about one task" 0 fx-send same
is "are two batches, one after the other" "$(for r in batch/req.1 batch/req.2; do body_of $r | jq -r '.[].id'; done | xargs)" "batch-1 batch-1b"

# ---- how much an owner bears at once: a connection each
for i in $(seq 40); do task narrow "$i"; task wide "$i"; done >many
fx-send -j 4 many >attempts
is "all arrive" "$(jq -r 'select(.outcome == "accepted").owner_id' attempts | sort | uniq -c | xargs)" "40 narrow 40 wide"
is "no more than the owner says, nor than -j" "$(for o in narrow wide; do wc -l <$o/connections; done | xargs)" "2 4"

# ---- Slack
{ for i in 1 2; do task chat "$i"; done; task chat-too 3; } >chats
exits "messages of two owners to one webhook" 0 fx-send chats
is "all are accepted" "$(jq -r .outcome out | xargs)" "accepted accepted accepted"
arrived() { stat -c %.9Y chat/req.* | sort -n; }
is "one a second" "$(arrived | awk 'NR > 1 && $1 - last < 1 { bad++ } { last = $1 } END { print NR, bad + 0 }')" "3 0"
exits "another run at once" 0 sh -c 'head -1 chats | fx-send -'
is "keeps the pace" "$(arrived | awk 'NR > 1 && $1 - last < 1 { bad++ } { last = $1 } END { print NR, bad + 0 }')" "4 0"
echo garbage >chat/mode
head -1 chats >one
exits "200 without ok" 0 fx-send one
is "is a failure, due again" "$(jq -c '[.outcome, .status, .retry_at != null]' out)" '["failed",200,true]'
like "which says so" out 'slack did not say ok'

echo 429 >chat/mode
exits "a webhook that is sent too much" 0 fx-send chats
is "is asked once, for both owners" "$(wc -l <out)" 1

# ---- what is beyond a run's share, and an endpoint that asks for a rest
sed -i 's/owner: structured/owner: chat/' home/rules.d/r.yaml
order() { # order ID
	echo '{"event":"order.placed","event_id":"p'"$1"'","order_id":"'"$1"'","at":"2026-11-20T10:00:00Z","source":"shop","channel":"web","customer":"c","currency":"EUR","total":"1.00","lines":[{"line_id":"1","sku":"A","type":"stock","qty":1,"unit_price":"1.00"}]}'
}
fx-sign --init --origin shop.example/fx
for i in 1 2 3 4 5; do order $i; done | fx-route --now 2026-11-20T10:00:00Z | fx-sign -q
echo ok >chat/mode
fx-send -q --turn 1 --stats stats
left=$(jq .untried stats)
[ "$left" -gt 0 ]
ok "a turn ends, the rest keeps for the next run ($left)"
is "which is no attempt" "$(fx-cat --type task.attempted | wc -l)" $((5 - left))
fx-send -q --stats stats
is "the next run sends it" "$(tail -1 stats | jq -c '[.in, .accepted, .untried]')" "[$left,$left,0]"
sed -i 's/owner: chat,/owner: chat-full,/' home/rules.d/r.yaml
for i in 6 7 8; do order $i; done | fx-route --now 2026-11-20T10:00:00Z | fx-sign -q
at=2026-11-20T10:00
fx-send -q --now $at:00Z --stats stats
is "429 ends the turn" "$(tail -1 stats | jq -c '[.in, .attempts, .untried]')" "[3,1,2]"
fx-send -q --now $at:06Z --stats stats
is "nothing more is sent before Retry-After" "$(tail -1 stats | jq -c '[.attempts, .waiting]')" "[0,3]"
echo ok >chat-full/mode
fx-send -q --now $at:07Z --stats stats
is "the others are sent then" "$(tail -1 stats | jq -c '[.accepted, .waiting]')" "[2,1]"
fx-send -q --now $at:37Z --stats stats
is "and the one that was tried, when it is due" "$(tail -1 stats | jq -c '[.accepted, .waiting]')" "[1,0]"

# ---- an endpoint that is gone
for i in 9 10 11; do order $i; done | fx-route --now 2026-11-20T10:00:00Z | fx-sign -q
echo 410 >chat-full/mode
at=2026-11-20T11:00
fx-send -q --now $at:00Z --stats stats
fx-send -q --now $at:30Z --stats stats
is "410 stops it, for the next run, too" "$(tail -2 stats | jq -c '[.attempts, .untried, .waiting]' | xargs)" "[1,2,0] [0,0,2]"
fx-escalate --now 2026-11-20T11:16:00Z | jq -r 'select(.failure == "owner-unavailable").about' >about
is "and opens owner-unavailable after the grace" "$(cat about)" chat-full
owner "$T/chat-new" ok
sed -i "s|id: chat-full, .*|id: chat-full, kind: team, format: slack, send: 'http://127.0.0.1:$port/'}|" home/rules.d/r.yaml
fx-send -q --now $at:40Z --stats stats
is "what was not tried goes to a new endpoint" "$(tail -1 stats | jq -c '[.accepted, .waiting]')" "[2,0]"
done_testing
