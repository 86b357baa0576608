"""CPU time in proportion to input: each shape of `shapes.py` at three sizes, each twice the one before.

The time of the processor is measured and not that of the clock, without what the start takes, and of several runs the
least counts: what else a machine does makes times longer, never shorter. Most shapes take two runs: only where four
times the input took more than twice the allowed growth is each size measured several times.
"""

import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import shapes

GROWTH = 1.3  # of the time a byte, for twice the input
RUNS = 3  # of which the least counts
ENOUGH = 0.12  # seconds: of less, a ratio says nothing
SECONDS = 40  # of the processor, for one run
SMALLEST = 1 << 16  # bytes: windows that are fixed, such as that for a header, are no larger
# Shapes that were once too dear, and always looked at; of all others a short run takes one in so many.
ALWAYS = ("labels", "labels and numbers", "zip, folders", "a copy of numbered paragraphs", "bz2, blocks begin")
ONE_IN = 6
PIPELINES = ("news-learned", "web-text", "news", "plain", "dedupe")


@dataclass
class Case:
    """A pipeline over one shape."""

    name: str
    command: list
    file: str
    make: object
    work: Path

    def cpu(self, size, runs=1):
        """Seconds of the processor over an input of `size`, the least of several runs."""
        path = self.work / self.file
        path.write_bytes(self.make(size))
        return min(once([*self.command, path]) for _ in range(runs))


def once(command):
    limit = (SECONDS, SECONDS + 1)
    child = subprocess.Popen(
        [str(a) for a in command], stdin=-3, stdout=-3, stderr=-3,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, limit),
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1, 3):
        return float("inf")
    return usage.ru_utime + usage.ru_stime


def judge(case, start, largest, size=SMALLEST):
    """What is wrong with how the time grows from `size` on, or ""."""
    while (most := case.cpu(4 * size) - start) < ENOUGH and size < largest:
        size *= 4 if most < ENOUGH / 4 else 2
    if most == float("inf"):
        return f"an input of {4 * size} bytes takes more than {SECONDS} s, or ends the run"
    least = case.cpu(size) - start
    if most < ENOUGH or most <= 4 * GROWTH**2 * max(least, ENOUGH / 40):
        return ""
    took = [max(case.cpu(size << k, RUNS) - start, 0.001) for k in range(3)]
    grew = [took[k + 1] / took[k] / 2 for k in range(2)]
    if grew[1] > GROWTH and grew[0] * grew[1] > GROWTH**2:
        told = ", ".join(f"{t:.2f}" for t in took)
        return f"{told} s for {size}, {2 * size}, {4 * size} bytes"
    return ""


def stages(bin):
    listed = subprocess.run([bin, "stages", "list"], capture_output=True, text=True, check=True).stdout
    return [line.split()[0] for line in listed.splitlines() if line and not line.startswith(" ")]


def pipelines(setup, names):
    """A pipeline file of stages."""
    path = setup.work / ("-".join(names)[:60] + ".toml")
    path.write_text("".join(f'[[stage]]\ntype = "{name}"\n\n' for name in names))
    return path


def cases(part, setup):
    """Stages over the shapes of documents, pipelines over those of formats."""
    if part.long:
        of_text = [(name, pipelines(setup, [name])) for name in stages(setup.bin)] + [(name, name) for name in PIPELINES]
        of_formats = [(name, name) for name in ("plain", "news-learned", "web-text")]
    else:
        of_text = [("all stages", pipelines(setup, stages(setup.bin))), ("web-text", "web-text")]
        of_formats = [("news-learned", "news-learned")]
    for pipelines_, groups in ((of_text, shapes.STAGE_SHAPES), (of_formats, shapes.FORMAT_SHAPES)):
        for name, pipeline in pipelines_:
            for shape, file, make in shapes.shapes(groups):
                if part.long or shape in ALWAYS or not setup.rng.randrange(ONE_IN):
                    yield name, pipeline, shape, file, make


def torture(part, setup):
    (setup.work / "out").mkdir()
    starts, largest = {}, 1 << 23 if part.long else 1 << 18
    for name, pipeline, shape, file, make in cases(part, setup):
        case = Case(f"{name}, {shape}", command(setup, pipeline), file, make, setup.work)
        if name not in starts:
            starts[name] = case.cpu(1, RUNS)
        part.trial(judge(case, starts[name], largest), case.name)
    controls(part, setup)


def command(setup, pipeline):
    out = setup.work / "out"
    kept = ["-o", out / "rows", "--ledger", out / "ledger", "--quarantine", out / "quarantine"]
    return [setup.bin, "run", "-q", "--threads", "1", "-p", pipeline, *kept]


def controls(part, setup):
    """A program that compares all with all must be seen, and one that does not must not."""
    programs = {
        "all lines against all": "for a in lines: lines.count(a)",
        "each line as often as there are lines": "for n in range(len(lines)): sum(lines[k].count(b'a') for k in range(0, n, 64))",
    }
    start = "import sys\nlines = open(sys.argv[1], 'rb').read().split(b'\\n')\n"

    def case(program):
        return Case("", [sys.executable, "-c", start + program], "lines", shapes.inside("", "%d\n"), setup.work)

    python = case("").cpu(1, RUNS)
    for name, program in programs.items():
        part.control(judge(case(program), python, 1 << 16, 1 << 12), name)
    part.trial(judge(case("[hash(a) for k in range(64) for a in lines]"), python, 1 << 18, 1 << 15), "a program that is linear")
