#!/bin/sh
# Every example of every man page and of README, run in a shop's home: it leaves with 0, or as the
# page says, and prints exactly what the page shows below it.  ../tools/man-examples.awk says what
# an example is and how a page prepares one or says that it cannot be run.
. "$(dirname "$0")/../lib.sh"

# The home: the sample registry, but nothing is sent anywhere; a ledger with a night's orders and
# the order of fx-record(5).
mkdir home
cp -R "$TOP/rules.d" home
sed -i 's|send: .*|send: spool:spool|; s|secret: .*|secret: file:secret|' home/rules.d/10-owners.yaml
cp "$TOP/testdata/2026-11-20-orders_export.csv" home/orders_export.csv
(
	cd home || exit 2
	cp -R rules.d old
	echo whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw >secret
	chmod 600 secret
	fx-sign --init --origin shop.example/orders
	fx-sign -q rules.d/contract/example.ndjson
	fx-import -f shopify orders_export.csv 2>/dev/null >orders.ndjson
	fx-route --now 2026-11-20T02:10:00Z orders.ndjson >tasks.ndjson
	fx-sign tasks.ndjson >signed.ndjson
) || exit 2

# run FILE: the command in it, in the page's directory, where the last one went; output in $T/got.
# What the pages call /srv, /usr/local and /var lies below $T/root; of a crontab's line, the command.
run() {
	sed -E "s:^[0-9*]+ [0-9*]+ \* \* \* +::; s:(^|[ \"'=>])/(srv|usr/local|var)/:\1$T/root/\2/:g
		s:\.\.\./testdata:$TOP/testdata:" "$1" >"$T/command"
	(
		cd "$(cat "$T/where")" || exit 2
		# What never ends is a failure, not a test that hangs.
		T=$T timeout 60 sh -ec 'trap "pwd >\$T/where" EXIT; . "$T/command"'
	) </dev/null >"$T/got" 2>&1
}

# prepare PAGE: a home for it in $T/page, its examples in $T/steps, its printed text in $T/printed.
prepare() {
	rm -rf "$T/steps" "$T/page" "$T/root"
	mkdir -p "$T/steps" "$T/root/usr/local/share/fx" "$T/root/srv/www/fx" "$T/root/var/log" \
		"$T/root/var/lib/node_exporter"
	cp -R "$T/home" "$T/page"
	ln -s "$FX_BUILD/bin" "$T/root/usr/local/bin"
	ln -s "$T/home/rules.d" "$T/root/usr/local/share/fx/example-rules.d"
	ln -s "$T/page" "$T/root/srv/shop"
	echo "$T/page" >"$T/where"
	awk -v dir="$T/steps" -f "$TOP/tests/tools/man-examples.awk" "$1"
	case $1 in
	*README) cp "$1" "$T/printed" ;;
	*) mandoc -T ascii -O width=1000 "$1" 2>/dev/null | sed 's/.\x08//g' >"$T/printed" ;;
	esac
}

# printed FILE...: no line is lost or changed between mdoc's source and the page.
printed() {
	[ -s "$T/printed" ] || return 0
	cat "$@" 2>/dev/null | while read -r line; do
		printf '%s\n' "$line" | expand | grep -qF -f - "$T/printed" || printf '%s\n' "$line"
	done
}

# example NAME STEP: run it and judge.
example() {
	n=${2%.*}
	what="$1: $(tr '\n\134' ' /' <"$2" | cut -c 1-100)"
	lost=$(printed "$2" "$n.want")
	[ -z "$lost" ] || is "$what: printed as it is" "" "$lost"
	if [ -f "$n.skip" ]; then
		skip "$what" "$(cat "$n.skip")"
		skipped=$((skipped + 1))
		return
	fi
	# What is shown of a file that is not there is the file.
	shown=$(sed -n 's/^cat \([^ ]*\)$/\1/p' "$2")
	[ -z "$shown" ] || [ -f "$T/page/$shown" ] || cp "$n.want" "$T/page/$shown"
	run "$2"
	status=$?
	if [ -f "$n.want" ]; then
		is "$what" "$(cat "$T/got")" "$(cat "$n.want")"
		return
	fi
	want=$(cat "$n.exit" 2>/dev/null || echo 0)
	is "$what" "$status" "$want"
	[ "$status" = "$want" ] || sed 's/^/# /' "$T/got"
}

skipped=0
for page in "$TOP"/man/*.[1-8] "$TOP/README"; do
	name=${page##*/}
	prepare "$page"
	find "$T/steps" -name '*.cmd' -o -name '*.setup' -o -name '*.file' | sort >"$T/list"
	case $name in
	*.1 | README) check "$name has examples" test -s "$T/list" ;;
	esac
	while read -r step; do
		case $step in
		*.cmd) example "$name" "$step" ;;
		*.file) cp "${step%.*}.text" "$(cat "$T/where")/$(cat "$step")" ;;
		*.setup) run "$step" || check "$name prepares: $(cat "$step")" sh -c 'cat "$1"; false' - "$T/got" ;;
		esac
	done <"$T/list"
done
echo "# $skipped examples cannot be run here"
done_testing
