//! Bytes in, rows and exit codes out.

use crate::support::*;
use std::process::Stdio;

const KEYS: [&str; 11] =
    ["id", "title", "text", "captions", "fingerprint", "source", "record", "start", "end", "meta", ""];

#[test]
fn a_dump_on_standard_input() {
    let ran = textmill(&["-q"], dump(3, "\n\n\n\n").as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let rows = ran.rows();
    assert_eq!(rows.len(), 3);
    for (i, (row, line)) in rows.iter().zip(String::from_utf8_lossy(&ran.out).lines()).enumerate() {
        let at: Vec<usize> =
            KEYS[..10].iter().map(|k| line.find(&format!("\"{k}\":")).expect("the key")).collect();
        assert!(at.is_sorted(), "keys in order: {line}");
        assert_eq!(row.as_object().expect("an object").len(), 10);
        assert_eq!(str_of(row, "title"), format!("Report number {i} on Weather"));
        assert_eq!(row["record"], i);
        assert_eq!(str_of(row, "source"), "-");
        assert_eq!((str_of(row, "id").len(), str_of(row, "fingerprint").len()), (32, 32));
        assert!(str_of(row, "text").contains("\n\nA subhead about Weather\n\n"));
    }
}

#[test]
fn compressed_input_is_told_by_its_content() {
    let (a, b) = (dump(2, "\n\n\n\n"), format!("\n\n\n\n{}", article(7, "Sport")));
    let plain = textmill(&["-q"], format!("{a}{b}").as_bytes());
    assert_eq!(plain.rows().len(), 3);
    let members = [gzip(a.as_bytes()), gzip(b.as_bytes())].concat();
    assert_eq!(textmill(&["-q"], &members).out, plain.out);
    let frames: Vec<u8> =
        [&a, &b].iter().flat_map(|s| zstd::bulk::compress(s.as_bytes(), 3).expect("memory")).collect();
    assert_eq!(textmill(&["-q"], &frames).out, plain.out);
}

#[test]
fn directories_in_order_without_hidden_files() {
    let dir = folder();
    for (name, n) in [("b.txt", 1), ("a/z.txt", 2), ("a/.hidden", 3), (".x/y.txt", 4), ("c.txt.gz", 5)] {
        let text = article(n, "Towns");
        let content = if name.ends_with("gz") { gzip(text.as_bytes()) } else { text.into_bytes() };
        file(&dir, name, &content);
    }
    let ran = textmill(&["-q", dir.path().to_str().expect("UTF-8")], b"");
    let titles: Vec<String> = ran.rows().iter().map(|r| str_of(r, "title").to_owned()).collect();
    assert_eq!(titles, [2, 1, 5].map(|n| format!("Report number {n} on Towns")));
    let ran = textmill(
        &["-q", "-", dir.path().join("b.txt").to_str().expect("UTF-8")],
        article(9, "Input").as_bytes(),
    );
    assert_eq!(ran.rows().len(), 2);
    assert_eq!(str_of(&ran.rows()[0], "source"), "-");
}

#[test]
fn outputs_are_compressed_by_their_ending() {
    let (dir, input) = (folder(), dump(4, "\n\n\n\n"));
    let plain = textmill(&["-q"], input.as_bytes()).out;
    for name in ["o.jsonl", "o.jsonl.gz", "o.jsonl.zst"] {
        let path = dir.path().join(name);
        let ran = textmill(&["-q", "-o", path.to_str().expect("UTF-8")], input.as_bytes());
        assert_eq!((ran.code, ran.out.len()), (0, 0));
        let bytes = std::fs::read(&path).expect("the output");
        let bytes = match name.rsplit('.').next() {
            Some("gz") => {
                std::io::read_to_string(flate2::read::MultiGzDecoder::new(&bytes[..])).expect("gzip").into()
            }
            Some("zst") => zstd::decode_all(&bytes[..]).expect("zstd"),
            _ => bytes,
        };
        assert_eq!(bytes, plain, "{name}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).expect("the folder").count(), 3, "no temporary file is left");
}

#[test]
fn ledger_and_report_account_for_every_byte() {
    let dir = folder();
    let name = |n: &str| dir.path().join(n).to_str().expect("UTF-8").to_owned();
    let mut text = dump(5, "\n\n\n\n");
    text.push_str("\n\n\n\n");
    text.push_str(&article(2, "Weather"));
    text.push_str("\n\nShare this article\nFacebook\nTwitter\n");
    file(&dir, "in.txt", text.as_bytes());
    let args = [
        "-q",
        &name("in.txt"),
        "-o",
        &name("o"),
        "--ledger",
        &name("l"),
        "--report",
        &name("r"),
        "--quarantine",
        &name("q"),
    ];
    assert_eq!(textmill(&args, b"").code, 0);
    let (rows, ledger) = (read_rows(&dir.path().join("o")), read_rows(&dir.path().join("l")));
    assert_eq!(rows.len(), 5);
    // Documents begin where the ledger has a border; kept and dropped ones cover all but blanks.
    let borders: Vec<u64> = ledger
        .iter()
        .filter(|l| l["stage"] == "segment")
        .map(|l| l["start"].as_u64().expect("a number"))
        .collect();
    let mut ranges: Vec<(u64, u64)> = rows
        .iter()
        .chain(ledger.iter().filter(|l| l["line"] == 0 && l["stage"] != "segment"))
        .map(|r| (r["start"].as_u64().expect("a number"), r["end"].as_u64().expect("a number")))
        .collect();
    ranges.sort_unstable();
    assert_eq!(ranges.iter().map(|r| r.0).collect::<Vec<_>>(), borders);
    let mut at = 0;
    for (start, end) in ranges {
        assert!(text[at as usize..start as usize].trim().is_empty());
        at = end;
    }
    assert!(text[at as usize..].trim().is_empty());
    let dropped = ledger.iter().find(|l| l["reason"] == "exact-dedupe/copy").expect("a copy");
    assert_eq!(dropped["witness"], rows[2]["id"]);
    assert_eq!(dropped["similarity"], 1.0);
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(dir.path().join("r")).expect("the report")).expect("JSON");
    let n = |a: &str, b: &str| report[a][b].as_u64().unwrap_or_else(|| panic!("{a}.{b}"));
    assert_eq!(n("bytes", "in"), text.len() as u64);
    assert_eq!(
        n("bytes", "in"),
        n("bytes", "documents") + n("bytes", "quarantined") + n("bytes", "separators")
    );
    assert_eq!((n("documents", "in"), n("documents", "kept")), (6, 5));
    assert_eq!(
        n("text", "in"),
        n("text", "kept") + n("text", "removed") + n("text", "dropped") + n("text", "separators")
    );
    assert_eq!(report["exit_code"], 0);
}

#[test]
fn json_lines_keep_everything_else() {
    let big = "123456789012345678901234567890";
    let body = "It rained all night in the north, and the rivers rose again by noon.";
    let line = format!(r#"{{"n":{big},"data":{{"text":"{body}","k":[1,null]}},"title":"T","a":1,"a":2}}"#);
    let ran = textmill(&["-q", "--text-field", "data.text"], line.as_bytes());
    let row = &ran.rows()[0];
    assert_eq!((str_of(row, "title"), str_of(row, "text")), ("T", body));
    assert_eq!(str_of(row, "meta"), format!(r#"{{"n":{big},"data":{{"k":[1,null]}},"a":1,"a":2}}"#));
    assert_eq!((row["start"].as_u64(), row["end"].as_u64()), (Some(0), Some(line.len() as u64)));
}

#[test]
fn bad_records_go_to_quarantine_and_the_run_goes_on() {
    let (dir, body) = (folder(), "It rained all night in the north, and the rivers rose again by noon.");
    let path = dir.path().join("q");
    let good = format!("{{\"text\":\"{body}\"}}");
    let input =
        format!("\u{feff}{good}\nno json\n{{\"text\":5}}\n\n{{\"other\":1}}\n{{\"text\":\"\\ud800\"}}\n");
    let ran = textmill(&["-q", "--quarantine", path.to_str().expect("UTF-8")], input.as_bytes());
    assert_eq!((ran.code, ran.rows().len()), (0, 1));
    let bad = read_rows(&path);
    let reasons: Vec<&str> = bad.iter().map(|r| str_of(r, "reason")).collect();
    assert_eq!(reasons, ["bad_json", "no_text", "no_text", "bad_json"]);
    for row in &bad {
        let range = row["start"].as_u64().expect("n") as usize..row["end"].as_u64().expect("n") as usize;
        assert_eq!(str_of(row, "raw"), &input[range]);
    }
}

#[test]
fn hostile_text() {
    let dir = folder();
    let path = dir.path().join("q");
    let quarantine = ["-q", "--quarantine", path.to_str().expect("UTF-8")];
    let ran = textmill(&quarantine, b"one\0two\n");
    assert_eq!((ran.code, ran.rows().len()), (0, 0));
    assert_eq!(str_of(&read_rows(&path)[0], "reason"), "nul_bytes");

    let mut text = article(1, "Bytes").into_bytes();
    text.extend_from_slice(b"\n\nbad \xff\xc3( bytes");
    let ran = textmill(&["-q"], &text);
    assert_eq!(str_of(&ran.rows()[0], "meta"), r#"{"_invalid_utf8":2}"#);
    assert!(str_of(&ran.rows()[0], "text").ends_with("bad \u{fffd}\u{fffd}( bytes"));
    assert_eq!(ran.rows()[0]["end"].as_u64(), Some(text.len() as u64), "ranges count raw bytes");
    let strict = textmill(&[&quarantine[..], &["--strict"]].concat(), &text);
    assert_eq!(strict.rows().len(), 0);
    assert_eq!(str_of(&read_rows(&path)[0], "encoding"), "base64");

    let small = file(&dir, "small.toml", b"[input]\nmax-document-bytes = 4096");
    let mut dump = dump(2, "\n\n\n\n").into_bytes();
    let at = dump.len() as u64 + 4;
    dump.extend_from_slice(b"\n\n\n\n");
    dump.extend(std::iter::repeat_n(b'x', 1 << 20));
    let args = [&quarantine[..], &["-p", small.to_str().expect("UTF-8")]].concat();
    assert_eq!(textmill(&args, &dump).rows().len(), 2);
    let bad = &read_rows(&path)[0];
    assert_eq!((str_of(bad, "reason"), bad["start"].as_u64()), ("too_large", Some(at)));
    assert_eq!((bad["end"].as_u64(), bad["truncated"].as_bool()), (Some(dump.len() as u64), Some(true)));
}

#[test]
fn exit_codes() {
    let dir = folder();
    let good = file(&dir, "good.txt", article(1, "Codes").as_bytes());
    let good = good.to_str().expect("UTF-8");
    assert_eq!(textmill(&["-q"], b"").code, 0, "nothing in, nothing out");
    let ran = textmill(&["-q", good, "/no/such/file"], b"");
    assert_eq!((ran.code, ran.rows().len()), (1, 1));
    assert!(ran.err.contains("/no/such/file: "), "{}", ran.err);
    let packed = gzip(dump(9, "\n\n\n\n").as_bytes());
    let ran = textmill(&["-q"], &packed[..packed.len() - 9]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("truncated_stream"), "{}", ran.err);
    assert_eq!(textmill(&["--no-such-option"], b"").code, 2);
    let ran = textmill(&["--\u{1b}[2J"], b"");
    assert!(ran.code == 2 && !ran.err.contains('\u{1b}'), "{:?}", ran.err);
    assert_eq!(textmill(&["-p", "no-such-pipeline"], b"").code, 2);
    assert_eq!(textmill(&["-q", "-o", good, "--ledger", good], b"").code, 2);
    assert_eq!(textmill(&["-q", "/no/such/file"], b"").code, 3);
    let ran = textmill(&["-q", "-o", "/no/such/folder/o"], b"x");
    assert_eq!(ran.code, 4);
    assert!(ran.err.contains("/no/such/folder/o") && ran.err.contains("create the directory"), "{}", ran.err);
    for args in [
        &["stages", "list"][..],
        &["formats"],
        &["schema"],
        &["man"],
        &["completions", "bash"],
        &["plan"],
        &["--help"],
    ] {
        assert_eq!(textmill(args, b"").code, 0, "{args:?}");
    }
    assert_eq!(textmill(&["stages", "show", "fingerprnt"], b"").code, 2);
}

#[test]
fn formats_are_listed() {
    use textmill::formats::{BUILTIN, archive::ARCHIVES, wrapping::COMPRESSIONS};
    let ran = textmill(&["formats"], b"");
    let text = String::from_utf8(ran.out).expect("UTF-8");
    let line_of = |name: &str| text.lines().find(|l| l.split(' ').next() == Some(name));
    for spec in BUILTIN {
        assert!(line_of(spec.name).is_some_and(|l| l.ends_with(spec.summary)), "{}", spec.name);
        let block = text.split(&format!("\n{:<18} ", spec.name)).nth(1).expect("a block");
        let block = block.split("\n\n").next().unwrap_or_default();
        assert!(spec.endings.iter().all(|e| block.contains(&format!(".{e}"))), "{block}");
        assert!(block.contains(spec.detected), "{block}");
        for (field, from) in spec.fields {
            let column = field.split('.').next().unwrap_or_default();
            assert!(["title", "text", "captions", "meta"].contains(&column), "{}: {field}", spec.name);
            assert!(block.contains(&format!("  {field:<20} {from}\n")) || block.ends_with(from), "{block}");
        }
        assert!(spec.fields.iter().any(|(field, _)| *field == "text"), "{} has no text", spec.name);
    }
    let around = COMPRESSIONS.iter().map(|c| (c.name, c.endings));
    for (name, endings) in around.chain(ARCHIVES.iter().map(|a| (a.name, a.endings))) {
        let line = line_of(name).unwrap_or_else(|| panic!("{name} is not listed"));
        assert!(endings.iter().all(|e| line.contains(e)), "{line}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_a_closed_pipe() {
    let full = |args: &[&str]| {
        let out = std::fs::File::options().write(true).open("/dev/full").expect("/dev/full");
        let mut child =
            command(args).stdin(Stdio::piped()).stdout(out).stderr(Stdio::null()).spawn().expect("start");
        let text = dump(50, "\n\n\n\n");
        // Those that read no input may be gone before it is written.
        let _ = std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), text.as_bytes());
        child.wait().expect("it ends").code()
    };
    for args in [
        &["-q"][..],
        &["explain"],
        &["schema"],
        &["stages", "list"],
        &["formats"],
        &["--help"],
        &["validate", "news"],
    ] {
        assert_eq!(full(args), Some(4), "{args:?}");
    }
    // Nor does a failed output wait for more input.
    let out = std::fs::File::options().write(true).open("/dev/full").expect("/dev/full");
    let mut child =
        command(&["-q"]).stdin(Stdio::piped()).stdout(out).stderr(Stdio::null()).spawn().expect("start");
    let mut stdin = child.stdin.take().expect("a pipe");
    // It may leave while this is still writing.
    let _ = std::io::Write::write_all(&mut stdin, dump(30_000, "\n\n\n\n").as_bytes());
    assert_eq!(child.wait().expect("it ends").code(), Some(4));
    drop(stdin);

    let dir = folder();
    let big = file(&dir, "big.txt", dump(20_000, "\n\n\n\n").as_bytes());
    for command in ["run -q", "explain"] {
        let script = format!(
            "{{ {} {command} {}; echo $? > {}/code; }} | head -c 100 > /dev/null",
            env!("CARGO_BIN_EXE_textmill"),
            big.display(),
            dir.path().display()
        );
        let ran = std::process::Command::new("sh").args(["-c", &script]).output().expect("sh");
        assert_eq!(String::from_utf8_lossy(&ran.stderr), "", "{command}");
        assert_eq!(std::fs::read_to_string(dir.path().join("code")).expect("the code"), "0\n", "{command}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_publishes_nothing() {
    let dir = folder();
    let out = dir.path().join("o");
    let mut child = command(&["-q", "-o", out.to_str().expect("UTF-8")])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("start");
    let mut stdin = child.stdin.take().expect("a pipe");
    // More than is read ahead, so that the run is under way when this returns.
    std::io::Write::write_all(&mut stdin, dump(20_000, "\n\n\n\n").as_bytes()).expect("it reads");
    let kill = format!("kill -INT {}", child.id());
    assert!(std::process::Command::new("sh").args(["-c", &kill]).status().expect("sh").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert!(!out.exists());
    // What was done is kept, and gone on with.
    let input = dump(20_000, "\n\n\n\n");
    let resumed = textmill(&["-q", "--resume", "-o", out.to_str().expect("UTF-8")], input.as_bytes());
    assert_eq!((resumed.code, resumed.err.as_str()), (0, ""));
    assert_eq!(std::fs::read(&out).expect("rows"), textmill(&["-q"], input.as_bytes()).out);
    assert_eq!(std::fs::read_dir(dir.path()).expect("the folder").count(), 1);
}

#[test]
fn a_plan_shows_the_options_that_are_not_as_by_default() {
    let dir = folder();
    let toml =
        b"[[stage]]\ntype = \"min-content\"\n  # a note\nmin-words = 10 # as it is\nmin-chars = 7 # other\n";
    let path = file(&dir, "my.toml", toml);
    let ran = textmill(&["plan", "-p", path.to_str().expect("UTF-8")], b"");
    let out = String::from_utf8(ran.out).expect("UTF-8");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(out.contains("min-chars = 7\n"), "{out}");
    assert!(!out.contains("min-words") && !out.contains('#'), "{out}");
}

#[test]
fn help_names_every_built_in_pipeline() {
    for command in [&["run"][..], &["quarantine", "replay"]] {
        let help = textmill(&[command, &["--help"]].concat(), b"").out;
        let help = String::from_utf8_lossy(&help).split_whitespace().collect::<Vec<_>>().join(" ");
        let names: Vec<_> = textmill::config::BUILTIN.iter().map(|(name, _)| *name).collect();
        for name in &names {
            assert!(
                help.contains(&format!("({name},"))
                    || help.contains(&format!(" {name},"))
                    || help.contains(&format!(" {name})")),
                "{name} in {help}"
            );
        }
    }
}
