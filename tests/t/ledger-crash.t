#!/bin/sh
# Killed, or refused by the system, at each system call of an append: the ledger opens,
# verifies, has every acknowledged record once, and goes on.
. "$(dirname "$0")/../lib.sh"
. "$TOP/tests/crash.sh"

records() { # records PREFIX N: orders with two tasks each
	awk -v p="$1" -v n="$2" 'BEGIN { for (i = 0; i < n; i++) {
		printf "{\"event\":\"order.placed\",\"event_id\":\"%s%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\"}\n", p, i, i
		for (k = 0; k < 2; k++)
			printf "{\"event\":\"task.assigned\",\"event_id\":\"%s%d.%d\",\"source\":\"fx\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\",\"trigger\":{\"source\":\"s\",\"event_id\":\"%s%d\"},\"decision\":{\"digest\":\"D\",\"tasks\":2}}\n", p, i, k, i, p, i
	} }'
}

# What must hold after the trouble; $1: what it was.
holds() {
	fx-verify -q --all 2>err || { echo "# $1: the ledger does not verify"; cat err; return 1; }
	fx-verify -q out 2>err || { echo "# $1: a token that was handed out is not in the ledger"; cat err; return 1; }
	fx-sign in >again 2>err || { echo "# $1: it does not go on"; cat err; return 1; }
	fx-verify -q again && fx-verify -q --all || { echo "# $1: after going on"; return 1; }
	# each record of the input once, and whole decisions throughout
	n=$(cat ledger/entries/*.ndjson | wc -l)
	[ "$n" -eq "$total" ] || { echo "# $1: $n entries, not $total"; return 1; }
	# what was handed out before the trouble is handed out again
	head -c "$(wc -c <out)" again | cmp -s - out || { echo "# $1: other tokens the second time"; return 1; }
}

round() { # round NAME KIND [CALLS]: every call, killed (signal=KILL) or failing (error=EIO)
	rm -rf ledger
	cp -R base ledger
	calls fx-sign in >list
	bad=0 count=0
	while read -r name from to; do
		[ -z "${3:-}" ] || case ,$3, in *,"$name",*) ;; *) continue ;; esac
		fails $2 "$name" || continue
		i=$from
		while [ "$i" -le "$to" ]; do
			rm -rf ledger
			cp -R base ledger
			strace -f -o /dev/null -e "inject=$name:$2:when=$i" fx-sign in >out 2>err
			status=$?
			case $2:$status in
			signal=*:* | error=*:2 | error=*:0) ;;
			*)
				echo "# $name $i: exit $status"
				bad=$((bad + 1))
				;;
			esac
			# Output is not torn in the middle of a record by our own doing.
			holds "$name call $i, $2" || bad=$((bad + 1))
			count=$((count + 1))
			i=$((i + 1))
		done
	done <list
	echo "# $count system calls"
	[ "$bad" -eq 0 ] && [ "$count" -gt 15 ]
	ok "$1"
}

fx-sign --init --origin shop.example/orders
records a 84 | fx-sign -q # 252 entries: the append below completes a tile
cp -R ledger base
records b 3 >in
total=261
round "killed at each call" signal=KILL
round "EIO at each call" error=EIO
round "ENOSPC at each call" error=ENOSPC openat,write,pwrite64,mkdirat,fsync,fdatasync

# after a crash: the next writer moves away what the dead one left
rm -rf ledger
cp -R base ledger
strace -f -o /dev/null -e inject=rename,renameat,renameat2:signal=KILL fx-sign in >out 2>/dev/null
is "a killed writer leaves lines that nobody was told of" "$(wc -l <ledger/entries/000000.ndjson)" 261
fx-sign in | jq -r .audit_token | sed 's/#.*//;s/.*[/]//' | xargs >o
is "the next one begins where the checkpoint ends" "$(cat o)" "252 253 254 255 256 257 258 259 260"
is "and keeps what was cut" "$(cat ledger/cut/*.ndjson | wc -l)" 9

# the same where a batch begins a new segment file
rm -rf ledger key
fx-sign --init --origin shop.example/orders
records a 21843 | fx-sign -q # 65,529
records c 1 | fx-sign -q     # 65,532
rm -rf base
cp -R ledger base
total=65541
for call in openat pwrite64 fdatasync fsync renameat ftruncate; do
	rm -rf ledger
	cp -R base ledger
	calls fx-sign in | grep "^$call " >list
	read -r name from to <list || continue
	i=$from bad=0
	while [ "$i" -le "$to" ]; do
		rm -rf ledger
		cp -R base ledger
		strace -f -o /dev/null -e "inject=$name:signal=KILL:when=$i" fx-sign in >out 2>err
		holds "$name call $i at a segment's end" || bad=$((bad + 1))
		i=$((i + 1))
	done
	[ $bad -eq 0 ]
	ok "killed at each $call where a segment ends"
done

# killed while many batches are on their way, at any moment
records d 20000 >in
bad=0
for t in 0.02 0.05 0.08 0.11 0.14 0.17 0.2 0.23; do
	rm -rf ledger key
	fx-sign --init --origin shop.example/orders
	fx-sign in >out 2>/dev/null &
	pid=$!
	sleep $t
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	total=60000
	# The last line may be torn: the reader of a pipe sees what was written.
	grep -a '"}$' out >whole
	mv whole out
	holds "killed after $t s" || bad=$((bad + 1))
done
[ $bad -eq 0 ]
ok "killed at any moment of a bulk load"

# --init killed at each call: run again it goes on, or says what is needed
echo '{"event":"a","event_id":"1","source":"s","at":"2026-11-20T18:03:09Z"}' >in
rm -rf ledger key
calls fx-sign --init --origin shop.example/orders >list
bad=0 count=0 keys=0
while read -r name from to; do
	i=$from
	while [ "$i" -le "$to" ]; do
		rm -rf ledger key
		strace -f -o /dev/null -e "inject=$name:signal=KILL:when=$i" fx-sign --init --origin shop.example/orders 2>/dev/null
		if fx-sign --init --origin shop.example/orders 2>err; then
			:
		elif grep -q 'is a ledger already' err; then
			fx-sign -q in 2>err || grep -q 'no checkpoint.*--recover' err && fx-sign --recover -q in
		elif grep -q 'the key .* is there already' err; then # it has signed nothing
			keys=$((keys + 1))
			rm key
			fx-sign --init --origin shop.example/orders
		fi
		fx-sign -q in 2>err && fx-verify -q --all 2>>err && [ "$(wc -l <ledger/entries/000000.ndjson)" = 1 ] || {
			echo "# --init, $name $i:"
			sed 's/^/#  /' err
			bad=$((bad + 1))
		}
		count=$((count + 1))
		i=$((i + 1))
	done
done <list
echo "# $count system calls, the key stayed alone at $keys"
[ $bad -eq 0 ] && [ $count -gt 15 ]
ok "killed at each call of --init"
done_testing
