"""The same bytes for any number of threads, any order of a folder's entries, any cut of standard input."""

import hashlib
import shutil
import subprocess

import corpus
from harness import Job, compare


def fed(job, source, step):
    """Runs a job whose standard input comes in pieces of `step` bytes."""
    job.folder.mkdir(parents=True)
    child = subprocess.Popen(job.args(), stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
    with child.stdin as pipe, open(source, "rb") as content:
        while piece := content.read(step):
            while piece:  # a signal may cut a write short
                piece = piece[pipe.write(piece) :]
    return child.wait()


def digest(path):
    with open(path, "rb") as file:
        return f"BLAKE2b {hashlib.file_digest(file, 'blake2b').hexdigest()[:32]}"


def torture(part, setup):
    steps = [997, 65_537, 1 << 20]
    for size, rounds, steps in (
        [(8_000_000, 10, steps), (2_000_000_000, 1, [65_537])] if setup.long else [(2_000_000, 2, steps)]
    ):
        matrix(part, setup, size, rounds, steps)
    control(part, setup)


def matrix(part, setup, size, rounds, steps):
    """Threads x orders of a folder, threads x cuts of standard input; one result of each."""
    made, mixed, dump = setup.work / "made", setup.work / "mixed", setup.work / "dump.txt"
    corpus.folder(made, size)
    with open(dump, "wb") as file:
        for seed in range(11, 11 + max(1, size // 100_000_000)):
            file.write(corpus.dump(min(size, 100_000_000), seed) + b"\n\n\n")
    results = {}

    def same(kind, code, job, what):
        left = job.left(digest)
        want = results.setdefault(kind, left)
        differs = compare(left, want) and f"{compare(left, want)}; {compare(left, {'report': want['report']})}"
        part.trial(code and f"code {code}" or differs, f"{what}, {size} bytes")
        shutil.rmtree(job.folder)

    for round in range(rounds):
        for threads in (1, 2, 8):
            corpus.shuffled(mixed, made, setup.rng)
            options = ["--threads", threads]
            job = Job(setup.bin, setup.work / "job", [mixed], options=options)
            same("folder", job.run(limit=1200).code, job, f"folder, {threads} threads, order {round}")
            shutil.rmtree(mixed)
            for step in (*steps, setup.rng.randrange(1, 300_000)):
                job = Job(setup.bin, setup.work / "job", ["-"], options=options)
                same("stdin", fed(job, dump, step), job, f"stdin by {step}, {threads} threads")
    for kind, left in results.items():
        part.note(f"{kind} of {size} bytes: {left['out.jsonl']}")
    shutil.rmtree(made)
    dump.unlink()


def control(part, setup):
    """One article more has to be seen."""
    content, left = corpus.dump(500_000, 11), []
    for more in (b"", b"\n\n\n\nOne more\n\nIt was written last."):
        job = Job(setup.bin, setup.work / f"control{len(more)}", ["-"], content + more)
        job.run()
        left.append(job.left(digest))
    part.control(compare(*left), "another input")
