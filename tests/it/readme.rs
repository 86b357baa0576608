//! What the README shows is what happens.

use std::path::Path;
use std::process::Command;

/// The fenced blocks of the section under `heading`, with their language.
fn blocks(heading: &str) -> Vec<(String, String)> {
    let readme = include_str!("../../README.md");
    let section = readme.split(heading).nth(1).expect("the section is there");
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut out = Vec::new();
    for part in section.split("```").skip(1).step_by(2) {
        let (language, text) = part.split_once('\n').expect("a fenced block");
        out.push((language.to_owned(), text.to_owned()));
    }
    out
}

#[test]
fn thirty_seconds() {
    let blocks = blocks("\n## 30 seconds\n");
    assert_eq!(blocks[0].0, "sh");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(dir.path().join("samples")).expect("a folder");
    std::fs::copy(root.join("samples/dump.txt"), dir.path().join("samples/dump.txt")).expect("the sample");
    let bin = Path::new(env!("CARGO_BIN_EXE_textmill")).parent().expect("a folder");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let shown = Command::new("sh")
        .args(["-euc", &blocks[0].1])
        .current_dir(dir.path())
        .env("PATH", path)
        .env("LC_ALL", "C")
        .output()
        .expect("sh runs");
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    // `sort` leaves the order of equal counts to the system.
    let lines = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines(&String::from_utf8_lossy(&shown.stdout)), lines(&blocks[1].1));
}

#[test]
fn the_pipeline_shown_is_valid_and_passes() {
    let (language, toml) = &blocks("\n## Write a pipeline\n")[0];
    assert_eq!(language, "toml");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("my.toml");
    std::fs::write(&file, toml).expect("room");
    let shown =
        Command::new(env!("CARGO_BIN_EXE_textmill")).arg("test").arg(&file).output().expect("it runs");
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stdout));
}
