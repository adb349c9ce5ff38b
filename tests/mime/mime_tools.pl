# What MIME-tools makes of each file: a line for each part with its place, its type and the hash of
# its decoded content, without the line ends behind it.
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use MIME::Parser;

sub describe {
    my ($name, $place, $entity) = @_;
    my $content = $entity->bodyhandle ? $entity->bodyhandle->as_string : "";
    $content =~ s/\r\n/\n/g;
    $content =~ s/\n+\z//;
    print join("\t", $name, $place, $entity->mime_type, md5_hex($content)), "\n";
    my $number = 0;
    describe($name, $place . "." . ++$number, $_) for $entity->parts;
}

for my $path (@ARGV) {
    my $parser = MIME::Parser->new;
    $parser->output_to_core(1);
    $parser->tmp_to_core(1);
    describe($path =~ s{.*/}{}r, "1", $parser->parse_open($path));
}
