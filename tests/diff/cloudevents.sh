#!/bin/sh
# usage: cloudevents.sh
# What an HTTP owner receives from fx-send in CloudEvents' three modes, read by the CloudEvents
# project's own SDK.  Wants node and npm (the package is put under build/); without them it
# says so and is content.
set -eu
cd "$(dirname "$0")/../.."
top=$PWD
: "${FX_BUILD:=$PWD/build}"
version=10.0.0
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
	echo "SKIP: no npm here, so CloudEvents are not read by their SDK"
	exit 0
fi
mkdir -p "$FX_BUILD/npm"
cd "$FX_BUILD/npm"
if [ ! -d node_modules/cloudevents ]; then
	[ -f package.json ] || echo '{"private":true}' >package.json
	if ! npm install --silent --no-audit --no-fund "cloudevents@$version" >npm.log 2>&1; then
		echo "SKIP: npm cannot fetch cloudevents@$version, so CloudEvents are not read by their SDK"
		exit 0
	fi
fi
T=$(mktemp -d "${TMPDIR:-/tmp}/fx-events.XXXXXX")
TOP=$top
. "$top/tests/owner.sh"
export FX_HOME="$T/home" PATH="$FX_BUILD/bin:$PATH"
mkdir -p "$T/home/rules.d"
echo "owners:" >"$T/home/rules.d/r.yaml"
for mode in cloudevent cloudevent-binary cloudevent-batch; do
	owner "$T/$mode" ok
	echo "  - {id: $mode, kind: system, format: $mode, send: 'http://127.0.0.1:$port/'}"
done >>"$T/home/rules.d/r.yaml"
cat >>"$T/home/rules.d/r.yaml" <<'X'
rules: [{rule: all, version: 1, maintainer: m, when: true, owner: cloudevent, flow: f}]
exceptions: [{failure: "*", maintainer: m, action: route to cloudevent}]
X
# Everything that a header cannot carry as it is, and a source that is no URI reference.
for mode in cloudevent cloudevent-binary cloudevent-batch; do
	for i in 1 2 3; do
		printf '{"event":"task.assigned","event_id":"%d %% \\"q\\"","order_id":"Euro € 😀","source":"shop <%s>","at":"2026-11-20T10:00:00.5Z","task_id":"Ü/%d","owner_id":"%s","total":"10.10"}\n' $i x $i $mode
	done
done >"$T/tasks"
fx-send -q "$T/tasks"
for mode in cloudevent cloudevent-binary cloudevent-batch; do
	node "$top/tests/diff/cloudevents.mjs" "$T/$mode"/req.* | sort |
		jq -c '{id, source, type, subject, time, taskid, datacontenttype, data: (.data | del(.owner_id))}' >"$T/$mode.read"
	[ "$(wc -l <"$T/$mode.read")" -eq 3 ] || { echo "$mode: not 3 events" >&2 && exit 1; }
done
# The modes are three ways to say the same.
diff "$T/cloudevent.read" "$T/cloudevent-binary.read" >&2
diff "$T/cloudevent.read" "$T/cloudevent-batch.read" >&2
jq -s -e 'map(.subject == "Euro € 😀" and (.id | test("^[123] % \"q\"$")) and .data.total == "10.10") | all' \
	"$T/cloudevent.read" >/dev/null
echo "CloudEvents: 3 modes read by cloudevents@$version, the same 3 events in each"
