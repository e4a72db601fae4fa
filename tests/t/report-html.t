#!/bin/sh
# The dashboard: whole in one file, its numbers those of the JSON, opened by a browser where there is one.
. "$(dirname "$0")/../lib.sh"
now='--now 2026-11-20T20:00:00Z'
by=flow,rule_version,owner,channel
export FX_HOME=shop

mkdir shop
cp -R "$TOP/rules.d" shop/rules.d
fx-sign --init --origin shop.example/test >/dev/null
fx-import -f "$TOP/rules.d/import/shopify.yaml" --rejects rejects \
	"$TOP/testdata/2026-11-20-orders_export.csv" | fx-route --now 2026-11-20T02:10:00Z | fx-sign -q
cat "$TOP"/testdata/2026-11-20-events-*.ndjson | fx-sign -q --rejects rejects
fx-escalate --now 2026-11-20T10:00:00Z | fx-sign -q
fx-escalate --now 2026-11-20T15:00:00Z | fx-sign -q # second steps, holds among them
ok "there is a night and a day"

# shellcheck disable=SC2086 # $now is an option and its argument
fx-report $now --format html -o page.html
ok "the page is written"
is "it asks the network for nothing" "$(grep -oE '(src|href)="[^"]*"|url\([^)]*\)|@import|fetch\(' page.html | grep -Ev 'href="(data:,|#[^"]*)"')" ""
sed -n 's/.*<script type="application\/json" id="figures">\(.*\)<\/script>$/\1/p' page.html >figures
# shellcheck disable=SC2086
fx-report $now --by $by --format json | jq -S . >json
jq -S . figures >inside
check "its numbers are those of --format json" cmp inside json
is "the orders of the headline" "$(grep -o '<dt>orders</dt><dd>[0-9,]*' page.html | grep -o '[0-9,]*$' | tr -d ,)" \
	"$(jq .total.orders json)"
sed -n '/<caption>Flows</,/<\/table>/p' page.html | grep '<th scope="row">' |
	sed 's/<svg.*<\/svg>//; s/<[^>]*>/|/g; s/\xe2\x80\x89//g' | tr -s '|' | cut -d '|' -f 2-5 | tr -d ',' | sort >flows
# shellcheck disable=SC2086
fx-report $now --by flow --format ndjson | jq -r 'select(.by.flow? and .tasks > 0) |
	def p: if . == null then "\u2013" else (. * 1000 | round / 10 | tostring | if test("\\.") then . else . + ".0" end) + "%" end;
	([.milestones[].met] | add) as $met | ([.milestones[] | .met + .late + .overdue] | add) as $all |
	[.by.flow, .tasks, (if ($all // 0) == 0 then null else $met / $all end | p), (.exception_rate | p)] | join("|")' |
	sort >wanted
check "the numbers of the flows' table are those of --format ndjson" diff wanted flows
is "no customer's data" "$(grep -c 'example.com\|kaufplatz.example\|Beispielstra' page.html)" 0
# shellcheck disable=SC2086
fx-report $now --by $by --partial | fx-report --merge --format html - >merged.html
is "merged parts make the page, without single orders" \
	"$(sed -n 's/.*id="figures">\(.*\)<\/script>$/\1/p' merged.html | cmp - figures && echo same)" same

# What a record says must stay text.
printf '{"event":"task.assigned","event_id":"a","order_id":"</script><b>x","at":"2026-11-20T08:00:00Z","source":"s","channel":"<img src=x onerror=alert(1)>","task_id":"t/x/1","owner_id":"\\u0026\\"<i>","flow_id":"<script>alert(1)</script>","sla":[]}\n' >hostile
# shellcheck disable=SC2086
fx-report $now --format html hostile >page2.html
ok "hostile names are rendered"
is "no element of theirs" "$(grep -c '<img\|<i>&\|<b>x\|<script>alert' page2.html)" 0
is "no script ends early" "$(grep -o '</script>' page2.html | wc -l)" 3

"$FX_BUILD/tools/bench_gen" life 60 >life
fx-report --now 2026-12-20T00:00:00Z --format html -o big.html life
ok "a page of thirty thousand orders"
is "stays under 2 MB" "$(($(wc -c <big.html) < 2000000))" 1

exits "--by is refused" 2 fx-report --format html --by flow hostile
fx-report --partial --by flow hostile >part
exits "parts that were made otherwise are refused" 2 fx-report --merge --format html part
like "with what is needed" "$T/err" 'flow,rule_version,owner,channel'

# What the page has beside the figures: the queue, changes, canaries, and customers when asked for.
# shellcheck disable=SC2086
{
	fx-report $now --format html --with-customer -o customer.html
	like "customers when asked for" customer.html 'buyer30417@kaufplatz.example'
}
rows() { sed -n '/Open exceptions, the next/,/<\/table>/p' "$1" | grep '<tr><th scope="row">' | sed 's/<[^>]*>/|/g'; }
jq -s -r --arg now 2026-11-20T20:00:00Z '
	([.[] | select(.event == "exception.resolved") | .exception_id]) as $done |
	[.[] | select(.event == "exception.opened" or .event == "exception.escalated")] | group_by(.exception_id) |
	map(max_by(.step)) | map(select(.exception_id | IN($done[]) | not)) | sort_by(.due) | .[0:15][].due' shop/ledger/entries/* >dues
is "the queue has the exceptions that are due first" "$(rows page.html | wc -l)" "$(wc -l <dues)"
first=$(jq -s -r --arg due "$(sed -n 1p dues)" '[.[] | select(.event == "exception.opened" and .due == $due) | .order_id] | unique[]' shop/ledger/entries/*)
check "and begins with such a one" sh -c "printf '%s\n' '$first' | grep -qxF '$(rows page.html | sed -n 1p | tr -s '|' | cut -d '|' -f 2)'"

# What falls due first is what fx-trace says, holds counted.
listed() { sed -n '/id="list">/,/<\/script>/p' page.html | sed 's/.*id="list">//; s/<\/script>.*//'; }
listed | jq -r '.[] | select(.due[1]) | [.o, .due[0], .due[1]] | @tsv' | sort >listed
# shellcheck disable=SC2086,SC2046
fx-trace $now --format ndjson $(cut -f 1 listed) | jq -r 'select(.trace == "order") | .order_id as $o |
	[.tasks[] | select(.closed == null).promises[] | select(.met == null and .due)] | sort_by(.due)[0] // empty |
	[$o, .milestone, (.due | fromdate)] | @tsv' | sort >traced
check "what is due first of each order is what fx-trace says" cmp listed traced

# 10 orders in one week, 8 kept; 14 in the next, all kept: by hand +4 orders, +20 points.
awk 'function task(i, day, at, v) {
	printf "{\"event\":\"task.assigned\",\"event_id\":\"a%d\",\"order_id\":\"o%d\",\"at\":\"2026-11-%02dT08:00:00Z\",\"source\":\"t\",\"trigger\":{\"event\":\"order.placed\",\"event_id\":\"p%d\",\"at\":\"2026-11-%02dT07:00:00Z\",\"source\":\"s\"},\"task_id\":\"o%d/x/1\",\"owner_id\":\"v\",\"flow_id\":\"f\",\"rule_id\":\"pre\",\"rule_version\":%d,\"sla\":[{\"milestone\":\"vendor-confirmation\",\"event\":\"task.confirmed\",\"due\":\"2026-11-%02dT09:00:00Z\"}]}\n", i, i, day, i, day, i, v, day
	printf "{\"event\":\"task.confirmed\",\"event_id\":\"c%d\",\"order_id\":\"o%d\",\"at\":\"2026-11-%02dT%s:00Z\",\"source\":\"w\"}\n", i, i, day, at
} BEGIN {
	for (i = 0; i < 10; i++) task(i, 2, i < 2 ? "10:00" : "08:30", 1)
	for (; i < 24; i++) task(i, 9, "08:20", 1 + i % 2) }' >weeks
weeks='--now 2026-11-15T00:00:00Z --since 2026-11-08T00:00:00Z --until 2026-11-15T00:00:00Z'
# shellcheck disable=SC2086
{
	fx-report $weeks --format html weeks >weeks.html
	fx-report --now 2026-11-15T00:00:00Z --compare 2026-11-01T00:00:00Z..2026-11-08T00:00:00Z,2026-11-08T00:00:00Z..2026-11-15T00:00:00Z \
		--format json weeks >compare
	change() { grep -o "<dt>$1</dt><dd>.*" weeks.html | grep -o 'class="change[^>]*>[^<]*' | sed 's/.*>//; s/ $//'; }
	is "orders, and their change" "$(change orders)" +4
	is "promises kept, and their change" "$(change 'promises kept')" "+20.0 pts"
	is "the change is that of --compare" "$(jq '.figures.promises_kept.change * 1000 | round' compare)" 200
	is "a median's change" "$(change 'decision to execution')" "-10m"
	fx-report --now 2026-11-15T00:00:00Z --format html weeks >all.html
	is "without --since there is no period before" "$(grep -c 'class="change' all.html)" 0
	fx-report $weeks --format html - <weeks >pipe.html
	is "nor of what comes from a pipe" "$(grep -c 'class="change' pipe.html)" 0
	fx-report $weeks --canary pre weeks >canary
	grep -o 'class="verdict[^<]*' weeks.html | sed 's/[^>]*>//' | tr -s ' \n' '  ' >verdict
	is "two versions at work: what --canary says" "$(tr -s ' \n' '  ' <canary | grep -cF "$(cat verdict)")" 1
	is "in words" "$(grep -c '[a-z]' verdict)" 1
	is "only of those" "$(grep -c 'class="verdict' page.html)" 0
}

browser=$(command -v chromium || command -v chromium-browser || :)
dom() {
	HOME=$T timeout 60 "$browser" --headless=new --no-sandbox --disable-gpu --virtual-time-budget=3000 \
		--enable-logging=stderr --dump-dom "file://$T/$1" 2>log
}
if [ -n "$browser" ] && [ -z "${FX_SAN:-}" ] && dom page.html >dom && [ -s dom ]; then
	is "no console message" "$(grep -c CONSOLE log)" 0
	is "the orders in trouble are listed" "$(grep -o '<li><button' dom | wc -l)" 8
	order=$(jq -r '.[0].o' <<-END
		$(sed -n '/id="list">/,/<\/script>/p' page.html | sed 's/.*id="list">//; s/<\/script>.*//')
	END
	)
	dom "page.html#$(printf '%s' "$order" | sed 's/#//')" >dom
	is "a search finds one order" "$(grep -o '<li><button' dom | wc -l)" 1
	is "and opens its trace" "$(grep -c 'class="story"' dom)" 1
	like "which begins with the trigger" dom 'order\.placed'
	dom customer.html >dom
	dom "customer.html#buyer30417" >dom
	is "with customers, one is found by name or address" "$(grep -o '<li><button' dom | wc -l)" 1
	like "and shown" dom 'Customer: .*buyer30417@kaufplatz.example'
	dom page2.html >dom
	is "hostile names do nothing" "$(grep -c CONSOLE log)" 0
else
	skip "a browser opens it" "no chromium that runs"
fi
done_testing
