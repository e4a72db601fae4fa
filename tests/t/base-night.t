#!/bin/sh
# fx-night says what was refused, and fails when that is everything.
. "$(dirname "$0")/../lib.sh"

export FX_HOME="$T/home" FX_NOW=2026-11-20T02:10:00Z
mkdir home
cp -R "$TOP/rules.d" home/rules.d
fx-sign --init --origin shop.example/night
S=$TOP/testdata/2026-11-20-orders_export.csv
{ head -1 "$S"; grep '^#30420,' "$S"; } >good
sed 's/,EUR,/,,/' good | sed '2,$s/^#30420/#30421/' >bad # no currency: the contract wants one
sed '2,$s/2026-11-20 02:59:45 +0100/soon/; 2,$s/^#30420/#30422/' good >ugly # refused by the import

exits "an option behind the files" 2 fx-night good -C elsewhere
like "would mix two shops" err 'fx-night: -C: options come before the files'
exits "a clean night" 0 fx-night good
is "nothing to say" "$(cat err)" ""
{ cat good && sed 1d bad && sed 1d ugly; } >mixed
exits "some refused" 0 fx-night mixed
is "how many and where" "$(cat err)" "fx-night: 2 refused, see $T/home/rejects.ndjson"
is "as many as there are rejects" "$(wc -l <home/rejects.ndjson)" 2
exits "all refused by the contract" 1 fx-night bad
like "says so" err '^fx-night: every order was refused'
like "and where they are" err '^fx-night: 1 refused, see '
exits "all refused by the import" 1 fx-night ugly
like "says so, too" err '^fx-night: every order was refused'
head -1 good >none
exits "a night without orders" 0 fx-night none
is "is no fault" "$(cat err)" ""
FX_REJECTS=$T/mine exits "rejects elsewhere" 1 fx-night bad
like "their place" err "1 refused, see $T/mine\$"
done_testing
