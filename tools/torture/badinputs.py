"""Broken files: a documented end within the limits, and sums that agree."""

import json
import sys
from pathlib import Path

import corpus
from harness import Job, Ran, run
from sums import check

SECONDS, KIB = 20, 2 << 20  # 2 GiB of address space
LIMITS = ["sh", "-c", f'ulimit -v {KIB}; ulimit -c 0; exec "$@"', "limited"]
DOCUMENTED = (0, 1, 3)


def made():
    """A few broken files that need no folder."""
    good = corpus.dump(20_000)
    packed = corpus.packed(good)
    flipped = bytearray(packed)
    flipped[len(packed) // 2] ^= 1
    record = json.dumps({"text": "It rained all night, and the rivers rose again by noon."}).encode()
    return {
        "empty": b"",
        "nul": b"\0" * 5000,
        "escape.txt": b"\x1b[31mred\x1b[0m \x9b2J\x07\n" * 50,
        "cut.gz": packed[: len(packed) // 3],
        "head-only.gz": packed[:10],
        "tail.gz": packed + b"garbage",
        "zeros.gz": packed + b"\0" * 700,
        "flipped.gz": bytes(flipped),
        "cut.zst": b"\x28\xb5\x2f\xfd\x04",
        "deep.jsonl": b'{"text":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n" + record + b"\n",
        "surrogate.jsonl": b'{"text":"\\ud800"}\n' + record + b"\n",
        "open.csv": b"id,text\n1,\"one\n" + b"2,two\n" * 5000 + b'3,"' + (b"x, " + b"y" * 96 + b"\n") * 200_000,
        "ragged.csv": b"id;text\r\n" + b"1;a;b\r\n2\r\n\"" * 3000,
        "wide.csv": b"text" + b"," * 120_000 + b"\n" + (b"a" + b"," * 120_000 + b"\n") * 20,
        "bom.jsonl": b"\xef\xbb\xbf" + record + b"\r\n",
        "utf16.txt": good.decode("utf-8", "replace").encode("utf-16"),
        "line.txt": b"x" * 40_000_000,
        "feeds.txt": b"\f\n" * 40_000,
        "utf8.txt": bytes(range(256)) * 100,
    }


def verdict(ran):
    """Why an end is not good, or ""."""
    if ran.code == -99:
        return ran.err
    return ran.crashed() or (ran.code not in DOCUMENTED and f"code {ran.code}: {ran.err[-200:]!r}") or ""


def one(part, setup, path, content):
    """A file by name and by standard input, cleaned and explained."""
    for how, inputs, stdin in (("file", [path], b""), ("stdin", ["-"], content)):
        job = Job(setup.bin, setup.work / "run", inputs, stdin)
        ran = job.run(wrap=LIMITS, limit=SECONDS)
        # Code 3 is that no input could be read: there is nothing to check then.
        problem = verdict(ran) or (ran.code in (0, 1) and check(job)) or ""
        part.trial(problem, f"run {path.name} as {how}")
        ran = run([*LIMITS, setup.bin, "explain", *inputs], stdin, limit=SECONDS)
        part.trial(verdict(ran), f"explain {path.name} as {how}")
        for left in job.paths():
            left.unlink(missing_ok=True)


def torture(part, setup):
    files = []
    for name, content in made().items():
        path = setup.work / "made" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        files.append(path)
    if setup.badinputs:
        files += sorted(p for p in setup.badinputs.rglob("*") if p.is_file())
    else:
        part.skip("the folder of broken files (--badinputs): only those made here")
    for path in files:
        one(part, setup, path, path.read_bytes())
    part.note(f"{len(files)} files")
    controls(part, setup)


def controls(part, setup):
    """Programs that end as none may."""
    for what, script in (
        ("a panic", "import sys; sys.stderr.write(\"thread 'main' panicked at\"); sys.exit(1)"),
        ("an abort", "import os; os.abort()"),
        ("memory without end", "x = bytearray(3 << 30)"),
        ("a strange code", "import sys; sys.exit(9)"),
    ):
        ran = run([*LIMITS, sys.executable, "-c", script])
        part.control(verdict(ran) if what != "memory without end" else "MemoryError" in ran.err, what)
    part.control(verdict(run(["sleep", "60"], limit=0.2)), "a run without end")
    part.control(verdict(Ran(101, b"", "")), "code 101")
    path = Path(setup.work / "control.txt")
    path.write_bytes(corpus.dump(50_000))
    job = Job(setup.bin, setup.work / "run", [path])
    job.run()
    job.out.write_bytes(b"".join(job.out.read_bytes().splitlines(keepends=True)[:-1]))
    part.control(check(job), "a lost row")
