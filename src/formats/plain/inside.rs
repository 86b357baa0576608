//! Looking for another dump inside of what seems to be one article.

/// When a document is looked at, and how often.
#[derive(Debug)]
pub struct Inside {
    /// Bytes of an ordinary article: a median that is moved a step up or down by each (Frugal streaming,
    /// Ma, Muthukrishnan and Sandler 2013).
    typical: u64,
    /// Length at which the document under way is looked at.
    pub suspect: u64,
    /// Bytes that were learned from so far.
    looked: u64,
    /// How many documents around this one were opened up.
    pub depth: u8,
}

/// Few articles are so many times as long as an ordinary one: one that is may hold another dump.
const SUSPECT: u64 = 4;

/// No document of fewer bytes is looked at while it grows, nor at its end.
const SUSPECT_BYTES: (u64, u64) = (16 << 10, 1 << 10);

/// So many times the bytes of a source may be learned from, and so many bytes beyond that: what looks like
/// another dump again and again costs no more.
const LOOKS: (u64, u64) = (6, 4 << 20);

/// Dumps in dumps that are opened up.
pub const DEPTH: u8 = 3;

impl Inside {
    /// For a source whose ordinary article has so many bytes, itself inside of so many documents.
    pub fn new(typical: u64, depth: u8) -> Self {
        let mut inside = Self { typical, suspect: 0, looked: 0, depth };
        inside.begin();
        inside
    }

    /// A new document begins.
    fn begin(&mut self) {
        self.suspect = self.typical.saturating_mul(SUSPECT).max(SUSPECT_BYTES.0);
    }

    /// A document of `len` bytes has ended.
    pub fn end(&mut self, len: u64) {
        let step = (self.typical / 16).max(16);
        self.typical =
            if len > self.typical { self.typical + step } else { self.typical.saturating_sub(step) };
        self.begin();
    }

    /// Whether a document of `len` bytes is so long that it is looked at when it has ended.
    pub fn suspects(&self, len: u64) -> bool {
        len >= SUSPECT_BYTES.1.max(self.typical.saturating_mul(SUSPECT))
    }

    /// Another dump has begun, with ordinary articles of so many bytes.
    pub fn enter(&mut self, typical: u64) {
        self.typical = typical;
        self.begin();
    }

    /// Whether `len` bytes may be learned from, `at` in the source.
    pub fn affords(&mut self, len: u64, at: u64) -> bool {
        let affordable = self.looked + len <= at.saturating_mul(LOOKS.0) + LOOKS.1;
        self.looked += if affordable { len } else { 0 };
        affordable
    }
}
