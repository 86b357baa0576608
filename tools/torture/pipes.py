"""Every subcommand with every kind of broken end: documented codes, and nothing raw on a terminal."""

import os
import pty
import re
import subprocess

import corpus
from harness import Ran, run

# A carriage return is what the progress bar is made of. What input and file names may try to do to a terminal. The program's own colours are other sequences.
EVIL = "\x1b]0;owned\x07", "\x1b[2J", "\x1b[38;5;201m", "\x9b31m", "\x08", "\x7f", "\u202e"
OWN = re.compile(r"\x1b\[(?!38;5;201m)[0-9;]*[mKAB]")
RAW = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def subcommands(part, setup):
    """Arguments for each subcommand; one that `--help` names and this list does not is a failure."""
    text = setup.work / f"in-{EVIL[2]}.txt"
    evil = "\n\n".join(f"A line {e} about {e} rain, that fell all night" for e in EVIL).encode()
    text.write_bytes(evil + b"\n\n\n\n" + corpus.dump(400_000))
    toml = setup.work / "my.toml"
    toml.write_text('[[stage]]\ntype = "fingerprint"\n\n[[test]]\nname = "it stays"\ninput = "Rain\\n\\nIt rained."\n'
                    'row = [{ title = "Rain" }]\n')
    wrong = setup.work / "wrong.toml"
    wrong.write_text(f'[[stage]]\ntype = "{EVIL[3]}{EVIL[6]}"\n')
    bad = setup.work / "bad.jsonl"
    run([setup.bin, "-q", "--format", "jsonl", "--quarantine", bad, text])
    index = setup.work / f"index-{EVIL[1]}"
    run([setup.bin, "dedupe", "-q", "--index", index, "-o", setup.work / "kept.jsonl", text])
    table = {
        "run": [[], ["run", "-q"], ["run", "-q", text], [text], ["-q", "-p", EVIL[0]], ["-q", f"/no/{EVIL[1]}"]],
        "dedupe": [["dedupe", "-q", text], ["dedupe", text]],
        "pairs": [["pairs"], ["pairs", text]],
        "index": [["index", *a] for a in ([], ["stats", index], ["check", index], ["compact", index],
                                          ["stats", EVIL[2]], ["check", text])],
        "explain": [["explain"], ["explain", text], ["explain", text, "--sample", "2"], ["explain", text, "--id", EVIL[0]]],
        "learn": [["learn"], ["learn", text], ["learn", text, "-o", setup.work / "site.toml"], ["learn", f"/no/{EVIL[1]}"]],
        "tap": [["tap"], ["tap", text], ["tap", "--after", "fingerprint", text], ["tap", "--after", EVIL[0], text]],
        "validate": [["validate"], ["validate", toml], ["validate", wrong]],
        "test": [["test"], ["test", toml]],
        "plan": [["plan"], ["plan", "-p", wrong]],
        "stages": [["stages"], ["stages", "list"], ["stages", "show", "fingerprint"], ["stages", "show", EVIL[0]]],
        "formats": [["formats"]],
        "quarantine": [["quarantine", *a] for a in ([], ["list", bad], ["show", bad, "0"], ["show", bad, "1"],
                                                    ["replay", bad], ["list", text], ["list", EVIL[2]])],
        "schema": [["schema"]],
        "completions": [["completions", shell] for shell in ("bash", "zsh", "fish", "x")],
        "man": [["man"]],
        "help": [["help"], ["--help"], ["-V"], ["run", "--help"], [f"--{EVIL[2]}"]],
    }
    listed = re.search(r"Commands:\n((?:  .*\n)+)", run([setup.bin, "--help"]).out.decode())
    for name in re.findall(r"^  (\S+)", listed[1], re.M):
        part.trial(name not in table and "not among those tried", f"subcommand {name}")
    return [args for name in table for args in table[name]]


def ends(setup, args, piped):
    """Each way to break an end: its name, codes allowed beside the undisturbed one, and what came."""
    shell = lambda script: ["sh", "-c", script, "sh", setup.bin, *args]
    given = dict(stdin=piped, limit=20)
    yield "head", [0], run(shell('{ "$@"; echo "$?" >&3; } 3>&2 | head -c 10'), piped, limit=20)
    yield "closed stdin", [0], run(shell('"$@" <&-'), **given)
    yield "closed stdout", [0, 4], run(shell('"$@" >&-'), **given)
    yield "closed stderr", [0], run(shell('"$@" 2>&-'), **given)
    yield "/dev/full", [4], run(shell('"$@" >/dev/full'), **given)
    yield "all closed", [0, 4], run(shell('"$@" <&- >&- 2>&-'), **given)


def on_a_terminal(args, piped):
    """Runs with standard output and error on a terminal: the code, and all that came."""
    ours, theirs = pty.openpty()
    env = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm-256color"}
    with open(piped.name, "rb") as stdin:
        child = subprocess.Popen([str(a) for a in args], stdin=stdin, stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    got = bytearray()
    try:
        while piece := os.read(ours, 1 << 16):
            got += piece
    except OSError:
        pass  # EIO: the other side is closed
    os.close(ours)
    return Ran(child.wait(), bytes(got), "")


def raw(out):
    """The first control in what a terminal got that is not the program's own, or ""."""
    text = OWN.sub("", out.decode("utf-8", "replace").replace("\r\n", "\n"))
    found = RAW.search(text)
    return f"raw {found[0]!r} in {text[max(0, found.start() - 30) : found.end() + 30]!r}" if found else ""


def torture(part, setup):
    tried = subcommands(part, setup)
    source = setup.work / "stdin"
    source.write_bytes(next(setup.work.glob("in-*")).read_bytes())
    codes = {}
    for args in tried:
        name = " ".join(str(a).replace(f"{setup.work}/", "") for a in args).encode("unicode_escape").decode()
        with open(source, "rb") as piped:
            usual = run([setup.bin, *args], piped.fileno())
        part.trial(usual.crashed() or (usual.code not in (0, 2, 3, 5) and f"code {usual.code}"), f"`{name}` itself")
        with open(source, "rb") as piped:
            for how, allowed, ran in ends(setup, args, piped.fileno()):
                piped.seek(0)
                if how == "head":  # the program's own code is the last line of standard error
                    ran.code = int(ran.err.splitlines()[-1])
                # A failure that was due anyway stays; /dev/full matters only to those that print.
                allowed = [*allowed, usual.code] if usual.code or not usual.out else allowed
                codes.setdefault(how, {}).setdefault(ran.code, []).append(name)
                part.trial(ran.crashed() or (ran.code not in allowed and f"code {ran.code}"), f"`{name}`, {how}")
            ran = on_a_terminal([setup.bin, *args], piped)
        codes.setdefault("terminal", {}).setdefault(ran.code, []).append(name)
        problem = ran.crashed() or raw(ran.out) or (ran.code != usual.code and f"code {ran.code}")
        part.trial(problem, f"`{name}`, terminal")
    for how, by_code in codes.items():
        part.note(f"{how}: " + ", ".join(f"code {c} {len(n)} times" for c, n in sorted(by_code.items())))
    for evil in EVIL:
        script = f"import sys; sys.stdout.write({evil!r} + 'x')"
        with open(source, "rb") as piped:
            part.control(raw(on_a_terminal(["python3", "-c", script], piped).out), f"{evil!r} on a terminal")
    part.control(run(["sh", "-c", "kill -SEGV $$"]).crashed(), "a crash")
