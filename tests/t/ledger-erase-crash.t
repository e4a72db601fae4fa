#!/bin/sh
# fx-redact killed, or refused by the system, at each of its system calls: the ledger verifies, what was
# not erased yet is erased when it is run again, and it never says that all is erased when it is not.
. "$(dirname "$0")/../lib.sh"
. "$TOP/tests/crash.sh"

mkdir base base/rules.d
cat >base/rules.d/a.yaml <<'X'
owners:
  - {id: near, kind: system, send: "spool:spool"}
rules:
  - {rule: all, version: 1, maintainer: near, when: true, owner: near, flow: f}
exceptions:
  - {failure: "*", maintainer: near, action: notify near, escalation: if unresolved in 1h escalate to near}
X
records() { # records FROM TO: orders of two people in turn
	awk -v i="$1" -v n="$2" 'BEGIN { for (; i < n; i++)
		printf "{\"event\":\"order.placed\",\"event_id\":\"e%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\",\"name\":\"Person %d\"}\n", i, i % 100, i % 100 }'
}
fx-sign -C base --init --origin shop.example/orders
records 0 300 | fx-sign -C base -q
fx-cat -C base --order O7 --token >signed
mkdir -p base/spool/new base/ledger/state base/ledger/cut
head -1 signed >base/spool/new/A.json
head -1 signed | sed 's/,"audit_token.*/}/' >base/ledger/cut/a.ndjson
records 8 9 >>base/ledger/cut/a.ndjson
head -1 signed >base/ledger/state/life
mkdir pristine

erase() {
	fx-redact -C home --by dpo --reason 'case 17' --order O7
}
fresh() {
	rm -rf home away
	cp -R base home
	cp -R pristine away
}
left() { # where the person is still to be found
	cat away/* home/ledger/entries/*.zst 2>/dev/null | zstdcat -f 2>/dev/null | grep -w 'Person 7' | head -1
	grep -rlw 'Person 7' home/ledger/entries/*.ndjson home/ledger/cut home/ledger/state home/spool home/ledger/entries/*.tmp 2>/dev/null
}
holds() { # $1: what it was; $2: what fx-redact said
	fx-verify -q -C home --all 2>err || { echo "# $1: the ledger does not verify"; cat err; return 1; }
	[ "$2" -ne 0 ] || [ -z "$(left)" ] || { echo "# $1: exit 0, and the person is in $(left)"; return 1; }
	erase >/dev/null 2>err
	case $? in 0 | 1) ;; *) echo "# $1: again: $?"; cat err; return 1 ;; esac
	[ -z "$(left)" ] || { echo "# $1: again, and the person is in $(left)"; return 1; }
	fx-verify -C home --all >all 2>err && grep -q ", $times erased, 0 faults" all || { echo "# $1: after it"; cat all err; return 1; }
	fx-verify -q -C home signed 2>err || { echo "# $1: what was signed is not there"; cat err; return 1; }
}

each() { # each NAME KIND [CALLS]
	fresh
	calls fx-redact -C home --by dpo --reason 'case 17' --order O7 >list
	bad=0 count=0
	while read -r name from to; do
		[ -z "${3:-}" ] || case ,$3, in *,"$name",*) ;; *) continue ;; esac
		fails "$2" "$name" || continue
		i=$from
		while [ "$i" -le "$to" ]; do
			fresh
			strace -f -o /dev/null -e "inject=$name:$2:when=$i" \
				fx-redact -C home --by dpo --reason 'case 17' --order O7 >/dev/null 2>err
			status=$?
			case $2:$status in
			signal=*:* | error=*:2 | error=*:0) ;;
			*)
				echo "# $name $i: exit $status"
				bad=$((bad + 1))
				;;
			esac
			holds "$name call $i, $2" $status || bad=$((bad + 1))
			count=$((count + 1))
			i=$((i + 1))
		done
	done <list
	echo "# $count system calls"
	[ $bad -eq 0 ] && [ $count -gt 10 ]
	ok "$1"
}

times=3
fresh
is "it is there so often" "$(wc -l <signed)" $times
is "and found before" "$(left | wc -l)" 4
exits "undisturbed" 0 erase
is "it is not found behind" "$(left)" ""
each "killed at each call" signal=KILL
each "EIO at each call" error=EIO

# a segment that was moved away, and the last one
rm -rf base pristine away
mkdir base away
cp -R home/rules.d base
fx-sign -C base --init --origin shop.example/orders
awk 'BEGIN { for (i = 0; i < 65540; i++)
	printf "{\"event\":\"x\",\"event_id\":\"%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\",\"n\":\"Person %d\"}\n", i, i % 32768, i % 32768 }' | sed '65540s/O[0-9]*/O7/;65540s/Person [0-9]*/Person 7/' | fx-sign -C base -q
fx-cat -C base --order O7 --token >signed
fx-archive -q -C base --move away
mv away pristine
fresh
is "in two segments" "$(left | wc -l)" 2
exits "undisturbed" 0 erase
is "it is not found behind" "$(left)" ""
each "killed where a moved segment is replaced" signal=KILL rename,renameat,renameat2,unlink,unlinkat,fsync,readlink,readlinkat
each "EIO there" error=EIO rename,renameat,renameat2,unlink,unlinkat,fsync,readlink,readlinkat
done_testing
