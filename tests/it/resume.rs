//! Whatever stops a run, `--resume` ends with the bytes of a run that was not stopped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::support::*;

/// A small world of inputs, and a command over it.
struct Case {
    dir: tempfile::TempDir,
    inputs: Vec<PathBuf>,
    stdin: Vec<u8>,
    ending: &'static str,
}

impl Case {
    fn files(ending: &'static str) -> Self {
        let dir = folder();
        let copies = format!("{}\n\n\n\n{}", dump(40, "\n\n\n\n"), dump(25, "\n\n\n\n"));
        let lines: String = (20..60)
            .map(|i| serde_json::json!({ "n": i, "text": article(i, "Weather") }).to_string() + "\n")
            .chain(["{broken\n".to_owned()])
            .collect();
        file(&dir, "in/a.txt", copies.as_bytes());
        file(&dir, "in/b/c.jsonl", lines.as_bytes());
        file(&dir, "in/d.txt.gz", &gzip(dump(70, "\n\n\n\n").as_bytes()));
        let inputs = vec![dir.path().join("in")];
        Self { dir, inputs, stdin: Vec::new(), ending }
    }

    /// Files that workers read ahead: some of a few articles, some of one, and some of them packed.
    fn small_files() -> Self {
        let dir = folder();
        for n in 0..40 {
            let text = if n % 4 == 0 { dump(n / 2, "\n\n\n\n") } else { article(n, "Weather") };
            let (name, bytes) = match n % 7 {
                3 => (format!("in/{n:02}.txt.gz"), gzip(text.as_bytes())),
                5 => (format!("in/{n:02}.txt"), [text.as_bytes(), b" and a nul \0 byte"].concat()),
                _ => (format!("in/{n:02}.txt"), text.into_bytes()),
            };
            file(&dir, &name, &bytes);
        }
        let inputs = vec![dir.path().join("in")];
        Self { dir, inputs, stdin: Vec::new(), ending: "jsonl" }
    }

    fn stdin() -> Self {
        let stdin = format!("{}\n\n\n\n{}", dump(90, "\n\n\n\n"), dump(40, "\n\n\n\n")).into_bytes();
        Self { dir: folder(), inputs: Vec::new(), stdin, ending: "jsonl" }
    }

    fn out(&self, to: &str, name: &str) -> PathBuf {
        self.dir.path().join(to).join(format!("{name}.{}", self.ending))
    }

    /// Runs with outputs in the folder `to`; the exit code, `None` if killed.
    fn run(&self, to: &str, more: &[&str], kill_at: Option<usize>) -> (Option<i32>, String) {
        fs::create_dir_all(self.dir.path().join(to)).expect("room");
        let names = ["rows", "ledger", "quarantine"].map(|n| self.out(to, n));
        let report = self.dir.path().join(to).join("report");
        let mut command = command(&["-q", "--threads", "2", "--checkpoint-every", "20KiB"]);
        command.args(more).args(&self.inputs);
        for (option, path) in ["-o", "--ledger", "--quarantine"].iter().zip(&names) {
            command.arg(option).arg(path);
        }
        command.arg("--report").arg(report);
        if let Some(n) = kill_at {
            command.env("TEXTMILL_KILL_AT", n.to_string());
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("start");
        let (mut pipe, content) = (child.stdin.take().expect("a pipe"), self.stdin.clone());
        let feed = std::thread::spawn(move || drop(std::io::Write::write_all(&mut pipe, &content)));
        let output = child.wait_with_output().expect("it ends");
        feed.join().expect("the feeder ends");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// All outputs, and the counts of the report.
    fn results(&self, to: &str) -> (Vec<Vec<u8>>, Value) {
        let read = |n| fs::read(self.out(to, n)).unwrap_or_else(|e| panic!("{to}/{n}: {e}"));
        let report = fs::read(self.dir.path().join(to).join("report")).expect("a report");
        let mut report: Value = serde_json::from_slice(&report).expect("JSON");
        for speed in ["bytes_read", "seconds", "megabytes_per_second"] {
            report.as_object_mut().expect("an object").remove(speed);
        }
        (["rows", "ledger", "quarantine"].map(read).to_vec(), report)
    }

    fn names(&self, to: &str) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path().join(to)).expect("the folder");
        let mut names: Vec<String> =
            entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Kills at every durable step in turn, and resumes.
    fn sweep(&self, more: &[&str]) {
        let resume = [more, &["--resume"]].concat();
        assert_eq!(self.run("whole", more, None).0, Some(0));
        let want = self.results("whole");
        assert!(want.0.iter().all(|o| !o.is_empty()), "each output has something in it");
        let mut survived = 0;
        for n in 1.. {
            let (code, err) = self.run("cut", &resume, Some(n));
            if code == Some(0) {
                assert!(n > 20, "only {n} durable steps");
                break;
            }
            assert_eq!(code, None, "step {n}: {err}");
            if let Ok(rows) = fs::read(self.out("cut", "rows")) {
                assert_eq!(rows, want.0[0], "step {n}: rows under their final name are whole");
            }
            survived += usize::from(self.out("cut", "rows").with_file_name("rows.jsonl.partial").exists());
            let (code, err) = self.run("cut", &resume, None);
            assert_eq!((code, err.as_str()), (Some(0), ""), "resumed after step {n}");
            assert!(self.results("cut") == want, "step {n}");
            assert_eq!(self.names("cut"), self.names("whole"), "step {n}: nothing is left over");
            fs::remove_dir_all(self.dir.path().join("cut")).expect("gone");
        }
        assert!(self.ending != "jsonl" || survived > 5);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn killed_at_every_step_over_files() {
    Case::files("jsonl").sweep(&[]);
}

#[cfg(target_os = "linux")]
#[test]
fn killed_at_every_step_over_small_files() {
    Case::small_files().sweep(&[]);
}

#[cfg(target_os = "linux")]
#[test]
fn killed_at_every_step_compressed() {
    Case::files("jsonl.gz").sweep(&[]);
}

#[cfg(target_os = "linux")]
#[test]
fn killed_at_every_step_on_standard_input() {
    let mut case = Case::stdin();
    // A quarantined record as well.
    case.stdin.extend_from_slice(b"\n\n\n\nA nul \0 byte");
    case.sweep(&[]);
}

#[cfg(target_os = "linux")]
#[test]
fn killed_again_and_again() {
    let case = Case::files("jsonl");
    assert_eq!(case.run("whole", &[], None).0, Some(0));
    let mut kills = 0;
    // Each run gets a few steps further than its own start.
    while case.run("cut", &["--resume"], Some(25)).0 != Some(0) {
        kills += 1;
        assert!(kills < 200, "no progress");
    }
    assert!(kills > 2, "{kills} kills");
    assert!(case.results("cut") == case.results("whole"));
}

/// A run that was killed in the middle, after some commits.
fn unfinished(case: Case) -> Case {
    let state = case.dir.path().join("cut/rows.jsonl.partial/state.redb");
    let holds = |what: &str| {
        let state = fs::read(&state).unwrap_or_default();
        state.windows(what.len()).any(|w| w == what.as_bytes())
    };
    for n in 10.. {
        assert_eq!(case.run("cut", &[], Some(n)).0, None, "no kill left a checkpoint");
        if holds("\"finished\":false") {
            return case;
        }
    }
    unreachable!("every run ends");
}

#[cfg(target_os = "linux")]
#[test]
fn what_differs_is_named_and_refused() {
    let case = unfinished(Case::files("jsonl"));
    let refused = |more: &[&str], what: &str| {
        let (code, err) = case.run("cut", &[&["--resume"], more].concat(), None);
        assert_eq!(code, Some(3), "{err}");
        assert!(err.contains(what) && err.contains("cannot resume"), "{err}");
    };
    refused(&["-p", "plain"], "the pipeline");
    refused(&["--strict"], "the way input is read");
    refused(&["-"], "the list of inputs");
    let first = case.dir.path().join("in/a.txt");
    let content = fs::read(&first).expect("the input");
    let modified = fs::metadata(&first).and_then(|m| m.modified()).expect("a time");
    fs::write(&first, [content.as_slice(), b"more"].concat()).expect("room");
    refused(&[], "a.txt had");
    fs::write(&first, &content).expect("room");
    refused(&[], "was modified since");
    let restore = || fs::File::options().write(true).open(&first).and_then(|f| f.set_modified(modified));
    restore().expect("a time");
    let new = case.dir.path().join("in/0.txt");
    fs::write(&new, "new").expect("room");
    refused(&[], "it was");
    fs::remove_file(&new).expect("gone");
    // Nothing of all that did any harm.
    assert_eq!(case.run("cut", &["--resume"], None), (Some(0), String::new()));
    assert_eq!(case.run("whole", &[], None).0, Some(0));
    assert!(case.results("cut") == case.results("whole"));
}

#[cfg(target_os = "linux")]
#[test]
fn other_bytes_on_standard_input_are_refused() {
    let mut case = unfinished(Case::stdin());
    let good = case.stdin.clone();
    case.stdin[100] ^= 1;
    let (code, err) = case.run("cut", &["--resume"], None);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("are not the same as before"), "{err}");
    case.stdin = good[..1000].to_vec();
    let (code, err) = case.run("cut", &["--resume"], None);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("has 1000 bytes"), "{err}");
    case.stdin = good;
    assert_eq!(case.run("cut", &["--resume"], None).0, Some(0));
    assert_eq!(case.run("whole", &[], None).0, Some(0));
    assert!(case.results("cut") == case.results("whole"));
}

#[cfg(target_os = "linux")]
#[test]
fn damage_is_named_not_repaired() {
    for (file, at) in [("rows", 100), ("state.redb", 100), ("state.redb", 8192)] {
        let case = unfinished(Case::files("jsonl"));
        let path = case.dir.path().join("cut/rows.jsonl.partial").join(file);
        let mut bytes = fs::read(&path).expect("a file");
        if file == "state.redb" {
            bytes[at..].iter_mut().for_each(|b| *b = !*b);
        } else {
            bytes[at] ^= 1;
        }
        fs::write(&path, &bytes).expect("room");
        let (code, err) = case.run("cut", &["--resume"], None);
        assert_eq!(code, Some(5), "{file}: {err}");
        assert!(err.contains(file) && err.contains("is damaged"), "{err}");
        assert!(!case.out("cut", "rows").exists());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn one_writer_at_a_time() {
    let case = Case::stdin();
    let out = case.dir.path().join("o");
    let name = out.to_str().expect("UTF-8");
    let mut first = command(&["-q", "-o", name]).stdin(Stdio::piped()).spawn().expect("start");
    let lock = case.dir.path().join("o.partial/lock");
    let holds = || fs::read_to_string(&lock).is_ok_and(|s| s.ends_with('\n'));
    while !holds() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    for more in [&[][..], &["--resume"]] {
        let ran = textmill(&[&["-q", "-o", name], more].concat(), &case.stdin);
        assert_eq!(ran.code, 5, "{}", ran.err);
        assert!(ran.err.contains(&format!("process {} on", first.id())), "{}", ran.err);
    }
    // A dead holder holds nothing.
    first.kill().expect("killed");
    first.wait().expect("it ends");
    assert_eq!(textmill(&["-q", "-o", name], &case.stdin).code, 0);
    assert!(!lock.exists());
}

/// Waits until `there` says so; the other process needs some time.
fn wait_until(mut there: impl FnMut() -> bool) {
    while !there() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_refused_run_leaves_ledger_and_quarantine_of_the_first_alone() {
    let lines = |range: std::ops::Range<usize>| -> String {
        let line = |n| serde_json::json!({ "text": article(n, "Weather") }).to_string() + "\n{broken\n";
        range.map(line).collect()
    };
    let (begin, rest) = (lines(0..200), lines(200..300));
    for option in ["--ledger", "--quarantine"] {
        let dir = folder();
        let at = |name: &str| dir.path().join(name).to_str().expect("UTF-8").to_owned();
        let run = |out: &str, side: &str, more: &[&str]| {
            let (out, side) = (at(out), at(side));
            let args = ["-q", "--checkpoint-every", "20KiB", "-o", &out, option, &side, "-"];
            textmill(&[&args[..], more].concat(), (begin.clone() + &rest).as_bytes())
        };
        let whole = run("whole", "whole-side", &[]);
        assert_eq!(whole.code, 0, "{}", whole.err);
        for is_killed in [false, true] {
            let args = ["-q", "--checkpoint-every", "20KiB", "-o", &at("first"), option, &at("side"), "-"];
            let mut first = command(&args).stdin(Stdio::piped()).spawn().expect("start");
            let mut stdin = first.stdin.take().expect("a pipe");
            std::io::Write::write_all(&mut stdin, begin.as_bytes()).expect("it reads");
            let state = dir.path().join("first.partial/state.redb");
            wait_until(|| state.exists());
            let refused = run("second", "side", &[]);
            assert_eq!(refused.code, 5, "{}", refused.err);
            assert!(Path::new(&at("side.partial")).exists(), "{option} of the first run is gone");
            if is_killed {
                first.kill().expect("killed");
                first.wait().expect("it ends");
                let ran = run("first", "side", &["--resume"]);
                assert_eq!((ran.code, ran.err.as_str()), (0, ""));
            } else {
                std::io::Write::write_all(&mut stdin, rest.as_bytes()).expect("it reads");
                drop(stdin);
                assert_eq!(first.wait().expect("it ends").code(), Some(0));
            }
            for (name, same) in [("first", "whole"), ("side", "whole-side")] {
                assert!(fs::read(at(name)).expect("a file") == fs::read(at(same)).expect("a file"));
                fs::remove_file(at(name)).expect("gone");
            }
            assert!(!Path::new(&at("second.partial")).exists());
        }
    }
}

#[cfg(unix)]
#[test]
fn a_run_without_a_checkpoint_leaves_nothing_behind() {
    let case = Case::stdin();
    let at = |name: &str| case.dir.path().join(name).to_str().expect("UTF-8").to_owned();
    let mut child =
        command(&["-q", "-o", &at("o"), "--ledger", &at("l")]).stdin(Stdio::piped()).spawn().expect("start");
    // Held open, or the input would end and be committed.
    let stdin = child.stdin.take();
    while !Path::new(&at("l.partial")).exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let kill = format!("kill -TERM {}", child.id());
    assert!(std::process::Command::new("sh").args(["-c", &kill]).status().expect("sh").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(143));
    drop(stdin);
    assert_eq!(case.names("."), Vec::<String>::new());
    // Nor does one that cannot open all of its outputs.
    let ran = textmill(&["-q", "-o", &at("o"), "--ledger", &at("no/l")], &case.stdin);
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert_eq!(case.names("."), Vec::<String>::new());
}

#[test]
fn resume_needs_a_file() {
    for args in [&["--resume"][..], &["--resume", "-o", "/dev/null"]] {
        let ran = textmill(args, b"");
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains("-o FILE"), "{}", ran.err);
    }
}

#[test]
fn outputs_inside_the_input_folder_are_not_read() {
    let dir = folder();
    file(&dir, "a.txt", article(1, "Weather").as_bytes());
    let at = |name: &str| dir.path().join(name).to_str().expect("UTF-8").to_owned();
    for _ in 0..2 {
        let ran = textmill(&["-q", &at("."), "-o", &at("o.jsonl"), "--ledger", &at("l.jsonl")], b"");
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_eq!(read_rows(Path::new(&at("o.jsonl"))).len(), 1);
    }
}

#[test]
fn one_place_under_two_names_is_refused() {
    let dir = folder();
    let input = file(&dir, "a.txt", article(1, "Weather").as_bytes());
    let input = input.to_str().expect("UTF-8");
    let at = |name: &str| dir.path().join(name).to_str().expect("UTF-8").to_owned();
    fs::create_dir(at("d")).expect("room");
    let run =
        |out: &str, ledger: &str| textmill(&["-q", input, "-o", &at(out), "--ledger", &at(ledger)], b"").code;
    assert_eq!(run("o", "./o"), 2);
    assert_eq!(run("o", "d/../o"), 2);
    assert_eq!(run("o", "./a.txt"), 2, "an input is no output");
    assert_eq!(run("o", "d/o"), 0);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(at("o"), at("link")).expect("room");
        assert_eq!(run("o", "link"), 2);
    }
}

#[test]
fn killed_at_every_durable_step_with_windows() {
    let case = Case::files("jsonl");
    // Windows end where checkpoints do not.
    let pipeline = "[[stage]]\ntype = \"widget-labels\"\n[[stage]]\ntype = \"near-dedupe\"\nkeep = \"longest\"\n\
                    window = 17\n";
    let pipeline = file(&case.dir, "longest.toml", pipeline.as_bytes());
    case.sweep(&["-p", pipeline.to_str().expect("UTF-8")]);
}

#[test]
fn killed_while_it_learns() {
    for passes in ["passes = 2\n", "passes = 1\nwindow = 20\n", ""] {
        let case = Case::files("jsonl");
        let labelled: Vec<String> =
            (100..160).map(|n| format!("{}\n\nMore from us: {n}", article(n, "Weather"))).collect();
        file(&case.dir, "in/e.txt", labelled.join("\n\n\n\n").as_bytes());
        let pipeline = format!(
            "[[stage]]\ntype = \"learned-boilerplate\"\nmin-share = 0.1\ngroup = \"all\"\n{passes}\
             [[stage]]\ntype = \"fingerprint\"\n[[stage]]\ntype = \"exact-dedupe\"\n"
        );
        let pipeline = file(&case.dir, "learned.toml", pipeline.as_bytes());
        let more = ["-p", pipeline.to_str().expect("UTF-8"), "--resume"];
        assert_eq!(case.run("whole", &more[..2], None).0, Some(0));
        let want = case.results("whole");
        assert!(want.1["lines"]["removed"]["learned-boilerplate/tail"].as_u64() > Some(9), "{}", want.1);
        for n in (1..).step_by(3) {
            let (code, err) = case.run("cut", &more, Some(n));
            if code == Some(0) {
                assert!(n > 9, "only {n} durable steps");
                break;
            }
            assert_eq!(code, None, "step {n}: {err}");
            assert_eq!(case.run("cut", &more, None), (Some(0), String::new()), "resumed after step {n}");
            assert!(case.results("cut") == want, "{passes}step {n}");
            fs::remove_dir_all(case.dir.path().join("cut")).expect("gone");
        }
    }
}
