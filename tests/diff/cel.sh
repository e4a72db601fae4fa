#!/bin/sh
# usage: cel.sh [COUNT [SEED]]
# CEL against @bufbuild/cel on random expressions and records.  Wants node and npm (the
# package is put under build/); without them it says so and is content.
set -eu
cd "$(dirname "$0")/../.."
top=$PWD
: "${FX_BUILD:=$PWD/build}"
version=0.6.1
count=${1:-20000} seed=${2:-$(date +%s)}
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
	echo "SKIP: no npm here, so CEL is not compared with @bufbuild/cel"
	exit 0
fi
make -s "$FX_BUILD/tools/cel_eval" BUILD="$FX_BUILD"
mkdir -p "$FX_BUILD/npm"
cd "$FX_BUILD/npm"
if [ ! -d node_modules/@bufbuild/cel ]; then
	echo '{"private":true}' >package.json
	if ! npm install --silent --no-audit --no-fund "@bufbuild/cel@$version" >npm.log 2>&1; then
		echo "SKIP: npm cannot fetch @bufbuild/cel@$version, so CEL is not compared with it"
		exit 0
	fi
fi
exec node "$top/tests/diff/cel.mjs" "$FX_BUILD/tools/cel_eval" "$count" "$seed"
