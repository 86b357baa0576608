//! A live pipe: a row comes as soon as its record is complete, and no byte depends on that.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::support::*;
use serde_json::Value;

/// So long nobody waits for a row who gets it in time; one that comes at the end of the input never comes here.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program with a pipe at either end.
struct Live {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    /// Everything that came so far.
    out: String,
}

impl Live {
    fn new(args: &[&str]) -> Self {
        let mut command = command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            loop {
                let mut line = String::new();
                let read = stdout.read_line(&mut line).expect("UTF-8");
                if read == 0 || sender.send(line).is_err() {
                    break;
                }
            }
        });
        let stdin = child.stdin.take();
        Self { child, stdin, lines, out: String::new() }
    }

    fn write(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("still open");
        stdin.write_all(bytes).and_then(|()| stdin.flush()).expect("somebody reads");
    }

    /// The next row, while the input is open.
    fn row(&mut self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("a row comes while the input is open");
        self.out.push_str(&line);
        serde_json::from_str(&line).expect("a row")
    }

    /// Ends the input; the exit code, and all rows.
    fn end(mut self) -> (Option<i32>, String) {
        drop(self.stdin.take());
        self.rest()
    }

    fn rest(mut self) -> (Option<i32>, String) {
        self.out.extend(self.lines.iter());
        (self.child.wait().expect("it ends").code(), self.out)
    }
}

/// Writes `front` and then the records one by one, each once the row of the one before is there; `late` rows come
/// only when the next record begins. The rows are those of all of it in one piece.
fn rows_come_at_once(args: &[&str], front: &[u8], records: &[Vec<u8>], late: usize) {
    let mut live = Live::new(args);
    live.write(front);
    for (i, record) in records.iter().enumerate() {
        // In two pieces with a pause between them: half a record is none.
        let (half, rest) = record.split_at(record.len() / 2);
        live.write(half);
        std::thread::sleep(Duration::from_millis(130));
        live.write(rest);
        if i >= late {
            let row = live.row();
            assert!(str_of(&row, "text").contains(&format!("county {} ", i - late)), "{i}: {row}");
        }
    }
    let whole = [front, &records.concat()].concat();
    let (code, out) = live.end();
    assert_eq!(code, Some(0));
    assert_eq!(out, String::from_utf8(textmill(args, &whole).out).expect("UTF-8"));
    assert_eq!(out.lines().count(), records.len());
}

/// Four articles, each made a record.
fn records(record: impl Fn(usize, String) -> String) -> Vec<Vec<u8>> {
    (0..4).map(|i| record(i, article(i, "Weather")).into_bytes()).collect()
}

/// An article as a page.
fn page(i: usize, article: &str) -> String {
    let body: String = article.split("\n\n").skip(1).map(|p| format!("<p>{p}</p>\n")).collect();
    format!(
        "<!doctype html>\n<html><head><title>Report {i}</title></head>\n<body><article>\n{body}</article></body></html>"
    )
}

fn json(article: &str) -> String {
    serde_json::json!({ "text": article }).to_string()
}

#[test]
fn json_lines() {
    rows_come_at_once(&[], b"", &records(|_, a| json(&a) + "\n"), 0);
    rows_come_at_once(&["--format", "jsonl"], b"\xEF\xBB\xBF\n", &records(|_, a| json(&a) + "\r\n"), 0);
}

#[test]
fn with_a_ledger_in_a_file() {
    let dir = folder();
    let records = records(|_, a| json(&(a + "\n\nShare this article\nFacebook")) + "\n");
    for name in ["rows.jsonl", "rows.jsonl.gz"] {
        let [ledger, quarantine] = ["l-", "q-"].map(|side| dir.path().join(format!("{side}{name}")));
        let [l, q] = [&ledger, &quarantine].map(|path| path.display().to_string());
        let args = ["--ledger", &l, "--quarantine", &q];
        let sides = || [&ledger, &quarantine].map(|path| std::fs::read(path).expect("it is there"));
        let mut live = Live::new(&args);
        for record in &records {
            live.write(&[&record[..], b"{broken\n"].concat());
            live.row();
        }
        let (code, out) = live.end();
        assert_eq!(code, Some(0));
        let came = sides();
        let input = records.iter().flat_map(|r| [&r[..], b"{broken\n"].concat()).collect::<Vec<_>>();
        let whole = textmill(&args, &input);
        assert!(out.as_bytes() == whole.out && came == sides() && came.iter().all(|side| side.len() > 100));
    }
}

#[test]
fn tables() {
    let row = |i, a: String| format!("{i},\"{a}\",en\n");
    rows_come_at_once(&[], b"id,text,lang\n", &records(row), 0);
    let row = |i, a: String| format!("\"{a}\"\t{i}\r\n");
    rows_come_at_once(&["--format", "csv", "--text-field", "story"], b"story\tid\r\n", &records(row), 0);
}

#[test]
fn web_archives() {
    let record = |i, a: String| {
        let page = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{}", page(i, &a));
        format!(
            "WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: {}\r\n\r\n{page}\r\n\r\n",
            page.len()
        )
    };
    rows_come_at_once(&[], b"", &records(record), 0);
}

#[test]
fn pages() {
    rows_come_at_once(&[], b"", &records(|i, a| page(i, &a) + "\n"), 0);
    rows_come_at_once(&[], b"", &records(|i, a| page(i, &a) + "\r\n<!-- cached -->\n"), 0);
}

#[test]
fn records_between_tags() {
    let doc = |i, a| format!("<DOC>\n<DOCNO> {i} </DOCNO>\n<TEXT>\n{a}\n</TEXT>\n</DOC>\n");
    rows_come_at_once(&[], b"", &records(doc), 0);
}

/// The end of a message is known when the next begins.
#[test]
fn mailboxes() {
    let message = |i, a| {
        format!(
            "From a@b.example Mon Nov 30 10:0{i}:00 2026\nFrom: a@b.example\nSubject: Report {i}\n\n{a}\n\n"
        )
    };
    rows_come_at_once(&[], b"", &records(message), 1);
}

#[test]
fn plain_text_with_a_separator() {
    let dir = folder();
    let pipeline = "[input]\nseparator = \"^-----$\"\n[[stage]]\ntype = \"repeated-title\"\n[[stage]]\ntype = \"min-content\"\n\
                    [[stage]]\ntype = \"fingerprint\"\n[[stage]]\ntype = \"exact-dedupe\"\n";
    let pipeline = file(&dir, "mine.toml", pipeline.as_bytes()).display().to_string();
    rows_come_at_once(&["-p", &pipeline], b"", &records(|_, a| a + "\n-----\n"), 0);
    rows_come_at_once(&["-p", &pipeline], b"", &records(|_, a| a.replace('\n', "\r\n") + "\r\n-----\r\n"), 0);
}

/// A writer that never pauses for long, and never fills a batch.
#[test]
fn input_that_trickles() {
    let mut live = Live::new(&[]);
    let mut stdin = live.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || {
        let mut written = 0;
        for i in 0..3000 {
            let line = json(&article(i, "Weather")) + "\n";
            if stdin.write_all(line.as_bytes()).is_err() {
                break;
            }
            written += 1;
            std::thread::sleep(Duration::from_millis(10));
        }
        written
    });
    live.row();
    // Whoever has seen enough goes; the writer notices.
    drop(live.lines);
    let _ = live.child.wait();
    // 2,000 of them would fill a batch.
    assert!(writer.join().expect("it ends") < 1500);
}

#[test]
fn an_interrupt_leaves_whole_rows() {
    let mut live = Live::new(&[]);
    for record in records(|_, a| json(&a) + "\n") {
        live.write(&record);
        live.row();
    }
    live.write(b"{\"text\": \"half a rec");
    let pid = rustix::process::Pid::from_child(&live.child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it runs");
    let stdin = live.stdin.take();
    let (code, out) = live.rest();
    drop(stdin);
    assert_eq!(code, Some(130));
    assert_eq!(rows(out.as_bytes()).len(), 4);
}
