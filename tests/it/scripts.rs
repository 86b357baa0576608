//! Dumps in scripts of other kinds: without spaces, without capitals, from right to left.

use std::fmt::Write;

use serde_json::Value;

use crate::support::*;

/// What a dump in some language is made of; `fixtures/README.md` has the signs.
struct Pieces {
    lang: &'static str,
    labels: Vec<&'static str>,
    articles: Vec<Article>,
    /// Title and text of two articles that fill in the same template.
    notices: Vec<(String, String)>,
    /// What a site has around its articles: sections, and a line at the foot.
    around: Vec<&'static str>,
}

#[derive(Clone)]
struct Article {
    title: String,
    caption: String,
    paragraphs: Vec<String>,
}

fn pieces() -> Vec<Pieces> {
    let files = [
        ("ar", include_str!("fixtures/scripts/ar.txt")),
        ("he", include_str!("fixtures/scripts/he.txt")),
        ("hi", include_str!("fixtures/scripts/hi.txt")),
        ("ja", include_str!("fixtures/scripts/ja.txt")),
        ("ko", include_str!("fixtures/scripts/ko.txt")),
        ("th", include_str!("fixtures/scripts/th.txt")),
        ("zh", include_str!("fixtures/scripts/zh.txt")),
    ];
    files.map(|(lang, text)| read(lang, text)).into_iter().collect()
}

fn read(lang: &'static str, text: &'static str) -> Pieces {
    let mut out =
        Pieces { lang, labels: Vec::new(), articles: Vec::new(), notices: Vec::new(), around: Vec::new() };
    let mut template = Vec::new();
    for line in text.lines() {
        match line.split_at_checked(2) {
            Some(("@ ", label)) => out.labels.push(label),
            Some(("# ", title)) => {
                let (title, caption) = (title.to_owned(), String::new());
                out.articles.push(Article { title, caption, paragraphs: Vec::new() });
            }
            Some(("= ", caption)) => out.articles.last_mut().expect("a title").caption = caption.to_owned(),
            Some(("~ ", line)) => template.push(line),
            Some(("! ", around)) => out.around = around.split('|').collect(),
            Some(("+ ", fills)) => {
                let fill = |line: &str| {
                    let numbered = (1..).zip(fills.split('|'));
                    numbered.fold(line.to_owned(), |line, (n, with)| line.replace(&format!("{{{n}}}"), with))
                };
                out.notices.push((fill(template[0]), fill(template[1])));
            }
            _ => out.articles.last_mut().expect("a title").paragraphs.push(line.to_owned()),
        }
    }
    out
}

/// An article as a page prints it: title, caption and share bar, then title and caption again.
fn printed(article: &Article, labels: &[&str]) -> String {
    let Article { title, caption, paragraphs } = article;
    let bar = labels.join("\n");
    format!(
        "{title}\n\n{caption}\n{caption}\n{bar}\n\n{title}\n\n{caption}\n{caption}\n\n{}\n",
        paragraphs.join("\n\n")
    )
}

/// The article with about one unit in eighteen replaced by another of the same article: words, or
/// characters where there are no spaces between them.
fn edited(article: &Article) -> Article {
    let whole = article.paragraphs.join("\n");
    let words: Vec<&str> = whole.split(' ').collect();
    let spaced = words.len() * 12 > whole.chars().count();
    let units: Vec<String> = if spaced {
        words.iter().map(|w| (*w).to_owned()).collect()
    } else {
        whole.chars().map(String::from).collect()
    };
    // Runs of two words or of six characters, so that an edit is more than a misprint.
    let (run, every) = if spaced { (2, 36) } else { (6, 108) };
    let mut changed = units.clone();
    for at in (every / 3..units.len().saturating_sub(run)).step_by(every) {
        for k in at..at + run {
            let from = &units[(k + units.len() / 2) % units.len()];
            if !units[k].contains('\n') && !from.contains('\n') {
                changed[k].clone_from(from);
            }
        }
    }
    let text = changed.join(if spaced { " " } else { "" });
    Article { paragraphs: text.split('\n').map(str::to_owned).collect(), ..article.clone() }
}

/// `news`, with near copies dropped too.
fn news_and_near() -> String {
    let news = textmill::config::builtin("news").expect("it is built in");
    let stages = news.split("\n[[test]]").next().expect("the stages");
    format!("{stages}\n[[stage]]\ntype = \"near-dedupe\"\n")
}

fn cleaned(dump: &str) -> (Vec<Value>, Vec<Value>) {
    let dir = folder();
    let pipeline = file(&dir, "p.toml", news_and_near().as_bytes());
    let ledger = dir.path().join("ledger.jsonl");
    let args = ["-q", "-p", pipeline.to_str().expect("a path"), "--ledger", ledger.to_str().expect("a path")];
    let ran = textmill(&args, dump.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
    (ran.rows(), read_rows(&ledger))
}

fn check(row: &Value, article: &Article, what: &str) {
    assert_eq!(str_of(row, "title"), article.title, "{what}");
    assert_eq!(str_of(row, "captions"), article.caption, "{what}: {}", article.title);
    assert_eq!(str_of(row, "text"), article.paragraphs.join("\n\n"), "{what}: {}", article.title);
}

fn dump_of(articles: &[&Article], pieces: &Pieces, between: &str) -> String {
    articles.iter().map(|a| printed(a, &pieces.labels)).collect::<Vec<_>>().join(between)
}

const BETWEEN: [(&str, &str); 4] = [
    ("rules", "\n--------------------\n\n"),
    ("blank runs", "\n\n\n"),
    ("form feeds", "\u{c}\n"),
    ("titles", "\n"),
];

/// Whatever separates the articles, each comes out whole and once: a copy and a near copy go, with
/// the right witness.
#[test]
fn articles_come_out_whole_and_once() {
    for pieces in pieces() {
        let [a, b, c] = &pieces.articles[..] else { panic!("{}: three articles", pieces.lang) };
        let near = edited(b);
        assert_ne!(near.paragraphs, b.paragraphs);
        for (name, between) in BETWEEN {
            let what = format!("{}, {name}", pieces.lang);
            let (rows, ledger) = cleaned(&dump_of(&[a, b, a, c, &near], &pieces, between));
            assert_eq!(
                rows.len(),
                3,
                "{what}: {:?}",
                rows.iter().map(|r| str_of(r, "title")).collect::<Vec<_>>()
            );
            [a, b, c].iter().zip(&rows).for_each(|(article, row)| check(row, article, &what));
            let dropped: Vec<_> =
                ledger.iter().filter(|r| r["line"] == 0 && str_of(r, "stage") != "segment").collect();
            let seen: Vec<_> = dropped.iter().map(|r| (str_of(r, "reason"), str_of(r, "witness"))).collect();
            let want = [
                ("exact-dedupe/copy", str_of(&rows[0], "id")),
                ("near-dedupe/edited", str_of(&rows[1], "id")),
            ];
            assert_eq!(seen, want, "{what}");
        }
    }
}

/// Two articles that fill in one template are two articles.
#[test]
fn notices_on_a_template_stay_apart() {
    for pieces in pieces() {
        let texts: Vec<String> =
            pieces.notices.iter().map(|(title, text)| format!("{title}\n\n{text}\n")).collect();
        let (rows, _) = cleaned(&texts.join("\n----------------------\n\n"));
        assert_eq!(rows.len(), 2, "{}", pieces.lang);
        for (row, (title, text)) in rows.iter().zip(&pieces.notices) {
            assert_eq!((str_of(row, "title"), str_of(row, "text")), (&**title, &**text), "{}", pieces.lang);
        }
    }
}

/// Plain articles without any repeats, set apart by blank lines: titles, and all of the text.
#[test]
fn plain_articles() {
    for pieces in pieces() {
        let mut dump = String::new();
        for a in &pieces.articles {
            let _ = write!(dump, "{}\n\n{}\n\n\n\n", a.title, a.paragraphs.join("\n\n"));
        }
        let (rows, _) = cleaned(&dump);
        assert_eq!(rows.len(), 3, "{}", pieces.lang);
        for (row, a) in rows.iter().zip(&pieces.articles) {
            let seen = (str_of(row, "title"), str_of(row, "text"));
            assert_eq!(seen, (&*a.title, &*a.paragraphs.join("\n\n")), "{}", pieces.lang);
        }
    }
}

/// A page of a site: sections, share bar, caption, text, a teaser, the foot.
fn page(pieces: &Pieces, article: &Article, teaser: &Article) -> String {
    let (foot, sections) = pieces.around.split_last().expect("a foot");
    let list =
        |all: &[&str]| all.iter().map(|s| format!("<li><a href=\"/x\">{s}</a></li>")).collect::<String>();
    let nav = list(sections);
    let share: String = pieces.labels.iter().map(|l| format!("<a href=\"#\">{l}</a> ")).collect();
    let text: String = article.paragraphs.iter().map(|p| format!("<p>{p}</p>\n")).collect();
    let intro: String = teaser.paragraphs[0].chars().take(40).collect();
    format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><title>{title} | {site}</title></head>\
         <body><header><nav><ul>{nav}</ul></nav></header><main><article class=\"post\"><h1>{title}</h1>\
         <div class=\"share\">{share}</div><figure><img src=\"x.jpg\"><figcaption>{caption}</figcaption></figure>\
         <div class=\"entry-content\">{text}</div></article><aside class=\"sidebar\"><h2>{site}</h2><ul>\
         <li><a href=\"/y\"><h3>{other}</h3></a><p>{intro}…</p></li></ul></aside></main>\
         <footer><ul>{nav}</ul><p>{foot}</p></footer></body></html>",
        lang = pieces.lang,
        title = article.title,
        site = sections[0],
        caption = article.caption,
        other = teaser.title,
    )
}

/// The main text of a page is found without capitals and spaces to go by.
#[test]
fn pages() {
    for pieces in pieces() {
        let [a, b, c] = &pieces.articles[..] else { panic!("{}: three articles", pieces.lang) };
        for (article, teaser) in [(a, b), (b, a)] {
            let mut long = article.clone();
            long.paragraphs.extend(c.paragraphs.clone());
            let ran = textmill(&["-q", "--format", "html"], page(&pieces, &long, teaser).as_bytes());
            let rows = ran.rows();
            assert_eq!(rows.len(), 1, "{}", pieces.lang);
            let text = str_of(&rows[0], "text");
            // A share bar of long labels stays in Hebrew and Thai, as one in English may.
            let text = if matches!(pieces.lang, "he" | "th") {
                text.strip_prefix(&*format!("{}\n\n", pieces.labels.join(" "))).unwrap_or(text)
            } else {
                text
            };
            let seen = (str_of(&rows[0], "title"), str_of(&rows[0], "captions"), text);
            assert_eq!(
                seen,
                (&*long.title, &*long.caption, &*long.paragraphs.join("\n\n")),
                "{}",
                pieces.lang
            );
        }
    }
}

/// A credit in the agency's own script makes a lone line in the head a caption.
#[test]
fn captions_that_are_printed_once() {
    for pieces in pieces() {
        let a = &pieces.articles[1];
        let dump = format!("{}\n\n{}\n\n{}\n", a.title, a.caption, a.paragraphs.join("\n\n"));
        let (rows, _) = cleaned(&dump);
        check(&rows[0], a, pieces.lang);
    }
}

/// What shapes words, joins emoji or sets the direction of a mark is text; what only says how to lay
/// out a line is not, and an override makes a reader see another text.
#[test]
fn characters_without_a_look_of_their_own() {
    let cleaned = |line: &str| {
        let ran =
            textmill(&["-q"], format!("Title\n\n{line} {}\n", "and so on and on. ".repeat(9)).as_bytes());
        let text = str_of(&ran.rows()[0], "text").to_owned();
        text[..text.find(" and so on").expect("the end")].to_owned()
    };
    for kept in [
        "می\u{200C}خواهم کتاب\u{200C}ها را ببینم",
        "क्\u{200D}ष और क्\u{200C}ष",
        "ශ්\u{200D}රී",
        "👨\u{200D}👩\u{200D}👧 🏳\u{FE0F}\u{200D}🌈 👩🏽\u{200D}🚀",
        "C++\u{200E} هي لغة",
        "السعر \u{200F}(5$)",
        "\u{61C}(123) هاتف",
        "שָׁלוֹם",
        "ᠰᠢᠨ\u{180E}ᠡ",
    ] {
        assert_eq!(cleaned(kept), kept);
    }
    for (stray, want) in [
        ("user\u{202E}txt.exe", "usertxt.exe"),
        ("\u{2067}שלום\u{2069} world", "שלום world"),
        ("\u{202B}قال\u{202C} لي", "قال لي"),
        ("Auf\u{200C}lage", "Auflage"),
        ("a\u{200B}b\u{2060}c\u{FEFF}d", "abcd"),
    ] {
        assert_eq!(cleaned(stray), want);
    }
}
