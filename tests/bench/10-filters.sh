#!/bin/sh
# The filters on a stream of 650-byte order exports, beside jq, wc and cat.
. "$(dirname "$0")/lib.sh"
in=$BENCH_DIR/triggers.ndjson
home=$BENCH_DIR/home
[ -s "$in" ] && [ "$(wc -c <"$in")" -ge $((BENCH_MB * 1000000)) ] || bench_gen trigger "$BENCH_MB" >"$in" || exit 2
bytes=$(wc -c <"$in")
lines=$(wc -l <"$in")
echo "$lines order exports of $((bytes / lines)) bytes, $((bytes / 1000000)) MB; the last column is the ratio to jq -c ."

rm -rf "$home"
mkdir -p "$home"
cp -R "$TOP/rules.d" "$home/rules.d"
export FX_HOME="$home"
jq=$(seconds 1 "jq -c . $in >/dev/null")
row "jq -c ." "$bytes" "$jq" "$jq"
row "wc -l" "$bytes" "$(seconds 3 "wc -l $in >/dev/null")" "$jq"
row "cat" "$bytes" "$(seconds 3 "cat $in | cat >/dev/null")" "$jq"
s=$(seconds 3 "fx-validate $in >/dev/null")
row "fx-validate" "$bytes" "$s" "$jq"
want fx-validate "$s" "$jq" 12
exports=$BENCH_DIR/exports.ndjson
bench_gen export "$BENCH_MB" >"$exports" || exit 2
s=$(seconds 1 "jq -c . $exports >/dev/null")
row "jq -c . (task exports)" "$(wc -c <"$exports")" "$s" "$s"
v=$(seconds 3 "fx-validate $exports >/dev/null")
row "fx-validate (task exports)" "$(wc -c <"$exports")" "$v" "$s"
want "fx-validate (task exports)" "$v" "$s" 12
row "fx-route -j 1 (11 rules, 1.5 tasks a trigger)" "$bytes" \
	"$(seconds 3 "fx-route -j 1 --now 2026-11-20T18:00:00Z $in >/dev/null")" "$jq"
s=$(seconds 3 "fx-route --now 2026-11-20T18:00:00Z $in >/dev/null")
row "fx-route ($(nproc) processors, at most 4 threads)" "$bytes" "$s" "$jq"
want fx-route "$s" "$jq" 8
fx-sign --init --origin bench >/dev/null 2>&1 || exit 2
s=$(seconds 1 "fx-sign $in >/dev/null")
row "fx-sign FILE (with its fdatasync)" "$bytes" "$s" "$jq"
want "fx-sign FILE" "$s" "$jq" 4
rm -rf "$home/ledger" "$home/key"
fx-sign --init --origin bench >/dev/null 2>&1 || exit 2
p=$(seconds 1 "jq -c . <$in >/dev/null")
s=$(seconds 1 "cat $in | fx-sign -q")
row "cat FILE | fx-sign -q" "$bytes" "$s" "$p"
want "fx-sign at the end of a pipe" "$s" "$p" 2.5
s=$(seconds 3 "fx-verify --all >/dev/null")
row "fx-verify --all" "$bytes" "$s" "$jq"
want "fx-verify --all" "$s" "$jq" 12
s=$(seconds 3 "fx-report >/dev/null")
row "fx-report" "$bytes" "$s" "$jq"
rm -rf "$home/ledger" "$home/key"
fx-sign --init --origin bench >/dev/null 2>&1 || exit 2
s=$(seconds 1 "fx-validate $in | fx-route --now 2026-11-20T18:00:00Z | fx-sign -q")
row "validate | route | sign -q (2.5 records each)" "$bytes" "$s" "$jq"
exit $((bench_missed > 0))
