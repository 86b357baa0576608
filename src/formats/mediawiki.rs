//! Dumps of MediaWiki (`pages-articles.xml`): the articles, as plain text.
//!
//! Documents are the pages of namespace 0 whose content is wikitext. Redirects and all other pages
//! lie between documents, as what is not read of a web archive does.
//!
//! Sources: the XML schema of the export format, versions 0.3 to 0.11; MediaWiki's help on
//! formatting, links, images and tables, and what its parser makes of mistakes in them.

use std::sync::Arc;

use super::bad::{Bad, BadKind};
use super::tagged::{Element, Grammar, Records};
use super::{FormatSpec, InputOptions, Opener, Raw, check_lines, check_nul, object, plain, read_text};
use crate::document::{Document, Role};

mod inline;
mod lines;
mod links;
mod names;
mod page;
mod quotes;
mod skipped;
mod tidy;

/// The format's description.
pub static SPEC: FormatSpec = FormatSpec {
    name: "mediawiki",
    summary: "dumps of MediaWiki (pages-articles.xml): articles of namespace 0 as plain text",
    endings: &["xml"],
    detected: "it begins with `<mediawiki`, or with `<page>` and `<title>`, after white space, comments and an XML declaration",
    fields: &[
        ("title", "`title` of the page"),
        ("text", "the wikitext of the last revision, without templates, tables, references and markup"),
        ("captions", "captions of files and galleries"),
        ("meta.url", "the address, by `base` of the dump and the title"),
        ("meta.id", "`id` of the page, a number"),
        ("meta.ns", "`ns` of the page, a number"),
        ("meta.revision", "`id` of the revision, a number"),
        ("meta.timestamp", "`timestamp` of the revision"),
        ("meta.categories", "categories that the page names itself, a list"),
    ],
    sniff: page::begins,
    segmenter: |options| Box::new(Records::new(&GRAMMAR, options.max_document_bytes)),
    opener: |options| Arc::new(PageOpener(options.clone())),
};

static GRAMMAR: Grammar = Grammar {
    elements: &[
        Element { name: "page", is_record: true },
        Element { name: "siteinfo", is_record: false },
        Element { name: "logitem", is_record: false },
    ],
    wanted: page::is_article,
    address: page::base,
};

struct PageOpener(InputOptions);

impl Opener for PageOpener {
    fn open(&self, raw: Raw<'_>) -> Result<Document, Bad> {
        let id = plain::id(&raw);
        let read = read_text(raw.bytes, Some("utf-8"), self.0.strict)?;
        check_nul(&read.text)?;
        let page = page::Page::read(&read.text);
        let source = page.source().ok_or_else(|| BadKind::NoText.because("the page has no text"))?;
        let made = inline::read(&source);
        if made.text.is_empty() {
            let what = format!("nothing but templates, tables and the like in {:?}", page.title());
            return Err(BadKind::NoText.because(what));
        }
        check_lines(made.text.as_bytes())?;
        let meta = page.meta(raw.url, made.categories);
        let mut doc = Document::new(id, raw.origin, made.text);
        doc.stated_title = page.title();
        doc.meta = object::text(&meta);
        (doc.replaced, doc.encoding) = (read.replaced, read.foreign());
        let mut line = 0;
        for at in made.captions {
            while line < doc.lines().len() && doc.lines()[line].span().start < at {
                line += 1;
            }
            if line < doc.lines().len() {
                doc.set_role(line, Role::Caption);
            }
        }
        Ok(doc)
    }
}
