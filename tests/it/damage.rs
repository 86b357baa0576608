//! Damaged compressed sources: what is good comes out, and the rest is told.

use std::ops::Range;
use std::time::{Duration, Instant};

use crate::support::*;
use base64::Engine as _;
use proptest::prelude::*;
use textmill::formats::wrapping::{Decoded, decoder};

/// A run of decoded bytes, or the name and place of damage with its first bytes.
#[derive(Debug, Clone, PartialEq)]
enum Event {
    Bytes(Vec<u8>),
    Damage(String, Range<u64>, Vec<u8>),
}

fn decode_chunks<'c>(first: &[u8], chunks: impl Iterator<Item = &'c [u8]>) -> Vec<Event> {
    let mut events = Vec::new();
    let mut take = |decoded: Decoded<'_>| match (decoded, events.last_mut()) {
        (Decoded::Bytes(bytes), Some(Event::Bytes(all))) => all.extend_from_slice(bytes),
        (Decoded::Bytes(bytes), _) => events.push(Event::Bytes(bytes.to_vec())),
        (Decoded::Damage { reason, at, head }, _) => {
            assert!(reason.detail.contains(&format!("{}..{}", at.start, at.end)), "{reason}");
            events.push(Event::Damage(reason.kind.code().to_owned(), at, head.to_vec()));
        }
    };
    let mut decoder = decoder(first);
    chunks.for_each(|c| decoder.push(c, &mut take));
    decoder.finish(&mut take);
    events
}

fn decode(bytes: &[u8]) -> Vec<Event> {
    decode_chunks(bytes, std::iter::once(bytes))
}

fn text(events: &[Event]) -> Vec<u8> {
    let bytes = |e: &Event| if let Event::Bytes(b) = e { b.clone() } else { Vec::new() };
    events.iter().flat_map(bytes).collect()
}

fn damage(events: &[Event]) -> Vec<(&str, Range<u64>)> {
    let mut all = Vec::new();
    for event in events {
        if let Event::Damage(kind, at, _) = event {
            all.push((kind.as_str(), at.clone()));
        }
    }
    all
}

fn zstd(content: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("memory");
    encoder.include_checksum(true).expect("an option");
    std::io::Write::write_all(&mut encoder, content).expect("memory");
    encoder.finish().expect("memory")
}

/// Bytes that do not compress.
fn noise(n: usize) -> Vec<u8> {
    let mut seed = 7u64;
    let next = |_| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 56) as u8
    };
    (0..n).map(next).collect()
}

fn lines(range: Range<usize>) -> String {
    let line = |i| format!("{{\"text\":\"Report {i}: it rained all night in the north of county {i}.\"}}\n");
    range.map(line).collect()
}

/// Runs the program on `input`: exit code, numbers of the reports that came out, quarantine.
fn run(input: &[u8]) -> (i32, Vec<usize>, Vec<serde_json::Value>) {
    let dir = folder();
    let path = dir.path().join("q");
    let args = ["-q", "-p", "plain", "--format", "jsonl", "--quarantine", path.to_str().expect("UTF-8")];
    let ran = textmill(&args, input);
    let number = |row: &serde_json::Value| {
        let digits = str_of(row, "text").strip_prefix("Report ").and_then(|t| t.split(':').next());
        digits.and_then(|d| d.parse().ok()).unwrap_or_else(|| panic!("{row}"))
    };
    (ran.code, ran.rows().iter().map(number).collect(), read_rows(&path))
}

#[test]
fn a_damaged_member_between_good_ones() {
    for pack in [gzip, zstd] {
        let parts = [0..3, 3..6, 6..9].map(|r| pack(lines(r).as_bytes()));
        let (start, end) = (parts[0].len(), parts[0].len() + parts[1].len());
        let mut input = parts.concat();
        input[start + parts[1].len() / 2] ^= 0x10;
        let (code, rows, bad) = run(&input);
        assert_eq!((code, rows), (1, vec![0, 1, 2, 6, 7, 8]));
        assert_eq!(bad.len(), 1, "{bad:?}");
        let detail = str_of(&bad[0], "detail");
        assert!(detail.contains(&format!(" 1, compressed bytes {start}..{end}: ")), "{detail}");
        let here = lines(0..3).len() as u64;
        assert_eq!((bad[0]["start"].as_u64(), bad[0]["end"].as_u64()), (Some(here), Some(here)));
        assert_eq!((bad[0]["record"].as_u64(), bad[0]["truncated"].as_bool()), (Some(3), Some(false)));
        let raw = base64::engine::general_purpose::STANDARD.decode(str_of(&bad[0], "raw")).expect("base64");
        assert_eq!(raw, &input[start..end]);
    }
}

#[test]
fn nothing_is_glued_across_a_gap() {
    let text = lines(0..9);
    let at = |i: usize| lines(0..i).len() + 20;
    let parts = [&text[..at(3)], &text[at(3)..at(6)], &text[at(6)..]].map(|t| gzip(t.as_bytes()));
    let mut input = parts.concat();
    input[parts[0].len() + parts[1].len() - 6] ^= 1;
    let (code, rows, bad) = run(&input);
    assert_eq!((code, rows), (1, vec![0, 1, 2, 7, 8]));
    let reasons: Vec<_> = bad.iter().map(|r| (str_of(r, "reason"), r["record"].as_u64())).collect();
    assert_eq!(
        reasons,
        [("truncated_stream", Some(3)), ("bad_crc", Some(4)), ("bad_json", Some(4))],
        "record numbers and ranges go on"
    );
    let range = |i: usize| (bad[i]["start"].as_u64(), bad[i]["end"].as_u64());
    let (gap, first) = (at(3) as u64, lines(0..3).len() as u64);
    assert_eq!((range(0), range(1)), ((Some(first), Some(gap)), (Some(gap), Some(gap))));
    assert_eq!(range(2).0, Some(gap));
}

#[test]
fn any_flipped_bit_harms_one_member_only() {
    let parts = [0..2, 2..4, 4..6].map(lines);
    for (pack, step) in [(gzip as fn(&[u8]) -> Vec<u8>, 1), (zstd, 3)] {
        let packed = [0, 1, 2].map(|i| pack(parts[i].as_bytes()));
        let (whole, without) = (parts.concat(), [parts[0].as_str(), &parts[2]].concat());
        for bit in (0..packed[1].len() * 8).step_by(step) {
            let mut input = packed.concat();
            input[packed[0].len() + bit / 8] ^= 1 << (bit % 8);
            let events = decode(&input);
            let got = text(&events);
            if damage(&events).is_empty() {
                assert_eq!(got, whole.as_bytes(), "bit {bit}");
            } else {
                assert!(got == without.as_bytes(), "bit {bit}: {events:?}");
            }
        }
    }
}

#[test]
fn every_other_member_of_hundreds_and_then_all_but_the_last() {
    for pack in [gzip, zstd] {
        let parts: Vec<String> = (0..600).map(|i| lines(i * 20..i * 20 + 20)).collect();
        let (mut input, mut want) = (Vec::new(), String::new());
        for (i, part) in parts.iter().enumerate() {
            let mut packed = pack(part.as_bytes());
            if i == 599 || i < 300 && i % 2 == 0 {
                want.push_str(part);
            } else {
                let middle = packed.len() / 2;
                packed[middle] ^= 0x42;
            }
            input.extend_from_slice(&packed);
        }
        let events = decode(&input);
        assert_eq!(text(&events), want.as_bytes());
        assert_eq!(damage(&events).len(), 150);
    }
}

#[test]
fn a_member_cut_off_in_the_middle_of_the_file() {
    let parts = [0..50, 50..100, 100..150].map(lines);
    let packed = parts.each_ref().map(|p| gzip(p.as_bytes()));
    for at in (1..packed[1].len()).step_by(3) {
        let input = [&packed[0][..], &packed[1][..at], &packed[2]].concat();
        let events = decode(&input);
        assert_eq!(text(&events), [parts[0].as_str(), &parts[2]].concat().as_bytes(), "cut at {at}");
        let (start, end) = (packed[0].len() as u64, (packed[0].len() + at) as u64);
        // What shows of it depends on where it is cut.
        let ranges: Vec<_> = damage(&events).into_iter().map(|(_, at)| (at.start, at.end)).collect();
        assert_eq!(ranges, [(start, end)], "cut at {at}");
    }
}

#[test]
fn what_follows_the_last_member() {
    let member = gzip(lines(0..2).as_bytes());
    let end = member.len() as u64;
    let then = |tail: &[u8]| decode(&[&member[..], tail].concat());
    assert_eq!(damage(&then(&[0; 70_000])), []);
    assert_eq!(damage(&then(b"garbage")), [("bad_member", end..end + 7)]);
    assert_eq!(damage(&then(b"g")), [("bad_member", end..end + 1)]);
    assert_eq!(damage(&then(b"\0\0\0garbage")), [("bad_member", end + 3..end + 10)]);
    assert_eq!(damage(&then(&[0x1f])), [("truncated_stream", end..end + 1)]);
    let events = then(&vec![b'x'; 200_000]);
    let Some(Event::Damage(_, at, head)) = events.last() else { panic!("{events:?}") };
    assert_eq!((at.clone(), head.len()), (end..end + 200_000, 65536));
    let (code, rows, bad) = run(&[&member[..], b"garbage"].concat());
    assert_eq!((code, rows, bad.len()), (1, vec![0, 1], 1));
    assert_eq!((str_of(&bad[0], "reason"), str_of(&bad[0], "raw")), ("bad_member", "garbage"));
    // Garbage between members is passed over.
    let events = then(&[&b"garbage"[..], &member].concat());
    assert_eq!(damage(&events), [("bad_member", end..end + 7)]);
    assert_eq!(text(&events), lines(0..2).repeat(2).as_bytes());
}

#[test]
fn a_large_member_comes_out_before_it_is_proved() {
    let (large, small) = (lines(0..40_000), lines(40_000..40_010));
    assert!(large.len() > 2 << 20);
    let (mut first, second) = (gzip(large.as_bytes()), gzip(small.as_bytes()));
    let n = first.len();
    first[n - 8] ^= 1;
    let events = decode(&[&first[..], &second].concat());
    assert_eq!(text(&events), (large.clone() + &small).as_bytes());
    assert_eq!(damage(&events), [("bad_crc", 0..n as u64)]);
    let Event::Damage(_, _, head) = &events[1] else { panic!("damage in between") };
    assert_eq!(head, &first[..65536]);
    let (code, rows, bad) = run(&[&first[..], &second].concat());
    assert_eq!((code, rows.len()), (1, 40_010));
    assert!(str_of(&bad[0], "detail").contains("had come out before"), "{}", bad[0]["detail"]);

    // Without its end it runs on into the next.
    let events = decode(&[&first[..n - 9], &second].concat());
    assert!(text(&events).ends_with(small.as_bytes()));
    assert_eq!(damage(&events).iter().map(|d| d.1.end).collect::<Vec<_>>(), [n as u64 - 9]);

    first[n - 8] ^= 1;
    first[n / 2] ^= 0x55;
    let events = decode(&[&first[..], &second].concat());
    assert!(text(&events).ends_with(small.as_bytes()));
    assert_eq!(damage(&events).len(), 1);
}

#[test]
fn whole_records_before_a_cut_are_kept() {
    for pack in [gzip, zstd] {
        let whole = pack(&[noise(50_000), b"\n".to_vec()].concat());
        let packed = [pack(lines(0..100).as_bytes()), pack(lines(100..3000).as_bytes())];
        let input = packed.concat();
        let cut = input.len() - packed[1].len() / 3;
        let (code, rows, bad) = run(&input[..cut]);
        assert_eq!(code, 1);
        assert!(rows.len() > 1000 && rows.iter().copied().eq(0..rows.len()), "{}", rows.len());
        let reasons: Vec<_> = bad.iter().map(|r| str_of(r, "reason")).collect();
        assert!(reasons.ends_with(&["truncated_stream"]) && reasons.len() <= 2, "{reasons:?}");
        let detail = str_of(&bad[bad.len() - 1], "detail");
        assert!(detail.contains(&format!("1, compressed bytes {}..{cut}", packed[0].len())), "{detail}");
        assert_eq!(damage(&decode(&whole[..whole.len() - 1])).len(), 1);
    }
}

#[test]
fn hostile_streams_take_linear_time() {
    let name = [&[0x1f, 0x8b, 8, 8][..], &[b'n'; 60]].concat();
    // A stored block of 64 KiB that holds more beginnings of members, with such blocks.
    let stored = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0, 0xff, 0xff, 0, 0, b'x'];
    // A member that expands a thousandfold and is bad in the end.
    let mut bomb = gzip(&vec![0; 1_000_000]);
    let n = bomb.len();
    bomb[n - 1] ^= 1;
    let frame = [&[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58][..], &[1, 0, 0, b'x']].concat();
    for (what, unit) in [
        ("headers", vec![0x1f, 0x8b, 8, 0]),
        ("headers with names", vec![0x1f, 0x8b, 8, 8]),
        ("longer names", name),
        ("headers with extra fields", vec![0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 3, 0xff, 0xff]),
        ("stored blocks", stored.to_vec()),
        ("empty blocks", vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0xff, 0xff]),
        ("magic numbers", vec![0x28, 0xb5, 0x2f, 0xfd]),
        ("tiny frames", frame),
        ("frames of 128 MiB", vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x88, 7, 0, 0]),
        ("cut-off bombs", bomb[..n - 12].to_vec()),
        ("bad bombs", bomb),
    ] {
        let size = if what.contains("bombs") { 40 << 10 } else { 3 << 20 };
        let input = unit.repeat(size / unit.len());
        let since = Instant::now();
        let events = decode(&input);
        let took = since.elapsed();
        assert!(!damage(&events).is_empty(), "{what}");
        // Far more than it takes on a busy machine, far less than if it took the square.
        assert!(took < Duration::from_secs(10), "{what}: {took:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(60)))]

    #[test]
    fn chunking_changes_nothing(
        parts in prop::collection::vec((0usize..8, 0usize..100_000, any::<u8>()), 1..6),
        sizes in prop::collection::vec(prop_oneof![1usize..50, 1usize..100_000], 1..20),
        is_gzip in any::<bool>(),
    ) {
        let pack = if is_gzip { gzip } else { zstd };
        let mut input = pack(b"The first.\n");
        let mut want = vec![b"The first.\n".to_vec()];
        for (kind, n, flip) in &parts {
            let content = match kind {
                0 => noise(*n),
                // More than any window now and then: it is dear.
                1 => lines(*n..n + if n % 10 == 0 { 30_000 } else { n % 1000 }).into_bytes(),
                _ => lines(*n..n + n % 100 + 1).into_bytes(),
            };
            let mut packed = pack(&content);
            match kind {
                0..=3 => want.push(content),
                4 => { let at = n % packed.len(); packed[at] ^= flip }
                5 => packed.truncate(n % packed.len()),
                6 => packed = noise(n % 1000),
                // Beginnings of members that are none: meant to wear the decoder out.
                _ => packed = [&packed[..4 + n % 8], &noise(n % 5)].concat().repeat(1 + n % 9000),
            }
            input.extend_from_slice(&packed);
        }
        let whole = decode(&input);
        let (mut chunks, mut rest, mut i) = (Vec::new(), &input[..], 0);
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(sizes[i % sizes.len()].min(rest.len()));
            chunks.push(chunk);
            (rest, i) = (after, i + 1);
        }
        prop_assert!(decode_chunks(&input, chunks.into_iter()) == whole, "chunks make a difference");
        let mut last = 0;
        for event in &whole {
            let Event::Damage(_, at, head) = event else { continue };
            prop_assert!(at.start >= last && at.start < at.end && at.end <= input.len() as u64);
            let all = &input[at.start as usize..at.end as usize];
            prop_assert!(head == &all[..all.len().min(65536)], "the first bytes of {:?}", at);
            last = at.end;
        }
        // Good members come out, in order, whatever else stands between them.
        if parts.iter().any(|(kind, ..)| *kind == 7) {
            want.clear();
        }
        let (text, mut at) = (text(&whole), 0);
        for content in want {
            let found = memchr::memmem::find(&text[at..], &content);
            prop_assert!(found.is_some(), "a good member is lost: {:?}", damage(&whole));
            at += found.unwrap_or(0) + content.len();
        }
    }
}

#[test]
fn every_place_is_told() {
    let parts: Vec<Vec<u8>> = (0..30).map(|i| gzip(lines(i..i + 1).as_bytes())).collect();
    let mut input = parts.concat();
    let mut at = 0;
    for (i, part) in parts.iter().enumerate() {
        at += part.len();
        input[at - 1] ^= u8::from(i % 2 == 1);
    }
    let ran = textmill(&["-p", "plain"], &input);
    assert_eq!((ran.code, ran.rows().len()), (1, 15));
    assert_eq!(ran.err.matches("bad_crc: gzip member ").count(), 10, "{}", ran.err);
    assert!(ran.err.contains("15 unreadable sources and damaged places in all"), "{}", ran.err);
    let explained = textmill(&["explain", "-p", "plain"], &input);
    assert_eq!(explained.code, 1, "{}", explained.err);
}
