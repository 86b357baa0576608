"""What all parts share: counting trials, running the program, comparing what it left."""

import gzip
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

# Keys of the report that a resumed run may answer differently.
VOLATILE = {"seconds", "bytes_read", "megabytes_per_second", "resumed", "resumes", "checkpoints"}
LIMIT = 120  # seconds that a run may take before it counts as hanging


@dataclass
class Part:
    """The count of one part of the harness."""

    name: str
    long: bool
    seed: int
    trials: int = 0
    controls: int = 0
    failures: list = field(default_factory=list)
    skipped: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    def trial(self, problem, what=""):
        """Counts a trial; `problem` is empty if it passed."""
        self.trials += 1
        if problem:
            self.fail(f"{what}: {problem}")

    def fail(self, text):
        self.failures.append(text)
        if len(self.failures) <= 20:
            print(f"  {self.name} FAILED {text}", file=sys.stderr, flush=True)

    def control(self, problem, what):
        """A negative control: there must be a problem, or the harness sees nothing."""
        self.controls += 1
        if not problem:
            self.fail(f"negative control: {what} was not noticed")

    def skip(self, what):
        self.skipped.append(what)
        print(f"  {self.name} skips: {what}", flush=True)

    def note(self, text):
        self.notes.append(text)
        print(f"  {self.name}: {text}", flush=True)

    def summary(self):
        bound = f" (at most {300 / self.trials:.2g} % at 95 %)" if self.trials and not self.failures else ""
        return (
            f"{self.name}: {self.trials} trials, {len(self.failures)} failures{bound}; "
            f"{self.controls} negative controls, {len(self.skipped)} skipped"
        )


@dataclass
class Ran:
    code: int
    out: bytes
    err: str

    def crashed(self):
        """Why this end is none that is documented, or ""."""
        if self.code in (70, 101, 134, 137, 139) or self.code < 0:
            return f"code {self.code}: {self.err[-300:]!r}"
        for word in ("panicked", "internal error", "RUST_BACKTRACE"):
            if word in self.err:
                return f"{word!r} on standard error: {self.err[-300:]!r}"
        return ""


def run(args, stdin=b"", env=None, limit=LIMIT):
    """Runs a command to its end; a signal is a negative code, running too long is code -99."""
    env = {**os.environ, "NO_COLOR": "1", **(env or {})}
    given, fed = (stdin, None) if isinstance(stdin, int) else (subprocess.PIPE, stdin)
    child = subprocess.Popen(
        [str(a) for a in args], stdin=given, stdout=-1, stderr=-1, env=env, start_new_session=True
    )
    try:
        out, err = child.communicate(fed, limit)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)  # what it started, too
        child.communicate()
        return Ran(-99, b"", f"did not end within {limit} s")
    return Ran(child.returncode, out, err.decode("utf-8", "replace"))


class Job:
    """One run of the program with all outputs in a folder of their own."""

    def __init__(self, bin, folder, inputs, stdin=b"", ending="", options=(), always=()):
        self.bin, self.folder, self.inputs = bin, Path(folder), [str(i) for i in inputs]
        self.stdin, self.ending, self.options, self.always = stdin, ending, list(options), list(always)
        self.out = self.folder / f"out.jsonl{ending}"
        self.ledger = self.folder / f"ledger.jsonl{ending}"
        self.quarantine = self.folder / f"quarantine.jsonl{ending}"
        self.report = self.folder / "report.json"

    def with_index(self):
        """The same job over an index of duplicates in its folder."""
        always = [*self.always, "--index", str(self.folder / "index")]
        return Job(self.bin, self.folder, self.inputs, self.stdin, self.ending, self.options, always)

    def elsewhere(self, folder):
        return Job(self.bin, folder, self.inputs, self.stdin, self.ending, self.options, self.always)

    def args(self, *more):
        paths = ["-o", self.out, "--ledger", self.ledger, "--quarantine", self.quarantine, "--report", self.report]
        return [str(a) for a in [self.bin, "run", "-q", *self.inputs, *paths, *self.always, *self.options, *more]]

    def run(self, *more, wrap=(), env=None, limit=LIMIT):
        self.folder.mkdir(parents=True, exist_ok=True)
        return run([*wrap, *self.args(*more)], self.stdin, env, limit)

    def paths(self):
        return [self.out, self.ledger, self.quarantine, self.report]

    def left(self, read=None):
        """What the run left: what `read` makes of its files, and the report but for times. Missing files are None."""
        read = read or content
        files = {p.name: read(p) if p.exists() else None for p in self.paths()[:3]}
        try:
            report = json.loads(self.report.read_bytes())
            files["report"] = {k: v for k, v in report.items() if k not in VOLATILE}
        except (OSError, ValueError) as error:
            files["report"] = f"none: {error}"
        return files


def content(path):
    """The bytes of a file; of a folder, all its names and bytes, wherever it stands."""
    if not path.is_dir():
        return path.read_bytes()
    files = sorted(p for p in path.rglob("*") if p.is_file())
    here = str(path).encode()
    return b"".join(str(p.relative_to(path)).encode() + b"\0" + p.read_bytes().replace(here, b"OUT") for p in files)


def compare(left, want):
    """How two results of `left` differ, in words, or ""."""
    for name, whole in want.items():
        got = left[name]
        if got == whole:
            continue
        if isinstance(got, dict) and isinstance(whole, dict):
            keys = [k for k in whole.keys() | got.keys() if whole.get(k) != got.get(k)]
            return f"report differs: { {k: (got.get(k), whole.get(k)) for k in sorted(keys)} }"
        return f"{name} differs: {size(got)} instead of {size(whole)}"
    return ""


def size(content):
    return f"{len(content)} bytes" if isinstance(content, bytes) else str(content)


def absent_or(path, complete):
    """The promise about final names: absent, or complete."""
    if path.exists() and content(path) != complete:
        return f"{path.name} is there and not complete ({path.stat().st_size} of {len(complete)} bytes)"
    return ""


def leftovers(job):
    """Nothing but the job's files is there when it is done."""
    odd = [p.name for p in job.folder.iterdir() if p not in job.paths() and str(p) not in job.always]
    return f"left behind: {odd}" if odd else ""


def unpacked(path):
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def has_option(bin, name):
    return name in run([bin, "run", "--help"]).out.decode()


SIGKILLED = -signal.SIGKILL
