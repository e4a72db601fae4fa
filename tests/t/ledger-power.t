#!/bin/sh
# Power lost at any moment of an append: of what was not synced any part may be missing, and the
# ledger still opens, verifies, has all that was acknowledged, and goes on.
# The append's system calls are traced, and the disk that they leave is modelled: data counts after
# fsync or fdatasync of its file, names after fsync of their directory; before, any subset may be there.
. "$(dirname "$0")/../lib.sh"

command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null && command -v perl >/dev/null || {
	skip "power loss" "strace or perl is missing"
	done_testing
}
[ -z "${FX_SAN:-}" ] || {
	skip "power loss" "sanitizers make system calls of their own"
	done_testing
}
records() {
	awk -v p="$1" -v n="$2" 'BEGIN { for (i = 0; i < n; i++) {
		printf "{\"event\":\"order.placed\",\"event_id\":\"%s%d\",\"source\":\"s\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\"}\n", p, i, i
		printf "{\"event\":\"task.assigned\",\"event_id\":\"%s%d.t\",\"source\":\"fx\",\"order_id\":\"O%d\",\"at\":\"2026-11-20T18:03:09Z\",\"trigger\":{\"source\":\"s\",\"event_id\":\"%s%d\"},\"decision\":{\"digest\":\"D\",\"tasks\":1}}\n", p, i, i, p, i
	} }'
}
cat >power.pl <<'X'
use strict;
use warnings;
my ($trace, $total, $samples) = @ARGV;
srand(7);
sub slurp { my $f = shift; local $/; open my $h, '<:raw', $f or die "$f: $!"; my $t = <$h>; close $h; $t }
my (%ns, %dns, %content, %durable, %fd, @pending, @states);
my $next = 1;
# The disk before: all of base is there, but for the index, which is derived.
for my $f (split /\n/, `cd base && find . -type f -not -path './index/*'`) {
	$f =~ s,^\./,,;
	$ns{$f} = $dns{$f} = $next;
	$content{$next} = $durable{$next} = slurp("base/$f");
	$next++;
}
sub put { my ($t, $off, $d) = @_; $$t .= "\0" x ($off - length $$t) if $off > length $$t; substr($$t, $off, length $d) = $d }
sub apply { # one operation on names and contents
	my ($op, $names, $data, $how) = @_;
	if ($op->{k} eq 'w') {
		my $d = $how == 2 ? substr($op->{d}, 0, length($op->{d}) / 2) : $op->{d};
		$data->{$op->{i}} //= '';
		put(\$data->{$op->{i}}, $op->{o}, $d);
	} elsif ($op->{k} eq 't') {
		$data->{$op->{i}} = substr($data->{$op->{i}} // '', 0, $op->{n});
	} elsif ($op->{k} eq 'create') { $names->{$op->{p}} = $op->{i}
	} elsif ($op->{k} eq 'unlink') { delete $names->{$op->{p}}
	} else { # rename
		delete $names->{$op->{from}} if ($names->{$op->{from}} // 0) == $op->{i};
		$names->{$op->{p}} = $op->{i};
	}
}
sub now { my $op = shift; apply($op, \%ns, \%content, 1); push @pending, $op }
sub sync_if { # what the test holds for becomes durable
	my $test = shift;
	my @left;
	for my $op (@pending) {
		if ($test->($op)) { apply($op, \%dns, \%durable, 1) } else { push @left, $op }
	}
	@pending = @left;
}
sub dir_of { my $p = shift; $p =~ m,^(.*)/[^/]*$, ? $1 : '.' }
my $out = '';
my %seen;
sub snapshot {
	my $m = @pending;
	my $n = 3 ** $m;
	my @picks = $n <= $samples ? 0 .. $n - 1 : map { int rand $n } 1 .. $samples;
	for my $pick (@picks) {
		my (%names, %data);
		%names = %dns;
		%data = %durable;
		my $x = $pick;
		for my $op (@pending) {
			my $how = $x % 3;
			$x = int($x / 3);
			next if !$how || ($how == 2 && $op->{k} ne 'w');
			apply($op, \%names, \%data, $how);
		}
		my $key = join "\0", $out, map { $_ . "\1" . ($data{$names{$_}} // '') } sort keys %names;
		next if $seen{$key}++;
		push @states, [{map { $_ => $data{$names{$_}} // '' } keys %names}, $out];
	}
}
open my $t, '<', $trace or die;
while (<$t>) {
	s/^\d+\s+//;
	s/\\x([0-9a-f]{2})/chr hex $1/ge;
	my ($call, $ret) = /^(\w+)\(.* = (-?\d+)(?: .*)?$/s or next;
	next if $ret < 0;
	if ($call eq 'openat' && /^openat\((\w+), "([^"]*)", (\S+)/) {
		my ($at, $path, $flags) = ($1, $2, $3);
		$path = "$fd{$at}{p}/$path" if $at ne 'AT_FDCWD' && $fd{$at};
		$path =~ s,^(\./)?ledger/?,, or do { delete $fd{$ret}; next };
		$path =~ s,^\./,,;
		$path = '.' if $path eq '';
		$fd{$ret} = {p => $path eq '.' ? 'ledger' : "ledger/$path", f => $path, i => $ns{$path}, o => 0};
		next if $path =~ /^index/ || $flags =~ /O_DIRECTORY/;
		if ($flags =~ /O_CREAT/ && !$ns{$path}) {
			now({k => 'create', p => $path, i => $next});
			$content{$next} = '';
			$fd{$ret}{i} = $next++;
			snapshot();
		}
		now({k => 't', i => $fd{$ret}{i}, n => 0}) if $flags =~ /O_TRUNC/;
	} elsif ($call eq 'close' && /^close\((\d+)/) {
		delete $fd{$1};
	} elsif ($call eq 'write' && /^write\(1, "(.*)", \d+\)/s) {
		$out .= $1;
		snapshot();
	} elsif (($call eq 'write' || $call eq 'pwrite64') && /^\w+\((\d+), "(.*)", \d+(?:, (\d+))?\)/s && $fd{$1} && $fd{$1}{i}) {
		my $o = $3 // $fd{$1}{o};
		now({k => 'w', i => $fd{$1}{i}, o => $o, d => $2});
		$fd{$1}{o} += length $2 unless defined $3;
		snapshot();
	} elsif ($call eq 'ftruncate' && /^ftruncate\((\d+), (\d+)/ && $fd{$1} && $fd{$1}{i}) {
		now({k => 't', i => $fd{$1}{i}, n => $2});
		snapshot();
	} elsif ($call =~ /^f(data)?sync$/ && /\((\d+)/ && $fd{$1}) {
		my $f = $fd{$1};
		snapshot();
		if ($f->{i}) { my $i = $f->{i}; sync_if(sub { $_[0]{k} =~ /^[wt]$/ && $_[0]{i} == $i }) }
		else { sync_if(sub { $_[0]{k} !~ /^[wt]$/ && dir_of($_[0]{p}) eq $f->{f} }) }
		snapshot();
	} elsif ($call =~ /^renameat2?$/ && /^\w+\(\d+, "([^"]*)", \d+, "([^"]*)"/) {
		now({k => 'rename', from => $1, p => $2, i => $ns{$1}});
		snapshot();
	} elsif ($call eq 'unlinkat' && /^unlinkat\(\d+, "([^"]*)"/ && $ns{$1}) {
		now({k => 'unlink', p => $1, i => $ns{$1}});
		snapshot();
	}
}
my $bad = 0;
sub run { my ($cmd) = @_; my $r = system($cmd); $r >> 8 }
for my $s (@states) {
	my ($files, $said) = @$s;
	system 'rm -rf ledger && mkdir -p ledger/entries ledger/hashes';
	for my $f (keys %$files) {
		my $d = dir_of("ledger/$f");
		mkdir $d;
		open my $h, '>:raw', "ledger/$f" or die "$f: $!";
		print $h $files->{$f};
		close $h;
	}
	open my $h, '>:raw', 'said' or die;
	print $h $said;
	close $h;
	my $what = run('fx-verify -q --all 2>err') ? 'it does not verify'
		 : run('fx-verify -q said 2>err') ? 'what was acknowledged is not there'
		 : run('fx-sign in >again 2>err') ? 'it does not go on'
		 : run('fx-verify -q --all 2>err') ? 'it does not verify afterwards'
		 : `cat ledger/entries/*.ndjson | wc -l` != $total ? 'not each record once'
		 : $said ne substr(slurp('again'), 0, length $said) ? 'other tokens the second time' : '';
	next if $what eq '';
	$bad++;
	print "# $what: ", slurp('err') =~ s/\n/ /gr, join(' ', map { "$_=" . length $files->{$_} } sort keys %$files), "\n" if $bad < 10;
}
print "# ", scalar @states, " states of the disk, $bad bad\n";
exit($bad || @states < 15 ? 1 : 0);
X
lose() { # lose NAME TOTAL
	rm -rf ledger
	cp -R base ledger
	strace -f -xx -s 10000000 -o trace -e trace=openat,close,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,ftruncate,unlinkat \
		fx-sign in >/dev/null || echo "# fx-sign failed"
	perl power.pl trace "$2" "${3:-40}" >log 2>&1
	status=$?
	sed 's/^[^#]/# &/' log
	[ $status -eq 0 ]
	ok "$1"
}
fx-sign --init --origin shop.example/orders
cp -R ledger base
records a 3 >in
lose "the first append of all" 6
rm -rf ledger
cp -R base ledger
records b 125 | fx-sign -q
rm -rf base
cp -R ledger base
lose "an append that completes a tile" 256
# what a killed writer left is cut first
cp in in1
records c 2 >in
rm -rf ledger
cp -R base ledger
strace -f -o /dev/null -e inject=renameat,renameat2:signal=KILL fx-sign in >/dev/null 2>&1
rm -rf base
cp -R ledger base
is "a dead writer left something" "$(wc -l <base/entries/000000.ndjson)" 254
cp in1 in
lose "an append after a crash" 256
done_testing
