#!/bin/sh
# fx-report --partial and --merge: the bytes of the whole, for any split by order, in any order.
. "$(dirname "$0")/../lib.sh"

# A night of the invented shop with what became of it, its exceptions, holds and hand-overs.
export FX_HOME=shop
mkdir shop
cp -R "$TOP/rules.d" shop/rules.d
fx-sign --init --origin shop.example/test >/dev/null
fx-import -f "$TOP/rules.d/import/shopify.yaml" --rejects rejects "$TOP/testdata/2026-11-20-orders_export.csv" |
	fx-validate --rejects rejects | fx-route --now 2026-11-20T02:10:00Z | fx-sign -q
for t in 09 13 17 21; do
	cat "$TOP"/testdata/2026-11-20-events-*.ndjson | jq -c "select(.at < \"2026-11-20T$t\")" | fx-sign -q
	fx-escalate --now "2026-11-20T$t:00:00Z" | fx-sign -q
done
fx-cat | jq -c 'select(.event == "exception.opened" and .task_id) | {event: "handoff.manual", event_id: ("h" + .event_id), order_id, task_id,
	at: "2026-11-20T22:00:00Z", source: "p", by: "ann", to: "customer-care"}' | head -20 | fx-sign -q
fx-cat >all
fx-cat | jq -c 'select(.hold) | .event' | head -1 >holds
ok "there is a day with $(wc -l <all) entries"
is "with holds, which stop clocks in the owners' hours" "$(cat holds)" '"exception.escalated"'
now='--now 2026-11-22T12:00:00Z'

# split SEED PARTS: orders go by lot; what is of no order to the first part, the registry to each.
split() {
	rm -f part.*
	awk -v seed="$1" -v parts="$2" '
	BEGIN { srand(seed); for (i = 0; i < parts; i++) printf "" >("part." i) }
	{
		if (/"event":"registry.published"/) { for (i = 0; i < parts; i++) print >("part." i); next }
		k = match($0, /"order_id":"[^"]+"/) ? substr($0, RSTART, RLENGTH) : ""
		if (!(k in lot)) lot[k] = k == "" ? 0 : int(rand() * parts)
		print >("part." lot[k])
	}' all
}
seed=0
for by in '' '--by flow' '--by rule_version,owner' '--by SKU.type,ship_to.country' '--since 2026-11-20T02:00:00Z --until 2026-11-20T02:30:00Z'; do
	# shellcheck disable=SC2086 # options
	fx-report $now $by --partial all >whole
	bad=0
	for parts in 1 2 3 7 30; do
		seed=$((seed + 1))
		split $seed $parts
		for p in part.*; do
			# shellcheck disable=SC2086
			fx-report $now $by --partial "$p" >"p.${p#part.}" || bad=$((bad + 1))
		done
		# In any order, and by any tree: some merged first.
		printf '%s\n' p.* | sort -R --random-source=all | xargs fx-report --merge --partial >merged
		cmp -s merged whole || bad=$((bad + 1))
		printf '%s\n' p.* | sort -R --random-source=all | head -n $((parts / 2 + 1)) >some
		xargs fx-report --merge --partial <some >tree
		printf '%s\n' p.* | grep -vxFf some | { xargs -r cat; cat tree; } | fx-report --merge --partial - >merged
		cmp -s merged whole || bad=$((bad + 1))
		rm -f p.*
	done
	is "five random splits, merged in random orders and trees (${by:-all})" $bad 0
	for f in table json csv openmetrics; do
		# shellcheck disable=SC2086
		fx-report $now $by --format $f all >a
		fx-report --merge --format $f merged >b
		# What the registry says of alerts and times is the same; nothing is known of single orders.
		check "the same $f (${by:-all})" cmp a b
	done
done
done_testing
