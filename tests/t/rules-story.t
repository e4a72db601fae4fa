#!/bin/sh
# The story of fx-rules(5), each command run, each answer as the page has it.
. "$(dirname "$0")/../lib.sh"

sed -n '/^\.\\" story/,/^\.\\" end of story/p' "$TOP/man/fx-rules.5" | grep -v '^\.' |
	sed 's/^\\&//; s/\\e/\\/g' >story
check "the page has the story" test "$(grep -c '^\$ ' story)" -ge 10
cp -R "$TOP/rules.d" rules.d
cp -R rules.d old
fx-import -C "$TOP" -f shopify "$TOP/testdata/2026-11-20-orders_export.csv" >orders.ndjson 2>/dev/null
# The first command shows the file that somebody wrote.
awk '/^\$ /{n++} n==1 && !/^\$ /' story >rules.d/90-web-preorder.yaml
n=0
while n=$((n + 1)) && line=$(awk -v n=$n '/^\$ /{k++} k==n && /^\$ /' story) && [ -n "$line" ]; do
	awk -v n=$n '/^\$ /{k++} k==n && !/^\$ /' story >want
	sh -c "${line#\$ }" >got 2>&1
	is "$line" "$(cat got)" "$(cat want)"
done
done_testing
