# Cache::Memcached: servers and keys (hexadecimal) in, a section a set; each key's server out.
use strict;
use warnings;
use Cache::Memcached;

# No connection: the server that the hash chose is the answer.
no warnings 'redefine';
*Cache::Memcached::sock_to_host = sub { return $_[1] };

my ($client, @servers);
while (my $line = <STDIN>) {
    chomp $line;
    if ($line =~ /^server (\S+) (\d+)$/) {
        push @servers, $2 == 1 ? $1 : [$1, $2];
    } elsif ($line eq 'set') {
        $client = Cache::Memcached->new({ servers => [@servers] });
        @servers = ();
    } else {
        print $client->get_sock(pack('H*', substr($line, 1))), "\n";
    }
}
