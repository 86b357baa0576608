//! Plain dumps in character sets older than UTF-8: they are cut and read as their twins in UTF-8 are.

use encoding_rs::Encoding;
use proptest::prelude::*;
use textmill::formats::bad::KEPT_BYTES;
use textmill::formats::{InputOptions, Piece, plain};

use crate::support::*;

struct Article {
    title: &'static str,
    caption: &'static str,
    paragraphs: Vec<&'static str>,
}

fn articles(text: &'static str) -> Vec<Article> {
    let mut out: Vec<Article> = Vec::new();
    for line in text.lines() {
        match (line.split_at_checked(2), out.last_mut()) {
            (Some(("# ", title)), _) => out.push(Article { title, caption: "", paragraphs: Vec::new() }),
            (Some(("= ", caption)), Some(article)) => article.caption = caption,
            (Some(("@ " | "~ " | "! " | "+ ", _)), _) | (_, None) => {}
            (_, Some(article)) => article.paragraphs.push(line),
        }
    }
    out
}

/// Texts, and the sets that can write them.
const TEXTS: &[(&[&str], &str)] = &[
    (&["windows-1251"], include_str!("fixtures/sets/ru.txt")),
    (&["windows-1253", "iso-8859-7"], include_str!("fixtures/sets/el.txt")),
    (&["windows-1254"], include_str!("fixtures/sets/tr.txt")),
    (&["windows-1250", "iso-8859-2"], include_str!("fixtures/sets/pl.txt")),
    (&["windows-1256"], include_str!("fixtures/scripts/ar.txt")),
    (&["windows-1255"], include_str!("fixtures/scripts/he.txt")),
    (&["shift_jis", "euc-jp"], include_str!("fixtures/scripts/ja.txt")),
    (&["gbk"], include_str!("fixtures/scripts/zh.txt")),
    (&["euc-kr"], include_str!("fixtures/scripts/ko.txt")),
    (&["windows-874"], include_str!("fixtures/scripts/th.txt")),
];

const JOINS: &[&str] = &["blank lines", "titles", "a rule", "addresses", "form feeds"];

/// A dump of `articles`, which `join` separates.
fn dump(articles: &[Article], join: &str) -> String {
    let one = |(i, a): (usize, &Article)| {
        let head = match join {
            "titles" => format!("{0}\n\n{1}\n\n{0}\n\n{1}\n\n", a.title, a.caption),
            _ => format!("{}\n\n", a.title),
        };
        let before = match join {
            "addresses" => format!("\n=== https://news.example/{i}\n\n"),
            _ if i == 0 => String::new(),
            "blank lines" => "\n\n\n".to_owned(),
            "titles" => "\n".to_owned(),
            "a rule" => "\n--------------------\n\n".to_owned(),
            _ => "\x0C\n".to_owned(),
        };
        let text = a.paragraphs.join("\n\n");
        // An address separates texts of some length only.
        let more = if join == "addresses" { format!("\n\n{text}\n\n{text}") } else { String::new() };
        format!("{before}{head}{text}{more}\n")
    };
    articles.iter().enumerate().map(one).collect()
}

fn encoded(text: &str, label: &str) -> Vec<u8> {
    let set = Encoding::for_label(label.as_bytes()).expect("a set");
    let (bytes, _, lost) = set.encode(text);
    assert!(!lost, "{label} can write {text}");
    bytes.into_owned()
}

/// What must be the same in any set.
fn read(bytes: &[u8]) -> Vec<[String; 4]> {
    let rows = textmill(&["-p", "plain", "-q"], bytes).rows();
    rows.iter()
        .map(|row| ["title", "text", "captions", "fingerprint"].map(|key| str_of(row, key).to_owned()))
        .collect()
}

#[test]
fn dumps_in_every_set_are_cut_and_read_as_in_utf8() {
    for (sets, text) in TEXTS {
        let articles = articles(text);
        for join in JOINS {
            let utf8 = dump(&articles, join);
            let want = read(utf8.as_bytes());
            assert!(want.len() > 1, "{sets:?} by {join}: {want:#?}");
            for set in *sets {
                assert_eq!(read(&encoded(&utf8, set)), want, "{set} by {join}");
            }
        }
    }
}

#[test]
fn a_dump_larger_than_what_its_set_is_told_from() {
    for (sets, text) in TEXTS {
        let (articles, set) = (articles(text), sets[0]);
        let many: Vec<String> =
            (0..60).map(|n| dump(&articles, "blank lines").replace(' ', &format!(" {n} "))).collect();
        let utf8 = many.join("\n\n\n");
        assert_eq!(read(&encoded(&utf8, set)), read(utf8.as_bytes()), "{set}");
    }
}

#[test]
fn english_with_the_quotation_marks_of_another_set() {
    let articles = [
        ("What the council won’t say", "“We don’t know yet,” the mayor’s office wrote — again…"),
        ("Ferries won’t run on Sunday", "The operator’s boats aren’t safe, and “nobody” knows why…"),
        ("Who’s afraid of the old bridge?", "Engineers say it’s “as good as new” — almost…"),
    ];
    let one = |(title, text): &(&str, &str)| format!("{title}\n\n{text}\n\nIt’s the third time this year.\n");
    let utf8 = articles.iter().map(one).collect::<Vec<_>>().join("\n\n\n");
    for set in ["windows-1251", "windows-1252", "windows-1256", "gbk", "big5", "shift_jis"] {
        let utf8 = if set == "shift_jis" { utf8.replace('—', "―") } else { utf8.clone() };
        assert_eq!(read(&encoded(&utf8, set)), read(utf8.as_bytes()), "{set}");
    }
}

#[test]
fn one_record_in_utf8_among_records_in_another_set() {
    for (sets, text) in TEXTS {
        let articles = articles(text);
        let utf8: Vec<String> =
            articles.iter().map(|a| dump(std::slice::from_ref(a), "blank lines")).collect();
        for set in *sets {
            let mixed: Vec<Vec<u8>> = utf8
                .iter()
                .enumerate()
                .map(|(i, t)| if i == 1 { t.clone().into_bytes() } else { encoded(t, set) })
                .collect();
            assert_eq!(read(&mixed.join(&b"\n\n\n"[..])), read(utf8.join("\n\n\n").as_bytes()), "{set}");
        }
    }
}

#[test]
fn a_dump_in_utf8_and_one_in_another_set_behind_it() {
    for (sets, text) in TEXTS {
        let utf8 = dump(&articles(text), "blank lines");
        for set in *sets {
            let other = encoded(&utf8, set);
            let want = read(format!("{utf8}\n\n\n{utf8}").as_bytes());
            assert_eq!(read(&[utf8.as_bytes(), b"\n\n\n", &other].concat()), want, "UTF-8, then {set}");
            assert_eq!(read(&[&other, &b"\n\n\n"[..], utf8.as_bytes()].concat()), want, "{set}, then UTF-8");
        }
    }
}

/// Ten words alone are told wrongly as often as not.
#[test]
fn short_records_are_in_the_set_of_their_source() {
    for (sets, text) in TEXTS {
        let lines: Vec<String> = articles(text)
            .iter()
            .flat_map(|a| a.paragraphs.iter().map(|p| p.split_inclusive(' ').take(10).collect::<String>()))
            .map(|p| p.chars().take(60).collect())
            .collect();
        let utf8 = lines.join("\n-----\n");
        let want = separated(utf8.as_bytes());
        assert_eq!(want.len(), lines.len());
        for set in *sets {
            assert_eq!(separated(&encoded(&utf8, set)), want, "{set}");
        }
    }
}

/// A pipeline without stages for articles with `-----` between them, and further lines of its input section.
fn with_separator(dir: &tempfile::TempDir, more: &str) -> String {
    let text = format!("[input]\nseparator = \"^-----$\"\n{more}");
    file(dir, &format!("p{}.toml", more.len()), text.as_bytes()).to_str().expect("a path").to_owned()
}

/// The texts of such articles.
fn separated(bytes: &[u8]) -> Vec<String> {
    let ran = textmill(&["-q", "-p", &with_separator(&folder(), "")], bytes);
    texts(&ran.rows())
}

fn texts(rows: &[serde_json::Value]) -> Vec<String> {
    rows.iter().map(|row| str_of(row, "text").to_owned()).collect()
}

#[test]
fn utf16_without_a_mark() {
    for (_, text) in TEXTS {
        let utf8 = format!("=== https://news.example/\n\n{}", dump(&articles(text), "blank lines"));
        for big in [false, true] {
            let unit = |u: u16| if big { u.to_be_bytes() } else { u.to_le_bytes() };
            let wide: Vec<u8> = utf8.encode_utf16().flat_map(unit).collect();
            assert_eq!(read(&wide), read(utf8.as_bytes()));
        }
    }
    for no_text in
        [&b"abc\0def ghi jkl mno pqr stu vwx\n"[..], b"\x01\0\x02\0\x03\0\x04\0\x05\0\x06\0\x07\0\x08\0"]
    {
        assert_eq!(read(no_text), Vec::<[String; 4]>::new(), "{no_text:?}");
    }
}

#[test]
fn a_few_characters_are_read_as_by_frequency_alone() {
    for (set, text) in [
        ("windows-1252", "Bonjour, je suis à la recherche d'une aide sur les étoiles\n"),
        ("windows-1252", "1234567890,ASDF,JKL,123 WHEREVER AVE,SOMEWHERE TOWN,UBERLâNDIA,USER@EXAMPLE.COM\n"),
        ("windows-1252", "[°4°0°T°C°C°0°C°T\n"),
        ("windows-1251", "Всеки човек има право на образование.\n"),
        ("big5", "你好\n"),
        ("euc-kr", "한국어.txt\n"),
        ("utf-8", "Carter’s Janitorial\n"),
    ] {
        assert_eq!(read(&encoded(text, set)), read(text.as_bytes()), "{set}");
    }
}

/// What strict mode refused is read in the set of its source when it is tried again without.
#[test]
fn the_set_of_the_source_is_in_the_quarantine() {
    let text = articles(TEXTS[0].1).iter().map(|a| a.title).collect::<Vec<_>>().join("\n-----\n");
    let bytes = encoded(&text, "windows-1251");
    let dir = folder();
    let path = |name: &str| dir.path().join(name).to_str().expect("a path").to_owned();
    let (bad, out) = (path("bad.jsonl"), path("out.jsonl"));
    let strict = with_separator(&dir, "strict = true\n");
    let ran = textmill(&["-q", "-p", &strict, "--quarantine", &bad], &bytes);
    assert_eq!(ran.rows().len(), 0, "{}", ran.err);
    let pipeline = with_separator(&dir, "");
    let again = textmill(&["quarantine", "replay", &bad, "-q", "-p", &pipeline, "-o", &out], b"");
    assert_eq!(again.code, 0, "{}", again.err);
    let want = separated(&bytes);
    assert_eq!(texts(&read_rows(std::path::Path::new(&out))), want);
    assert!(want.len() > 2 && want[0].contains("мост"));
}

/// Pieces of a source that comes in chunks that end at `cuts`.
fn pieces(source: &[u8], cuts: &[usize], max: usize) -> Vec<String> {
    let options = InputOptions { max_document_bytes: max, ..InputOptions::default() };
    let mut segmenter = (plain::SPEC.segmenter)(&options);
    let (mut out, mut tiled) = (Vec::new(), 0);
    let mut take = |piece: Piece<'_>| {
        let range = match &piece {
            Piece::Record { range, bytes, .. } => {
                assert_eq!(*bytes, &source[range.start as usize..range.end as usize]);
                range.clone()
            }
            Piece::Bad { range, head, .. } => {
                let all = &source[range.start as usize..range.end as usize];
                assert!(head.len() <= KEPT_BYTES && all.starts_with(head), "{range:?}");
                range.clone()
            }
            Piece::Separator(range) => range.clone(),
            Piece::Header(header) => return out.push((*header).to_owned()),
            Piece::Verdict(_) => return,
        };
        assert_eq!(range.start, tiled);
        tiled = range.end;
        out.push(format!("{range:?} {}", matches!(piece, Piece::Record { .. })));
    };
    let mut at = 0;
    for cut in cuts.iter().copied().chain([source.len()]) {
        segmenter.push(&source[at..cut], &mut take);
        at = cut;
    }
    segmenter.finish(false, &mut take);
    assert_eq!(tiled, source.len() as u64);
    out
}

/// A part of a source: lines of a language in a set, as often as said, with or without line endings.
fn part() -> impl Strategy<Value = Vec<u8>> {
    let sets = 0..TEXTS.len();
    let join = 0..JOINS.len();
    (sets, join, prop_oneof![Just(1usize), Just(1), Just(30)], 0u8..8).prop_map(
        |(text, join, times, kind)| {
            let (sets, text) = TEXTS[text];
            let utf8 = dump(&articles(text), JOINS[join]).repeat(times);
            match kind {
                0 => utf8.into_bytes(),
                1 => utf8.replace('\n', " ").into_bytes(),
                2 => encoded(&utf8.replace('\n', " "), sets[0]),
                3 => encoded(&utf8.replace(['\n', ' '], ""), sets[0]),
                4 => [utf8.as_bytes(), b"\xC3 \xE9"].concat(),
                5 => encoded(&utf8.replace('\n', "\r\n"), sets[0]),
                _ => encoded(&utf8, sets[sets.len() - 1]),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(24)))]

    /// However a source is cut, its pieces are the same, tile it and have its bytes.
    #[test]
    fn chunks_do_not_matter_in_any_set(
        parts in prop::collection::vec(part(), 1..4),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        max in prop_oneof![Just(16usize << 20), 200usize..5000],
    ) {
        let source = parts.concat();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(source.len() + 1)).collect();
        cuts.sort_unstable();
        prop_assert_eq!(pieces(&source, &cuts, max), pieces(&source, &[], max));
        let even: Vec<usize> = (0..source.len()).step_by(4000).collect();
        prop_assert_eq!(pieces(&source, &even, max), pieces(&source, &[], max));
    }
}
