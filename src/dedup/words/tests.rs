use proptest::prelude::*;

use super::*;

/// The definition, word for word.
fn reference(lines: &[&str]) -> (Vec<u32>, Units) {
    let nothing = |c: char| matches!(u32::from(c), 0x300..=0x36F | 0x200B..=0x200D | 0xFEFF | 0xAD);
    let (mut words, mut characters, mut spaceless) = (Vec::new(), Vec::new(), 0);
    for line in lines {
        let mut word = String::new();
        for c in line.chars().filter(|&c| !nothing(c)).chain(['\n']) {
            if c.is_alphanumeric() {
                let lower: String = c.to_lowercase().filter(|&c| !nothing(c)).collect();
                characters.push(hash(lower.as_bytes()));
                spaceless += usize::from(letters::is_spaceless(c));
                word.push_str(&lower);
            } else if !word.is_empty() {
                words.push(hash(word.as_bytes()));
                word.clear();
            }
        }
    }
    if spaceless * 2 > characters.len() { (characters, Units::Characters) } else { (words, Units::Words) }
}

fn check(lines: &[&str]) {
    let (expected, units) = reference(lines);
    let mut out = vec![7];
    assert_eq!(units_of(lines.iter().copied(), &mut out), units, "{lines:?}");
    assert_eq!(out[1..], expected, "{lines:?}");
    for level in crate::text::levels() {
        let mut out = Vec::new();
        words(level, lines.iter().copied(), &mut out);
        if units == Units::Words {
            assert_eq!(out, expected, "{level:?}: {lines:?}");
        }
    }
}

fn units(text: &str) -> Vec<u32> {
    let mut out = Vec::new();
    units_of(text.lines(), &mut out);
    out
}

#[test]
fn what_is_a_word() {
    let word = |s: &str| hash(s.as_bytes());
    assert_eq!(units("“Don’t!”,  said\nÉMILE…"), ["don", "t", "said", "émile"].map(word));
    assert_eq!(
        units("co\u{AD}op zero\u{200B}width\u{FEFF} İs e\u{301}a"),
        ["coop", "zerowidth", "is", "ea"].map(word)
    );
    assert_eq!(units("end\nless"), ["end", "less"].map(word));
    assert_eq!(units(" \n…\n\n"), [0; 0]);
}

#[test]
fn scripts_without_spaces() {
    let word = |s: &str| hash(s.as_bytes());
    assert_eq!(units("東京。A"), ["東", "京", "a"].map(word));
    assert_eq!(units("東京 ab"), ["東京", "ab"].map(word), "not more than half");
    assert_eq!(units("İ\u{301}京都。"), ["i", "京", "都"].map(word));
    assert_eq!(units("ที่").len(), 2, "a mark that is no letter is no unit");
}

/// An index on the disk holds these: they may never change.
#[test]
fn fixed_for_ever() {
    let text = "The naïve Ölçüm of counter-revolutionaries: Donaudampfschifffahrtsgesellschaft 1984 東京";
    assert_eq!(
        units(text),
        [
            724548640, 1487226925, 2899590821, 1064601342, 1899183652, 504317453, 3360866179, 1141362123,
            3592880559
        ]
    );
    assert_eq!(units("東京"), [2214605356, 3654624351]);
}

#[test]
fn every_length_at_every_place() {
    for n in 0..80 {
        let long = "Word".repeat(n);
        for m in 0..4 {
            check(&[&long[m.min(long.len())..], &format!("{}é{long} {long}", &long[..n])]);
        }
    }
    for n in [1983, 1984, 1985, 2015, 2016, 2017, 2047, 2048, 2049, 5000] {
        let long = "Ab1é".repeat(n).chars().take(n).collect::<String>();
        check(&[&long, &format!("x {long}’s {long}"), "tail"]);
        check(&vec![""; n]);
        check(&vec!["a"; n]);
        check(&[&" ".repeat(n), &"a ".repeat(n), &"東".repeat(n / 2), &"e\u{301}".repeat(n)]);
    }
}

/// Low bits serve alone: a word list must fall evenly into 16 bits.
#[test]
fn low_bits_are_even() {
    for shift in [0, 16] {
        let mut count = vec![0u32; 1 << 16];
        for i in 0..1u32 << 20 {
            // Numbers and short words that differ in few bits.
            let word = if i % 2 == 0 { format!("{i}") } else { format!("w{:x}ing", i / 2) };
            count[(hash(word.as_bytes()) >> shift) as usize & 0xFFFF] += 1;
        }
        let chi: f64 = count.iter().map(|&n| (f64::from(n) - 16.0).powi(2) / 16.0).sum();
        // 65,535 degrees of freedom, standard deviation 362.
        assert!((chi - 65_535.0).abs() < 5.0 * 362.0, "{chi}");
    }
}

proptest! {
    #[test]
    fn as_defined(lines in prop::collection::vec(prop_oneof![
        "[ -~]{0,90}",
        "[a-zA-Z ,.éÉßàç]{0,90}",
        "[a-zA-Z “”’…—]{0,90}",
        "[a-z 東京カひ한。สวัส]{0,60}",
        "[a-z \u{301}\u{345}\u{AD}\u{200B}\u{FEFF}İΣſKȺ👧𠀀ﬁ²Ⅷ]{0,60}",
        "\\PC{0,60}",
        any::<String>(),
    ], 0..6)) {
        check(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    }
}
