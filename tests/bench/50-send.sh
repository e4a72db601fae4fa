#!/bin/sh
# fx-send to a local HTTP owner, beside xargs -P with curl, 16 at once, the same bodies.
. "$(dirname "$0")/lib.sh"
for c in perl curl xargs; do
	command -v $c >/dev/null || { echo "SKIP: no $c here" && exit 0; }
done
n=${BENCH_TASKS:-2000}
dir=$BENCH_DIR/send
rm -rf "$dir"
mkdir -p "$dir/home/rules.d" "$dir/owner"
touch "$dir/owner/quiet"
perl "$TOP/tests/tools/http_owner.pl" "$dir/owner" ok &
server=$!
trap 'kill $server' EXIT
while [ ! -s "$dir/owner/port" ]; do sleep 0.1; done
url=http://127.0.0.1:$(cat "$dir/owner/port")/
cat >"$dir/home/rules.d/r.yaml" <<X
owners: [{id: o, kind: system, send: "$url"}]
rules: [{rule: all, version: 1, maintainer: m, when: "true", owner: o, flow: f}]
exceptions: [{failure: "*", maintainer: m, action: route to o}]
X
awk -v n="$n" 'BEGIN { for (i = 0; i < n; i++)
	printf "{\"event\":\"task.assigned\",\"event_id\":\"e%d\",\"order_id\":\"O-%d\",\"task_id\":\"O-%d/k/1\",\"owner_id\":\"o\"}\n", i, i, i }' >"$dir/tasks"
x=$(seconds 1 "tr '\\n' '\\0' <$dir/tasks | xargs -0 -P 16 -n 1 curl -s -o /dev/null -H 'Content-Type: application/json' $url -d")
s=$(seconds 1 "fx-send -C $dir/home -j 16 $dir/tasks >$dir/attempts")
got=$(grep -c '"outcome":"accepted"' "$dir/attempts")
[ "$got" = "$n" ] || { echo "only $got of $n were accepted" >&2 && exit 1; }
awk -v n="$n" -v x="$x" -v s="$s" 'BEGIN {
	printf "%d tasks: xargs -P 16 curl %.0f a second, fx-send %.0f a second: %.1fx\n", n, n / x, n / s, x / s }'
want fx-send "$s" "$x" 10
exit $((bench_missed > 0))
