//! Rows as Parquet: the rows of JSON Lines, in one schema, the same bytes however they were made.

use std::fs;
use std::io::Write;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::{Map, Value};

use crate::folder::{Case, manifest};
use crate::support::*;

type Reader = SerializedFileReader<fs::File>;

fn reader(content: &[u8]) -> Reader {
    let mut file = tempfile::tempfile().expect("room");
    file.write_all(content).expect("room");
    SerializedFileReader::new(file).expect("Parquet")
}

/// Its rows as JSON, columns in order.
fn rows_in(reader: &Reader) -> Vec<Value> {
    let value = |field: &Field| match field {
        Field::Str(text) => Value::from(text.as_str()),
        Field::Long(number) => Value::from(*number),
        other => panic!("{other:?}"),
    };
    let row = |row: parquet::record::Row| {
        row.get_column_iter().map(|(name, field)| (name.clone(), value(field))).collect::<Map<_, _>>().into()
    };
    reader.get_row_iter(None).expect("rows").map(|found| row(found.expect("a row"))).collect()
}

#[test]
fn a_file_has_the_rows_of_json_lines() {
    let case = Case::new(60);
    let hostile = concat!(
        r#"{"text":"A \u0000 nul, \"quotes\", \\ and 👧 in a line of words that is long enough to stay here.","#,
        r#""title":"","date":"2024-05-06","n":18446744073709551616,"empty":""}"#
    );
    file(&case.dir, "in/c.jsonl", format!("{hostile}\n").as_bytes());
    let parquet = case.to("rows.parquet");
    let made = reader(&parquet.made(&[])[""]);
    let json = parquet.to("rows.jsonl").made(&[]);
    let want = rows(&json[""]);
    assert!(want.len() > 100);
    let got = rows_in(&made);
    assert_eq!(got, want);
    // In this order, too.
    let keys = |row: &Value| row.as_object().map(|o| o.keys().cloned().collect::<Vec<_>>());
    assert_eq!(keys(&got[0]), keys(&want[0]));
}

#[test]
fn the_schema_is_always_the_same() {
    let schema = |file: &[u8]| {
        let reader = reader(file);
        let columns = reader.metadata().file_metadata().schema_descr().columns().to_vec();
        assert!(columns.iter().all(|c| c.max_def_level() == 0), "nothing can be null");
        (
            columns.iter().map(|c| format!("{:?} {c:?}", c.logical_type_ref())).collect::<Vec<_>>(),
            rows_in(&reader).len(),
        )
    };
    let case = Case::new(4).to("rows.parquet");
    let (want, some) = schema(&case.made(&[])[""]);
    assert!(some > 0);
    fs::remove_dir_all(case.at("in")).expect("gone");
    file(&case.dir, "in/none.txt", b"");
    assert_eq!(schema(&case.made(&[])[""]), (want, 0));
}

#[test]
fn shards_as_parquet() {
    let case = Case::new(80);
    let more = ["--shard-format", "parquet", "--shard-size", "16K", "--split", "train=0.8,test=0.2"];
    let made = case.made(&[&more[..], &["--threads", "1"]].concat());
    assert!(made == case.made(&[&more[..], &["--threads", "3"]].concat()));
    let manifest = manifest(&made);
    let shards = manifest["shards"].as_array().expect("a list");
    assert!(shards.len() > 4, "{} shards", shards.len());
    let mut sum = 0;
    for shard in shards {
        let file = &made[str_of(shard, "file")];
        assert_eq!(str_of(shard, "blake3"), blake3::hash(file).to_hex().as_str());
        assert_eq!(shard["bytes"].as_u64(), Some(file.len() as u64));
        let rows = rows_in(&reader(file)).len() as u64;
        assert_eq!(shard["rows"].as_u64(), Some(rows));
        sum += rows;
    }
    assert_eq!(manifest["report"]["documents"]["kept"].as_u64(), Some(sum));
    assert_eq!(made.len(), shards.len() + 2, "{:?}", made.keys());
}

#[test]
fn only_rows_are_parquet() {
    let ran = textmill(&["-q", "--ledger", "l.parquet"], b"");
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("the ledger is JSON Lines"), "{}", ran.err);
    let dir = folder();
    fs::create_dir(dir.path().join("x.parquet")).expect("room");
    let ran = textmill(&["-q", "-o", dir.path().join("x.parquet").to_str().expect("UTF-8")], b"");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "a folder is one, whatever its name");
}

#[cfg(target_os = "linux")]
#[test]
fn killed_at_every_step_of_a_file() {
    Case::new(30).to("rows.parquet").sweep(&[]);
}

#[cfg(target_os = "linux")]
#[test]
fn killed_at_every_step_of_a_folder() {
    Case::new(20).sweep(&[
        "--shard-format",
        "parquet",
        "--shard-size",
        "5K",
        "--split",
        "train=0.8,test=0.2",
    ]);
}
