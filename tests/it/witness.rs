//! Every document that is dropped for another one, and every paragraph, names one that is there.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;
use textmill::config::{self, Pipeline};
use textmill::registry::Registry;
use textmill::runtime::inline::{self, Fate};
use textmill::runtime::{LastingIndex, RunOptions};

use crate::support::*;

const FINGERPRINT: &str = "[[stage]]\ntype = \"fingerprint\"\n";
const EXACT: &str = "[[stage]]\ntype = \"exact-dedupe\"\n";
const NEAR: &str = "[[stage]]\ntype = \"near-dedupe\"\n";
const LOOSE: &str = "[[stage]]\ntype = \"near-dedupe\"\nthreshold = 0.5\n";
const LONGEST: &str = "[[stage]]\ntype = \"near-dedupe\"\nkeep = \"longest\"\nwindow = 5\n";
const MIN: &str = "[[stage]]\ntype = \"min-content\"\nmin-words = 24\nmin-chars = 1\n";
const PARAGRAPHS: &str = "[[stage]]\ntype = \"paragraph-dedupe\"\n";
const BOILERPLATE: &str = "[[stage]]\ntype = \"strip-boilerplate\"\n";
const LEARNED: &str = "[[stage]]\ntype = \"learned-boilerplate\"\n";

/// Pipelines with stages that drop behind stages that name a witness, in every order.
fn pipelines() -> Vec<String> {
    let news = config::builtin("news").expect("it is shipped");
    let chains: &[&[&str]] = &[
        &[FINGERPRINT, EXACT, NEAR],
        &[FINGERPRINT, EXACT, NEAR, MIN],
        &[FINGERPRINT, EXACT, MIN, NEAR],
        &[FINGERPRINT, EXACT, MIN],
        &[NEAR, FINGERPRINT, EXACT],
        &[NEAR, FINGERPRINT, EXACT, MIN],
        &[NEAR, MIN, FINGERPRINT, EXACT],
        &[NEAR, LOOSE],
        &[FINGERPRINT, EXACT, LONGEST, MIN],
        &[LONGEST, MIN, FINGERPRINT, EXACT],
        &[FINGERPRINT, EXACT, NEAR, PARAGRAPHS, MIN],
        &[PARAGRAPHS, MIN, FINGERPRINT, EXACT, LONGEST],
        &[FINGERPRINT, EXACT, BOILERPLATE, FINGERPRINT, EXACT, MIN],
        &[FINGERPRINT, EXACT, LEARNED, MIN, NEAR],
    ];
    let shipped =
        [news.to_owned() + "\n" + NEAR, config::builtin("dedupe").expect("it is shipped").to_owned()];
    shipped.into_iter().chain(chains.iter().map(|chain| chain.concat())).collect()
}

fn built(text: &str) -> Pipeline {
    config::parse("given", text, &Registry::default()).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// A document: what it is made of, and how it differs from that.
fn recipe() -> impl Strategy<Value = (u64, u8)> {
    (0u64..4, 0u8..10)
}

/// Texts of a few families: the same, in capitals, edited, longer, shorter, too short, with a shared paragraph.
fn text(family: u64, kind: u8) -> String {
    let words = |from: u64, n: u64| -> String {
        (from..from + n).map(|i| format!("w{} ", (family * 1000 + i) * 7919 % 9973)).collect()
    };
    let shared = "Those who write for this paper say that they have nothing to say about the weather.";
    match kind {
        0 | 1 => words(0, 40),
        2 => words(0, 40).to_uppercase(),
        3 => words(0, 40).replace(&words(20, 1), "edited "),
        4 => words(0, 40).replace(&words(20, 1), "EDITED "),
        5 => words(0, 40) + &words(40, 12),
        6 => words(5, 30),
        7 => words(0, 12),
        8 => format!("{}\n\nSubscribe to our newsletter!\n\n{shared}", words(0, 12)),
        _ => format!("{shared}\n\n{}", words(0, 40)),
    }
}

fn lines(recipe: &[(u64, u8)]) -> String {
    let line =
        |&(family, kind): &(u64, u8)| serde_json::json!({ "text": text(family, kind) }).to_string() + "\n";
    recipe.iter().map(line).collect()
}

/// Letters and digits of a text, in lower case.
fn folded(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Checks the witnesses in a ledger against the kept rows; how many there are.
fn check(kept: &BTreeMap<String, Value>, ledger: &[Value], chain: &str) -> usize {
    let witnessed = ledger.iter().filter(|row| !str_of(row, "witness").is_empty());
    let check = |row: &Value| {
        let witness = kept.get(str_of(row, "witness"));
        let Some(witness) = witness else { panic!("{row} names what is not there, in\n{chain}") };
        // Nothing has changed the text of either.
        let plain = !["paragraph", "boilerplate"].iter().any(|stage| chain.contains(stage));
        if plain && row["reason"] == "exact-dedupe/copy" {
            assert_eq!(folded(str_of(row, "text")), folded(str_of(witness, "text")), "{row}");
        }
    };
    witnessed.map(check).count()
}

/// What a run on one thread writes, and the documents that others were compared with.
fn inline(text: &str, name: &str, given: &str) -> (Vec<u8>, Vec<String>) {
    let (mut rows, mut compared) = (Vec::new(), Vec::new());
    let ran = inline::run(plan(built(text)), name, &mut given.as_bytes(), &mut |fate| {
        let Fate::Document(doc) = fate else { panic!("all of them are documents") };
        if doc.dropped().is_none() {
            inline::write_row(&doc, &mut rows);
        }
        compared.extend(doc.compared().iter().map(|pair| pair.with.to_string()));
        true
    });
    ran.expect("it runs");
    (rows, compared)
}

fn by_id(rows: Vec<Value>) -> BTreeMap<String, Value> {
    rows.into_iter().map(|row| (str_of(&row, "id").to_owned(), row)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases(48)) })]
    #[test]
    fn every_witness_is_in_the_output(
        recipe in prop::collection::vec(recipe(), 1..40),
        batch_items in 1usize..9,
        text in prop::sample::select(pipelines()),
    ) {
        let dir = folder();
        let given = [file(&dir, "in.jsonl", lines(&recipe).as_bytes())];
        let run = |options: RunOptions| run_files(built(&text), &given, &options);
        let (outcome, outputs) = run(RunOptions { threads: 2, ..RunOptions::default() });
        prop_assert_eq!(outcome.report.documents.r#in, recipe.len() as u64);
        let kept = by_id(rows(&outputs[0]));
        check(&kept, &rows(&outputs[1]), &text);
        // However batches are cut, and with one document after the other.
        let (_, again) = run(RunOptions { threads: 1, batch_items, ..RunOptions::default() });
        prop_assert!(outputs == again, "with batches of {} in\n{}", batch_items, text);
        let (rows, compared) = inline(&text, &given[0].display().to_string(), &lines(&recipe));
        prop_assert!(rows == outputs[0], "inline in\n{}", text);
        prop_assert!(compared.iter().all(|id| kept.contains_key(id)), "compared with what is not there");
    }

    #[test]
    fn every_witness_is_in_the_output_or_in_the_index(
        first in prop::collection::vec(recipe(), 1..20),
        second in prop::collection::vec(recipe(), 1..20),
        text in prop::sample::select(pipelines()),
    ) {
        let dir = folder();
        let index = Some(LastingIndex { folder: dir.path().join("index"), read_only: false });
        let mut kept = BTreeMap::new();
        for (name, recipe) in [("a.jsonl", &first), ("b.jsonl", &second)] {
            let given = [file(&dir, name, lines(recipe).as_bytes())];
            let options = RunOptions { threads: 1, index: index.clone(), ..RunOptions::default() };
            let (_, outputs) = run_files(built(&text), &given, &options);
            kept.extend(by_id(rows(&outputs[0])));
            check(&kept, &rows(&outputs[1]), &text);
        }
    }
}

/// Runs a pipeline over documents: reason and number of the witness of each, empty if it is kept.
fn fates(chain: &[&str], documents: &[(u64, u8)]) -> Vec<(String, Option<usize>)> {
    let dir = folder();
    let given = [file(&dir, "in.jsonl", lines(documents).as_bytes())];
    let (_, outputs) = run_files(built(&chain.concat()), &given, &RunOptions::default());
    let (kept, ledger) = (rows(&outputs[0]), rows(&outputs[1]));
    let number = |id: &str| {
        let row = kept.iter().find(|row| row["id"] == id);
        row.map(|row| row["record"].as_u64().expect("a number") as usize)
    };
    let mut fates = vec![(String::new(), None); documents.len()];
    for row in ledger.iter().filter(|row| row["line"] == 0) {
        let at = row["record"].as_u64().expect("a number") as usize;
        fates[at] = (str_of(row, "reason").to_owned(), number(str_of(row, "witness")));
    }
    fates
}

#[test]
fn a_copy_of_what_a_later_stage_dropped_is_judged_by_itself() {
    let of = |reason: &str, witness| (reason.to_owned(), witness);
    // An edited copy, and a copy of that.
    let near = [(0, 0), (0, 3), (0, 4), (0, 1)];
    let want = [
        of("", None),
        of("near-dedupe/edited", Some(0)),
        of("near-dedupe/edited", Some(0)),
        of("exact-dedupe/copy", Some(0)),
    ];
    assert_eq!(fates(&[FINGERPRINT, EXACT, NEAR], &near), want);
    // Too short, all three of them.
    let short = [(1, 7), (1, 7), (1, 7)];
    let want = vec![of("min-content/few-words", None); 3];
    assert_eq!(fates(&[FINGERPRINT, EXACT, MIN], &short), want);
    assert_eq!(fates(&[FINGERPRINT, EXACT, MIN, NEAR], &short), want);
}

#[test]
fn a_paragraph_stays_where_it_stood_first_among_kept_documents() {
    let dir = folder();
    // The first one is too short, and is forgotten: the second keeps the paragraph.
    let given = [file(&dir, "in.jsonl", lines(&[(2, 8), (3, 9), (1, 9)]).as_bytes())];
    let chain = PARAGRAPHS.to_owned() + &MIN.replace("24", "40");
    let (_, outputs) = run_files(built(&chain), &given, &RunOptions::default());
    let (kept, ledger) = (rows(&outputs[0]), rows(&outputs[1]));
    let records: Vec<_> = kept.iter().map(|row| row["record"].as_u64().expect("a number")).collect();
    assert_eq!(records, [1, 2]);
    let removed: Vec<_> = ledger.iter().filter(|row| row["line"] != 0).collect();
    assert_eq!(removed.len(), 1, "{removed:?}");
    assert_eq!((&removed[0]["id"], &removed[0]["witness"]), (&kept[1]["id"], &kept[0]["id"]));
}

#[test]
fn explain_and_pairs_say_what_the_ledger_says() {
    let dir = folder();
    let given = lines(&[(0, 0), (1, 0), (0, 3), (0, 4), (0, 1), (1, 6), (1, 6), (0, 5)]);
    let ledger = dir.path().join("ledger");
    let kept =
        textmill(&["dedupe", "-q", "--ledger", ledger.to_str().expect("UTF-8")], given.as_bytes()).rows();
    let kept = by_id(kept);
    let dropped: Vec<Value> = read_rows(&ledger).into_iter().filter(|row| row["line"] == 0).collect();
    assert_eq!((kept.len(), dropped.len()), (2, 6));
    let explained = textmill(&["explain", "-p", "dedupe"], given.as_bytes());
    let explained = String::from_utf8(explained.out).expect("UTF-8");
    let pairs = rows(&textmill(&["pairs"], given.as_bytes()).out);
    for row in &dropped {
        let (id, witness) = (str_of(row, "id"), str_of(row, "witness"));
        assert!(kept.contains_key(witness), "{row}");
        let why = format!("dropped: {}: {}", str_of(row, "reason"), str_of(row, "evidence"));
        assert!(explained.contains(&why), "{why} in {explained}");
        if str_of(row, "stage") == "near-dedupe" {
            let told =
                |pair: &&Value| pair["id"] == id && pair["witness"] == witness && pair["relation"] != "";
            assert_eq!(pairs.iter().filter(told).count(), 1, "{row} in {pairs:?}");
        }
    }
    assert!(pairs.iter().all(|pair| kept.contains_key(str_of(pair, "witness"))), "{pairs:?}");
}
