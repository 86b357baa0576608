"""The independent checker of the sums, and proof that it sees a wrong figure, a lost row, a moved range."""

import json
import sys

import check_sums
import corpus
from harness import Job, run


def check(job, sources=()):
    """What the checker finds in a job's files."""
    return "; ".join(check_sums.problems(job.out, job.ledger, job.quarantine, job.report, sources))


def command(job, *more):
    """The checker as its own program: its exit code and words."""
    paths = [job.out, "--ledger", job.ledger, "--quarantine", job.quarantine, "--report", job.report]
    return run([sys.executable, check_sums.__file__, *paths, *more])


def torture(part, setup):
    plain = setup.work / "in.txt"
    plain.write_bytes(corpus.dump(800_000))
    mixed = corpus.folder(setup.work / "mixed-in", 800_000)
    damaged = setup.work / "cut.txt.gz"
    damaged.write_bytes(corpus.packed(corpus.dump(200_000))[:-20])
    for name, inputs, sources, code in (
        ("plain", [plain], ["--source", plain], 0),
        ("mixed", [mixed], [], 0),
        ("damaged", [damaged, plain], [], 1),
    ):
        for ending in ("", ".gz"):
            job = Job(setup.bin, setup.work / f"{name}{ending}", inputs, ending=ending)
            ran = job.run()
            part.trial(ran.code != code and f"code {ran.code} {ran.err}", f"run {name}{ending}")
            checked = command(job, *sources)
            part.trial(checked.code and checked.out.decode(), f"sums of {name}{ending}")
    controls(part, setup, Job(setup.bin, setup.work / "control", [plain]), plain)


def controls(part, setup, job, plain):
    """Each change must be noticed by the program of the checker."""
    job.run()
    files = {p: p.read_bytes() for p in job.paths()}

    def changed(what, path, content):
        path.write_bytes(content)
        part.control(command(job, "--source", plain).code == 1, what)
        path.write_bytes(files[path])

    def figure(*keys):
        report = json.loads(files[job.report])
        at = report
        for key in keys[:-1]:
            at = at[key]
        at[keys[-1]] += 1
        changed(f"one more in {'.'.join(keys)}", job.report, json.dumps(report).encode())

    report = json.loads(files[job.report])
    for group in ("bytes", "documents", "lines", "text"):
        for key, value in report[group].items():
            if key in ("repaired", "changed", "noted"):
                continue  # in no sum
            for reason in value if isinstance(value, dict) else [None]:
                figure(*[k for k in (group, key, reason) if k])
    for path in (job.out, job.ledger, job.quarantine):
        lines = files[path].splitlines(keepends=True)
        at = setup.rng.choice([i for i, line in enumerate(lines) if b'"stage":"segment"' not in line])
        changed(f"row {at} lost from {path.name}", path, b"".join(lines[:at] + lines[at + 1 :]))
        changed(f"row {at} twice in {path.name}", path, b"".join(lines[: at + 1] + lines[at:]))
        row = json.loads(lines[at])
        row["end"] += 2
        moved = json.dumps(row).encode() + b"\n"
        changed(f"row {at} of {path.name} moved", path, b"".join([*lines[:at], moved, *lines[at + 1 :]]))
