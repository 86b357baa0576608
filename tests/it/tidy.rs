//! The house rules, grepped.

use std::fs;
use std::path::{Path, PathBuf};

use textmill::config::{docs, schema};
use textmill::registry::Registry;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("a folder").map(|e| e.expect("an entry").path()) {
        if entry.is_dir() {
            files(&entry, out);
        } else if entry.extension().is_some_and(|e| e == "rs") {
            out.push(entry);
        }
    }
}

/// Source files with their path below `src/` and their code, comments and tests left out.
fn sources() -> Vec<(String, String)> {
    let mut all = Vec::new();
    files(&root().join("src"), &mut all);
    let code = |text: &str| {
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    };
    all.iter()
        .map(|p| {
            let name = p.strip_prefix(root().join("src")).expect("below src").to_string_lossy().into_owned();
            (name, code(&fs::read_to_string(p).expect("a source file")))
        })
        .collect()
}

fn only_in(words: &[&str], allowed: &[&str]) {
    for (name, code) in sources() {
        if allowed.iter().any(|a| name.starts_with(a)) {
            continue;
        }
        for word in words {
            assert!(!code.contains(word), "src/{name} names `{word}`; only {allowed:?} may");
        }
    }
}

#[test]
fn who_may_name_what() {
    only_in(&["tokio", "rayon", "futures::"], &["runtime/"]);
    only_in(&["clap::", "clap_", "println!", "eprintln!", "print!("], &["cli/"]);
    only_in(&["std::fs", "File::open"], &["runtime/", "cli/", "config/mod.rs"]);
    only_in(&["std::thread", "std::time", "SystemTime", "Instant"], &["runtime/", "cli/"]);
    only_in(&["crate::runtime"], &["runtime/", "cli/"]);
    only_in(&["crate::config"], &["config/", "cli/"]);
    only_in(&["unsafe "], &[]);
    only_in(&["crate::html"], &["html/", "formats/"]);
    for (name, code) in sources().iter().filter(|(n, _)| n.starts_with("html/")) {
        let parts = ["document", "formats", "stages", "registry", "editor", "cli", "stage"];
        for part in parts {
            assert!(
                !code.contains(&format!("crate::{part}")),
                "src/{name} names crate::{part}: it knows pages only"
            );
        }
    }
}

#[test]
fn stages_know_no_other_stage() {
    let registry = Registry::default();
    for (name, code) in sources().iter().filter(|(n, _)| n.starts_with("stages/") && n != "stages/mod.rs") {
        let own = name["stages/".len()..].trim_end_matches(".rs").split('/').next().expect("a name");
        for spec in registry.specs() {
            let other = spec.name.replace('-', "_");
            assert!(
                other == own || !code.contains(&format!("{other}::")),
                "src/{name} names the stage {other}"
            );
        }
    }
}

#[test]
fn builtin_is_the_folder() {
    let mut listed: Vec<String> =
        Registry::default().specs().iter().map(|s| s.name.replace('-', "_")).collect();
    let mut found: Vec<String> = fs::read_dir(root().join("src/stages"))
        .expect("the folder")
        .filter_map(|e| {
            e.expect("an entry").file_name().to_str().and_then(|n| n.strip_suffix(".rs")).map(str::to_owned)
        })
        .filter(|n| n != "mod" && n != "template")
        .collect();
    listed.sort();
    found.sort();
    assert_eq!(listed, found);
}

#[test]
fn files_are_short() {
    for (name, code) in sources() {
        assert!(code.lines().count() <= 450, "src/{name} is too long: split it by responsibility");
    }
}

#[test]
fn generated_files_are_fresh() {
    let registry = Registry::default();
    let fresh = |path: &str, want: String| {
        let got = fs::read_to_string(root().join(path)).unwrap_or_default();
        assert!(got == want, "{path} is stale: run `cargo run --example generate`");
    };
    fresh("pipelines/schema.json", schema::text(&registry));
    fresh("docs/stages.md", docs::stages_markdown(&registry));
    fresh("docs/formats.md", docs::formats_markdown());
}

#[test]
fn every_shipped_pipeline_is_built_in_and_tested() {
    let mut files: Vec<String> = fs::read_dir(root().join("pipelines"))
        .expect("the folder")
        .filter_map(|e| {
            e.expect("an entry").file_name().to_str().and_then(|n| n.strip_suffix(".toml")).map(str::to_owned)
        })
        .collect();
    files.sort();
    assert_eq!(files, ["dedupe", "news", "news-learned", "plain", "web-text"]);
    for name in files {
        assert!(!crate::support::pipeline(&name).tests.is_empty(), "{name} has no [[test]]");
    }
}

/// Pages of the project, by their path below its root.
fn pages() -> Vec<PathBuf> {
    let skipped = |e: &walkdir::DirEntry| {
        e.depth() > 0 && (e.file_name() == "target" || e.file_name().as_encoded_bytes()[0] == b'.')
    };
    let entries = walkdir::WalkDir::new(root()).into_iter().filter_entry(|e| !skipped(e));
    let paths = entries.map(|e| e.expect("an entry").into_path());
    paths.filter(|p| p.extension().is_some_and(|e| e == "md")).collect()
}

/// Lines of a page that are neither in a block of code nor empty, without code in them.
fn prose(page: &str) -> Vec<String> {
    let mut is_code = false;
    let lines = page.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        is_code ^= fence;
        !fence && !is_code
    });
    lines.map(|line| line.split('`').step_by(2).collect()).collect()
}

/// What a heading is called in links, as GitHub does it.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The anchors of a page; code in a heading counts.
fn anchors(page: &str) -> Vec<String> {
    let mut is_code = false;
    let headings = page.lines().filter(|line| {
        is_code ^= line.starts_with("```");
        !is_code && line.starts_with('#')
    });
    let mut all: Vec<String> = Vec::new();
    for heading in headings {
        let name = anchor(heading);
        let again = all.iter().filter(|a| **a == name).count();
        all.push(if again == 0 { name } else { format!("{name}-{again}") });
    }
    all
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut seen = 0;
    for path in pages() {
        let page = fs::read_to_string(&path).expect("a page");
        let text = prose(&page).join("\n");
        let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ', '\n']).next());
        for link in links.filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            seen += 1;
            let (file, at) = link.split_once('#').map_or((link, None), |(file, at)| (file, Some(at)));
            let to = if file.is_empty() { path.clone() } else { path.with_file_name("").join(file) };
            assert!(to.exists(), "{}: {link} leads nowhere", path.display());
            let Some(at) = at else { continue };
            let there = anchors(&fs::read_to_string(&to).expect("a page"));
            assert!(
                there.iter().any(|a| a == at),
                "{}: {link}: no such heading, of {there:?}",
                path.display()
            );
        }
    }
    assert!(seen > 50, "only {seen} links");
}

#[test]
fn an_anchor_is_what_github_makes_of_a_heading() {
    for (heading, want) in [
        ("## Rows (`-o`, default standard output)", "rows--o-default-standard-output"),
        ("### tar and zip", "tar-and-zip"),
        ("# A_b-c: d", "a_b-c-d"),
    ] {
        assert_eq!(anchor(heading), want);
    }
    assert_eq!(anchors("# A\n```\n# no\n```\n## A\n"), ["a", "a-1"]);
}
