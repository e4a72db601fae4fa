#!/bin/sh
# A ledger's proofs by @sigstore/verify: the checkpoint's signature and each entry's inclusion,
# at sizes around those where the tree grows a level; what was bent must be refused.
set -eu
cd "$(dirname "$0")/../.."
top=$PWD
: "${FX_BUILD:=$PWD/build}"
. tests/diff/npm.sh
make -s "$FX_BUILD/bin/fx-sign" "$FX_BUILD/bin/fx-cat" BUILD="$FX_BUILD"
npm_package @sigstore/verify 3.1.1
export NODE_PATH="$PWD/node_modules" PATH="$FX_BUILD/bin:$PATH"
unset FX_HOME FX_KEY FX_REJECTS || :
t=$(mktemp -d)
trap 'cd /; rm -rf "$t"' EXIT
cd "$t"
bad=0

proves() { # proves COUNT VKEYS FILE: so many of its records
	got=$(node "$top/tests/diff/sigstore.cjs" "$2" "$3" 2>err) || :
	[ "$got" = "$1" ] && return
	echo "# $3 by $2: $got proved, not $1"
	sed 's/^/#  /' err | head -5
	bad=$((bad + 1))
}

records() { # records FROM TO
	awk -v i="$1" -v to="$2" 'BEGIN { for (; i < to; i++)
		printf "{\"event\":\"order.placed\",\"event_id\":\"e%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\",\"name\":\"K\303\266nig\"}\n", i, i }'
}

fx-sign --init --origin shop.example/orders
size=0 all=0
for n in 1 2 3 7 8 255 256 257 600; do
	records $size $n | fx-sign -q
	fx-cat --proof >proved
	proves $n ledger/vkey proved
	size=$n all=$((all + n))
done
fx-sign --init --origin shop.example/orders -l other -k okey
proves 0 other/vkey proved
sed '124s/O123/O12x/' proved >entry
proves 599 ledger/vkey entry
sed '124s/index 123/index 122/' proved >index
proves 599 ledger/vkey index
sed '124s/shop.example.orders\\n600/shop.example\/orders\\n601/' proved >checkpoint
proves 599 ledger/vkey checkpoint
# Under a new key: the old proofs by the old key's line, the new ones by the new one's.
fx-sign --rotate
fx-cat --proof >rotated
head -1 ledger/vkey >first
tail -1 ledger/vkey >last
proves 601 first rotated
proves 601 last rotated
records 600 601 | fx-sign -q
fx-cat --proof >behind
proves 0 first behind
proves 602 last behind
proves 600 ledger/vkey proved
echo "# $all proofs at nine sizes, and of bent ones and replaced keys: $bad differences"
[ $bad -eq 0 ]
