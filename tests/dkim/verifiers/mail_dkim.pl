#!/usr/bin/perl
# Mail::DKIM's word on messages. It knows no Ed25519: such signatures are "invalid".
#
# usage: mail_dkim.pl ZONE FILE...    prints "FILE ALGORITHM pass|fail|invalid" for each signature
#
# ZONE has lines of a zone file, which Net::DNS reads.
use strict;
use warnings;

use Mail::DKIM::Verifier;
use Net::DNS::RR;

my $zone = shift @ARGV;
my %records;
open my $lines, '<', $zone or die "$zone: $!\n";
while (my $line = <$lines>) {
    my $record = Net::DNS::RR->new($line);
    $records{ $record->owner } = $record;
}
close $lines;

{
    no warnings 'redefine';
    *Mail::DKIM::DNS::query = sub {
        my ($name) = @_;
        $@ = exists $records{$name} ? 'NOERROR' : 'NXDOMAIN';
        return exists $records{$name} ? ( $records{$name} ) : ();
    };
}

foreach my $path (@ARGV) {
    my $verifier = Mail::DKIM::Verifier->new();
    open my $message, '<:raw', $path or die "$path: $!\n";
    local $/ = undef;
    $verifier->PRINT(<$message>);
    $verifier->CLOSE;
    close $message;
    foreach my $signature ( $verifier->signatures ) {
        print join( "\t", $path, $signature->algorithm, $signature->result ), "\n";
    }
}
