#!/usr/bin/perl
# An application that sends octets that are no PDU, and tells what is answered until the end.
use strict;
use warnings;
use JSON::PP;
use Net::SMPP;

$| = 1;
local $SIG{__WARN__} = sub { };
my ($host, $port, $system_id, $password, $octets) = @ARGV;
my $json = JSON::PP->new->canonical;
sub tell_of { my ($event, %facts) = @_; print $json->encode({ event => $event, %facts }), "\n"; }

my ($smpp, $bound) = Net::SMPP->new_transceiver(
    $host,
    port => $port,
    system_id => $system_id,
    password => $password,
    smpp_version => 0x34,
    interface_version => 0x34,
);
tell_of('bound', status => $bound->status);
$smpp->syswrite(pack 'H*', $octets);
while (my $pdu = $smpp->read_pdu()) {
    tell_of('answer', command => $pdu->{cmd}, status => $pdu->{status}, sequence => $pdu->{seq});
}
tell_of('closed');
