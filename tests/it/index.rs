//! An index that outlives the run: what one delivery held is known to the next.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use crate::support::*;

mod care;
#[cfg(all(target_os = "linux", debug_assertions))]
mod kills;

const PIPELINE: &str = "[[stage]]\ntype = \"fingerprint\"\n[[stage]]\ntype = \"exact-dedupe\"\n[[stage]]\ntype = \"near-dedupe\"\n";

/// JSON Lines of articles; those whose number `edit` picks have one word more.
fn lines(numbers: impl Iterator<Item = usize>, edit: impl Fn(usize) -> bool) -> Vec<u8> {
    // Words that no two articles have in common.
    let word = |n: usize, i: usize| format!("w{:x}", (n * 977 + i * 31 + 7) * 2_654_435_761 % 0xFFFF_FFFB);
    let text = |n: usize| {
        let words: Vec<String> = (0..60).map(|i| word(n, i)).collect();
        words.join(" ") + if edit(n) { " again" } else { "" }
    };
    let row = |n| serde_json::json!({ "text": text(n) }).to_string() + "\n";
    numbers.map(row).collect::<String>().into_bytes()
}

/// Monday's delivery.
fn monday() -> Vec<u8> {
    lines(0..30, |_| false)
}

/// Tuesday's: ten known articles, ten changed ones, twenty new ones and a copy of a new one.
fn tuesday() -> Vec<u8> {
    lines((10..50).chain([49]), |n| n >= 20)
}

/// A folder for indexes and outputs.
struct World {
    dir: tempfile::TempDir,
    pipeline: PathBuf,
}

impl World {
    fn new() -> Self {
        let dir = folder();
        let pipeline = file(&dir, "p.toml", PIPELINE.as_bytes());
        Self { dir, pipeline }
    }

    fn at(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    fn pipeline(&self, toml: &str) {
        fs::write(&self.pipeline, toml).expect("room");
    }

    fn args(&self, index: &str, more: &[&str]) -> Vec<String> {
        let p = self.pipeline.to_str().expect("UTF-8").to_owned();
        let mut args = vec!["-q".to_owned(), "-p".to_owned(), p, "--index".to_owned(), self.at(index)];
        args.extend(more.iter().map(|&a| a.to_owned()));
        args
    }

    /// Runs over `input` with the index `index`.
    fn run(&self, index: &str, more: &[&str], input: &[u8]) -> Ran {
        let args = self.args(index, more);
        textmill(&args.iter().map(String::as_str).collect::<Vec<_>>(), input)
    }

    /// Rows of a run that has to succeed.
    fn rows(&self, index: &str, more: &[&str], input: &[u8]) -> Vec<u8> {
        let ran = self.run(index, more, input);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        ran.out
    }

    /// Copies the index `from` to `to`.
    fn copy(&self, from: &str, to: &str) {
        drop(fs::remove_dir_all(self.at(to)));
        for (name, bytes) in tree(Path::new(&self.at(from))) {
            file(&self.dir, &format!("{to}/{name}"), &bytes);
        }
    }

    fn mill(&self, args: &[&str]) -> (i32, String, String) {
        let ran = textmill(args, b"");
        (ran.code, String::from_utf8(ran.out).expect("UTF-8"), ran.err)
    }
}

/// The files below `dir`, with their content.
fn tree(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let (mut all, mut folders) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(dir).expect("below").to_str().expect("UTF-8").to_owned();
                all.push((name, fs::read(&path).expect("a file")));
            }
        }
    }
    all.sort();
    all
}

fn ids(rows: &[u8]) -> Vec<String> {
    rows_of(rows, "id")
}

fn rows_of(bytes: &[u8], key: &str) -> Vec<String> {
    rows(bytes).iter().map(|r| str_of(r, key).to_owned()).collect()
}

#[test]
fn what_one_run_kept_the_next_one_drops() {
    let world = World::new();
    for to_file in [true, false] {
        let index = if to_file { "file" } else { "stream" };
        let run = |name: &str, input: &[u8]| {
            let (out, ledger) = (world.at(name), world.at("ledger"));
            let more = ["--ledger", &ledger, "-o", if to_file { &out } else { "-" }];
            let rows = world.rows(index, &more, input);
            (if to_file { fs::read(&out).expect("rows") } else { rows }, read_rows(Path::new(&ledger)))
        };
        let (first, _) = run("a", &monday());
        assert_eq!(rows(&first).len(), 30);
        let (second, ledger) = run("b", &tuesday());
        let alone = textmill(&["-q", "-p", world.pipeline.to_str().expect("UTF-8")], &tuesday());
        assert_eq!(ids(&second), ids(&alone.out)[20..], "only what was new is left, as it would be alone");
        let witnesses: Vec<&str> = ledger.iter().filter_map(|l| l.get("witness")?.as_str()).collect();
        assert_eq!(witnesses[..20], ids(&first)[10..], "documents of the first run");
        assert_eq!(witnesses[20..], ids(&second)[19..], "and of this one");
        let reasons: Vec<&str> =
            ledger.iter().filter(|l| l.get("witness").is_some()).map(|l| str_of(l, "reason")).collect();
        assert_eq!(reasons[9..11], ["exact-dedupe/copy", "near-dedupe/edited"]);
        let (third, _) = run("c", &tuesday());
        assert_eq!(third, b"");
    }
    assert!(!Path::new(&world.at("b.partial")).exists());
}

#[test]
fn a_read_only_index_stays_as_it_is() {
    let world = World::new();
    world.rows("i", &[], &monday());
    world.copy("i", "writable");
    let want = world.rows("writable", &[], &tuesday());
    assert_eq!(rows(&want).len(), 20);
    let before = tree(Path::new(&world.at("i")));
    for _ in 0..2 {
        assert!(world.rows("i", &["--index-read-only"], &tuesday()) == want);
        let out = world.at("o");
        world.rows("i", &["--index-read-only", "-o", &out, "--checkpoint-every", "2KiB"], &tuesday());
        assert!(fs::read(&out).expect("rows") == want);
    }
    assert!(tree(Path::new(&world.at("i"))) == before, "nothing was written");
    let ran = world.run("none", &["--index-read-only"], &tuesday());
    assert_eq!((ran.code, ran.out.len()), (5, 0));
    assert!(ran.err.contains(&world.at("none")) && ran.err.contains("makes one"), "{}", ran.err);
    assert!(!Path::new(&world.at("none")).exists());
}

#[test]
fn an_empty_index_is_an_index() {
    let world = World::new();
    assert_eq!(world.rows("i", &[], b""), b"");
    assert_eq!(ids(&world.rows("i", &["--index-read-only"], &monday())).len(), 30);
    // Nor does it insist on parameters that nothing was added with.
    world.pipeline(&format!("{PIPELINE}rows = 4\n"));
    assert_eq!(ids(&world.rows("i", &["--index-read-only"], &monday())).len(), 30);
    assert_eq!(ids(&world.rows("i", &[], &monday())).len(), 30);
}

#[test]
fn one_stage_twice_has_two_indexes() {
    let world = World::new();
    world.pipeline(&format!("{PIPELINE}[[stage]]\ntype = \"near-dedupe\"\nrows = 4\n"));
    world.rows("i", &[], &monday());
    for more in [&["--index-read-only"][..], &[]] {
        assert_eq!(ids(&world.rows("i", more, &tuesday())).len(), 20);
    }
}

#[test]
fn other_parameters_are_refused_by_name() {
    let world = World::new();
    world.rows("i", &[], &monday());
    let before = world.rows("i", &["--index-read-only"], &tuesday());
    let folded = PIPELINE.replace("\"fingerprint\"", "\"fingerprint\"\nfold-case = false");
    for (toml, was, now) in [
        (format!("{PIPELINE}rows = 4\n"), "rows = 8", "rows = 4"),
        (folded, "\"version 1\"", "fold-case = false"),
    ] {
        world.pipeline(&toml);
        for more in [&["--index-read-only"][..], &[]] {
            let ran = world.run("i", more, &tuesday());
            assert_eq!((ran.code, ran.out.len()), (5, 0), "{}", ran.err);
            assert!(ran.err.contains(was) && ran.err.contains(now), "{}", ran.err);
            assert!(ran.err.contains(&world.at("i")) && ran.err.contains("another folder"), "{}", ran.err);
        }
    }
    // What does not bear on the entries may differ.
    world.pipeline(&format!("{PIPELINE}threshold = 0.8\n"));
    assert!(world.rows("i", &[], &tuesday()) == before);
}

/// A run with the index `index` that waits for more input, and holds the lock.
fn holder(world: &World, index: &str) -> Child {
    let args = world.args(index, &[]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let child = command(&args).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("start");
    let lock = PathBuf::from(world.at(index)).join("lock");
    let name = format!("process {} on", child.id());
    while !fs::read_to_string(&lock).is_ok_and(|s| s.starts_with(&name) && s.ends_with('\n')) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child
}

#[cfg(target_os = "linux")]
#[test]
fn one_writer_of_an_index_at_a_time() {
    let world = World::new();
    world.rows("i", &[], &monday());
    let mut first = holder(&world, "i");
    let index = world.at("i");
    for more in [&[][..], &["--index-read-only"], &["-o", &world.at("o")]] {
        let began = std::time::Instant::now();
        let ran = world.run("i", more, &tuesday());
        assert!(began.elapsed().as_secs() < 5, "it does not wait");
        assert_eq!((ran.code, ran.out.len()), (5, 0), "{}", ran.err);
        assert!(ran.err.contains(&format!("process {} on", first.id())), "{}", ran.err);
        assert!(ran.err.contains(&index), "{}", ran.err);
    }
    // A dead holder holds nothing, nor did it add anything.
    first.kill().expect("killed");
    first.wait().expect("it ends");
    let want = world.rows("i", &["--index-read-only"], &tuesday());
    assert_eq!(rows(&want).len(), 20);
    assert!(world.rows("i", &[], &tuesday()) == want);
}

/// An index with runs, made by a debug build; small tables.
fn with_runs(world: &World, index: &str) {
    let mut command = command(&world.args(index, &[]).iter().map(String::as_str).collect::<Vec<_>>());
    let input = file(&world.dir, "monday.jsonl", &monday());
    command.arg(input).env("TEXTMILL_TABLE_BYTES", "14000").stdout(Stdio::null());
    assert!(command.status().expect("it ends").success());
    let runs = tree(Path::new(&world.at(index))).iter().filter(|(n, _)| n.contains("/run-")).count();
    assert!(runs > 1, "{runs} runs");
}

#[cfg(debug_assertions)]
#[test]
fn damage_to_an_index_is_named() {
    let world = World::new();
    with_runs(&world, "i");
    // Everything is looked up, and nothing may be found wrong.
    let input = lines(0..50, |n| n >= 20);
    let want = world.rows("i", &["--index-read-only"], &input);
    assert_eq!(rows(&want).len(), 20);
    let mut named = BTreeSet::new();
    // Which of two commits counts.
    world.copy("i", "damaged");
    let state = PathBuf::from(world.at("damaged/state.redb"));
    let mut bytes = fs::read(&state).expect("the store");
    bytes[9] ^= 1;
    fs::write(&state, bytes).expect("room");
    for more in [&["--index-read-only"][..], &[]] {
        let ran = world.run("damaged", more, &input);
        assert!(ran.code == 5 || (ran.code == 0 && ran.out == want), "{}: {}", ran.code, ran.err);
    }
    for (name, bytes) in tree(Path::new(&world.at("i"))) {
        // Where the last commit is noted, byte for byte; elsewhere here and there.
        let header = if name == "state.redb" { 0..320 } else { 0..0 };
        let spread = (0..15).map(|n| n * bytes.len() / 15);
        for at in header.step_by(3).chain(spread).filter(|&at| at < bytes.len() && name != "lock") {
            world.copy("i", "damaged");
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << (at % 8);
            file(&world.dir, &format!("damaged/{name}"), &bytes);
            let more = if at % 2 == 0 { &["--index-read-only"][..] } else { &[] };
            let ran = world.run("damaged", more, &input);
            let whole = world.at(&format!("damaged/{name}"));
            match ran.code {
                0 => assert!(ran.out == want, "{name} at {at}: other rows"),
                5 => {
                    assert!(ran.err.contains(&whole) && ran.err.contains("is damaged"), "{at}: {}", ran.err);
                    assert!(ran.err.contains("move it away"), "{}", ran.err);
                    named.insert(name.clone());
                }
                code => panic!("{name} at {at}: code {code}, {}", ran.err),
            }
        }
    }
    let kinds = ["state.redb", "exact-dedupe/log", "near-dedupe/log", "near-dedupe/run-"];
    assert!(kinds.iter().all(|k| named.iter().any(|n| n.starts_with(k))), "{named:?}");
}

/// Wednesday's delivery: all that is known by then, and something new.
fn wednesday() -> Vec<u8> {
    lines(0..60, |n| n % 2 == 0)
}

#[test]
fn a_run_that_stops_adds_nothing() {
    let world = World::new();
    world.rows("i", &[], &monday());
    let want = world.rows("i", &["--index-read-only"], &wednesday());
    // Tuesday's articles are all dropped for being short, after they were added.
    let guarded = format!(
        "[guard]\nmin-documents = 10\nmax-dropped = 0.3\n{PIPELINE}[[stage]]\ntype = \"min-content\"\nmin-words = 1000\n"
    );
    for more in [&["--checkpoint-every", "2KiB", "-o", &world.at("o")][..], &[]] {
        world.pipeline(&guarded);
        let ran = world.run("i", more, &tuesday());
        assert_eq!(ran.code, 3, "{}", ran.err);
        assert!(ran.err.contains("min-content"), "{}", ran.err);
        assert!(!Path::new(&world.at("o")).exists() && !Path::new(&world.at("o.partial")).exists());
        world.pipeline(PIPELINE);
        assert!(world.rows("i", &["--index-read-only"], &wednesday()) == want);
    }
    let ran = world.run("i", &["/no/such/file"], b"");
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(world.rows("i", &["--index-read-only"], &wednesday()) == want);
    assert!(world.rows("i", &[], &wednesday()) == want, "and it can be added to");
}
