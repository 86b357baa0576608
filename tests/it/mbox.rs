//! Mailboxes, messages and articles of newsgroups: messages in, rows out.

use crate::hostile::fixture;
use crate::support::*;
use serde_json::{Value, json};

fn run(input: &[u8]) -> (Vec<Value>, Vec<Value>) {
    let dir = folder();
    let path = dir.path().join("q");
    let args = ["-q", "-p", "plain", "--format", "mbox", "--quarantine", path.to_str().expect("UTF-8")];
    let ran = textmill(&args, input);
    assert!(ran.code <= 1, "{}", ran.err);
    (ran.rows(), read_rows(&path))
}

fn meta(row: &Value) -> Value {
    serde_json::from_str(str_of(row, "meta")).expect("meta is JSON")
}

fn ferry(n: usize) -> String {
    format!("The ferry to island {n} was late again, and the harbour master said that the tide was to blame.")
}

#[test]
fn a_mailbox() {
    let (rows, bad) = run(&fixture("dumps/harbour.mbox"));
    let got: Vec<_> = rows.iter().map(|r| (str_of(r, "title"), str_of(r, "text").to_owned())).collect();
    let want = [
        (
            "The ferry is late",
            format!(
                "{}\n\nFrom the bridge one sees it.\n\nFrom ann Mon, a line\nFrom now on, quoted",
                ferry(0)
            ),
        ),
        (
            "Grüße vom Hafen, dem schönsten an der ganzen nördlichen Küste 港口",
            format!("Schöne Grüße vom Hafen.\n\n{}", ferry(1)),
        ),
        ("Both kinds", ferry(2)),
        (
            "Only HTML",
            format!(
                "Notice\n\n{}\n\nGrößere Boote fahren im Frühling wieder, wie es jedes Jahr gewesen ist.",
                ferry(3)
            ),
        ),
        ("With a table of tides", format!("{}\n\nYou get this because you asked for it.", ferry(4))),
        (
            "Re: The ferry is late",
            format!(
                "ann@harbour.example wrote:\n> {}\n\nIt is not the tide.\n\n-- \nBob, keeper of the light",
                ferry(0)
            ),
        ),
        ("Flowed", "Lines that flow are one paragraph.\n\n> quoted as well".to_owned()),
    ];
    assert_eq!(got, want);
    assert_eq!(
        meta(&rows[5]),
        json!({
            "from": "Ann Example <ann@harbour.example>",
            "date": "Wed, 25 Nov 2026 10:05:00 +0000",
            "message-id": "<5@harbour.example>",
            "newsgroups": "rec.harbour,rec.boats",
            "references": "<0@harbour.example> <1@harbour.example>",
        })
    );
    assert_eq!(meta(&rows[1])["_encoding"], "windows-1252");
    assert_eq!(meta(&rows[4])["attachments"], 1);
    assert_eq!(bad.len(), 1, "an attachment alone");
    assert_eq!(str_of(&bad[0], "reason"), "no_text");
}

#[test]
fn a_single_article() {
    let (rows, bad) = run(&fixture("dumps/news-article"));
    assert_eq!((rows.len(), bad.len()), (1, 0));
    assert_eq!(str_of(&rows[0], "title"), "Re: Leuchttürme");
    assert!(
        str_of(&rows[0], "text")
            .starts_with("In article <1@light.example> ann@harbour.example writes:\n> Is")
    );
    assert!(str_of(&rows[0], "text").ends_with("Schöne Grüße,\n\nBob"));
    assert_eq!(meta(&rows[0])["newsgroups"], "rec.harbour");
}

#[test]
fn where_messages_begin() {
    let mail = |from: &str, body: &str| format!("{from}\nFrom: a@b.example\nSubject: s\n\n{body}\n");
    let dated = "From a@b.example Wed Nov 25 10:00:00 2026";
    for (what, mailbox, want) in [
        ("two", mail(dated, "one\n") + &mail(dated, "two"), 2),
        ("no blank line between", mail(dated, "one") + &mail(dated, "two"), 2),
        ("a sender alone", mail("From a@b.example", "one\n") + &mail("From c@d.example", "two"), 2),
        (
            "other dates",
            mail("From - Wed Nov 25 10:00:00 2026", "one\n")
                + &mail("From a at b.example  Wed Nov 25 10:00:00 +0100 2026", "two"),
            2,
        ),
        ("a sentence", mail(dated, "one\n\nFrom here: it\nis far."), 1),
        ("a sentence with a date", mail(dated, "one\n\nFrom Wed Nov 25 10:00:00 2026\nno header"), 1),
        ("a header, but no line", mail(dated, "one\n\nFrom: x\nSubject: y"), 1),
        (
            "a quoted line in front of the header",
            mail(&format!("{dated}\n>From b@c Wed Nov 25 10:00:00 2026"), "one"),
            1,
        ),
        ("blank lines first", format!("\n\n{}", mail(dated, "one")), 1),
    ] {
        let (rows, bad) = run(mailbox.as_bytes());
        assert_eq!((rows.len(), bad.len()), (want, 0), "{what}: {rows:?} {bad:?}");
        assert!(rows.iter().all(|r| str_of(r, "title") == "s"), "{what}");
    }
    // The end of a message that was lost is told, and costs no other.
    let (rows, bad) = run(format!("the end of it\n\n{}", mail(dated, "two")).as_bytes());
    assert_eq!((rows.len(), str_of(&bad[0], "reason")), (1, "bad_record"));
}

#[test]
fn parts_that_are_not_as_they_should_be() {
    let mail = |head: &str, body: &str| format!("From: a@b.example\nSubject: s\n{head}\n\n{body}");
    let mixed = "Content-Type: multipart/mixed; boundary=\"b\"";
    let alternative = mixed.replace("mixed", "alternative");
    let html =
        "Content-Type: text/html\n\n<p>The page of it, with enough words to be a paragraph of text.</p>";
    for (what, message, want) in [
        ("no last boundary", mail(mixed, "--b\n\none\n--b\n\ntwo\n"), Some("one\n\ntwo")),
        ("another boundary within", mail(mixed, "--b\n\n--bb\none\n--b--\nend"), Some("--bb\none")),
        (
            "an empty plain part",
            mail(&alternative, &format!("--b\n\n\n--b\n{html}\n--b--")),
            Some("The page of it, with enough words to be a paragraph of text."),
        ),
        ("HTML first", mail(&alternative, &format!("--b\n{html}\n--b\n\nplain\n--b--")), Some("plain")),
        ("no boundary at all", mail(mixed, "nothing"), None),
        ("base64 with a fault", mail("Content-Transfer-Encoding: base64", "SGFyYm91\n*!cg"), Some("Harbour")),
        ("an unknown coding", mail("Content-Transfer-Encoding: x-none", "text"), Some("text")),
        ("a folded type", mail("Content-Type: text/plain;\n\tcharset=\"koi8-r\"", "text"), Some("text")),
        ("text alone", mail("Content-Type: text", "text"), Some("text")),
        ("no body", mail("X: y", ""), None),
    ] {
        let (rows, bad) = run(message.as_bytes());
        let got: Vec<_> = rows.iter().map(|r| str_of(r, "text")).collect();
        assert_eq!(got, want.into_iter().collect::<Vec<_>>(), "{what}");
        assert!(bad.iter().all(|r| str_of(r, "reason") == "no_text"), "{what}: {bad:?}");
    }
    let deep = |levels: usize| {
        let open: String = (0..levels)
            .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n"))
            .collect();
        format!("From: a\nSubject: s\n{open}\ndeep\n")
    };
    assert_eq!(run(deep(8).as_bytes()).0.len(), 1);
    assert_eq!(str_of(&run(deep(9).as_bytes()).1[0], "reason"), "no_text");
}
