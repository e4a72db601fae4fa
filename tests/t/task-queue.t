#!/bin/sh
# fx-queue: an empty queue is never a misspelt name's, nor an order's without its #.
. "$(dirname "$0")/../lib.sh"

mkdir -p rules.d
cat >rules.d/r.yaml <<'END'
maintainer: ops-team
owners:
  - {id: vendor, kind: system, send: "spool:x"}
  - {id: ops-team, kind: team, send: "spool:x"}
rules:
  - {rule: all, version: 1, maintainer: ops-team, when: true, owner: vendor, flow: dropship,
     sla: vendor-confirmation within 60m, fallback: ops-team after 12h}
exceptions:
  - {failure: out-of-stock, maintainer: ops-team, action: route to ops-team}
END
order() {
	echo '{"event":"order.placed","event_id":"p'"$1"'","order_id":"'"$1"'","at":"2026-11-20T10:00:00Z","source":"'"$2"'","channel":"web","customer":"c","currency":"EUR","total":"1.00","lines":[{"line_id":"1","sku":"A","type":"stock","qty":1,"unit_price":"1.00"}]}'
}
export FX_HOME="$T"
fx-sign --init --origin shop.example/fx
fx-sign --init --origin shop.example/two -l two -k key2
{ order '#17' a; order '#18' a; } | fx-route --now 2026-11-20T10:00:00Z | fx-sign -q
{ order 18 b; } | fx-route --now 2026-11-20T10:00:00Z | fx-sign -q -l two -k key2
queue() { fx-queue --now 2026-11-20T10:30:00Z --ndjson "$@"; }
orders() { jq -r .order_id out | sort | xargs; }

exits "an order" 0 queue --order '#17'
is "is that one" "$(orders)" '#17'
exits "without its #" 0 queue --order 17
is "it is the same" "$(orders)" '#17'
exits "the exact id comes first, in whichever shard" 0 queue -l ledger -l two --order 18
is "it alone" "$(orders)" 18
exits "with # in front" 0 queue -l ledger -l two --order '#18'
is "the other" "$(orders)" '#18'
exits "no such order" 1 queue --order 99
like "is said" err "no order '99'"

exits "an owner" 0 queue --owner vendor
is "has his" "$(orders)" '#17 #18'
exits "one with nothing open" 0 queue --owner ops-team
is "has none" "$(cat out err)" ""
exits "one misspelt" 2 queue --owner ops-teem
like "with a hint" err "no owner 'ops-teem'; did you mean 'ops-team'\?"
exits "a failure without rows" 0 queue --failure out-of-stock
exits "one of the toolkit's own" 0 queue --failure fallback-due
exits "one misspelt" 2 queue --failure out-of-stok
like "with a hint" err "no failure 'out-of-stok'; did you mean 'out-of-stock'\?"
exits "a flow" 0 queue --flow dropship
is "has its tasks" "$(orders)" '#17 #18'
exits "one misspelt" 2 queue --flow dropshop
like "with a hint" err "no flow 'dropshop'; did you mean 'dropship'\?"
exits "one like none" 2 queue --flow x
like "without" err "no flow 'x' in the registry"
sed -i 's/vendor,/seller,/; s/owner: vendor/owner: seller/' rules.d/r.yaml
exits "an owner that left the registry" 0 queue --owner vendor
is "has his rows all the same" "$(orders)" '#17 #18'

# ---- --watch
exits "no terminal to draw on" 2 fx-queue --watch
like "a hint what else there is" err "elsewhere take --ndjson, or watch"
exits "--watch and --ndjson" 2 fx-queue --watch --ndjson
if command -v python3 >/dev/null; then
	rm -rf ledger key
	fx-sign --init --origin shop.example/fx >/dev/null
	sed -i 's/seller/vendor/' rules.d/r.yaml
	now=$(date -u +%FT%TZ)
	for i in $(seq 11 30); do order "W-$i" "w$i"; done | fx-route --now "$now" | fx-sign -q
	order W-31 w31 | fx-route --now "$now" >more
	check "draws, draws again, and gives the terminal back" env TERM=xterm python3 "$TOP/tests/t/task-watch.py" "fx-sign -q <more"
else
	skip "draws, draws again, and gives the terminal back" "no python3"
fi
done_testing
