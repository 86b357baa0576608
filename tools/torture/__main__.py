"""Breaks the program on purpose and looks at what it leaves. See README.md."""

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # check_sums

import badinputs
import cost
import determinism
import faults
import kill
import memory
import page
import pipes
import power
import sums
from harness import Part

PARTS = {
    p.__name__: p
    for p in (sums, determinism, badinputs, pipes, faults, kill, power, memory, cost)
}


@dataclass
class Setup:
    """What a part is given."""

    bin: Path
    work: Path
    long: bool
    badinputs: Path | None
    rng: random.Random
    seed: int


def arguments():
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    parser.add_argument("--bin", type=Path, required=True, help="the program, with debug assertions for `kill`")
    parser.add_argument("--long", action="store_true", help="the numbers of trials for a release")
    parser.add_argument("--only", action="append", choices=PARTS, help="this part only (may be repeated)")
    parser.add_argument("--badinputs", type=Path, help="a folder of broken files")
    parser.add_argument("--work", type=Path, help="where to work; otherwise a temporary folder")
    parser.add_argument("--results", type=Path, help="keep the figures of each part in this file")
    parser.add_argument("--out", type=Path, help="write the figures to this page; those in --results too")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main():
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what is mounted is unmounted
    work = Path(tempfile.mkdtemp(prefix="torture-", dir=args.work)).resolve()
    done, failed, tried = {}, [], page.commit()
    print(f"seed {args.seed}", flush=True)
    try:
        for name in args.only or PARTS:
            part = Part(name, args.long, args.seed)
            folder = work / name
            folder.mkdir()
            rng = random.Random(f"{args.seed} {name}")
            began = time.monotonic()
            badinputs_dir = args.badinputs and args.badinputs.resolve()
            PARTS[name].torture(
                part, Setup(args.bin.resolve(), folder, args.long, badinputs_dir, rng, args.seed)
            )
            if part.trials and not part.controls:
                part.fail("it has no negative control")
            print(f"{part.summary()}; {time.monotonic() - began:.0f} s", flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            failed += [f"{name} FAILED {f}" for f in part.failures[:20]]
            done[name] = page.figures(part, time.monotonic() - began, tried)
            if args.results:
                done |= page.keep(args.results, done[name])
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if args.out:
        page.write(args.out, [done[name] for name in PARTS if name in done])
    # Once more where the end of a log shows it.
    for failure in failed:
        print(failure, file=sys.stderr)
    sys.exit(bool(failed))


main()
