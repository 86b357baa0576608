"""Loads what textmill writes with datasets, polars, DuckDB and pandas, as docs/output.md shows it.

    python tools/loaders --bin target/debug/textmill

Every shard of every format has to give the same columns, types and values as JSON says, also where all titles and
captions are empty, or those of the first thousand rows are. Needs the packages of requirements.txt.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
COLUMNS = {name: "string" for name in ("id", "title", "text", "captions", "fingerprint", "source")}
COLUMNS |= {"record": "int64", "start": "int64", "end": "int64", "meta": "string"}
FORMATS = ["jsonl", "jsonl.gz", "jsonl.zst", "parquet"]
BIG = 2**70  # no loader has so large an integer; it stays text inside `meta`


def text(seed):
    """Paragraphs of their own, of what looks like sentences."""
    draw = random.Random(seed)
    word = lambda: "".join(draw.choice("aeioubdlnrst") for _ in range(draw.randint(2, 9)))
    sentence = lambda: " ".join(word() for _ in range(draw.randint(8, 16))).capitalize() + "."
    return "\n\n".join(" ".join(sentence() for _ in range(3)) for _ in range(4))


def record(seed, /, **more):
    return json.dumps({"text": text(seed), **more}) + "\n"


def inputs(folder):
    """Records by kind: the first two kinds make shards in which all titles and captions are empty."""
    rich = lambda n: record(n, title=f"On {n}", date="2024-05-06", n=BIG, f=1.5, e="", none=None, list=[{}])
    for name, lines in {
        "a-empty.jsonl": [record(n) for n in range(1500)],
        "b-late.jsonl": [record(n) if n < 3200 else rich(n) for n in range(2000, 3600)],
        "c-digits.jsonl": [record(n, title=str(n), date="2024-05-06T10:00:00Z") for n in range(4000, 4400)],
    }.items():
        (folder / name).write_text("".join(lines))


def run(bin, *args, cwd):
    ran = subprocess.run([bin, "run", "-q", *args], cwd=cwd, capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"textmill {' '.join(map(str, args))}: code {ran.returncode}: {ran.stderr}")


def with_datasets(files, kind):
    import datasets

    loaded = datasets.load_dataset(kind, data_files=files, split="train")
    return {name: feature.dtype for name, feature in loaded.features.items()}, loaded.to_list()


def with_polars(files, kind):
    import polars

    loaded = polars.read_parquet(files) if kind == "parquet" else polars.read_ndjson(files)
    names = {polars.String: "string", polars.Int64: "int64"}
    return {name: names.get(kind, str(kind)) for name, kind in loaded.schema.items()}, loaded.to_dicts()


def with_duckdb(files, kind):
    import duckdb

    read = "read_parquet" if kind == "parquet" else "read_ndjson"
    loaded = duckdb.sql(f"SELECT * FROM {read}({files!r})")
    names = {"VARCHAR": "string", "BIGINT": "int64"}
    types = {name: names.get(str(kind), str(kind)) for name, kind in zip(loaded.columns, loaded.types)}
    return types, [dict(zip(loaded.columns, row)) for row in loaded.fetchall()]


def with_pandas(files, kind):
    import pandas

    # Without `dtype=False` titles that are all digits would become numbers.
    read = pandas.read_parquet if kind == "parquet" else lambda f: pandas.read_json(f, lines=True, dtype=False)
    loaded = pandas.concat(map(read, files), ignore_index=True)
    names = {"str": "string", "object": "string"}
    return {n: names.get(str(t), str(t)) for n, t in loaded.dtypes.items()}, loaded.to_dict("records")


LOADERS = [with_datasets, with_polars, with_duckdb, with_pandas]


def compare(what, loaded, want):
    types, rows = loaded
    if types != COLUMNS or list(types) != list(COLUMNS):
        return [f"{what}: the columns are {types}"]
    if rows != want:
        at = next((i for i, (a, b) in enumerate(zip(rows, want)) if a != b), min(len(rows), len(want)))
        return [f"{what}: {len(rows)} rows, {len(want)} in the file; row {at} differs: {str(rows[at:at + 1])[:300]}"]
    return []


def folder_of(bin, home, format, want, found):
    """A folder of shards, each alone and all together, and the folder itself."""
    import check_folder
    import datasets

    out = home / format
    split = ["--split", "train=0.9,validation=0.1", "--shard-size", "256K", "--shard-format", format]
    run(bin, "in", "-o", f"{format}/", *split, cwd=home)
    found += check_folder.problems(out)
    shards = json.loads((out / "manifest.json").read_text())["shards"]
    rows = {shard["file"]: check_folder.rows_of(out / shard["file"]) for shard in shards}
    train = [shard["file"] for shard in shards if shard["split"] == "train"]
    empty = [f for f in train if not any(row["title"] or row["captions"] for row in rows[f])]
    late = [f for f in train if f not in empty and not any(row["title"] for row in rows[f][:50])]
    if len(empty) < 2 or len(train) < 8 or not late:
        found.append(f"{format}: {len(empty)} shards of {len(train)} have no titles, {len(late)} late ones")
    ids = sorted(row["id"] for shard in rows.values() for row in shard)
    if ids != sorted(row["id"] for row in want):
        found.append(f"{format}: the rows of the shards are not those of one file")
    kind = "parquet" if format == "parquet" else "json"
    # One that is empty, one where titles come late, the last, and all of them.
    for files in [[empty[0]], [late[0]], [train[-1]], train]:
        content = [row for file in files for row in rows[file]]
        for load in LOADERS:
            loaded = load([str(out / file) for file in files], kind)
            found += compare(f"{load.__name__} {format} {files[0]} ({len(files)})", loaded, content)
    loaded = datasets.load_dataset(str(out))
    for split in ("train", "validation"):
        files = [shard["file"] for shard in shards if shard["split"] == split]
        types = {name: feature.dtype for name, feature in loaded[split].features.items()}
        content = [row for file in files for row in rows[file]]
        found += compare(f"load_dataset {format} {split}", (types, loaded[split].to_list()), content)
    info = datasets.load_dataset_builder(str(out)).info
    if {name: split.num_examples for name, split in info.splits.items()} != loaded.num_rows:
        found.append(f"{format}: the card says {info.splits}")


def one_file(bin, home, format, found):
    """All rows in one file: those of the first thousand rows and more have no title."""
    import check_folder

    path = home / f"rows.{format}"
    run(bin, "in", "-o", path.name, cwd=home)
    want = check_folder.rows_of(path)
    if any(row["title"] for row in want[:1000]) or not any(row["title"] for row in want):
        found.append(f"{path.name}: titles are not where they should be")
    for load in LOADERS:
        loaded = load([str(path)], "parquet" if format == "parquet" else "json")
        found += compare(f"{load.__name__} {path.name}", loaded, want)
    return want


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, type=Path)
    bin = parser.parse_args().bin.resolve()
    found = []
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"HF_HOME": f"{home}/cache", "HF_DATASETS_OFFLINE": "1", "HF_HUB_OFFLINE": "1"}
        import datasets

        datasets.disable_progress_bars()
        home = Path(home)
        (home / "in").mkdir()
        inputs(home / "in")
        first = None
        for format in FORMATS:
            rows = one_file(bin, home, format, found)
            first = first or rows
            if rows != first:
                found.append(f"rows.{format} has other rows than rows.{FORMATS[0]}")
            folder_of(bin, home, format, rows, found)
        # A checker that finds nothing wrong with other rows checks nothing.
        if not compare("", (dict(COLUMNS), first[1:]), first) or not compare("", (COLUMNS | {"record": "string"}, first), first):
            found.append("control: a lost row or another type was not noticed")
    print("\n".join(found) or f"loaders: {len(FORMATS)} formats, {len(LOADERS)} loaders: everything agrees")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
