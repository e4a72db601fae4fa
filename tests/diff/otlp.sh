#!/bin/sh
# Every order of the demo's day as OpenTelemetry spans, read strictly by OpenTelemetry's own
# protobuf classes.
set -eu
cd "$(dirname "$0")/../.."
top=$PWD
: "${FX_BUILD:=$PWD/build}"
. tests/diff/npm.sh
make -s -j2 all
tmp=$(mktemp -d "${TMPDIR:-/tmp}/fx-otlp.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
DEMO_HOME=$tmp/shop tests/demo.sh >"$tmp/demo"
PATH=$FX_BUILD/bin:$PATH
fx-cat -C "$tmp/shop" | jq -r '.order_id // "" | select(. != "")' | sort -u >"$tmp/orders"
xargs -d '\n' fx-trace -C "$tmp/shop" --now 2026-11-20T20:00:00Z --format otlp <"$tmp/orders" >"$tmp/day.json"
npm_package @opentelemetry/otlp-transformer 0.57.2
node "$top/tests/diff/otlp.mjs" "$tmp/day.json"
