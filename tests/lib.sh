# shellcheck shell=sh
# A small TAP harness for shell tests; source it, then `plan` is printed by `done_testing`.
# Everything runs in a fresh directory $T that is removed at the end.
# $TOP is the project, $FX_BUILD the build; the commands are on the PATH.

TOP=$(cd "$(dirname "$0")/../.." && pwd)
: "${FX_BUILD:=$TOP/build}"
PATH=$FX_BUILD/bin:$PATH
export LC_ALL=C TZ=UTC NO_COLOR=1
unset FX_HOME FX_KEY FX_REJECTS || :
T=$(mktemp -d "${TMPDIR:-/tmp}/fx-test.XXXXXX") || exit 2
trap 'cd /; rm -rf "$T"' EXIT
cd "$T" || exit 2
tap_n=0 tap_bad=0

# ok NAME: the last command's status is the verdict.   cmd; ok "does it"
ok() {
	tap_status=$?
	tap_n=$((tap_n + 1))
	if [ $tap_status -eq 0 ]; then
		echo "ok $tap_n - $1"
	else
		echo "not ok $tap_n - $1"
		tap_bad=$((tap_bad + 1))
	fi
}

# check NAME COMMAND...: the command must succeed; its output is shown when not.
check() {
	tap_name=$1
	shift
	tap_n=$((tap_n + 1))
	if "$@" >"$T/.out" 2>&1; then
		echo "ok $tap_n - $tap_name"
	else
		echo "not ok $tap_n - $tap_name ($?)"
		sed 's/^/# /' "$T/.out"
		tap_bad=$((tap_bad + 1))
	fi
}

# exits NAME CODE COMMAND...: stdout in $T/out, stderr in $T/err, stdin inherited.
exits() {
	tap_name=$1 tap_want=$2
	shift 2
	tap_n=$((tap_n + 1))
	tap_got=0
	"$@" >"$T/out" 2>"$T/err" || tap_got=$?
	if [ "$tap_got" -eq "$tap_want" ]; then
		echo "ok $tap_n - $tap_name"
	else
		echo "not ok $tap_n - $tap_name (exit $tap_got, wanted $tap_want)"
		sed 's/^/# /' "$T/err"
		tap_bad=$((tap_bad + 1))
	fi
}

# is NAME GOT WANTED
is() {
	tap_n=$((tap_n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $tap_n - $1"
	else
		echo "not ok $tap_n - $1"
		printf '%s\n' "$2" | sed 's/^/#  got    /'
		printf '%s\n' "$3" | sed 's/^/#  wanted /'
		tap_bad=$((tap_bad + 1))
	fi
}

# like NAME FILE ERE: some line of the file matches.
like() {
	tap_n=$((tap_n + 1))
	if grep -Eq -e "$3" "$2"; then
		echo "ok $tap_n - $1"
	else
		echo "not ok $tap_n - $1: no line matches: $3"
		sed 's/^/# /' "$2" | head -20
		tap_bad=$((tap_bad + 1))
	fi
}

# skip NAME WHY
skip() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

done_testing() {
	echo "1..$tap_n"
	[ "$tap_bad" -eq 0 ]
	exit
}
