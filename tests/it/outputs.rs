//! Where rows go: links, pipes and files that are there already, and limits of the system.

use std::fs::{self, Permissions};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::*;

/// A folder with a dump in it.
struct Place {
    dir: tempfile::TempDir,
    input: PathBuf,
}

impl Place {
    fn new() -> Self {
        let dir = folder();
        let input = file(&dir, "in.txt", dump(40, "\n\n\n\n").as_bytes());
        Self { dir, input }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn at(&self, name: &str) -> String {
        self.path(name).to_str().expect("UTF-8").to_owned()
    }

    /// The command over the dump, without progress and with the quickest pipeline.
    fn command(&self, more: &[&str]) -> Command {
        let mut command = command(&["-q", "-p", "plain", "--threads", "2"]);
        command.arg(&self.input).args(more).stdin(Stdio::null());
        command
    }

    fn run(&self, more: &[&str]) -> Ran {
        ran(self.command(more))
    }

    /// The same through a shell, which first does what `before` says.
    fn shell(&self, before: &str, more: &[&str]) -> Ran {
        let mut shell = Command::new("sh");
        let script = format!("{before} exec \"$0\" \"$@\"");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_textmill"), "-q", "-p", "plain"]);
        shell.arg(&self.input).args(more).current_dir(self.dir.path());
        ran(shell)
    }

    /// The rows, as a run to standard output writes them.
    fn rows(&self) -> Vec<u8> {
        let ran = self.run(&[]);
        assert_eq!((ran.code, read_count(&ran.out)), (0, 40), "{}", ran.err);
        ran.out
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path()).expect("the folder");
        let name = |e: std::io::Result<fs::DirEntry>| e.expect("an entry").file_name();
        let mut names: Vec<String> = entries.map(|e| name(e).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

fn read_count(rows: &[u8]) -> usize {
    rows.iter().filter(|b| **b == b'\n').count()
}

fn ran(mut command: Command) -> Ran {
    let output = command.output().expect("the program starts");
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    Ran { code: output.status.code().unwrap_or(-1), out: output.stdout, err }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a file").mode() & 0o777
}

fn wait_until(mut there: impl FnMut() -> bool) {
    while !there() {
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn terminate(child: &mut Child) -> Option<i32> {
    let kill = format!("kill -TERM {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().expect("sh").success());
    child.wait().expect("it ends").code()
}

#[test]
fn what_is_replaced_hands_its_mode_on() {
    let place = Place::new();
    let endings = if cfg!(feature = "parquet") { &["o", "o.parquet"][..] } else { &["o"] };
    for out in endings {
        for wanted in [0o600, 0o640, 0o664] {
            let all = [out, "l", "q", "r"].map(|name| place.path(name));
            for path in &all {
                fs::write(path, "old").expect("room");
                fs::set_permissions(path, Permissions::from_mode(wanted)).expect("a mode");
            }
            let [o, l, q, r] = ["-o", "--ledger", "--quarantine", "--report"];
            let path = |i: usize| all[i].to_str().expect("UTF-8");
            let ran = place.run(&[o, path(0), l, path(1), q, path(2), r, path(3)]);
            assert_eq!(ran.code, 0, "{}", ran.err);
            for path in &all {
                assert_eq!(mode(path), wanted, "{}", path.display());
                assert_ne!(fs::read(path).expect("a file"), b"old");
            }
        }
    }
}

#[test]
fn a_private_output_is_private_while_it_grows() {
    let place = Place::new();
    for name in ["o", "l"] {
        fs::write(place.path(name), "old").expect("room");
        fs::set_permissions(place.path(name), Permissions::from_mode(0o600)).expect("a mode");
    }
    let mut command = command(&["-q", "-p", "plain", "-o", &place.at("o"), "--ledger", &place.at("l"), "-"]);
    let mut child = command.stdin(Stdio::piped()).spawn().expect("start");
    wait_until(|| place.path("l.partial").exists());
    assert_eq!(mode(&place.path("l.partial")), 0o600);
    assert_eq!(mode(&place.path("o.partial")), 0o700);
    assert_eq!(terminate(&mut child), Some(143));
}

#[test]
fn the_file_that_a_link_leads_to_is_replaced_and_the_link_stays() {
    let place = Place::new();
    let rows = place.rows();
    fs::create_dir(place.path("far")).expect("room");
    fs::write(place.path("far/there.jsonl"), "old").expect("room");
    // To a file that is there, to one that is not, and over another link.
    symlink("far/there.jsonl", place.path("a.jsonl")).expect("a link");
    symlink(place.path("far/new.jsonl"), place.path("b.jsonl")).expect("a link");
    symlink("b.jsonl", place.path("c.jsonl")).expect("a link");
    for (name, to) in [("a", "there"), ("b", "new"), ("c", "new")] {
        let link = place.path(&format!("{name}.jsonl"));
        let ran = place.run(&["-o", link.to_str().expect("UTF-8")]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(fs::symlink_metadata(&link).expect("a link").is_symlink(), "{name} was replaced");
        let to = place.path(&format!("far/{to}.jsonl"));
        assert!(fs::read(&to).expect("a file") == rows, "{name}");
        fs::remove_file(to).expect("gone");
    }
    assert_eq!(fs::read_dir(place.path("far")).expect("a folder").count(), 0, "nothing is left over");
    // What was typed says how rows are packed.
    symlink("far/blob", place.path("d.jsonl.gz")).expect("a link");
    assert_eq!(place.run(&["-o", &place.at("d.jsonl.gz")]).code, 0);
    assert!(fs::read(place.path("far/blob")).expect("a file").starts_with(b"\x1f\x8b"));
    // Two names of one file are one output, even before it is there.
    fs::remove_file(place.path("far/blob")).expect("gone");
    let ran = place.run(&["-o", &place.at("d.jsonl.gz"), "--ledger", &place.at("far/blob")]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    // A link to itself leads nowhere.
    symlink("e", place.path("e")).expect("a link");
    let ran = place.run(&["-o", &place.at("e")]);
    assert_eq!(ran.code, 4, "{}", ran.err);
}

#[test]
fn a_run_to_a_link_can_be_gone_on_with() {
    let place = Place::new();
    fs::create_dir(place.path("far")).expect("room");
    symlink("far/o", place.path("o")).expect("a link");
    let args = ["-o", &place.at("o"), "--checkpoint-every", "1KiB"];
    let mut killed = place.command(&args);
    // Some way into it; see `tools/torture`.
    let status = killed.env("TEXTMILL_KILL_AT", "14").status().expect("start");
    assert_eq!(status.code(), None, "it was killed");
    assert!(place.path("far/o.partial").exists(), "beside the file, on its file system");
    assert!(!place.path("o.partial").exists());
    let ran = place.run(&[&args[..], &["--resume"]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(fs::read(place.path("far/o")).expect("a file") == place.rows());
    assert!(fs::symlink_metadata(place.path("o")).expect("a link").is_symlink());
}

#[cfg(target_os = "linux")]
#[test]
fn a_link_to_an_open_file_is_written_through() {
    let place = Place::new();
    let rows = place.rows();
    symlink("/proc/self/fd/1", place.path("stdout")).expect("a link");
    for name in ["stdout", "/proc/self/fd/1", "/proc/thread-self/fd/1"] {
        // What others write to the same file stays, before and after.
        let script = "{ echo before; \"$0\" -q -p plain -o \"$1\" \"$2\"; echo after; } > f";
        let mut shell = Command::new("sh");
        shell.args(["-c", script, env!("CARGO_BIN_EXE_textmill"), name, &place.at("in.txt")]);
        shell.current_dir(place.dir.path());
        let ran = ran(shell);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        let all = fs::read(place.path("f")).expect("a file");
        assert!(all == [b"before\n", rows.as_slice(), b"after\n"].concat(), "{name}");
    }
    let link = fs::symlink_metadata(place.path("stdout")).expect("it is there");
    assert!(link.is_symlink(), "the link was replaced");
    symlink("/proc/self/fd/5", place.path("five")).expect("a link");
    let ran = place.shell("echo before > g; exec 5>> g;", &["-o", "five"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(fs::read(place.path("g")).expect("a file") == [b"before\n", rows.as_slice()].concat());
    assert_eq!(place.names(), ["f", "five", "g", "in.txt", "stdout"]);
}

/// Whether a process has a handler for SIGTERM.
#[cfg(target_os = "linux")]
fn hears_sigterm(process: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    caught.is_some_and(|mask| mask & 1 << (15 - 1) != 0)
}

#[cfg(target_os = "linux")]
#[test]
fn a_pipe_that_nobody_reads_is_waited_for_until_a_signal() {
    for option in ["-o", "--ledger", "--quarantine"] {
        let place = Place::new();
        let made = Command::new("mkfifo").arg(place.path("pipe")).status().expect("mkfifo");
        assert!(made.success());
        let pipe = place.at("pipe");
        let out = place.at("o");
        let args = if option == "-o" { vec!["-o", &pipe] } else { vec!["-o", &out, option, &pipe] };
        let mut child = place.command(&args).stderr(Stdio::piped()).spawn().expect("start");
        wait_until(|| hears_sigterm(child.id()));
        assert_eq!(terminate(&mut child), Some(143), "{option}");
        assert_eq!(place.names(), ["in.txt", "pipe"], "{option}");
        // One that is read late is not missed.
        let mut child = place.command(&args).spawn().expect("start");
        let mut content = Vec::new();
        fs::File::open(&pipe).and_then(|mut f| f.read_to_end(&mut content)).expect("rows");
        assert_eq!(child.wait().expect("it ends").code(), Some(0), "{option}");
        assert!(option != "-o" || content == place.rows());
    }
}

#[test]
fn a_file_that_may_not_grow_is_an_error_of_output() {
    let place = Place::new();
    let ran = place.shell("ulimit -f 8;", &["-o", "o"]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(ran.err.contains("cannot write") && ran.err.contains("ulimit -f"), "{}", ran.err);
    assert!(!place.path("o").exists());
}

#[test]
fn want_of_open_files_is_told_with_the_limit() {
    let place = Place::new();
    let mut refused = 0;
    for most in 4..40 {
        let ran = place.shell(&format!("ulimit -n {most};"), &["-o", "o", "--ledger", "l"]);
        assert!(ran.code == 0 || ran.code == 4, "{most}: {} {}", ran.code, ran.err);
        assert!(ran.code == 0 || ran.err.contains("ulimit -n"), "{most}: {}", ran.err);
        assert!(!ran.err.contains("internal"), "{most}: {}", ran.err);
        refused += usize::from(ran.code == 4);
        if ran.code == 0 {
            break;
        }
    }
    assert!((5..35).contains(&refused), "{refused}");
}

#[cfg(target_os = "linux")]
#[test]
fn want_of_threads_is_told_with_the_limit() {
    let place = Place::new();
    // Room for some stacks, but not for all; each takes two megabytes of addresses.
    let ran = place.shell("ulimit -v 1500000;", &["--threads", "1024", "-o", "o"]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    for part in ["cannot start 1024 threads", "--threads", "ulimit -u"] {
        assert!(ran.err.contains(part), "{}", ran.err);
    }
    assert_eq!(place.names(), ["in.txt"]);
}

#[test]
fn a_second_name_of_another_file_is_refused() {
    for (name, option) in [("o.partial/rows", "-o"), ("o.partial/lock", "-o"), ("l.partial", "--ledger")] {
        let place = Place::new();
        let other = file(&place.dir, "other", b"of somebody");
        fs::create_dir(place.path("o.partial")).expect("room");
        fs::hard_link(&other, place.path(name)).expect("a hard link");
        let ran = place.run(&["-o", &place.at("o"), "--ledger", &place.at("l")]);
        assert_eq!(ran.code, 4, "{option}: {}", ran.err);
        assert!(ran.err.contains("hard link") && ran.err.contains("remove it"), "{}", ran.err);
        assert_eq!(fs::read(other).expect("a file"), b"of somebody", "{option}");
    }
}

#[test]
fn what_another_user_put_there_is_refused() {
    for name in ["o.partial", "o.partial/rows", "l.partial"] {
        let place = Place::new();
        fs::create_dir(place.path("o.partial")).expect("room");
        if name != "o.partial" {
            fs::write(place.path(name), "theirs").expect("room");
        }
        if std::os::unix::fs::chown(place.path(name), Some(4321), None).is_err() {
            // Only the superuser can give files away, and this cannot be tried without.
            return;
        }
        let ran = place.run(&["-o", &place.at("o"), "--ledger", &place.at("l")]);
        assert_eq!(ran.code, 4, "{name}: {}", ran.err);
        assert!(ran.err.contains("belongs to another user (number 4321)"), "{}", ran.err);
    }
}
