# shellcheck shell=sh
# HTTP owners for shell tests; source it behind lib.sh.  They end with the test.
trap 'kill ${owners:-} 2>/dev/null; cd /; rm -rf "$T"' EXIT

# owner DIR [MODE [PORT]]: starts tests/tools/http_owner.pl, sets $port and $owner_pid.
owner() {
	mkdir -p "$1"
	perl "$TOP/tests/tools/http_owner.pl" "$@" &
	owner_pid=$!
	owners="${owners:-} $owner_pid"
	while [ ! -s "$1/port" ]; do sleep 0.05; done
	# shellcheck disable=SC2034 # for whoever sourced this
	port=$(cat "$1/port")
}
