# usage: awk -f man-examples.awk -v dir=DIR PAGE     (a man page in mdoc, or README)
# The page's examples as files DIR/001.cmd, DIR/002.cmd ... in order, beside each
#	.want	what it must print, both outputs as one: there when the page shows it
#	.exit	its exit status, where it is not 0
#	.skip	why it cannot be run
# or, instead of .cmd,
#	.setup	a command that the page does not show
#	.file	a file's name, and .text what is in it
# Examples are every literal block (.Bd -literal, README: behind a tab) that has a line with "$ "
# at its head: a command, behind it what it prints; and in the section EXAMPLES also each .Dl,
# and each other block as one script.  Comments before a block or .Dl say more:
#	.\" run: COMMAND     run this first
#	.\" exit: STATUS     what the next leaves with
#	.\" skip: REASON     do not run the next
#	.\" file: NAME       the next is no command but a file
#	.\" example          the next is one, though not in EXAMPLES
# A command goes on behind a line that ends in |, && or a backslash.
function name(kind) { return sprintf("%s/%03d.%s", dir, n, kind) }
function put(kind, text) { printf "%s\n", text >name(kind); close(name(kind)) }
function plain(s) {
	gsub(/\\-/, "-", s); gsub(/\\&/, "", s); gsub(/\\\(dq/, "\"", s); gsub(/\\e/, "\\", s)
	return s
}
function start() {
	n++
	if (skip != "") put("skip", skip)
	if (status != "") put("exit", status)
	skip = status = ""
}
function forget() { file = skip = status = ""; marked = 0 }
function add(command) { start(); put("cmd", command) }
# The lines of a block, b of them.
function block(    i, shown, text, want, k) {
	for (i = 1; i <= b; i++) shown += line[i] ~ /^\$ /
	if (file != "") {
		n++
		put("file", file)
		for (i = 1; i <= b; i++) text = text line[i] (i < b ? "\n" : "")
		put("text", text)
	} else if (shown) {
		for (i = 1; i <= b; i++) {
			text = substr(line[i], 3)
			while (text ~ /([|\\]|&&)$/ && i < b) text = text "\n" line[++i]
			add(text)
			for (want = ""; i < b && line[i + 1] !~ /^\$ /;) want = want line[++i] "\n"
			printf "%s", want >name("want")
			close(name("want"))
		}
	} else if (marked || section == "EXAMPLES") {
		for (i = 1; i <= b; i++) text = text line[i] (i < b ? "\n" : "")
		add(text)
	}
	b = 0
	forget()
}
FILENAME ~ /README$/ {
	# $ command ... is no whole command.
	if (/ \.\.\.$/) skip = "abridged"
	if (/^\t/) line[++b] = substr($0, 2)
	else if (b) block()
	next
}
in_block && /^\.Ed/ { in_block = 0; block(); next }
in_block { if (!/^\.\\"/) line[++b] = plain($0); next }
/^\.Bd -literal/ { in_block = 1; next }
/^\.Sh / { section = substr($0, 5); forget(); next }
/^\.\\" run: / { n++; put("setup", substr($0, 10)); next }
/^\.\\" exit: / { status = substr($0, 11); next }
/^\.\\" skip: / { skip = substr($0, 11); next }
/^\.\\" file: / { file = substr($0, 11); next }
/^\.\\" example$/ { marked = 1; next }
/^\.Dl / && (marked || section == "EXAMPLES") {
	text = substr($0, 5)
	while (text ~ /\\$/ && (getline more) > 0) text = substr(text, 1, length(text) - 1) more
	add(plain(text))
	forget()
}
END { if (b) block() }
