//! Rows in a folder of shards: whole or not at all, the same bytes however it was made.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::*;

/// Every file below a folder, by its path inside it; of a file, that.
pub fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    if folder.is_file() {
        return [(String::new(), fs::read(folder).expect("a file"))].into();
    }
    let (mut found, mut open) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("inside").to_string_lossy().into_owned();
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

/// Some inputs; runs are started in their folder, so that all of them give the same command.
pub struct Case {
    pub dir: tempfile::TempDir,
    /// Where rows go.
    out: &'static str,
}

impl Case {
    pub fn new(articles: usize) -> Self {
        let dir = folder();
        file(&dir, "in/a.txt", dump(articles, "\n\n\n\n").as_bytes());
        let lines: String = (articles / 2..articles * 2)
            .map(|i| serde_json::json!({ "n": i, "text": article(i, "Weather") }).to_string() + "\n")
            .collect();
        file(&dir, "in/b.jsonl.gz", &gzip(lines.as_bytes()));
        Self { dir, out: "out/" }
    }

    /// The same inputs, with rows to a file.
    #[cfg(feature = "parquet")]
    pub fn to(self, out: &'static str) -> Self {
        Self { out, dir: self.dir }
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs with rows to `out/`; the exit code, `None` if killed, and what was said.
    pub fn run(&self, more: &[&str], kill_at: Option<usize>) -> (Option<i32>, String) {
        let mut command = command(&["-q", "in", "-o", self.out]);
        command.current_dir(self.dir.path()).args(more);
        if let Some(n) = kill_at {
            command.env("TEXTMILL_KILL_AT", n.to_string());
        }
        let output = command.output().expect("it starts");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// What stands in the folder, or the file.
    fn there(&self) -> BTreeMap<String, Vec<u8>> {
        tree(&self.at(self.out.trim_end_matches('/')))
    }

    fn remove(&self) {
        let out = self.at(self.out.trim_end_matches('/'));
        if out.is_dir() { fs::remove_dir_all(out) } else { fs::remove_file(out) }.expect("gone");
    }

    fn is_clean(&self) -> bool {
        !self.at(&format!("{}.partial", self.out.trim_end_matches('/'))).exists()
    }

    /// Runs undisturbed; what it leaves.
    pub fn made(&self, more: &[&str]) -> BTreeMap<String, Vec<u8>> {
        assert_eq!(self.run(more, None), (Some(0), String::new()));
        let made = self.there();
        self.remove();
        made
    }

    /// Kills at every durable step in turn, and resumes.
    pub fn sweep(&self, more: &[&str]) {
        let more = [more, &["--checkpoint-every", "20KiB", "--ledger", "ledger"]].concat();
        let want = self.made(&more);
        let ledger = fs::read(self.at("ledger")).expect("a ledger");
        let resumed = [&more[..], &["--resume"]].concat();
        for n in 1.. {
            fs::remove_file(self.at("ledger")).expect("gone");
            let (code, err) = self.run(&resumed, Some(n));
            if code == Some(0) {
                assert!(n > 30, "only {n} durable steps");
                break;
            }
            assert_eq!(code, None, "step {n}: {err}");
            if self.at(self.out).exists() {
                assert!(self.there() == want, "step {n}: what has its final name is whole");
            }
            let (code, err) = self.run(&resumed, None);
            assert_eq!((code, err.as_str()), (Some(0), ""), "resumed after step {n}");
            assert!(self.there() == want, "step {n}");
            assert!(fs::read(self.at("ledger")).expect("a ledger") == ledger, "step {n}");
            assert!(self.is_clean(), "step {n}: nothing is left over");
            if self.out.ends_with('/') {
                // It is done, and stays as it is.
                let path = self.at("out/manifest.json");
                let modified = || fs::metadata(&path).and_then(|m| m.modified()).expect("a time");
                let before = modified();
                assert_eq!(self.run(&resumed, None), (Some(0), String::new()), "again after step {n}");
                assert!(before == modified() && self.is_clean(), "step {n}");
            }
            self.remove();
        }
    }
}

/// The rows of a folder, in order of its manifest, by split.
pub fn rows_of(made: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<Value>> {
    let mut all = BTreeMap::new();
    for shard in manifest(made)["shards"].as_array().expect("a list") {
        let (split, bytes) = (str_of(shard, "split").to_owned(), &made[str_of(shard, "file")]);
        let found = rows(&unpacked(str_of(shard, "file"), bytes));
        assert_eq!(found.len() as u64, shard["rows"].as_u64().expect("a number"));
        all.entry(split).or_insert_with(Vec::new).extend(found);
    }
    all
}

pub fn manifest(made: &BTreeMap<String, Vec<u8>>) -> Value {
    serde_json::from_slice(&made["manifest.json"]).expect("JSON")
}

fn unpacked(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match Path::new(name).extension().and_then(|e| e.to_str()) {
        Some("zst") => out = zstd::stream::decode_all(bytes).expect("frames"),
        Some("gz") => {
            std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(bytes), &mut out)
                .expect("members");
        }
        _ => out.extend_from_slice(bytes),
    }
    out
}

#[cfg(target_os = "linux")]
#[test]
fn killed_at_every_step() {
    Case::new(30).sweep(&["--shard-size", "5K"]);
}

#[cfg(target_os = "linux")]
#[test]
fn killed_at_every_step_with_splits() {
    let split = ["--split", "train=0.7,validation=0.3", "--shard-size", "5K", "--shard-format", "jsonl.gz"];
    Case::new(30).sweep(&split);
}

#[test]
fn the_same_bytes_at_any_number_of_threads() {
    let case = Case::new(80);
    for format in ["jsonl", "jsonl.gz", "jsonl.zst"] {
        let one = ["--shard-size", "16K", "--shard-format", format, "--threads"];
        let made = case.made(&[&one[..], &["1"]].concat());
        assert!(made == case.made(&[&one[..], &["3"]].concat()));
        let shards = manifest(&made)["shards"].as_array().map_or(0, Vec::len);
        assert!(shards > 3, "{shards} shards");
    }
}

#[test]
fn shards_are_the_rows_of_a_file() {
    let case = Case::new(80);
    let made = case.made(&["--shard-size", "16K"]);
    let ran = textmill(&["-q", case.at("in").to_str().expect("UTF-8")], b"");
    let mut want = ran.rows();
    let strip = |rows: &mut Vec<Value>| {
        // Named by another path.
        rows.iter_mut().for_each(|r| {
            let row = r.as_object_mut().expect("an object");
            row.retain(|key, _| key != "id" && key != "source");
        });
    };
    let mut got = rows_of(&made).remove("train").expect("one split");
    strip(&mut want);
    strip(&mut got);
    assert_eq!(got, want);
    for shard in manifest(&made)["shards"].as_array().expect("a list") {
        let bytes = &made[str_of(shard, "file")];
        assert_eq!(shard["bytes"].as_u64(), Some(bytes.len() as u64));
        assert_eq!(str_of(shard, "blake3"), blake3::hash(bytes).to_hex().as_str());
        let raw = unpacked(str_of(shard, "file"), bytes).len() as u64;
        assert_eq!(shard["json_bytes"].as_u64(), Some(raw));
        assert!(raw <= 2 * (16 << 10), "{raw} bytes");
    }
}

#[test]
fn a_split_follows_from_the_fingerprint() {
    let case = Case::new(80);
    let by_split = |order: &[&str]| -> BTreeMap<String, String> {
        let more = [&["--split", "train=0.6,validation=0.3,test=0.1"], order].concat();
        let rows = rows_of(&case.made(&more));
        assert_eq!(rows.len(), 3, "each split has rows");
        rows.iter()
            .flat_map(|(split, rows)| {
                rows.iter().map(|r| (str_of(r, "fingerprint").to_owned(), split.clone()))
            })
            .collect()
    };
    let want = by_split(&[]);
    assert!(want.len() > 150);
    // Named again, in another order: what is a copy now was kept before.
    assert_eq!(by_split(&["in/b.jsonl.gz", "in/a.txt"]), want);
    for (fingerprint, split) in want {
        let number = u128::from_str_radix(&fingerprint, 16).expect("hexadecimal");
        let hash = blake3::hash(&number.to_be_bytes());
        let place =
            u64::from_le_bytes(*hash.as_bytes().first_chunk().expect("8 bytes")) as f64 / 2f64.powi(64);
        let documented = if place < 0.6 {
            "train"
        } else if place < 0.9 {
            "validation"
        } else {
            "test"
        };
        assert_eq!(split, documented);
    }
}

#[test]
fn a_split_without_rows_is_there() {
    let case = Case::new(2);
    let made = case.made(&["--split", "train=0.999999,validation=0.000001", "--shard-format", "jsonl"]);
    assert_eq!(made["validation/part-00000.jsonl"], b"");
    assert_eq!(manifest(&made)["splits"]["validation"]["rows"], 0);
    // Loaders fail for a split that is named and has no rows.
    let card = String::from_utf8_lossy(&made["README.md"]);
    assert!(card.contains("split: train") && !card.contains("split: validation"), "{card}");
}

#[test]
fn what_cannot_be_a_folder_is_refused() {
    let case = Case::new(2);
    let refused = |args: &[&str], code: i32, what: &str| {
        let output = command(args).current_dir(case.dir.path()).output().expect("it starts");
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{err}");
        assert!(err.contains(what), "{err}");
    };
    refused(&["in", "-o", "in/"], 2, "is an input and an output");
    file(&case.dir, "full/of.txt", b"something");
    refused(&["in", "-o", "full/"], 4, "choose another folder");
    assert_eq!(tree(&case.at("full")).len(), 1);
    refused(&["in", "-o", "full/of.txt/"], 4, "cannot write");
    refused(&["in", "-o", "new/", "--ledger", "new/ledger"], 2, "put it beside");
    refused(&["in", "-o", "new/", "--report", "new/a/report"], 2, "put it beside");
    refused(&["in", "--split", "train=1"], 2, "-o out/");
    refused(&["in", "-o", "o.jsonl", "--split", "train=1"], 2, "-o out/");
    refused(&["in", "-o", "new/", "--split", "train=0.5"], 2, "add up to 0.5");
    refused(&["in", "-o", "new/", "--split", "a=1", "-p", "plain"], 2, "fingerprint");
    assert!(!case.at("new").exists() && !case.at("new.partial").exists());
}

#[test]
fn a_name_cannot_break_the_card() {
    let case = Case::new(2);
    let name = "a\n---\n``` <script> | x: [y\n# A `` title";
    fs::rename(case.at("in/a.txt"), case.at(&format!("in/{name}"))).expect("renamed");
    let input = format!("in/{name}");
    let output =
        command(&["-q", "-o", "out/", &input]).current_dir(case.dir.path()).output().expect("starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let card = fs::read_to_string(case.at("out/README.md")).expect("a card");
    let fences: Vec<&str> = card.lines().filter(|l| l.starts_with("````")).collect();
    // Opened and closed: the command and the inputs.
    assert_eq!(fences, ["````text", "````", "````text", "````"]);
    assert_eq!(card.lines().filter(|l| *l == "---").count(), 2 + 2, "{card}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_under_way_is_not_shared() {
    let case = Case::new(40);
    let more = ["--shard-size", "12K", "--checkpoint-every", "20KiB"];
    // Between two commits, so that there is something to go on with.
    assert_eq!(case.run(&more, Some(30)).0, None);
    let resumed = [&more[..], &["--resume"]].concat();
    let (code, err) = case.run(&[&resumed[..], &["--shard-size", "16K"]].concat(), None);
    assert_eq!(code, Some(2), "given twice: {err}");
    let other = ["--checkpoint-every", "20KiB", "--shard-size", "16K", "--resume"];
    let (code, err) = case.run(&other, None);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("the form of the rows") || err.contains("the size of a batch"), "{err}");
    let shard = case.at("out.partial/rows/part-00000.jsonl.zst");
    let content = fs::read(&shard).expect("a shard");
    fs::write(&shard, &content[1..]).expect("room");
    let (code, err) = case.run(&resumed, None);
    assert_eq!(code, Some(5), "{err}");
    assert!(err.contains("part-00000") && err.contains("is damaged"), "{err}");
    fs::write(&shard, &content).expect("room");
    // A run that is locked.
    let lock = fs::File::open(case.at("out.partial/lock")).expect("a lock");
    lock.lock().expect("nobody has it");
    let (code, err) = case.run(&resumed, None);
    assert_eq!(code, Some(5), "{err}");
    drop(lock);
    assert_eq!(case.run(&resumed, None), (Some(0), String::new()));
    let got = tree(&case.at("out"));
    fs::remove_dir_all(case.at("out")).expect("gone");
    assert!(got == case.made(&more));
}
