"""Writes a big input to standard output: generate.py KIND SIZE, SIZE in bytes or documents."""

import sys
import zlib

PIECE = 1 << 20


def line(size):
    """One line without an end."""
    for _ in range(size // PIECE):
        yield b"x" * PIECE


def record(size):
    """One JSON record in one line."""
    yield b'{"text":"'
    yield from line(size)
    yield b'"}\n'


def large(size):
    """JSON records of nearly 16 MiB, one after the other."""
    text = b"It rained all night in the north, and the rivers rose again by noon, said the mayor of the county.\\n" * 155_000
    for n in range(size // len(text)):
        yield b'{"text":"Report %d\\n' % n + text + b'"}\n'


def bomb(size, piece=b"\0" * PIECE):
    """gzip of `size` bytes."""
    packer = zlib.compressobj(9, wbits=31)
    for _ in range(size // len(piece)):
        yield packer.compress(piece)
    yield packer.flush()


def wordy(size):
    """gzip of text in short lines that are all alike."""
    return bomb(size, b"It rained all night in the north.\n" * 30_000)


def tiny(count):
    """Tiny documents of plain text, all different."""
    for n in range(0, count, 1000):
        yield b"".join(b"Title %d\n\nIt rained %d times in the north, and the rivers rose again by noon, said the mayor.\n\f\n" % (k, k) for k in range(n, n + 1000))


def records(count):
    """Tiny JSON records, all different."""
    for n in range(0, count, 1000):
        yield b"".join(b'{"text":"It rained %d times in the north, and the rivers rose again by noon, they said."}\n' % k for k in range(n, n + 1000))


def newlines(size):
    """Nothing but ends of lines."""
    for _ in range(size // PIECE):
        yield b"\n" * PIECE


try:
    for piece in globals()[sys.argv[1]](int(sys.argv[2])):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
except BrokenPipeError:
    pass  # the program need not read it all
finally:
    sys.stderr.close()
