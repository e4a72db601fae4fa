#!/bin/sh
# Install those of the named Debian packages that are missing; says what it does.
set -eu
missing=
for p; do
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
echo "installing:$missing" >&2
command -v apt-get >/dev/null || { echo "no apt-get here: install them by hand" >&2; exit 2; }
as=
[ "$(id -u)" = 0 ] || as=sudo
$as apt-get update -qq >/dev/null
# shellcheck disable=SC2086 # a list of names
DEBIAN_FRONTEND=noninteractive $as apt-get install -y -qq --no-install-recommends $missing >/dev/null
