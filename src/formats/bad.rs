//! The closed list of reasons for which bytes end up in quarantine.

use std::fmt;

/// Bytes of a bad record that are kept in its quarantine row.
pub const KEPT_BYTES: usize = 64 << 10;

/// Why bytes cannot become a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// The class of the damage.
    pub kind: BadKind,
    /// What exactly, for people.
    pub detail: String,
}

/// Classes of damage; the names are part of the output contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BadKind {
    /// Invalid UTF-8, in strict mode.
    InvalidUtf8,
    /// NUL bytes: binary data, or text in a wider encoding.
    NulBytes,
    /// Larger than `max-document-bytes`.
    TooLarge,
    /// More lines than [`MAX_LINES`](super::MAX_LINES).
    TooManyLines,
    /// Not valid JSON, or not an object.
    BadJson,
    /// JSON that nests too deep.
    JsonDepth,
    /// The text field is missing or is not a string.
    NoText,
    /// The compressed stream ends too early.
    TruncatedStream,
    /// A checksum does not match.
    BadCrc,
    /// A damaged part of a compressed stream.
    BadMember,
    /// A compressed stream that is larger than a limit allows.
    DecodedLimit,
    /// A record of an archive that cannot be read: its header, its place or its body is broken. A row of a
    /// table with more or fewer cells than its header, or a quotation mark in the wrong place.
    BadRecord,
    /// A table, or an entry of an archive, that cannot be read, or not to its end.
    BadFile,
}

impl BadKind {
    /// Version of the list; it goes up whenever a class is added or changes its meaning.
    pub const VERSION: u32 = 4;

    /// Every class.
    pub const ALL: &'static [Self] = &[
        Self::InvalidUtf8,
        Self::NulBytes,
        Self::TooLarge,
        Self::TooManyLines,
        Self::BadJson,
        Self::JsonDepth,
        Self::NoText,
        Self::TruncatedStream,
        Self::BadCrc,
        Self::BadMember,
        Self::DecodedLimit,
        Self::BadRecord,
        Self::BadFile,
    ];

    /// The name in quarantine rows and reports.
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidUtf8 => "invalid_utf8",
            Self::NulBytes => "nul_bytes",
            Self::TooLarge => "too_large",
            Self::TooManyLines => "too_many_lines",
            Self::BadJson => "bad_json",
            Self::JsonDepth => "json_depth",
            Self::NoText => "no_text",
            Self::TruncatedStream => "truncated_stream",
            Self::BadCrc => "bad_crc",
            Self::BadMember => "bad_member",
            Self::DecodedLimit => "decoded_limit",
            Self::BadRecord => "bad_record",
            Self::BadFile => "bad_file",
        }
    }

    /// Whether the source itself is damaged, rather than one record of it.
    pub fn is_damage(self) -> bool {
        matches!(
            self,
            Self::TruncatedStream | Self::BadCrc | Self::BadMember | Self::DecodedLimit | Self::BadFile
        )
    }

    /// This class, with the particulars.
    pub fn because(self, detail: impl Into<String>) -> Bad {
        Bad { kind: self, detail: detail.into() }
    }
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.code(), self.detail)
    }
}
