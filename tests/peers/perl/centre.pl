#!/usr/bin/perl
# A centre by Debian's libnet-smpp-perl, whose phones say what the lines of its input tell it to:
# {"from": "13...", "text": "YE"}, {"octets": "..."} (a PDU that is none), {"hang_up": true}.
#
# It tells what is answered: each whole message, its parts put together by their headers.
use strict;
use warnings;
use Encode qw(decode encode);
use IO::Select;
use JSON::PP;
use Net::SMPP;

$| = 1;
# Its author's notes on what it does not know would end among the results.
local $SIG{__WARN__} = sub { };

my $wanted = decode_json($ARGV[0]);
my $json = JSON::PP->new->canonical->utf8;
sub tell_of { my ($event, %facts) = @_; print $json->encode({ event => $event, %facts }), "\n"; }

my $listener = Net::SMPP->new_listen(
    '127.0.0.1',
    port => 0,
    smpp_version => 0x34,
    interface_version => 0x34,
);
tell_of('listening', port => $listener->sockport);
my $ready = IO::Select->new($listener, \*STDIN);
my ($bound, %parts);
my $told = '';

sub leave {
    $ready->remove($bound);
    close $bound;
    undef $bound;
    tell_of('closed');
}

sub heard {
    my ($pdu) = @_;
    my ($text, $key, $total, $nth) = ($pdu->{short_message}, '', 1, 1);
    if ($pdu->{esm_class} & 0x40) {
        my $length = 1 + ord $text;
        ($key, $total, $nth) = unpack "x3 a@{[$length - 5]} CC", $text;
        $text = substr $text, $length;
    }
    $key .= "/$pdu->{destination_addr}";
    $parts{$key}[$nth - 1] = $text;
    return if grep({ defined } @{ $parts{$key} }) < $total;
    my $whole = join '', @{ delete $parts{$key} };
    $whole = decode($pdu->{data_coding} == 8 ? 'UTF-16BE' : 'latin1', $whole);
    tell_of('answer', to => $pdu->{destination_addr}, from => $pdu->{source_addr}, text => $whole);
}

sub take {
    my $pdu = $bound->read_pdu() or return leave();
    my ($command, $seq) = @$pdu{qw(cmd seq)};
    if ($command == Net::SMPP::CMD_bind_transceiver) {
        my $known = $pdu->{system_id} eq $wanted->{name} && $pdu->{password} eq $wanted->{password};
        my %status = (seq => $seq, status => $known ? 0 : 0x0e, system_id => 'net-smpp');
        $bound->bind_transceiver_resp(%status);
        tell_of('bound', system_id => $pdu->{system_id});
    }
    elsif ($command == Net::SMPP::CMD_submit_sm) {
        $bound->submit_sm_resp(seq => $seq, message_id => 'net-smpp');
        heard($pdu);
    }
    elsif ($command == Net::SMPP::CMD_deliver_sm_resp) {
        tell_of('taken', status => $pdu->{status});
    }
    elsif ($command == Net::SMPP::CMD_enquire_link) {
        $bound->enquire_link_resp(seq => $seq);
    }
    elsif ($command == Net::SMPP::CMD_unbind) {
        $bound->unbind_resp(seq => $seq);
        tell_of('unbound');
    }
    else {
        my $name = $command == Net::SMPP::CMD_generic_nack ? 'nack' : 'error';
        tell_of($name, status => $pdu->{status}, command => $command);
    }
}

sub obey {
    my $act = decode_json($_[0]);
    return $bound->syswrite(pack 'H*', $act->{octets}) if defined $act->{octets};
    return leave() if $act->{hang_up};
    my $wide = $act->{text} =~ /[^\x00-\x7f]/;
    $bound->deliver_sm(
        async => 1,
        source_addr => $act->{from},
        destination_addr => $wanted->{code},
        data_coding => $wide ? 8 : 0,
        short_message => $wide ? encode('UTF-16BE', $act->{text}) : $act->{text},
    );
}

while (1) {
    for my $handle ($ready->can_read) {
        if ($handle == $listener) {
            $bound = $listener->accept;
            $ready->add($bound);
        }
        elsif (defined $bound && $handle == $bound) { take() }
        elsif ($handle == \*STDIN) {
            # Not by <STDIN>: what that keeps back, nobody would wait for.
            sysread STDIN, my $octets, 65_536 or exit 0;
            $told .= $octets;
            obey($1) while $told =~ s/^(.*)\n//;
        }
    }
}
