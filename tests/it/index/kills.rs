//! Whatever ends a run, an index neither forgets nor claims anything.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use super::{World, tuesday, wednesday, with_runs};
use crate::support::*;

/// Tuesday's run with rows to a file, over an index that holds Monday's.
pub struct Tuesday {
    pub world: World,
    input: PathBuf,
    /// The index before and after the run, its rows, and what Wednesday's run then leaves.
    rows: Vec<u8>,
    after: Vec<u8>,
}

impl Tuesday {
    pub fn new() -> Self {
        let world = World::new();
        with_runs(&world, "monday");
        let input = file(&world.dir, "tuesday.jsonl", &tuesday());
        let mut tuesday = Self { world, input, rows: Vec::new(), after: Vec::new() };
        tuesday.reset();
        assert_eq!(tuesday.run(&[], None), (Some(0), String::new()));
        tuesday.rows = fs::read(tuesday.world.at("o")).expect("rows");
        assert_eq!(rows(&tuesday.rows).len(), 20);
        tuesday.after = tuesday.world.rows("i", &["--index-read-only"], &wednesday());
        assert_eq!(rows(&tuesday.after).len(), 10);
        tuesday
    }

    /// Monday's index, and no rows.
    pub fn reset(&self) {
        self.world.copy("monday", "i");
        drop(fs::remove_file(self.world.at("o")));
        drop(fs::remove_dir_all(self.world.at("o.partial")));
    }

    fn start(&self, more: &[&str], kill_at: Option<usize>) -> Child {
        let out = self.world.at("o");
        let args = self.world.args("i", &["-o", &out, "--checkpoint-every", "20KiB", "--threads", "1"]);
        let mut command = command(&args.iter().map(String::as_str).collect::<Vec<_>>());
        command.args(more).arg(&self.input).env("TEXTMILL_TABLE_BYTES", "14000");
        if let Some(n) = kill_at {
            command.env("TEXTMILL_KILL_AT", n.to_string());
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("start")
    }

    pub fn run(&self, more: &[&str], kill_at: Option<usize>) -> (Option<i32>, String) {
        let output = self.start(more, kill_at).wait_with_output().expect("it ends");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// After a kill the run is run again, and has to end as if nothing had happened.
    pub fn recover(&self, resume: bool, at: &str) {
        let published = fs::read(self.world.at("o")).ok();
        assert!(published.as_ref().is_none_or(|rows| *rows == self.rows), "{at}: rows are whole");
        if resume {
            assert_eq!(self.run(&["--resume"], None), (Some(0), String::new()), "{at}");
        } else {
            let (code, err) = self.run(&[], None);
            assert!(code == Some(0) && (err.is_empty() || err.contains("is discarded")), "{at}: {err}");
        }
        assert!(fs::read(self.world.at("o")).expect("rows") == self.rows, "{at}");
        let more = if at.len().is_multiple_of(2) { &["--index-read-only"][..] } else { &[] };
        assert!(self.world.rows("i", more, &wednesday()) == self.after, "{at}: {more:?}: what follows");
    }
}

fn killed_at_every_step(resume: bool) {
    let tuesday = Tuesday::new();
    // Every second step: the other ones are for the other way to recover.
    for n in (1 + usize::from(resume)..).step_by(2) {
        tuesday.reset();
        if tuesday.run(&[], Some(n)).0 == Some(0) {
            assert!(n > 40, "only {n} durable steps");
            return;
        }
        tuesday.recover(resume, &format!("step {n}{}", ["", "."][n / 2 % 2]));
    }
}

#[test]
fn killed_at_every_step_and_resumed() {
    killed_at_every_step(true);
}

#[test]
fn killed_at_every_step_and_run_anew() {
    killed_at_every_step(false);
}

#[test]
fn an_index_survives_kills_at_any_moment() {
    let tuesday = Tuesday::new();
    for n in 0..10 {
        tuesday.reset();
        let mut run = tuesday.start(&[], None);
        std::thread::sleep(std::time::Duration::from_millis(3 * n * n / 4));
        run.kill().expect("killed");
        run.wait().expect("it ends");
        tuesday.recover(n % 2 == 0, &format!("kill {n}"));
    }
}

#[test]
fn a_run_that_has_ended_may_be_run_again() {
    let tuesday = Tuesday::new();
    for resume in [true, false, true, false] {
        // Of even length: Wednesday's run only looks.
        tuesday.recover(resume, "once more.");
    }
}

#[test]
fn new_input_under_an_old_name_is_a_new_run() {
    let tuesday = Tuesday::new();
    tuesday.recover(false, "the same input");
    // The same documents, but the file is another one: today's scrape has last week's in it.
    file(&tuesday.world.dir, "tuesday.jsonl", &[super::tuesday(), b"\n".to_vec()].concat());
    assert_eq!(tuesday.run(&[], None), (Some(0), String::new()));
    assert_eq!(fs::read(tuesday.world.at("o")).expect("rows"), b"");
}
