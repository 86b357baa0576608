//! Which documents are asked for: by id, by reason, or some of all.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::args::WhichArgs;
use super::code;
use super::run::complain;
use crate::config::{Pipeline, nearest};
use crate::document::Document;
use crate::runtime::survey::number;

/// The first digits of an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdPrefix(String);

impl IdPrefix {
    /// As typed.
    ///
    /// # Errors
    /// That it cannot be the beginning of an id.
    pub fn typed(text: &str) -> Result<Self, String> {
        let digits = text.to_ascii_lowercase();
        if digits.is_empty() || digits.len() > 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err("an id has 32 hexadecimal digits; its first ones are enough".to_owned());
        }
        Ok(Self(digits))
    }
}

/// What cannot be asked of this pipeline, in words.
pub fn unknown_reason(which: &WhichArgs, pipeline: &Pipeline) -> Option<String> {
    let asked = which.reason.as_deref()?;
    let specs = pipeline.stages.iter().map(|s| s.spec);
    let known: Vec<String> = specs.flat_map(|s| s.reasons.iter().map(|r| r.to_string())).collect();
    if known.iter().any(|k| k == asked) {
        return None;
    }
    let hint = nearest(asked, known.iter().map(String::as_str));
    let hint = hint.unwrap_or_else(|| "`textmill stages show STAGE` lists the reasons of a stage".to_owned());
    Some(format!("no stage of the pipeline {} gives the reason `{asked}`; {hint}", pipeline.name))
}

/// Documents that were asked for, on their way to the output.
pub struct Asked<'a> {
    which: &'a WhichArgs,
    /// A document whose id begins as asked, until it is known that no other does.
    found: Option<(String, Vec<u8>)>,
    ambiguous: Option<String>,
    /// The sample so far: hash to number and text.
    sample: BTreeMap<u64, (u64, Vec<u8>)>,
}

impl<'a> Asked<'a> {
    /// What `which` asks for.
    pub fn new(which: &'a WhichArgs) -> Self {
        Self { which, found: None, ambiguous: None, sample: BTreeMap::new() }
    }

    /// Whether single documents are asked for: records that are none are not.
    pub fn is_picky(&self) -> bool {
        self.which.id.is_some() || self.which.reason.is_some() || self.which.sample.is_some()
    }

    /// Takes the `n`th record, a document. `write` writes it, now or later.
    pub fn take(
        &mut self,
        (n, doc): (u64, &Document),
        out: &mut dyn Write,
        write: impl Fn(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        if let Some(IdPrefix(prefix)) = &self.which.id {
            let id = doc.id.to_string();
            if !id.starts_with(prefix) {
                return Ok(());
            }
            match &self.found {
                Some((first, _)) if *first != id => self.ambiguous = Some(format!("{first} and {id}")),
                Some(_) => {}
                None => self.found = Some((id, written(write)?)),
            }
            return Ok(());
        }
        if self.which.reason.as_deref().is_some_and(|reason| !touched(doc, reason)) {
            return Ok(());
        }
        let Some(most) = self.which.sample else { return write(out) };
        let hash = number(doc.id);
        let full = self.sample.len() >= usize::from(most);
        if full && self.sample.last_key_value().is_some_and(|(last, _)| hash >= *last) {
            return Ok(());
        }
        self.sample.entry(hash).or_insert((n, written(write)?));
        if self.sample.len() > usize::from(most) {
            self.sample.pop_last();
        }
        Ok(())
    }

    /// Whether nothing that comes can matter.
    pub fn is_settled(&self) -> bool {
        let whole = self.which.id.as_ref().is_some_and(|IdPrefix(p)| p.len() == 32);
        self.ambiguous.is_some() || (whole && self.found.is_some())
    }

    /// Writes what was held back; the exit code, given that of reading.
    pub fn finish(self, read: u8, out: &mut dyn Write) -> io::Result<u8> {
        let mut sample: Vec<_> = self.sample.into_values().collect();
        sample.sort_by_key(|(n, _)| *n);
        sample.iter().try_for_each(|(_, text)| out.write_all(text))?;
        let Some(IdPrefix(prefix)) = &self.which.id else { return Ok(read) };
        match (self.ambiguous, self.found) {
            (Some(ids), _) => {
                complain(&format!("more than one id begins with {prefix}: {ids}; type more of it"))
            }
            (None, Some((_, text))) => return out.write_all(&text).map(|()| read),
            (None, None) => complain(&format!(
                "no document has an id that begins with {prefix}; ids depend on the name of the input as it is typed"
            )),
        }
        Ok(if read == 0 { code::USAGE } else { read })
    }
}

fn written(write: impl Fn(&mut dyn Write) -> io::Result<()>) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    write(&mut text)?;
    Ok(text)
}

/// Whether a reason did anything to a document.
fn touched(doc: &Document, reason: &str) -> bool {
    let removed = (0..doc.lines().len()).filter_map(|i| doc.removal(i)).chain(doc.dropped());
    let mut all = removed.map(|r| r.reason).chain(doc.reasons());
    all.any(|r| r.stage.len() + 1 + r.code.len() == reason.len() && r.to_string() == reason)
}
