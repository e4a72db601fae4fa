#!/bin/sh
# The examples of the manual, run: in a shop's home with the sample registry, each line behind
# a "$ " must print, on either output, exactly what the page shows below it.
. "$(dirname "$0")/../lib.sh"
cp -R "$TOP/rules.d" .

# A page's literal blocks as "$ command" lines and what they print, without mdoc's escapes.
literal() {
	awk '/^\.Bd -literal/ { in_block = 1; next } /^\.Ed/ { in_block = 0 }
		in_block { gsub(/\\-/, "-"); gsub(/\\&/, ""); gsub(/\\e/, "\\"); print }' "$1"
}

for page in fx-validate.1; do
	literal "$TOP/man/$page" >page
	grep -c '^\$ ' page >count
	is "$page has its examples" "$(test "$(cat count)" -ge 15 && echo yes)" yes
	: >said
	sed -n 's/^\$ //p' page >commands
	while IFS= read -r command; do
		printf '$ %s\n' "$command" >>said
		sh -c "$command" >>said 2>&1 </dev/null
	done <commands
	is "$page prints what it shows" "$(diff page said)" ""
done
done_testing
