//! What a site prints around its articles: learned in one pass, in two, and as a profile.

use std::fmt::Write;

use textmill::runtime::RunOptions;

use crate::support::*;

const WORDS: [&str; 12] = [
    "river", "mayor", "bridge", "harvest", "railway", "storm", "school", "market", "island", "winter",
    "council", "ship",
];

/// A sentence that no other number gives.
fn sentence(n: usize, k: usize) -> String {
    let word = |i: usize| WORDS[(n * 7 + k * 5 + i * (n % 5 + 1)) % WORDS.len()];
    format!(
        "The {} near the {} of place {} was, as the {} said {} times, a matter of the {} and of {} others.",
        word(0),
        word(1),
        n * 31 + k,
        word(2),
        k + n,
        word(3),
        n * 3 + k
    )
}

/// A page of a site: menu, an article with a section head that every page has, and a footer.
fn page(n: usize) -> String {
    let mut out = format!(
        "Article {} about the {}\n\nHome\nNews\nWeather\n{} min read\n\n",
        n,
        WORDS[n % 12],
        n % 9 + 1
    );
    for k in 0..n % 5 + 2 {
        let _ = write!(out, "{}\n\n", sentence(n, k));
    }
    let _ = write!(out, "What happens next\n\n{}\n\n", sentence(n, 90));
    let _ = write!(out, "Updated Monday, {} March\nGo to the front page\nWrite to the desk", n % 28 + 1);
    if n.is_multiple_of(10) {
        out.push_str("\nSpecial offer");
    }
    out
}

const FURNITURE: [&str; 6] =
    ["Home", "News", "Weather", " min read", "Go to the front page", "Write to the desk"];

const STAGE: &str = "[[stage]]\ntype = \"learned-boilerplate\"\n";

fn clean(rows: &[serde_json::Value], pages: usize) {
    assert_eq!(rows.len(), pages);
    for (n, row) in rows.iter().enumerate() {
        let text = str_of(row, "text");
        assert!(FURNITURE.iter().all(|f| !text.contains(f)) && !text.contains("Updated"), "{n}: {text}");
        assert!(text.contains("What happens next"), "a section head stays: {text}");
        let sentences = (0..n % 5 + 2).chain([90]).map(|k| sentence(n, k));
        sentences.for_each(|s| assert!(text.contains(&s), "{n} lost: {s}"));
    }
}

#[test]
fn a_folder_of_pages_in_two_passes() {
    let dir = folder();
    for n in 0..24 {
        file(&dir, &format!("site/{n:02}.txt"), page(n).as_bytes());
    }
    let pipeline = file(&dir, "p.toml", format!("{STAGE}group = \"directory\"").as_bytes());
    let (site, pipeline) = (dir.path().join("site"), pipeline.display().to_string());
    let run = |threads: &str| {
        textmill(&["-q", "-p", &pipeline, "--threads", threads, &site.display().to_string()], b"")
    };
    let ran = run("1");
    assert_eq!(ran.code, 0, "{}", ran.err);
    clean(&ran.rows(), 24);
    assert!(
        ran.rows()[10]["text"].as_str().expect("text").contains("Special offer"),
        "three pages are too few"
    );
    assert_eq!(ran.out, run("8").out);
}

#[test]
fn standard_input_in_one_pass() {
    let dir = folder();
    let pipeline = file(&dir, "p.toml", STAGE.as_bytes()).display().to_string();
    let dump: Vec<String> = (0..400).map(page).collect();
    let dump = dump.join("\n\n\n\n");
    let ledger = dir.path().join("ledger.jsonl");
    let run = |threads: &str| {
        let args = ["-q", "-p", &pipeline, "--threads", threads, "--ledger", &ledger.display().to_string()];
        textmill(&args, dump.as_bytes())
    };
    let ran = run("1");
    assert_eq!(ran.code, 0, "{}", ran.err);
    clean(&ran.rows(), 400);
    let removed = read_rows(&ledger);
    let home = removed.iter().find(|r| r["text"] == "Home").expect("a removed line");
    assert_eq!(
        (str_of(home, "stage"), str_of(home, "reason")),
        ("learned-boilerplate", "learned-boilerplate/head")
    );
    // Bodies that differ in numbers alone count as one.
    assert!(str_of(home, "evidence").starts_with("in 256 of 256 documents, "), "{home}");
    let before = std::fs::read(&ledger).expect("a ledger");
    for threads in ["2", "8"] {
        assert_eq!(run(threads).out, ran.out);
        assert_eq!(std::fs::read(&ledger).expect("a ledger"), before);
    }
}

/// Sites with labels of their own behind one another, as `cat` makes of a dump for each: more pages than are held back.
#[test]
fn many_sites_on_standard_input() {
    let dir = folder();
    let pipeline = file(&dir, "p.toml", STAGE.as_bytes()).display().to_string();
    let of_site = |n: usize| {
        let (site, other) = (WORDS[n / 14 % 12], WORDS[n / 14 / 12 + 3]);
        page(n)
            .replace("\nHome", &format!("\nThe {site} {other}"))
            .replace("\nWrite to", &format!("\n{site} {other} to"))
    };
    let dump: Vec<String> = (0..420).map(of_site).collect();
    let ran = textmill(&["-q", "-p", &pipeline, "--threads", "2"], dump.join("\n\n\n\n").as_bytes());
    assert_eq!((ran.code, ran.rows().len()), (0, 420), "{}", ran.err);
    for (n, row) in ran.rows().iter().enumerate() {
        let text = str_of(row, "text");
        let site = WORDS[n / 14 % 12];
        assert!(
            !text.contains(&format!("\n{site} "))
                && !text.contains(&format!("The {site} {}\n", WORDS[n / 14 / 12 + 3])),
            "{n}: {text}"
        );
        assert!(text.contains("What happens next") && text.contains(&sentence(n, 90)), "{n}: {text}");
    }
}

#[test]
fn batches_do_not_matter() {
    let dir = folder();
    let dump: Vec<String> = (0..300).map(page).collect();
    let input = file(&dir, "dump.txt", dump.join("\n\n\n\n").as_bytes());
    let run = |threads, batch_bytes, batch_items, chunk_bytes| {
        let parsed = textmill::config::parse("p", STAGE, &Default::default()).expect("a pipeline");
        let options = RunOptions { threads, batch_bytes, batch_items, chunk_bytes, ..RunOptions::default() };
        run_files(parsed, std::slice::from_ref(&input), &options).1
    };
    let want = run(1, 1 << 20, 4096, 1 << 18);
    assert_eq!(run(2, 3_000, 2, 777), want);
    assert_eq!(run(8, 1, 1, 4096), want);
}

#[test]
fn a_posted_again_article_teaches_nothing() {
    let dir = folder();
    let pipeline = file(&dir, "p.toml", STAGE.as_bytes()).display().to_string();
    let label = |text: String| text.replace("What happens next", "The second chance");
    let dump: Vec<String> = (0..40).map(|n| if n % 2 == 0 { label(page(3)) } else { page(n) }).collect();
    let ran = textmill(&["-q", "-p", &pipeline], dump.join("\n\n\n\n").as_bytes());
    let text = ran.rows()[2]["text"].as_str().expect("text").to_owned();
    assert!(text.contains("The second chance") && text.contains(&sentence(3, 0)), "{text}");
    assert!(!text.contains("Home"), "{text}");
    // Nor in a row, where nothing but copies of it stand.
    let dump: Vec<String> =
        (0..60).map(|n| if (20..40).contains(&n) { label(page(3)) } else { page(n) }).collect();
    let pipeline =
        file(&dir, "near.toml", format!("{STAGE}min-share = 0.9").as_bytes()).display().to_string();
    let ran = textmill(&["-q", "-p", &pipeline], dump.join("\n\n\n\n").as_bytes());
    for row in &ran.rows()[20..40] {
        assert!(str_of(row, "text").contains("The second chance"), "{row}");
    }
}

#[test]
fn a_profile_is_learned_edited_used_and_updated() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name).display().to_string();
    let learner =
        file(&dir, "learn.toml", format!("{STAGE}group = \"all\"").as_bytes()).display().to_string();
    let dump = |range: std::ops::Range<usize>| range.map(page).collect::<Vec<_>>().join("\n\n\n\n");
    let first = file(&dir, "first.txt", dump(0..40).as_bytes()).display().to_string();
    let second = file(&dir, "second.txt", dump(40..80).as_bytes()).display().to_string();
    let learned = textmill(&["learn", "-p", &learner, &first, "-o", &at("site.toml")], b"");
    assert_eq!(learned.code, 0, "{}", learned.err);
    let profile = std::fs::read_to_string(at("site.toml")).expect("a profile");
    assert!(
        profile.contains("version = 1") && profile.contains("shape = \"# min read\"\naction = \"remove\""),
        "{profile}"
    );
    assert!(profile.contains("# not removed: among prose, beside something else each time"), "{profile}");
    for threads in ["2", "8"] {
        let again = textmill(&["learn", "-p", &learner, &first, "--threads", threads], b"");
        assert_eq!(again.out, profile.as_bytes());
    }
    let by = format!("{STAGE}group = \"all\"\nprofile = {:?}", at("site.toml"));
    let by = file(&dir, "by.toml", by.as_bytes()).display().to_string();
    clean(&textmill(&["-q", "-p", &by], dump(0..5).as_bytes()).rows(), 5);
    // What a person wrote stands, and counts add up.
    let edited =
        profile.replace("shape = \"weather\"\naction = \"remove\"", "shape = \"weather\"\naction = \"keep\"");
    assert_ne!(edited, profile);
    std::fs::write(at("site.toml"), &edited).expect("room");
    let updated = textmill(&["learn", "-p", &learner, &second, "--update", &at("site.toml")], b"");
    assert_eq!(updated.code, 0, "{}", updated.err);
    let profile = std::fs::read_to_string(at("site.toml")).expect("a profile");
    assert!(profile.contains("name = \"*\"\ndocuments = 80"), "{profile}");
    assert!(profile.contains("shape = \"weather\"\naction = \"keep\""), "{profile}");
    let row = &textmill(&["-q", "-p", &by], page(7).as_bytes()).rows()[0];
    assert!(str_of(row, "text").contains("Weather") && !str_of(row, "text").contains("Home"), "{row}");
}

#[test]
fn what_is_wrong_with_a_profile_is_shown_at_its_place() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name).display().to_string();
    let by = format!("{STAGE}profile = {:?}", at("site.toml"));
    let by = file(&dir, "by.toml", by.as_bytes()).display().to_string();
    for (profile, place, what) in [
        ("version = 2", "1:11", "version 1"),
        (
            "version = 1\n[[group]]\nname = \"*\"\n[[group.rule]]\nshape = \"x\"\naction = \"drop\"\nzones = []",
            "6:10",
            "unknown variant `drop`",
        ),
        (
            "version = 1\n[[group]]\nname = \"*\"\n[[group.rule]]\nshape = \"x\"\naction = \"keep\"\nzones = [\"top\"]",
            "7:9",
            "\"head\"",
        ),
        ("version = 1\n[[group]]\ndocuments = 2", "2:1", "needs a `name`"),
    ] {
        std::fs::write(at("site.toml"), profile).expect("room");
        let used = textmill(&["-p", &by], b"");
        assert_eq!(used.code, 2);
        assert!(used.err.contains(place) && used.err.contains(what), "{}", used.err);
        let updated = textmill(&["learn", "--update", &at("site.toml")], b"");
        assert_eq!(updated.code, 2);
        assert!(
            updated.err.contains(&format!("site.toml:{place}")) && updated.err.contains('^'),
            "{}",
            updated.err
        );
        assert_eq!(
            std::fs::read_to_string(at("site.toml")).expect("it is there"),
            profile,
            "it stays as it was"
        );
    }
}

#[test]
fn a_pipeline_that_cannot_learn_says_so() {
    let ran = textmill(&["learn", "-p", "plain"], b"");
    assert!(ran.code == 2 && ran.err.contains("`learned-boilerplate`"), "{}", ran.err);
}

#[test]
fn without_lists() {
    let page = format!("{}\n\nShare this article\nFacebook\nTwitter", page(3));
    let text = |args: &[&str]| str_of(&textmill(args, page.as_bytes()).rows()[0], "text").to_owned();
    assert!(!text(&["-q"]).contains("Facebook"));
    assert!(text(&["-q", "--no-lists"]).contains("Facebook"));
}
