#!/bin/sh
# fx-redact reaches the copies that the toolkit itself makes: snapshots, cut/, spools, segments put away.
. "$(dirname "$0")/../lib.sh"

person() { # person N EVENT ID [MORE]: a record with a person in it
	printf '{"event":"%s","event_id":"%s","source":"s","order_id":"O%d","at":"2026-11-20T18:03:09Z","customer":{"name":"Person %d"}%s}' "$2" "$3" "$1" "$1" "${4:-}"
}
task() { # task N
	person "$1" task.assigned "t$1" ",\"trigger\":{\"source\":\"s\",\"event_id\":\"e$1\"}"
}
mkdir home away home/rules.d
cat >home/rules.d/a.yaml <<X
owners:
  - {id: near, kind: system, send: "spool:spool/near"}
  - {id: nearer, kind: system, send: "spool:spool/near"}
  - {id: far, kind: system, send: "spool:$PWD/away"}
  - {id: never, kind: system, send: "spool:not-yet-there"}
  - {id: web, kind: system, send: "https://owner.example/"}
rules:
  - {rule: all, version: 1, maintainer: near, when: true, owner: near, flow: f}
exceptions:
  - {failure: "*", maintainer: near, action: notify near, escalation: if unresolved in 1h escalate to near}
X
export FX_HOME="$PWD/home"
fx-sign --init --origin shop.example/orders
for n in 6 7 8 9; do
	person $n order.placed e$n
	echo
	task $n
	echo
	person $n task.shipped f$n
	echo
done | fx-sign -q
copies() { # put them where the toolkit leaves them
	mkdir -p home/spool/near/new home/spool/near/tmp home/spool/near/cur away/new home/ledger/cut home/ledger/state/send
	task 7 >home/spool/near/new/A.json
	task 8 >home/spool/near/new/B.json
	echo "{\"specversion\":\"1.0\",\"subject\":\"O7\",\"data\":$(task 7)}" >home/spool/near/tmp/C.json
	echo "{\"event\":\"exception.opened\",\"event_id\":\"x\",\"source\":\"fx\",\"context\":[$(task 7),$(person 7 task.shipped f7)]}" >home/spool/near/cur/D.json
	echo "{\"payload\":{\"component\":\"O8\",\"custom_details\":$(task 8)}}" >home/spool/near/cur/E.json
	task 7 >away/new/F.json
	{
		task 8
		echo
		task 7
		echo
		person 7 order.changed unheard
		echo
		task 8 | head -c 100
	} >home/ledger/cut/one.ndjson
	task 7 >home/ledger/cut/two.ndjson
	echo 'Person 7' >home/ledger/state/life
	: >home/ledger/state/send/OWNER.lock
	echo 'Person 8, Person 7' >home/ledger/entries/000000.ndjson.tmp
}
copies
exits "erase, with copies about" 0 fx-redact --by dpo --reason 'case 17' --order O7
is "nothing of the person is left in the home" "$(grep -rlw 'Person 7' home)" ""
is "what others have is left" "$(cd home && grep -rlw 'Person 8' ledger/cut spool | sort | xargs)" \
	"ledger/cut/one.ndjson spool/near/cur/E.json spool/near/new/B.json"
is "but for the torn line" "$(cat home/ledger/cut/one.ndjson)" "$(task 8)"
is "the lock files of fx-send stay" "$(ls home/ledger/state/send)" OWNER.lock
like "a deleted message is named" err '^fx-redact: .*spool/near/cur/D.json: deleted'
like "one outside the home, too" err "^fx-redact: $PWD/away/new/F.json holds it, too: outside"
is "and left there" "$(ls away/new)" F.json
like "what is not reached is said" err 'not reached: backups'
exits "the ledger is whole" 0 fx-verify --all
rm away/new/F.json
exits "then there is nothing left to erase" 1 fx-redact --by dpo --reason 'case 17' --order O7
like "which is said" err 'nothing to erase'
copies
exits "copies that come later" 0 fx-redact --by dpo --reason 'case 17' --order O7
is "are found" "$(grep -rlw 'Person 7' home)" ""
is "without another record" "$(fx-verify --all)" "shop.example/orders: 13 entries, 3 erased, 0 faults"
echo 'owners: [' >home/rules.d/b.yaml
exits "a broken registry" 2 fx-redact --by dpo --reason 'case 18' --order O9
like "is no reason not to erase" err '3 entries erased'
rm home/rules.d/b.yaml
# by index it is these records alone
copies
exits "a task by its index" 0 fx-redact --by dpo --reason 'case 19' 7
is "and its messages, not the order's other records" "$(cd home && grep -rlw 'Person 8' ledger spool)" "ledger/entries/000000.ndjson"
is "(the trigger and the shipment)" "$(grep -cw 'Person 8' home/ledger/entries/000000.ndjson)" 2

# a segment that was put away
unset FX_HOME
mkdir moved
fx-sign --init --origin shop.example/orders
awk 'BEGIN { for (i = 0; i < 65600; i++)
	printf "{\"event\":\"order.placed\",\"event_id\":\"e%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\",\"name\":\"Person %d\"}\n", i, i, i }' | fx-sign -q
fx-archive -q --move moved
exits "erase from a segment that was moved away" 0 fx-redact -r home/rules.d --by dpo --reason 'case 17' --order O7
is "it is still there" "$(readlink ledger/entries/000000.ndjson.zst)" "$PWD/moved/000000.ndjson.zst"
is "without the person" "$(zstdcat moved/000000.ndjson.zst | grep -cw 'Person 7')" 0
exits "whole" 0 fx-verify --all
like "and counted" out '65601 entries, 1 erased, 0 faults'
# fx-archive was killed between its copy and the end of the plain file
zstdcat moved/000000.ndjson.zst >ledger/entries/000000.ndjson
exits "erase where both forms are there" 0 fx-redact -r home/rules.d --by dpo --reason 'case 18' 8
is "from the plain one" "$(grep -cw 'Person 8' ledger/entries/000000.ndjson)" 0
is "and from the other" "$(cat moved/* ledger/entries/*.zst 2>/dev/null | wc -c)" 0
exits "whole" 0 fx-verify --all
done_testing
