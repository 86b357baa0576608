"""Checks a folder of shards against its manifest, knowing nothing but docs/output.md.

`check_sums.py DIR` calls it. Needs zstandard and pyarrow for the formats that these read; without blake3, hashes and
splits are not compared, and `blake3` is None.
"""

import gzip
import json
from collections import defaultdict
from pathlib import Path

try:
    from blake3 import blake3
except ImportError:
    blake3 = None

ROW = ["id", "title", "text", "captions", "fingerprint", "source", "record", "start", "end", "meta"]


def unpacked(path):
    """The decompressed bytes of a file."""
    if str(path).endswith(".zst"):
        import zstandard  # if it is not here, the message says so

        with open(path, "rb") as file:
            return zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read()
    with (gzip.open if str(path).endswith(".gz") else open)(path, "rb") as file:
        return file.read()


def rows_of(path):
    """The rows of a file, JSON Lines or Parquet."""
    if str(path).endswith(".parquet"):
        import pyarrow.parquet

        return pyarrow.parquet.ParquetFile(path).read().to_pylist()
    *lines, rest = unpacked(path).split(b"\n")
    if rest:
        raise ValueError(f"{path}: the last line has no end")
    return [json.loads(line) for line in lines]


def shard_of(found, folder, shard, limits):
    """A shard against its entry; its rows."""
    path, name = folder / shard["file"], shard["file"]
    content, rows = path.read_bytes(), rows_of(path)
    json_bytes = shard["json_bytes"] if name.endswith(".parquet") else len(unpacked(path))
    for what, got in (
        ("bytes", len(content)),
        ("blake3", blake3(content).hexdigest() if blake3 else shard["blake3"]),
        ("rows", len(rows)),
        ("json_bytes", json_bytes),
    ):
        if shard[what] != got:
            found.append(f"{name}: {what} is {shard[what]} in the manifest and {got} in the file")
    for row in rows:
        if list(row) != ROW:
            found.append(f"{name}: a row has the keys {list(row)}")
        if not (limits and blake3):
            continue
        place = int.from_bytes(blake3(bytes.fromhex(row["fingerprint"])).digest()[:8], "little")
        want = next(name for name, end in limits if place < end)
        if want != shard["split"]:
            found.append(f"{name}: {row['id']} belongs to {want}")
    return rows


def limits_of(manifest):
    """Where each split ends, as the command says; nothing if rows are not split."""
    words = manifest["command"].split()
    if "--split" not in words:
        return []
    limits, sum = [], 0.0
    for part in words[words.index("--split") + 1].split(","):
        name, share = part.split("=")
        sum += float(share)
        limits.append((name, int(sum * 2.0**64)))
    return [*limits[:-1], (limits[-1][0], 2**64)]


def sums(found, manifest):
    """The splits and the report against the list of shards."""
    by_split = defaultdict(lambda: {"shards": 0, "rows": 0, "json_bytes": 0, "bytes": 0})
    for shard in manifest["shards"]:
        sum = by_split[shard["split"]]
        sum["shards"] += 1
        for what in ("rows", "json_bytes", "bytes"):
            sum[what] += shard[what]
    if manifest["splits"] != by_split:
        found.append(f"splits: the manifest says {manifest['splits']}, its shards {dict(by_split)}")
    report, rows = manifest["report"], sum_of(manifest, "rows")
    for what, got, want in (
        ("documents.kept", report["documents"]["kept"], rows),
        ("shards", report["shards"], len(manifest["shards"])),
    ):
        if got != want:
            found.append(f"report.{what} is {got}, the shards say {want}")


def sum_of(manifest, what):
    return sum(shard[what] for shard in manifest["shards"])


def whole(folder):
    """What is wrong with a folder, and all of its rows."""
    found, rows, folder = [], [], Path(folder)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    named = {shard["file"] for shard in manifest["shards"]} | {"manifest.json", "README.md"}
    found += [f"{name} is not in the manifest" for name in sorted(there - named)]
    found += [f"{name} is not there" for name in sorted(named - there)]
    sums(found, manifest)
    limits = limits_of(manifest)
    for shard in manifest["shards"]:
        if shard["file"] in there:
            rows += shard_of(found, folder, shard, limits)
    ids = [row["id"] for row in rows]
    if len(set(ids)) < len(ids):
        found.append("ids are given twice")
    return found, rows


def problems(folder):
    """Everything that does not agree, in words."""
    try:
        return whole(folder)[0]
    except (ImportError, OSError, EOFError, ValueError, KeyError) as error:
        return [f"cannot be read: {type(error).__name__}: {error}"]
