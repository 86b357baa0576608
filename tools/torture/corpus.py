"""Inputs, made from a seed: the same bytes on every machine."""

import gzip
import json
import random


def article(n, marker):
    return (
        f"Report number {n} on {marker}\n\nIt rained all night in the north of {marker}, and the rivers of county"
        f" {n} rose again by noon.\n\nNobody knows when the bridge over the {n}th river will open again, the mayor"
        f" said.\n\nA subhead about {marker}\n\nThe trains were running again in the evening, if slowly."
    ).encode()


def articles(size, seed=7):
    """Articles of many lengths with copies, widgets and bad bytes, `size` bytes or a little more."""
    rng, out, total = random.Random(seed), [], 0
    while total < size:
        n = rng.randrange(1 << 24)
        text = article(n % 900, ["Rain", "Snow", "Naïve “Wind”"][n % 3])
        text += b"".join(b"\n\nParagraph %d of %d was written, it is said, in one night." % (k, n) for k in range(n % 13))
        if n % 7 == 0:
            text += b"\n\nShare this article\nFacebook\nTwitter"
        text += {0: b"\n\nbad \xff byte", 1: b"\n\nnul \0 byte"}.get(n % 50, b"")
        out.append(text)
        total += len(text) + 4
    return out


def dump(size, seed=7):
    """The articles back to back: plain text."""
    return b"\n\n\n\n".join(articles(size, seed)) + b"\n"


def jsonl(size, seed=7):
    """The articles as JSON Lines, with a broken line now and then."""
    lines = []
    for i, text in enumerate(articles(size, seed)):
        lines.append(json.dumps({"i": i, "text": text.decode("utf-8", "replace"), "lang": "en"}))
        if i % 97 == 5:
            lines.append("{broken")
    return ("\n".join(lines) + "\n").encode()


def table(size, seed=7):
    """The articles as CSV, with a broken row now and then."""
    rows = ["i,text,lang"]
    for i, text in enumerate(articles(size, seed)):
        rows.append('%d,"%s",en' % (i, text.decode("utf-8", "replace").replace('"', '""')))
        if i % 97 == 5:
            rows.append('ragged,"row')
    return ("\n".join(rows) + "\n").encode()


def packed(content):
    """gzip with no time in it, in two members."""
    half = len(content) // 2
    return gzip.compress(content[:half], mtime=0) + gzip.compress(content[half:], mtime=0)


def folder(root, size, seed=7):
    """A directory of plain, JSON Lines and gzip files."""
    for name, content in (
        ("a.txt", lambda: dump(size // 4, seed)),
        ("b/c.jsonl", lambda: jsonl(size // 4, seed + 1)),
        ("b/d.txt.gz", lambda: packed(dump(size // 4, seed + 2))),
        ("e.jsonl.gz", lambda: packed(jsonl(size // 8, seed))),
        ("f.txt", lambda: dump(size // 8, seed + 2)),
        ("g.empty.txt", lambda: b""),
        ("h.csv", lambda: table(size // 8, seed + 1)),
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content())
    return root


def shuffled(root, made, order):
    """The files of the folder `made` as links in `root`, put there in the order that `order` (a random.Random) gives."""
    files = sorted(p for p in made.rglob("*") if p.is_file())
    order.shuffle(files)
    for file in files:
        path = root / file.relative_to(made)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.hardlink_to(file)
    return root
