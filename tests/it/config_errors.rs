//! The exact text of what is wrong with a pipeline file.

use textmill::config::{load, parse, resolve};
use textmill::registry::Registry;

fn errors(toml: &str) -> String {
    let errors = parse("my.toml", toml, &Registry::default()).expect_err("an error");
    errors.render(false)
}

macro_rules! shows {
    ($($name:ident: $toml:expr;)*) => {
        $(#[test]
        fn $name() {
            insta::assert_snapshot!(errors($toml));
        })*
    };
}

shows! {
    unknown_option: "[[stage]]\ntype = \"min-content\"\nmin-word = 5\n";
    unknown_stage: "[[stage]]\ntype = \"normalise-text\"\n";
    wrong_type: "[[stage]]\ntype = \"min-content\"\nmin-words = \"five\"\n";
    missing_type: "[[stage]]\nmin-words = 5\n";
    bad_pattern: "[[stage]]\ntype = \"strip-boilerplate\"\npatterns = ['fine', 'a(b']\n";
    bad_separator: "[input]\nseparator = \"(\"\n";
    bad_format: "[input]\nformat = \"html5\"\n";
    out_of_range: "[input]\nmax-document-bytes = 12\n";
    bad_size: "[input]\nmax-document-bytes = \"16 MB\"\n";
    learns_too_late: "[[stage]]\ntype = \"paragraph-dedupe\"\n\n[[stage]]\ntype = \"learned-boilerplate\"\n";
    needs_another_stage: "[[stage]]\ntype = \"exact-dedupe\"\n\n[[stage]]\ntype = \"fingerprint\"\n";
    guard_out_of_range: "[guard]\naction = \"halt\"\nmax-dropped = 95\nmax-removed = -0.5\nmax-copies = 0\nmin-documents = 0\nmax-copy = 5\n";
    guard_that_is_no_table: "guard = \"off\"\n";
    unknown_section: "[inptu]\nformat = \"plain\"\n";
    unknown_reason: "[[test]]\nname = \"x\"\ninput = \"y\"\nreasons = { \"min-content/few-word\" = 1 }\n";
    syntax: "[[stage]\ntype = \"min-content\"\n";
    table_in_place_of_tables: "[stage]\ntype = \"min-content\"\n";
    type_that_is_no_string: "[[stage]]\ntype = 5\n";
    row_of_a_test: "[[test]]\nname = \"a\"\ninput = \"x\"\n[[test.row]]\ntitel = \"x\"\n[[test.row]]\ntext = 4\n";
    needed_value_of_a_wrong_type: "[[test]]\nname = 5\ninput = \"x\"\n";
    count_of_a_reason: "[[test]]\nname = \"a\"\ninput = \"x\"\n[test.reasons]\n\"min-content/few-words\" = \"two\"\n";
    several_at_once: "[input]\nfromat = \"plain\"\nstrict = 1\n\n[[stage]]\ntype = \"min-content\"\nmin-words = -1\nmax = 2\n\n[[stage]]\ntype = \"nothing\"\n";
}

#[test]
fn a_stage_that_is_wrong_still_stands_before_others() {
    for wrong in ["type = \"fingerprint\"\nbogus = 1", "type = \"fingerprnt\"", "type = 5"] {
        let toml = format!("[[stage]]\n{wrong}\n[[stage]]\ntype = \"exact-dedupe\"\n");
        let errors = parse("my.toml", &toml, &Registry::default()).expect_err("an error");
        assert_eq!(errors.list().len(), 1, "{errors}");
    }
}

#[test]
fn a_name_that_is_no_file() {
    let errors = resolve("newz", &Registry::default()).expect_err("an error").render(false);
    insta::assert_snapshot!(errors);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let dir = crate::support::folder();
    let missing = dir.path().join("newz.toml");
    let errors = resolve(&missing.display().to_string(), &Registry::default()).expect_err("an error");
    assert!(errors.list()[0].message.contains("newz.toml"), "{errors}");
    assert_eq!(errors.list()[0].hint.as_deref(), Some("did you mean `news`?"));
    let errors = load(dir.path(), &Registry::default()).expect_err("a folder is no file");
    assert!(errors.list()[0].message.contains(&dir.path().display().to_string()), "{errors}");
}

#[test]
fn no_terminal_escape_of_a_path_or_a_file_is_shown() {
    let dir = crate::support::folder();
    let name = "red\u{1b}[31m\u{202e}.toml";
    let contents: [&[u8]; 4] = [
        "[[stage]]\ntype = \"\\u009b31m\"\n\"\u{9b}\" = 1".as_bytes(),
        "[[stage]]\ntype = \"\\u001b[31m\\u202e\"\n".as_bytes(),
        "\"\\u001b[31m\" = '\u{202e}'\n".as_bytes(),
        b"description = \"\x1b[31m\xff\"\n",
    ];
    for content in contents {
        let path = crate::support::file(&dir, name, content);
        let shown = load(&path, &Registry::default()).expect_err("an error").render(false);
        assert!(shown.contains(".toml:"), "{shown}");
        assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{shown:?}");
    }
}

#[test]
fn a_file_that_is_not_utf_8() {
    let dir = crate::support::folder();
    let path = crate::support::file(&dir, "my.toml", b"# fine\ndescription = \"caf\xe9\"\n");
    let shown = load(&path, &Registry::default()).expect_err("an error").render(false);
    insta::assert_snapshot!(shown.replace(&dir.path().display().to_string(), ""));
}

#[cfg(unix)]
#[test]
fn a_file_without_an_end_is_read_up_to_a_limit() {
    let profile = "[[stage]]\ntype = \"learned-boilerplate\"\nprofile = \"/dev/zero\"\n";
    let errors = parse("my.toml", profile, &Registry::default()).expect_err("an error");
    assert!(errors.list()[0].message.contains("larger than 256 MiB"), "{errors}");
    let ran = crate::support::textmill(&["validate", "/dev/zero"], b"");
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("/dev/zero") && ran.err.contains("larger than 16 MiB"), "{}", ran.err);
}

#[test]
fn sizes_are_numbers_or_have_units() {
    for size in ["8388608", "\"8 MiB\"", "\"8192KiB\""] {
        let toml = format!("[input]\nmax-document-bytes = {size}\n");
        let pipeline = parse("my.toml", &toml, &Registry::default()).expect("valid");
        assert_eq!(pipeline.input.max_document_bytes, 8 << 20, "{size}");
    }
}

#[test]
fn every_option_of_every_stage_can_be_set() {
    let registry = Registry::default();
    for spec in registry.specs() {
        let mut generator = schemars::SchemaGenerator::default();
        let schema = (spec.schema)(&mut generator);
        let name = schema.get("$ref").and_then(|r| r.as_str()).and_then(|r| r.rsplit('/').next());
        let root = generator.definitions();
        let schema = name.and_then(|n| root.get(n)).cloned().unwrap_or_else(|| schema.to_value());
        for (option, property) in schema["properties"].as_object().into_iter().flatten() {
            let default = property.get("default").filter(|d| !d.is_null() && !d.is_object());
            let Some(default) = default else { continue };
            let needs: String =
                spec.requires.iter().map(|r| format!("[[stage]]\ntype = \"{r}\"\n")).collect();
            let toml = format!("{needs}[[stage]]\ntype = \"{}\"\n{option} = {default}\n", spec.name);
            assert!(parse("x", &toml, &registry).is_ok(), "{toml}");
        }
    }
}
