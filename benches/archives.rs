//! Web archives on one core: records that are skipped, and records that are opened.
//!
//! `cargo bench --bench archives`; throughput is bytes of the decompressed archive.

use std::io::Write;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use textmill::document::Origin;
use textmill::formats::wrapping::{Decoded, decoder};
use textmill::formats::{InputOptions, Piece, Raw, warc};

/// Bytes of a body; that of an average page.
const BODY: usize = 64 << 10;
const CHUNK: usize = 256 << 10;

/// A response whose body has this type.
fn response(content_type: &str, body: &[u8]) -> Vec<u8> {
    let http = format!("HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: {content_type}\r\n\r\n");
    let length = http.len() + body.len();
    let head = format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/\r\nWARC-Date: 2026-11-25T06:00:00Z\r\n\
         Content-Type: application/http; msgtype=response\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), http.as_bytes(), body, b"\r\n\r\n"].concat()
}

fn text() -> Vec<u8> {
    (0..)
        .flat_map(|n| format!("Line {n} of a page, with some words on it.\n").into_bytes())
        .take(BODY)
        .collect()
}

/// Pieces of an archive; records are opened.
fn read(parts: &[&[u8]]) -> usize {
    let options = InputOptions::default();
    let (mut segmenter, opener) = ((warc::SPEC.segmenter)(&options), (warc::SPEC.opener)(&options));
    let mut seen = 0;
    let mut take = |piece: Piece<'_>| match piece {
        Piece::Record { bytes, range, border, .. } => {
            let origin = Origin { source: "bench".into(), record: 0, range, border };
            seen += opener.open(Raw { origin, bytes, url: None }).map_or(0, |d| d.text().len());
        }
        Piece::Separator(range) => seen += (range.end - range.start) as usize,
        Piece::Bad { reason, .. } => panic!("{reason}"),
    };
    for part in parts {
        segmenter.push(part, &mut take);
    }
    segmenter.finish(false, &mut take);
    seen
}

/// The same through decompression.
fn read_packed(packed: &[u8]) -> usize {
    let mut segmenter = (warc::SPEC.segmenter)(&InputOptions::default());
    let mut seen = 0;
    let mut decoder = decoder(packed);
    let mut take = |decoded: Decoded<'_>| match decoded {
        Decoded::Bytes(bytes) => segmenter.push(bytes, &mut |_| seen += 1),
        Decoded::Damage { reason, .. } => panic!("{reason}"),
    };
    for part in packed.chunks(CHUNK) {
        decoder.push(part, &mut take);
    }
    decoder.finish(&mut take);
    seen
}

/// The same without looking for records.
fn inflate(packed: &[u8]) -> usize {
    let (mut seen, mut decoder) = (0, decoder(packed));
    let mut take = |decoded: Decoded<'_>| {
        if let Decoded::Bytes(bytes) = decoded {
            seen += bytes.len();
        }
    };
    for part in packed.chunks(CHUNK) {
        decoder.push(part, &mut take);
    }
    decoder.finish(&mut take);
    seen
}

fn archives(c: &mut Criterion) {
    let mut group = c.benchmark_group("warc");
    for (name, content_type) in [("skipped", "image/png"), ("kept", "text/plain")] {
        let records: Vec<Vec<u8>> = (0..200).map(|_| response(content_type, &text())).collect();
        let archive = records.concat();
        let parts: Vec<&[u8]> = archive.chunks(CHUNK).collect();
        group.throughput(Throughput::Bytes(archive.len() as u64));
        group.bench_function(name, |b| b.iter(|| read(&parts)));
        if name == "skipped" {
            let pack = |record: &Vec<u8>| {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(record).expect("memory");
                encoder.finish().expect("memory")
            };
            let packed: Vec<u8> = records.iter().flat_map(pack).collect();
            group.bench_function("skipped, gzip", |b| b.iter(|| read_packed(&packed)));
            group.bench_function("gzip alone", |b| b.iter(|| inflate(&packed)));
        }
    }
    group.finish();
}

criterion_group!(benches, archives);
criterion_main!(benches);
