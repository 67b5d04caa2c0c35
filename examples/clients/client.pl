# SPDX-License-Identifier: MIT
# client.pl: an actor of a workload file as a Perl program that stays. Copy it beside yours:
#
#     require "./client.pl";
#     run(put => sub {
#         my ($index, $seed) = @_;            # the same seed for the same operation
#         store($seed) or return ("fail", "the store refused it");
#         return ("ok", "put $seed");         # the answer, and a note or nothing
#     });                                     # [actor writer] program = perl writer.pl
#
# A die() ends the program, with its message in the finding.
use strict;
use warnings;

sub run {
    my %actions = @_;
    open(my $told, "<&", \*STDIN) or die "dup: $!";
    open(STDIN, "<", "/dev/null") or die "/dev/null: $!"; # what is started here reads no operations
    open(my $answers, ">&", \*STDOUT) or die "dup: $!";
    open(STDOUT, ">&", \*STDERR) or die "dup: $!"; # what is printed goes where errors go
    $answers->autoflush(1);
    while (my $line = <$told>) {
        my ($index, $action, $seed, $generation) = split " ", $line;
        my ($answer, $note) = $actions{$action}->($index, $seed, $generation);
        ($note //= "") =~ s/\s+/ /g;
        print $answers "$answer $note\n";
    }
}
use IO::Handle;
1;
