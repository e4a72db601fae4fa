#!/bin/sh
# --help held against the man page: the same long options, and both name an example.
. "$(dirname "$0")/../lib.sh"
cd "$TOP" || exit 2

for c in cmd/fx-*.c; do
	n=$(basename "$c" .c)
	exits "$n --help leaves with 0" 0 "$n" --help
	cp "$T/out" "$T/help"
	like "$n --help shows an example" "$T/help" '^example:'
	# One option a line, at its head: text elsewhere may name others.
	grep -E '^ +(-., )? *--[a-z]' "$T/help" | grep -oE -e '--[a-z][a-z-]*' | sort -u >"$T/help.opts"
	grep -E '^\.It Fl' "man/$n.1" 2>/dev/null | grep -oE 'Fl -[a-z][a-z-]*|-\\?-[a-z][a-z-]*' |
		sed 's/^Fl -/--/; s/\\//g' | sort -u >"$T/man.opts"
	is "$n(1) has the options of --help" "$(diff "$T/help.opts" "$T/man.opts")" ""
	for section in NAME SYNOPSIS DESCRIPTION "EXIT STATUS" EXAMPLES "SEE ALSO"; do
		like "$n(1) has $section" "man/$n.1" "^\\.Sh $section"
	done
	exits "$n --version leaves with 0" 0 "$n" --version
	like "$n --version names it" "$T/out" "^$n "
	exits "$n refuses an unknown option" 2 "$n" --no-such-option
	like "$n gives a hint" "$T/err" "^$n: .*(--help|did you mean)"
	like "README names $n" README "$n"
done
if command -v mandoc >/dev/null; then
	is "man pages are clean mdoc" "$(mandoc -T lint -W warning man/*.[157] 2>&1 | head -20)" ""
else
	skip "man pages are clean mdoc" "no mandoc"
fi
done_testing
