# flagd's published scenarios, each as a registry that fx-route decides by (see ../conformance.sh).
# shellcheck shell=sh
# A flag is a rule, its targeting key an order, a variant an owner.  Shares that follow each other are
# versions of one rule, as all of them hash the same id; a key that is hashed alone is cut into rule
# id and order id, which are hashed one after the other.
set -u
suite=$FX_SUITES/flagd
if [ ! -d "$suite" ]; then
	printf 'flagd\t0\t0\t299\tabsent: %s\n' "$suite"
	exit 0
fi
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
python3 - "$suite" "$work" <<'PY'
import json, os, re, subprocess, sys
suite, work = sys.argv[1:]

def scenarios(path):
    """Each example as (scenario, flag, tags, values by column, what is expected)."""
    name = flag = key = None
    tags = pending = block = []
    header, given = None, {}
    for line in open(path, encoding="utf-8"):
        line = line.strip()
        m = re.search(r'with key "([^"]*)" and a', line)
        t = re.search(r'targeting key with value "([^"]*)"', line)
        v = re.search(r'value should be "([^"]*)"', line)
        if line.startswith("@"):
            pending = pending + line.split()
        elif line.startswith("Scenario"):
            name, tags, pending, block, given, header = line.split(": ", 1)[1], pending, [], [], {}, None
            outline = "Outline" in line
        elif m:
            flag = m.group(1)
        elif t:
            given["key"] = t.group(1)
        elif v and not outline:
            yield name, flag, tags, dict(given), v.group(1)
        elif line.startswith("Examples"):
            block, pending, header = pending, [], None
        elif line.startswith("|"):
            cells = [c.strip() for c in line.strip("|").split("|")]
            if header is None:
                header = cells
                continue
            row = dict(zip(header, cells))
            named = row.get("key", flag) if flag == "<key>" else flag
            yield name, named, tags + block, row, row.get("value")

def rule(id, version, owner, when="true", share=None):
    r = {"rule": id, "version": version, "maintainer": "m", "when": when, "owner": owner, "flow": "f"}
    if share:
        r["canary"] = share
    return r

def shares(id, variants, of=4):
    return [rule(id, i + 1, v, share="%d%%" % (100 * (i + 1) // of)) for i, v in enumerate(variants[:-1])] + \
        [rule("rest", 1, variants[-1])]

def mapped(flag, row):
    """The rules, the order's id and its fields; or why there are none."""
    key = row.get("key") or row.get("targetingKey") or row.get("targeting_key") or row.get("targeting key") or ""
    one, rest = key[:1], key[1:]
    suits = ["clubs", "diamonds", "hearts", "spades"]
    if flag == "fractional-flag":
        return shares(flag, suits), row["name"], {}
    if flag == "fractional-flag-shorthand":
        return shares(flag, ["heads", "tails"], 2), key, {}
    if flag == "fractional-flag-A-shared-seed":
        return shares("shared-seed", suits), row["name"], {}
    if flag == "fractional-flag-B-shared-seed":
        return shares("shared-seed", ["ace-of-" + s for s in suits]), row["name"], {}
    if flag == "fractional-hash-edge-flag":
        return shares(one, ["lower", "upper"], 2), rest, {}
    if flag == "fractional-single-entry-flag":
        return [rule(flag, 1, "single", share="100%"), rule("rest", 1, "fallback")], key, {}
    if flag == "fractional-nested-if-flag":
        return [rule(one, 1, "premium", 'tier == "premium"', "50%"),
                rule(one, 2, "standard", 'tier != "premium"', "50%"), rule("rest", 1, "standard")], rest, {"tier": row["tier"]}
    if flag == "fractional-nested-var-flag":
        return [rule(one, 1, "red", 'color == "red"', "50%"), rule(one, 2, "green", 'color == "green"', "50%"),
                rule(one, 3, "fallback", share="50%"), rule("rest", 1, "blue")], rest, {"color": row["color"]}
    if flag == "fractional-nested-weight-flag":
        return [rule(one, 1, "red", 'tier == "premium"', "90.909%"), rule("rest", 1, "blue")], rest, {"tier": row["tier"]}
    if flag == "fractional-as-condition-flag":
        return [rule(flag, 1, "hundreds", share="100%"), rule("rest", 1, "ones")], key, {}
    if flag == "starts-ends-flag":
        return [rule("s", 1, "prefix", 'id.startsWith("abc")'), rule("e", 1, "postfix", 'id.endsWith("xyz")'),
                rule("rest", 1, "none")], "1", {"id": row["id"]}
    if flag == "targeting-key-flag":
        return [rule("t", 1, "hit", 'order_id == "5c3d8535-f81a-4478-a6d3-afaa4d51199e"'), rule("rest", 1, "miss")], key, {}
    if flag in ("fractional-as-condition-false-flag", "fractional-zero-weights-flag", "fractional-negative-weight-flag"):
        return "a share of 0 % or less is refused at load"
    if flag == "fractional-null-bucket-key-flag":
        return "an order without an id is refused"
    if flag and flag.startswith(("starts-with-non", "ends-with-non")):
        return [rule("s", 1, "wrong", 'num.%s("abc")' % ("startsWith" if "starts" in flag else "endsWith")),
                rule("rest", 1, "fallback")], "1", {"num": 123}
    return "flagd's own operators ($ref, sem_ver, its errors and clock)"

def decide(rules, order_id, fields):
    owners = sorted({r["owner"] for r in rules})
    with open(work + "/r.yaml", "w") as f:
        json.dump({"owners": [{"id": o, "kind": "team"} for o in owners], "rules": rules}, f)
    order = dict(fields, event="order.placed", event_id="e", order_id=order_id, source="s", at="2026-11-20T00:00:00Z")
    p = subprocess.run(["fx-route", "-r", work, "--now", "2026-11-20"], input=json.dumps(order) + "\n",
                       capture_output=True, text=True)
    for line in p.stdout.splitlines():
        r = json.loads(line)
        if "task_id" in r:
            return r["owner_id"], r["decision"]["reason"]
    return p.stderr.strip(), None

bad = 0
for title, name, must in (("flagd fractional", "evaluator-gherkin-fractional.feature", 35),
                          ("flagd targeting", "gherkin-targeting.feature", 44)):
    passed, failed, skipped = 0, 0, {}
    for scenario, flag, tags, row, value in scenarios(os.path.join(suite, name)):
        version = [t[-2:] for t in tags if re.match(r"@fractional-v\d$", t)]
        # v2 is said of the examples where they differ, else of the scenario
        why = "another version's hash (v1, v3)" if version and version[-1] != "v2" else mapped(flag, row)
        if isinstance(why, str):
            skipped[why] = skipped.get(why, 0) + 1
            continue
        got, reason = decide(*why)
        want = value if value is not None else "fallback"
        if got == want and row.get("reason", reason) == reason:
            passed += 1
        else:
            failed += 1
            print("flagd: %s: %s %r: %s (%s), not %s" % (scenario, flag, row, got, reason, want), file=sys.stderr)
    note = "; ".join("%d %s" % (n, w) for w, n in skipped.items())
    print("%s\t%d\t%d\t%d\t%s" % (title, passed, failed, sum(skipped.values()), note))
    bad |= failed > 0 or passed != must
sys.exit(bad)
PY
