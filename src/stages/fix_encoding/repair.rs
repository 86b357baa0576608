//! The decision about a line: which of its sequences were misread, and as what.

use super::cost::bits;
use super::sets::Set;
use super::signs::signs;

/// Bytes of a line that are judged together, about; a longer one is judged piece by piece.
const PIECE: usize = 4096;
/// Times that a line may have been misread.
const ROUNDS: usize = 4;
/// Bits that a set needs less where it has proved to be the one.
const PROVED: i32 = 4;

/// What was done to a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repair {
    /// The line as it is now.
    pub text: String,
    /// Numbers of the sets it was read in, the last misreading first; empty if there was none.
    pub rounds: Vec<usize>,
    /// Sequences that became a character.
    pub places: usize,
    /// Bits of evidence.
    pub bits: i32,
}

/// A sequence that may be one character.
struct Sequence {
    start: usize,
    end: usize,
    now: char,
}

/// Undoes what was done to `line`, if the evidence is enough; `proved` if its document has lines
/// where it is.
pub fn repair(line: &str, sets: &[Set], proved: bool) -> Option<Repair> {
    let mut done: Option<Repair> = None;
    let mut rest = line;
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(piece_end(rest));
        rest = behind;
        match (repair_piece(piece, sets, proved), &mut done) {
            (None, None) => {}
            (None, Some(done)) => done.text.push_str(piece),
            (Some(new), None) => {
                let before = &line[..line.len() - rest.len() - piece.len()];
                done = Some(Repair { text: format!("{before}{}", new.text), ..new });
            }
            (Some(new), Some(done)) => done.add(new),
        }
    }
    done
}

impl Repair {
    fn add(&mut self, other: Self) {
        self.text.push_str(&other.text);
        if other.rounds.len() > self.rounds.len() {
            self.rounds = other.rounds;
        }
        self.places += other.places;
        self.bits = self.bits.saturating_add(other.bits);
    }
}

/// Where the first piece of `text` ends: at white space if there is some, which no sequence has.
fn piece_end(text: &str) -> usize {
    if text.len() <= 2 * PIECE {
        return text.len();
    }
    let window = &text.as_bytes()[PIECE..2 * PIECE];
    let space = window.iter().position(|b| *b == b' ').or_else(|| window.iter().position(u8::is_ascii));
    let mut end = space.map_or(2 * PIECE, |at| PIECE + at);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

fn repair_piece(piece: &str, sets: &[Set], proved: bool) -> Option<Repair> {
    let mut now: Option<Repair> = None;
    for _ in 0..ROUNDS {
        let text = now.as_ref().map_or(piece, |r| &r.text);
        let Some((set, mut new)) = best(text, sets, proved || now.is_some()) else { break };
        if let Some(before) = now {
            new.rounds = before.rounds;
            new.places = new.places.max(before.places);
            new.bits = new.bits.saturating_add(before.bits);
        }
        new.rounds.push(set);
        now = Some(new);
    }
    now
}

/// The set that gains most, if one gains enough.
fn best(text: &str, sets: &[Set], proved: bool) -> Option<(usize, Repair)> {
    let signs = signs(text);
    let tried = sets.iter().enumerate().filter(|(n, _)| signs.of_set(*n));
    let found = tried.filter_map(|(n, set)| Some((n, undo(text, set, proved)?)));
    // Of equals the first.
    found.max_by_key(|(n, repair)| (repair.bits, std::cmp::Reverse(*n)))
}

/// `text` without the misreading, if it was read in `set` and the evidence is enough.
fn undo(text: &str, set: &Set, proved: bool) -> Option<Repair> {
    let (sequences, left_over) = sequences(text, set);
    let runs: Vec<(&[Sequence], i32)> =
        sequences.chunk_by(|a, b| a.end == b.start).map(|run| (run, gain(text, run))).collect();
    let needs = if proved { set.needs - PROVED } else { set.needs };
    let total: i32 = runs.iter().map(|(_, gain)| *gain).sum();
    if sequences.len() < set.at_least {
        return None;
    }
    if left_over == 0 && total >= needs {
        return Some(apply(text, &runs, i32::MIN));
    }
    if set.whole {
        return None;
    }
    let sure = runs.iter().any(|(_, gain)| *gain >= needs);
    sure.then(|| apply(text, &runs, needs.min(set.needs - PROVED)))
}

/// The sequences of `text`, and how many characters outside ASCII are in none.
fn sequences(text: &str, set: &Set) -> (Vec<Sequence>, usize) {
    let (mut out, mut left_over, mut at) = (Vec::new(), 0, 0);
    while let Some(ascii) = text.as_bytes()[at..].iter().position(|b| !b.is_ascii()) {
        at += ascii;
        match sequence(&text[at..], set) {
            Some((now, len)) => {
                out.push(Sequence { start: at, end: at + len, now });
                at += len;
            }
            None => {
                left_over += 1;
                at += text[at..].chars().next().map_or(1, char::len_utf8);
            }
        }
    }
    (out, left_over)
}

/// The character that the first ones of `text` stand for, and how many bytes they take.
pub fn sequence(text: &str, set: &Set) -> Option<(char, usize)> {
    let mut chars = text.chars();
    let mut bytes = [set.byte(chars.next()?)?, 0, 0, 0];
    let len = match bytes[0] {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    for byte in &mut bytes[1..len] {
        *byte = set.byte(chars.next()?)?;
    }
    let now = std::str::from_utf8(&bytes[..len]).ok()?.chars().next()?;
    Some((now, text.len() - chars.as_str().len()))
}

/// Bits that are saved where `run` becomes characters.
fn gain(text: &str, run: &[Sequence]) -> i32 {
    let (start, end) = (run[0].start, run[run.len() - 1].end);
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    // Text about misread text quotes it.
    let quoted =
        before.is_some_and(|c| "\"'`“‘«(;".contains(c)) && after.is_some_and(|c| "\"'`”’»)&".contains(c));
    if quoted {
        return 0;
    }
    let gain = bits(before, text[start..end].chars(), after) - bits(before, run.iter().map(|s| s.now), after);
    // A lone guillemet behind a capital is not enough; two of them are.
    if let [Sequence { now: '«' | '»', .. }] = run { gain.min(8) } else { gain }
}

/// The text with those runs put right that gain at least `least`.
fn apply(text: &str, runs: &[(&[Sequence], i32)], least: i32) -> Repair {
    let mut out = Repair { text: String::with_capacity(text.len()), ..Repair::default() };
    let mut at = 0;
    for (run, gain) in runs.iter().filter(|(_, gain)| *gain >= least) {
        out.text.push_str(&text[at..run[0].start]);
        out.text.extend(run.iter().map(|s| s.now));
        at = run[run.len() - 1].end;
        out.places += run.len();
        out.bits = out.bits.saturating_add(*gain);
    }
    out.text.push_str(&text[at..]);
    out
}
