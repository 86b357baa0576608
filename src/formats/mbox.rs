//! Mail and news: mailboxes (mbox), single messages (`.eml`) and articles of newsgroups.
//!
//! Sources: RFC 4155 and the description of mboxo and mboxrd in `mbox(5)`; RFC 5322 (messages),
//! RFC 5536 (news), RFC 2045 to 2047 and 2231 (MIME), RFC 3676 (`format=flowed`). The parser is our
//! own: the text of a part has to go through the same reading of character sets, with the same
//! counts, as everything else, and depth and work have to be bounded.

use std::sync::Arc;

use serde_json::Value;

use super::bad::{Bad, BadKind};
use super::{
    FormatSpec, InputOptions, Opener, Raw, after_bom, bom_len, check_lines, check_nul, html, object, plain,
    read_text,
};
use crate::document::{Document, Origin, Role};
use crate::reason::DocId;
use crate::text::head;

mod body;
mod coding;
mod header;
mod segment;

use body::{Body, Leaf};
use header::Fields;

/// The format's description.
pub static SPEC: FormatSpec = FormatSpec {
    name: "mbox",
    summary: "mail and news: mailboxes (mbox), single messages (.eml), articles of newsgroups",
    endings: &["mbox", "mbx", "eml"],
    detected: "it begins with a `From ` line and a header, or with a header that has `From` and `Subject`, `Date`, `Message-ID` or `Newsgroups`",
    fields: &[
        ("title", "`Subject`"),
        ("text", "the parts that are plain text; where there is none, the main text of those that are HTML"),
        ("captions", "of HTML: as in the format `html`"),
        ("meta.from", "`From`"),
        ("meta.date", "`Date`, as written"),
        ("meta.message-id", "`Message-ID`"),
        ("meta.newsgroups", "`Newsgroups`"),
        ("meta.references", "`References`"),
        ("meta.in-reply-to", "`In-Reply-To`"),
        ("meta.attachments", "how many parts were left out, a number"),
    ],
    sniff: |content, whole| segment::begins(after_bom(content, whole)?, whole),
    segmenter: |options| Box::new(segment::Messages::new(options.max_document_bytes)),
    opener: |options| Arc::new(MessageOpener(options.clone())),
};

/// Fields of a header that go to `meta`.
const META: &[&str] = &["from", "date", "message-id", "newsgroups", "references", "in-reply-to"];

struct MessageOpener(InputOptions);

impl Opener for MessageOpener {
    fn open(&self, raw: Raw<'_>) -> Result<Document, Bad> {
        let id = plain::id(&raw);
        let bytes = &raw.bytes[bom_len(raw.bytes)..];
        let (boxed, message) = segment::without_from_line(bytes);
        let (header, content) = Fields::read(message);
        if header.is_empty() {
            return Err(BadKind::BadRecord.because("it does not begin with the header of a message"));
        }
        let content = if boxed { segment::unquoted(content) } else { content.into() };
        let body = Body::read(&header, &content);
        let mut doc = self.document(raw.origin, &body)?;
        doc.id = id;
        let title = header.text("subject").unwrap_or_default();
        if !title.is_empty() {
            doc.stated_title = title;
            // A heading in a page is part of the text: the message has its title from elsewhere.
            for line in 0..doc.lines().len() {
                if doc.lines()[line].role() == Role::Title {
                    doc.set_role(line, Role::Body);
                }
            }
        }
        let given =
            META.iter().filter_map(|name| Some(((*name).to_owned(), Value::from(header.text(name)?))));
        let mut meta: object::Members = given.collect();
        if body.attachments > 0 {
            meta.push(("attachments".to_owned(), Value::from(body.attachments)));
        }
        meta.extend(object::members(&doc.meta));
        doc.meta = object::text(&meta);
        if !doc.main_text_known {
            head::assign_roles(&mut doc, head::Trust::RepeatsOnly);
        }
        Ok(doc)
    }
}

impl MessageOpener {
    fn document(&self, origin: Origin, body: &Body<'_>) -> Result<Document, Bad> {
        if let [leaf] = &body.leaves[..]
            && leaf.is_html
        {
            return self.page(origin, leaf);
        }
        let (mut text, mut replaced, mut encoding) = (String::new(), 0, None);
        for leaf in &body.leaves {
            let page = if leaf.is_html { Some(self.page(origin.clone(), leaf)?) } else { None };
            let bytes = leaf.decoded();
            let read = read_text(&bytes, leaf.charset(&bytes), self.0.strict)?;
            check_nul(&read.text)?;
            replaced += read.replaced;
            encoding = encoding.or(read.foreign());
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(page.as_ref().map_or(&read.text, Document::text));
        }
        if text.trim().is_empty() {
            return Err(BadKind::NoText.because(match body.attachments {
                0 => "the message is empty".to_owned(),
                n => format!("the message has no text; {n} of its parts were left out"),
            }));
        }
        check_lines(text.as_bytes())?;
        let mut doc = Document::new(DocId(0), origin, text);
        (doc.replaced, doc.encoding) = (replaced, encoding);
        Ok(doc)
    }

    /// A part that is a page.
    fn page(&self, origin: Origin, leaf: &Leaf<'_>) -> Result<Document, Bad> {
        let bytes = leaf.decoded();
        let read = read_text(&bytes, leaf.charset(&bytes), self.0.strict)?;
        let mut doc = html::document(origin, &read.text, None, &self.0)?;
        (doc.replaced, doc.encoding) = (read.replaced, read.foreign());
        Ok(doc)
    }
}
