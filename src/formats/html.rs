//! HTML: one page a record; its main text, title and captions, and what it states about itself.

use std::sync::Arc;

use super::bad::{Bad, BadKind};
use super::{FormatSpec, InputOptions, Opener, Raw, check_lines, plain, read_text};
use crate::document::{Document, Origin, Role};
use crate::html::extract::{self, Extract, Part};
use crate::html::meta::Meta;
use crate::html::tree::MAX_NODES;
use crate::text::head;

mod declared;
mod pages;

/// The format's description.
pub static SPEC: FormatSpec = FormatSpec {
    name: "html",
    summary: "HTML: pages one after the other, or one a file; their main text is taken",
    endings: &["html", "htm", "xhtml"],
    detected: "it begins with `<!doctype html` or `<html`, after white space, comments and an XML declaration",
    fields: &[
        ("title", "the heading that is the title, else the title that the page states"),
        ("text", "the main text"),
        ("captions", "`figcaption`s in the main text; alternative texts of images with `alt-text`"),
        ("meta.url", "the address that the page states"),
        ("meta.date", "the date of publication, as written"),
        ("meta.author", "the authors, joined by `; `"),
        ("meta.lang", "the language, as written"),
        ("meta.site", "the name of the site"),
    ],
    sniff: declared::is_html,
    segmenter: |options| Box::new(pages::Pages::new(options.max_document_bytes)),
    opener: |options| Arc::new(HtmlOpener(options.clone())),
};

struct HtmlOpener(InputOptions);

impl Opener for HtmlOpener {
    fn open(&self, raw: Raw<'_>) -> Result<Document, Bad> {
        let declared = encoding(raw.bytes, None);
        let decoded = read_text(raw.bytes, declared.as_deref(), self.0.strict)?;
        let id = plain::id(&raw);
        let mut doc = document(raw.origin, &decoded.text, raw.url, &self.0)?;
        doc.id = id;
        (doc.replaced, doc.encoding) = (decoded.replaced, decoded.foreign());
        Ok(doc)
    }
}

/// The encoding to read a page in: as `stated` outside of it, or as it declares itself. Pages are converted to UTF-8
/// and go on declaring what they were written in, so one that is UTF-8 has none.
pub(super) fn encoding(page: &[u8], stated: Option<String>) -> Option<String> {
    let is_utf8 = !page.is_ascii() && simdutf8::basic::from_utf8(page).is_ok();
    if is_utf8 { None } else { stated.or_else(|| declared::encoding(page)) }
}

/// The document that a page holds. `url` is its address, if the container knows it better than
/// the page. Its identity is that of the range of `origin` and, on standard input, of `html`.
///
/// # Errors
/// A page of too many elements, or a text of too many lines.
pub fn document(
    origin: Origin,
    html: &str,
    url: Option<&str>,
    options: &InputOptions,
) -> Result<Document, Bad> {
    let id = plain::id(&Raw { origin: origin.clone(), bytes: html.as_bytes(), url });
    let mut extract = read(html, options)?;
    if let Some(url) = url {
        extract.meta.url = url.to_owned();
    }
    let meta = std::mem::take(&mut extract.meta);
    let mut doc = Document::new(id, origin, std::mem::take(&mut extract.text));
    doc.stated_title = stated_title(&meta);
    doc.meta = meta_json("{}", &meta);
    Ok(finish(doc, &extract))
}

/// The same where the page is a field of a record: what the record says comes first.
pub(super) fn from_field(doc: Document, options: &InputOptions) -> Result<Document, Bad> {
    let mut extract = read(doc.text(), options)?;
    let meta = std::mem::take(&mut extract.meta);
    let mut made = Document::new(doc.id, doc.origin, std::mem::take(&mut extract.text));
    made.stated_title = if doc.stated_title.is_empty() { stated_title(&meta) } else { doc.stated_title };
    made.meta = meta_json(&doc.meta, &meta);
    (made.replaced, made.encoding) = (doc.replaced, doc.encoding);
    Ok(finish(made, &extract))
}

fn read(html: &str, options: &InputOptions) -> Result<Extract, Bad> {
    let extract = extract::extract(html, options.alt_text).map_err(|_| {
        BadKind::TooLarge.because(format!("a page of more than {MAX_NODES} elements and runs of text"))
    })?;
    check_lines(extract.text.as_bytes())?;
    Ok(extract)
}

/// Gives the lines their roles.
fn finish(mut doc: Document, extract: &Extract) -> Document {
    doc.main_text_known = true;
    let mut line = 0;
    for (at, part) in &extract.parts {
        while line < doc.lines().len() && doc.lines()[line].span().start < *at {
            line += 1;
        }
        let role = match part {
            Part::Title => Role::Title,
            Part::Caption => Role::Caption,
        };
        if line < doc.lines().len() {
            doc.set_role(line, role);
        }
    }
    // A title is stated or none is known: only bylines and datelines are looked for.
    if !doc.title().is_empty() {
        head::assign_roles(&mut doc, head::Trust::RepeatsOnly);
    }
    doc
}

/// The title that a page states, without the site's name behind it.
fn stated_title(meta: &Meta) -> String {
    let title = meta.title.as_str();
    let cut = title.strip_suffix(meta.site.as_str()).filter(|_| !meta.site.is_empty());
    let cut = cut.map(|t| t.trim_end().trim_end_matches(['|', '-', '–', '—', '·', '•', ':', '»']).trim_end());
    cut.filter(|t| !t.is_empty()).unwrap_or(title).to_owned()
}

/// Adds to the members of the JSON object `given` those that it has not, from the page.
fn meta_json(given: &str, meta: &Meta) -> String {
    let known: serde_json::Map<String, serde_json::Value> = serde_json::from_str(given).unwrap_or_default();
    let mut out = given.trim_end().strip_suffix('}').unwrap_or("{").to_owned();
    let fields = [
        ("url", &meta.url),
        ("date", &meta.date),
        ("author", &meta.author),
        ("lang", &meta.lang),
        ("site", &meta.site),
    ];
    for (key, value) in fields {
        if value.is_empty() || known.contains_key(key) {
            continue;
        }
        if out.trim_end() != "{" {
            out.push(',');
        }
        out.push_str(&format!("\"{key}\":{}", serde_json::Value::from(value.as_str())));
    }
    out.push('}');
    out
}
