//! `textmill tap`, and the documents that `textmill explain` is asked for.

use crate::support::*;

const PIPELINE: &[u8] =
    b"[[stage]]\ntype = \"repeated-title\"\n[[stage]]\ntype = \"widget-labels\"\n[[stage]]\ntype = \
    \"fingerprint\"\n[[stage]]\ntype = \"exact-dedupe\"\n[[stage]]\ntype = \"widget-labels\"\n";

/// Three articles with a share bar, the second of them twice.
fn articles() -> Vec<u8> {
    let one = |n: usize| {
        let text = format!("It rained {n} times.\n\nShare this article\n\nNobody knows why.");
        serde_json::json!({ "title": format!("Rain {n}"), "text": text }).to_string()
    };
    [one(1), one(2), one(2), one(3)].join("\n").into_bytes()
}

fn tap(after: &str) -> Ran {
    let dir = folder();
    let pipeline = file(&dir, "p.toml", PIPELINE);
    textmill(&["tap", "-p", pipeline.to_str().expect("UTF-8"), "--after", after], &articles())
}

#[test]
fn rows_as_they_are_behind_each_stage() {
    for (after, documents, shared, fingerprints) in [
        ("repeated-title", 4, 4, 0),
        ("widget-labels:1", 4, 0, 0),
        ("fingerprint", 4, 0, 4),
        ("exact-dedupe", 3, 0, 3),
        ("widget-labels:2", 3, 0, 3),
    ] {
        let ran = tap(after);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let rows = ran.rows();
        let with = |key: &str, part: &str| rows.iter().filter(|r| str_of(r, key).contains(part)).count();
        assert_eq!((rows.len(), with("text", "Share this")), (documents, shared), "{after}");
        assert_eq!(
            rows.iter().filter(|r| !str_of(r, "fingerprint").is_empty()).count(),
            fingerprints,
            "{after}"
        );
    }
}

#[test]
fn the_last_stage_gives_the_rows_of_a_run() {
    let dump = [dump(20, "\n\n\n\n"), dump(7, "\n\n\n\n")].join("\n\n\n\n");
    let run = textmill(&["-q"], dump.as_bytes());
    let tap = textmill(&["tap", "--after", "exact-dedupe"], dump.as_bytes());
    assert!(run.rows().len() > 10);
    assert_eq!(tap.out, run.out);
}

#[test]
fn a_stage_that_is_not_there() {
    let said = |after: &str| {
        let ran = tap(after);
        assert_eq!((ran.code, ran.out.len()), (2, 0));
        ran.err.replace(&ran.err[ran.err.find("/").unwrap_or(0)..ran.err.find("p.toml").unwrap_or(0)], "")
    };
    assert!(said("widget-label").contains("is called `widget-label`; did you mean `widget-labels`?"));
    assert!(said("zzz").contains("it has repeated-title, widget-labels, fingerprint"));
    for twice in ["widget-labels", "widget-labels:3", "widget-labels:0", "widget-labels:x"] {
        assert!(said(twice).contains("say widget-labels:1 or widget-labels:2"), "{twice}");
    }
    assert!(said("fingerprint:2").contains("say fingerprint:1"));
}

/// `explain` with options, over the articles.
fn explain(options: &[&str]) -> Ran {
    let dir = folder();
    let pipeline = file(&dir, "p.toml", PIPELINE);
    textmill(&[&["explain", "-p", pipeline.to_str().expect("UTF-8")], options].concat(), &articles())
}

fn text(ran: &Ran) -> String {
    String::from_utf8(ran.out.clone()).expect("UTF-8")
}

#[test]
fn a_document_by_its_id() {
    let ids: Vec<String> = tap("fingerprint").rows().iter().map(|r| str_of(r, "id").to_owned()).collect();
    for id in [ids[1].clone(), ids[1][..12].to_uppercase()] {
        let ran = explain(&["--id", &id]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(text(&ran).starts_with(&format!("document 2  {}", ids[1])), "{}", text(&ran));
        assert_eq!(text(&ran).matches("document ").count(), 1);
    }
    let nobody = explain(&["--id", "00000000000000000000000000000000"]);
    assert_eq!((nobody.code, nobody.out.len()), (2, 0));
    assert!(nobody.err.contains("no document has an id that begins with 0000"), "{}", nobody.err);
    // Seventeen documents cannot all differ in their first digit.
    let many = textmill(&["-q", "-p", "plain"], dump(17, "\n\n\n\n").as_bytes()).rows();
    let digit = |r: &serde_json::Value| str_of(r, "id")[..1].to_owned();
    let twice =
        many.iter().find(|r| many.iter().filter(|o| digit(o) == digit(r)).count() > 1).expect("two of them");
    let ran = textmill(&["explain", "-p", "plain", "--id", &digit(twice)], dump(17, "\n\n\n\n").as_bytes());
    assert_eq!((ran.code, ran.out.len()), (2, 0));
    assert!(ran.err.contains("more than one id begins with"), "{}", ran.err);
    for bad in ["", "xyz", "000000000000000000000000000000000"] {
        assert_eq!(explain(&["--id", bad]).code, 2, "{bad}");
    }
}

#[test]
fn documents_by_reason() {
    let copies = explain(&["--reason", "exact-dedupe/copy"]);
    assert!(text(&copies).starts_with("document 3 ") && text(&copies).matches("dropped:").count() == 1);
    let shared = explain(&["--reason", "widget-labels/share-bar"]);
    assert_eq!(text(&shared).matches("document ").count(), 4, "{}", text(&shared));
    let ran = explain(&["--reason", "exact-dedupe/copies"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("did you mean `exact-dedupe/copy`?"), "{}", ran.err);
    let ran = explain(&["--reason", "near-dedupe/edited"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("p.toml gives the reason `near-dedupe/edited`"), "{}", ran.err);
}

#[test]
fn a_sample_is_the_same_each_time_and_in_order() {
    let all = dump(60, "\n\n\n\n");
    let sample = |n: &str| text(&textmill(&["explain", "--sample", n], all.as_bytes()));
    let numbers = |text: &str| -> Vec<u32> {
        let heads = text.lines().filter_map(|l| l.strip_prefix("document "));
        heads.map(|l| l.split(' ').next().expect("a number").parse().expect("a number")).collect()
    };
    let (few, more) = (numbers(&sample("5")), numbers(&sample("12")));
    assert_eq!((few.len(), more.len()), (5, 12));
    assert!(few.is_sorted() && more.is_sorted());
    assert!(few.iter().all(|n| more.contains(n)), "a larger sample has the smaller one: {few:?}, {more:?}");
    assert_eq!(sample("5"), sample("5"));
    assert_ne!(few, [1, 2, 3, 4, 5]);
    assert_eq!(sample("1000"), text(&textmill(&["explain"], all.as_bytes())));
}
