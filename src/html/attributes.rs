//! The attributes that anything here goes by.

use std::ops::Range;

/// Name of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is called as its attribute is")]
pub enum Name {
    Alt,
    AriaHidden,
    Charset,
    Class,
    Content,
    Datetime,
    Hidden,
    Href,
    Id,
    Itemprop,
    Lang,
    Name,
    Property,
    Rel,
    Role,
    Style,
    Type,
}

impl Name {
    /// The attribute called `name`, in any case of letters, if it is one of them.
    pub fn of(name: &[u8]) -> Option<Self> {
        let mut lower = [0u8; 11];
        let lower = lower.get_mut(..name.len())?;
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"alt" => Self::Alt,
            b"aria-hidden" => Self::AriaHidden,
            b"charset" => Self::Charset,
            b"class" => Self::Class,
            b"content" => Self::Content,
            b"datetime" => Self::Datetime,
            b"hidden" => Self::Hidden,
            b"href" => Self::Href,
            b"id" => Self::Id,
            b"itemprop" => Self::Itemprop,
            b"lang" | b"xml:lang" => Self::Lang,
            b"name" => Self::Name,
            b"property" => Self::Property,
            b"rel" => Self::Rel,
            b"role" => Self::Role,
            b"style" => Self::Style,
            b"type" => Self::Type,
            _ => return None,
        })
    }
}

/// An attribute of an element.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Which one.
    pub name: Name,
    /// Where its value stands in the page.
    pub value: Range<u32>,
}

/// Attributes that are kept of one element; of several with one name the first counts.
pub const MAX_ATTRIBUTES: usize = 32;
