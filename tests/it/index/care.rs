//! `textmill index`.

#![cfg(all(target_os = "linux", debug_assertions))]

use std::fs;
use std::path::Path;
use std::process::Stdio;

use super::{World, holder, tree, tuesday, with_runs};
use crate::support::*;
#[test]
fn stats_say_what_an_index_holds() {
    let world = World::new();
    with_runs(&world, "i");
    let (code, out, err) = world.mill(&["index", "stats", &world.at("i")]);
    assert_eq!((code, err.as_str()), (0, ""));
    let log = fs::metadata(world.at("i/near-dedupe/log")).expect("the log").len();
    let part = &out[out.find("near-dedupe  version 1, shingle = 5").expect("parameters")..];
    let numbers: Vec<u64> =
        part.lines().skip(1).map_while(|l| l.split_whitespace().next()?.parse().ok()).collect();
    assert_eq!(numbers[..2], [30, log], "{out}");
    assert!(numbers[2] > 1 && numbers.len() as u64 == 3 + numbers[2], "{out}");
    assert!(out.starts_with("exact-dedupe  version 1\n              30 records\n"), "{out}");
    for (what, code) in [("stats", 5), ("check", 5), ("compact", 5)] {
        let (got, out, err) = world.mill(&["index", what, &world.at("none")]);
        assert_eq!((got, out.as_str()), (code, ""));
        assert!(err.contains(&world.at("none")) && err.contains("makes one"), "{err}");
        assert!(!Path::new(&world.at("none")).exists());
    }
}

#[test]
fn care_waits_for_no_writer() {
    let world = World::new();
    with_runs(&world, "i");
    let mut writer = holder(&world, "i");
    for what in ["stats", "check", "compact"] {
        let (code, _, err) = world.mill(&["index", what, &world.at("i")]);
        assert!(code == 5 && err.contains(&format!("process {} on", writer.id())), "{what}: {err}");
    }
    writer.kill().expect("killed");
    writer.wait().expect("it ends");
    for what in ["stats", "check", "compact"] {
        assert_eq!(world.mill(&["index", what, &world.at("i")]).0, 0, "{what}");
    }
}

#[test]
fn a_check_reads_every_byte() {
    let world = World::new();
    with_runs(&world, "i");
    let index = world.at("i");
    let before = tree(Path::new(&index));
    let (code, out, err) = world.mill(&["index", "check", &index]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(tree(Path::new(&index)) == before, "nothing was written");
    for (name, bytes) in before.into_iter().filter(|(n, _)| n.contains('/')) {
        for at in (0..12).map(|n| n * (bytes.len() - 1) / 11) {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << (at % 8);
            file(&world.dir, &format!("i/{name}"), &bytes);
            let (code, out, err) = world.mill(&["index", "check", &index]);
            assert_eq!(code, 5, "{name} at {at}: {out}");
            assert!(out.contains(&world.at(&format!("i/{name}"))), "{name} at {at}: {out}");
            assert!(err.contains(&index) && err.contains("move it away"), "{err}");
        }
        file(&world.dir, &format!("i/{name}"), &bytes[..bytes.len() - 1]);
        assert_eq!(world.mill(&["index", "check", &index]).0, 5, "{name}: one byte less");
        file(&world.dir, &format!("i/{name}"), &bytes);
    }
    assert_eq!(world.mill(&["index", "check", &index]).0, 0);
}

fn runs(dir: &str) -> usize {
    tree(Path::new(dir)).iter().filter(|(n, _)| n.contains("/run-")).count()
}

#[test]
fn compact_is_good_wherever_it_is_killed() {
    let world = World::new();
    with_runs(&world, "whole");
    let want = world.rows("whole", &["--index-read-only"], &tuesday());
    let index = world.at("i");
    for n in 1.. {
        world.copy("whole", "i");
        let mut killed = command(&["index", "compact", &index]);
        killed.env("TEXTMILL_KILL_AT", n.to_string()).stdout(Stdio::null()).stderr(Stdio::null());
        if killed.status().expect("it ends").code() == Some(0) {
            assert!(n > 8, "only {n} durable steps");
            break;
        }
        assert!(world.rows("i", &["--index-read-only"], &tuesday()) == want, "step {n}");
        let (code, out, _) = world.mill(&["index", "check", &index]);
        assert_eq!(code, 0, "step {n}: {out}");
        assert!(world.rows("i", &[], &tuesday()) == want, "step {n}");
    }
    // To its end: one run for each stage, which holds all.
    assert_eq!(runs(&index), 2);
    assert!(world.rows("i", &["--index-read-only"], &tuesday()) == want);
    let (code, out, _) = world.mill(&["index", "check", &index]);
    assert_eq!(code, 0, "{out}");
    assert!(world.rows("i", &[], &tuesday()) == want);
    let (code, out, err) = world.mill(&["index", "compact", &index]);
    assert_eq!((code, err.as_str(), runs(&index)), (0, "", 2), "{out}");
    assert!(out.contains("near-dedupe: runs before: 1, now: 1"), "{out}");
    assert_eq!(world.mill(&["index", "check", &index]).0, 0);
    assert!(world.rows("i", &["--index-read-only"], &tuesday()).is_empty());
}

#[test]
fn a_run_that_can_be_gone_on_with_is_not_compacted() {
    let tuesday = super::kills::Tuesday::new();
    // Cut short after its first commit.
    for n in 10.. {
        tuesday.reset();
        assert_eq!(tuesday.run(&[], Some(n)).0, None);
        let (code, _, err) = tuesday.world.mill(&["index", "compact", &tuesday.world.at("i")]);
        if code == 5 {
            assert!(err.contains(&tuesday.world.at("o")) && err.contains("--resume"), "{err}");
            break;
        }
    }
    tuesday.recover(true, "after a compact that was refused");
}
