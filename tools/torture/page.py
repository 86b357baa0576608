"""The page with the figures of the last run of each part."""

import datetime
import json
import os
import platform
import subprocess
from pathlib import Path

HERE = Path(__file__).parent


def commit():
    """The commit that is tried, marked if the tree has changes of its own."""
    git = ["git", "-C", HERE, "describe", "--always", "--dirty", "--abbrev=12"]
    done = subprocess.run(git, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def figures(part, seconds, tried):
    """What is kept of a part."""
    kept = {key: getattr(part, key) for key in ("name", "trials", "controls", "failures", "skipped", "notes", "seed")}
    form = "long" if part.long else "quick"
    return kept | {"form": form, "date": str(datetime.date.today()), "commit": tried, "seconds": round(seconds)}


def keep(path, part):
    """Puts the figures of a part into the file of results, in place of older ones of it; all of them."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    kept[part["name"]] = part
    path.write_text(json.dumps(kept, indent=1) + "\n")
    return kept


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ").encode("unicode_escape").decode()


def bound(part):
    if part["failures"] or not part["trials"]:
        return "-"
    return f"{300 / part['trials']:.2g} %"


def write(path, parts):
    """`parts` is what `figures` made of them."""
    kernel = platform.release().split("-")[0]
    lines = [
        "# Figures of the fault injection",
        "",
        "Written by `make torture`, one part after another: what it does is in"
        " [tools/torture](../tools/torture/README.md).",
        "",
        f"{platform.system()} {kernel}, {os.cpu_count()} cores.",
        "",
        "No failure in n trials bounds the rate of failure at about 3/n with 95 % confidence, for faults of the kinds"
        " tried; that is the last column. Negative controls are faults put into the harness's own view, each of"
        " which it has to notice.",
        "",
        "| part | form | date | commit | seed | trials | failures | negative controls | seconds | at most |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for part in parts:
        row = [part[key] for key in ("name", "form", "date", "commit", "seed", "trials")]
        row += [len(part["failures"]), part["controls"], part["seconds"], bound(part)]
        lines.append(f"| {' | '.join(map(str, row))} |")
    for title, kind in (("Notes", "notes"), ("Skipped", "skipped"), ("Failures", "failures")):
        rows = [f"* {part['name']}: {cell(text)[:400]}" for part in parts for text in part[kind]]
        if rows:
            lines += ["", f"## {title}", "", *rows]
    path.write_text("\n".join(lines) + "\n")
