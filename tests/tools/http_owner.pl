#!/usr/bin/perl
# A small HTTP owner for tests: http_owner.pl DIR [MODE [PORT]]
# Listens on a loopback port, a free one unless named, writes the port to DIR/port, each request's head and
# body to DIR/req.N (N from 1), and answers by MODE, which DIR/mode may change at any time:
#   ok        200 "ok"            garbage   200 and bytes that mean nothing
#   503       503, Retry-After 7  410 400   that status
#   slow      1 byte a second     close     closes in the middle of the answer
#   redirect  302 to elsewhere
# DIR/connections: a line for each.  DIR/quiet: keep no requests.  A connection is served by a child, so many at once are fine.
# Ends by itself after ten minutes.
use strict;
use warnings;
use IO::Socket::INET;
use POSIX ':sys_wait_h';

my ($dir, $mode, $port) = @ARGV;
$mode //= 'ok';
alarm 600;
my $l = IO::Socket::INET->new(
	Listen => 128, LocalAddr => '127.0.0.1', LocalPort => $port // 0, ReuseAddr => 1) or die $!;
open my $p, '>', "$dir/port.tmp" or die $!;
print $p $l->sockport, "\n";
close $p;
rename "$dir/port.tmp", "$dir/port" or die $!;
$SIG{CHLD} = sub { 1 while waitpid(-1, WNOHANG) > 0 };

sub now_mode {
	open my $f, '<', "$dir/mode" or return $mode;
	my $m = <$f> // $mode;
	chomp $m;
	return $m;
}

sub save {
	my ($head, $body) = @_;
	return if -e "$dir/quiet";
	for (my $n = 1;; $n++) {
		# O_EXCL: children count together
		sysopen(my $f, "$dir/req.$n", 0x1 | 0x40 | 0x80) or next;
		print $f $head, $body, "\n";
		close $f;
		return;
	}
}

sub serve {
	my ($c) = @_;
	while (1) {
		my $head = '';
		while (my $line = <$c>) {
			$head .= $line;
			last if $line =~ /^\r?\n$/;
		}
		return if $head eq '';
		my ($len) = $head =~ /^content-length:\s*(\d+)/im;
		my $body = '';
		read($c, $body, $len) if $len;
		save($head, $body);
		my $m = now_mode();
		if ($m eq 'slow') {
			print $c "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
			for (1 .. 1000) { print $c 'x'; $c->flush; sleep 1 }
		} elsif ($m eq 'close') {
			print $c "HTTP/1.1 200 OK\r\nContent-Le";
			return;
		} elsif ($m eq 'garbage') {
			print $c "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\x00\xff{[\x1b";
		} elsif ($m eq 'redirect') {
			print $c "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
		} elsif ($m eq 'ok') {
			print $c "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
		} else {
			print $c "HTTP/1.1 $m No\r\nRetry-After: 7\r\nContent-Length: 5\r\n\r\nsorry";
		}
		$c->flush;
	}
}

while (1) {
	my $c = $l->accept or next;
	open my $n, '>>', "$dir/connections" or die $!;
	print $n $c->peerport, "\n";
	close $n;
	my $pid = fork // die $!;
	if ($pid == 0) {
		alarm 600;
		close $l;
		serve($c);
		exit 0;
	}
	close $c;
}
