//! JSON Lines at their limits.

use crate::support::*;

const BODY: &str = "It rained all night in the north, and the rivers rose again by noon.";

/// Rows, and reason and detail of each quarantined record.
fn run(lines: &[String]) -> (Vec<serde_json::Value>, Vec<(String, String)>) {
    let dir = folder();
    let path = dir.path().join("q");
    let input = format!("{{\"text\":\"{BODY} Really.\"}}\n{}", lines.join("\n"));
    let ran = textmill(&["-q", "--quarantine", path.to_str().expect("UTF-8")], input.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let bad = read_rows(&path);
    let bad = bad.iter().map(|r| (str_of(r, "reason").to_owned(), str_of(r, "detail").to_owned())).collect();
    (ran.rows().split_off(1), bad)
}

fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

#[test]
fn what_nests_too_deep_is_told() {
    let ignored = |value: &str| format!("{{\"text\":\"{BODY}\",\"b\":{value}}}");
    let (rows, bad) = run(&[ignored(&nested(127))]);
    assert_eq!((rows.len(), bad.len()), (1, 0), "128 with the record itself");
    assert_eq!(str_of(&rows[0], "meta"), format!("{{\"b\":{}}}", nested(127)));
    let deep = "[".repeat(100_000);
    for line in [
        ignored(&nested(128)),
        ignored(&nested(100_000)),
        ignored(&deep),
        ignored(&"{\"a\":".repeat(100_000)),
        deep,
        nested(100_000),
        format!("{{\"text\":{}}}", nested(100_000)),
        format!("{{\"title\":{},\"text\":\"{BODY}\"}}", nested(100_000)),
    ] {
        let (rows, bad) = run(&[line]);
        assert_eq!((rows.len(), bad.len()), (0, 1));
        assert_eq!(bad[0].0, "json_depth", "{}", bad[0].1);
    }
}

#[test]
fn brackets_that_nest_nothing() {
    let text = format!("{BODY} {} \\\" {}", "[".repeat(1000), "{".repeat(1000));
    let flat = format!("[{}]", vec!["[]"; 1000].join(","));
    let (rows, bad) = run(&[format!("{{\"text\":\"{text}\",\"b\":{flat}}}")]);
    assert_eq!((rows.len(), bad.len()), (1, 0), "{bad:?}");
    assert_eq!(str_of(&rows[0], "meta"), format!("{{\"b\":{flat}}}"));
}

#[test]
fn fields_that_nobody_reads_pass_as_they_are() {
    let meta =
        r#"{"a":1e999,"b":123456789012345678901234567890,"c":-0.0,"c":1E+2,"d":"\ud800","e":{"a":1,"a":2}}"#;
    let line = meta.replacen('{', &format!("{{\"text\":\"{BODY}\","), 1);
    let (rows, bad) = run(&[line]);
    assert!(bad.is_empty(), "{bad:?}");
    assert_eq!(str_of(&rows[0], "meta"), meta);
}

#[test]
fn documents_of_too_many_lines() {
    let (most, over) = ("a\n".repeat(1 << 18), "a\n".repeat((1 << 18) + 1));
    let json = |text: &str| format!("{{\"text\":{}}}", serde_json::Value::from(text));
    let (_, bad) = run(&[json(&most)]);
    assert!(bad.is_empty(), "{bad:?}");
    let (_, bad) = run(&[json(&over), json(&over.replace('\n', "\r\n")), json(&"\n".repeat(1 << 19))]);
    assert_eq!(bad.iter().map(|b| b.0.as_str()).collect::<Vec<_>>(), ["too_many_lines"; 3]);

    let dir = folder();
    let path = dir.path().join("q");
    let args = ["-q", "--format", "plain", "--quarantine", path.to_str().expect("UTF-8")];
    let text = format!("{}\n\n\n\n{over}", dump(3, "\n\n\n\n"));
    assert_eq!(textmill(&args, text.as_bytes()).rows().len(), 3);
    let bad = read_rows(&path);
    assert_eq!(bad.len(), 1);
    assert_eq!(str_of(&bad[0], "reason"), "too_many_lines");
}
