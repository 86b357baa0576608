//! The inside of a JSON string, copied with 32 bytes at a time while nothing in them is escaped.

use std::io::Write as _;

use fearless_simd::prelude::*;
use fearless_simd::{Simd, dispatch, u8x32};

use super::LEVEL;

const BLOCK: usize = 32;

/// Appends lines as they stand inside a JSON string, each with as many line feeds in front of
/// it as it says.
pub fn escape<'a>(lines: impl Iterator<Item = (usize, &'a str)>, out: &mut Vec<u8>) {
    dispatch!(*LEVEL, simd => for (feeds, line) in lines {
        for _ in 0..feeds {
            out.extend_from_slice(b"\\n");
        }
        escape_line(simd, line.as_bytes(), out);
    });
}

#[inline(always)]
fn escape_line<S: Simd>(simd: S, mut text: &[u8], out: &mut Vec<u8>) {
    loop {
        let run = copy(simd, text, out);
        let Some((&special, rest)) = text[run..].split_first() else { return };
        escape_one(special, out);
        text = rest;
    }
}

fn escape_one(special: u8, out: &mut Vec<u8>) {
    let letter = match special {
        b'"' | b'\\' => special,
        b'\n' => b'n',
        b'\t' => b't',
        b'\r' => b'r',
        b => {
            write!(out, "\\u{b:04x}").expect("memory takes it");
            return;
        }
    };
    out.extend_from_slice(&[b'\\', letter]);
}

/// Appends what stands in front of the first quotation mark, backslash or control character of
/// `text`, or all of it; returns how much.
#[inline(always)]
fn copy<S: Simd>(simd: S, text: &[u8], out: &mut Vec<u8>) -> usize {
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let start = out.len();
    for (i, block) in blocks.iter().enumerate() {
        // All of it first: a block has a fixed length, and what is too much is cheap to take back.
        out.extend_from_slice(block);
        let special = special(simd, block);
        if special != 0 {
            let run = i * BLOCK + special.trailing_zeros() as usize;
            out.truncate(start + run);
            return run;
        }
    }
    let mut block = [0; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    out.extend_from_slice(&block);
    let run = special(simd, &block).trailing_zeros() as usize;
    let run = text.len() - rest.len() + run.min(rest.len());
    out.truncate(start + run);
    run
}

/// The places of what cannot stand for itself in a string.
#[inline(always)]
fn special<S: Simd>(simd: S, block: &[u8; BLOCK]) -> u32 {
    let block = u8x32::from_slice(simd, block);
    let any = block.simd_lt(0x20) | block.simd_eq(b'"') | block.simd_eq(b'\\');
    any.to_bitmask() as u32
}

/// Appends the string whose inside begins at `start` of `line`; returns the place after its
/// quotation mark. Nothing if it is no JSON string; what was appended means nothing then, and
/// bytes beyond ASCII are not looked at.
pub fn unescape(line: &[u8], start: usize, out: &mut Vec<u8>) -> Option<usize> {
    dispatch!(*LEVEL, simd => unescape_with(simd, line, start, out))
}

#[inline(always)]
fn unescape_with<S: Simd>(simd: S, line: &[u8], start: usize, out: &mut Vec<u8>) -> Option<usize> {
    let mut at = start;
    loop {
        at += copy(simd, line.get(at..)?, out);
        match line.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => {}
            _ => return None,
        }
        // Line feeds come in pairs.
        while line.get(at)? == &b'\\' {
            at = unescape_one(line, at + 1, out)?;
        }
    }
}

/// Appends what the escape stands for whose letter is at `at`; returns the place after it.
fn unescape_one(line: &[u8], at: usize, out: &mut Vec<u8>) -> Option<usize> {
    let plain = match line.get(at)? {
        b'n' => b'\n',
        b'"' => b'"',
        b'\\' => b'\\',
        b'/' => b'/',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 0x08,
        b'f' => 0x0C,
        b'u' => {
            let (mut code, mut end) = (hex(line, at + 1)?, at + 5);
            if (0xD800..0xDC00).contains(&code) {
                if line.get(end..end + 2)? != b"\\u" {
                    return None;
                }
                let low = hex(line, end + 2)?.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
                code = 0x10000 + ((code - 0xD800) << 10 | low);
                end += 6;
            }
            let mut buffer = [0; 4];
            out.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut buffer).as_bytes());
            return Some(end);
        }
        _ => return None,
    };
    out.push(plain);
    Some(at + 1)
}

/// The number that four hexadecimal digits at `at` make.
pub fn hex(line: &[u8], at: usize) -> Option<u32> {
    let digits = line.get(at..at + 4)?;
    digits.iter().try_fold(0, |n, b| Some(n << 4 | char::from(*b).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn escaped(text: &str) -> Vec<u8> {
        let mut out = b"\"".to_vec();
        escape([(0, text)].into_iter(), &mut out);
        out.push(b'"');
        out
    }

    proptest! {
        #[test]
        fn there_and_back(text in "([ -~]{0,40}|[\"\\\\\n\t\r\u{0}-\u{1f}é“”\u{7f}👧]{0,3}){0,6}", after in "[ -~]{0,40}") {
            let mut json = escaped(&text);
            prop_assert_eq!(serde_json::from_slice::<String>(&json).expect("JSON"), text.clone());
            let end = json.len();
            json.extend_from_slice(after.as_bytes());
            let mut back = Vec::new();
            prop_assert_eq!(unescape(&json, 1, &mut back), Some(end));
            prop_assert_eq!(back, text.as_bytes());
        }
    }

    #[test]
    fn what_is_no_string() {
        for bad in ["a", "a\n\"", "a\\", "\\x\"", "\\u00g0\"", "\\ud800\"", "\\ud800\\u0041\"", "\\udc00\""] {
            assert_eq!(unescape(bad.as_bytes(), 0, &mut Vec::new()), None, "{bad}");
        }
        assert_eq!(unescape(b"\"", 2, &mut Vec::new()), None);
    }
}
