//! Folders of small files, which workers read ahead: nobody sees that they do.

use std::path::PathBuf;

use crate::hostile::fixture;
use crate::support::*;
use proptest::prelude::*;
use textmill::runtime::{Report, RunOptions};

/// A kind of file: its name without its number, and its content.
type Kind = (&'static str, fn(usize) -> Vec<u8>);

const KINDS: [Kind; 21] = [
    ("one.txt", |n| article(n, "Rain").into_bytes()),
    ("other.txt", |n| format!("{}\n", article(n % 5, "Snow")).into_bytes()),
    ("dump.txt", |n| dump(3 + n % 20, "\n\n\n\n").into_bytes()),
    ("banner.txt", |n| {
        let page = |i| format!("=== https://n.example/{i}\n{}\n\n", article(i, "Wind"));
        (n..n + 6).map(page).collect::<String>().into_bytes()
    }),
    ("empty.txt", |_| Vec::new()),
    ("mark.txt", |_| b"\xEF\xBB\xBF".to_vec()),
    ("blank.txt", |n| vec![b'\n'; n % 9]),
    ("bad.txt", |n| [article(n, "Hail").as_bytes(), b"\n\na \xff byte"].concat()),
    ("nul.txt", |n| [article(n, "Hail").as_bytes(), b"\n\na \0 byte"].concat()),
    ("wide.txt", |n| article(n, "Größe").encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ("marked.txt", |n| {
        let units = format!("\u{FEFF}{}", article(n, "Größe"));
        units.encode_utf16().flat_map(u16::to_be_bytes).collect()
    }),
    ("rows.jsonl", |n| {
        let row = |i| serde_json::json!({ "n": i, "text": article(i, "Fog") }).to_string() + "\n";
        let rows: String = (n..n + 4).map(row).collect();
        (rows + "{broken\n").into_bytes()
    }),
    ("rows.csv", |n| {
        let row = |i| format!("{i},\"{}\",en\n", article(i, "Ice"));
        ("i,text,lang\n".to_owned() + &(n..n + 5).map(row).collect::<String>()).into_bytes()
    }),
    ("page.html", |n| {
        let text = article(n, "Dew").replace("\n\n", "</p><p>");
        format!("<!doctype html><html><head><title>Dew {n}</title></head><body><p>{text}</p></body></html>")
            .into_bytes()
    }),
    ("packed.txt.gz", |n| gzip(dump(2 + n % 30, "\n\n\n\n").as_bytes())),
    ("cut.txt.gz", |n| {
        let whole = gzip(dump(9, "\n\n\n\n").as_bytes());
        whole[..whole.len() - 1 - n % 60].to_vec()
    }),
    ("vast.txt.gz", |n| gzip(dump(400 + n, "\n\n\n\n").as_bytes())),
    ("large.txt", |n| dump(130 + n % 300, "\n\n\n\n").into_bytes()),
    ("notes.zip", |_| fixture("notes.zip")),
    ("notes.tar.gz", |_| gzip(&fixture("notes.tar"))),
    ("rows.parquet", |_| fixture("buoys.parquet")),
];

/// A folder of files of these kinds.
fn folder_of(kinds: &[usize]) -> tempfile::TempDir {
    let dir = folder();
    for (n, kind) in kinds.iter().enumerate() {
        let (name, content) = KINDS[*kind];
        file(&dir, &format!("in/{}/{n:04}-{name}", n / 40), &content(n));
    }
    dir
}

/// A run in which there is no room for files that are read ahead.
fn alone() -> RunOptions {
    RunOptions { threads: 1, budget_bytes: 1 << 20, ..RunOptions::default() }
}

fn ways() -> Vec<RunOptions> {
    let ways = [(1, 1 << 20, 4096), (2, 1 << 20, 4096), (8, 9_000, 7), (8, 1, 1)];
    let way = |(threads, batch_bytes, batch_items)| RunOptions {
        threads,
        batch_bytes,
        batch_items,
        ..RunOptions::default()
    };
    ways.into_iter().map(way).collect()
}

/// Rows, ledger, quarantine, the report and the troubles.
fn outcome(name: &str, inputs: &[PathBuf], options: &RunOptions) -> ([Vec<u8>; 3], Report, Vec<String>) {
    textmill::runtime::table::read_tables_with(env!("CARGO_BIN_EXE_textmill").into());
    let (outcome, outputs) = run_files(pipeline(name), inputs, options);
    (outputs, outcome.report, outcome.troubles)
}

fn same(name: &str, inputs: &[PathBuf]) -> Report {
    let want = outcome(name, inputs, &alone());
    for options in ways() {
        assert!(outcome(name, inputs, &options) == want, "{name}: {options:?}");
    }
    want.1
}

#[test]
fn files_of_all_kinds() {
    let kinds: Vec<usize> = (0..KINDS.len() * 4).map(|n| n * 8 % KINDS.len()).collect();
    let dir = folder_of(&kinds);
    // A folder with the name of a file, a link, and hidden files.
    file(&dir, "in/1/0041-folder.txt/a.txt", article(1, "Sleet").as_bytes());
    file(&dir, "in/.hidden.txt", article(2, "Sleet").as_bytes());
    std::os::unix::fs::symlink("nowhere.txt", dir.path().join("in/link.txt")).expect("a link");
    for name in ["news", "web-text"] {
        let report = same(name, &[dir.path().join("in")]);
        assert!(report.documents.kept > 100 && report.documents.quarantined.len() > 2, "{report:?}");
        assert_eq!(report.sources.damaged.values().sum::<u64>(), 4, "each of four files is cut: {report:?}");
    }
}

#[test]
fn files_that_are_named_one_by_one() {
    let dir = folder_of(&[0, 4, 14, 17, 1, 18, 2, 0]);
    let mut inputs: Vec<PathBuf> = (0..8)
        .zip([0, 4, 14, 17, 1, 18, 2, 0])
        .map(|(n, k)| dir.path().join(format!("in/0/{n:04}-{}", KINDS[k].0)))
        .collect();
    inputs.insert(1, dir.path().join("in/none.txt"));
    inputs.insert(4, dir.path().join("in"));
    let report = same("news", &inputs);
    assert_eq!(report.sources.failed, 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_with_more_in_it_than_its_size_says_is_read_to_its_end() {
    // The system gives these a size of 0. What they hold stays the same while the test runs.
    let inputs = ["/proc/version", "/proc/filesystems", "/proc/devices"].map(PathBuf::from);
    let report = same("plain", &inputs);
    assert!(report.sources.read == 3 && report.bytes.r#in > 100, "{report:?}");
}

#[test]
fn a_pipe_among_files_gives_what_is_in_it() {
    let dir = folder_of(&[0; 30]);
    let pipe = dir.path().join("pipe.txt");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    let (to, text) = (pipe.clone(), article(99, "Thaw"));
    let writer = std::thread::spawn(move || std::fs::write(to, text));
    let inputs = [dir.path().join("in/0/0000-one.txt"), pipe, dir.path().join("in/0/0001-one.txt")];
    let paths = inputs.each_ref().map(|p| p.to_str().expect("UTF-8"));
    let args = [&["-q", "-p", "plain"], &paths[..]].concat();
    let ran = textmill(&args, b"");
    writer.join().expect("it ends").expect("all was taken");
    let titles: Vec<_> = ran.rows().iter().map(|row| str_of(row, "title").to_owned()).collect();
    assert_eq!(titles, ["Report number 0 on Rain", "Report number 99 on Thaw", "Report number 1 on Rain"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(6)))]
    #[test]
    fn any_folder_is_read_as_one_thread_reads_it(
        kinds in prop::collection::vec(0..KINDS.len() - 1, 0..90),
        threads in 1usize..9,
        batch_bytes in 1usize..60_000,
        batch_items in 1usize..90,
        learns in any::<bool>(),
    ) {
        let dir = folder_of(&kinds);
        std::fs::create_dir_all(dir.path().join("in")).expect("room");
        let inputs = [dir.path().join("in")];
        let options = RunOptions { threads, batch_bytes, batch_items, ..RunOptions::default() };
        let name = if learns { "news-learned" } else { "news" };
        prop_assert!(outcome(name, &inputs, &options) == outcome(name, &inputs, &alone()), "{kinds:?} {options:?}");
    }
}
