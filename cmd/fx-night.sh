#!/bin/sh
# fx-night - the nightly pipe: import, validate, route, sign; every stage's exit is checked.
# See fx-night(1).
set -u
# cron's PATH is short: the commands lie beside this script.
case $0 in */*) PATH=${0%/*}:$PATH ;; esac
usage="usage: fx-night [-C home] [-f mapping] file ..."
map=shopify
home=${FX_HOME:-.}
while [ $# -gt 0 ]; do
	case $1 in
	-f) map=${2:?$usage} && shift 2 ;;
	-C) home=${2:?$usage} && shift 2 ;;
	-h | --help)
		echo "$usage"
		echo "Take a night's order files into the shop's ledger; print each stage's counts."
		echo "example: fx-night -C /srv/shop -f shopify orders_export.csv"
		exit 0
		;;
	-V | --version) fx-sign --version | sed 's/^fx-sign/fx-night/' && exit 0 ;;
	--) shift && break ;;
	-?*) echo "fx-night: no option $1; $usage" >&2 && exit 2 ;;
	*) break ;;
	esac
done
[ $# -gt 0 ] || { echo "$usage" >&2 && exit 2; }
# Behind a file an option would reach fx-import alone, and -C mix two shops.
for f; do
	case $f in -?*) echo "fx-night: $f: options come before the files; $usage" >&2 && exit 2 ;; esac
done
export FX_HOME="$home"
export FX_REJECTS="${FX_REJECTS:-$home/rejects.ndjson}"
now=${FX_NOW:+--now $FX_NOW}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/fx-night.XXXXXX") || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM

# dash has no pipefail: each stage leaves its status in a file.
stage() {
	"$@" --stats "$tmp/stats"
	echo "$1 $?" >>"$tmp/exit"
}
# shellcheck disable=SC2086 # $now is an option and its argument, or nothing
stage fx-import -f "$map" "$@" |
	stage fx-validate |
	stage fx-route $now |
	stage fx-sign -q
cat "$tmp/stats" >>"$home/stats.ndjson" || exit 2
cat "$tmp/stats"
worst=0
while read -r name code; do
	[ "$code" -gt 0 ] && echo "fx-night: $name left with $code" >&2
	[ "$code" -gt "$worst" ] && worst=$code
done <"$tmp/exit"
# A stage that was killed leaves no line.
[ "$(wc -l <"$tmp/exit")" -eq 4 ] || worst=2
[ "$worst" -gt 2 ] && worst=2
count() { # COMMAND NAME: that count of that stage
	n=$(sed -n "s/.*\"command\":\"$1\".*\"$2\":\([0-9]*\).*/\1/p" "$tmp/stats")
	echo "${n:-0}"
}
refused=$(($(count fx-import orders_rejected) + $(count fx-validate rejected) +
	$(count fx-route rejected) + $(count fx-sign rejected)))
[ "$refused" -eq 0 ] || echo "fx-night: $refused refused, see $FX_REJECTS" >&2
if [ "$worst" -lt 2 ] && [ "$(count fx-import orders)" -gt 0 ] &&
	[ "$(count fx-validate passed)" -eq 0 ]; then
	echo "fx-night: every order was refused: the wrong file, mapping or contract?" >&2
	worst=1
fi
exit "$worst"
