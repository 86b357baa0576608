//! Numbers for people.

/// `1234567` with narrow spaces that do not break between thousands.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202F}');
        }
        out.push(c);
    }
    out
}

/// Bytes in the largest unit that leaves something before the point; units of 1000.
pub(super) fn bytes(n: u64) -> String {
    let mut value = n as f64;
    for unit in ["B", "kB", "MB", "GB", "TB"] {
        if value < 999.5 || unit == "TB" {
            let decimals = if unit == "B" || value >= 99.95 { 0 } else { 1 };
            return format!("{value:.decimals$}\u{A0}{unit}");
        }
        value /= 1000.0;
    }
    unreachable!("the last unit takes all")
}

/// A power of two bytes, in units of 1024.
pub(super) fn power(exponent: usize) -> String {
    let unit = ["B", "KiB", "MiB", "GiB"][(exponent / 10).min(3)];
    format!("{}\u{A0}{unit}", 1u64 << (exponent - (exponent / 10).min(3) * 10))
}

/// A share in percent.
pub(super) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let share = part as f64 * 100.0 / whole as f64;
    match share {
        s if part > 0 && s < 0.05 => "< 0.1\u{A0}%".to_owned(),
        s if part < whole && s > 99.95 => "> 99.9\u{A0}%".to_owned(),
        s => format!("{s:.1}\u{A0}%"),
    }
}

/// `n` things.
pub(super) fn count(n: u64, one: &str, many: &str) -> String {
    format!("{}\u{A0}{}", grouped(n), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_people() {
        assert_eq!(grouped(1_234_567), "1\u{202F}234\u{202F}567");
        for (n, want) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (99_949, "99.9 kB"),
            (99_951, "100 kB"),
            (999_499, "999 kB"),
            (999_501, "1.0 MB"),
            (u64::MAX, "18446744 TB"),
        ] {
            assert_eq!(bytes(n).replace('\u{A0}', " "), want);
        }
        for (part, whole, want) in [
            (0, 0, "–"),
            (1, 3, "33.3 %"),
            (1, 100_000, "< 0.1 %"),
            (99_999, 100_000, "> 99.9 %"),
            (5, 5, "100.0 %"),
        ] {
            assert_eq!(percent(part, whole).replace('\u{A0}', " "), want);
        }
        assert_eq!(count(1, "line", "lines"), "1\u{A0}line");
    }
}
