"""Peak memory with `--memory`, on inputs made to need more."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from harness import has_option

HERE = Path(__file__).parent
LIMITS = (128, 256)  # MiB
DOCUMENTED = (0, 1, 6)
SECONDS = 3600


class Group:
    """A cgroup with a limit, of either version; `path` is "-" where there can be none."""

    def __init__(self, limit):
        self.path, self.why = "-", "no cgroup with a memory controller can be written"
        for root, name in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
            path = Path(root) / f"torture-{os.getpid()}-{limit}"
            try:
                path.mkdir()
                try:
                    (path / name).write_text(str(limit << 20))
                    self.path = str(path)
                    return
                except OSError as error:
                    self.why = str(error)
                    path.rmdir()
            except OSError as error:
                self.why = str(error)

    def close(self):
        if self.path != "-":
            os.rmdir(self.path)


def measured(setup, command, kind, size, group="-"):
    """Runs a command on a generated input; what `measure.py` told."""
    told = setup.work / "told.json"
    told.unlink(missing_ok=True)
    made = subprocess.Popen([sys.executable, HERE / "generate.py", kind, str(size)], stdout=subprocess.PIPE)
    measure = [sys.executable, HERE / "measure.py", told, group, *command]
    with open(setup.work / "stderr", "wb") as stderr:
        try:
            subprocess.run([str(a) for a in measure], stdin=made.stdout, stdout=-3, stderr=stderr, timeout=SECONDS)
        finally:
            made.stdout.close()
            made.kill()
            made.wait()
    return json.loads(told.read_text()) | {"err": (setup.work / "stderr").read_text(errors="replace")}


def judge(told, limit, codes=DOCUMENTED):
    """What is wrong with a run under `limit` MiB, or ""."""
    if told["code"] not in codes:
        return f"code {told['code']}: {told['err'][-300:]!r}"
    peak = told["peak"] >> 20
    return f"peak of {peak} MiB with a limit of {limit}" if told["peak"] > limit << 20 else ""


def torture(part, setup):
    if not has_option(setup.bin, "--memory"):
        return part.skip("all: this program knows no --memory")
    size, count = (8 << 30, 10**7) if part.long else (1 << 30, 10**6)
    kinds = {"line": size, "record": size, "bomb": size, "wordy": size, "tiny": count, "records": count}
    kinds |= {"newlines": size // 8, "large": size // 8}
    for limit in LIMITS:
        group = Group(limit)
        if group.path == "-":
            part.skip(f"the cgroup of {limit} MiB: {group.why}")
        try:
            for kind, amount in kinds.items():
                case(part, setup, limit, group, kind, amount)
            if limit == LIMITS[0]:
                # Far more than fits: what is remembered goes to the disk.
                case(part, setup, limit, group, "records", 4 * 10**6, codes=(0,))
        finally:
            group.close()
    controls(part, setup)


def case(part, setup, limit, group, kind, amount, codes=DOCUMENTED):
    out = setup.work / "out.jsonl"
    report = setup.work / "report.json"
    command = [setup.bin, "-q", "--memory", f"{limit}MiB", "-o", out, "--report", report]
    if kind == "large":  # so fast that memory grows between two looks at it
        command += ["-p", "plain"]
    told = measured(setup, command, kind, amount, group.path)
    problem = judge(told, limit, codes)
    if not problem and told["code"] == 0 and kind in ("tiny", "records"):
        counted = json.loads(report.read_text())["documents"]
        problem = (counted["in"], counted["kept"]) != (amount, amount) and f"{counted} of {amount}"
    part.trial(problem, f"{kind} of {amount}, {limit} MiB")
    part.note(f"{kind} of {amount}: {told['peak'] >> 20} of {limit} MiB, code {told['code']}, {told['seconds']:.0f} s")
    for left in setup.work.glob("out.jsonl*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def controls(part, setup):
    """A limit that is passed, and a program that takes 300 MiB, must be seen."""
    out = setup.work / "out.jsonl"
    command = [setup.bin, "-q", "-o", out]
    part.control(judge(measured(setup, command, "tiny", 10_000), 8), "a peak above 8 MiB")
    command = [sys.executable, "-c", "x = b'x' * (300 << 20)"]
    part.control(judge(measured(setup, command, "tiny", 1000), 256), "a peak of 300 MiB")
    group = Group(128)
    if group.path != "-":
        told = measured(setup, command, "tiny", 1000, group.path)
        part.control(judge(told, 10_000), "a kill for want of memory in a cgroup")
        group.close()
