//! `textmill dedupe` and `textmill pairs`.

use serde_json::Value;

use crate::support::{command, file, folder, read_rows, rows, str_of, textmill};

const LONG: &str = "It rained all night in the north, and by noon the river had risen over its banks again; the \
                    bridge was closed until evening, said the mayor, and nobody was hurt.";

fn lines(texts: &[&str]) -> Vec<u8> {
    let line = |text: &&str| serde_json::json!({ "text": text, "n": 30 }).to_string() + "\n";
    texts.iter().map(line).collect::<String>().into_bytes()
}

fn input() -> Vec<u8> {
    let (copy, edited) = (LONG.to_uppercase(), LONG.replace("nobody was hurt", "nobody was injured"));
    let longer = format!("{LONG} More rain is expected.");
    lines(&[
        LONG,
        "In the south people went to the beaches in great numbers.",
        &copy,
        &edited,
        &LONG[..92],
        &longer,
    ])
}

#[test]
fn copies_go_with_a_witness_and_the_rest_stays() {
    let dir = folder();
    let ledger = dir.path().join("ledger");
    let ran = textmill(&["dedupe", "-q", "--ledger", ledger.to_str().expect("UTF-8")], &input());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let kept = ran.rows();
    let texts: Vec<&str> = kept.iter().map(|r| str_of(r, "text")).collect();
    assert_eq!(texts, [LONG, "In the south people went to the beaches in great numbers."]);
    assert_eq!(str_of(&kept[0], "meta"), r#"{"n":30}"#);
    let dropped: Vec<Value> =
        read_rows(&ledger).into_iter().filter(|r| str_of(r, "stage").ends_with("dedupe")).collect();
    let reasons: Vec<&str> = dropped.iter().map(|r| str_of(r, "reason")).collect();
    assert_eq!(
        reasons,
        ["exact-dedupe/copy", "near-dedupe/edited", "near-dedupe/shortened", "near-dedupe/edited"]
    );
    for row in &dropped {
        assert_eq!(row["witness"], kept[0]["id"]);
        let similarity = row["similarity"].as_f64().expect("a number");
        assert!((0.7..=1.0).contains(&similarity), "{row}");
    }
}

#[test]
fn the_same_rows_at_any_number_of_threads_and_in_any_memory() {
    let dir = folder();
    let text = |n: usize| -> String { (0..60).map(|i| format!("w{} ", (n * 31 + i * i) % 997)).collect() };
    let given: String = (0..900)
        .map(|n| text(n * 7 % 400) + if n % 3 == 0 { "one more" } else { "" })
        .map(|text| serde_json::json!({ "text": text }).to_string() + "\n")
        .collect();
    let given = file(&dir, "in.jsonl", given.as_bytes());
    let run = |name: &str, more: &[&str]| {
        let [out, ledger] = ["out", "ledger"].map(|n| dir.path().join(format!("{n}-{name}")));
        let mut command = command(&["dedupe", "-q", given.to_str().expect("UTF-8"), "-o"]);
        command.arg(&out).arg("--ledger").arg(&ledger).args(more);
        // Debug builds take that for the size of the table in memory.
        let small = more.contains(&"--memory");
        let command = if small { command.env("TEXTMILL_TABLE_BYTES", "40000") } else { &mut command };
        assert!(command.status().expect("it starts").success());
        [out, ledger].map(|path| std::fs::read(path).expect("an output"))
    };
    let want = run("1", &["--threads", "1"]);
    assert!(want[0].len() > 10_000 && String::from_utf8_lossy(&want[1]).contains("near-dedupe/edited"));
    assert!(run("2", &["--threads", "2"]) == want);
    assert!(run("8", &["--threads", "8", "--checkpoint-every", "20KiB"]) == want);
    assert!(run("small", &["--threads", "2", "--memory", "128MiB"]) == want);
}

#[test]
fn options_of_run_are_options_of_dedupe() {
    let dir = folder();
    let (given, out) = (file(&dir, "in.jsonl", &input()), dir.path().join("out.jsonl"));
    let path = |p: &std::path::Path| p.to_str().expect("UTF-8").to_owned();
    let ran =
        textmill(&["dedupe", "-q", "--threads", "2", "--resume", "-o", &path(&out), &path(&given)], b"");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(read_rows(&out).len(), 2);
    // With another pipeline it does what that says.
    assert_eq!(textmill(&["dedupe", "-q", "-p", "plain"], &input()).rows().len(), 6);
}

#[test]
fn pairs_are_told_whether_they_relate_or_not() {
    let other = LONG.replace("river", "lake").replace("banks", "shores").replace("mayor", "owner");
    let given = [input(), lines(&[&other])].concat();
    let ran = textmill(&["pairs"], &given);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let pairs = rows(&ran.out);
    let told: Vec<(u64, &str)> =
        pairs.iter().map(|p| (p["record"].as_u64().expect("a number"), str_of(p, "relation"))).collect();
    assert_eq!(told[..3], [(3, "edited"), (4, "shortened"), (5, "edited")]);
    assert!(told[3..].iter().all(|pair| *pair == (6, "")), "{told:?}");
    let kept = textmill(&["dedupe", "-q"], &given).rows();
    assert!(pairs.iter().all(|p| p["witness"] == kept[0]["id"] && p["source"] == "-"));
    let exact = textmill(&["pairs", "-p", "news"], &given);
    assert_eq!((exact.code, exact.out.len()), (0, 0), "news compares nothing");
}

#[test]
fn a_paragraph_stays_where_it_stood_first() {
    let dir = folder();
    let pipeline =
        file(&dir, "p.toml", b"[[stage]]\ntype = \"paragraph-dedupe\"\n[[stage]]\ntype = \"min-content\"\nmin-words = 1\nmin-chars = 1\n");
    let note = "The author writes about the weather for this and for other papers since 1999.";
    let texts = [
        format!("It rained.\n\n{note}\n\n{note}"),
        format!("It was dry that day.\n\n{}", note.to_uppercase()),
        note.replace("papers", "papers\n"),
        "Nothing of that is here, and so all of this paragraph stays where it is.".to_owned(),
    ];
    let given = lines(&texts.each_ref().map(String::as_str));
    let ledger = dir.path().join("ledger");
    let args = |threads| ["-q", "-p", pipeline.to_str().expect("UTF-8"), "--threads", threads, "--ledger"];
    let run = |threads| textmill(&[&args(threads)[..], &[ledger.to_str().expect("UTF-8")]].concat(), &given);
    let ran = run("2");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let kept = ran.rows();
    let got: Vec<&str> = kept.iter().map(|r| str_of(r, "text")).collect();
    assert_eq!(got, [texts[0].as_str(), "It was dry that day.", texts[3].as_str()]);
    let removed: Vec<Value> =
        read_rows(&ledger).into_iter().filter(|r| r["reason"] == "paragraph-dedupe/seen-before").collect();
    assert_eq!(removed.len(), 1, "lines of a dropped document are not told one by one");
    assert_eq!((&removed[0]["witness"], &removed[0]["line"]), (&kept[0]["id"], &2.into()));
    assert_eq!(removed[0]["evidence"], format!("line 2 of {} has it", str_of(&kept[0], "id")));
    assert_eq!(run("1").out, ran.out);
}

#[test]
fn the_longest_of_a_window_stays() {
    let dir = folder();
    let longer = format!("{LONG} More rain is expected.");
    let given = lines(&[
        &LONG[..92],
        "In the south people went to the beaches in great numbers.",
        LONG,
        &longer,
        LONG,
    ]);
    let run = |options: &str| {
        let pipeline = format!("[[stage]]\ntype = \"near-dedupe\"\n{options}");
        let pipeline = file(&dir, "p.toml", pipeline.as_bytes());
        let ledger = dir.path().join("ledger");
        let [pipeline, ledger] = [&pipeline, &ledger].map(|p| p.to_str().expect("UTF-8"));
        let ran = textmill(&["-q", "-p", pipeline, "--ledger", ledger], &given);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        let ids: Vec<Value> = ran.rows().iter().map(|r| r["id"].clone()).collect();
        for row in read_rows(ledger.as_ref()).iter().filter(|r| str_of(r, "stage") == "near-dedupe") {
            assert!(ids.contains(&row["witness"]), "{row}");
        }
        ran.rows().iter().map(|r| r["record"].as_u64().expect("a number")).collect::<Vec<_>>()
    };
    assert_eq!(run(""), [0, 1, 3]);
    assert_eq!(run("keep = \"longest\""), [1, 3]);
    // The first window keeps the short copy, of which the longest is no copy.
    assert_eq!(run("keep = \"longest\"\nwindow = 2"), [0, 1, 3]);
    assert_eq!(run("keep = \"longest\"\nwindow = 3"), [1, 2]);
}
