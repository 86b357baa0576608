//! A rule that takes out too much ends the run, or is named.

use std::path::{Path, PathBuf};

use crate::support::*;

/// JSON Lines of articles; those whose number `short` picks have hardly any text.
fn lines(numbers: std::ops::Range<usize>, short: impl Fn(usize) -> bool) -> String {
    let text = |n| if short(n) { format!("Nothing of note on day {n}.") } else { article(n, "Weather") };
    numbers.map(|n| serde_json::json!({ "text": text(n) }).to_string() + "\n").collect()
}

const MIN_CONTENT: &str = "[[stage]]\ntype = \"min-content\"\n";
const DEDUPE: &str = "[[stage]]\ntype = \"fingerprint\"\n[[stage]]\ntype = \"exact-dedupe\"\n";

/// A folder of sources and pipelines.
struct World(tempfile::TempDir);

impl World {
    fn new(sources: &[(&str, String)]) -> Self {
        let dir = folder();
        sources
            .iter()
            .for_each(|(name, content)| drop(file(&dir, &format!("in/{name}"), content.as_bytes())));
        Self(dir)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs over all sources with this `[guard]` and these stages, rows and report to files;
    /// messages come back without the folder's name.
    fn run(&self, guard: &str, stages: &str, more: &[&str]) -> Ran {
        let pipeline = file(&self.0, "p.toml", format!("[guard]\n{guard}\n{stages}").as_bytes());
        let paths = [pipeline, self.at("in"), self.at("out/rows"), self.at("out/report")];
        std::fs::create_dir_all(self.at("out")).expect("room");
        let [p, input, rows, report] = paths.each_ref().map(|p| p.to_str().expect("UTF-8"));
        let args = ["-q", "-p", p, input, "-o", rows, "--report", report];
        let mut ran = textmill(&[&args[..], more].concat(), b"");
        ran.err = ran.err.replace(&format!("{input}/"), "");
        ran
    }

    fn report(&self) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.at("out/report")).expect("a report")).expect("JSON")
    }

    /// Nothing is left but the report.
    fn is_clean(&self) -> bool {
        let names = std::fs::read_dir(self.at("out")).expect("the folder").map(|e| e.expect("an entry"));
        names.map(|e| e.file_name()).eq(["report"])
    }
}

#[test]
fn one_bad_source_among_good_ones_stops_the_run() {
    let good = |from: usize| lines(from..from + 120, |n| n % 3 == 0);
    let world = World::new(&[
        ("a.jsonl", good(0)),
        ("b.jsonl", lines(200..320, |n| !matches!(n, 201 | 202))),
        ("c.jsonl", good(400)),
    ]);
    let want = "textmill: guard: min-content/few-words dropped 98 of the first 100 documents of b.jsonl, 98.0 % \
                (limit 95 %): for example record 0, record 3, record 4 of b.jsonl; to look at them, run with \
                --ledger FILE and action = \"warn\" in [guard] of the pipeline; if that is as it should be, raise \
                max-dropped there\n";
    for more in
        [&["--threads", "1"][..], &["--threads", "8"], &["--threads", "2", "--checkpoint-every", "3KiB"]]
    {
        let ran = world.run("min-documents = 100", MIN_CONTENT, more);
        assert_eq!((ran.code, ran.err.as_str()), (3, want), "{more:?}");
        assert!(world.is_clean(), "{more:?}");
        let report = world.report();
        assert_eq!((&report["exit_code"], &report["resumable"]), (&3.into(), &false.into()));
        assert_eq!(report["guard"].as_array().map(Vec::len), Some(1));
    }
    // Together the three drop about half.
    let ran = world.run("min-documents = 121", MIN_CONTENT, &[]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "the limit is one of a source, not of the run");
}

#[test]
fn warned_of_or_not_the_run_ends_with_the_same_rows() {
    let bad = |from| lines(from..from + 120, |n| n % 40 != 0);
    let world =
        World::new(&[("a.jsonl", bad(0)), ("b.jsonl", lines(200..320, |_| false)), ("c.jsonl", bad(400))]);
    let rows = |guard: &str| {
        let ran = world.run(guard, MIN_CONTENT, &[]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_eq!(world.report()["guard"].as_array().map_or(0, Vec::len), ran.err.lines().count());
        (std::fs::read(world.at("out/rows")).expect("rows"), ran.err)
    };
    let (off, silent) = rows("action = \"off\"\nmin-documents = 100");
    assert_eq!((silent.as_str(), read_rows(&world.at("out/rows")).len()), ("", 126));
    let (warned, said) = rows("action = \"warn\"\nmin-documents = 100");
    assert!(warned == off);
    let said: Vec<&str> = said.lines().collect();
    assert_eq!(said.len(), 2, "once for each source: {said:?}");
    assert!(said[0].contains("of a.jsonl, 97.0 %") && said[1].contains("of c.jsonl, 97.0 %"), "{said:?}");
    let (few, silent) = rows("min-documents = 361");
    assert!(few == off && silent.is_empty(), "{silent}");
    let (allowed, silent) = rows("min-documents = 100\nmax-dropped = 1");
    assert!(allowed == off && silent.is_empty(), "{silent}");
}

#[test]
fn small_sources_are_judged_together() {
    let names: Vec<String> = (10..40).map(|n| format!("{n}.jsonl")).collect();
    let sources: Vec<(&str, String)> =
        names.iter().enumerate().map(|(n, name)| (name.as_str(), lines(n..n + 1, |_| true))).collect();
    let ran = World::new(&sources).run("min-documents = 25", MIN_CONTENT, &[]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let want = "dropped 25 of the 25 documents of 10.jsonl and 24 more sources, up to 34.jsonl, 100.0 %";
    assert!(ran.err.contains(want), "{}", ran.err);
    assert!(
        ran.err.contains("record 0 of 10.jsonl, record 0 of 11.jsonl, record 0 of 12.jsonl;"),
        "{}",
        ran.err
    );
}

#[test]
fn copies_count_where_a_source_ends() {
    let known = || lines(0..150, |_| false);
    // The second begins with all of the first, as a cumulative dump does.
    let world = World::new(&[("a.jsonl", known()), ("b.jsonl", known() + &lines(150..300, |_| false))]);
    let guard = "min-documents = 100\nmax-dropped = 0.6";
    let ran = world.run(guard, DEDUPE, &[]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(read_rows(&world.at("out/rows")).len(), 300);
    // A file may be there twice; three times is two thirds of all documents.
    let twice = [("a.jsonl", known()), ("b.jsonl", known())];
    assert_eq!(World::new(&twice).run(guard, DEDUPE, &[]).code, 0);
    let [a, b] = twice;
    let ran = World::new(&[a, b, ("c.jsonl", known())]).run(guard, DEDUPE, &[]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let want = "exact-dedupe/copy dropped 300 of the 450 documents of a.jsonl and 2 more sources, up to \
                c.jsonl, 66.6 % (limit 60 %)";
    assert!(ran.err.contains(want), "{}", ran.err);
}

#[test]
fn one_document_that_gathers_too_many_copies() {
    let twelve = format!("{}{}", lines(0..50, |_| false), lines(3..4, |_| false).repeat(12));
    let world = World::new(&[("a.jsonl", twelve)]);
    let ran = world.run("max-copies = 12", DEDUPE, &[]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let witness = str_of(&read_rows(&world.at("out/rows"))[3], "id").to_owned();
    std::fs::remove_file(world.at("out/rows")).expect("gone");
    let ran = world.run("max-copies = 11", DEDUPE, &[]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let want = format!(
        "exact-dedupe/copy dropped more than 11 documents as copies of the document {witness}: for example record \
         59, record 60, record 61 of a.jsonl; "
    );
    assert!(ran.err.contains(&want) && ran.err.contains("raise max-copies"), "{}", ran.err);
    assert!(world.is_clean());
}

#[test]
fn a_rule_that_removes_too_much_of_the_text() {
    let stages =
        "[[stage]]\ntype = \"strip-boilerplate\"\npatterns = ['.*rained.*', '.*bridge.*', '.*trains.*']\n";
    let world = World::new(&[("a.jsonl", lines(0..60, |_| false))]);
    let ran = world.run("min-documents = 50", stages, &[]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    for part in [
        "guard: strip-boilerplate/user removed ",
        " bytes of the first 50 kept documents of a.jsonl, 8",
        "(limit 80 %): for example record 0 line 2, record 1 line 2, record 2 line 2 of a.jsonl; it removed lines such as \"",
        "raise max-removed there",
    ] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    // The most frequent line, whatever number its record has.
    assert!(
        ran.err.contains("\"The trains were running again in the evening, if slowly and …\""),
        "{}",
        ran.err
    );
    let ran = world.run("min-documents = 50\nmax-removed = 0.95", stages, &[]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn by_default_a_dump_crawled_ten_times_passes_and_one_crawled_fifty_times_does_not() {
    let crawled = |articles: usize, times: usize| {
        let dump = vec![dump(articles, "\n\n\n\n"); times].join("\n\n\n\n");
        textmill(&["-q"], dump.as_bytes())
    };
    let ran = crawled(2000, 10);
    assert_eq!((ran.code, ran.err.as_str(), ran.rows().len()), (0, "", 2000));
    let ran = crawled(40, 50);
    assert_eq!(ran.code, 3);
    assert!(
        ran.err.contains("exact-dedupe/copy dropped 1960 of the 2000 documents of -, 98.0 %"),
        "{}",
        ran.err
    );
    assert_eq!(crawled(19, 50).code, 0, "fewer than a thousand documents are not judged");
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_was_killed_is_judged_as_if_it_was_not() {
    let world = World::new(&[
        ("a.jsonl", lines(0..30, |_| true)),
        ("b.jsonl", lines(30..150, |n| n % 10 != 0) + &lines(40..41, |_| false).repeat(9)),
    ]);
    let stages = format!("{DEDUPE}{MIN_CONTENT}");
    let guard = "min-documents = 140\nmax-dropped = 0.85\nmax-copies = 8";
    for action in ["stop", "warn"] {
        let guard = format!("action = \"{action}\"\n{guard}");
        let code = if action == "stop" { 3 } else { 0 };
        let whole = world.run(&guard, &stages, &["--checkpoint-every", "1KiB"]);
        assert_eq!(
            (whole.code, whole.err.lines().count()),
            (code, if code == 3 { 1 } else { 2 }),
            "{}",
            whole.err
        );
        let (mut kills, mut resumed) = (0, 0);
        for n in (2..).step_by(3) {
            let (killed, left) = kill(&world, n);
            if !killed {
                break;
            }
            kills += 1;
            resumed += usize::from(left);
            let ran = world.run(&guard, &stages, &["--checkpoint-every", "1KiB", "--resume"]);
            assert_eq!((ran.code, ran.err.as_str()), (whole.code, whole.err.as_str()), "killed at step {n}");
            assert!(action == "warn" || world.is_clean());
        }
        assert!(kills > 3 && resumed > 1, "{kills} kills, {resumed} checkpoints");
    }
}

/// Runs the pipeline at hand and kills it at durable step `n`; whether that came to pass, and
/// whether a checkpoint was left.
#[cfg(target_os = "linux")]
fn kill(world: &World, n: usize) -> (bool, bool) {
    let at = |name: &str| world.at(name).to_str().expect("UTF-8").to_owned();
    let mut command =
        command(&["-q", "--checkpoint-every", "1KiB", "-p", &at("p.toml"), &at("in"), "-o", &at("out/rows")]);
    command.args(["--report", &at("out/report")]).env("TEXTMILL_KILL_AT", n.to_string());
    let killed = command.output().expect("it ends").status.code().is_none();
    (killed, Path::new(&at("out/rows.partial/state.redb")).exists())
}

#[test]
fn a_plan_shows_the_guard_if_it_is_not_the_default() {
    let dir = folder();
    let plan = |guard: &str| {
        let path = file(&dir, "p.toml", format!("{guard}{MIN_CONTENT}").as_bytes());
        String::from_utf8(textmill(&["plan", "-p", path.to_str().expect("UTF-8")], b"").out).expect("UTF-8")
    };
    assert!(!plan("").contains("guard"));
    assert!(!plan("[guard]\nmin-documents = 1000\n").contains("guard"));
    let shown = plan("[guard]\naction = \"warn\"\nmax-dropped = 0.5\n");
    assert!(shown.contains("\nguard: warn if a stage drops more than 50 % of a source"), "{shown}");
    assert!(plan("[guard]\naction = \"off\"\n").contains("\nguard: off\n"));
}

#[test]
fn tests_of_a_pipeline_and_explain_are_not_guarded() {
    let dir = folder();
    let guard = "[guard]\nmin-documents = 1\nmax-dropped = 0\nmax-removed = 0\n";
    let test = "[[test]]\nname = \"x\"\ninput = \"Rain\\n\\nIt rained.\"\nreasons = { \"min-content/few-words\" = 1 }\n";
    let path = file(&dir, "p.toml", format!("{guard}{MIN_CONTENT}{test}").as_bytes());
    let path = path.to_str().expect("UTF-8");
    assert_eq!(textmill(&["test", path], b"").code, 0);
    assert_eq!(textmill(&["explain", "-p", path], b"Rain\n\nIt rained.").code, 0);
    assert_eq!(textmill(&["-q", "-p", path], b"Rain\n\nIt rained.").code, 3, "a run is");
}
