#!/bin/sh
# Completion in bash and zsh, by their own line editors: options as --help has them, names of the
# registry and of what is open.
. "$(dirname "$0")/../lib.sh"

check "completions install" make -s -C "$TOP" install-completion DESTDIR="$T/root" PREFIX=/usr
bashdir=$T/root/usr/share/bash-completion/completions zshdir=$T/root/usr/share/zsh/site-functions
is "bash has one for each command" "$(ls "$bashdir" | grep -v bash)" \
	"$(cd "$TOP/cmd" && ls fx-*.c fx-*.sh | sed 's/\.[a-z]*$//' | sort)"

mkdir -p shop/rules.d
cat >shop/rules.d/r.yaml <<'X'
maintainer: ops-team
owners:
  - {id: vendor, kind: system, send: "spool:x"}
  - {id: ops-team, kind: team, send: "spool:x"}
rules:
  - {rule: all, version: 1, maintainer: ops-team, when: true, owner: vendor, flow: dropship, sla: vendor-confirmation within 60m}
exceptions:
  - {failure: out-of-stock, maintainer: ops-team, action: route to ops-team}
  - {failure: "*", maintainer: ops-team, action: route to ops-team}
X
export FX_HOME="$T/shop"
fx-sign --init --origin shop.example/fx
order() {
	echo '{"event":"order.placed","event_id":"p'"$1"'","order_id":"'"$1"'","at":"2026-11-20T10:00:00Z","source":"shop","channel":"web","customer":"c","currency":"EUR","total":"1.00","lines":[{"line_id":"1","sku":"A","type":"stock","qty":1,"unit_price":"1.00"}]}'
}
{ order '#1051'; order '#1062'; order WEB-7; } | fx-route --now 2026-11-20T10:00:00Z | fx-sign -q
fx-event -q task.completed --order 1062 --now 2026-11-20T10:10:00Z
fx-escalate --now 2026-11-20T11:00:00Z | fx-sign -q
task=$(fx-cat --order '#1051' | jq -r 'select(.event == "task.assigned").task_id')
x=$(fx-cat --order '#1051' | jq -r 'select(.event == "exception.opened").exception_id')
is "names: open orders" "$(fx-event --names orders | xargs)" "#1051 WEB-7"
is "names: open tasks and exceptions" "$(fx-event --names tasks | grep -cx "$task") $(fx-event --names exceptions | grep -cx "$x")" "1 1"
is "names: owners and flows, each once" "$(fx-event --names owners | xargs) $(fx-event --names flows)" "vendor ops-team dropship"
exits "names: of no such kind" 2 fx-event --names orderz
exits "names: of no ledger" 2 fx-event --names orders -l nowhere

# What is typed, and what a Tab makes of it.
cat >lines <<END_OF_LINES
fx-event task.conf	fx-event task.confirmed
fx-event task.confirmed --order 10	fx-event task.confirmed --order 1051
fx-event task.confirmed --order=W	fx-event task.confirmed --order=WEB-7
fx-event --task \\#105	fx-event --task \\$task
fx-event --exception fx:$(echo "$x" | cut -c4-7)	fx-event --exception $x
fx-event --to op	fx-event --to ops-team
fx-event --failure out	fx-event --failure out-of-stock
fx-queue --flow d	fx-queue --flow dropship
fx-queue --own	fx-queue --owner
fx-send -o ven	fx-send -o vendor
fx-trace W	fx-trace WEB-7
fx-trace -C shop 10	fx-trace -C shop 1051
fx-route -r shop/rul	fx-route -r shop/rules.d/
fx-sign shop/rules.d/r	fx-sign shop/rules.d/r.yaml
END_OF_LINES
tab() { # tab SHELL SETUP
	cut -f1 lines | python3 "$TOP/tests/tools/tab.py" "$1" "PATH='$PATH' FX_HOME='$FX_HOME'; cd '$T'; $2" |
		sed 's/=$//' >"$1.got"
	cut -f2 lines >want
	is "$1 completes" "$(diff want "$1.got")" ""
}
if command -v bash >/dev/null; then
	tab bash ". '$bashdir/fx-event'"
	for c in "$TOP"/cmd/fx-*.c; do
		c=$(basename "$c" .c)
		bash -c '. "$1"; COMP_LINE="$2 -" COMP_POINT=${#COMP_LINE}; COMP_WORDS=("$2" -) COMP_CWORD=1
			_fx "$2" - "$2"; printf "%s\n" "${COMPREPLY[@]}"' - "$bashdir/fx-event" "$c" 2>/dev/null | sort >got
		"$c" --help | sed '/^example/,$d' | grep -oE '^ +(-., )? *--[a-z-]+' | grep -oE -e '--[a-z-]+' | sort >want
		[ -s want ] && cmp -s want got || echo "$c"
	done >bad
	is "bash offers all options of all commands" "$(cat bad)" ""
else
	skip "bash completes" "no bash"
fi
if command -v zsh >/dev/null; then
	tab zsh "fpath=('$zshdir' \$fpath)"
else
	skip "zsh completes" "no zsh"
fi
done_testing
