//! The body of an HTTP response: chunks joined, compression undone, within limits.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use super::head::Fields;
use crate::formats::bad::{Bad, BadKind};

/// Most `Content-Encoding`s over each other.
const MAX_CODINGS: usize = 2;
/// What a body may expand to whatever its length, in bytes; beyond, [`MAX_RATIO`] counts.
const SMALL: usize = 1 << 20;
/// Times that a body may expand. Deflate cannot do more than 1032.
const MAX_RATIO: usize = 1000;
/// Largest window of a zstd body, as a power of two: 8 MiB (RFC 9659).
const ZSTD_WINDOW_LOG: u32 = 23;

/// A body as it was before it was sent, and whether it is only the beginning.
pub(super) struct Body<'a> {
    pub bytes: Cow<'a, [u8]>,
    pub cut: bool,
}

/// Undoes what `http` says was done to `sent`; at most `max` bytes come out.
///
/// Archives often hold bodies that are decoded already under the header of the encoded ones:
/// what does not begin as its header says is taken as it is.
pub(super) fn decode<'a>(sent: &'a [u8], http: Fields<'_>, max: usize) -> Result<Body<'a>, Bad> {
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
    for coding in codings.iter().rev() {
        if let Some((bytes, cut)) = expand(&body.bytes, coding, max)? {
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
fn expand(bytes: &[u8], coding: &str, max: usize) -> Result<Option<(Vec<u8>, bool)>, Bad> {
    let result = match coding {
        "gzip" | "x-gzip" if bytes.starts_with(&crate::formats::gzip::MAGIC) => gunzip(bytes, max),
        "deflate" if is_zlib(bytes) => read(flate2::bufread::ZlibDecoder::new(bytes), bytes.len(), max),
        "deflate" => read(flate2::bufread::DeflateDecoder::new(bytes), bytes.len(), max),
        "br" if !is_large_window(bytes) => {
            read(brotli_decompressor::Decompressor::new(bytes, 16 << 10), bytes.len(), max)
        }
        "zstd" if crate::formats::zstd::is_zstd(bytes) => unzstd(bytes, max),
        _ => return Ok(None),
    };
    let Expanded { bytes: out, error, too_large } = result;
    if too_large {
        let what = format!("a {coding} body of {} bytes expands to more than {}", bytes.len(), out.len());
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
fn gunzip(bytes: &[u8], max: usize) -> Expanded {
    let (mut all, mut rest) = (Vec::new(), bytes);
    while rest.starts_with(&crate::formats::gzip::MAGIC) {
        let mut member = flate2::bufread::GzDecoder::new(rest);
        let mut part = read(&mut member, bytes.len(), max);
        rest = member.into_inner();
        all.append(&mut part.bytes);
        let too_large = part.too_large || is_over(all.len(), bytes.len(), max);
        if too_large || part.error.is_some() {
            return Expanded { bytes: all, error: part.error, too_large };
        }
    }
    Expanded { bytes: all, error: None, too_large: false }
}

fn unzstd(bytes: &[u8], max: usize) -> Expanded {
    let decoder = zstd::stream::read::Decoder::with_buffer(bytes).and_then(|mut decoder| {
        decoder.window_log_max(ZSTD_WINDOW_LOG)?;
        Ok(decoder)
    });
    match decoder {
        Ok(decoder) => read(decoder, bytes.len(), max),
        Err(error) => Expanded { bytes: Vec::new(), error: Some(error), too_large: false },
    }
}

/// Whether `out` bytes are too many to come from `sent`.
fn is_over(out: usize, sent: usize, max: usize) -> bool {
    out > max || (out > SMALL && out / MAX_RATIO > sent)
}

fn read(mut from: impl Read, sent: usize, max: usize) -> Expanded {
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
        if is_over(out.bytes.len(), sent, max) {
            out.too_large = true;
            return out;
        }
    }
}
