#!/bin/sh
# usage: cel.sh [COUNT [SEED]]
# CEL against @bufbuild/cel on random expressions and records.
set -eu
cd "$(dirname "$0")/../.."
top=$PWD
: "${FX_BUILD:=$PWD/build}"
count=${1:-20000} seed=${2:-$(date +%s)}
. tests/diff/npm.sh
make -s "$FX_BUILD/tools/cel_eval" BUILD="$FX_BUILD"
npm_package @bufbuild/cel 0.6.1
exec node "$top/tests/diff/cel.mjs" "$FX_BUILD/tools/cel_eval" "$count" "$seed"
