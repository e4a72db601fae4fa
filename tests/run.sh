#!/bin/sh
# usage: run.sh ROOM unit... -- replay... -- shell-test...
# Runs unit tests (Check, TAP), fuzz corpora and shell tests under one prove.
set -eu
cd "$(dirname "$0")/.."
room=$1
shift
list=
part=unit
dir=$FX_BUILD/tap
rm -rf "$dir"
mkdir -p "$dir"
for f; do
	if [ "$f" = -- ]; then
		[ $part = unit ] && part=replay || part=shell
		continue
	fi
	case $part in
	unit)
		t=$dir/unit-${f##*/}.t
		printf '#!/bin/sh\nCK_TAP_LOG_FILE_NAME=- CK_VERBOSITY=silent CK_DEFAULT_TIMEOUT=120 exec %s\n' "$f" >"$t"
		list="$list $t"
		;;
	replay)
		n=${f##*/}
		t=$dir/corpus-$n.t
		printf '#!/bin/sh\nexec %s tests/fuzz/corpus/%s\n' "$f" "$n" >"$t"
		list="$list $t"
		;;
	shell) list="$list $f" ;;
	esac
done
[ -n "$list" ] || { echo "no test for room '$room'" >&2; exit 2; }
export PATH="$FX_BUILD/bin:$PATH"
# A sanitizer's report must fail the test that caused it, also inside a pipe.
[ -z "${FX_SAN:-}" ] || export ASAN_OPTIONS=detect_leaks=1:exitcode=99 UBSAN_OPTIONS=print_stacktrace=1
# shellcheck disable=SC2086 # a list of files
exec prove --exec /bin/sh --failures --comments -j"${JOBS:-2}" $list
