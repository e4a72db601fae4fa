# shellcheck shell=sh
# HTTP owners for shell tests; source it behind lib.sh.  They end with the test.
trap 'kill ${owners:-} 2>/dev/null; cd /; rm -rf "$T"' EXIT

# owner DIR [MODE [PORT]]: starts tests/tools/http_owner.pl, sets $port and $owner_pid.
owner() {
	mkdir -p "$1"
	perl "$TOP/tests/tools/http_owner.pl" "$@" &
	await_owner "$1"
}

# tls_owner DIR: the same with tests/tools/tls_owner.py, under the certificate DIR/cert that only
# itself vouches for; good for 127.0.0.1 alone.
tls_owner() {
	mkdir -p "$1"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=owner \
		-addext subjectAltName=IP:127.0.0.1 -keyout "$1/key" -out "$1/cert" 2>/dev/null
	python3 "$TOP/tests/tools/tls_owner.py" "$1" "$1/cert" "$1/key" &
	await_owner "$1"
}

await_owner() {
	owner_pid=$!
	owners="${owners:-} $owner_pid"
	while [ ! -s "$1/port" ] && kill -0 $owner_pid; do sleep 0.05; done
	# shellcheck disable=SC2034 # for whoever sourced this
	port=$(cat "$1/port")
}
