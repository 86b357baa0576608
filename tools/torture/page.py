"""The page with the figures of a run."""

import datetime
import os
import platform
import subprocess
from pathlib import Path

HERE = Path(__file__).parent


def commit():
    """The commit that was tried, marked if the tree has changes of its own."""
    git = ["git", "-C", HERE, "describe", "--always", "--dirty", "--abbrev=12"]
    done = subprocess.run(git, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ").encode("unicode_escape").decode()


def bound(part):
    if part.failures or not part.trials:
        return "-"
    return f"{300 / part.trials:.2g} %"


def write(path, done, long, seed):
    """`done` is parts with their seconds."""
    form = "long" if long else "quick"
    lines = [
        "# Figures of the fault injection",
        "",
        f"Written by `make torture{'' if long else '-quick'}`: what it does is in"
        " [tools/torture](../tools/torture/README.md).",
        "",
        f"{datetime.date.today()}, commit {commit()}, {form} form, seed {seed}, {platform.system()}"
        f" {platform.release()}, {os.cpu_count()} cores.",
        "",
        "No failure in n trials bounds the rate of failure at about 3/n with 95 % confidence, for faults of the kinds"
        " tried; that is the last column. Negative controls are faults put into the harness's own view, each of"
        " which it has to notice.",
        "",
        "| part | trials | failures | negative controls | seconds | at most |",
        "|---|---|---|---|---|---|",
    ]
    for part, seconds in done:
        figures = [part.name, part.trials, len(part.failures), part.controls, f"{seconds:.0f}", bound(part)]
        lines.append(f"| {' | '.join(map(str, figures))} |")
    for title, kind in (("Notes", "notes"), ("Skipped", "skipped"), ("Failures", "failures")):
        rows = [f"* {part.name}: {cell(text)[:400]}" for part, _ in done for text in getattr(part, kind)]
        if rows:
            lines += ["", f"## {title}", "", *rows]
    path.write_text("\n".join(lines) + "\n")
