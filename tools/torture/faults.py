"""Failing system calls: the n-th open, write, sync, rename … of the program fails, for every n.

`strace` counts calls by thread, so one n may hit several threads at once. Hits are read from its log with
their paths; a run with hits outside the job (libraries, wake-ups of threads) is not counted.
"""

import re
import shutil
import sys

import corpus
from harness import SIGKILLED, Job, Ran, absent_or, compare, has_option, leftovers, run

WRITERS = ["openat", "write,pwrite64,writev", "fsync", "fdatasync", "ftruncate"]
RENAMES = "rename,renameat,renameat2"
ERRORS = ["ENOSPC", "EIO", "EMFILE", "EINTR"]
POINTS = [(calls, error) for calls in WRITERS for error in ERRORS]
# Linux interrupts none of these, nor the opening of a directory.
POINTS += [(calls, error) for calls in ("mkdir,mkdirat", RENAMES) for error in ERRORS[:2]]
POINTS += [("read,pread64", error) for error in ("EIO", "EINTR")]
CAP = 1500  # runs in all, for the quick form
UNFINISHED = " <unfinished ...>"
# Once the output has its name, closing the store writes to it a last time: what the next one to open it can do without.
PUBLISHED = re.compile(r'rename\w*\(.*/out\.jsonl"\) += 0')
STORE = "/state.redb>"
RESUMED = re.compile(r"^<\.\.\. \w+ resumed>")


class Trace:
    """strace around a command, and what its log says of the job's folder and inputs."""

    def __init__(self, log, folder, inputs):
        self.log, self.folder, self.inputs = log, str(folder), [str(i) for i in inputs]
        self.only = []

    def around(self, calls, error, when):
        inject = [] if error is None else ["-e", f"inject={calls}:error={error}:when={when}"]
        paths = [a for p in self.only for a in ("-P", p)]
        traced = f"trace={calls},{RENAMES}"
        return ["strace", "-f", "-y", "-s", "400", "-o", self.log, *paths, "-e", traced, *inject]

    def lines(self):
        return self.log.read_text(errors="replace")

    def paths(self):
        """All paths of the job's own that the log names."""
        places = "|".join(re.escape(p) for p in [self.folder, *self.inputs])
        return {m.rstrip("/") for m in re.findall(rf"[<\"]((?:{places})[^>\"]*)[>\"]", self.lines())}

    def hits(self):
        """Where faults were put: `output`, `closing`, `input`, `other`; empty if there was none."""
        kinds, begun, published = set(), {}, False
        for line in self.lines().splitlines():
            thread, _, call = line.partition(" ")
            call = RESUMED.sub(lambda _: begun.pop(thread, ""), call.strip())
            if call.endswith(UNFINISHED):
                begun[thread] = call.removesuffix(UNFINISHED)
            elif not call.endswith("(INJECTED)"):
                published |= bool(PUBLISHED.match(call))
            elif "EINTR" in call and "O_DIRECTORY" in call:
                kinds.add("other")
            elif self.folder in call:
                kinds.add("closing" if published and STORE in call else "output")
            elif any(i in call for i in self.inputs):
                kinds.add("input")
            else:
                kinds.add("other")
        return kinds


def judge(ran, hits, error, job, want):
    """What is wrong with a run that met faults, or ""."""
    if ran.crashed() or ran.code == -99:
        return ran.crashed() or ran.err
    if error == "EINTR":
        return f"code {ran.code}: {ran.err}" if ran.code else compare(job.left(), want)
    if hits == {"closing"} and ran.code == 0:
        return compare(job.left(), want) or leftovers(job)
    allowed = {"output": {4, 5}, "closing": {4, 5}, "input": {1, 3}}
    codes = set().union(*(allowed[h] for h in hits if h in allowed))
    if ran.code not in codes:
        return f"code {ran.code}, not of {sorted(codes)}: {ran.err[-300:]!r}"
    if not any(str(p) in ran.err for p in [job.folder, *job.inputs]):
        return f"no path in the message {ran.err[-300:]!r}"
    return absent_or(job.out, want[job.out.name]) if ran.code > 1 else ""


def point(part, job, trace, want, calls, error, when, resume, start):
    """One fault and the run that follows. False if nothing was hit: the run passed this point."""
    shutil.rmtree(job.folder, ignore_errors=True)
    if start:
        shutil.copytree(start, job.folder)
    ran = job.run(*resume, wrap=trace.around(calls, error, when))
    hits = trace.hits()
    if not hits:
        if ran.code:
            part.fail(f"{calls} {error} {when}: untouched, and code {ran.code}: {ran.err[-200:]!r}")
        return False
    if "other" in hits:
        return True
    what = f"{calls} {error} {when} on {'+'.join(sorted(hits))}{', while resuming' if start else ''}"
    problem = judge(ran, hits, error, job, want)
    if not problem and ran.code > 1:
        again = job.run(*resume)
        problem = again.code and f"afterwards code {again.code}: {again.err}" or compare(job.left(), want)
        problem = problem and f"afterwards: {problem}"
    part.trial(problem, what)
    return True


def torture(part, setup):
    if not shutil.which("strace"):
        return part.skip("all: no strace here")
    mixed = setup.work / "in"
    mixed.mkdir()
    times = 5 if part.long else 1
    (mixed / "a.txt").write_bytes(corpus.dump(60_000 * times, 3))
    (mixed / "b.jsonl.gz").write_bytes(corpus.packed(corpus.jsonl(30_000 * times, 4)))
    resume = []
    if has_option(setup.bin, "--resume"):
        resume = ["--checkpoint-every", "20KiB", "--resume"]
    else:
        part.skip("--resume, which this program does not know: a second run stands for it")
    plain = Job(setup.bin, setup.work / "job", [mixed])
    for name, job in (("plain", plain), ("with an index", plain.with_index())):
        shutil.rmtree(job.folder, ignore_errors=True)
        trace = Trace(setup.work / "log", job.folder, [mixed])
        ran = job.run(*resume)
        if ran.code:
            return part.fail(f"{name}: the undisturbed run has code {ran.code}: {ran.err}")
        want = job.left()
        if job is plain:
            controls(part, setup, job, trace, want)
        trace.only = stable_paths(job, trace, resume)
        part.note(f"{name}: calls are counted {'on the paths of the job' if trace.only else 'on all paths'}")
        points = POINTS if part.long or job is plain else [p for p in POINTS if p[1] == "EIO"]
        for start in [None, *unfinished(setup, job, resume, (12, 60) if part.long else (12,))]:
            sweep(part, job, trace, want, (resume, points), start)


def unfinished(setup, job, resume, steps):
    """The folder as it is after a kill at each of `steps`, if the program can do that."""
    for step in steps if resume else ():
        shutil.rmtree(job.folder)
        if job.run(*resume, env={"TEXTMILL_KILL_AT": str(step)}).code == SIGKILLED:
            kept = setup.work / f"unfinished{step}"
            shutil.rmtree(kept, ignore_errors=True)
            yield shutil.copytree(job.folder, kept)


def sweep(part, job, trace, want, how, start):
    resume, points = how
    for calls, error in points:
        for forever in ("", "+") if part.long and error != "EINTR" else ("",):
            when = 1
            while point(part, job, trace, want, calls, error, f"{when}{forever}", resume, start):
                when += 1
                if not part.long and part.trials >= CAP:
                    return part.note(f"stopped at {CAP} points, in {calls} {error} {when}")


def stable_paths(job, trace, resume):
    """The paths the program uses in the job, if two runs use the same; then only calls on them count."""
    seen = []
    for _ in range(2):
        shutil.rmtree(job.folder)
        job.run(*resume, wrap=trace.around(",".join(c for c, _ in POINTS), None, 0))
        seen.append(trace.paths())
    return sorted(seen[0]) if seen[0] == seen[1] else []


def controls(part, setup, job, trace, want):
    """A program that takes no notice of a failed fsync, one that panics, one that names no path."""
    target = job.folder / "x"
    script = (
        f"import os, sys; f = os.open({str(target)!r}, os.O_CREAT | os.O_RDWR)\n"
        "try: os.fsync(f)\nexcept OSError: %s"
    )
    for what, then in (
        ("a failed fsync that is passed over", "pass"),
        ("a panic", "sys.exit(101)"),
        ("a message without a path", "sys.exit('cannot write: failed') or 4"),
    ):
        ran = run([*trace.around("fsync", "EIO", 1), sys.executable, "-c", script % then])
        part.control(trace.hits() == {"output"} and judge(ran, {"output"}, "EIO", job, want), what)
    half = want[job.out.name][:-5]
    job.out.write_bytes(half)
    part.control(judge(Ran(4, b"", str(job.out)), {"output"}, "EIO", job, want), "half an output")
