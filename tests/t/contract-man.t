#!/bin/sh
# The examples of the manual, run: in a shop's home with the sample registry, each line behind
# a "$ " must print, on either output, exactly what the page shows below it.
. "$(dirname "$0")/../lib.sh"

# A page's literal blocks as "$ command" lines and what they print, without mdoc's escapes.
literal() {
	awk '/^\.Bd -literal/ { in_block = 1; next } /^\.Ed/ { in_block = 0 }
		in_block { gsub(/\\-/, "-"); gsub(/\\&/, ""); gsub(/\\e/, "\\"); print }' "$1"
}

for path in "$TOP"/man/*.[157]; do
	page=${path##*/}
	literal "$path" >"$T/page"
	grep -q '^\$ ' "$T/page" || continue
	mkdir "$T/$page"
	cp -R "$TOP/rules.d" "$T/$page"
	cd "$T/$page" || exit 2
	sed -n 's/^\$ //p' "$T/page" >"$T/commands"
	while IFS= read -r command; do
		printf '$ %s\n' "$command"
		sh -c "$command" 2>&1 </dev/null
	done <"$T/commands" >"$T/said"
	is "$page prints what it shows" "$(diff "$T/page" "$T/said")" ""
done
is "fx-validate(1) has its examples" "$(grep -c '^\$ ' "$TOP/man/fx-validate.1")" 19
done_testing
