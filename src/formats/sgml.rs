//! News in SGML: `<DOC>` of TREC, AQUAINT, Gigaword and WikiExtractor, `<REUTERS>` of
//! Reuters-21578, many a file.
//!
//! Sources: the README of Reuters-21578; the DTDs of the TIPSTER and Gigaword collections.

use std::sync::Arc;

use super::bad::{Bad, BadKind};
use super::tagged::{Element, Grammar, Records};
use super::{
    FormatSpec, InputOptions, Opener, Raw, after_bom, check_lines, check_nul, html, object, plain, read_text,
};
use crate::document::Document;
use crate::text::head;

mod article;
mod entities;
mod markup;
mod wrapped;

/// The format's description.
pub static SPEC: FormatSpec = FormatSpec {
    name: "sgml",
    summary: "news in SGML: <DOC> (TREC, AQUAINT, Gigaword, WikiExtractor) and <REUTERS> (Reuters-21578)",
    endings: &["sgm", "sgml"],
    detected: "it begins with `<REUTERS`, or with `<DOC` that has an `id`, `DOCNO`, `DOCID`, `DOCHDR` or `HEADLINE`, after white space and declarations",
    fields: &[
        ("title", "`HEADLINE`, `TITLE`, `HEAD`, `HL` or `TI`, or the attribute `title`; the first of them"),
        ("text", "`TEXT`, `BODY` or `LP`, else what stands in the record itself; paragraphs unwrapped"),
        ("meta.dateline", "`DATELINE`"),
        ("meta.text-type", "the attribute `TYPE` of `TEXT`"),
        (
            "meta",
            "all other elements and the record's attributes, by their names in lower case; lists of `D` under the name of their list",
        ),
    ],
    sniff: |content, whole| markup::begins(after_bom(content, whole)?, whole),
    segmenter: |options| Box::new(Records::new(&GRAMMAR, options.max_document_bytes)),
    opener: |options| Arc::new(SgmlOpener(options.clone())),
};

static GRAMMAR: Grammar = Grammar {
    elements: &[Element { name: "doc", is_record: true }, Element { name: "reuters", is_record: true }],
    wanted: |_| true,
    address: |_| None,
};

struct SgmlOpener(InputOptions);

impl Opener for SgmlOpener {
    fn open(&self, raw: Raw<'_>) -> Result<Document, Bad> {
        let id = plain::id(&raw);
        let read = read_text(raw.bytes, None, self.0.strict)?;
        check_nul(&read.text)?;
        let mut article = article::read(&read.text);
        let mut doc = if let Some((url, page)) = article.page {
            html::document(raw.origin, page, url, &self.0)?
        } else {
            if article.text.trim().is_empty() {
                let what = format!("there is no text under the headline {:?}", article.title);
                return Err(BadKind::NoText.because(what));
            }
            check_lines(article.text.as_bytes())?;
            let mut doc = Document::new(id, raw.origin, article.text);
            doc.stated_title = article.title;
            doc
        };
        doc.id = id;
        article.fields.extend(object::members(&doc.meta));
        doc.meta = object::text(&article.fields);
        (doc.replaced, doc.encoding) = (read.replaced, read.foreign());
        if !doc.main_text_known {
            head::assign_roles(&mut doc, head::Trust::RepeatsOnly);
        }
        Ok(doc)
    }
}
