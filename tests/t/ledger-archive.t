#!/bin/sh
# fx-archive: segments put away are read as before; tiles as the specification has them.
. "$(dirname "$0")/../lib.sh"

awk 'BEGIN { for (i = 0; i < 140000; i++)
	printf "{\"event\":\"order.placed\",\"event_id\":\"e%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\"}\n", i, i % 100000 }' >in
fx-sign --init --origin shop.example/orders
fx-sign in >signed
ok "140,000 entries"
cat ledger/entries/*.ndjson >all
exits "nothing to put away but the last" 0 fx-archive --keep 2
like "says so" out '^0 segments'
exits "put away" 0 fx-archive --keep 1
is "one is compressed" "$(cd ledger/entries && echo *)" "000000.ndjson.zst 000001.ndjson 000002.ndjson"
exits "the rest" 0 fx-archive
is "but the last" "$(cd ledger/entries && echo *)" "000000.ndjson.zst 000001.ndjson.zst 000002.ndjson"
exits "the ledger is whole" 0 fx-verify --all
like "with all entries" out '140000 entries, 0 erased, 0 faults'
fx-cat >o
check "read as before" cmp o all
is "an entry" "$(fx-cat 65535 65536 131071 131072 | jq -r .event_id | xargs)" "e65535 e65536 e131071 e131072"
is "an order over segments" "$(fx-cat --order O7 | jq -r .event_id | xargs)" "e7 e100007"
exits "its records are vouched for" 0 fx-verify signed
fx-sign in >again
check "a duplicate goes on with its first token" cmp again signed
rm -rf ledger/index
sed 's/"e\([0-9]\)/"f\1/' in | head -3 | fx-sign -q
ok "and it goes on, also when the index is made anew"
exits "whole" 0 fx-verify --all
zstd -dc ledger/entries/000000.ndjson.zst >plain 2>/dev/null
check "zstd reads it" cmp -n "$(wc -c <plain)" plain all
# moved away
rm -rf two
mkdir two away
cp -R ledger two/
zstd -dq --rm two/ledger/entries/*.zst
exits "moved away" 0 fx-archive -C two --move away
is "there" "$(cd away && echo *)" "000000.ndjson.zst 000001.ndjson.zst"
exits "still whole" 0 fx-verify -C two --all
# tampered with
cp -R ledger three
zstd -dq --rm three/entries/000000.ndjson.zst
sed -i '100s/O99/O98/' three/entries/000000.ndjson
exits "a segment that was changed is not put away" 2 fx-archive -l three
is "it stays" "$(cd three/entries && echo 000000*)" "000000.ndjson"
zstd -q --rm three/entries/000000.ndjson
exits "put away by somebody else it is found" 1 fx-verify -l three --all
like "at its entry" err 'entry 99: it was changed'
truncate -s -100 three/entries/000001.ndjson.zst
exits "a damaged file" 2 fx-verify -l three --all
like "is named" err '000001.ndjson.zst'

# tiles
exits "tiles" 0 fx-archive --tiles tiles
n=140003
is "the checkpoint goes along" "$(cmp tiles/checkpoint ledger/checkpoint)" ""
is "full tiles of level 0" "$(find tiles/tile/0 -type f -not -path '*.p/*' | wc -l)" $((n / 256))
is "a partial one" "$(find tiles/tile/0 -path '*.p/*' -type f | sed 's/.*tile.0.//')" "$(printf '%03d.p/%d' $((n / 256)) $((n % 256)))"
is "level 1" "$(find tiles/tile/1 -type f | sed 's/.*tile.1.//' | sort | xargs)" "000 001 002.p/34"
is "level 2" "$(find tiles/tile/2 -type f | sed 's/.*tile.2.//')" "000.p/2"
is "no level 3" "$(ls tiles/tile | xargs)" "0 1 2 entries"
fx-cat >all2
perl -e '
	my ($bad, $at) = (0, 0);
	open my $all, "<", "all2" or die;
	for my $n (0 .. 546) {
		my $f = sprintf "tiles/tile/entries/%03d", $n;
		$f .= ".p/227" if $n == 546;
		open my $h, "<:raw", $f or die "$f: $!";
		local $/; my $b = <$h>;
		for (my $i = 0; length $b; $i++) {
			my $len = unpack "n", $b;
			my $e = substr $b, 2, $len;
			$b = substr $b, 2 + $len;
			{ local $/ = "\n"; my $want = <$all>; $bad++ if $want ne "$e\n"; }
			$at++;
		}
	}
	print "$at $bad\n";' >o 2>err || cat err
is "bundles hold the entries behind their lengths" "$(cat o)" "140003 0"
awk 'BEGIN { printf "{\"event\":\"x\",\"event_id\":\"long\",\"source\":\"s\",\"at\":\"2026-11-20T18:03:09Z\",\"x\":\""; for (i = 0; i < 70000; i++) printf "x"; print "\"}" }' | fx-sign -q
exits "an entry over 65,535 bytes" 1 fx-archive --tiles tiles
like "is counted" err '1 entries are over 65535'
exits "both at once" 2 fx-archive --tiles t --move away
exits "a file" 2 fx-archive in
done_testing
