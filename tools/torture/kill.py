"""SIGKILL at every durable step and at random times: resumed runs end byte-equal.

`TEXTMILL_KILL_AT=n` (with debug assertions) makes the program kill itself at its n-th durable step.
"""

import shutil
import subprocess
import time

import corpus
from harness import SIGKILLED, Job, absent_or, compare, has_option, leftovers
from sums import check

STEPS = 5000  # no job here has as many durable steps
RESUME = "--resume"


def jobs(setup):
    """Kinds of input and of output."""
    size = 3_000_000 if setup.long else 1_500_000
    plain, mixed = setup.work / "in.txt", corpus.folder(setup.work / "mixed", size // 2, 5)
    plain.write_bytes(corpus.dump(size))
    every = lambda size: ["--checkpoint-every", size]
    yield "plain", Job(setup.bin, setup.work / "plain", [plain], options=every("200KiB"))
    yield "folder", Job(setup.bin, setup.work / "folder", [mixed], options=every("100KiB"))
    yield "stdin", Job(setup.bin, setup.work / "stdin", ["-"], corpus.dump(size // 3, 9), options=every("100KiB"))
    shards = ["--shard-size", "64K", "--shard-format", "jsonl.gz", "--split", "train=0.9,validation=0.1"]
    yield "shards", Job(
        setup.bin, setup.work / "shards", [mixed], ending=".d", options=every("100KiB"), always=shards
    )
    yield "gz", Job(setup.bin, setup.work / "gz", [mixed], ending=".gz", options=every("100KiB"))


def fresh(job):
    shutil.rmtree(job.folder, ignore_errors=True)


def undisturbed(part, name, job):
    """What the job leaves if nothing happens, with and without checkpoints."""
    wants = []
    for kind, options in (("without checkpoints", []), ("with checkpoints", job.options)):
        other = job.elsewhere(job.folder.parent / f"{name}-undisturbed")
        other.options = options
        fresh(other)
        ran = other.run(*([RESUME] if options else []))
        part.trial(ran.code and f"code {ran.code}: {ran.err}" or check(other), f"{name} {kind}")
        wants.append(other.left())
    if not job.ending:  # where a gzip member ends may follow checkpoints
        part.trial(compare(*wants), f"{name}: checkpoints change the output")
    return wants[1]


def settle(job, want, env=None):
    """Resumes to the end; what is wrong then, or ""."""
    early = absent_or(job.out, want[job.out.name])
    ran = job.run(RESUME, env=env)
    return early or (ran.code and f"resumed to code {ran.code}: {ran.err[-300:]!r}") or compare(job.left(), want)


def every_step(part, name, job, want):
    """Kill at step 1, 2, … until the run passes; the number of steps."""
    for n in range(1, STEPS):
        fresh(job)
        ran = job.run(RESUME, env={"TEXTMILL_KILL_AT": str(n)})
        if ran.code == 0:
            if n == 1:
                part.fail(f"{name}: TEXTMILL_KILL_AT=1 does not kill; are debug assertions off?")
            return n - 1
        problem = "" if ran.code == SIGKILLED else f"code {ran.code}: {ran.err[-300:]!r}"
        part.trial(problem or settle(job, want) or leftovers(job), f"{name} killed at step {n}")
    part.fail(f"{name}: more than {STEPS} steps")
    return STEPS


def over_an_old_output(part, name, job, want, steps):
    """With an output of an earlier run there: at each step it is the old one or the new one."""
    if job.always:
        return  # a folder takes the place of nothing
    old = b"an older row\n"
    for n in range(1, steps + 1, 1 if part.long else 5):
        fresh(job)
        job.folder.mkdir()
        job.out.write_bytes(old)
        job.run(RESUME, env={"TEXTMILL_KILL_AT": str(n)})
        problem = "the old output is gone" if not job.out.exists() else ""
        if not problem and job.out.read_bytes() != old:
            problem = absent_or(job.out, want[job.out.name])
        ran = job.run(RESUME)
        problem = problem or (ran.code and f"resumed to code {ran.code}: {ran.err[-300:]!r}")
        part.trial(problem or compare(job.left(), want), f"{name} over an old output, killed at step {n}")


def steps_while_resuming(part, name, job, want, steps, rng, trials):
    """Chains: killed at a step, killed again while resuming, five times, then let through."""
    for _ in range(trials):
        fresh(job)
        chain = [rng.randrange(1, steps + 1) for _ in range(5)]
        problem = ""
        for n in chain:
            ran = job.run(RESUME, env={"TEXTMILL_KILL_AT": str(n)})
            problem = problem or absent_or(job.out, want[job.out.name])
            if ran.code not in (0, SIGKILLED):
                problem = problem or f"code {ran.code}: {ran.err[-300:]!r}"
        part.trial(problem or settle(job, want) or leftovers(job), f"{name} killed at steps {chain} in a row")


def killed_after(job, seconds):
    """Starts a run and kills it after some time; its code."""
    job.folder.mkdir(parents=True, exist_ok=True)
    stdin = job.folder.parent / "stdin.bytes"
    stdin.write_bytes(job.stdin)
    with open(stdin, "rb") as given:
        child = subprocess.Popen(job.args(RESUME), stdin=given, stdout=-3, stderr=-3)
        time.sleep(seconds)
        child.kill()
        return child.wait()


def any_time(part, name, job, want, rng, trials, links):
    """Kills at random times of a run, `links` of them one after another."""
    fresh(job)
    began = time.monotonic()
    job.run(RESUME)
    length = time.monotonic() - began
    met = 0
    for _ in range(trials):
        fresh(job)
        times = [rng.random() * length for _ in range(links)]
        problem = ""
        for seconds in times:
            code = killed_after(job, seconds)
            met += code == SIGKILLED
            if code not in (0, SIGKILLED):
                problem = problem or f"code {code}"
            problem = problem or absent_or(job.out, want[job.out.name])
        said = ", ".join(f"{t * 1000:.0f} ms" for t in times)
        part.trial(problem or settle(job, want) or leftovers(job), f"{name} killed after {said}")
    return met


def torture(part, setup):
    if not has_option(setup.bin, RESUME):
        return part.skip("all: this program knows no --resume")
    trials, links = (2000, 5) if setup.long else (100, 1)
    wants = []
    for name, job in jobs(setup):
        want = undisturbed(part, name, job)
        here = every_step(part, name, job, want)
        over_an_old_output(part, name, job, want, here)
        steps_while_resuming(part, name, job, want, here, setup.rng, trials // 20)
        met = any_time(part, name, job, want, setup.rng, trials // 4, links)
        part.note(f"{name}: {here} durable steps; {met} of {trials // 4 * links} kills at random times met the program")
        wants.append((job, want, here))
    controls(part, wants)


def controls(part, wants):
    """Damage must be noticed, and another input must compare as different."""
    (job, want, steps), (_, other, _) = wants[:2]
    part.control(compare(other, want), "the result of another input")
    fresh(job)
    job.run(RESUME, env={"TEXTMILL_KILL_AT": str(steps // 2)})  # half way no output has its name
    kept = job.folder.parent / "unfinished"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(job.folder, kept)
    files = [p.relative_to(kept) for p in sorted(kept.rglob("*")) if p.is_file() and p.stat().st_size > 64]
    part.control(files, "no unfinished state: a kill that left nothing")
    for name in files:
        content = (kept / name).read_bytes()
        flipped = bytearray(content)
        flipped[len(flipped) // 4] ^= 0x20
        for what, damaged in (("a flipped bit", bytes(flipped)), ("a lost half", content[: len(content) // 2])):
            fresh(job)
            shutil.copytree(kept, job.folder)
            (job.folder / name).write_bytes(damaged)
            ran = job.run(RESUME)
            # Refused, or made good: never a success with other bytes.
            good = ran.code == 5 or (ran.code == 0 and not compare(job.left(), want))
            part.trial(not good and f"code {ran.code}: {compare(job.left(), want)}", f"{what} in {name}")
    part.control(absent_or(kept / files[0], b"") if files else "", "an output that is not complete")
