"""Complete lines in an interactive shell: tab.py bash|zsh SETUP <LINES

Types each line and a Tab into the shell, which has run SETUP, and prints what then stands in
the line.  Keys are taken one after the other, so a key that shows the line shows it completed.
Gives up after a minute.
"""
import os
import pty
import re
import signal
import sys

shell, setup = sys.argv[1:]
show = {
    "bash": "bind -x '\"\\C-x\\C-p\": echo \"<<${READLINE_LINE}>>\"'; bind 'set bell-style none'; "
            "bind 'set completion-query-items -1'; bind 'set page-completions off'\n",
    "zsh": "autoload -U compinit; compinit -u -D; LISTMAX=10000; unsetopt list_beep\n"
           "show() { print -r -- \"<<$BUFFER>>\" }; zle -N show; bindkey '^X^P' show; bindkey '^U' kill-whole-line\n",
}[shell]
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", PS1="", HISTFILE="/dev/null")
    os.execvp(shell, [shell] + (["-f"] if shell == "zsh" else ["--norc", "--noprofile"]) + ["-i"])
signal.alarm(60)
got = b""


def await_(pattern):
    """Read until the pattern comes; what it matched, and nothing of it is left."""
    global got
    while not re.search(pattern, got, re.S):
        got += os.read(fd, 65536)
    found = re.search(pattern, got, re.S)
    got = got[found.end():]
    return found.group(1).decode()


os.write(fd, (setup + "\n" + show + "printf '<%s>\\n' '<ready>'\n").encode())
await_(rb"<(<ready>)>")
for line in sys.stdin.read().splitlines():
    os.write(fd, line.encode() + b"\t\x18\x10")
    print(await_(rb"<<([^\n]*?)>>\r?\n").rstrip())
    os.write(fd, b"\x15")
os.kill(pid, signal.SIGKILL)
