# shellcheck shell=sh
# For tests that kill a command, or fail it, at each of its system calls; source it behind lib.sh.

command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null || {
	skip "crashes" "strace cannot trace here"
	done_testing
}
[ -z "${FX_SAN:-}" ] || {
	skip "crashes" "sanitizers make system calls of their own"
	done_testing
}

# calls COMMAND...: runs it; its calls, from the first that touches the ledger on: "name first last".
calls() {
	strace -f -o "$T/log" "$@" >/dev/null 2>&1
	awk '{ sub(/^[0-9]+ +/, "") }
	/"(home\/)?ledger["\/]/ { on = 1 }
	match($0, /^[a-z_0-9]+\(/) {
		name = substr($0, 1, RLENGTH - 1)
		n[name]++
		if (on && !(name in first)) first[name] = n[name]
	}
	END { for (name in first) if (name !~ /^(exit|exit_group|munmap|brk|rt_sig.*|mprotect|madvise)$/) print name, first[name], n[name] }' "$T/log" | sort
}

# fails KIND CALL: can that call be refused (error=...) in earnest?
fails() {
	case $1:$2 in error=*:futex | error=*:clone* | error=*:mmap | error=*:close) return 1 ;; esac
}
