#!/bin/sh
# The examples of fx-validate(1), run: in a shop's home with the sample registry, each line behind
# a "$ " must print, on either output, exactly what the page shows below it.
. "$(dirname "$0")/../lib.sh"

# A page's literal blocks as "$ command" lines and what they print, without mdoc's escapes.
literal() {
	awk '/^\.Bd -literal/ { in_block = 1; next } /^\.Ed/ { in_block = 0 }
		in_block { gsub(/\\-/, "-"); gsub(/\\&/, ""); gsub(/\\e/, "\\"); print }' "$1"
}

page=fx-validate.1
literal "$TOP/man/$page" >page
sed -n 's/^\$ //p' page >commands
mkdir home
cp -R "$TOP/rules.d" home
cd home || exit 2
while IFS= read -r command; do
	printf '$ %s\n' "$command"
	sh -c "$command" 2>&1 </dev/null
done <../commands >../said
is "$page prints what it shows" "$(diff ../page ../said)" ""
is "$page has its examples" "$(grep -c . ../commands)" 19
done_testing
