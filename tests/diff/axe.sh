#!/bin/sh
# The pages against axe-core's rules for accessibility: the dashboard and orders' stories of the
# demo's day, and of Olist where DATA has it, on a desktop's and a phone's width, light and dark.
set -eu
cd "$(dirname "$0")/../.."
top=$PWD
: "${FX_BUILD:=$PWD/build}"
data=${DATA:-$PWD/../shared/data}
. tests/diff/npm.sh
browser=$(command -v chromium || command -v chromium-browser || :)
if [ -z "$browser" ]; then
	echo "SKIP: no chromium here, so the pages are not checked with axe-core"
	exit 0
fi
make -s -j2 all
tmp=$(mktemp -d "${TMPDIR:-/tmp}/fx-axe.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
PATH=$FX_BUILD/bin:$PATH
now='--now 2026-11-20T20:00:00Z'
DATA="" DEMO_HOME=$tmp/shop tests/demo.sh >"$tmp/demo"
# shellcheck disable=SC2086 # $now is an option and its argument
{
	fx-report -C "$tmp/shop" $now --since 2026-11-20T02:00:00Z --format html -o "$tmp/board.html"
	fx-trace -C "$tmp/shop" $now --format html --with-customer '#30417' '#30108' >"$tmp/story.html"
}
if [ -f "$data/olist/olist_orders_dataset.csv" ]; then
	DEMO_HOME=$tmp/shop DATA=$data tests/demo.sh >"$tmp/demo"
	fx-report -C "$tmp/shop/olist" --now 2018-09-01T00:00:00Z --since 90d --format html -o "$tmp/olist.html"
fi
npm_package axe-core 4.14.1
axe=$PWD/node_modules/axe-core/axe.min.js

# The page, its policy put aside so that axe can run in it; it is opened in a frame of the width.
bad=0
for page in board story olist; do
	[ -f "$tmp/$page.html" ] || continue
	{
		sed '/http-equiv="Content-Security-Policy"/d; /<\/body>/d' "$tmp/$page.html"
		echo '<script>'
		cat "$axe"
		cat <<'END'
</script><script>
var first = document.querySelector("#hits button");
if (first) first.click();
document.querySelectorAll("details").forEach(function (d) { d.open = true; });
axe.run(document, {resultTypes: ["violations"]}).then(function (r) {
	parent.postMessage(r.passes.length + " rules passed, " + r.violations.length + " violations" +
		r.violations.map(function (v) { return "\n  " + v.id + ": " + v.help + ": " +
			v.nodes.length + " of " + v.nodes[0].html.slice(0, 200); }).join(""), "*");
}, function (e) { parent.postMessage("failed: " + e, "*"); });
</script></body>
END
	} >"$tmp/$page-axe.html"
	for width in 1280 390; do
		printf '<!doctype html><pre id="said"></pre><iframe src="%s-axe.html" width="%s" height="900"></iframe>
<script>addEventListener("message", function (e) { document.getElementById("said").textContent = e.data; })</script>' \
			"$page" "$width" >"$tmp/frame.html"
		for scheme in 0 1; do # dark, light
			HOME=$tmp timeout 120 "$browser" --headless=new --no-sandbox --disable-gpu \
				--window-size=1400,1000 --virtual-time-budget=60000 --allow-file-access-from-files --dump-dom \
				--enable-logging=stderr --blink-settings=preferredColorScheme=$scheme \
				"file://$tmp/frame.html" 2>"$tmp/log" |
				sed -n '/<pre id="said">/,/<\/pre>/p' | sed '/addEventListener/d; s/<[^>]*>//g' >"$tmp/said"
			echo "$page, $width wide, $([ $scheme = 0 ] && echo dark || echo light): $(cat "$tmp/said")"
			grep -q ' rules passed, 0 violations' "$tmp/said" || bad=1
			! grep CONSOLE "$tmp/log" || bad=1
		done
	done
done
[ $bad = 0 ] || echo "the pages have faults"
exit $bad
