#!/bin/sh
# fx-sign --rotate: a new key for which the old one vouches; each verifies its own span, whoever
# trusts the old one can follow, and a rotation that is broken off anywhere does no harm.
. "$(dirname "$0")/../lib.sh"

records() { # records PREFIX N
	awk -v p="$1" -v n="$2" 'BEGIN { for (i = 0; i < n; i++)
		printf "{\"event\":\"order.placed\",\"event_id\":\"%s%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\"}\n", p, i, i }'
}
keyid() { sed 's/^PRIVATE+KEY+//' "$1" | cut -d+ -f2; } # of a key file

fx-sign --init --origin shop.example/orders
cp ledger/vkey vkey1
cp key key1
records a 5 >a
fx-sign --proof a >proved1
cp ledger/checkpoint cp1
cp -R ledger before
exits "rotate" 0 fx-sign --rotate --by ops@shop.example
like "it says what it did" err 'entry 5 says that the key is now \+[0-9a-f]{8}; the old one is kept in .*key.old-[0-9a-f]{8}'
is "the old key is kept" "$(cmp key1 key.old-"$(keyid key1)")" ""
is "and nothing half done" "$(ls key* ledger/*.tmp ledger/rotations 2>/dev/null | sed 's/[0-9a-f]\{8\}$/ID/' | xargs)" "key key.old-ID key1 ledger/rotations: 1"
is "modes" "$(stat -c %a key key.old-*| xargs)" "600 600"
is "vkey has both, the newest last" "$(head -1 ledger/vkey | cmp - vkey1; cut -d+ -f2 ledger/vkey | xargs)" "$(keyid key1) $(keyid key)"
is "the entry says so" "$(fx-cat --last 1 | jq -c '[.event,.source,.by,.old_vkey,.new_vkey]')" \
	"$(jq -cRn --slurpfile x /dev/null '[inputs] | ["key.rotated","shop.example/orders","ops@shop.example",.[0],.[1]]' <ledger/vkey)"
is "its id is derived" "$(fx-cat --last 1 | jq -r .event_id | cut -c1-3)" fx:
fx-cat --last 1 >entry
exits "and it is a record by the contract" 0 fx-validate -C "$TOP" entry
is "both signed its checkpoint" "$(grep -c '^— shop.example/orders ' ledger/checkpoint)" 2
is "the first key signs what it always signs" "$(head -6 ledger/checkpoint | sed -n 1,3p)" "$(sed -n 1,3p ledger/checkpoint)"
exits "who knows the old key alone can check the record of it" 0 fx-verify --proof --vkey vkey1 ledger/rotations/1
records b 4 >b
exits "the new key signs on" 0 fx-sign --proof b
mv out proved2
is "alone" "$(grep -c '^— shop.example/orders ' ledger/checkpoint)" 1
exits "the whole ledger" 0 fx-verify --all
like "is whole" out '^shop.example/orders: 10 entries, 0 erased, 0 faults$'
like "the old key's span" out "^shop.example/orders\+$(keyid key1): signed 6 entries from 0 on$"
like "the new key's span" out "^shop.example/orders\+$(keyid key): signed 4 entries from 6 on$"
tail -1 ledger/vkey >vkey2
exits "with the old key pinned" 0 fx-verify --all --vkey vkey1
exits "with the new one" 0 fx-verify --all --vkey vkey2
exits "with both, in a file" 0 fx-verify --all --vkey ledger/vkey
exits "or in an argument" 0 fx-verify --all --vkey "$(cat ledger/vkey)"
exits "it has grown from the old key's checkpoint" 0 fx-verify --since-checkpoint cp1
# a monitor that has watched since before
cp cp1 seen
exits "a monitor goes on" 0 fx-verify --follow seen
# proofs, offline
exits "an old proof by the old key" 0 fx-verify --proof --vkey vkey1 proved1
exits "an old proof by the file with both" 0 fx-verify --proof --vkey ledger/vkey proved1
exits "not by the new key" 1 fx-verify --proof --vkey vkey2 proved1
exits "a new proof by the new key" 0 fx-verify --proof --vkey vkey2 proved2
exits "a new proof by the file with both" 0 fx-verify --proof --vkey ledger/vkey proved2
exits "not by the old key" 1 fx-verify --proof --vkey vkey1 proved2
exits "old records by their tokens" 0 fx-verify proved1
is "and what is in stays in" "$(cat a b | fx-sign --stats st | wc -l; jq -c '[.appended,.duplicates]' st | xargs)" "$(printf '9\n[0,9]')"

# the wrong key
records c 1 >c
exits "the old key signs no more" 2 fx-sign -k key1 c
like "and it is said why" err "the key key1 is of shop.example/orders\+$(keyid key1), the ledger .* of shop.example/orders\+$(keyid key)"
mkdir other
(cd other && fx-sign --init --origin shop.example/orders)
exits "nor does one of the same name" 2 fx-sign -k other/key c
exits "a pinned key that is another's" 2 fx-verify --all --vkey other/ledger/vkey
exits "nobody brings in a key.rotated" 1 fx-sign entry
like "it is the ledger's own" err "key.rotated is the ledger's own"
for o in "--rotate --init --origin x" "--rotate c" "--by me" "--rotate --recover"; do
	# shellcheck disable=SC2086
	exits "usage: $o" 2 fx-sign $o
done
exits "the record of a rotation is not erased" 1 fx-redact --by dpo --reason x 5

# a writer that is at work meanwhile takes the new key
{ records w 1; sleep 0.4; fx-sign --rotate 2>/dev/null; records x 2; } | fx-sign >out 2>err
is "a writer at work meanwhile goes on" "$? $(jq -r .event_id out | xargs)" "0 w0 x0 x1"
exits "with the newest key" 0 fx-verify --all
like "three spans" out "^shop.example/orders\+$(keyid key): signed 2 entries from 12 on$"
exits "the first key still leads to the third" 0 fx-verify --all --vkey vkey1
exits "and the first proofs hold" 0 fx-verify --proof --vkey ledger/vkey proved1

# a thief with the old key goes on from the state before the rotation, or behind it
cp -R ledger good
cp -R before ledger.thief
records thief 30 | fx-sign -q -l ledger.thief -k key1
cp ledger.thief/checkpoint ledger/checkpoint
exits "the old key signs nothing beyond its span" 2 fx-verify --all
like "and it is said so" err "signed with the key \+$(keyid key1), which was replaced at 6 entries"
rm -rf ledger
cp -R good ledger
exits "since a checkpoint of the thief's" 1 fx-verify --since-checkpoint ledger.thief/checkpoint

# the checkpoint of before the rotation put back, and all that remembers another one gone
rm -rf ledger/lock ledger/index
cp cp1 ledger/checkpoint
exits "an old checkpoint put back" 1 fx-verify --all
like "is found" err 'rotations/1 vouches for 6 entries, and the checkpoint for only 5'
exits "and not trusted by who has the new key alone" 2 fx-verify --all --vkey vkey2
cp -R ledger set-back
exits "nor does a writer go on from it" 2 fx-sign c
like "which says why" err 'an old one was put back'
is "and changes nothing" "$(cmp ledger/checkpoint cp1; cmp ledger/entries/000000.ndjson set-back/entries/000000.ndjson)" ""
exits "--recover takes up what is there" 0 fx-sign --recover c
exits "and all is whole" 0 fx-verify --all --vkey vkey1
rm -rf ledger set-back
cp -R good ledger

# tampered with
tampered() { # tampered NAME ERE: fx-verify --all must say so
	exits "$1" 2 fx-verify --all
	like "$1: it is said" err "$2"
	rm -rf ledger
	cp -R good ledger
}
rm ledger/rotations/1
tampered "a rotation taken away" 'rotations/1 is missing'
cp ledger/rotations/2 ledger/rotations/1
tampered "another in its place" 'rotations/1 does not vouch for line 2'
sed -i 's/ops@shop/opt@shop/' ledger/rotations/1
tampered "its record changed" 'rotations/1 does not vouch for line 2 of vkey: its audit_proof proves another'
sed -i 's/orders [A-Za-z0-9+\/]\{12\}\([^"]*\)\\n"/orders AAAAAAAAAAAA\1\\n"/' ledger/rotations/1
tampered "a signature of it changed" 'rotations/1 does not vouch for line 2.*not signed by both'
: >ledger/rotations/1
tampered "an empty one" 'rotations/1 does not vouch'
sed -i 2d ledger/vkey
tampered "a key left out" 'rotations/1 does not vouch for line 2'
sed -i '3d' ledger/vkey
tampered "the newest left out" 'checkpoint: not signed by'
sed 1q other/ledger/vkey >>ledger/vkey
tampered "a key put in behind" 'rotations/3 is missing'
{ cat other/ledger/vkey; cat good/vkey; } >ledger/vkey
tampered "a key put in before" 'rotations/1 does not vouch'
cat vkey1 >>ledger/vkey
tampered "a key twice" 'comes twice'
# all of another ledger's history with the same first key and a rotation of its own
rm -rf fork && mkdir fork && cp -R before fork/ledger && cp key1 fork/key
(cd fork && records f 1 | fx-sign -q && fx-sign --rotate 2>/dev/null)
cp fork/ledger/rotations/1 ledger/rotations/1
tampered "a rotation of a fork" 'rotations/1 does not vouch for line 2'

# the same two keys over another history
rm -rf fork && mkdir fork && cp -R before fork/ledger && cp key1 fork/key
cp key.old-"$(sed -n 2p ledger/vkey | cut -d+ -f2)" fork/key.new
(cd fork && records f 2 | fx-sign -q && fx-sign --rotate 2>/dev/null)
is "a fork with the same keys" "$(cat fork/ledger/vkey)" "$(head -2 ledger/vkey)"
cp fork/ledger/rotations/1 ledger/rotations/1
exits "its rotation" 1 fx-verify --all
like "is of another history" err 'rotations/1 is of another history: its checkpoint of 8 entries'
rm -rf ledger
cp -R good ledger

# killed at each system call from the one that makes the key on; then used, then rotated again
crash() { # crash AFTER: after a kill, what must hold; counts in bad
	fx-verify -q --all 2>err || { echo "# $1: does not verify"; cat err; return 1; }
	fx-sign b >o 2>err || { echo "# $1: does not go on"; cat err; return 1; }
	fx-verify -q --all --vkey vkey1 2>err || { echo "# $1: does not verify after going on"; cat err; return 1; }
	was=$(wc -l <ledger/vkey)
	fx-sign --rotate 2>err || { echo "# $1: is not rotated again"; cat err; return 1; }
	[ "$(wc -l <ledger/vkey)" -ge 2 ] || { echo "# $1: has no new key"; return 1; }
	[ "$(wc -l <ledger/vkey)" -eq $((was + 1)) ] || { echo "# $1: $was keys and then $(wc -l <ledger/vkey)"; return 1; }
	[ ! -e key.new ] || { echo "# $1: key.new is left"; return 1; }
	fx-sign c >o 2>err || { echo "# $1: does not go on with the new key"; cat err; return 1; }
	fx-verify -q --all --vkey vkey1 2>err || { echo "# $1: does not verify at the end"; cat err; return 1; }
	fx-verify -q proved1 && fx-verify -q --proof --vkey ledger/vkey proved1
}
start() {
	rm -rf ledger key key.*
	cp -R before ledger
	cp key1 key
}
if [ -n "${FX_SAN:-}" ]; then
	skip "broken off" "sanitizers make system calls of their own"
elif ! { command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; }; then
	skip "broken off" "strace cannot trace here"
else
	start
	strace -f -o log fx-sign --rotate 2>/dev/null
	awk '{ sub(/^[0-9]+ +/, "") }
	/"key.new"/ { on = 1 }
	match($0, /^[a-z_0-9]+\(/) {
		name = substr($0, 1, RLENGTH - 1)
		n[name]++
		if (on && !(name in first)) first[name] = n[name]
	}
	END { for (name in first) if (name ~ /^(openat|mkdirat?|write|pwrite64|fsync|fdatasync|rename(at2?)?|link(at)?|unlink|ftruncate)$/) print name, first[name], n[name] }' log >list
	for kind in signal=KILL error=EIO; do
		bad=0 count=0
		while read -r name from to; do
			i=$from
			while [ "$i" -le "$to" ]; do
				start
				strace -f -o /dev/null -e "inject=$name:$kind:when=$i" fx-sign --rotate >o 2>err
				status=$?
				case $kind:$status in
				signal=*:* | error=*:2 | error=*:0) ;;
				*) echo "# $name $i: exit $status"; bad=$((bad + 1)) ;;
				esac
				crash "$name call $i, $kind" || bad=$((bad + 1))
				count=$((count + 1))
				i=$((i + 1))
			done
		done <list
		echo "# $count system calls"
		[ "$bad" -eq 0 ] && [ "$count" -gt 15 ]
		ok "broken off at each call: $kind"
	done
	# after vkey has the key: the next --rotate ends that one and makes no other
	start
	strace -f -o /dev/null -e inject=link,linkat:signal=KILL fx-sign --rotate 2>/dev/null
	is "broken off behind the commit point" "$(wc -l <ledger/vkey) $(cmp key key1 && ls key.new)" "2 key.new"
	exits "the next one ends it" 0 fx-sign --rotate
	like "and says so" err 'had been broken off, is done'
	is "and makes no other key" "$(wc -l <ledger/vkey) $(keyid key)" "2 $(tail -1 ledger/vkey | cut -d+ -f2)"
	# before: the old key goes on, and the next one takes the same new key
	start
	strace -f -o /dev/null -e inject=mkdirat:signal=KILL:when=1 fx-sign --rotate 2>/dev/null
	new=$(keyid key.new)
	is "broken off before it" "$(wc -l <ledger/vkey)" 1
	exits "the next one takes the key that was made" 0 fx-sign --rotate
	is "that very key" "$(keyid key)" "$new"
	exits "whole" 0 fx-verify --all --vkey vkey1
fi

# no room or no right for the new key: nothing has happened
start
chmod 644 key
exits "a key that others can read" 2 fx-sign --rotate
start
echo broken >key.new
chmod 600 key.new
exits "a key.new that is none" 2 fx-sign --rotate
is "nothing has happened" "$(cmp ledger/checkpoint before/checkpoint; cmp ledger/vkey vkey1; ls ledger/rotations 2>&1 | grep -c 'No such')" 1
# the index stays: it is the same ledger
start
records big 300 | fx-sign -q
cp ledger/index/data.mdb idx
fx-sign --rotate 2>/dev/null
exits "the index serves on" 0 fx-verify --all
is "no private key in the ledger" "$(grep -rl 'PRIVATE' ledger)" ""
done_testing
