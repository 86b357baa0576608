//! The body of an HTTP response: chunks joined, compression undone, within limits.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use super::head::Fields;
use crate::document::Origin;
use crate::formats::bad::{Bad, BadKind};

/// Most `Content-Encoding`s over each other.
const MAX_CODINGS: usize = 2;
/// What one body may expand to at most whatever its length, in bytes; beyond, [`MAX_RATIO`] counts.
const SMALL: u64 = 1 << 20;
/// What all bodies of an archive may expand to whatever their lengths, in bytes: so many, and so many for each byte of
/// the archive. Were it [`SMALL`] for each body, an archive of little bombs would take hours.
const FREE: u64 = 16 << 20;
/// See [`FREE`].
const FREE_RATIO: u64 = 16;
/// Times that a body may expand. Deflate cannot do more than 1032; pages that expand 100 times are rare, and white
/// space that expands 200 times takes 20 times the time of what was sent as pages that expand 5 times do.
const MAX_RATIO: usize = 200;
/// Largest window of a zstd body, as a power of two: 8 MiB (RFC 9659).
const ZSTD_WINDOW_LOG: u32 = 23;

/// A body as it was before it was sent, and whether it is only the beginning.
pub(super) struct Body<'a> {
    pub bytes: Cow<'a, [u8]>,
    pub cut: bool,
}

/// The share that a record has in what bodies may expand to whatever their lengths: its archive's so far, divided by the
/// records so far. It depends on the place of the record alone, because records are opened in any order; the shares add
/// up to little more than there is.
pub(super) fn share(origin: &Origin) -> usize {
    let all = FREE.saturating_add(origin.range.start.saturating_mul(FREE_RATIO));
    (all / (origin.record + 1)).min(SMALL) as usize
}

/// How much may come out of a body.
#[derive(Clone, Copy)]
struct Most {
    bytes: usize,
    /// What sets the limit.
    why: &'static str,
}

impl Most {
    /// Of a body that was sent in so many bytes, however many encodings lie over each other.
    fn of(sent: usize, share: usize, max: usize) -> Self {
        let bytes = sent.saturating_mul(MAX_RATIO).max(share);
        if bytes < max {
            Self { bytes, why: "200 times what was sent" }
        } else {
            Self { bytes: max, why: "the limit `max-document-bytes`" }
        }
    }
}

/// Undoes what `http` says was done to `sent`; at most `max` bytes come out, and no more than `share` if that is more
/// than [`MAX_RATIO`] times what was sent.
///
/// Archives often hold bodies that are decoded already under the header of the encoded ones:
/// what does not begin as its header says is taken as it is.
pub(super) fn decode<'a>(
    sent: &'a [u8],
    http: Fields<'_>,
    share: usize,
    max: usize,
) -> Result<Body<'a>, Bad> {
    let mut body = Body { bytes: Cow::Borrowed(sent), cut: false };
    if http.text("Transfer-Encoding").is_some_and(|t| t.to_ascii_lowercase().contains("chunked"))
        && let Some((joined, whole)) = join(sent)
    {
        body = Body { bytes: Cow::Owned(joined), cut: !whole };
    }
    let codings = http.text("Content-Encoding").unwrap_or_default().to_ascii_lowercase();
    let codings: Vec<&str> = codings.split(',').map(str::trim).filter(|c| !c.is_empty()).collect();
    if codings.len() > MAX_CODINGS {
        return Err(BadKind::BadRecord.because(format!("{} encodings over each other", codings.len())));
    }
    // The inner of two as well: measured against the outer, it could expand a million times.
    let most = Most::of(sent.len(), share, max);
    for coding in codings.iter().rev() {
        if let Some((bytes, cut)) = expand(&body.bytes, coding, most)? {
            body = Body { bytes: Cow::Owned(bytes), cut: body.cut || cut };
        }
    }
    if body.bytes.len() > max {
        return Err(BadKind::TooLarge.because(format!("a body of {} bytes", body.bytes.len())));
    }
    Ok(body)
}

/// Joins chunks (RFC 9112, 7.1); `None` if the first is none. Whether the last one is there
/// comes back too.
fn join(sent: &[u8]) -> Option<(Vec<u8>, bool)> {
    let mut joined = Vec::new();
    let mut rest = sent;
    while let Some((size, after)) = chunk_size(rest) {
        if size == 0 {
            return Some((joined, true));
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let (data, after) = after.split_at(size.min(after.len()));
        joined.extend_from_slice(data);
        rest = after.strip_prefix(b"\r\n").or(after.strip_prefix(b"\n")).unwrap_or(after);
    }
    (!joined.is_empty()).then_some((joined, false))
}

/// The size in the line at the start of `rest`, and what follows the line.
fn chunk_size(rest: &[u8]) -> Option<(u64, &[u8])> {
    let line = memchr::memchr(b'\n', &rest[..rest.len().min(1024)])?;
    let digits = rest[..line].split(|b| *b == b';').next()?.trim_ascii();
    let digits = std::str::from_utf8(digits).ok().filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    Some((u64::from_str_radix(digits, 16).ok()?, &rest[line + 1..]))
}

/// Undoes one coding; `None` if the bytes are not in it. Whether the end is missing comes back too.
fn expand(bytes: &[u8], coding: &str, most: Most) -> Result<Option<(Vec<u8>, bool)>, Bad> {
    let result = match coding {
        "gzip" | "x-gzip" if bytes.starts_with(&crate::formats::gzip::MAGIC) => gunzip(bytes, most.bytes),
        "deflate" if is_zlib(bytes) => read(flate2::bufread::ZlibDecoder::new(bytes), most.bytes),
        "deflate" => read(flate2::bufread::DeflateDecoder::new(bytes), most.bytes),
        "br" if !is_large_window(bytes) => {
            read(brotli_decompressor::Decompressor::new(bytes, 16 << 10), most.bytes)
        }
        "zstd" if crate::formats::zstd::is_zstd(bytes) => unzstd(bytes, most.bytes),
        _ => return Ok(None),
    };
    let Expanded { bytes: out, error, too_large } = result;
    if too_large {
        let Most { bytes: limit, why } = most;
        let what = format!("a {coding} body of {} bytes expands to more than {limit}, {why}", bytes.len());
        return Err(BadKind::TooLarge.because(what));
    }
    match error {
        None => Ok(Some((out, false))),
        // Raw deflate and brotli begin with anything: only text is taken as it is.
        Some(_) if out.is_empty() && !matches!(coding, "gzip" | "x-gzip" | "zstd") && is_text(bytes) => {
            Ok(None)
        }
        Some(e) if e.kind() == io::ErrorKind::UnexpectedEof && !out.is_empty() => Ok(Some((out, true))),
        Some(e) => {
            let what = format!("its {coding} body is damaged after {} decoded bytes: {e}", out.len());
            Err(BadKind::BadRecord.because(what))
        }
    }
}

/// Whether a zlib header (RFC 1950) is there: servers send `deflate` with and without one.
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [cmf, flg, ..] if cmf & 15 == 8 && (usize::from(*cmf) << 8 | usize::from(*flg)) % 31 == 0)
}

/// Whether a brotli stream wants a window that RFC 7932 reserves: up to 1 GiB of memory.
fn is_large_window(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|b| b & 0x7F == 0x11)
}

fn is_text(bytes: &[u8]) -> bool {
    simdutf8::basic::from_utf8(bytes).is_ok() && memchr::memchr(0, bytes).is_none()
}

/// What came out, and what ended it.
struct Expanded {
    bytes: Vec<u8>,
    error: Option<io::Error>,
    too_large: bool,
}

/// Members one after the other; what follows the last is ignored.
fn gunzip(bytes: &[u8], most: usize) -> Expanded {
    let (mut all, mut rest) = (Vec::new(), bytes);
    while rest.starts_with(&crate::formats::gzip::MAGIC) {
        let mut member = flate2::bufread::GzDecoder::new(rest);
        let mut part = read(&mut member, most.saturating_sub(all.len()));
        rest = member.into_inner();
        all.append(&mut part.bytes);
        if part.too_large || part.error.is_some() {
            return Expanded { bytes: all, ..part };
        }
    }
    Expanded { bytes: all, error: None, too_large: false }
}

fn unzstd(bytes: &[u8], most: usize) -> Expanded {
    let decoder = zstd::stream::read::Decoder::with_buffer(bytes).and_then(|mut decoder| {
        decoder.window_log_max(ZSTD_WINDOW_LOG)?;
        Ok(decoder)
    });
    match decoder {
        Ok(decoder) => read(decoder, most),
        Err(error) => Expanded { bytes: Vec::new(), error: Some(error), too_large: false },
    }
}

/// Reads to the end, or until more than `most` bytes have come.
fn read(mut from: impl Read, most: usize) -> Expanded {
    let mut out = Expanded { bytes: Vec::new(), error: None, too_large: false };
    let mut buffer = io::BufReader::with_capacity(32 << 10, &mut from);
    loop {
        let n = match buffer.fill_buf() {
            Ok([]) => return out,
            Ok(bytes) => {
                out.bytes.extend_from_slice(bytes);
                bytes.len()
            }
            Err(e) => {
                out.error = Some(e);
                return out;
            }
        };
        buffer.consume(n);
        if out.bytes.len() > most {
            out.too_large = true;
            return out;
        }
    }
}
