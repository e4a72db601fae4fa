#!/usr/bin/env python3
"""A second account of a task's life, small and slow, written from fx-task(7) alone.

Makes random registries, orders and events, sweeps them with fx-escalate at random
times (what it writes joins the entries, as in a ledger), and says what each sweep
should have written, from a file as from a ledger with a snapshot.  So for the rows of
fx-queue: who has what, and when the next sweep does something about it.  Also: any
order of the entries gives the same records, and a sweep of which only a part was
kept, run again, completes it to the same set.

usage: task-model.py SEED ROUNDS ORDERS
"""
import base64, hashlib, json, random, subprocess, sys, os, tempfile
from datetime import datetime, timedelta, timezone

EPOCH = datetime(2026, 11, 16, tzinfo=timezone.utc)  # a Monday


def text(t):
    return (EPOCH + timedelta(seconds=t)).strftime("%Y-%m-%dT%H:%M:%SZ")


def secs(s):
    return int((datetime.fromisoformat(s.replace("Z", "+00:00")) - EPOCH).total_seconds())


# ---- clocks: minute by minute would do; second arithmetic by spans of a day is as plain ----

def spans(hours, day):
    """Open (from, to) of a day, in seconds since EPOCH; hours: None or (first weekday, last, h, h)."""
    if hours is None:
        return [(day * 86400, (day + 1) * 86400)]
    a, b, h1, h2 = hours
    return [(day * 86400 + h1 * 3600, day * 86400 + h2 * 3600)] if a <= day % 7 <= b else []


def add(hours, t, work):
    if hours is None:
        return t + work
    day = t // 86400
    while True:
        for a, b in spans(hours, day):
            a = max(a, t)
            if b <= a:
                continue
            if b - a >= work:
                return a + work
            work -= b - a
        day += 1


def between(hours, t, u):
    if u <= t:
        return 0
    if hours is None:
        return u - t
    return sum(max(0, min(b, u) - max(a, t))
               for day in range(t // 86400, u // 86400 + 1) for a, b in spans(hours, day))


def opens(hours, t):
    day = t // 86400
    while True:
        for a, b in spans(hours, day):
            if t < b:
                return max(a, t)
        day += 1


# ---- the registry ------------------------------------------------------------

MILESTONES = {"vendor-confirmation": ("task.confirmed", "vendor-no-confirmation"),
              "carrier-handover": ("task.shipped", "carrier-delay"),
              "delivery": ("task.completed", "delivery-late"),
              "packing": ("task.packed", "packing-late")}
CARRIERS = ["dhl", "ups"]
OWNERS = ["vendor", "warehouse", "team-a", "team-b", "team-c"]
GRACE = 15 * 60
DAY = 86400


def random_registry(rnd):
    owners = {}
    for o in OWNERS:
        hours = None
        if rnd.random() < .4:
            a = rnd.randint(0, 4)
            hours = (a, rnd.randint(a, 6), rnd.randint(0, 11), rnd.randint(12, 24))
        owners[o] = {"hours": hours, "holds": rnd.random() < .3}
    paths = {}
    failures = [f for _, f in MILESTONES.values()] + ["out-of-stock", "not-accepted", "*"]
    for f in failures + (["fallback-due"] if rnd.random() < .5 else []):
        if f != "*" and rnd.random() < .3:
            continue
        steps = []
        for i in range(rnd.randint(1, 4)):
            kinds = rnd.sample(["retry", "re-route", "escalate", "route", "notify", "hold", "cancel"],
                               rnd.randint(1, 3))
            if rnd.random() < .8 and "cancel" in kinds and len(kinds) > 1:
                kinds.remove("cancel")
            acts = []
            for k in kinds:
                if k == "retry":
                    acts.append((k, rnd.randint(1, 4), rnd.choice([600, 1800])))
                elif k in ("hold", "cancel"):
                    acts.append((k,))
                else:
                    acts.append((k, rnd.choice(OWNERS)))
            steps.append({"wait": 0 if i == 0 else rnd.choice([1800, 3600, 7200, 6 * 3600]),
                          "acts": acts})
        paths[f] = steps
    inhibits = {}
    if rnd.random() < .5:
        paths["carrier-down"] = [{"wait": 0, "acts": [rnd.choice([("notify", "team-c"), ("re-route", "team-c")])]}]
        inhibits["carrier-down"] = rnd.sample(["carrier-delay", "delivery-late", "packing-late"] +
                                              [f for f in ("out-of-stock", "not-accepted") if f in paths],
                                              rnd.randint(1, 3))
    repeat = {f: rnd.choice([3600, 4 * 3600, DAY]) for f in paths if rnd.random() < .3}
    return {"owners": owners, "paths": paths, "repeat": repeat, "inhibits": inhibits, "maintainer": "team-c"}


DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def phrase(acts):
    out = []
    for a in acts:
        if a[0] == "retry":
            out.append("retry %d times every %dm" % (a[1], a[2] // 60))
        elif a[0] == "hold":
            out.append("place customer-facing hold")
        elif a[0] == "cancel":
            out.append("cancel")
        elif a[0] == "notify":
            out.append("notify " + a[1])
        else:
            out.append("%s to %s" % a)
    return " and ".join(out)


def write_registry(reg, where):
    y = ["maintainer: team-c", "grace: 15m", "owners:"]
    for o, d in reg["owners"].items():
        y.append("  - id: %s\n    kind: %s\n    send: spool:x" % (o, "team" if "team" in o else "system"))
        if d["hours"]:
            a, b, h1, h2 = d["hours"]
            y.append("    hours: %s-%s %02d:00-%02d:00" % (DAYS[a], DAYS[b], h1, h2))
        if d["holds"]:
            y.append("    holds: true")
    y.append("milestones:\n  - milestone: packing\n    event: task.packed\n    failure: packing-late")
    y.append("rules:\n  - rule: all\n    version: 1\n    maintainer: ops\n    when: true\n"
             "    owner: vendor\n    flow: flow")
    y.append("exceptions:")
    for f, steps in reg["paths"].items():
        y.append('  - failure: "%s"\n    maintainer: ops\n    action: %s' % (f, phrase(steps[0]["acts"])))
        if len(steps) > 1:
            y.append("    escalation:")
        for s in steps[1:]:
            y.append("      - if unresolved in %dm, %s" % (s["wait"] // 60, phrase(s["acts"])))
        if f in reg["repeat"]:
            y.append("    repeat: every %dm" % (reg["repeat"][f] // 60))
        if f in reg["inhibits"]:
            y.append("    inhibits: [%s]" % ", ".join(reg["inhibits"][f]))
    y.append("limits:")
    for k in ("open", "retry", "re-route", "escalate", "route", "notify", "hold", "cancel"):
        y.append("  %s: 1000000 per sweep" % k)
    os.makedirs(where, exist_ok=True)
    with open(os.path.join(where, "r.yaml"), "w") as f:
        f.write("\n".join(y) + "\n")


# ---- one order's account -------------------------------------------------------

RANK = ["trigger", "rejected", "task.assigned", "task.attempted", "progress", "other", "task.failed",
        "order.cancelled", "task.cancelled", "exception.opened", "exception.escalated",
        "exception.acknowledged", "handoff.manual", "hold.released", "exception.resolved"]
NOTICES = ("order-cancelled", "superseded", "re-routed", "exception")
STAGE = {"task.confirmed": 0, "task.shipped": 1, "task.completed": 2}


def kind(e):
    if e["event"] in ("order.placed", "order.changed", "return.requested"):
        return "trigger"
    if e["event"] in STAGE:
        return "progress"
    return e["event"] if e["event"] in RANK else "other"


def key(e):
    return (secs(e["at"]), RANK.index(kind(e)), e["event"], e["event_id"], e["source"])


def derived(cause, discriminator):
    """The id of the exception that it opens (fx-record(5)): of two due at once the least comes first."""
    text = "\0".join(["exception.opened", cause["source"], cause["event_id"], discriminator])
    return "fx:" + base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower()[:26]


def moves_away(e):
    return e["event"] == "exception.escalated" and e["failure"] == "owner-unavailable"


def need(line):
    return line.get("qty")


class Task:
    pass


class Account:
    """What the entries of one order say as of now."""

    def __init__(self, entries, now, reg, silences):
        self.reg, self.now, self.silences = reg, now, silences
        seen, self.ev = set(), []
        for e in sorted((e for e in entries if secs(e["at"]) <= now), key=key):
            if (e["event_id"], e["source"]) not in seen:
                seen.add((e["event_id"], e["source"]))
                self.ev.append(e)
        self.read_exceptions()
        self.tasks = {e["task_id"]: self.new_task(e) for e in self.ev if e["event"] == "task.assigned"}
        for t in self.tasks.values():
            self.live(t)
        self.read_holds()

    def hours(self, owner):
        return self.reg["owners"].get(owner, {"hours": None})["hours"]

    # exceptions: opened, then steps that go on, until resolved
    def read_exceptions(self):
        self.exc = {}
        for e in self.ev:
            x = self.exc.get(e.get("exception_id"))
            if e["event"] == "exception.opened":
                self.exc.setdefault(e["exception_id"], {
                    "id": e["exception_id"], "opened": e, "failure": e["failure"], "steps": [e],
                    "milestone": e.get("milestone"), "task": e.get("task_id"), "resolved": None,
                    "owner": e.get("owner_id"), "stop": 0, "until": None, "acked": False,
                    "due": secs(e.get("due", e["at"]))})
            elif x is None or (x["resolved"] and e["event"] != "exception.escalated"):
                continue
            elif e["event"] == "exception.escalated":
                x["steps"].append(e)
                x["owner"], x["due"] = e["owner_id"], secs(e["due"])
                x["stop"], x["until"], x["acked"] = 0, None, False
            elif e["event"] == "exception.acknowledged":
                at = secs(e["at"])
                last = x["steps"][-1]
                if not last.get("step"):
                    x["due"] = max(x["due"], secs(e["until"]) if "until" in e else 0)
                    continue
                if "until" in e:
                    until = secs(e["until"])
                elif x["acked"]:
                    continue
                else:
                    until = at + secs(last["due"]) - secs(last["at"])
                begin = max(at, x["until"]) if x["until"] is not None else at
                x["acked"] = True
                if until > begin:
                    x["stop"] += until - begin
                    x["due"] += until - begin
                    x["until"] = until
            elif e["event"] == "exception.resolved":
                x["resolved"] = e

    def new_task(self, e):
        t = Task()
        t.id, t.e, t.at = e["task_id"], e, secs(e["at"])
        t.lines = {l["line_id"]: l for l in e.get("lines", [])}
        t.trigger = e["trigger"]
        t.sla = [dict(s) for s in e.get("sla", [])]
        return t

    def family(self, t):
        return t.trigger["event"].split(".")[0]

    def later(self, b, a):
        if b.e["decision"]["digest"] == a.e["decision"]["digest"] and \
           b.trigger["event_id"] == a.trigger["event_id"]:
            return False
        return (secs(b.trigger["at"]), b.at, b.id) > (secs(a.trigger["at"]), a.at, a.id)

    def concerns(self, e, t, owners):
        if e.get("task_id"):
            return e["task_id"] == t.id
        if e.get("owner_id") and e["owner_id"] not in owners[:1 + sum(
                secs(m["at"]) <= secs(e["at"]) for m in t.moves)]:
            return False
        if e.get("lines") and t.lines and not any(l["line_id"] in t.lines for l in e["lines"]):
            return False
        return t.trigger["event"] == "order.placed" or secs(e["at"]) >= secs(t.trigger["at"])

    def live(self, t):
        """Walk through what happens to one task."""
        happen = [(key(e), e, None) for e in self.ev]
        for b in self.tasks.values():
            if b is not t and self.family(b) == self.family(t) and self.later(b, t):
                e = b.e if key(b.e) > key(t.e) else t.e
                happen.append((key(e) + ("~",), e, b))
        happen.sort(key=lambda h: h[0])
        t.owners, t.moves, t.gone, t.taken = [t.e["owner_id"]], [], set(), None
        t.state, t.closed, t.first_progress, t.progress = "open", None, None, []
        t.met = {}
        sums = {}
        events = list(STAGE) + [s["event"] for s in t.sla if s["event"] not in STAGE]

        def covered_by(ev, line):
            if sums.get(ev, {}).get(None):
                return True
            if line is None:
                return False
            got = sums.get(ev, {}).get(line)
            q = need(t.lines[line])
            return got is not None and got > 0 and (q is None or got >= q)

        def covered(ev):
            some = [ev] + (["task.completed"] if ev not in STAGE else
                           [k for k in STAGE if STAGE[k] > STAGE[ev]])
            lines = list(t.lines) or [None]
            return all(l in t.gone or any(covered_by(k, l) for k in some) for l in lines)

        def look(e):
            for s in t.sla:
                if s["milestone"] not in t.met and covered(s["event"]):
                    t.met[s["milestone"]] = e
            if t.state == "open" and covered("task.completed"):
                t.state, t.closed = "completed", e
            elif t.state == "open" and covered("task.shipped") and \
                    all(s["milestone"] in t.met for s in t.sla):
                t.state, t.closed = "shipped", e

        def lose(e, lines, end):
            t.gone |= set(lines)
            if set(t.lines) <= t.gone:
                t.state, t.closed = end, e
            else:
                if e["event"] != "task.cancelled":
                    t.taken = e
                look(e)

        for k, e, b in happen:
            assigned = k >= key(t.e)
            kd = kind(e)
            if t.state in ("completed", "cancelled", "superseded"):
                continue
            if b is not None:
                if t.state != "open":
                    continue
                over = set(t.lines) & set(b.lines) if b.lines else set(t.lines)
                if over - t.gone or not t.lines or not b.lines:
                    lose(e, over, "superseded")
            elif kd in ("progress", "other"):
                if e["event"] not in events or not self.concerns(e, t, t.owners):
                    continue
                got = sums.setdefault(e["event"], {})
                if not e.get("lines") or not t.lines:
                    got[None] = True
                for l in e.get("lines", []):
                    if l["line_id"] in t.lines:
                        got[l["line_id"]] = got.get(l["line_id"], 0) + l.get("qty", 10 ** 9)
                t.progress.append(e)
                look(e)
            elif t.state != "open":
                continue
            elif kd == "order.cancelled":
                if secs(t.trigger["at"]) <= secs(e["at"]):
                    lines = {l["line_id"] for l in e["lines"]} & set(t.lines) if e.get("lines") else set(t.lines)
                    if lines - t.gone or not t.lines:
                        lose(e, lines, "cancelled")
            elif kd == "task.cancelled" and e.get("reason") not in NOTICES and \
                    self.concerns(e, t, t.owners):
                lines = {l["line_id"] for l in e["lines"]} if e.get("lines") else set(t.lines)
                if (lines & set(t.lines)) - t.gone or not t.lines:
                    lose(e, lines & set(t.lines), "cancelled")
            elif assigned and e.get("to") and e["to"] != t.owners[-1]:
                if kd == "handoff.manual":
                    ok = e["task_id"] == t.id if e.get("task_id") else e.get("from", t.owners[-1]) == t.owners[-1]
                else:
                    x = self.exc.get(e.get("exception_id"))
                    ok = e.get("task_id") == t.id and (e in x["steps"] if x else moves_away(e))
                if ok:
                    t.owners.append(e["to"])
                    t.moves.append(e)
            x = self.exc.get(e.get("exception_id")) if e.get("cancel") else None
            if x and t.state == "open" and assigned and e in x["steps"] and e.get("task_id") == t.id:
                t.state, t.closed = "cancelled", e
        t.owner = t.owners[-1]
        t.before = t.owners[sum(secs(m["at"]) < self.now for m in t.moves)]
        t.moved = secs(t.moves[-1]["at"]) if t.moves else None
        t.open = t.state == "open"

    def read_holds(self):
        self.holds, on, since = [], set(), None
        ends = {}  # an exception's hold ends with it, recorded or not
        for x in self.exc.values():
            by = x["resolved"] or self.closer(x)
            if by:
                ends[x["id"]] = secs(by["at"]) if x["resolved"] else max(secs(by["at"]), secs(x["opened"]["at"]))
        spans = []
        for x in self.exc.values():
            a = [secs(e["at"]) for e in x["steps"] if e.get("hold")]
            rel = [secs(e["at"]) for e in self.ev if e["event"] == "hold.released" and
                   e.get("exception_id", x["id"]) == x["id"]]
            for begin in a:
                stops = [r for r in rel if r >= begin] + ([ends[x["id"]]] if x["id"] in ends else [])
                if x["id"] in ends and ends[x["id"]] <= begin:
                    continue
                spans.append((begin, min(stops) if stops else None))
        for a, b in sorted(spans, key=lambda s: s[0]):
            if self.holds and (self.holds[-1][1] is None or a <= self.holds[-1][1]):
                last = self.holds[-1]
                self.holds[-1] = (last[0], None if last[1] is None or b is None else max(last[1], b))
            else:
                self.holds.append((a, b))

    def due(self, t, s):
        due, hours = secs(s["due"]), self.hours(t.e["owner_id"])
        for a, b in self.holds:
            a = max(a, t.at)
            if a >= due:
                break
            if b is None:
                return None
            if b > a:
                due = max(due, add(hours, b, between(hours, a, due)))
        return due

    def refused(self, t):
        first = None
        for e in self.ev:
            if e["event"] == "task.attempted" and e.get("task_id") == t.id and e["owner_id"] == t.e["owner_id"]:
                if e["outcome"] == "accepted":
                    return None
                first = first or e
        return first

    def accepted(self, t):
        for e in self.ev:
            if e["event"] == "task.attempted" and e.get("task_id") == t.id and e["outcome"] == "accepted":
                return e
        return None

    def closer(self, x):
        t = self.tasks.get(x["task"])
        if t is None:
            return None
        found = [t.closed] if t.closed else []
        f = x["failure"]
        told = self.told(t)
        if x["milestone"]:
            if x["milestone"] in t.met:
                found.append(t.met[x["milestone"]])
        elif f in ("fallback-due", "not-accepted"):
            found += told[:1]
            if f == "not-accepted" and self.accepted(t):
                found.append(self.accepted(t))
        else:
            cause = [e for e in self.ev if [e["event_id"]] == x["opened"].get("caused_by")]
            after = secs(cause[0]["at"]) if cause else secs(x["opened"]["at"])
            found += [e for e in told if secs(e["at"]) > after][:1]
        by = min(found, key=lambda e: secs(e["at"])) if found else None
        own = by and by["event"].startswith("exception.") and secs(by["at"]) >= self.now
        return None if own else by

    # ---- what inhibits ----
    def had(self, t, at):
        return t.owners[sum(secs(m["at"]) < at for m in t.moves)]

    def inhibitors(self):
        """(failures, carrier or None, owner or None) of those that are open."""
        out = []
        for x in self.exc.values():
            fs = self.reg["inhibits"].get(x["failure"])
            if fs and not x["resolved"] and not self.closer(x):
                o, t = x["opened"], self.tasks.get(x["task"])
                owner = self.had(t, secs(o["at"])) if t else o.get("about") or o.get("owner_id")
                out.append((fs, o.get("carrier"), owner))
        return out

    def inhibited(self, failure, t, by):
        if t is None:
            return False
        carrier = t.e.get("preferred_carrier")
        for e in self.ev:
            if e["event"] == "task.shipped" and e.get("carrier") and self.concerns(e, t, t.owners):
                carrier = e["carrier"]
        return any(failure in fs and (c == carrier if c else o == self.had(t, self.now)) for fs, c, o in by)

    # ---- the sweep ----
    def sweep(self, unavailable):
        """What needs no decision, and what opens an exception that inhibits others."""
        out = self.out = []
        for x in self.exc.values():
            by = None if x["resolved"] else self.closer(x)
            if by:
                out.append(("resolved", x["id"], max(secs(by["at"]), secs(x["opened"]["at"])), by["at"]))
        for t in self.tasks.values():
            out += self.notices(t)
        duties = []
        for t in self.tasks.values():
            if t.open:
                duties += self.open_duties(t)
        for x in self.exc.values():
            if not x["resolved"] and not self.closer(x) and x["due"] <= self.now and \
                    secs(x["steps"][-1]["at"]) < self.now:
                duties.append((x["due"], x["id"], "step", x, self.tasks.get(x["task"])))
        first = [d for d in duties if d[2] != "step" and self.failure(d[2], d[3]) in self.reg["inhibits"]]
        self.rest = [d for d in duties if d not in first]
        done = []
        for d in sorted(first, key=lambda d: d[:2]):
            before = len(out)
            self.carry(d, unavailable, [])
            if len(out) > before:
                done.append((self.reg["inhibits"][self.failure(d[2], d[3])],
                             d[3].get("carrier") if d[2] == "failed" else None, self.had(d[4], self.now)))
        return done

    def finish(self, unavailable, by, away):
        """The rest, given all that inhibits; then the tasks of owners who take nothing."""
        for d in sorted(self.rest, key=lambda d: d[:2]):
            self.carry(d, unavailable, by)
        for t in self.tasks.values():
            since = secs(t.moves[-1]["at"]) if t.moves else t.at
            if not t.open or t.moved == self.now or t.owner not in away or t.progress or since + GRACE > self.now or \
                    any(e["event"] == "task.attempted" and e["outcome"] == "accepted" and e.get("task_id") == t.id and
                        e["owner_id"] == t.owner for e in self.ev):
                continue
            x, step, to = away[t.owner]
            lost = t.owner
            self.out += [("escalated", x, step, 0, to, lost, to, False, False, (), None, None, None, False),
                         ("cancelled", t.id, lost, "re-routed", "*", None)]
            t.owners.append(to)
            t.owner, t.moved = to, self.now
            if t.taken:
                self.out += [c for c in self.notices(t) if c[3] != "re-routed"]
        return self.out

    def failure(self, what, x):
        return x["failure"] if what == "step" else MILESTONES[x["milestone"]][1] if what == "miss" else \
            x.get("failure", "unspecified") if what == "failed" else what

    def carry(self, duty, unavailable, by):
        due, ident, what, x, t = duty
        out = self.out
        for _ in range(1):
            if not t.open:
                continue
            if what != "step":
                if what in ("fallback-due", "not-accepted") and len(t.owners) > 1:
                    continue
                if what in ("miss", "not-accepted") and t.before in unavailable:
                    continue
            if not self.inhibited(self.failure(what, x), t, by):
                out += self.step(t, what, x)
            elif what != "step":
                cause = x["event_id"] if what == "failed" else t.e["event_id"]
                out.append(("opened", t.id, self.failure(what, x), x["milestone"] if what == "miss" else None, cause,
                            0, 0, t.owner, None, None, False, False, (), None, None, None, True))

    def has(self, **want):
        return any(all(x["opened"].get(k) == v or x.get(k) == v for k, v in want.items())
                   for x in self.exc.values())

    def open_duties(self, t):
        d = []
        for s in t.sla:
            due = self.due(t, s)
            if s["milestone"] not in t.met and due is not None and due <= self.now and \
                    not self.has(task=t.id, milestone=s["milestone"]):
                d.append((due, derived(t.e, s["milestone"] + " 1"), "miss", s, t))
        if t.e.get("fallback_route") and not t.progress and len(t.owners) == 1 and \
                secs(t.e["fallback_at"]) <= self.now and not self.has(task=t.id, failure="fallback-due"):
            d.append((secs(t.e["fallback_at"]), derived(t.e, "fallback-due"), "fallback-due", None, t))
        r = self.refused(t)
        if r and not t.progress and len(t.owners) == 1 and secs(r["at"]) + GRACE <= self.now and \
                not self.has(task=t.id, failure="not-accepted"):
            d.append((secs(r["at"]) + GRACE, derived(t.e, "not-accepted"), "not-accepted", None, t))
        for e in self.ev:
            if e["event"] == "task.failed" and self.concerns(e, t, t.owners) and \
                    not any(secs(p["at"]) > secs(e["at"]) for p in self.told(t)) and \
                    not any(x["opened"].get("caused_by") == [e["event_id"]] and x["task"] == t.id
                            for x in self.exc.values()):
                d.append((secs(e["at"]), derived(e, t.id), "failed", e, t))
        return d

    def queue(self, by):
        """Who has what, and when sweeps will do something about it (None: never, or not known)."""
        open_ = [x for x in self.exc.values() if not x["resolved"] and not self.closer(x)]
        rows = [(x["id"], x["owner"], None if self.inhibited(x["failure"], self.tasks.get(x["task"]), by) else x["due"])
                for x in open_]
        now, self.now = self.now, 10 ** 12
        for t in self.tasks.values():
            if t.open and not any(x["task"] == t.id and x["owner"] == t.owner for x in open_):
                rows.append((t.id, t.owner, min((d[0] for d in self.open_duties(t)), default=None)))
        self.now = now
        return rows

    def told(self, t):
        """All that its owners told of it, the task being closed or not."""
        return [e for e in self.ev if kind(e) in ("progress", "other") and
                (kind(e) == "progress" or any(s["event"] == e["event"] for s in t.sla)) and
                self.concerns(e, t, t.owners)]

    def notices(self, t):
        want = []
        for i, m in enumerate(t.moves):
            if t.owners[i] not in t.owners[i + 1:]:
                want.append((t.owners[i], "re-routed", m["event_id"], None))
        end = None
        if t.state == "cancelled" and t.closed["event"] == "order.cancelled":
            end = ("order-cancelled", t.closed, None)
        elif t.state == "cancelled" and t.closed["event"].startswith("exception."):
            end = ("exception", t.closed, None)
        elif t.state == "superseded":
            end = ("superseded", t.closed, None)
        elif t.taken:
            end = ("order-cancelled" if t.taken["event"] == "order.cancelled" else "superseded", t.taken,
                   tuple(sorted(t.gone)))
        if end:
            want.append((t.owner, end[0], end[1]["event_id"], end[2]))
        there = {(e["task_id"], e["owner_id"], e["caused_by"][0]) for e in self.ev
                 if e["event"] == "task.cancelled" and e.get("caused_by")}
        return [("cancelled", t.id, o, r, c, l) for o, r, c, l in want if (t.id, o, c) not in there]

    def reached(self, owner, failure):
        t = self.now
        for s in self.silences:
            if secs(s["at"]) <= self.now < secs(s["until"]) and \
                    s.get("owner_id") in (None, owner) and s.get("failure") in (None, failure):
                t = max(t, secs(s["until"]))
        return opens(self.hours(owner), t)

    def path(self, failure):
        p = self.reg["paths"].get(failure)
        if p is None and failure != "fallback-due":
            p = self.reg["paths"]["*"]
        return p

    def step(self, t, what, x):
        reg, now = self.reg, self.now
        failure = self.failure(what, x)
        path = self.path(failure)
        number, repeat, since, owner = 1, 0, now, None
        if what == "step":
            owner = x["owner"]
        if what == "step" and x["steps"][-1].get("step"):
            last = x["steps"][-1]
            number = last["step"]
            since = secs([s for s in x["steps"] if s.get("step") == number and not s.get("repeat")][0]["at"])
            nxt = None
            if path and number < len(path):
                nxt = add(self.hours(owner), since, path[number]["wait"]) + x["stop"]
            if nxt is not None and nxt <= now:
                number, since = number + 1, now
            else:
                repeat = last.get("repeat", 0) + 1
        acts = path[number - 1]["acts"] if path else []
        first = repeat == 0
        named, to, hold, cancel, resend = None, None, False, False, False
        if what == "fallback-due":
            named = to = t.e["fallback_route"]
        for a in acts:
            if a[0] == "retry":
                resend = True
            elif not first:
                continue
            elif a[0] == "re-route":
                named = a[1]
                if a[1] != t.owner:
                    to = a[1]
            elif a[0] in ("escalate", "route"):
                named = a[1]
            elif a[0] == "hold":
                hold = True
            elif a[0] == "cancel":
                cancel = True
        if what == "fallback-due":
            to = t.e["fallback_route"]
        notify = [a[1] for a in acts if a[0] == "notify"]
        holder = named or owner or (notify[0] if notify else None) or t.owner
        if (to or cancel) and len(t.owners) > 1 and t.moved == now:
            return []  # a task changes hands once a sweep
        named_first, waits = None, self.reached(holder, failure)
        if waits <= now:
            waits = None
        else:
            later = [a[1] for s in path[number:] for a in s["acts"] if len(a) == 2] if path else []
            near = [o for o in later if self.reached(o, failure) <= now]
            if near:
                named_first, holder, waits = holder, near[0], None
        also = set(notify) | ({to} if to else set()) | ({named_first} if named_first else set())
        if hold:
            also |= {o for o, d in reg["owners"].items() if d["holds"]}
        also.discard(holder)
        due = []
        hours = self.hours(holder)
        if path and number < len(path):
            due.append(add(hours, since, path[number]["wait"]))
        for a in acts:
            if a[0] == "retry" and repeat + 1 < a[1]:
                due.append(add(hours, now, a[2]))
        again = reg["repeat"].get(failure if failure in reg["paths"] else "*") if path else None
        if again:  # the next multiple that is a whole period after the step; EPOCH is one of all
            again = min(k for k in range(now // again * again, now + 3 * again, again)
                        if k > now and k - since >= again)
        due = min(due) if due else opens(hours, again or now + DAY)
        due = max(due, now)
        rec = (number, repeat, holder, t.owner if to else None, to, hold, resend, tuple(sorted(also)), due,
               named_first, waits, False)
        out = []
        if what == "step":
            out.append(("escalated", x["id"]) + rec)
        else:
            cause = x["event_id"] if what == "failed" else t.e["event_id"]
            out.append(("opened", t.id, failure, x["milestone"] if what == "miss" else None, cause) + rec)
        if to:
            lost = t.owner
            t.owners.append(to)
            t.owner, t.moved = to, now
            if lost != to:
                out.append(("cancelled", t.id, lost, "re-routed", "*", None))
            if t.taken and not cancel:  # who gets a task that lost lines hears of that, too
                out += [c for c in self.notices(t) if c[3] != "re-routed"]
        if cancel:
            t.open = False
            out.append(("cancelled", t.id, t.owner, "exception", "*", None))
        return out


def as_told(records):
    """fx-escalate's records in the model's words."""
    out, fresh = [], {r["event_id"] for r in records}
    for r in records:
        rec = (r.get("step"), r.get("repeat", 0), r.get("owner_id"), r.get("from"), r.get("to"),
               "hold" in r, "resend" in r, tuple(sorted(r.get("notify", []))),
               secs(r["due"]) if "due" in r else None, r.get("instead_of"),
               secs(r["waits_until"]) if "waits_until" in r else None, "inhibited_by" in r)
        if r["event"] == "exception.opened":
            out.append(("opened", r.get("task_id"), r["failure"], r.get("milestone"), r["caused_by"][0]) + rec)
        elif r["event"] == "exception.escalated":
            out.append(("escalated", r["exception_id"]) + rec)
        elif r["event"] == "exception.resolved":
            out.append(("resolved", r["exception_id"], secs(r["at"]), r["resolved_by"]))
        else:
            cause = "*" if r["caused_by"][0] in fresh else r["caused_by"][0]
            lines = tuple(sorted(l["line_id"] for l in r["lines"])) if "lines" in r else None
            out.append(("cancelled", r["task_id"], r["owner_id"], r["reason"], cause, lines))
    return out


# ---- random orders ---------------------------------------------------------------

class Maker:
    def __init__(self, rnd):
        self.rnd, self.n, self.used = rnd, 0, set()

    def ident(self):
        self.n += 1
        return "e%d" % self.n

    def when(self, a, b):
        """A second that no other event has."""
        while True:
            t = self.rnd.randint(a, max(a, b))
            if t not in self.used:
                self.used.add(t)
                return t
            b += 1

    def decision(self, oid, ttype, at):
        rnd = self.rnd
        trig = {"event": ttype, "event_id": self.ident(), "order_id": oid, "at": text(at), "source": "shop"}
        lines = [{"line_id": str(i + 1), "qty": rnd.randint(1, 3)} for i in range(rnd.choice([0, 1, 1, 2, 3]))]
        for l in lines:
            if rnd.random() < .2:
                del l["qty"]
        cut = rnd.randint(0, len(lines)) if rnd.random() < .4 else len(lines)
        groups = [g for g in (lines[:cut], lines[cut:]) if g] or [[]]
        digest = self.ident()
        out = [trig]
        for i, g in enumerate(groups):
            a = self.when(at, at + 60)
            sla = []
            for m in rnd.sample(list(MILESTONES), rnd.choice([0, 1, 1, 2, 3])):
                sla.append({"milestone": m, "event": MILESTONES[m][0],
                            "due": text(self.when(a + 600, a + 2 * DAY))})
            t = {"event": "task.assigned", "event_id": self.ident(), "order_id": oid, "at": text(a),
                 "source": "fx", "task_id": "%s/%s/%d" % (oid, trig["event_id"], i + 1),
                 "trigger": {k: trig[k] for k in ("event", "event_id", "at", "source")},
                 "owner_id": rnd.choice(OWNERS[:2]), "flow_id": "flow", "rule_id": "all", "rule_version": 1,
                 "sla": sla, "decision": {"digest": digest}}
            if g:
                t["lines"] = g
            if rnd.random() < .7:
                t["preferred_carrier"] = rnd.choice(CARRIERS)
            if rnd.random() < .5:
                t["fallback_route"] = rnd.choice(OWNERS[2:])
                t["fallback_at"] = text(self.when(a + 600, a + 2 * DAY))
            out.append(t)
        return out

    def event(self, oid, entries, lo, hi):
        """One more event of an order that has tasks."""
        rnd = self.rnd
        tasks = [e for e in entries if e["event"] == "task.assigned"]
        t = rnd.choice(tasks)
        e = {"event_id": self.ident(), "order_id": oid, "at": text(self.when(lo, hi)), "source": "owner"}
        kinds = ["task.confirmed"] * 3 + ["task.shipped"] * 3 + ["task.completed"] * 2 + \
            ["task.packed", "task.failed", "task.failed", "order.cancelled", "handoff.manual", "task.cancelled",
             "note.made"]
        e["event"] = rnd.choice(kinds)
        if e["event"] == "handoff.manual":
            e["to"] = rnd.choice(OWNERS)
            if rnd.random() < .7:
                e["task_id"] = t["task_id"]
            elif rnd.random() < .5:
                e["from"] = rnd.choice(OWNERS)
            return e
        if e["event"] == "order.cancelled":
            if rnd.random() < .3 and t.get("lines"):
                e["lines"] = [{"line_id": l["line_id"]} for l in t["lines"][:1]]
            return e
        if e["event"] == "task.cancelled":
            e["task_id"], e["owner_id"] = t["task_id"], t["owner_id"]
            return e
        how = rnd.random()
        if how < .4:
            e["task_id"] = t["task_id"]
        elif how < .6:
            e["owner_id"] = rnd.choice(OWNERS)
        if t.get("lines") and rnd.random() < .4:
            e["lines"] = []
            for l in rnd.sample(t["lines"], rnd.randint(1, len(t["lines"]))):
                l = {"line_id": l["line_id"], "qty": rnd.randint(1, 3)}
                if rnd.random() < .4:
                    del l["qty"]
                e["lines"].append(l)
        if e["event"] == "task.failed" and rnd.random() < .8:
            e["failure"] = rnd.choice(["out-of-stock", "out-of-stock", "strange", "carrier-down"])
        if e["event"] in ("task.failed", "task.shipped") and rnd.random() < .5:
            e["carrier"] = rnd.choice(CARRIERS)
        return e

    def opened(self, orders, lo, hi):
        """A person says that a carrier or an owner is down, or one task."""
        rnd = self.rnd
        e = {"event": "exception.opened", "event_id": self.ident(), "source": "person", "by": "ann",
             "at": text(self.when(lo, hi)), "failure": "carrier-down"}
        e["exception_id"] = e["event_id"]
        how = rnd.random()
        if how < .5:
            e["carrier"] = rnd.choice(CARRIERS)
        elif how < .8:
            e[rnd.choice(["about", "owner_id"])] = rnd.choice(OWNERS[:2])
        if rnd.random() < .3:
            oid = rnd.choice(list(orders))
            t = rnd.choice([a for a in orders[oid] if a["event"] == "task.assigned"])
            e["order_id"], e["task_id"] = oid, t["task_id"]
            e["at"] = text(self.when(max(lo, secs(t["at"]) + 1), hi))
        return e

    def person(self, oid, entries, lo, hi):
        rnd = self.rnd
        excs = [e for e in entries if e["event"] == "exception.opened"]
        if not excs:
            return None
        x = rnd.choice(excs)
        e = {"event": rnd.choice(["exception.acknowledged"] * 3 + ["exception.resolved", "hold.released"]),
             "event_id": self.ident(), "order_id": oid, "source": "person",
             "at": text(self.when(max(lo, secs(x["at"]) + 1), max(hi, secs(x["at"]) + 600))), "by": "ann"}
        if e["event"] != "hold.released" or rnd.random() < .5:
            e["exception_id"] = x["exception_id"]
        if e["event"] == "exception.acknowledged" and rnd.random() < .6:
            e["until"] = text(self.when(secs(e["at"]) - 600, secs(e["at"]) + 6 * 3600))
        return e

    def attempt(self, oid, entries, lo, hi):
        rnd = self.rnd
        t = rnd.choice([e for e in entries if e["event"] == "task.assigned"])
        return {"event": "task.attempted", "event_id": self.ident(), "order_id": oid, "source": "fx",
                "at": text(self.when(max(lo, secs(t["at"])), max(hi, secs(t["at"]) + 60))),
                "task_id": t["task_id"], "owner_id": t["owner_id"], "attempt": 1,
                "outcome": rnd.choice(["accepted", "failed", "failed"]), "caused_by": [t["event_id"]]}


def run(regdir, path, now):
    p = subprocess.run(["fx-escalate", "-r", regdir, "--now", text(now), path], capture_output=True, text=True)
    if p.returncode:
        sys.exit("fx-escalate: exit %d: %s" % (p.returncode, p.stderr))
    return p.stdout.splitlines()


def queue(regdir, path, now):
    """fx-queue's rows by order, in the model's words."""
    p = subprocess.run(["fx-queue", "-r", regdir, "--now", text(now), "--ndjson", path], capture_output=True, text=True)
    if p.returncode:
        sys.exit("fx-queue: exit %d: %s" % (p.returncode, p.stderr))
    rows = {}
    for r in map(json.loads, p.stdout.splitlines()):
        due = secs(r["due"]) if "due" in r else None
        rows.setdefault(r.get("order_id"), []).append((r.get("exception_id") or r["task_id"], r.get("owner_id"), due))
        if (due is None) != (r.get("next") is None or " is with " in r["next"] or "resolved by" in r["next"] or
                             r["next"].startswith("inhibited: ")):
            sys.exit("fx-queue: next and due do not go together: %s" % r)
    return rows


class Ledger:
    """The same entries in a ledger, swept with a snapshot each time."""

    def __init__(self, tmp, regdir):
        self.home, self.regdir, self.signed = os.path.join(tmp, "home"), regdir, set()
        subprocess.run(["rm", "-rf", self.home], check=True)
        os.makedirs(self.home)
        subprocess.run(["fx-sign", "-C", self.home, "--init", "--origin", "fx"], check=True, stdout=subprocess.DEVNULL)

    def sweep(self, entries, now):
        new = [e for e in entries if (e["source"], e["event_id"]) not in self.signed]
        self.signed |= {(e["source"], e["event_id"]) for e in new}
        text_in = "".join(json.dumps(e) + "\n" for e in new)
        p = subprocess.run(["fx-sign", "-q", "-C", self.home], input=text_in, text=True, stderr=subprocess.PIPE)
        if p.returncode:
            sys.exit("fx-sign: %d: %s" % (p.returncode, p.stderr))
        p = subprocess.run(["fx-escalate", "-C", self.home, "-r", self.regdir, "--now", text(now), "--snapshot", "1"],
                           capture_output=True, text=True)
        if p.returncode:
            sys.exit("fx-escalate -l: exit %d: %s" % (p.returncode, p.stderr))
        out = []
        for line in p.stdout.splitlines():
            r = json.loads(line)
            r.pop("context", None)
            out.append(json.dumps(r))
        return sorted(out)


def put(path, entries):
    with open(path, "w") as f:
        f.writelines(json.dumps(e) + "\n" for e in entries)


def health(entries, now):
    """Owners whose endpoint took nothing for the grace: fx-task(7), owner-unavailable."""
    out = {}
    for o in OWNERS:
        tries = [e for e in entries if e["event"] == "task.attempted" and e["owner_id"] == o and secs(e["at"]) <= now]
        ok = max([secs(e["at"]) for e in tries if e["outcome"] == "accepted"], default=-10 ** 9)
        bad = [e for e in tries if e["outcome"] == "failed" and secs(e["at"]) > ok]
        if bad:
            first = min(bad, key=lambda e: secs(e["at"]))
            if secs(first["at"]) + GRACE <= now:
                out[o] = first
    return out


def away(reg, unavailable, nobody):
    """Where the path has re-routed the exceptions of owners who take nothing: (exception, step, to)."""
    out = {}
    path = reg["paths"]["*"]
    over = {r["exception_id"] for r in nobody if r["event"] == "exception.resolved"}
    for o in unavailable:
        reached = {}
        for r in nobody:
            if r.get("about") == o and r.get("failure") == "owner-unavailable" and r["exception_id"] not in over:
                reached[r["exception_id"]] = max(reached.get(r["exception_id"], 0), r["step"])
        for x in sorted(reached, reverse=True):
            to = [(i + 1, a[1]) for i, s in enumerate(path[:reached[x]]) for a in s["acts"] if a[0] == "re-route"]
            if to:
                out[o] = (x,) + to[-1]
    return {o: a for o, a in out.items() if a[2] != o}


def round_of(seed, norders, tmp):
    rnd = random.Random(seed)
    reg = random_registry(rnd)
    regdir = os.path.join(tmp, "r%d" % seed)
    write_registry(reg, regdir)
    path = os.path.join(tmp, "l.ndjson")
    mk = Maker(rnd)
    silences = []
    orders, nobody = {}, []  # nobody: the entries of no order
    hold_back = rnd.random() < .3  # attempts in some rounds only: a dead owner silences much
    now = rnd.randint(0, DAY)
    for i in range(norders):
        oid = "O%d" % i
        orders[oid] = mk.decision(oid, "order.placed", mk.when(now, now + DAY))
    checked = 0
    ledger = Ledger(tmp, regdir) if rnd.random() < .4 else None
    for sweep in range(rnd.randint(3, 8)):
        now += rnd.choice([600, 3600, 5 * 3600, 12 * 3600, 26 * 3600]) + rnd.randint(0, 59)
        while now in mk.used:
            now += 1
        mk.used.add(now)
        for oid, entries in orders.items():
            new = []
            for _ in range(rnd.choice([0, 0, 0, 1, 1, 2])):
                lo, hi = now - rnd.choice([3600, 2 * DAY]), now + rnd.choice([0, 0, DAY])
                what = rnd.random()
                if what < .1 and len(entries) < 20:
                    new += mk.decision(oid, rnd.choice(["order.changed", "order.changed", "return.requested"]),
                                       mk.when(lo, hi))
                elif what < .3:
                    new.append(mk.person(oid, entries, lo, hi))
                elif what < .4 and not hold_back:
                    new.append(mk.attempt(oid, entries, lo, hi))
                else:
                    new.append(mk.event(oid, entries, lo, hi))
            new = [e for e in new if e]
            if new and rnd.random() < .1:
                new.append(dict(rnd.choice(new)))  # doubled
            rnd.shuffle(new)
            entries += new
        if rnd.random() < .2:
            s = {"event": "silence.set", "event_id": mk.ident(), "source": "person", "by": "ann",
                 "at": text(mk.when(now - DAY, now)), "until": text(mk.when(now - 3600, now + DAY))}
            if rnd.random() < .7:
                s["owner_id"] = rnd.choice(OWNERS)
            if rnd.random() < .5 or "owner_id" not in s:
                s["failure"] = rnd.choice(["out-of-stock", "carrier-delay", "fallback-due"])
            silences.append(s)
        if rnd.random() < .3:
            e = mk.opened(orders, now - 6 * 3600, now + 3600)
            (orders[e["order_id"]] if "order_id" in e else nobody).append(e)
        for x in [e for e in nobody if e.get("by") and e["event"] == "exception.opened"]:
            if rnd.random() < .3 and secs(x["at"]) < now:
                nobody.append({"event": "exception.resolved", "event_id": mk.ident(), "source": "person", "by": "ann",
                               "exception_id": x["exception_id"], "at": text(mk.when(secs(x["at"]) + 1, now))})
        allof = silences + [e for es in orders.values() for e in es] + nobody
        put(path, allof)
        lines = run(regdir, path, now)
        records = [json.loads(l) for l in lines]
        if ledger:
            other = ledger.sweep(allof, now)
            if other != sorted(json.dumps(r) for r in records):
                print(*sorted(set(other) ^ {json.dumps(r) for r in records}), sep="\n")
                sys.exit("seed %d now %s: the snapshot matters" % (seed, text(now)))
        queued = queue(regdir, path, now)
        unavailable = health(allof, now)
        by_order = {}
        for r in records:
            by_order.setdefault(r["order_id"], []).append(r)
        accounts = {oid: Account(entries, now, reg, silences) for oid, entries in orders.items()}
        by = Account(nobody, now, reg, silences).inhibitors() + [i for a in accounts.values() for i in a.inhibitors()]
        rows = {oid: a.queue(by) for oid, a in accounts.items()}
        for a in accounts.values():
            by = by + a.sweep(set(unavailable))
        gone = away(reg, unavailable, nobody + by_order.get("", []))
        for oid, entries in orders.items():
            account = accounts[oid]
            want, got = sorted(map(str, rows[oid])), sorted(map(str, queued.get(oid, [])))
            if want != got:
                for e in sorted(entries, key=key):
                    print("  ", json.dumps(e))
                print("only the model:", *set(want) - set(got), "only fx-queue:", *set(got) - set(want), sep="\n   ")
                sys.exit("seed %d order %s now %s: the queue differs" % (seed, oid, text(now)))
            want = account.finish(set(unavailable), by, gone)
            ids = {e["event_id"]: e for e in entries}
            got = as_told(by_order.get(oid, []))
            got = [g[:3] + (ids[g[3]]["at"],) if g[0] == "resolved" else g for g in got]
            checked += 1
            if sorted(map(str, want)) != sorted(map(str, got)):
                w, g = set(map(str, want)), set(map(str, got))
                print("seed %d order %s now %s (%d)" % (seed, oid, text(now), now))
                print("paths", json.dumps(reg["paths"]))
                print("owners", json.dumps(reg["owners"]))
                for e in sorted(entries, key=key):
                    print("  ", json.dumps(e))
                print("only the model:", *sorted(w - g), sep="\n   ")
                print("only fx-escalate:", *sorted(g - w), sep="\n   ")
                sys.exit(1)
        # owner-unavailable: one for each dead owner
        told = {r["about"] for r in records if "about" in r and r.get("failure") == "owner-unavailable" and r["event"] == "exception.opened"}
        known = {(r["about"], r["caused_by"][0]) for r in nobody if r["event"] == "exception.opened" and "caused_by" in r}
        should = {o for o, e in unavailable.items() if (o, e["event_id"]) not in known}
        if told != should:
            sys.exit("seed %d now %s: unavailable: %s, should be %s" % (seed, text(now), told, should))
        if rnd.random() < .3:  # any order of the entries
            shuffled = allof[:]
            rnd.shuffle(shuffled)
            put(path, shuffled)
            other = run(regdir, path, now)
            if sorted(other) != sorted(lines):
                print(*sorted(set(lines) ^ set(other)), sep="\n")
                sys.exit("seed %d now %s: the order of the entries matters" % (seed, text(now)))
        if lines and rnd.random() < .4:  # killed after some records, run again
            cut = rnd.randint(0, len(lines))
            put(path, allof + records[:cut])
            rest = run(regdir, path, now)
            if sorted(lines[:cut] + rest) != sorted(lines):
                print("only whole:", *sorted(set(lines) - set(lines[:cut] + rest)), sep="\n")
                print("only in two:", *sorted(set(lines[:cut] + rest) - set(lines)), sep="\n")
                print("cut:", *lines[:cut][-8:], sep="\n")
                sys.exit("seed %d now %s: cut at %d, run again: another set" % (seed, text(now), cut))
        nobody += by_order.pop("", [])
        for oid, rs in by_order.items():
            orders[oid] += rs
    return checked


if __name__ == "__main__":
    seed, rounds, norders = (int(a) for a in sys.argv[1:4])
    total = 0
    with tempfile.TemporaryDirectory() as tmp:
        for s in range(seed, seed + rounds):
            total += round_of(s, norders, tmp)
    print("%d orders at a sweep agree" % total)
