"""Power cuts: an ext4 file system in a file is shut down under the program, without a flush of its journal.

What was not synced is lost then, as with a pulled plug. After mounting again the run is resumed.
"""

import fcntl
import os
import shutil
import struct
import subprocess
import time

import corpus
from harness import Job, absent_or, compare, has_option, run

SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2
DISK = 128 << 20
RESUME = "--resume"


class Disk:
    """A file system that can lose its power."""

    def __init__(self, work):
        self.image, self.at = work / "disk.img", work / "disk"
        self.at.mkdir()
        with open(self.image, "wb") as file:
            file.truncate(DISK)

    def make(self):
        """Why it cannot be had, or ""."""
        for command in (["mkfs.ext4", "-q", "-F", self.image], ["mount", "-o", "loop", self.image, self.at]):
            if not shutil.which(command[0]):
                return f"no {command[0]} here"
            ran = run(command)
            if ran.code:
                return f"{command[0]}: {ran.err.strip()}"
        return ""

    def cut(self):
        folder = os.open(self.at, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(folder)

    def back(self):
        self.off()
        ran = run(["mount", "-o", "loop", self.image, self.at])
        if ran.code:
            raise OSError(f"cannot mount again: {ran.err}")

    def off(self):
        for _ in range(50):
            if run(["umount", self.at]).code == 0:
                return
            time.sleep(0.1)

    def clear(self):
        for path in self.at.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        os.sync()


def cut_during(disk, job, seconds):
    """Starts the job, cuts the power after some time; the job's code, or None if the cut killed it."""
    job.folder.mkdir(parents=True, exist_ok=True)
    child = subprocess.Popen(job.args(RESUME), stdin=-3, stdout=-3, stderr=-3)
    time.sleep(seconds)
    running = child.poll() is None
    disk.cut()
    child.kill()
    code = child.wait()
    return None if running else code


def cycle(disk, job, want, times):
    """Cuts one after another, then a run to the end: what is wrong, and how many cuts met the program."""
    disk.clear()
    met, problem = 0, ""
    for seconds in times:
        code = cut_during(disk, job, seconds)
        disk.back()
        met += code is None
        problem = problem or absent_or(job.out, want[job.out.name])
        # A run that ended with 0 before the cut has promised its files.
        if code == 0 and not problem:
            problem = compare(job.left(), want)
    ran = job.run(RESUME)
    return problem or (ran.code and f"code {ran.code}: {ran.err[-300:]!r}") or compare(job.left(), want), met


def torture(part, setup):
    if not has_option(setup.bin, RESUME):
        return part.skip("all: this program knows no --resume")
    disk = Disk(setup.work)
    if missing := disk.make():
        return part.skip(f"all: {missing}")
    try:
        try:
            disk.cut()
        except OSError as error:
            return part.skip(f"all: the file system cannot be shut down: {error}")
        disk.back()
        cycles(part, setup, disk)
        control(part, disk)
    finally:
        disk.off()


def cycles(part, setup, disk):
    source = setup.work / "in.txt"
    source.write_bytes(corpus.dump(3_000_000))
    plain = Job(setup.bin, disk.at / "job", [source], options=["--checkpoint-every", "100KiB"])
    for name, job in (("plain", plain), ("with an index", plain.with_index())):
        disk.clear()
        began = time.monotonic()
        ran = job.run(RESUME)
        length, want, met = time.monotonic() - began, job.left(), 0
        part.trial(ran.code and f"code {ran.code}: {ran.err}", f"{name}: the undisturbed run")
        trials = 250 if part.long else 10
        for _ in range(trials):
            times = [setup.rng.random() * length * 1.1 for _ in range(setup.rng.choice((1, 1, 2)))]
            problem, here = cycle(disk, job, want, times)
            met += here
            part.trial(problem, f"{name}: cut after {', '.join(f'{t * 1000:.0f} ms' for t in times)}")
        part.note(f"{name}: {met} cuts met a running program; one run lasts {length * 1000:.0f} ms")


def control(part, disk):
    """A file written and renamed without a sync must be lost, or the cuts cut nothing."""
    disk.clear()
    content = b"a row\n" * 100_000
    (disk.at / "x.tmp").write_bytes(content)
    (disk.at / "x.tmp").rename(disk.at / "x")
    disk.cut()
    disk.back()
    lost = not (disk.at / "x").exists() or (disk.at / "x").read_bytes() != content
    part.control(lost, "the loss of a file that was never synced")
