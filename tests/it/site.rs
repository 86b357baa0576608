//! A site of pages in a few templates: what it prints on most of them goes, its articles stay.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::support::*;

const PAGES: usize = 30;

const THINGS: [&str; 16] = [
    "river", "mayor", "bridge", "harvest", "railway", "storm", "school", "market", "island", "winter",
    "council", "ship", "theatre", "mountain", "library", "ferry",
];
const DEEDS: [&str; 8] =
    ["opened", "moved", "repaired", "closed", "painted", "measured", "counted", "visited"];

/// A page: what stands around its article, and the article.
struct Page {
    title: String,
    above: Vec<String>,
    /// Lines of the article; those that are sentences must not be lost.
    article: Vec<String>,
    below: Vec<String>,
}

fn sentence(random: &mut Random) -> String {
    let mut thing = || THINGS[random.below(THINGS.len())];
    let (a, b, c, d) = (thing(), thing(), thing(), thing());
    let (deed, other) = (DEEDS[random.below(8)], DEEDS[random.below(8)]);
    format!(
        "The {a} behind the {b} was {deed} in the week before the {c} had to be {other}, and {} people of the {d} \
         said that they had expected nothing else.",
        random.below(900) + 20
    )
}

/// The article of page `n`; the last six are one article, posted again and again.
fn article(n: usize) -> (String, Vec<String>) {
    let n = n.min(PAGES - 6);
    let mut random = Random(n as u64 * 77 + 5);
    let title = format!(
        "How the {} of the {} {} Came to Number {n}",
        THINGS[n % 16],
        THINGS[(n * 3 + 1) % 16],
        ["North", "South"][n % 2]
    );
    let mut lines = vec![format!("PORT LUNA, {} March - {}", n % 28 + 1, sentence(&mut random))];
    lines.extend((0..3 + n % 3).map(|_| sentence(&mut random)));
    match n % 5 {
        0 => lines.push("What happens next".to_owned()),
        1 => lines.extend(["North 2-1 South", "East 0-0 West"].map(str::to_owned)),
        2 => lines.extend((0..3).flat_map(|k| [format!("Ward {k}"), format!("{} votes", 300 + n * k)])),
        3 => lines.extend(["- Bring water.", "- Bring a map."].map(str::to_owned)),
        _ => lines.push("And the river ran on".to_owned()),
    }
    lines.extend((0..3).map(|_| sentence(&mut random)));
    if n % 5 == 4 {
        lines.push("And the river ran on".to_owned());
        lines.push(sentence(&mut random));
    }
    (title, lines)
}

fn page(n: usize) -> Page {
    let (title, article) = article(n);
    let mut above: Vec<String> =
        ["The Harbour Post", "Home", "News", "Sport", "Weather"].map(str::to_owned).into();
    match n % 3 {
        0 => above.insert(3, "Culture".to_owned()),
        1 => above.push("Sign in".to_owned()),
        _ => above.swap(1, 2),
    }
    above.extend(["TT".to_owned(), (18 + n % 3).to_string(), format!("{} min read", n % 9 + 1)]);
    above.extend(["Share".to_owned(), "Facebook".to_owned(), format!("{} shares", n * 31 % 700)]);
    let mut below = vec!["Related stories".to_owned()];
    below.extend([1, 7, 11].map(|k| self::article((n * 5 + k) % (PAGES - 6)).0));
    below.extend([
        "Print".to_owned(),
        format!("Updated Monday, {} March 2024, 12:{}", n % 28 + 1, 10 + n % 40),
    ]);
    below.extend(["About us", "Write to the desk", "Privacy"].map(str::to_owned));
    if n % 10 == 3 {
        below.push("Special offer".to_owned());
    }
    Page { title, above, article, below }
}

impl Page {
    /// Its visible text, as a scraper sees it.
    fn plain(&self) -> String {
        let lines = self.above.iter().chain([&self.title]).chain(&self.article).chain(&self.below);
        lines.fold(String::new(), |mut out, line| {
            out.push_str(line);
            out.push('\n');
            out
        })
    }

    /// The same with an empty line between paragraphs, title first.
    fn paragraphs(&self) -> String {
        let lines = [&self.title].into_iter().chain(&self.above).chain(&self.article).chain(&self.below);
        lines.map(String::as_str).collect::<Vec<_>>().join("\n\n")
    }

    /// As a page whose markup says little.
    fn html(&self) -> String {
        let mut out = format!("<html><head><title>{} | The Harbour Post</title></head><body>", self.title);
        let mut all = |tag: &str, lines: &[String]| {
            for line in lines {
                let _ = write!(out, "<{tag}>{line}</{tag}>");
            }
        };
        all("div", &self.above);
        all("h1", std::slice::from_ref(&self.title));
        all("p", &self.article);
        all("p", &self.below);
        out + "</body></html>"
    }
}

/// A line with its numbers masked.
fn masked(line: &str) -> String {
    line.trim()
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect::<String>()
        .replace("00", "0")
}

/// Lines that three fifths of the pages have, numbers masked, and that are no prose.
fn furniture() -> BTreeSet<String> {
    let mut pages: BTreeMap<String, usize> = BTreeMap::new();
    for n in 0..PAGES {
        let lines: BTreeSet<String> = page(n).plain().lines().map(masked).collect();
        lines.into_iter().for_each(|line| *pages.entry(line).or_default() += 1);
    }
    let found = pages.into_iter().filter(|(line, n)| n * 5 >= PAGES * 3 && line.split(' ').count() < 10);
    let found: BTreeSet<String> = found.map(|(line, _)| line).collect();
    assert!(found.len() > 14 && found.contains("TT") && found.contains("0"), "{found:?}");
    found
}

/// Runs a pipeline over a folder of pages and looks at every row.
fn check(pipeline: &str, ending: &str, write: impl Fn(&Page) -> String) {
    let dir = folder();
    for n in 0..PAGES {
        file(&dir, &format!("site/{n:02}.{ending}"), write(&page(n)).as_bytes());
    }
    let site = dir.path().join("site").display().to_string();
    let run = |threads| textmill(&["-q", "-p", pipeline, "--threads", threads, &site], b"");
    let ran = run("1");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.out, run("8").out);
    let rows = ran.rows();
    // Of the article that was posted six times one may be kept, or all, as their teasers differ.
    assert!([PAGES - 5, PAGES].contains(&rows.len()), "{pipeline} {ending}: {} rows", rows.len());
    let furniture = furniture();
    for row in &rows {
        let (text, source) = (str_of(row, "text"), str_of(row, "source"));
        let n: usize =
            source[source.len() - ending.len() - 3..][..2].parse().expect("the number of the page");
        let left: Vec<&str> = text.lines().filter(|line| furniture.contains(&masked(line))).collect();
        assert!(left.is_empty(), "{pipeline} {ending}, page {n} keeps {left:?}: {text}");
        let lost = page(n).article.into_iter().find(|l| l.ends_with('.') && !text.contains(l.as_str()));
        assert_eq!(lost, None, "{pipeline} {ending}, page {n}: {text}");
    }
}

#[test]
fn web_text_on_html() {
    check("web-text", "html", Page::html);
}

#[test]
fn web_text_on_visible_text() {
    check("web-text", "txt", Page::plain);
}

#[test]
fn news_learned_on_paragraphs() {
    check("news-learned", "txt", Page::paragraphs);
}
