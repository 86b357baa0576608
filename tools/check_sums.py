#!/usr/bin/env python3
"""Recomputes a run's report from its files, knowing nothing but docs/output.md.

    check_sums.py OUT --ledger L --quarantine Q --report R [--source FILE...]
    check_sums.py DIR

Exit 0 if everything agrees, 1 with a line for each thing that does not. With --source (the plain-text
files of the run, all of them) the ranges are also compared with the sources' bytes. OUT may be a folder of shards, which is
compared with its manifest; DIR alone is compared with that only.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

import check_folder
from check_folder import rows_of as read_rows
from check_folder import unpacked as read_bytes

GAP_LINES = 3  # non-blank lines that may lie between two documents: rules, `=== URL`


def sums(found, report):
    """The report's own equations."""
    b, d, l, t = (report[k] for k in ("bytes", "documents", "lines", "text"))
    for what, total, *parts in (
        ("bytes.in", b["in"], b["documents"], b["quarantined"], b["separators"]),
        ("documents.in", d["in"], d["kept"], *d["dropped"].values(), *d["quarantined"].values()),
        ("lines.in", l["in"], l["kept"], l["dropped"], *l["removed"].values()),
        ("text.in", t["in"], t["kept"], t["removed"], t["dropped"], t["separators"]),
    ):
        if total != sum(parts) or min([total, *parts]) < 0:
            found.append(f"{what} = {total} is not the sum of {parts}")


def counts(found, report, kept, dropped, removed, records, damage):
    """The report against the rows of the files."""
    b, d = report["bytes"], report["documents"]
    by_reason = lambda rows: dict(Counter(r["reason"] for r in rows))
    size = lambda rows: sum(r["end"] - r["start"] for r in rows)
    for what, got, want in (
        ("documents.kept", d["kept"], len(kept)),
        ("documents.dropped", d["dropped"], by_reason(dropped)),
        ("documents.quarantined", d["quarantined"], by_reason(records)),
        ("sources.damaged", report["sources"]["damaged"], by_reason(damage)),
        ("lines.removed", report["lines"]["removed"], by_reason(removed)),
        ("bytes.documents", b["documents"], size(kept) + size(dropped)),
        ("bytes.quarantined", b["quarantined"], size(records)),
    ):
        if got != want:
            found.append(f"{what}: the report says {got}, the files say {want}")


def ids(found, kept, dropped, removed):
    """Ids are unique, and ledger rows speak of documents that are there."""
    kept_ids = {r["id"] for r in kept}
    given = Counter(r["id"] for r in kept + dropped)
    found.extend(f"id {name} is given to {n} documents" for name, n in given.items() if n > 1)
    for row in dropped + removed:
        if row["line"] and row["id"] not in kept_ids:
            found.append(f"ledger: a line removed from {row['id']}, which is not kept")
        if row["witness"] and row["witness"] not in kept_ids:
            found.append(f"ledger: witness {row['witness']} of {row['id']} is not kept")


def ranges(found, documents):
    """Record numbers without gaps, ranges apart and in order; documents by source."""
    by_source = defaultdict(list)
    for row in sorted(documents, key=lambda r: r["record"]):
        by_source[row["source"]].append(row)
    for source, rows in by_source.items():
        at = 0
        for i, row in enumerate(rows):
            if i != row["record"]:
                found.append(f"{source}: record {row['record']} where {i} should be")
            if not at <= row["start"] <= row["end"]:
                found.append(f"{source}: record {row['record']} at {row['start']}..{row['end']}, before {at}")
            at = row["end"]
    return by_source


def tiles(found, sources, report, by_source, removed):
    """Documents and the gaps between them tile each source; removed lines are as in the source."""
    contents, gaps = {source: read_bytes(source) for source in sources}, 0
    for source, content in contents.items():
        at, end = 0, {"start": len(content), "end": len(content)}
        for row in [*by_source.get(source, []), end]:
            gap = content[at : row["start"]]
            if sum(1 for line in gap.splitlines() if line.strip()) > GAP_LINES:
                found.append(f"{source}: text in no document at {at}..{row['start']}: {gap[:40]!r}")
            gaps, at = gaps + len(gap), row["end"]
        if at > len(content):
            found.append(f"{source}: a document ends at {at}, behind the end of the source")
    for row in removed:
        text = contents.get(row["source"], b"")[row["start"] : row["end"]].decode("utf-8", "replace")
        if row["source"] in contents and text != row["text"]:
            found.append(f"ledger: {row['source']} {row['start']}..{row['end']} reads {text[:40]!r}")
    got, want = report["bytes"], (sum(map(len, contents.values())), gaps)
    if (got["in"], got["separators"]) != want:
        found.append(f"bytes.in and .separators are {got['in']}, {got['separators']}, in the sources {want}")


def problems(out, ledger, quarantine, report, sources=()):
    """Everything that does not agree, in words."""
    found = []
    try:
        report = json.loads(read_bytes(report))
        shards, kept = check_folder.whole(out) if Path(out).is_dir() else ([], read_rows(out))
        found += shards
        ledger, quarantine = read_rows(ledger), read_rows(quarantine)
        lines = [r for r in ledger if r["stage"] != "segment"]
        # A row that is no border and has an empty range is about a repair: nothing is removed.
        lines = [r for r in lines if r["start"] < r["end"] or r["text"]]
        dropped, removed = ([r for r in lines if (r["line"] > 0) is said] for said in (False, True))
        damage, records = ([r for r in quarantine if (r["start"] < r["end"]) is said] for said in (False, True))
        sums(found, report)
        counts(found, report, kept, dropped, removed, records, damage)
        ids(found, kept, dropped, removed)
        by_source = ranges(found, kept + dropped + records)
        sources and tiles(found, sources, report, by_source, removed)
    except (ImportError, OSError, EOFError, ValueError, KeyError) as error:
        found.append(f"cannot be read: {type(error).__name__}: {error}")
    return found


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("out")
    for name in ("--ledger", "--quarantine", "--report"):
        parser.add_argument(name)
    parser.add_argument("--source", nargs="+", default=[])
    args = parser.parse_args()
    others = [args.ledger, args.quarantine, args.report]
    if not any(others) and Path(args.out).is_dir():
        found = check_folder.problems(args.out)
    elif all(others):
        found = problems(args.out, *others, args.source)
    else:
        parser.error("--ledger, --quarantine and --report are needed, unless a folder is to be checked alone")
    if Path(args.out).is_dir() and not check_folder.blake3:
        print("SKIPPED: hashes and splits need the package blake3", file=sys.stderr)
    print("\n".join(found) or "everything agrees")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
