#!/usr/bin/perl
# An application that binds to a centre, by Debian's libnet-smpp-perl. See ../scenario.py.
use strict;
use warnings;
use Encode qw(encode);
use JSON::PP;
use Net::SMPP;

$| = 1;
# Its author's notes on what it does not know would end among the results.
local $SIG{__WARN__} = sub { };

my ($host, $port, $system_id, $password, $scenario) = @ARGV;
my $wanted = decode_json($scenario);
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
tell_of('bound', status => $bound ? $bound->status : -1);
exit 1 if !$bound || $bound->status;

# Parts told apart by optional parameters; UCS-2 has no character of two units here.
my $octets = encode('UTF-16BE', $wanted->{text});
my @parts = unpack '(a134)*', $octets;
my ($submitted, $receipts, $answered) = (0, 0, 0);
my %waiting;
for my $number (1 .. @parts) {
    my $seq = $smpp->submit_sm(
        async => 1,
        source_addr => $wanted->{code},
        destination_addr => $wanted->{phone},
        registered_delivery => 1,
        data_coding => 8,
        short_message => $parts[$number - 1],
        sar_msg_ref_num => pack('n', 513),
        sar_total_segments => chr(@parts),
        sar_segment_seqnum => chr($number),
    );
    $waiting{$seq} = 'submitted';
}

while ($receipts < @parts || $submitted < @parts || !$answered) {
    my $pdu = $smpp->read_pdu() or last;
    my $command = $pdu->{cmd};
    if ($command == Net::SMPP::CMD_submit_sm_resp) {
        my $what = delete $waiting{ $pdu->{seq} };
        $submitted++ if $what eq 'submitted';
        $answered++ if $what eq 'answered';
        tell_of($what, status => $pdu->{status}, message_id => $pdu->{message_id});
    }
    elsif ($command == Net::SMPP::CMD_enquire_link) {
        $smpp->enquire_link_resp(seq => $pdu->{seq});
    }
    elsif ($command == Net::SMPP::CMD_deliver_sm) {
        $smpp->deliver_sm_resp(seq => $pdu->{seq}, message_id => '');
        if ($pdu->{esm_class} & 0x04) {
            $receipts++;
            (my $id = $pdu->{receipted_message_id}) =~ s/\0$//;
            tell_of(
                'receipt',
                message_id => $id,
                state => ord $pdu->{message_state},
                text => $pdu->{short_message},
            );
            next;
        }
        tell_of(
            'dialled',
            service_type => $pdu->{service_type},
            source => $pdu->{source_addr},
            text => $pdu->{short_message},
            parameters => {
                ussd_service_op => unpack('H*', $pdu->{ussd_service_op}),
                its_session_info => unpack('H*', $pdu->{its_session_info}),
                user_message_reference => unpack('H*', $pdu->{user_message_reference}),
                vendor => defined $pdu->{5377} ? unpack('H*', $pdu->{5377}) : undef,
            },
        );
        my $seq = $smpp->submit_sm(
            async => 1,
            service_type => 'USSD',
            source_addr => $pdu->{destination_addr},
            destination_addr => $pdu->{source_addr},
            data_coding => 8,
            short_message => encode('UTF-16BE', $wanted->{menu}),
            ussd_service_op => "\x02",
            its_session_info => $pdu->{its_session_info},
            user_message_reference => $pdu->{user_message_reference},
        );
        $waiting{$seq} = 'answered';
    }
}
my $unbound = $smpp->unbind();
tell_of('unbound', status => $unbound ? $unbound->status : -1);
