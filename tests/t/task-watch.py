#!/usr/bin/env python3
"""fx-queue --watch on a pseudo-terminal of its own: what is drawn, and that the terminal is given back.

usage: task-watch.py ORDER-COMMAND   (run by sh, it adds one open order to the ledger)
"""
import fcntl, os, re, select, signal, struct, subprocess, sys, termios, time

ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
bad = []


def say(ok, what, more=""):
    if not ok:
        bad.append(what)
        print(what, more)


class Terminal:
    def __init__(self, columns, lines):
        self.master, self.slave = os.openpty()
        self.size(columns, lines)
        self.before = termios.tcgetattr(self.slave)
        self.seen = b""
        self.p = subprocess.Popen(["fx-queue", "--watch"], stdin=self.slave, stdout=self.slave,
                                  start_new_session=True)

    def size(self, columns, lines):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def wait(self, what):
        """Read until that is there; what came."""
        end = time.time() + 60
        while not re.search(what, self.seen) and time.time() < end:
            if select.select([self.master], [], [], .2)[0]:
                self.seen += os.read(self.master, 65536)
        say(re.search(what, self.seen) is not None, "never came: %r" % what, self.seen[-300:])
        got, self.seen = self.seen, b""
        return got

    def end(self, how):
        how(self)
        got = self.wait(re.escape(LEAVE))
        say(self.p.wait(timeout=60) == 0, "exit status", self.p.returncode)
        say(got.endswith(LEAVE), "nothing is written after the terminal is given back", got[-20:])
        say(termios.tcgetattr(self.slave) == self.before, "the terminal is as it was")


def rows(frame):
    """The lines of the last whole drawing, without escapes."""
    last = frame[frame.rindex(b"\x1b[H") + 3:]
    return [re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", l).decode() for l in last.split(b"\x1b[J")[0].replace(b"\r", b"").split(b"\n")[:-1]]


t = Terminal(40, 8)
got = t.wait(rb"\x1b\[8;1H[^\x1b]*q quits")
say(got.startswith(ENTER), "first the alternate screen", got[:20])
drawn = rows(got)
say(len(drawn) == 7, "as many lines as there is room for", drawn)
say(drawn[0].startswith("DUE"), "the head first", drawn)
say(max(map(len, drawn)) == 40, "as wide as the terminal", drawn)
subprocess.run(["sh", "-c", sys.argv[1]], check=True)
t.wait(rb"\d+:\d+:\d+Z  21 open, ")  # of its own accord
t.size(100, 30)
t.p.send_signal(signal.SIGWINCH)
drawn = rows(t.wait(rb"\x1b\[30;1H[^\x1b]*q quits"))
say(len(drawn) == 22 and 40 < max(map(len, drawn)) <= 100, "another size: drawn anew", drawn)
t.end(lambda t: os.write(t.master, b"q"))
for name, how in (("Ctrl-C", lambda t: os.write(t.master, b"\x03")),
                  ("SIGTERM", lambda t: t.p.send_signal(signal.SIGTERM))):
    t = Terminal(20, 3)
    drawn = rows(t.wait(rb"\x1b\[3;1H"))
    say(len(drawn) == 2 and max(map(len, drawn)) == 20, "a very small one", drawn)
    t.end(how)
sys.exit(1 if bad else 0)
