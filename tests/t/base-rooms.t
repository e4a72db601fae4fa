#!/bin/sh
# The rooms' order (lib/README) held against the includes, and each foreign library in its room.
. "$(dirname "$0")/../lib.sh"
cd "$TOP" || exit 2

# file, include -> complaint
awk_rooms() {
	grep -n '^#include ["<]' lib/*/*.[ch] cmd/*.c | awk -F: '
	BEGIN {
		n = split("base json contract import rules ledger task send report", room, " ")
		for (i = 1; i <= n; i++) level[room[i]] = i
		lib["openssl/"] = "base ledger send"
		lib["yaml.h"] = "json"
		lib["lmdb.h"] = "ledger"
		lib["curl/"] = "send"
		lib["zstd.h"] = "ledger"
	}
	{
		split($1, path, "/")
		here = path[1] == "lib" ? path[2] : "cmd"
		inc = $3
		gsub(/^#include ["<]|[">].*$/, "", inc)
		split(inc, part, "/")
		there = part[1]
		if (here != "cmd" && there in level && there != here) {
			if (level[there] > level[here])
				print $1 ":" $2 ": " here " includes " inc ", a room below it"
			if (there == "import" || there == "send" || there == "report")
				print $1 ":" $2 ": nobody includes " there
		}
		for (l in lib)
			if (index(inc, l) == 1 && index(" " lib[l] " ", " " here " ") == 0)
				print $1 ":" $2 ": " inc " is seen only in: " lib[l]
	}'
}

is "no room includes one below it" "$(awk_rooms)" ""
is "every room has a README line" "$(for r in lib/*/; do
	r=${r#lib/}
	grep -q "^  $r " lib/README || echo "$r"
done)" ""
# What git's banned.h is for: calls that cannot say how long their target is.
is "no unbounded string calls" "$(grep -nE '\b(sprintf|vsprintf|strcpy|strcat|strncpy|strncat|strtok|gets|atoi|atol|asctime|ctime|alloca)[ ]*\(' lib/*/*.[ch] cmd/*.c)" ""
is "the library neither prints nor exits" "$(grep -nE '\b(printf|puts|putchar|perror|exit|_exit|abort)[ ]*\(' lib/*/*.c | grep -v '^lib/base/\(app\|mem\).c')" ""
is "nothing at the top level but what is named" "$(git ls-files 2>/dev/null | sed 's|/.*||' | sort -u | grep -vxE 'Makefile|cmd|lib|man|rules.d|testdata|tests|README|COPYING|\..*')" ""
done_testing
