//! Recognises captions, keeps each once in `captions`, and removes their repeats.
//!
//! ## What it removes
//! Later copies of a caption. The first copy leaves the text too, for the row's `captions`.
//!
//! A line is a caption if evidence says so, not a list of words alone:
//! * it stands between the title and the first line of prose, and is printed again there:
//!   right below itself, or with nothing between the copies but the title, labels and other
//!   repeats (the block that a layout prints twice); or
//! * it stands there and ends with a credit, such as `(AFP)`, `Getty Images`, `File photo`;
//! * further down: it ends with a credit and stands right below its own copy.
//!
//! A sentence that merely occurs twice in the body is a matter for `repeated-lines`.
//!
//! ## Why
//! Page layouts print pictures for several screen sizes, each with its caption.
//!
//! ## Options
//! * `min-length` (default 6): shorter lines are labels, not captions; characters.
//! * `credits` (default true): whether a credit makes a lone line in the head a caption.
//!
//! ## When not to use
//! On verse and lyrics, where lines repeat on purpose before any prose.

use std::sync::{Arc, LazyLock};

use aho_corasick::AhoCorasick;
use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::{Document, Role};
use crate::editor::Editor;
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};
use crate::text::classes::words_up_to;
use crate::text::head::{HEAD_LINES, first_prose, same_title};

const COPY: Reason = Reason { stage: "repeated-captions", code: "copy", summary: "a caption again" };
const CAPTION: Reason =
    Reason { stage: "repeated-captions", code: "caption", summary: "moved to the row's captions" };

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "repeated-captions",
    summary: "keeps each caption once, in `captions`, and removes its repeats",
    source: include_str!("repeated_captions.rs"),
    reasons: &[COPY, CAPTION],
    examples: &[
        Example {
            name: "a caption block that is printed twice",
            options: "",
            before: "Rain in the North\n\nA flooded street. (AFP)\nA flooded street. (AFP)\nTT\n\nA flooded street. (AFP)\nA flooded street. (AFP)\n\nIt rained all night in the north, and the rivers rose again by noon.",
            after: Some("TT\n\nIt rained all night in the north, and the rivers rose again by noon."),
            captions: &["A flooded street. (AFP)"],
            removed: &[
                ("copy", "A flooded street. (AFP)"),
                ("copy", "A flooded street. (AFP)"),
                ("copy", "A flooded street. (AFP)"),
            ],
        },
        Example {
            name: "a lone line with a credit",
            options: "",
            before: "Rain in the North\n\nA flooded street on Monday. Jane Roe/Getty Images\n\nIt rained all night in the north, and the rivers rose again by noon.",
            after: Some("It rained all night in the north, and the rivers rose again by noon."),
            captions: &["A flooded street on Monday. Jane Roe/Getty Images"],
            removed: &[],
        },
        Example {
            name: "a sentence that comes back in the body is no caption",
            options: "",
            before: "Rain in the North\n\nIt rained all night in the north, and the rivers rose again by noon.\n\nNobody slept.\n\nThe bridge held until the next morning, when the ice came down at last.\n\nNobody slept.",
            after: Some(
                "It rained all night in the north, and the rivers rose again by noon.\n\nNobody slept.\n\nThe bridge held until the next morning, when the ice came down at last.\n\nNobody slept.",
            ),
            captions: &[],
            removed: &[],
        },
    ],
    requires: &[],
    build,
    schema: |g| g.subschema_for::<Settings>(),
    notes: None,
};

/// Options of the stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// Shorter lines are labels, not captions; characters.
    min_length: usize,
    /// Whether a credit makes a lone line in the head a caption.
    credits: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { min_length: 6, credits: true }
    }
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    Ok(Stage::Map(Arc::new(options.read::<Settings>()?)))
}

/// Lines between copies that are at most this long may be labels.
const LABEL_WORDS: usize = 5;

/// How a line ends that names the source of a picture.
static CREDIT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?ix)",
        // An agency in brackets, perhaps with a photographer: (AFP), (Photo by X/Reuters)
        r"[(\[（] [^()\[\]]* \b(?: AFP|AP|EPA|EFE|ANSA|DPA|TT|NTB|SPA|WAM|SANA|KUNA|PTI|ANI|IRNA|TASS|Xinhua|Reuters|Anadolu|Bloomberg
            | Getty(?:\ Images)? | Shutterstock | iStock | Alamy | file(?:\ photo)? | photo | Foto | archive[sd]? | courtesy\ of [^()]+
            | social\ media | handout | screenshot | supplied | AFP[^()]* | AP[^()]* ) [^()\[\]]* [)\]）] \.? $",
        r"| \b(?: Getty\ Images | AFP/Getty | Shutterstock | iStock(?:photo)? | Alamy | Unsplash | Pexels | Pixabay | AP\ Photo | EPA-EFE | Reuters/[\p{L}\ .]{3,} ) \.? $",
        // The same in other scripts, where no boundary shows between words: alone, or set apart.
        r"| [(\[（] (?: [^()\[\]（）]* [\s=/／：:、・،,] )? (?: رويترز | أ\.?\ ?ف\.?\ ?ب | أ\.ب | الأناضول | أرشيف(?:ية)? | وكالات
            | רויטרס | ארכיון | 新华社 | 新華社 | 路透社? | 法新社 | 美联社 | 美聯社 | 资料图片? | 資料圖片 | 資料照片 | 資料写真 | 共同 | 時事
            | ロイター | 写真 | 연합뉴스 | 뉴시스 | 뉴스1 | 로이터 | 자료\ ?사진 | รอยเตอร์ | เอเอฟพี | แฟ้มภาพ | रॉयटर्स | पीटीआई | एएफपी
            | फ\x{93C}?ाइल\ ?फ\x{93C}?ोटो ) (?: (?: 记者 | 記者 | 提供 )? [\s/／：:、・،,] [^()\[\]（）]* )? [)\]）] [.。।]? $",
        r"| ^ (?: file\ photo | photo(?:graph)?\ (?:by|credit|courtesy)\b | photo\s*: | image\s*(?:source|credit)?\s*: | picture\s*: | foto\s*: | crédito?\s*: | bild\s*: ) ..+ $",
        r"| (?: photo(?:graph)?(?:\ by|\s*:) | image(?:\ by|\s*:) | picture\s*: | foto\s*: | credit\s*: | source\s*: | ©\s? ) [^.!?]{2,} $",
    ))
    .expect("the expression is tested")
});

/// Fewer words name a source, but describe no picture.
const CAPTION_WORDS: usize = 5;

/// One of these is part of every credit; most lines hold none, and that is quickly seen.
static SIGNS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let signs =
        ["images", "photo", "shutterstock", "alamy", "unsplash", "pexels", "pixabay", "epa-efe", "reuters/"];
    let labels = ["image", "picture", "foto", "crédito", "credito", "credit", "bild", "source", "©"];
    let builder = AhoCorasick::builder().ascii_case_insensitive(true).build(signs.into_iter().chain(labels));
    builder.expect("the signs are few and short")
});

/// Bytes at the start and at the end of a line in which a sign has to stand.
const START: usize = 32;
/// See [`START`].
const END: usize = 128;

fn has_credit(line: &str) -> bool {
    let line = line.trim();
    let bytes = line.as_bytes();
    let bracket = || line.trim_end_matches('.').ends_with([')', ']', '）']);
    let ends = || SIGNS.is_match(&bytes[bytes.len().saturating_sub(END)..]);
    let starts = || bytes.len() > END && SIGNS.is_match(&bytes[..START]);
    line.len() <= 500
        && (bracket() || ends() || starts())
        && words_up_to(line, CAPTION_WORDS) == CAPTION_WORDS
        && CREDIT.is_match(line)
}

impl Transform for Settings {
    fn apply(&self, doc: &mut Editor<'_>) {
        let d = doc.doc();
        let prose = first_prose(d);
        let head = prose.min(HEAD_LINES);
        let closed = |role: Role| matches!(role, Role::Title | Role::FrontMatter);
        let open = |i: usize| d.lines()[i].is_kept() && !closed(d.lines()[i].role());
        let long_enough = |s: &str| s.chars().nth(self.min_length.saturating_sub(1)).is_some();
        let worded = |s: &str| s.chars().filter(|c| c.is_alphabetic()).nth(3).is_some();
        let candidate = |i: usize| open(i) && long_enough(d.line(i)) && worded(d.line(i));

        let (mut captions, mut copies) = (Vec::new(), Vec::<(usize, usize)>::new());
        for i in (0..head).filter(|&i| candidate(i)) {
            if copies.iter().any(|&(k, _)| k == i) {
                continue;
            }
            let again: Vec<usize> = (i + 1..head).filter(|&k| open(k) && d.line(k) == d.line(i)).collect();
            let printed_twice = again.first().is_some_and(|&k| block_between(d, i, k, head));
            let credited = || self.credits && titled_above(d, i) && has_credit(d.line(i));
            if printed_twice || credited() {
                captions.push(i);
                copies.extend(again.into_iter().map(|k| (k, i)));
            }
        }
        for i in (head..d.lines().len().saturating_sub(1)).filter(|&i| candidate(i)) {
            let below = open(i + 1) && !d.lines()[i + 1].breaks() && d.line(i + 1) == d.line(i);
            // A copy stands right below its caption: if line `i` is one, it was the last that was found.
            let is_copy = || copies.last().is_some_and(|&(k, _)| k == i);
            if below && has_credit(d.line(i)) && !is_copy() {
                captions.push(i);
                copies.push((i + 1, i));
            }
        }
        for i in captions {
            doc.set_caption(i, CAPTION);
        }
        for (k, i) in copies {
            doc.remove(k, COPY, Evidence::EqualsLine(i as u32));
        }
    }
}

/// Whether a title stands above line `i`.
fn titled_above(d: &Document, i: usize) -> bool {
    !d.stated_title.is_empty() || d.lines()[..i].iter().any(|l| l.role() == Role::Title)
}

/// Whether nothing stands between copies `i` and `k` but titles, labels and other repeats.
fn block_between(d: &Document, i: usize, k: usize, head: usize) -> bool {
    (i + 1..k).all(|b| {
        let line = d.line(b);
        let removed_or_title = !d.lines()[b].is_kept() || d.lines()[b].role() == Role::Title;
        let repeated = (0..head).any(|o| o != b && d.line(o) == line);
        removed_or_title
            || repeated
            || words_up_to(line, LABEL_WORDS + 1) <= LABEL_WORDS
            || same_title(line, d.title())
    })
}

#[cfg(test)]
mod tests {
    use super::has_credit;

    #[test]
    fn credits() {
        for yes in [
            "LNA commander Khalifa Haftar. (AFP)",
            "A man in front of a poster, who was shot dead in July 2020 (AP)",
            "Office buildings. Tara Atkinson/Getty Images",
            "File photo shows a ship.",
            "Catalina Island, CA | © 2017 Jon Norris",
            "Ministers meet in the palace. (Reuters)",
            "Ministers meet (Photo by Jane Roe / AFP)",
            "قوارب صيد صغيرة راسية في ميناء القرية. (رويترز)",
            "סירות דיג קטנות עוגנות בנמל הכפר (ארכיון)",
            "周日上午，工人在清洗老桥的栏杆。（新华社记者 沈河 摄）",
            "日曜の朝、古い橋の欄干を洗う作業員たち（写真：ロイター）",
            "일요일 아침 옛 다리의 난간을 닦는 일꾼들 (사진=연합뉴스)",
            "เรือประมงลำเล็กจอดอยู่ที่ท่าของหมู่บ้านทราย (แฟ้มภาพ)",
            "रविवार की सुबह पुल की रेलिंग साफ़ करते मज़दूर (फ़ाइल फोटो)",
        ] {
            assert!(has_credit(yes), "{yes}");
        }
        for no in [
            "The Libyan National Army (LNA) rejected a proposal.",
            "He works for AFP",
            "Reuters reported on Monday that the talks had failed.",
            "How to photograph a ship",
            "Photo via Pexels",
            "両国は共同で調べることにした（共同研究の一部として）",
            "他说这座桥属于港城（新华社区的一部分）",
        ] {
            assert!(!has_credit(no), "{no}");
        }
    }
}
