#!/usr/bin/env python3
"""What learning costs: user time and peak memory of pipelines over one stream. Python 3.9+, standard library.

  learn_cost.py TEXTMILL [--mb 2000] [--runs 1] [--threads 1] [--file FILE] [--pipelines news,news-learned]

Without --file it makes a stream of so many MB as it goes: articles of twelve sites with labels, and short lines
that stand in one article only, which is what fills tables. With --file the program reads that file or folder.
Prints a line for each pipeline: least user time of the runs in seconds, its ratio to that of the first pipeline, and
the peak resident set in MiB.
"""
import argparse
import os
import random
import subprocess
import sys

WORDS = ("river mayor bridge harvest railway storm school market island winter council ship theatre mountain library "
         "ferry garden letter engine window valley farmer doctor teacher painter record measure promise").split()


def block(rng, size):
    """About `size` bytes of articles; `\x00` stands for a word that is another each time the block is used."""
    out, length = [], 0
    while length < size:
        site = rng.randrange(12)
        lines = [f"=== https://site{site}.example/{rng.randrange(10**9)}-\x00", f"Article {rng.choice(WORDS)} \x00",
                 "Home", f"Section {'abcdefghijkl'[site]}", f"{rng.randrange(20)} min read"]
        for _ in range(rng.randrange(3, 9)):
            words = " ".join(rng.choice(WORDS) for _ in range(rng.randrange(25, 60)))
            lines.append(f"The {words} of {rng.randrange(10**6)}.")
            if rng.random() < 0.5:
                lines.append(f"About the {rng.choice(WORDS)} \x00 {rng.choice(WORDS)}")
        lines += ["Go to the front page", "Write to the desk"]
        text = "\n\n".join(lines) + "\n\n\n"
        out.append(text)
        length += len(text)
    return "".join(out)


def letters(number):
    """A number as a word: shapes mask digits."""
    out = ""
    while True:
        out, number = out + "abcdefghijklmnopqrst"[number % 20], number // 20
        if not number:
            return out


def feed(pipe, megabytes):
    rng = random.Random(1)
    blocks = [block(rng, 1 << 20).encode() for _ in range(16)]
    written, number = 0, 0
    while written < megabytes * 10**6:
        piece = blocks[number % len(blocks)].split(b"\x00")
        words = (letters(number * 100_003 + k).encode() for k in range(len(piece)))
        piece = b"".join(part for pair in zip(piece, words) for part in pair)
        pipe.write(piece)
        written, number = written + len(piece), number + 1
    pipe.close()


def run(args, pipeline):
    """User time in seconds and peak memory in MiB of one run."""
    command = [args.textmill, "-q", "--threads", str(args.threads), "-p", pipeline]
    if args.file:
        command.append(args.file)
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    if args.file:
        child.stdin.close()
    else:
        feed(child.stdin, args.mb)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} ended with status {status}")
    return usage.ru_utime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("textmill")
    parser.add_argument("--mb", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--file")
    parser.add_argument("--pipelines", default="news,news-learned")
    args = parser.parse_args()
    pipelines = args.pipelines.split(",")
    # Pipelines take turns, so that whatever else the machine does hits all of them.
    rounds = [[run(args, pipeline) for pipeline in pipelines] for _ in range(args.runs)]
    least = [min(times) for times in zip(*([time for time, _ in round] for round in rounds))]
    peaks = [max(peaks) for peaks in zip(*([peak for _, peak in round] for round in rounds))]
    for pipeline, time, peak in zip(pipelines, least, peaks):
        print(f"{pipeline:<24} {time:8.2f} s  x{time / least[0]:.2f}  {peak:7.0f} MiB")


if __name__ == "__main__":
    main()
