//! Documents by length, language and source.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use memchr::memmem::Finder;

use super::heavy::Heavy;
use crate::document::Document;
use crate::text::script::{SCRIPTS, Script, script};

/// Bars of the histogram of lengths.
pub const LENGTHS: usize = 25;
/// Sources that are named.
const SOURCES: usize = 50;
/// Languages that are counted at a time.
const LANGUAGES: usize = 256;

/// What became of documents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fates {
    /// Kept.
    pub kept: u64,
    /// Dropped.
    pub dropped: u64,
}

impl Fates {
    /// All of them.
    pub fn all(self) -> u64 {
        self.kept + self.dropped
    }

    fn count(&mut self, kept: bool) {
        *(if kept { &mut self.kept } else { &mut self.dropped }) += 1;
    }

    fn add(&mut self, other: Self) {
        self.kept += other.kept;
        self.dropped += other.dropped;
    }
}

/// Documents of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceCount {
    /// Its name.
    pub name: String,
    /// Documents.
    pub documents: Fates,
    /// Records that are no documents.
    pub quarantined: u64,
    /// Bytes of the documents' text.
    pub bytes: u64,
}

/// Documents by length, language, script and source.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shape {
    /// By length of the scraped text in bytes: bar *n* has those of 2^(*n* - 1) to 2^*n* - 1 bytes, the last one
    /// all that are longer.
    pub lengths: [Fates; LENGTHS],
    /// By the language that the input states, in lower case and without its region; the most frequent.
    pub languages: Vec<(String, u64)>,
    /// By the [`Script`] of some letters.
    pub scripts: [Fates; SCRIPTS],
    /// The sources with most documents.
    pub sources: Vec<SourceCount>,
    /// All other sources in one, named by how many they are.
    pub others: SourceCount,
    /// How many those are.
    pub other_sources: u64,
}

/// What a batch adds, or what there is so far.
#[derive(Debug, Default)]
pub(super) struct Part {
    shape: Shape,
    languages: BTreeMap<String, u64>,
    /// In order; the last may go on in the next batch.
    sources: Vec<(Arc<str>, SourceCount)>,
}

impl Part {
    fn source(&mut self, name: &Arc<str>) -> &mut SourceCount {
        if self.sources.last().is_none_or(|(last, _)| !Arc::ptr_eq(last, name) && last != name) {
            self.sources.push((name.clone(), SourceCount::default()));
        }
        &mut self.sources.last_mut().expect("just pushed").1
    }

    pub fn document(&mut self, doc: &Document) {
        let (bytes, kept) = (doc.text().len() as u64, doc.dropped().is_none());
        let source = self.source(&doc.origin.source);
        source.documents.count(kept);
        source.bytes += bytes;
        let bar = (u64::BITS - bytes.leading_zeros()) as usize;
        self.shape.lengths[bar.min(LENGTHS - 1)].count(kept);
        // Not the head, which may be in a language of its own.
        let lines = doc.lines().len() / 3..doc.lines().len();
        let Script(number) = script(lines.map(|i| doc.original(i)));
        self.shape.scripts[number].count(kept);
        if let Some(language) = language(doc.meta()) {
            match self.languages.get_mut(&language) {
                Some(n) => *n += 1,
                None => drop(self.languages.insert(language, 1)),
            }
        }
    }

    pub fn bad(&mut self, source: &Arc<str>) {
        self.source(source).quarantined += 1;
    }
}

/// The value of the field `lang` of an object in JSON, as far as it is a language: `en` of `en-GB`.
fn language(meta: &str) -> Option<String> {
    static KEY: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("\"lang\":"));
    let at = KEY.find(meta.as_bytes())?;
    let value = meta[at + KEY.needle().len()..].trim_start().strip_prefix('"')?;
    let code = &value[..value.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(value.len())];
    (2..=3).contains(&code.len()).then(|| code.to_ascii_lowercase())
}

/// Documents of a run.
#[derive(Debug)]
pub(super) struct Shapes {
    shape: Shape,
    languages: Heavy<String, ()>,
    /// The source under way.
    source: Option<(Arc<str>, SourceCount)>,
}

impl Default for Shapes {
    fn default() -> Self {
        Self { shape: Shape::default(), languages: Heavy::new(LANGUAGES), source: None }
    }
}

impl Shapes {
    pub fn merge(&mut self, part: Part) {
        for (to, from) in self.shape.lengths.iter_mut().zip(part.shape.lengths) {
            to.add(from);
        }
        for (to, from) in self.shape.scripts.iter_mut().zip(part.shape.scripts) {
            to.add(from);
        }
        self.languages.merge(part.languages.into_iter().map(|(l, n)| (l, n, ())), |(), ()| {}, |()| ());
        for (name, count) in part.sources {
            match &mut self.source {
                Some((last, known)) if *last == name => known.add(&count),
                _ => {
                    self.settle();
                    self.source = Some((name, count));
                }
            }
        }
    }

    /// The source under way is done: it is among the largest, or one of many.
    fn settle(&mut self) {
        let Some((name, mut count)) = self.source.take() else { return };
        count.name = super::excerpt::cut(&name, 400);
        let sources = &mut self.shape.sources;
        match sources.iter_mut().find(|s| s.name == count.name) {
            Some(known) => known.add(&count),
            None => sources.push(count),
        }
        sources.sort_by_key(|s| std::cmp::Reverse(s.documents.all()));
        if sources.len() > SOURCES {
            let least = sources.pop().expect("there are many");
            self.shape.others.add(&least);
            self.shape.other_sources += 1;
        }
    }

    pub fn finish(mut self) -> Shape {
        self.settle();
        let languages = self.languages.into_sorted().into_iter().map(|(name, count, ())| (name, count));
        Shape { languages: languages.take(SOURCES).collect(), ..self.shape }
    }
}

impl SourceCount {
    fn add(&mut self, other: &Self) {
        self.documents.add(other.documents);
        self.quarantined += other.quarantined;
        self.bytes += other.bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::language;

    #[test]
    fn languages_of_meta() {
        for (meta, want) in [
            (r#"{"url":"x","lang":"en-GB"}"#, Some("en")),
            (r#"{"lang": "DE"}"#, Some("de")),
            (r#"{"lang":"<script>"}"#, None),
            (r#"{"lang":5}"#, None),
            (r#"{"lang":""#, None),
            ("{}", None),
        ] {
            assert_eq!(language(meta).as_deref(), want, "{meta}");
        }
    }
}
