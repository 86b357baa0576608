//! A document: immutable text cut into lines, and what is known about it.

use std::ops::Range;
use std::sync::Arc;

use crate::reason::{DocId, Evidence, Reason};
use crate::text::lines::{self, is_blank};

/// Where a document came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// The source's name as given, or `-` for standard input.
    pub source: Arc<str>,
    /// 0-based number of the record within its source, quarantined records included.
    pub record: u64,
    /// Byte range in the decompressed source.
    pub range: Range<u64>,
    /// How the start of the document was found.
    pub border: Border,
    /// How that was decided, if something had to be found out.
    pub verdict: Option<Arc<Verdict>>,
}

/// How the border in front of a document was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Border {
    /// The sign that was seen.
    pub kind: BorderKind,
    /// Certainty in percent.
    pub confidence: u8,
}

/// The signs a segmenter goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BorderKind {
    /// The source begins here.
    SourceStart,
    /// The format itself delimits records.
    Record,
    /// The user's own separator matched.
    Separator,
    /// A form feed.
    FormFeed,
    /// A line that announces the next article, such as `=== URL`.
    Banner,
    /// A rule line such as `-----`.
    Rule,
    /// A run of blank lines at least this long.
    BlankRun(u32),
    /// A title that is printed twice at the head of its article.
    RepeatedTitle,
    /// Text that delimits documents wherever it stands, such as `<|endoftext|>`.
    Delimiter,
    /// Each line is a document, as the user said.
    Line,
}

impl BorderKind {
    /// Kebab-case name used in the ledger.
    pub fn code(self) -> &'static str {
        match self {
            Self::SourceStart => "source-start",
            Self::Record => "record",
            Self::Separator => "separator",
            Self::FormFeed => "form-feed",
            Self::Banner => "banner",
            Self::Rule => "rule",
            Self::BlankRun(_) => "blank-run",
            Self::RepeatedTitle => "repeated-title",
            Self::Delimiter => "delimiter",
            Self::Line => "line",
        }
    }
}

impl std::fmt::Display for Border {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind {
            BorderKind::BlankRun(n) => write!(f, "blank-run of {n}+")?,
            kind => f.write_str(kind.code())?,
        }
        write!(f, ", confidence {}%", self.confidence)
    }
}

/// How it was decided where the documents of a source, or of a part of it, begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The separator that won; `None` if nothing separates, and all of it is one document.
    pub separator: Option<String>,
    /// Certainty in percent.
    pub confidence: u8,
    /// Borders that were seen in what was looked at.
    pub borders: usize,
    /// The separator that came next, and its certainty.
    pub runner_up: Option<(String, u8)>,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.separator {
            Some(separator) => {
                write!(
                    f,
                    "borders by \"{separator}\", {} seen, confidence {}%",
                    self.borders, self.confidence
                )?;
            }
            None => write!(f, "one document, confidence {}%", self.confidence)?,
        }
        match &self.runner_up {
            Some((separator, confidence)) => write!(f, "; runner-up: \"{separator}\", {confidence}%"),
            None => Ok(()),
        }
    }
}

/// What a line is in its article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Part of the text.
    Body,
    /// The title; goes to the row's `title`.
    Title,
    /// A caption; goes to the row's `captions`.
    Caption,
    /// Names the author; stays in the text.
    Byline,
    /// Names place or time of writing; stays in the text.
    Dateline,
    /// Front matter of a Markdown file; goes to the row's `title` and `meta`.
    FrontMatter,
}

impl Role {
    /// Whether lines in this role make up the row's text.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Body | Self::Byline | Self::Dateline)
    }
}

/// One non-blank line of a document, or several that were joined.
#[derive(Debug, Clone)]
pub struct Line {
    /// Byte range in [`Document::text`], without the line ending.
    span: Range<u32>,
    /// At least one blank line stands between this line and the one before.
    pub(crate) breaks: bool,
    pub(crate) role: Role,
    /// 1 + index into `rewrites`, or 0.
    rewrite: u32,
    /// 1 + index into `removals`, or 0.
    removal: u32,
}

impl Line {
    /// Byte range in [`Document::text`].
    pub fn span(&self) -> Range<usize> {
        self.span.start as usize..self.span.end as usize
    }

    /// Whether a blank line stands between this line and the one before it.
    pub fn breaks(&self) -> bool {
        self.breaks
    }

    /// What the line is.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether no stage has removed it.
    pub fn is_kept(&self) -> bool {
        self.removal == 0
    }
}

/// A removal, of a line or of the whole document.
#[derive(Debug, Clone, PartialEq)]
pub struct Removal {
    /// Position in the pipeline of the stage that acted.
    pub step: u16,
    /// Why.
    pub reason: Reason,
    /// What it saw.
    pub evidence: Evidence,
}

/// A repair that the ledger tells of.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// Index of the line; `None` for the title that the input states.
    pub line: Option<usize>,
    /// Why.
    pub reason: Reason,
    /// What the stage saw.
    pub evidence: Evidence,
}

/// A comparison with an earlier document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// The earlier one.
    pub with: DocId,
    /// Measured similarity, 0 to 1.
    pub similarity: f64,
    /// How the two relate, in the words of the stage; empty if they do not.
    pub relation: &'static str,
}

/// An article: its original text, never changed, and what stages decided about it.
#[derive(Debug, Clone)]
pub struct Document {
    /// Unique and stable across runs.
    pub id: DocId,
    /// Where it came from.
    pub origin: Origin,
    text: String,
    lines: Vec<Line>,
    rewrites: Vec<String>,
    removals: Vec<Removal>,
    /// Title that the input states outside the text.
    pub(crate) stated_title: String,
    /// JSON text of an object with everything else the input said.
    pub(crate) meta: String,
    /// The format knows the main text by the structure of its input, and has left out the rest.
    pub(crate) main_text_known: bool,
    /// Fingerprint of the normalised text, once the stage has run.
    pub(crate) fingerprint: Option<u128>,
    pub(crate) dropped: Option<Removal>,
    /// Rewritten lines, titles and captions by reason, for the report.
    pub(crate) changes: Vec<(u16, Reason)>,
    /// Those of them that the ledger tells of.
    pub(crate) edits: Vec<Edit>,
    /// What is worth counting beside that, for the report.
    pub(crate) notes: Vec<Reason>,
    /// Earlier documents that this one was compared with, in order.
    pub(crate) compared: Vec<Compared>,
    /// Invalid UTF-8 sequences that were replaced.
    pub(crate) replaced: u32,
    /// Where in `text` each replacement stands, and where in the record what it stands for ends, if
    /// the text is a plain copy of the source.
    patches: Vec<(u32, u32)>,
    /// The encoding that the text was read in, if it was not UTF-8.
    pub(crate) encoding: Option<&'static str>,
}

impl Document {
    /// A document over `text`, with its lines cut and no title.
    ///
    /// # Panics
    /// If `text` is 4 GiB or longer; readers cap documents far below.
    pub fn new(id: DocId, origin: Origin, text: String) -> Self {
        assert!(u32::try_from(text.len()).is_ok(), "document over 4 GiB");
        let lines = cut(&text);
        Self {
            id,
            origin,
            text,
            lines,
            rewrites: Vec::new(),
            removals: Vec::new(),
            stated_title: String::new(),
            meta: "{}".to_owned(),
            main_text_known: false,
            fingerprint: None,
            dropped: None,
            changes: Vec::new(),
            edits: Vec::new(),
            notes: Vec::new(),
            compared: Vec::new(),
            replaced: 0,
            patches: Vec::new(),
            encoding: None,
        }
    }

    /// The same, from bytes that may not be UTF-8: each bad sequence becomes U+FFFD.
    pub fn from_bytes(id: DocId, origin: Origin, bytes: &[u8]) -> Self {
        if let Ok(s) = simdutf8::basic::from_utf8(bytes) {
            return Self::new(id, origin, s.to_owned());
        }
        let (mut text, mut patches) = (String::with_capacity(bytes.len() + 64), Vec::new());
        let mut raw = 0;
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            raw += (chunk.valid().len() + chunk.invalid().len()) as u32;
            if !chunk.invalid().is_empty() {
                patches.push((text.len() as u32, raw));
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        let mut doc = Self::new(id, origin, text);
        doc.replaced = patches.len() as u32;
        doc.patches = patches;
        doc
    }

    /// The whole original text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All non-blank lines, removed ones included.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The present content of line `i`: rewritten if a stage rewrote it.
    pub fn line(&self, i: usize) -> &str {
        let line = &self.lines[i];
        match line.rewrite {
            0 => &self.text[line.span()],
            n => &self.rewrites[n as usize - 1],
        }
    }

    /// The content of line `i` as it was scraped.
    pub fn original(&self, i: usize) -> &str {
        &self.text[self.lines[i].span()]
    }

    /// Why line `i` was removed, if it was.
    pub fn removal(&self, i: usize) -> Option<&Removal> {
        match self.lines[i].removal {
            0 => None,
            n => Some(&self.removals[n as usize - 1]),
        }
    }

    /// Whether any line was removed.
    pub fn is_touched(&self) -> bool {
        !self.removals.is_empty()
    }

    /// Why the whole document was dropped, if it was.
    pub fn dropped(&self) -> Option<&Removal> {
        self.dropped.as_ref()
    }

    /// Fingerprint of the normalised text, if the pipeline made one.
    pub fn fingerprint(&self) -> Option<u128> {
        self.fingerprint
    }

    /// Whether the format knows the main text by the structure of its input: the look of the
    /// lines then tells nothing more.
    pub fn main_text_known(&self) -> bool {
        self.main_text_known
    }

    /// Repairs that the ledger tells of: of the stated title, and of lines.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// Earlier documents that this one was compared with, in order.
    pub fn compared(&self) -> &[Compared] {
        &self.compared
    }

    /// Reasons for which a line was rewritten or given a role, and those that stages noted.
    pub fn reasons(&self) -> impl Iterator<Item = Reason> {
        self.changes.iter().map(|(_, reason)| *reason).chain(self.notes.iter().copied())
    }

    /// Invalid UTF-8 sequences that were replaced.
    pub fn replaced(&self) -> u32 {
        self.replaced
    }

    /// The encoding that the text was read in, if it was not UTF-8.
    pub fn encoding(&self) -> Option<&'static str> {
        self.encoding
    }

    /// Indices and contents of the kept lines, roles of every kind.
    pub fn kept(&self) -> impl DoubleEndedIterator<Item = (usize, &str)> + Clone {
        (0..self.lines.len()).filter(|&i| self.lines[i].is_kept()).map(|i| (i, self.line(i)))
    }

    /// Indices and contents of the kept lines that make up the text.
    pub fn body(&self) -> impl DoubleEndedIterator<Item = (usize, &str)> + Clone {
        self.kept().filter(|&(i, _)| self.is_body(i))
    }

    /// Whether line `i` is kept and makes up the text.
    pub fn is_body(&self, i: usize) -> bool {
        self.lines[i].is_kept() && self.lines[i].role.is_text()
    }

    /// JSON text of an object with what the input says of the document beside its text.
    pub fn meta(&self) -> &str {
        &self.meta
    }

    /// The title: the line in that role, or what the input stated; empty if neither.
    pub fn title(&self) -> &str {
        (0..self.lines.len())
            .find(|&i| self.lines[i].role == Role::Title && self.lines[i].is_kept())
            .map_or(&self.stated_title, |i| self.line(i))
    }

    /// The title that the input states outside the text; empty if it states none.
    pub fn stated_title(&self) -> &str {
        &self.stated_title
    }

    /// Captions in order.
    pub fn captions(&self) -> impl Iterator<Item = &str> {
        self.kept().filter(|&(i, _)| self.lines[i].role == Role::Caption).map(|(_, s)| s)
    }

    /// The text as written to the row: paragraphs joined by a blank line, lines of one
    /// paragraph by a line ending. Appends to `out`.
    pub fn write_text(&self, out: &mut String) {
        for (endings, line) in self.joined() {
            out.extend(std::iter::repeat_n('\n', endings));
            out.push_str(line);
        }
    }

    /// The lines of the text, each with how many line endings stand in front of it.
    pub fn joined(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut last = None;
        self.body().map(move |(i, line)| {
            let new_paragraph = |last: usize| self.lines[last + 1..=i].iter().any(|l| l.breaks);
            let endings = last.replace(i).map_or(0, |last| 1 + usize::from(new_paragraph(last)));
            (endings, line)
        })
    }

    /// Byte range of `span` in the source. For formats whose text is not a plain copy of
    /// the source (a JSON string, say), the range of the whole record.
    pub fn source_range(&self, span: Range<usize>) -> Range<u64> {
        let whole = self.origin.range.clone();
        let raw_len = |upto: usize| {
            let before = self.patches.partition_point(|(at, _)| (*at as usize) < upto);
            let Some((at, raw)) = before.checked_sub(1).map(|last| self.patches[last]) else {
                return upto as u64;
            };
            u64::from(raw) + (upto - at as usize - '\u{FFFD}'.len_utf8()) as u64
        };
        if self.encoding.is_some() || raw_len(self.text.len()) != whole.end - whole.start {
            return whole;
        }
        whole.start + raw_len(span.start)..whole.start + raw_len(span.end)
    }

    pub(crate) fn remove(&mut self, i: usize, removal: Removal) {
        self.removals.push(removal);
        self.lines[i].removal = self.removals.len() as u32;
    }

    /// Takes back what stages behind `step`, which has dropped the document, have removed from it.
    pub(crate) fn restore_behind(&mut self, step: u16) {
        let Self { lines, removals, .. } = self;
        if removals.iter().any(|removal| removal.step > step) {
            let behind =
                |line: &&mut Line| line.removal > 0 && removals[line.removal as usize - 1].step > step;
            lines.iter_mut().filter(behind).for_each(|line| line.removal = 0);
        }
    }

    pub(crate) fn rewrite(&mut self, i: usize, text: String) {
        match self.lines[i].rewrite {
            0 => {
                self.rewrites.push(text);
                self.lines[i].rewrite = self.rewrites.len() as u32;
            }
            n => self.rewrites[n as usize - 1] = text,
        }
    }

    /// Makes one line of each range of lines, which are in order, with a new content. The original of such a line
    /// is that of all, and what stands between them.
    pub(crate) fn join(&mut self, groups: Vec<(Range<usize>, String)>) {
        let mut groups = groups.into_iter().peekable();
        let mut joined: Vec<Line> = Vec::with_capacity(self.lines.len());
        let mut place = Vec::with_capacity(self.lines.len());
        for (i, line) in std::mem::take(&mut self.lines).into_iter().enumerate() {
            match joined.last_mut() {
                Some(first) if groups.peek().is_some_and(|g| g.0.start < i && i < g.0.end) => {
                    first.span.end = line.span.end;
                }
                _ => joined.push(line),
            }
            place.push(joined.len() - 1);
            if let Some((_, text)) = groups.next_if(|g| i + 1 == g.0.end) {
                self.rewrites.push(text);
                joined[place[i]].rewrite = self.rewrites.len() as u32;
            }
        }
        self.lines = joined;
        self.edits.iter_mut().for_each(|edit| edit.line = edit.line.map(|i| place[i]));
        for removal in self.removals.iter_mut().chain(&mut self.dropped) {
            if let Evidence::EqualsLine(i) = &mut removal.evidence {
                *i = place[*i as usize] as u32;
            }
        }
    }

    pub(crate) fn set_role(&mut self, i: usize, role: Role) {
        self.lines[i].role = role;
    }
}

fn cut(text: &str) -> Vec<Line> {
    let mut out = Vec::with_capacity(text.len() / 120 + 4);
    let mut breaks = false;
    for span in lines::Lines::new(text.as_bytes()) {
        if is_blank(&text.as_bytes()[span.clone()]) {
            breaks = true;
            continue;
        }
        out.push(Line {
            span: span.start as u32..span.end as u32,
            breaks: std::mem::take(&mut breaks),
            role: Role::Body,
            rewrite: 0,
            removal: 0,
        });
    }
    out
}
