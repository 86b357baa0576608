//! The quarantine file: its rows, and what can be done with them.

use crate::support::*;

const BODY: &str = "It rained all night in the north, and the rivers rose again by noon.";

#[test]
fn rows_name_the_format_that_cut_them() {
    let dir = folder();
    let json = file(&dir, "a.jsonl", format!("{{\"text\":\"{BODY}\"}}\nno json\n").as_bytes());
    let plain = file(&dir, "b.txt", b"one\0two\n");
    let packed = gzip(dump(9, "\n\n\n\n").as_bytes());
    let cut = file(&dir, "c.txt.gz", &packed[..packed.len() - 9]);
    let q = dir.path().join("q");
    let inputs = [&json, &plain, &cut].map(|p| p.to_str().expect("UTF-8"));
    let args = [&["-q", "--quarantine", q.to_str().expect("UTF-8")], &inputs[..]].concat();
    assert_eq!(textmill(&args, b"").code, 1);
    let rows = read_rows(&q);
    let formats: Vec<_> = rows.iter().map(|r| (str_of(r, "reason"), str_of(r, "format"))).collect();
    let want = [
        ("bad_json", "jsonl"),
        ("nul_bytes", "plain"),
        ("truncated_stream", ""),
        ("truncated_stream", "plain"),
    ];
    assert_eq!(formats, want);
}
