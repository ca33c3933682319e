# The line between the two sides of an own-kernel node: frames, one chunk on its way at a time.
#
# A frame is its kind (one byte), the number of its command (4 bytes, big-endian), the length of its body (4) and the body.
#   S  start: words of the command, each ended by \0         I  input     E  end of input
#   O  output     R  error output     X  the command ended: its exit code as a number
#   Q  the command's caller has gone away     Y  the guest is ready     K  a chunk has arrived     N  nothing; is answered by the same
#   T  asks for the guest's clock, and tells it: seconds since the epoch     J  nanoseconds by which to set it forward
#
# The serial line of a user-mode kernel has a buffer of 4096 bytes (arch/um/drivers/line.c, LINE_BUFSIZE), and a writer that
# filled it was not always woken up again. So no more than half of it is ever under way: the next chunk waits for a K.
package OwnKernel;
use strict;
use warnings;
use Errno;
use Exporter "import";
use IO::Handle;
our @EXPORT_OK = qw(frame frames pour outlet offer drain is_stuck line send_frame arrived is_full);

use constant CHUNK => 2000;
use constant QUEUE_MAX => 65536;
use constant WAITING_MAX => 64 << 20;

sub frame { my ($kind, $number, $body) = @_; return pack("a N N/a*", $kind, $number, $body // "") }

# Cuts all whole frames off the front of the buffer.
sub frames {
    my ($buffer) = @_;
    my @whole;
    while (length($$buffer) >= 9) {
        my ($kind, $number, $length) = unpack("a N N", $$buffer);
        last if length($$buffer) < 9 + $length;
        push @whole, [$kind, $number, substr($$buffer, 9, $length)];
        substr($$buffer, 0, 9 + $length) = "";
    }
    return @whole;
}

# Writes all of it; false when nobody reads any more.
sub pour {
    my ($handle, $bytes) = @_;
    while (length $bytes) {
        my $done = syswrite($handle, $bytes);
        if (!defined $done) { next if $!{EINTR} || $!{EAGAIN}; return 0 }
        substr($bytes, 0, $done) = "";
    }
    return 1;
}

# What goes to somebody who may be slow to read it, or never do so: what he does not take waits here, and nobody else waits for him.
sub outlet { my ($handle) = @_; $handle->blocking(0); return { handle => $handle, waiting => "" } }

# As drain.
sub offer { my ($outlet, $bytes) = @_; $outlet->{waiting} .= $bytes; return drain($outlet) }

# False when nobody reads any more.
sub drain {
    my ($outlet) = @_;
    while (length $outlet->{waiting}) {
        my $done = syswrite($outlet->{handle}, $outlet->{waiting}, 65536);
        if (!defined $done) { next if $!{EINTR}; return $!{EAGAIN} ? 1 : 0 }
        substr($outlet->{waiting}, 0, $done) = "";
    }
    return 1;
}

# He has not read for so long that he will not.
sub is_stuck { my ($outlet) = @_; return length($outlet->{waiting}) > WAITING_MAX }

# One end of the serial line.
sub line { my ($handle) = @_; return { handle => $handle, queue => "", free => 1 } }

sub send_frame {
    my ($line, $kind, $number, $body) = @_;
    $line->{queue} .= frame($kind, $number, $body);
    pump($line);
}

# A K has come: the other side has taken the last chunk.
sub arrived { my ($line) = @_; $line->{free} = 1; pump($line) }

# Whoever has more to send should wait.
sub is_full { my ($line) = @_; return length($line->{queue}) > QUEUE_MAX }

sub pump {
    my ($line) = @_;
    return if !$line->{free} || $line->{queue} eq "";
    $line->{free} = 0;
    my $chunk = substr($line->{queue}, 0, CHUNK, "");
    # A frame of its own around the chunk, so that the other side knows when all of it is there.
    pour($line->{handle}, frame("C", 0, $chunk));
}

1;
