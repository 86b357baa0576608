//! Compressed sources of every kind: whole, cut off, damaged, and mutated at random.

use std::path::PathBuf;

use crate::support::*;
use textmill::formats::InputOptions;
use textmill::formats::wrapping::{COMPRESSIONS, Decoded, source};

const ENDINGS: [&str; 7] = ["bz2", "xz", "lzma", "lz4", "sz", "zst", "gz"];

fn path(ending: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/fixtures/text/lines.jsonl")
        .with_extension(ending)
}

fn fixture(ending: &str) -> Vec<u8> {
    std::fs::read(path(&format!("jsonl.{ending}"))).expect("a fixture")
}

fn plain() -> Vec<u8> {
    std::fs::read(path("jsonl")).expect("a fixture")
}

/// What comes out, and the codes and places of damage.
fn decode(bytes: &[u8], step: usize, options: &InputOptions) -> (Vec<u8>, Vec<String>) {
    let (mut out, mut damage) = (Vec::new(), Vec::new());
    let mut take = |decoded: Decoded<'_>| match decoded {
        Decoded::Bytes(b) => out.extend_from_slice(b),
        Decoded::Damage { reason, at, .. } => {
            damage.push(format!("{} {at:?} {}", reason.kind.code(), reason.detail))
        }
    };
    let mut decoder = source(&bytes[..bytes.len().min(16)], options);
    bytes.chunks(step).for_each(|c| decoder.push(c, &mut take));
    decoder.finish(&mut take);
    (out, damage)
}

#[test]
fn every_compression_comes_out_whole_however_it_is_cut() {
    for ending in ENDINGS {
        for step in [1, 7, 1000, 1 << 20] {
            let got = decode(&fixture(ending), step, &InputOptions::default());
            assert_eq!(got, (plain(), vec![]), "{ending} in steps of {step}");
        }
    }
}

#[test]
fn the_program_reads_them_as_it_reads_the_plain_file() {
    let want = textmill(&["-p", "plain", "-q"], &plain());
    assert_eq!(want.rows().len(), 15);
    for ending in ENDINGS {
        let got = textmill(&["-p", "plain", "-q"], &fixture(ending));
        assert_eq!((got.code, got.out == want.out), (0, true), "{ending}: {}", got.err);
    }
}

#[test]
fn a_stream_that_is_cut_off_yields_what_was_read_and_one_row() {
    for ending in ENDINGS {
        let mut bytes = fixture(ending);
        bytes.truncate(bytes.len() - 40);
        let (dir, bytes) = (folder(), bytes);
        let q = dir.path().join("q");
        let ran = textmill(&["-p", "plain", "-q", "--quarantine", q.to_str().expect("UTF-8")], &bytes);
        let damage: Vec<_> = read_rows(&q).into_iter().filter(|r| r["format"] == "").collect();
        assert_eq!((ran.code, damage.len()), (1, 1), "{ending}: {damage:?}");
        assert_eq!(str_of(&damage[0], "reason"), "truncated_stream", "{ending}");
        // What is packed in one block and cut off is lost; the stream in front of it is not.
        let least = if ending == "lzma" { 1 } else { 10 };
        assert!(ran.rows().len() >= least, "{ending}: {} rows", ran.rows().len());
    }
}

#[test]
fn a_damaged_stream_is_told_with_its_place_and_the_next_one_is_read() {
    let tail = &plain()[String::from_utf8_lossy(&plain()).match_indices('\n').nth(9).expect("lines").0 + 1..];
    for ending in ENDINGS.iter().filter(|e| !["lzma", "sz"].contains(e)) {
        let mut bytes = fixture(ending);
        let at = bytes.len() / 3;
        bytes[at..at + 8].iter_mut().for_each(|b| *b ^= 0xA5);
        let (out, damage) = decode(&bytes, 1000, &InputOptions::default());
        assert_eq!(damage.len(), 1, "{ending}: {damage:?}");
        assert!(damage[0].contains(" 0..") && out.ends_with(tail), "{ending}: {damage:?}");
    }
}

#[test]
fn a_dictionary_is_named() {
    // Magic, flags with a dictionary of one byte, a window, the number, and an empty last block.
    let frame = [0x28, 0xB5, 0x2F, 0xFD, 0x01, 0x58, 77, 0x01, 0, 0, 0, 0, 0, 0, 0, 0];
    let (_, damage) = decode(&frame, 100, &InputOptions::default());
    assert!(damage[0].contains("the dictionary 77"), "{damage:?}");
}

#[test]
fn what_grows_too_much_is_given_up() {
    let bomb = zstd::encode_all(&vec![b'a'; 40 << 20][..], 19).expect("memory");
    let (out, damage) = decode(&bomb, 1 << 16, &InputOptions::default());
    assert!(out.len() <= 16 << 20 && damage[0].starts_with("decoded_limit"), "{} {damage:?}", out.len());
    let loose = InputOptions { max_ratio: 0, ..InputOptions::default() };
    assert_eq!(decode(&bomb, 1 << 16, &loose).0.len(), 40 << 20);
    let tight = InputOptions { max_decoded_bytes: 1000, ..InputOptions::default() };
    let (out, damage) = decode(&fixture("gz"), 1 << 16, &tight);
    assert!(out.len() <= 1000 && damage[0].contains("max-decoded-bytes"), "{damage:?}");
}

#[test]
fn endings_of_compressions_are_not_those_of_formats() {
    for ending in COMPRESSIONS.iter().flat_map(|c| c.endings) {
        let name = format!("a.jsonl{ending}");
        assert_eq!(textmill::formats::detect(b"", &name).name, "jsonl", "{name}");
    }
}

#[test]
fn damage_is_the_same_however_it_is_cut() {
    for (seed, ending) in ENDINGS.iter().enumerate() {
        let (good, mut random) = (fixture(ending), Random(seed as u64 + 77));
        for n in 0..100 {
            let bytes = random.mutate(&good);
            let whole = decode(&bytes, 1 << 20, &InputOptions::default());
            for step in [1, 33, 1000] {
                let got = decode(&bytes, step, &InputOptions::default());
                assert!(
                    got == whole,
                    "{ending}, mutation {n} in steps of {step}: {:?} instead of {:?}",
                    got.1,
                    whole.1
                );
            }
        }
    }
}

#[test]
fn ten_thousand_mutations_of_each_end_well() {
    let mutate = |(seed, ending): (usize, &&str)| {
        let good = fixture(ending);
        let mut random = Random(seed as u64 + 1);
        for _ in 0..10_000 {
            let bytes = random.mutate(&good);
            let (out, _) = decode(&bytes, 4096, &InputOptions::default());
            assert!(out.len() <= 16 << 20, "{ending}: {} bytes", out.len());
        }
    };
    std::thread::scope(|scope| {
        for one in ENDINGS.iter().enumerate() {
            scope.spawn(move || mutate(one));
        }
    });
}
