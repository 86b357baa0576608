//! What has to hold for any bytes. Each function is one fuzz target; the kept corpus goes
//! through the same functions in the ordinary tests.

use std::io::Read;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use textmill::document::{Border, Origin};
use textmill::formats::wrapping::Decoded;
use textmill::formats::{FormatSpec, InputOptions, Piece, Raw, archive, by_name, wrapping};
use textmill::registry::Registry;
use textmill::runtime::inline::{self, Fate};
use textmill::runtime::{Plan, is_record};
use textmill::stage::{Stage, Transform};
use textmill::text::lines::Lines;

/// Whether there is a bug on purpose, which a fuzzer has to find.
const PLANTED: bool = option_env!("TEXTMILL_PLANTED").is_some();

/// What a target does with bytes.
pub type Check = fn(&[u8]);

/// Every target: its name, which is also that of its corpus, and what it checks.
pub const TARGETS: &[(&str, Check)] = &[
    ("line_cutter", line_cutter),
    ("gzip", gzip),
    ("jsonl", jsonl),
    ("plain", plain),
    ("warc", warc),
    ("archive", archive),
    ("html", html),
    ("csv", csv),
    ("sgml", sgml),
    ("mbox", mbox),
    ("mediawiki", mediawiki),
    ("config", config),
    ("record", record),
    ("pipeline", pipeline),
    ("page", page),
];

/// The first byte says where the rest is cut in two.
fn cut(data: &[u8]) -> (usize, &[u8]) {
    match data.split_first() {
        Some((at, rest)) => (usize::from(*at) * rest.len() / 256, rest),
        None => (0, data),
    }
}

/// Lines do not overlap, and what lies between them is one line ending each.
pub fn line_cutter(data: &[u8]) {
    let mut at = 0;
    for Range { start, end } in Lines::new(data) {
        let ending = &data[at..start];
        assert!(start == 0 || matches!(ending, b"\n" | b"\r" | b"\r\n"), "{ending:?} between lines");
        assert!(!data[start..end].iter().any(|b| matches!(b, b'\n' | b'\r')), "a line holds an ending");
        at = end;
    }
    assert!(matches!(&data[at..], b"" | b"\n" | b"\r" | b"\r\n"), "bytes after the last line");
    if PLANTED {
        data.windows(5).for_each(planted);
    }
}

/// Byte by byte, each a branch of its own: a fuzzer that follows the paths of the code comes closer with each.
#[inline(never)]
fn planted(window: &[u8]) {
    use std::hint::black_box;
    if black_box(window[0]) == b'\n' {
        black_box(0);
        if black_box(window[1]) == b'P' {
            black_box(1);
            if black_box(window[2]) == b'L' {
                black_box(2);
                if black_box(window[3]) == b'T' {
                    black_box(3);
                    assert!(black_box(window[4]) != b'\r', "the bug that was planted");
                }
            }
        }
    }
}

/// In words, its place, its first bytes.
type Damage = (String, Range<u64>, Vec<u8>);

/// What a decoder hands out: bytes, or damage.
fn decode(parts: &[&[u8]]) -> Vec<(Vec<u8>, Option<Damage>)> {
    let whole = parts.concat();
    let mut decoder = wrapping::decoder(&whole);
    let mut events: Vec<(Vec<u8>, _)> = vec![(Vec::new(), None)];
    let mut take = |decoded: Decoded<'_>| match decoded {
        Decoded::Bytes(bytes) => match events.last_mut() {
            Some((held, None)) => held.extend_from_slice(bytes),
            _ => events.push((bytes.to_vec(), None)),
        },
        Decoded::Damage { reason, at, head } => {
            assert!(
                at.start <= at.end && at.end <= whole.len() as u64,
                "damage at {at:?} of {}",
                whole.len()
            );
            events.push((Vec::new(), Some((reason.to_string(), at, head.to_vec()))));
        }
    };
    for part in parts {
        decoder.push(part, &mut take);
    }
    decoder.finish(&mut take);
    events
}

/// The outcome does not depend on chunks, and a file that another reader finds whole is whole.
pub fn gzip(data: &[u8]) {
    let (at, rest) = cut(data);
    if !rest.starts_with(&textmill::formats::gzip::MAGIC) {
        return;
    }
    let events = decode(&[rest]);
    assert_eq!(events, decode(&[&rest[..at], &rest[at..]]));
    let mut theirs = Vec::new();
    let reader = flate2::read::MultiGzDecoder::new(rest).take(64 << 20);
    if std::io::BufReader::new(reader).read_to_end(&mut theirs).is_ok() && theirs.len() < 64 << 20 {
        let ours: Vec<u8> = events.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
        assert!(events.iter().all(|(_, damage)| damage.is_none()), "damage in a whole file");
        assert!(ours == theirs, "other bytes than another reader");
    }
}

/// A piece, without the life of its chunk.
#[derive(Debug, PartialEq)]
enum Owned {
    Record(Range<u64>, Vec<u8>, Border),
    Separator(Range<u64>),
    Header(String),
    Bad(Range<u64>, String, Vec<u8>),
}

fn segment(format: &FormatSpec, parts: &[&[u8]]) -> Vec<Owned> {
    let options = InputOptions { max_document_bytes: 4096, ..InputOptions::default() };
    let mut segmenter = (format.segmenter)(&options);
    let (mut pieces, mut at) = (Vec::new(), 0);
    let mut take = |piece: Piece<'_>| {
        let (range, owned) = match piece {
            Piece::Record { bytes, range, border, .. } => {
                assert_eq!(bytes.len() as u64, range.end - range.start);
                (range.clone(), Owned::Record(range, bytes.to_vec(), border))
            }
            Piece::Separator(range) => (range.clone(), Owned::Separator(range)),
            Piece::Header(header) => return pieces.push(Owned::Header(header.to_owned())),
            Piece::Verdict(_) => return,
            Piece::Bad { reason, range, head } => {
                (range.clone(), Owned::Bad(range, reason.to_string(), head.to_vec()))
            }
        };
        assert_eq!(range.start, at, "pieces do not tile");
        at = range.end;
        pieces.push(owned);
    };
    for part in parts {
        segmenter.push(part, &mut take);
    }
    segmenter.finish(false, &mut take);
    assert_eq!(at, parts.iter().map(|p| p.len() as u64).sum::<u64>(), "pieces do not tile");
    // Separators may be handed out in more than one piece.
    let mut joined: Vec<Owned> = Vec::new();
    for piece in pieces {
        match (joined.last_mut(), piece) {
            (Some(Owned::Separator(before)), Owned::Separator(range)) => before.end = range.end,
            (_, piece) => joined.push(piece),
        }
    }
    joined
}

/// Pieces tile, however the stream is cut; records are the bytes of their range.
fn cuts(name: &str, data: &[u8]) {
    let format = by_name(name).expect("a format");
    let (at, rest) = cut(data);
    let pieces = segment(format, &[rest]);
    assert_eq!(pieces, segment(format, &[&rest[..at], &rest[at..]]));
    let mut opener = (format.opener)(&InputOptions::default());
    for piece in &pieces {
        if let Owned::Header(header) = piece {
            opener = opener.with_header(header).expect("a format reads its own headers");
        }
        if let Owned::Record(range, bytes, border) = piece {
            assert_eq!(bytes, &rest[range.start as usize..range.end as usize]);
            let origin = Origin {
                source: "-".into(),
                record: 0,
                range: range.clone(),
                border: *border,
                verdict: None,
            };
            let opened = opener.open(Raw { origin, bytes, url: None });
            if name == "jsonl" {
                same_text(bytes, opened.ok().map(|d| d.text().to_owned()));
            }
        }
    }
}

/// The text is what another parser reads, where it reads the line at all.
fn same_text(line: &[u8], ours: Option<String>) {
    let theirs: Option<serde_json::Value> = serde_json::from_slice(line).ok();
    let Some(theirs) = theirs.as_ref().and_then(|v| v.get("text")).and_then(|t| t.as_str()) else {
        return;
    };
    let lines = line.iter().filter(|b| **b == b'n').count();
    assert!(ours.as_deref() == Some(theirs) || lines > 1 << 17, "another text");
}

pub fn jsonl(data: &[u8]) {
    cuts("jsonl", data);
}

pub fn plain(data: &[u8]) {
    cuts("plain", data);
}

pub fn warc(data: &[u8]) {
    cuts("warc", data);
}

/// What an archive holds, in words; bytes of one entry together.
fn entries(parts: &[&[u8]]) -> Vec<String> {
    let whole = parts.concat();
    let Some(mut unpacker) = archive::unpacker(&whole[..whole.len().min(archive::MAGIC_BYTES)]) else {
        return Vec::new();
    };
    let (mut events, mut open, mut hash) = (Vec::new(), false, 0u64);
    let mut take = |event: archive::Event<'_>| match event {
        archive::Event::Begin { name, at } => {
            assert!(!std::mem::replace(&mut open, true), "an entry in an entry");
            events.push(format!("begin {name} at {at}"));
        }
        archive::Event::Bytes(bytes) => {
            assert!(open, "bytes of no entry");
            hash = bytes.iter().fold(hash, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x100_0000_01B3));
        }
        archive::Event::End { damage } => {
            assert!(std::mem::take(&mut open), "the end of no entry");
            events.push(format!("end {damage:?} {}", std::mem::take(&mut hash)));
        }
        archive::Event::Damage { name, reason } => events.push(format!("damage {name} {reason}")),
    };
    for part in parts {
        unpacker.push(part, &mut take);
    }
    unpacker.finish(&mut take);
    assert!(!open, "an entry without an end");
    events
}

/// Entries begin and end in turn, however the archive is cut.
pub fn archive(data: &[u8]) {
    let (at, rest) = cut(data);
    assert_eq!(entries(&[rest]), entries(&[&rest[..at], &rest[at..]]));
}

pub fn csv(data: &[u8]) {
    cuts("csv", data);
}

pub fn html(data: &[u8]) {
    cuts("html", data);
}

pub fn sgml(data: &[u8]) {
    cuts("sgml", data);
}

pub fn mbox(data: &[u8]) {
    cuts("mbox", data);
}

pub fn mediawiki(data: &[u8]) {
    cuts("mediawiki", data);
}

/// A pipeline file is read or refused with errors that can be shown.
pub fn config(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Err(errors) = textmill::config::parse("fuzz.toml", text, &Registry::default())
    {
        assert!(!errors.render(false).contains(['\u{1b}', '\u{9b}']));
    }
}

/// A record of a checkpoint is whole or refused.
pub fn record(data: &[u8]) {
    is_record(data);
}

type Maps = Vec<Arc<dyn Transform>>;

/// The parallel stages of a pipeline.
fn maps(name: &str) -> Maps {
    let pipeline = textmill::config::resolve(name, &Registry::default()).expect("built in");
    let map = |stage| match stage {
        Stage::Map(stage) => Some(stage),
        Stage::Ordered(_) | Stage::Learned(_) => None,
    };
    pipeline.stages.into_iter().filter_map(|s| map(s.stage)).collect()
}

/// Those stages and the ordered ones at the end, in memory: ranges in order, nothing twice.
fn through(maps: &Maps, data: &[u8]) {
    let end = "[[stage]]\ntype = \"fingerprint\"\n[[stage]]\ntype = \"exact-dedupe\"";
    let end = textmill::config::parse("end", end, &Registry::default()).expect("a pipeline");
    let stages = maps.iter().cloned().map(Stage::Map).chain(end.stages.into_iter().map(|s| s.stage));
    let plan = Plan::new(end.input, end.format, stages);
    // An entry of an archive is a source, and ranges are its own.
    let (mut source, mut at) = (None, 0);
    let ran = inline::run(plan, "-", &mut &data[..], &mut |fate| {
        match fate {
            Fate::Document(doc) => {
                let range = &doc.origin.range;
                if source.as_ref() != Some(&doc.origin.source) {
                    (source, at) = (Some(doc.origin.source.clone()), 0);
                }
                assert!(at <= range.start && range.start <= range.end, "{range:?} after {at}");
                at = range.end;
            }
            Fate::Bad(range, _) => assert!(range.start <= range.end, "{range:?}"),
        }
        true
    });
    ran.expect("it runs");
}

/// The whole of `news`. Its stages are built once: most of the time would go into their tables.
pub fn pipeline(data: &[u8]) {
    static STAGES: OnceLock<Maps> = OnceLock::new();
    through(STAGES.get_or_init(|| maps("news")), data);
}

/// The same of `web-text`.
pub fn page(data: &[u8]) {
    static STAGES: OnceLock<Maps> = OnceLock::new();
    through(STAGES.get_or_init(|| maps("web-text")), data);
}
