//! `fix-encoding`: what was misread is put right, what is right stays.

use std::collections::BTreeMap;

use crate::support::*;
use encoding_rs::{Encoding, MACINTOSH, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};
use proptest::prelude::*;
use textmill::document::{Border, BorderKind, Document, Origin};
use textmill::editor::Editor;
use textmill::reason::DocId;
use textmill::stage::Stage;

const ONLY: &str = "[[stage]]\ntype = \"fix-encoding\"\n";

/// UTF-8, read in another set.
fn misread(text: &str, set: &'static Encoding) -> String {
    set.decode_without_bom_handling(text.as_bytes()).0.into_owned()
}

/// UTF-8, read as ISO 8859-1.
fn misread_latin1(text: &str) -> String {
    text.bytes().map(char::from).collect()
}

fn sentences() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = include_str!("fixtures/scripts/sentences.tsv").lines();
    lines.map(|l| l.split_once('\t').expect("a language and a sentence"))
}

/// The lines of `text`, one document, as they are behind the stage.
fn fixed(text: &str) -> Document {
    let border = Border { kind: BorderKind::Record, confidence: 100 };
    let origin = Origin { source: "-".into(), record: 0, range: 0..text.len() as u64, border, verdict: None };
    let mut doc = Document::new(DocId(0), origin, text.to_owned());
    let Stage::Map(stage) = &parsed("fix-encoding", ONLY).stages[0].stage else { panic!("a map") };
    stage.apply(&mut Editor::new(&mut doc, 0));
    doc
}

fn line(text: &str) -> String {
    fixed(text).line(0).to_owned()
}

/// Sentences by whether they came out right, of those with two characters outside ASCII at least.
#[derive(Default)]
struct Score {
    right: usize,
    wrong: Vec<String>,
}

impl Score {
    fn try_one(&mut self, sentence: &str, garbled: &str) {
        if line(garbled) == sentence {
            self.right += 1;
        } else {
            self.wrong.push(format!("{sentence}\n  from {garbled}\n  to {}", line(garbled)));
        }
    }

    fn share(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong.len()).max(1) as f64
    }
}

fn measure<'a>(
    sentences: impl Iterator<Item = &'a str>,
) -> (usize, Vec<String>, BTreeMap<&'static str, Score>) {
    let (mut all, mut touched, mut scores) = (0, Vec::new(), BTreeMap::<_, Score>::new());
    for sentence in sentences {
        all += 1;
        if line(sentence) != sentence {
            touched.push(format!("{sentence}\n  to {}", line(sentence)));
            continue;
        }
        if sentence.chars().filter(|c| !c.is_ascii()).count() < 2 {
            continue;
        }
        let mut put = |name, garbled: &str| scores.entry(name).or_default().try_one(sentence, garbled);
        let once = misread(sentence, WINDOWS_1252);
        put("windows-1252", &once);
        put("windows-1252, twice", &misread(&once, WINDOWS_1252));
        put("ISO 8859-1", &misread_latin1(sentence));
        let latin = |c: char| matches!(c, '\0'..'\u{17F}' | '\u{2000}'..'\u{2100}');
        if sentence.chars().all(latin) {
            put("windows-1250", &misread(sentence, WINDOWS_1250));
            put("Mac Roman", &misread(sentence, MACINTOSH));
        }
        if sentence.chars().filter(|c| matches!(c, '\u{400}'..'\u{500}')).count() > 5 {
            put("windows-1251", &misread(sentence, WINDOWS_1251));
        }
    }
    (all, touched, scores)
}

#[test]
fn sentences_in_many_languages_come_back() {
    let (all, touched, scores) = measure(sentences().map(|(_, s)| s));
    assert!(all > 60 && touched.is_empty(), "{touched:#?}");
    for (name, score) in &scores {
        assert!(score.share() >= 0.99, "{name}: {}", score.wrong.join("\n"));
    }
}

/// Figures over texts of one's own: `TEXTMILL_TEXTS=DIR cargo test --test it over_a_folder -- --ignored --nocapture`.
#[test]
#[ignore = "needs a folder of texts in UTF-8, in TEXTMILL_TEXTS"]
fn sentences_over_a_folder() {
    let folder = std::env::var("TEXTMILL_TEXTS").expect("TEXTMILL_TEXTS names a folder");
    let files = std::fs::read_dir(folder).expect("the folder").map(|e| e.expect("an entry").path());
    let texts: Vec<String> = files.filter_map(|p| std::fs::read_to_string(p).ok()).collect();
    let lines = texts.iter().flat_map(|t| t.lines()).filter(|l| !l.trim().is_empty());
    let (all, touched, scores) = measure(lines);
    println!("{} files, {all} lines, {} changed as they are", texts.len(), touched.len());
    touched.iter().take(100).for_each(|t| println!("CHANGED {t}"));
    for (name, score) in &scores {
        println!("{name}: {:.4} of {}", score.share(), score.right + score.wrong.len());
        score.wrong.iter().take(30).for_each(|w| println!("WRONG {w}"));
    }
}

#[test]
fn what_is_right_stays() {
    for right in [
        "SÃO PAULO – NÃO À GUERRA, DIZ “IRMÔ",
        "A MANHÃ… E A LÃ™ (MAÇÃ®)",
        "«\u{A0}Le café\u{A0}», à €5, é\u{A0}» ; è\u{A0}–, É…",
        "„SPÄ“, „HÖ“ und „Spaß“",
        "5 Å², 10 Å³ und Ø±0,1 mm, 3×½, 2√π, √∞, ¬∃x, ƒ(x)≈√2·ℓ",
        "Різдво, Рік, Січень, Свято Сі, Ріо",
        "ĐÂN CHÂU Â – CẦU Ô",
        "He typed \"Ã¤\" and “Ã©” into the form, and got Â« back.",
        "Úžina, Íž, ÚŽAS, ÉŠ",
        "Ð… Ñ– in a table of letters",
        "CAFÉ™ CAFÉ® É© É²",
        "hâlâ…” dedi; â’”",
        "l’é”, « à\u{A0}«»",
        "ΑΒΓ Δ΄Ε “Ω”",
    ] {
        assert_eq!(line(right), right);
    }
}

#[test]
fn what_lost_a_byte_is_guessed_in_misread_text_only() {
    for (garbled, want) in [
        ("VoilÃ  lâ€™Ã©tÃ©, Ã la fin.", "Voilà l’été, à la fin."),
        ("â€œEnoughâ€, she said, â€œgo.â€", "“Enough”, she said, “go.”"),
        ("Done.Â  Next, itâ€™s on.Â", "Done.  Next, it’s on."),
        ("VÄ\u{8d}era Å koda lhala, Å¾e?", "Včera Škoda lhala, že?"),
    ] {
        assert_eq!(line(garbled), want);
    }
    let alone = "MANHÃ E TARDE, Â e Å a";
    assert_eq!(line(alone), alone);
}

#[test]
fn controls_are_windows_1252() {
    assert_eq!(line("\u{93}It\u{92}s \u{80}5\u{94} \u{96} caf\u{E9}\u{85}"), "“It’s €5” – café…");
    assert_eq!(line("an end\u{85}a beginning"), "an end\u{85}a beginning");
    assert_eq!(line("undefined \u{81}"), "undefined \u{81}");
}

/// Garbled title, caption and text come out right, and the ledger says what was done where.
#[test]
fn a_row_and_its_ledger() {
    let article = "Église rouverte\n\nUne église près d’Évry. (AFP)\nUne église près d’Évry. (AFP)\n\nL’été \
                   dernier, la pluie avait détruit le toit, et personne n’était blessé. Hélas, dit-il.\n";
    let garbled = misread(article, WINDOWS_1252);
    let dir = folder();
    let ledger = dir.path().join("ledger.jsonl");
    let pipeline =
        file(&dir, "p.toml", format!("{ONLY}[[stage]]\ntype = \"repeated-captions\"\n").as_bytes());
    let args = ["-q", "-p", pipeline.to_str().expect("a path"), "--ledger", ledger.to_str().expect("a path")];
    let ran = textmill(&args, garbled.as_bytes());
    let row = &ran.rows()[0];
    assert_eq!(str_of(row, "title"), "Église rouverte");
    assert_eq!(str_of(row, "captions"), "Une église près d’Évry. (AFP)");
    assert!(str_of(row, "text").starts_with("L’été dernier"), "{row}");
    let edits: Vec<_> =
        read_rows(&ledger).into_iter().filter(|r| str_of(r, "stage") == "fix-encoding").collect();
    assert_eq!(edits.len(), 4);
    for edit in &edits {
        assert_eq!((&edit["start"], str_of(edit, "text")), (&edit["end"], ""));
        assert_eq!(str_of(edit, "reason"), "fix-encoding/utf8-as-cp1252");
    }
    let evidence = str_of(&edits[0], "evidence");
    assert_eq!(
        evidence,
        "windows-1252, 1 places, confidence 99%: \"Ã‰glise rouverte\" is \"Église rouverte\""
    );
}

#[test]
fn a_stated_title_too() {
    let garbled = misread("Été", WINDOWS_1252);
    let record = serde_json::json!({ "title": garbled, "text": "Plain text, and nothing else." });
    let dir = folder();
    let pipeline = file(&dir, "p.toml", ONLY.as_bytes());
    let ran = textmill(&["-q", "-p", pipeline.to_str().expect("a path")], record.to_string().as_bytes());
    assert_eq!(str_of(&ran.rows()[0], "title"), "Été");
}

/// Long lines are judged piece by piece, and time is linear: this would take hours otherwise.
#[test]
fn long_lines_of_signs() {
    for unit in ["Ã", "Ã©", "â€", "â€™ ", "Рџ", "√©", "\u{92}", "ÃƒÂ", "Ã ", "é\u{A0}»"]
    {
        let long = unit.repeat(400_000 / unit.len());
        let doc = fixed(&long);
        assert!(doc.line(0).len() <= 2 * long.len());
    }
    let long = misread(&"L’été dernier, à Évry. ".repeat(2000), WINDOWS_1252);
    assert_eq!(line(&long).trim_end(), "L’été dernier, à Évry. ".repeat(2000).trim_end());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(256)))]

    /// Words of a language in any order, misread once or twice, come back; unless they are misread
    /// they stay.
    #[test]
    fn words_come_back(lang in 0usize..33, picks in prop::collection::vec(any::<u16>(), 6..30), twice: bool) {
        let mut langs: Vec<&str> = sentences().map(|(l, _)| l).collect();
        langs.dedup();
        let lang = langs[lang % langs.len()];
        let words: Vec<&str> =
            sentences().filter(|(l, _)| *l == lang).flat_map(|(_, s)| s.split_whitespace()).collect();
        let text: Vec<&str> = picks.iter().map(|&n| words[usize::from(n) % words.len()]).collect();
        let text = text.join(" ");
        prop_assert_eq!(line(&text), &*text);
        prop_assume!(text.chars().filter(|c| !c.is_ascii()).count() >= 4);
        let mut garbled = misread(&text, WINDOWS_1252);
        if twice {
            garbled = misread(&garbled, WINDOWS_1252);
        }
        prop_assert_eq!(line(&garbled), &*text, "{}", garbled);
    }

    /// Any text at all: no panic, and what comes out is hardly longer than what went in.
    #[test]
    fn any_text(text in "([ÃÂâ€™œ\u{9d}©Ðµ√‚Ä\u{80}-\u{bf}РС]|\\PC|[a-zA-Z ]){1,60}") {
        let doc = fixed(&text);
        for i in 0..doc.lines().len() {
            prop_assert!(doc.line(i).len() <= 2 * doc.original(i).len());
        }
    }
}
