//! Helpers of the other modules.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use textmill::config::{self, BuiltStage, Pipeline};
use textmill::registry::{Options, Registry};
use textmill::runtime::{Outcome, Outputs, Plan, Progress, RunOptions, Target, run};
use textmill::stage::{Index, Stage};

/// What a run of the program left behind.
pub struct Ran {
    pub code: i32,
    pub out: Vec<u8>,
    pub err: String,
}

impl Ran {
    /// The rows on standard output.
    pub fn rows(&self) -> Vec<Value> {
        rows(&self.out)
    }
}

/// The program with `args`.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_textmill"));
    command.args(args).env_remove("NO_COLOR");
    command
}

/// Runs the program with `args` on `input`.
pub fn textmill(args: &[&str], input: &[u8]) -> Ran {
    let mut command = command(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    // The program may leave early: what it does not read is no failure of the test.
    let feed = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("the program ends");
    feed.join().expect("the feeder ends");
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: output.stdout,
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// How many cases a property is tried on: what `make properties` says, or `few`.
pub fn cases(few: u32) -> u32 {
    std::env::var("TEXTMILL_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(few)
}

/// JSON Lines to values.
pub fn rows(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).expect("rows are UTF-8");
    text.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
}

/// The rows of a file.
pub fn read_rows(path: &Path) -> Vec<Value> {
    rows(&std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
}

/// A string field of a row.
pub fn str_of<'v>(row: &'v Value, key: &str) -> &'v str {
    row[key].as_str().unwrap_or_else(|| panic!("{key} of {row}"))
}

/// A folder that goes away with the test.
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Writes a file into a folder.
pub fn file(dir: &tempfile::TempDir, name: &str, content: &[u8]) -> PathBuf {
    let path = dir.path().join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(&path, content).expect("room");
    path
}

/// An article of `n`; `marker` makes it unlike others.
pub fn article(n: usize, marker: &str) -> String {
    format!(
        "Report number {n} on {marker}\n\nIt rained all night in the north of {marker}, and the rivers of county {n} \
         rose again by noon.\n\nNobody knows when the bridge over the {n}th river will open again, the mayor said.\n\n\
         A subhead about {marker}\n\nThe trains were running again in the evening, if slowly and not everywhere."
    )
}

/// Articles with `between` after each but the last.
pub fn dump(n: usize, between: &str) -> String {
    (0..n).map(|i| article(i, "Weather")).collect::<Vec<_>>().join(between)
}

/// A built-in pipeline.
pub fn pipeline(name: &str) -> Pipeline {
    let text = config::builtin(name).unwrap_or_else(|| panic!("no pipeline {name}"));
    parsed(name, text)
}

/// A pipeline whose parallel stages are built once: otherwise most of the time of a short run goes into
/// their tables. Ordered stages are new each time, and have to have the options that they have by default.
pub fn parsed(name: &str, text: &str) -> Pipeline {
    static BUILT: Mutex<BTreeMap<String, Pipeline>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().expect("no test fails in here");
    let parse = || config::parse(name, text, &Registry::default()).unwrap_or_else(|e| panic!("{e}"));
    let kept = built.entry(text.to_owned()).or_insert_with(parse);
    let again = |s: &BuiltStage| {
        let stage = match &s.stage {
            Stage::Map(stage) => Stage::Map(stage.clone()),
            Stage::Ordered(_) | Stage::Learned(_) if s.options.is_empty() => {
                (s.spec.build)(&Options::new(&toml_edit::Table::new())).expect("the options by default")
            }
            Stage::Ordered(_) | Stage::Learned(_) => panic!("{} has options", s.spec.name),
        };
        BuiltStage { spec: s.spec, stage, options: s.options.clone() }
    };
    Pipeline {
        name: name.to_owned(),
        digest: kept.digest.clone(),
        description: kept.description.clone(),
        input: kept.input.clone(),
        format: kept.format,
        guard: kept.guard.clone(),
        stages: kept.stages.iter().map(again).collect(),
        tests: kept.tests.clone(),
    }
}

/// A pipeline as a plan.
pub fn plan(pipeline: Pipeline) -> Plan {
    Plan::new(pipeline.input, pipeline.format, pipeline.stages.into_iter().map(|s| s.stage))
}

/// Runs a pipeline over files with every output on; the outcome, and rows, ledger, quarantine.
pub fn run_files(pipeline: Pipeline, inputs: &[PathBuf], options: &RunOptions) -> (Outcome, [Vec<u8>; 3]) {
    let dir = folder();
    let paths = ["rows", "ledger", "quarantine"].map(|n| dir.path().join(n));
    let target = |i: usize| Target::File(paths[i].clone());
    let (ledger, quarantine) = (Some(target(1)), Some(target(2)));
    let outputs = Outputs { kept: target(0), ledger, quarantine, quarantine_max: u64::MAX };
    let outcome = run(plan(pipeline), inputs.to_vec(), &outputs, options, &Arc::new(Progress::default()));
    (outcome.expect("it runs"), paths.each_ref().map(|p| std::fs::read(p).expect("an output")))
}

/// An index as plain as can be: what the real one has to agree with.
#[derive(Default)]
pub struct PlainIndex(Vec<(Vec<u64>, Vec<u8>)>);

impl Index for PlainIndex {
    fn find(&mut self, keys: &[u64], found: &mut Vec<(u32, u64)>) {
        let under = |key: &u64| {
            let key = key >> 16;
            (0..)
                .zip(&self.0)
                .filter(move |(_, (keys, _))| keys.iter().any(|k| k >> 16 == key))
                .map(|(p, _)| p)
        };
        *found = (0..).zip(keys).flat_map(|(n, key)| under(key).map(move |place| (n, place))).collect();
    }

    fn read(&mut self, place: u64) -> Vec<u8> {
        self.0[place as usize].1.clone()
    }

    fn add(&mut self, keys: &[u64], record: &[u8]) {
        self.0.push((keys.to_vec(), record.to_vec()));
    }
}

/// `content`, compressed.
pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

/// Numbers from a seed, the same on every machine.
pub struct Random(pub u64);

impl Random {
    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % n.max(1)
    }

    /// `good` with one to four faults: bytes changed, left out, doubled, or the end cut off.
    pub fn mutate(&mut self, good: &[u8]) -> Vec<u8> {
        let mut bytes = good.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let to = (at + 1 + self.below(40)).min(bytes.len());
            match self.below(5) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
                1 if !bytes.is_empty() => bytes[at] = self.below(256) as u8,
                2 => drop(bytes.drain(at.min(to)..to)),
                3 => {
                    let part = bytes[at.min(to)..to].to_vec();
                    let into = self.below(bytes.len());
                    bytes.splice(into..into, part);
                }
                _ if self.below(4) == 0 => bytes.truncate(at),
                _ => {}
            }
        }
        bytes
    }
}
