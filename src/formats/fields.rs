//! Records of named fields, whatever they were written as: one is the text, one may be the title, and
//! all others are metadata.

use super::bad::Bad;
use super::{InputOptions, Raw, TextType, check_lines, html, plain};
use crate::document::Document;
use crate::text::head;

/// The fields of a record.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    pub text: String,
    pub title: String,
    /// JSON text of an object.
    pub meta: String,
}

impl Fields {
    /// The document of the record `raw`, in which `replaced` sequences were replaced and which was
    /// read in another `encoding` than UTF-8, if in any.
    pub fn document(
        self,
        raw: Raw<'_>,
        (replaced, encoding): (u32, Option<&'static str>),
        options: &InputOptions,
    ) -> Result<Document, Bad> {
        check_lines(self.text.as_bytes())?;
        let id = plain::id(&raw);
        let mut doc = Document::new(id, raw.origin, self.text);
        doc.stated_title = self.title;
        doc.meta = self.meta;
        (doc.replaced, doc.encoding) = (replaced, encoding);
        if options.text_type == TextType::Html {
            return html::from_field(doc, options);
        }
        head::assign_roles(&mut doc, head::Trust::RepeatsOnly);
        Ok(doc)
    }
}
