#!/bin/sh
# A thousand random tamperings: each is found, those of entries at the right entry.
. "$(dirname "$0")/../lib.sh"

command -v perl >/dev/null || {
	skip "tampering" "no perl"
	done_testing
}
awk 'BEGIN { for (i = 0; i < 700; i++)
	printf "{\"event\":\"order.placed\",\"event_id\":\"e%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\",\"n\":%d}\n", i, i / 2, i }' >in
fx-sign --init --origin shop.example/orders
fx-sign in >signed
fx-sign --init --origin shop.example/orders -l other -k okey
sed 's/"n"/"m"/' in | fx-sign -q -l other -k okey
cat >tamper.pl <<'X'
use strict;
use warnings;
srand($ARGV[0] // 1);
my $runs = $ARGV[1] // 1000;
sub slurp { my $f = shift; local $/; open my $h, '<:raw', $f or die "$f: $!"; my $t = <$h>; close $h; $t }
sub spew { my ($f, $t) = @_; open my $h, '>:raw', $f or die "$f: $!"; print $h $t; close $h }
my $e = 'ledger/entries/000000.ndjson';
my %good = map { $_ => slurp("ledger/$_") } 'entries/000000.ndjson', 'hashes/0', 'hashes/1', 'checkpoint', 'vkey';
my @lines = split /^/m, $good{'entries/000000.ndjson'};
my @signed = split /^/m, slurp('signed');
my $bad = 0;
sub check { # check NAME CODES ERE: what fx-verify --all says
	my ($name, $codes, $ere) = @_;
	my $out = `fx-verify -q --all 2>&1 </dev/null`;
	my $code = $? >> 8;
	return if $codes =~ /$code/ && $out =~ /$ere/;
	$bad++;
	print "# $name: exit $code, ", substr($out, 0, 300), "\n";
}
for my $run (1 .. $runs) {
	my $kind = int rand 10;
	my $i = int rand @lines;
	if ($kind == 0) { # a bit of an entry
		my @l = @lines;
		my $at = int rand(length($l[$i]) - 1);
		substr($l[$i], $at, 1) ^= chr(1 << int rand 7);
		next if substr($l[$i], $at, 1) eq "\n";
		spew($e, join '', @l);
		check("run $run: a bit of entry $i", '1', "entry $i: ");
	} elsif ($kind == 1) { # two neighbours swapped
		next if $i == 0;
		my @l = @lines;
		@l[$i - 1, $i] = @l[$i, $i - 1];
		spew($e, join '', @l);
		check("run $run: entry $i swapped", '1', 'entry ' . ($i - 1) . ': it and entry ' . $i);
	} elsif ($kind == 2) { # two swapped that are far from each other
		my $j = int rand @lines;
		next if abs($i - $j) < 2;
		my @l = @lines;
		@l[$i, $j] = @l[$j, $i];
		spew($e, join '', @l);
		check("run $run: entries $i and $j", '1', "entry $i: (.|\n)*entry $j: |entry $j: (.|\n)*entry $i: ");
	} elsif ($kind == 3) { # a truncated file
		my $n = int rand length $good{'entries/000000.ndjson'};
		my $t = substr $good{'entries/000000.ndjson'}, 0, $n;
		my $whole = () = $t =~ /\n/g;
		spew($e, $t);
		check("run $run: cut at $n", '1', "entry $whole: ");
	} elsif ($kind == 4) { # a line taken out, or put in
		my @l = @lines;
		splice @l, $i, 1;
		spew($e, join '', @l);
		check("run $run: entry $i out", '1', "entry $i: ");
	} elsif ($kind == 5) { # a hash
		my $t = $good{'hashes/0'};
		substr($t, int rand length $t, 1) ^= chr(1 << int rand 8);
		spew('ledger/hashes/0', $t);
		check("run $run: a hash", '1', 'hashes');
	} elsif ($kind == 6) { # an upper hash, or a file cut short
		my $f = int rand 2 ? 'hashes/1' : 'hashes/0';
		my $t = $good{$f};
		if (int rand 2) { substr($t, int rand length $t, 1) ^= chr(1 << int rand 8) }
		else { $t = substr $t, 0, int rand length $t }
		spew("ledger/$f", $t);
		check("run $run: $f", '1', 'hashes');
	} elsif ($kind == 7) { # a bit of the checkpoint, or another ledger's
		my $t = $good{checkpoint};
		if (int rand 4) { substr($t, int rand length $t, 1) ^= chr(1 << int rand 8) }
		else { $t = slurp('other/checkpoint') }
		spew('ledger/checkpoint', $t);
		check("run $run: the checkpoint", '2', 'checkpoint');
	} elsif ($kind == 8) { # a bit of the verifier key
		my $t = $good{vkey};
		substr($t, int rand(length($t) - 1), 1) ^= chr(1 << int rand 8);
		spew('ledger/vkey', $t);
		check("run $run: the key", '2', 'vkey|checkpoint');
	} else { # a token moved to another record
		my $j = int rand @signed;
		next if $i == $j;
		my ($token) = $signed[$j] =~ /("audit_token":"[^"]*")/;
		my $r = $signed[$i];
		$r =~ s/"audit_token":"[^"]*"/$token/;
		spew('moved', $r);
		my $out = `fx-verify moved 2>&1 </dev/null`;
		if ($? >> 8 != 1 || $out !~ /forged: it differs from entry $j at /) {
			$bad++;
			print "# run $run: a moved token: $out\n";
		}
	}
	spew("ledger/$_", $good{$_}) for keys %good;
}
my $out = `fx-verify --all 2>&1 </dev/null`;
if ($? || $out !~ /700 entries, 0 erased, 0 faults/) { print "# the untouched ledger: $out\n"; $bad++ }
print "# $runs tamperings, $bad missed\n";
exit($bad ? 1 : 0);
X
perl tamper.pl "${SEED:-1}" "$([ "${FX_SAN:-}" ] && echo 100 || echo 1000)" 2>&1 | sed 's,^[^#],# &,' >log
tail -20 log
grep -q ', 0 missed' log
ok "each of them is found and named"
done_testing
