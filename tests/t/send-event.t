#!/bin/sh
# fx-event: an append-only ledger takes nothing about what does not exist.
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
  - {failure: vendor-no-confirmation, maintainer: ops-team, action: notify ops-team}
  - {failure: out-of-stock, maintainer: ops-team, action: route to ops-team}
END
order() {
	echo '{"event":"order.placed","event_id":"p'"$1"'","order_id":"'"$1"'","at":"2026-11-20T10:00:00Z","source":"shop","channel":"web","customer":"c","currency":"EUR","total":"1.00","lines":[{"line_id":"1","sku":"A","type":"stock","qty":1,"unit_price":"1.00"}]}'
}
export FX_HOME="$T"
fx-sign --init --origin shop.example/fx
{ order A; order '#17'; order '#18'; order 18; } | fx-route --now 2026-11-20T10:00:00Z | fx-sign -q
fx-escalate --now 2026-11-20T11:30:00Z | fx-sign -q
x=$(fx-cat --order '#17' | jq -r 'select(.event == "exception.opened") | .exception_id')
t=$(fx-cat --order '#17' | jq -r 'select(.event == "task.assigned") | .task_id')
size() { fx-cat | wc -l; }
n=$(size)

refused() { # refused NAME ERE ARGUMENT...
	name=$1 ere=$2
	shift 2
	exits "$name" 1 fx-event "$@"
	like "$name: it says so" err "$ere"
}
refused "an unknown order" "no order 'B'.*--force" task.confirmed --order B
refused "an unknown task" "no task 'A/zzz/1'" task.confirmed --task A/zzz/1
refused "another order's task" "no task" task.confirmed --order A --task "$t"
refused "an unknown exception" "no exception 'nope'" exception.resolved --exception nope
refused "an event's id is no exception's" "no exception 'pA'" exception.resolved --exception pA
refused "jq's null" "'\.exception_id // empty'" exception.resolved --exception null
refused "another order's exception" "is of order '#17'" exception.resolved --exception "$x" --order A
refused "an owner misspelt" "no owner 'vendro'; did you mean 'vendor'" task.confirmed --order A --owner vendro
refused "a new owner misspelt" "no owner 'ops-teem'; did you mean 'ops-team'" handoff.manual --order A --to ops-teem
refused "an owner like none" "no owner 'x9'" handoff.manual --order A --from x9 --to vendor
refused "a failure misspelt" "no failure 'out-of-stok'; did you mean 'out-of-stock'" task.failed --order A --failure out-of-stok
refused "the same with --print" "no order 'B'" task.confirmed --order B --print
exits "--set does not get past that" 2 fx-event task.confirmed --owner vendor --set order_id=B
like "it names the option" err '--order is for that'
is "nothing of that was signed" "$(size)" "$n"

id() { jq -r "$1" out; }
exits "an order without its #" 0 fx-event task.confirmed --order 17
is "is signed by its real id" "$(id .order_id)" '#17'
exits "an order that is there with # and without" 0 fx-event task.confirmed --order 18
is "is the one that was named" "$(id .order_id)" 18
exits "a task" 0 fx-event task.confirmed --task "$t"
is "brings its order" "$(id .order_id)" '#17'
exits "an exception" 0 fx-event exception.acknowledged --exception "$x" --until +1h
is "brings its order and task" "$(id '.order_id + " " + .task_id')" "#17 $t"
exits "a failure of the toolkit's own" 0 fx-event silence.set --failure owner-unavailable --until +1h
exits "a failure with spaces" 0 fx-event task.failed --order A --failure "out of stock"
exits "an event that may be an order's first" 0 fx-event order.cancelled --order new-1
exits "--force" 0 fx-event task.failed --force --order B --owner nobody --failure whatever
is "signs what it is told" "$(id .order_id)" B
echo '{"event":"exception.opened","event_id":"e1","exception_id":"other","order_id":"A","at":"2026-11-20T12:00:00Z","source":"desk","failure":"out-of-stock","owner_id":"ops-team"}' | fx-sign -q
exits "an exception that another system opened" 0 fx-event exception.resolved --exception other
is "brings its order, too" "$(id .order_id)" A

# ---- ids on standard input
n=$(size)
printf 'A\n17\nnope\n\n18\n' >ids
exits "of several ids the bad one" 1 fx-event hold.released - <ids
is "is refused alone" "$(id .order_id | xargs)" "A #17 18"
like "with its line" err "stdin:3: .*no order 'nope'"
is "the rest is in the ledger" "$(size)" $((n + 3))
exits "no id at all" 1 fx-event exception.resolved - </dev/null
like "is said" err 'no id on standard input'
exits "jq's null among the ids" 1 fx-event exception.resolved - <<END
null
$x
END
is "does not stop the others" "$(id .exception_id)" "$x"

# ---- the exception that is meant
exits "an order with one open exception" 0 fx-event exception.acknowledged --order A --until +1h
is "means that one" "$(id .exception_id)" "$(fx-cat --order A | jq -r 'select(.event == "exception.opened" and .source != "desk").exception_id')"
exits "an order with none" 1 fx-event exception.resolved --order new-1
like "is refused" err "order 'new-1' has no open exception"
echo '{"event":"exception.opened","event_id":"e2","exception_id":"second","order_id":"18","at":"2026-11-20T12:00:00Z","source":"desk","failure":"out-of-stock","owner_id":"ops-team","step":1}' | fx-sign -q
exits "an order with two" 1 fx-event exception.resolved --order 18
like "has to say which" err "has 2 open exceptions, such as fx:.*: --exception says which"

exits "a handoff to nobody" 2 fx-event handoff.manual --order A
exits "a silence about nothing" 2 fx-event silence.set --order A --until +1h

# ---- who says so
is "by is who runs it" "$(fx-event -n hold.released --order A | jq -r .by)" "$(command id -un)"
is "behind sudo, the person" "$(SUDO_USER=alice fx-event -n hold.released --order A | jq -r .by)" alice
is "each of many" "$(printf 'A\n18\n' | SUDO_USER=alice fx-event -n hold.released - | jq -r .by | xargs)" "alice alice"

mv rules.d/r.yaml r.yaml
echo 'owners: [' >rules.d/r.yaml
exits "a registry that does not load" 2 fx-event task.confirmed --order A --owner vendro
mv r.yaml rules.d/r.yaml
sed -i 's/owner: vendor, flow/owner: gone, flow/' rules.d/r.yaml
exits "one whose rules are wrong" 0 fx-event task.confirmed --order A --owner vendro
like "is said, as nothing is held against it" err 'does not load.*were not held against it'
done_testing
