#!/bin/sh
# fx-send against owners of every kind: what each outcome is, and that none blocks another.
. "$(dirname "$0")/../lib.sh"

. "$TOP/tests/owner.sh"

mkdir -p home/rules.d
cat >bad.sh <<'X'
#!/bin/sh
cat >/dev/null
echo "no such article" >&2
exit "$1"
X
chmod +x bad.sh
owner "$T/ok" ok && ok_port=$port
owner "$T/busy" 503 && busy_port=$port
owner "$T/gone" 410 && gone_port=$port
owner "$T/refuses" 400 && refuses_port=$port
owner "$T/slow" slow && slow_port=$port
owner "$T/close" close && close_port=$port
owner "$T/garbage" garbage && garbage_port=$port
owner "$T/redirect" redirect && redirect_port=$port
tls_owner "$T/tls" && tls_port=$port
touch "$T/full"
cat >home/rules.d/rules.yaml <<X
owners:
  - {id: ok, kind: system, send: "http://127.0.0.1:$ok_port/tasks?token=s3cret", secret: "env:OK_SECRET"}
  - {id: busy, kind: system, send: "http://127.0.0.1:$busy_port/"}
  - {id: gone, kind: system, send: "http://127.0.0.1:$gone_port/"}
  - {id: refuses, kind: system, send: "http://127.0.0.1:$refuses_port/"}
  - {id: slow, kind: system, send: "http://127.0.0.1:$slow_port/"}
  - {id: close, kind: system, send: "http://127.0.0.1:$close_port/"}
  - {id: garbage, kind: system, send: "http://127.0.0.1:$garbage_port/"}
  - {id: redirect, kind: system, send: "http://127.0.0.1:$redirect_port/"}
  - {id: bad-cert, kind: system, send: "https://127.0.0.1:$tls_port/"}
  - {id: wrong-name, kind: system, send: "https://localhost:$tls_port/"}
  - {id: dead, kind: system, send: "http://127.0.0.1:1/"}
  - {id: spool, kind: system, send: "spool:spool/x"}
  - {id: spool-full, kind: system, send: "spool:../full/x"}
  - {id: exec-ok, kind: system, send: "exec:cat >$T/exec.out"}
  - {id: exec-temp, kind: system, send: "exec:$T/bad.sh 75"}
  - {id: exec-final, kind: system, send: "exec:$T/bad.sh 65"}
  - {id: exec-hangs, kind: system, send: "exec:sleep 98761 & wait"}
  - {id: meets, kind: system, send: "exec:cat >$T/meeting"}
  - {id: met, kind: system, send: "exec:cat $T/meeting >/dev/null"}
  - {id: mailed, kind: team, send: "mail:ops@example.com"}
  - {id: secretless, kind: system, send: "http://127.0.0.1:$ok_port/", secret: "env:NOT_SET_ANYWHERE"}
  - {id: nowhere, kind: team}
rules:
  - {rule: all, version: 1, maintainer: m, when: "true", owner: ok, flow: f}
exceptions:
  - {failure: "*", maintainer: m, action: route to ok}
X
export OK_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw FX_HOME="$T/home" FX_SENDMAIL="$T/sendmail"
printf '#!/bin/sh\ncat >"%s/mail.out"\n' "$T" >sendmail
chmod +x sendmail
n=0
for o in ok busy gone refuses slow close garbage redirect dead spool spool-full exec-ok exec-temp \
	exec-final exec-hangs mailed bad-cert; do
	n=$((n + 1))
	printf '{"event":"task.assigned","event_id":"e%d","order_id":"ORD-%d","source":"s","at":"2026-11-20T10:00:00Z","task_id":"ORD-%d/k/1","owner_id":"%s"}\n' \
		$n $n $n $o
done >tasks
unset CURL_CA_BUNDLE SSL_CERT_FILE
start=$(date +%s)
exits "every kind of owner, one run" 0 fx-send -t 3 --stats stats - <tasks
took=$(($(date +%s) - start))
[ $took -lt 9 ]
ok "the slow, the hanging and the dead together take one timeout, not their sum ($took s)"
cp out attempts
is "one attempt for each" "$(wc -l <attempts)" 17
is "who accepted" "$(jq -r 'select(.outcome == "accepted") | .owner_id' attempts | sort | tr '\n' ' ')" \
	"exec-ok garbage mailed ok spool "
verdict() { jq -r "select(.owner_id == \"$1\") | [.outcome, (.status // 0), (.retry_at != null)] | @csv" attempts; }
is "503: failed, due again" "$(verdict busy)" '"failed",503,true'
is "410: failed for good" "$(verdict gone)" '"failed",410,false'
is "400: failed for good" "$(verdict refuses)" '"failed",400,false'
is "one byte a second: due again" "$(verdict slow)" '"failed",200,true'
is "closed in the middle: due again" "$(verdict close)" '"failed",200,true'
is "a redirect is not followed" "$(verdict redirect)" '"failed",302,false'
is "nobody listens: due again" "$(verdict dead)" '"failed",0,true'
is "a spool that cannot be written: due again" "$(verdict spool-full)" '"failed",0,true'
is "exit 75: due again" "$(verdict exec-temp)" '"failed",75,true'
is "exit 65: failed for good" "$(verdict exec-final)" '"failed",65,false'
is "a hanging command: killed, due again" "$(verdict exec-hangs)" '"failed",0,true'
is "no child of the hanging command is left" "$(pgrep -f 'sleep 98761' | wc -l)" 0
like "the first line of stderr is the error" attempts 'exit 75: no such article'
is "a certificate that nobody vouches for: due again" "$(verdict bad-cert)" '"failed",0,true'
like "which is said" attempts 'SSL certificate problem: self.signed'
is "nothing was sent there" "$(cat tls/posts 2>/dev/null)" ""
is "no secret in what is recorded" "$(grep -cE 's3cret|whsec' attempts)" 0
is "the exec owner got the record" "$(jq -r .order_id exec.out)" ORD-12
is "the spool got it by rename" "$(ls home/spool/x/tmp home/spool/x/new | grep -c json)" 1
is "the spooled bytes are the record's" "$(cat home/spool/x/new/*.json)" "$(sed -n 10p tasks)"
like "mail has a subject" mail.out '^Subject: \[fx\] task.assigned for order ORD-16'
like "the request is signed" "$T/ok/req.1" '^webhook-signature: v1,[A-Za-z0-9+/]{43}='
like "the idempotency key is a quoted string" "$T/ok/req.1" '^Idempotency-Key: "[a-z2-7]{26}"'
is "and holds no order id" "$(grep -ci '^idempotency-key:.*ord' "$T/ok/req.1")" 0
# the signature by an account that is not ours
id=$(tr -d '\r' <"$T/ok/req.1" | sed -n 's/^webhook-id: //p')
ts=$(tr -d '\r' <"$T/ok/req.1" | sed -n 's/^webhook-timestamp: //p')
body=$(sed -n 1p tasks)
want=$(printf '%s.%s.%s' "$id" "$ts" "$body" | openssl dgst -sha256 -mac HMAC \
	-macopt "hexkey:$(printf %s "${OK_SECRET#whsec_}" | base64 -d | od -An -tx1 | tr -d ' \n')" -binary | base64)
like "openssl computes the same signature" "$T/ok/req.1" "^webhook-signature: v1,$(printf %s "$want" | sed 's/[+/]/./g')"

printf '{"event":"x","event_id":"e","owner_id":"nobody"}\nnot json\n{"event_id":"e"}\n' >bad
exits "records that cannot be sent" 1 fx-send bad
is "each is said, with its line" "$(sed 's/:.*:\([0-9]*\): .*/ \1/' err | tr '\n' ',')" "fx-send 1,fx-send 2,fx-send 3,"
exits "and go to --rejects" 0 fx-send --rejects rej bad
is "three of them" "$(grep -c export.rejected rej)" 3
printf '{"event":"x","event_id":"e","owner_id":"%s"}\n' secretless nowhere >un
exits "no secret, no endpoint" 0 fx-send un
is "nothing is sent unsigned" "$(wc -l <out)" 0
like "it says why" err 'env:NOT_SET_ANYWHERE is not set'
like "and for the other" err 'owner nowhere has no send'

# ---- certificates: an authority of one's own, and a name that is not the certificate's
for o in bad-cert wrong-name; do
	printf '{"event":"x","event_id":"e","owner_id":"%s"}\n' $o
done >tls-tasks
CURL_CA_BUNDLE="$T/tls/cert" fx-send tls-tasks >attempts
is "vouched for: accepted" "$(verdict bad-cert)" '"accepted",200,false'
is "but not under another name" "$(verdict wrong-name)" '"failed",0,true'
like "which is said" attempts 'subject name'
CURL_CA_BUNDLE='' SSL_CERT_FILE="$T/tls/cert" fx-send tls-tasks >attempts
is "the same by the other variable" "$(verdict bad-cert)" '"accepted",200,false'

# ---- commands of different owners run beside each other: neither of these ends without the other
mkfifo meeting
printf '{"event":"x","event_id":"e","owner_id":"%s"}\n' meets met >both
fx-send both >attempts
is "commands of two owners run at once" "$(verdict meets) $(verdict met)" '"accepted",0,false "accepted",0,false'

# ---- a spool on a full disk: fails, is due again, leaves nothing, and no other owner fails
printf '{"event":"x","event_id":"full","owner_id":"%s"}\n' spool exec-ok >space
key=$(fx-send -n --ndjson space | jq -r 'select(.owner_id == "spool").key')
if strace -o /dev/null true 2>/dev/null; then
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o /dev/null -P "$T/home/spool/x/tmp/$key.json" -e inject=write:error=ENOSPC fx-send space >attempts
	is "a full disk: due again" "$(verdict spool)" '"failed",0,true'
	like "which is said" attempts 'No space left on device'
	is "the other owner accepted" "$(verdict exec-ok)" '"accepted",0,false'
	is "no piece of it is left" "$(find home/spool/x -name "$key*" | wc -l)" 0
	fx-send space >attempts
	is "with room again it is accepted" "$(verdict spool)" '"accepted",0,false'
else
	skip "a full disk" "strace may not trace here"
fi

# order within a task: a failure holds what comes after
printf '{"event":"task.assigned","event_id":"a%d","task_id":"T","owner_id":"busy"}\n' 1 2 3 >seq
fx-send seq >out
is "after a failure nothing more about that task" "$(wc -l <out)" 1
exits "a full disk is a failure" 2 sh -c 'fx-send "$1" >/dev/full' - seq
exits "no registry" 2 fx-send -r /nonexistent seq
exits "no ledger" 2 fx-send
done_testing
