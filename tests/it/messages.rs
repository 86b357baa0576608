//! Whatever a name or a file says, a message is one line of its own and does nothing to a terminal.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::*;

/// Forges a line, colours, turns text around, ends a line for some terminals, and rings.
const HOSTILE: &str = "a\nerror: forged\r\u{1b}[31m\u{9b}1m\u{202e}\u{2028}\u{2029}\u{feff}\u{7}\tb";

/// Whether a terminal may act on `c`, or does not show it.
fn acts(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Runs the program and looks at its messages; and at what it prints, if that is for people.
fn looks_harmless(args: &[&str], is_printed: bool) {
    let ran = textmill(args, b"");
    let printed = String::from_utf8_lossy(&ran.out).into_owned();
    for text in [Some(&ran.err), is_printed.then_some(&printed)].into_iter().flatten() {
        assert_eq!(text.chars().find(|c| acts(*c) && *c != '\t'), None, "{args:?}: {text:?}");
        let forged = text.lines().find(|line| line.starts_with("error: forged"));
        assert_eq!(forged, None, "{args:?}: {text}");
    }
    assert!(!ran.err.contains('\t'), "{args:?}: {:?}", ran.err);
    assert_ne!(ran.code, 70, "{args:?}: {}", ran.err);
}

/// A folder with files of hostile names in it.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn file(&self, name: &str, content: &[u8]) -> String {
        named(&file(&self.dir, name, content))
    }

    fn missing(&self) -> String {
        named(&self.dir.path().join(format!("no{HOSTILE}")).join(HOSTILE))
    }
}

fn named(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

/// Subcommands, as the help lists them.
fn subcommands() -> BTreeSet<String> {
    let help = textmill(&["--help"], b"").out;
    let help = String::from_utf8(help).expect("UTF-8");
    let list = help.split("Commands:").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("a list");
    let names = list.lines().filter_map(|line| line.split_ascii_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn no_name_forges_a_line_or_acts_on_a_terminal() {
    let place = Place { dir: folder() };
    let missing = place.missing();
    let m = missing.as_str();
    let dump = place.file(&format!("dump{HOSTILE}.txt"), dump(3, "\n\n\n\n").as_bytes());
    let broken = place.file(&format!("broken{HOSTILE}.gz"), &gzip(b"some text, cut short")[..20]);
    let broken = broken.as_str();
    let toml = place.file(&format!("p{HOSTILE}.toml"), b"[[stage]\n");
    let toml = toml.as_str();
    let wrong = place.file(&format!("q{HOSTILE}.jsonl"), format!("{HOSTILE}\n").as_bytes());
    let wrong = wrong.as_str();
    let fine = place.file(&format!("fine{HOSTILE}.toml"), b"description = \"fine\"\n");
    let out = format!("{}/o", named(place.dir.path()));
    let all: &[&[&str]] = &[
        &["run", m],
        &["run", "-o", &out, broken],
        &["run", "-o", m, &dump],
        &["run", "-o", &out, "--ledger", m, &dump],
        &["run", "-o", &out, "--report", m, &dump],
        &["run", "-o", &dump, &dump],
        &["run", "-o", &out, "--ledger", &out, &dump, &dump],
        &["run", "-o", &out, "--index", &dump, &dump],
        &["run", "--resume", &dump],
        &["run", "-p", m],
        &["run", "-p", toml],
        &["run", HOSTILE, "--threads", HOSTILE],
        &["run", &format!("--threads={HOSTILE}")],
        &["dedupe", m],
        &["pairs", m],
        &["pairs", "-p", toml],
        &["learn", m, "-o", m],
        &["learn", "-o", &out, "--update", toml, &dump],
        &["learn", "-o", &out, "-p", m, &dump],
        &["tap", "--after", HOSTILE, &dump],
        &["tap", "--after", "fingerprint", m],
        &["quarantine", HOSTILE],
        &["quarantine", "replay", m],
        &["quarantine", "replay", wrong],
        &["quarantine", "replay", "-p", toml, wrong],
        &["schema", HOSTILE],
        &["man", HOSTILE],
        &["completions", HOSTILE],
        &["formats", HOSTILE],
        &[HOSTILE],
        &[&format!("--{HOSTILE}")],
    ];
    // What these print is for people.
    let shown: &[&[&str]] = &[
        &["explain", m],
        &["explain", broken],
        &["explain", wrong],
        &["explain", "-p", m],
        &["explain", "--reason", HOSTILE, &dump],
        &["explain", "--id", HOSTILE, &dump],
        &["validate", m, toml, wrong, &fine],
        &["test", m, toml, wrong, &fine],
        &["plan", m],
        &["plan", toml],
        &["plan", &fine],
        &["stages", "show", HOSTILE],
        &["stages", HOSTILE],
        &["index", "stats", m],
        &["index", "check", m],
        &["index", "compact", m],
        &["index", "stats", wrong],
        &["quarantine", "list", m],
        &["quarantine", "list", wrong],
        &["quarantine", "show", m, "1"],
        &["quarantine", "show", wrong, "1"],
    ];
    all.iter().for_each(|args| looks_harmless(args, false));
    shown.iter().for_each(|args| looks_harmless(args, true));
    let tried: BTreeSet<String> = all.iter().chain(shown).map(|args| args[0].to_owned()).collect();
    let untried: Vec<String> = subcommands().into_iter().filter(|name| !tried.contains(name)).collect();
    assert_eq!(untried, Vec::<String>::new(), "subcommands that no name was tried on");
}

#[test]
fn no_pipeline_forges_a_line_or_acts_on_a_terminal() {
    let place = Place { dir: folder() };
    let dump = place.file("dump.txt", dump(3, "\n\n\n\n").as_bytes());
    // As TOML writes it, and as it stands: all of it but what TOML does not allow.
    let escaped: String = HOSTILE.chars().map(|c| format!("\\u{:04x}", c as u32)).collect();
    let raw: String = HOSTILE.chars().filter(|c| !c.is_control()).collect();
    for bad in [escaped, raw] {
        let texts = [
            format!("[[stage]]\ntype = \"{bad}\"\n"),
            format!("[[stage]]\ntype = \"min-content\"\n\"{bad}\" = 1\n"),
            format!("\"{bad}\" = 1\n"),
            format!("[input]\nformat = \"{bad}\"\n"),
            format!("[input]\nseparator = \"({bad}\"\n"),
            format!("[[stage]]\ntype = \"strip-boilerplate\"\npatterns = [\"({bad}\"]\n"),
            format!("[[stage]]\ntype = \"learned-boilerplate\"\nprofile = \"{bad}\"\n"),
            format!("[[stage]]\ntype = \"learned-boilerplate\"\ngroup = \"{bad}\"\n"),
            format!("[[test]]\nname = \"{bad}\"\ninput = \"{bad}\"\nreasons = {{ \"{bad}\" = 1 }}\n"),
            format!("[[test]]\nname = \"{bad}\"\ninput = \"x\"\n[[test.row]]\ntitle = \"{bad}\"\n"),
            format!("description = \"{bad}\"\nguard = \"{bad}\"\n"),
        ];
        for text in texts {
            let path = place.file("p.toml", text.as_bytes());
            let path = path.as_str();
            looks_harmless(&["validate", path], true);
            looks_harmless(&["plan", path], true);
            looks_harmless(&["run", "-q", "-p", path, &dump], false);
            looks_harmless(&["learn", "-p", path, "-o", "/dev/null", &dump], false);
            looks_harmless(&["learn", "--update", path, "-o", "/dev/null", &dump], false);
            // What a test shows of a difference has lines of its own.
            let ran = textmill(&["test", path], b"");
            let all = format!("{}{}", ran.err, String::from_utf8_lossy(&ran.out));
            assert_eq!(all.chars().find(|c| acts(*c) && *c != '\t'), None, "{text}: {all:?}");
        }
    }
}
