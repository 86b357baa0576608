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

/// Runs a pipeline over a folder with these files; rows by source, and the report.
fn over(stage: &str, files: &[(String, String)]) -> (Ran, Vec<(String, String)>, serde_json::Value) {
    let dir = folder();
    for (name, content) in files {
        file(&dir, &format!("in/{name}"), content.as_bytes());
    }
    let pipeline = file(&dir, "p.toml", format!("{STAGE}{stage}").as_bytes()).display().to_string();
    let at = |name: &str| dir.path().join(name).display().to_string();
    let ran =
        textmill(&["-q", "-p", &pipeline, &at("in"), "-o", &at("rows"), "--report", &at("report")], b"");
    let rows_written = std::fs::read(at("rows")).unwrap_or_default();
    let prefix = at("in/");
    let row = |row: &serde_json::Value| {
        (str_of(row, "source").trim_start_matches(&prefix).to_owned(), str_of(row, "text").to_owned())
    };
    let report = serde_json::from_slice(&std::fs::read(at("report")).expect("a report")).expect("JSON");
    (ran, rows(&rows_written).iter().map(row).collect(), report)
}

#[test]
fn what_belongs_together() {
    // Two sites in each of two folders, eight pages of each, one page a file.
    let name = |n: usize| format!("{}/{}-{n:02}.jsonl", ["x", "y"][n / 16], ["north", "south"][n % 2]);
    let label = |n: usize| format!("{} desk", ["North", "South"][n % 2]);
    let files: Vec<(String, String)> = (0..32)
        .map(|n| {
            let host = ["north.site.org", "south.site.org"][n % 2];
            // The label has no fixed place.
            let above: String = (0..n % 5).map(|k| format!("{}\n\n", sentence(n, k))).collect();
            let below: String = (0..n % 8).map(|k| format!("Note {}\n", word(n * 8 + k))).collect();
            let text = format!("{above}{}\n\n{}\n\n{below}\nAll desks", sentence(n, 90), label(n));
            (name(n), serde_json::json!({ "text": text, "url": format!("https://{host}/{n}") }).to_string())
        })
        .collect();
    // With more than half of a group a label goes; the two are as frequent in the whole as in each folder.
    let limits = "min-share = 0.6\n";
    for (group, goes) in [
        ("", true),
        ("group = \"auto\"", true),
        ("group = \"site\"", false),
        ("group = \"file\"", false),
        ("group = \"directory\"", false),
        ("group = \"all\"", false),
        ("group = \"^https://([^/]+)/\"", true),
        ("group = '([a-z]+)-\\d+\\.jsonl$'", true),
    ] {
        let (ran, rows, _) = over(&format!("{limits}{group}"), &files);
        assert_eq!((ran.code, rows.len()), (0, 32), "{}", ran.err);
        let kept = rows.iter().filter(|(_, text)| text.contains(" desk")).count();
        assert_eq!(kept, if goes { 0 } else { 32 }, "{group}");
        let common = rows.iter().filter(|(_, text)| text.contains("All desks")).count();
        assert_eq!(common, if group.contains("file") { 32 } else { 0 }, "{group}");
    }
    for (group, what) in [("host", "or a pattern"), ("^(a", "no pattern"), ("^(?:a)", "has to capture")] {
        let dir = folder();
        let pipeline = file(&dir, "p.toml", format!("{STAGE}group = \"{group}\"").as_bytes());
        let ran = textmill(&["-p", &pipeline.display().to_string()], b"");
        assert!(ran.code == 2 && ran.err.contains(what), "{group}: {}", ran.err);
    }
}

#[test]
fn a_folder_of_dumps_and_pages() {
    // Each dump has a label of its own; single pages of the same folder share one.
    let dump = |k: usize| {
        let pages = (0..14).map(|n| format!("{}\n\nLabel of dump {}", sentence(n, k), ["A", "B", "C"][k]));
        pages.map(|text| serde_json::json!({ "text": text }).to_string() + "\n").collect()
    };
    let mut files: Vec<(String, String)> = (0..3).map(|k| (format!("dump{k}.jsonl"), dump(k))).collect();
    files.extend(
        (0..12).map(|n| (format!("page{n:02}.txt"), format!("{}\n\nLabel of pages", sentence(n, 70)))),
    );
    for passes in ["", "passes = 1\n", "passes = 2\n"] {
        let (ran, rows, report) = over(passes, &files);
        assert_eq!((ran.code, rows.len()), (0, 54), "{}", ran.err);
        let kept: Vec<_> = rows.iter().filter(|(_, text)| text.contains("Label")).collect();
        assert!(kept.is_empty(), "{passes}: {kept:?}");
        assert_eq!(report["nearly_boilerplate"], serde_json::json!([]));
    }
}

#[test]
fn near_misses_are_in_the_report() {
    let files: Vec<(String, String)> = (0..40)
        .map(|n| {
            (
                format!("{n:02}.txt"),
                format!("{}\n\n{}", page(n), if n % 5 < 2 { "Half a label of five words" } else { "" }),
            )
        })
        .collect();
    for passes in ["passes = 2", "passes = 1", ""] {
        let (_, _, report) = over(passes, &files);
        let near = report["nearly_boilerplate"].as_array().expect("a list").clone();
        let half = near.iter().find(|n| n["shape"] == "half a label of five words");
        assert_eq!(half.map(|n| &n["documents"]), Some(&serde_json::json!(16)), "{passes}: {near:?}");
    }
}

#[test]
fn a_run_that_would_remove_too_much_shows_the_lines() {
    let text = |n: usize| format!("{}\n\nA table of contents \u{202e}here\n\nTo the top", sentence(n, 1));
    let files: Vec<(String, String)> = (0..60).map(|n| (format!("{n:02}.txt"), text(n))).collect();
    let guard = "[guard]\nmin-documents = 50\nmax-removed = 0.1\n";
    let (ran, rows, report) = over(guard, &files);
    assert_eq!((ran.code, rows.len()), (3, 0), "{}", ran.err);
    for line in ["\"A table of contents \\u{202e}here\"", "\"To the top\""] {
        assert!(
            ran.err.contains("learned-boilerplate/tail removed") && ran.err.contains(line),
            "{}",
            ran.err
        );
        assert!(report["guard"][0].as_str().expect("a message").contains(line), "{report}");
    }
}

#[test]
fn memory_is_bounded_and_what_is_frequent_survives() {
    // Each page has twenty lines that no other has.
    let noise = |n: usize| (0..20).map(|k| format!("Item {}\n", word(n * 20 + k))).collect::<String>();
    let text = |n| format!("{}\n\n{}Front page", sentence(n, 1), noise(n));
    let dump: String = (0..600).map(|n| serde_json::json!({ "text": text(n) }).to_string() + "\n").collect();
    let dir = folder();
    for (memory, exact) in [(67_108_864, true), (65_536, false)] {
        let stage = format!("{STAGE}memory = {memory}\n");
        let pipeline = file(&dir, "p.toml", stage.as_bytes()).display().to_string();
        let ran = textmill(&["learn", "-p", &pipeline], dump.as_bytes());
        let profile = String::from_utf8(ran.out).expect("UTF-8");
        assert!(profile.contains("shape = \"front page\"\naction = \"remove\""), "{profile}");
        assert_eq!(profile.contains(", exact; "), exact, "{profile}");
        assert!(!profile.contains("item"), "{profile}");
    }
}

/// A word of letters for a number.
fn word(n: usize) -> String {
    (0..4).map(|k| char::from(b'a' + (n / 20usize.pow(k) % 20) as u8)).collect()
}
