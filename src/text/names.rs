//! Names of files, and of entries in archives, as rows and messages have them.

/// The bytes of a name as text, no two names alike and none with `!/` in it, which stands between an archive
/// and its entries.
///
/// What is no UTF-8 becomes `\xff`, byte by byte. What would look like that, or like the end of an archive's
/// name, is written with a code as well: `\x5c` for a backslash in front of `x` and two digits, `\x21` for an
/// exclamation mark in front of a slash. All other names stay as they are.
pub fn name(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        push(chunk.valid(), &mut out);
        chunk.invalid().iter().for_each(|b| out.push_str(&format!(r"\x{b:02x}")));
    }
    out
}

fn push(mut rest: &str, out: &mut String) {
    while let Some(at) = rest.find(['\\', '!']) {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        out.push_str(before);
        out.push_str(match rest.as_bytes()[at] {
            b'!' if after.starts_with('/') => r"\x21",
            b'!' => "!",
            _ if is_code(after.as_bytes()) => r"\x5c",
            _ => "\\",
        });
        rest = after;
    }
    out.push_str(rest);
}

/// Whether what follows a backslash would be read as the code of a byte.
fn is_code(after: &[u8]) -> bool {
    let digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    matches!(after, [b'x', a, b, ..] if digit(*a) && digit(*b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The bytes that [`name`] was given.
    fn bytes(name: &str) -> Vec<u8> {
        let (mut out, mut rest) = (Vec::new(), name.as_bytes());
        while let [first, after @ ..] = rest {
            if *first == b'\\' && is_code(after) {
                out.push(
                    u8::from_str_radix(&name[name.len() - after.len() + 1..][..2], 16).expect("two digits"),
                );
                rest = &after[3..];
            } else {
                out.push(*first);
                rest = after;
            }
        }
        out
    }

    proptest! {
        #[test]
        fn the_bytes_of_a_name_can_be_told_from_it(
            parts in prop::collection::vec(
                prop_oneof![
                    "[a-fx0-9!/.é\\\\]{0,4}".prop_map(String::into_bytes),
                    prop::collection::vec(any::<u8>(), 0..3),
                    Just(br"\xff".to_vec()),
                    Just(b"!/".to_vec()),
                ],
                0..6,
            ),
        ) {
            let given = parts.concat();
            let text = name(&given);
            prop_assert!(!text.contains("!/"));
            prop_assert_eq!(bytes(&text), given);
        }
    }

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for ordinary in
            ["a.txt", "dir/ünï \u{1F469}.jsonl", r"C:\temp\x.txt", r"a\xZZ", "wow!", "-", "é!x/\\"]
        {
            assert_eq!(name(ordinary.as_bytes()), ordinary);
        }
        assert_eq!(name(b"a\xff.txt"), r"a\xff.txt");
        assert_eq!(name(br"a\xff.txt"), r"a\x5cxff.txt");
        assert_eq!(name(b"x.tar!/a.txt"), r"x.tar\x21/a.txt");
    }
}
