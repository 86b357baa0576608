"""The same bytes for any number of threads, any order of a folder's entries, any cut of standard input."""

import subprocess

import corpus
from harness import Job, compare


def fed(job, content, step):
    """Runs a job whose standard input comes in pieces of `step` bytes."""
    job.folder.mkdir(parents=True)
    child = subprocess.Popen(job.args(), stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
    with child.stdin as pipe:
        for at in range(0, len(content), step):
            pipe.write(content[at : at + step])
    return child.wait()


def torture(part, setup):
    size = 8_000_000 if setup.long else 2_000_000
    mixed, content = setup.work / "mixed", corpus.dump(size // 4, 11)
    results = {"folder": None, "stdin": None}

    def same(kind, code, job, what):
        left = job.left()
        results[kind] = results[kind] or left
        part.trial(code and f"code {code}" or compare(left, results[kind]), what)

    for round in range(10 if setup.long else 2):
        for threads in (1, 2, 8):
            if mixed.exists():
                mixed.rename(setup.work / f"old{round}-{threads}")
            corpus.folder(mixed, size, order=setup.rng)
            job = Job(setup.bin, setup.work / f"d{round}-{threads}", [mixed], options=["--threads", threads])
            same("folder", job.run().code, job, f"folder, {threads} threads, order {round}")
            for step in (997, 65_537, 1 << 20, setup.rng.randrange(1, 300_000)):
                job = Job(setup.bin, setup.work / f"s{round}-{threads}-{step}", ["-"], options=["--threads", threads])
                same("stdin", fed(job, content, step), job, f"stdin by {step}, {threads} threads")

    other = Job(setup.bin, setup.work / "other", ["-"], content + b"\n\n\n\nOne more\n\nIt was written last.")
    other.run()
    part.control(compare(other.left(), results["stdin"]), "another input")
