"""Runs of textmill whose pages are looked at."""

import json
import os
import subprocess

STAGES = ["normalize-text", "repeated-title", "repeated-captions", "widget-labels", "strip-boilerplate",
          "repeated-lines", "min-content", "fingerprint", "exact-dedupe", "near-dedupe"]

HOSTILE = [
    "<script>window.pwned = 1</script>",
    "\"><img src=x onerror=\"window.pwned = 2\">",
    "</style><style>body { display: none }</style>",
    "</script><script>window.pwned = 3</script>",
    "<svg onload=window.pwned=4>",
    "' onmouseover='window.pwned = 5",
    "--><!-- <base href=https://example.com/>",
    "\u202e<iframe srcdoc='<script>parent.pwned = 6</script>'>\u202c\u0000\u001b[31m",
    "&lt;script&gt;window.pwned = 7&lt;/script&gt; {{7*7}} ${window.pwned = 8}",
    "W" * 3000,
    "שלום <b>עולם</b> مرحبا",
]


def article(n, hostile=""):
    words = " ".join(f"word{n * 1000 + k}" for k in range(60))
    lines = [f"It rained {n} times. {words}.", "Share this article", f"{hostile} Nobody knows why.", "Sign up for our newsletter"]
    return {"title": f"Report {n}" if not hostile else hostile, "text": "\n\n".join(lines), "lang": ["en", "de-AT", "ar"][n % 3]}


def corpus():
    rows = []
    for n in range(80):
        # Those with copies are clusters, all of which the page shows.
        one = article(n, HOSTILE[n // 8 if n % 8 == 0 else -1] if n % 4 == 0 else "")
        rows.append(one)
        if n % 8 == 0:
            rows.append(dict(one, title="A copy"))
            rows.append(dict(one, title="Edited", text=one["text"].replace(f"word{n * 1000 + 30}", "changed")))
            half = " ".join(one["text"].split(" ")[:40]) + " " + " ".join(f"new{n * 1000 + k}" for k in range(40)) + "."
            rows.append({"title": "Half of it", "text": half})
    rows.append({"title": "Short", "text": "Nothing."})
    return "".join(json.dumps(r) + "\n" for r in rows) + "{broken\n"


def make(program, folder):
    """Pages by name: of a run over all of this, and of one over nothing."""
    at = lambda name: os.path.join(folder, name)
    with open(at("p.toml"), "w") as file:
        file.write("".join(f'[[stage]]\ntype = "{stage}"\n' for stage in STAGES))
    contents = {"full": corpus(), "empty": ""}
    for name, content in contents.items():
        # A name of a file is scraped text as well.
        source = at(f"{name} <b onclick=x>.jsonl")
        with open(source, "w") as file:
            file.write(content)
        command = [program, "run", "-q", "-p", at("p.toml"), source, "-o", at(f"{name}.out"), "--report-html", at(f"{name}.html")]
        subprocess.run(command, check=True)
    return {name: at(f"{name}.html") for name in contents}
