#!/bin/sh
# fx-sweep - what cron runs each minute: what is due becomes an exception, and is sent.
# See fx-sweep(1).
set -u
# cron's PATH is short: the commands lie beside this script.
case $0 in */*) PATH=${0%/*}:$PATH ;; esac
usage="usage: fx-sweep [-C home]"
home=${FX_HOME:-.}
while [ $# -gt 0 ]; do
	case $1 in
	-C) home=${2:?$usage} && shift 2 ;;
	-h | --help)
		echo "$usage"
		echo "Open and escalate what is due by now, sign it, and send what nobody has accepted yet."
		echo "example: fx-sweep -C /srv/shop"
		exit 0
		;;
	-V | --version) fx-sign --version | sed 's/^fx-sign/fx-sweep/' && exit 0 ;;
	*) echo "fx-sweep: no operand or option $1; $usage" >&2 && exit 2 ;;
	esac
done
export FX_HOME="$home"
now=${FX_NOW:+--now $FX_NOW}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/fx-sweep.XXXXXX") || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM

# dash has no pipefail: each stage leaves its status in a file.
stage() {
	"$@"
	echo "$1 $?" >>"$tmp/exit"
}
# shellcheck disable=SC2086 # $now is an option and its argument, or nothing
stage fx-escalate $now | stage fx-sign -q
# shellcheck disable=SC2086
stage fx-send -q $now
worst=0
while read -r name code; do
	[ "$code" -gt 0 ] && echo "fx-sweep: $name left with $code" >&2
	[ "$code" -gt "$worst" ] && worst=$code
done <"$tmp/exit"
# A stage that was killed leaves no line.
[ "$(wc -l <"$tmp/exit")" -eq 3 ] || worst=2
[ "$worst" -gt 2 ] && worst=2
exit "$worst"
