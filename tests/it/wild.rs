//! Bytes that mean no good.

use crate::support::textmill;

fn inputs() -> Vec<(&'static str, Vec<u8>)> {
    let mut noise = vec![0u8; 1 << 20];
    let mut seed = 99u64;
    for b in &mut noise {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        *b = (seed >> 56) as u8;
    }
    let nested = format!("{{\"text\":\"a\",\"b\":{}", "[".repeat(100_000));
    vec![
        ("noise", noise.clone()),
        ("noise called gzip", [&[0x1f, 0x8b, 8, 0][..], &noise[..5000]].concat()),
        ("noise called zstd", [&[0x28, 0xb5, 0x2f, 0xfd][..], &noise[..5000]].concat()),
        ("half a magic number", vec![0x1f, 0x8b]),
        ("NULs", vec![0; 100_000]),
        ("line feeds", vec![b'\n'; 1_000_000]),
        ("carriage returns", vec![b'\r'; 100_000]),
        ("form feeds", vec![0x0c; 100_000]),
        ("spaces", vec![b' '; 1_000_000]),
        ("tiny lines", b"a\n".repeat(200_000)),
        ("tiny articles", b"a\n\n\n\n".repeat(50_000)),
        ("one line", vec![b'x'; 20 << 20]),
        ("deep JSON", nested.into_bytes()),
        ("JSON that ends early", b"{\"text\":\"abc".to_vec()),
        ("JSON of wrong types", b"{\"text\":[]}\n[]\n5\n\"x\"\nnull\n{}\n".to_vec()),
        ("UTF-16", "\u{feff}text".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("a zip", b"PK\x03\x04\x14\0\0\0\x08\0".to_vec()),
        ("escapes", b"\x1b]0;title\x07\x1b[2J\n\nbody\n".repeat(50)),
        ("quotation marks", b"a,b\n".iter().copied().chain(vec![b'"'; 1_000_001]).collect()),
        ("a cell that never ends", [b"a,b\n1,2\n3,4\n5,\"".to_vec(), b"x,\n".repeat(1 << 14)].concat()),
        ("commas", b"a,b\n1,2\n3,\"4\"\n".iter().copied().chain(vec![b','; 1_000_000]).collect()),
        ("brackets", b"<<<<[[[[((((====----\n".repeat(1000)),
    ]
}

#[test]
fn every_input_ends_in_a_documented_code() {
    for (name, bytes) in inputs() {
        for args in [&["-q"][..], &["-q", "-p", "web-text"], &["explain"]] {
            let ran = textmill(args, &bytes);
            // Hardly anything in noise is text, and the guard says so.
            let stopped = name == "noise" && ran.code == 3 && ran.err.starts_with("textmill: guard: ");
            assert!(stopped || [0, 1].contains(&ran.code), "{name} {args:?}: exit {}\n{}", ran.code, ran.err);
            assert!(!ran.err.contains("panicked"), "{name} {args:?}: {}", ran.err);
            if args[0] == "explain" {
                let raw = |b: &u8| *b < 0x20 && *b != b'\n' && *b != b'\t';
                assert!(!ran.out.iter().any(raw), "{name}: a control character reached the terminal");
            } else {
                ran.rows();
            }
        }
    }
}
