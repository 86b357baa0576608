//! Kept rows as Parquet. The schema is that of the JSON: strings and whole numbers, never null.
//!
//! Groups of rows are encoded on all threads and written in order. What stands in the file
//! depends on the rows alone.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::column::writer::{ColumnCloseResult, ColumnWriter, get_column_writer};
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{ColumnPath, SchemaDescriptor, TypePtr};
use rayon::prelude::*;
use serde::Deserialize;

use super::card::COLUMNS;
use super::durable;
use super::part::Part;
use super::record::Extent;
use super::seal::Means;
use super::spool::{self, Group};

/// Most bytes of rows, as JSON, in a row group.
const GROUP: u64 = 64 << 20;

/// Values between two looks at the size of a page.
const LOOK: usize = 64;

/// Texts of which the smallest and the largest say nothing.
const PROSE: [&str; 4] = ["title", "text", "captions", "meta"];

/// Makes a file of the rows in a spool, with notes in its footer; `None` if it was stopped.
///
/// # Errors
/// Either file fails.
pub(super) fn write(
    from: &Path,
    to: &mut Part,
    notes: &[(&str, &str)],
    means: Means<'_>,
) -> io::Result<Option<Extent>> {
    let (schema, properties) = (schema(), Arc::new(properties(notes)));
    let groups = spool::groups(from, GROUP)?;
    let mut file = SerializedFileWriter::new(Sink(to), schema.clone(), properties.clone())?;
    for wave in groups.chunks(means.pool.current_num_threads()) {
        if means.stop.why().is_some() {
            return Ok(None);
        }
        let encode = |group| encode((group, durable::folder(from)), &schema, &properties);
        let encoded: Vec<_> = means.pool.install(|| wave.par_iter().map(encode).collect());
        for columns in encoded {
            let mut group = file.next_row_group()?;
            for (chunk, close) in columns? {
                group.append_column(&chunk, close)?;
            }
            group.close()?;
        }
    }
    file.close()?;
    to.settle().map(Some)
}

/// The output as the library wants it.
struct Sink<'a>(&'a mut Part);

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn schema() -> TypePtr {
    let column = |(name, kind): (&str, &str)| match kind {
        "string" => format!("REQUIRED BYTE_ARRAY {name} (STRING);"),
        _ => format!("REQUIRED INT64 {name};"),
    };
    let columns: Vec<_> = COLUMNS.map(column).into();
    let message = format!("message row {{ {} }}", columns.join(" "));
    Arc::new(parse_message_type(&message).expect("a schema"))
}

fn properties(notes: &[(&str, &str)]) -> WriterProperties {
    let note = |(key, value): &(&str, &str)| KeyValue::new((*key).to_owned(), (*value).to_owned());
    let level = ZstdLevel::try_new(zstd::DEFAULT_COMPRESSION_LEVEL).expect("a level");
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("textmill ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(notes.iter().map(note).collect()))
        .set_compression(Compression::ZSTD(level))
        .set_write_batch_size(LOOK)
        // Few values come twice, but for the source.
        .set_dictionary_enabled(false)
        .set_column_dictionary_enabled(ColumnPath::from("source"), true);
    for name in PROSE {
        properties = properties.set_column_statistics_enabled(name.into(), EnabledStatistics::None);
    }
    properties.build()
}

/// A row as it waits in a spool.
#[derive(Deserialize)]
struct Waiting<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    title: Cow<'a, str>,
    #[serde(borrow)]
    text: Cow<'a, str>,
    #[serde(borrow)]
    captions: Cow<'a, str>,
    #[serde(borrow)]
    fingerprint: Cow<'a, str>,
    #[serde(borrow)]
    source: Cow<'a, str>,
    record: i64,
    start: i64,
    end: i64,
    #[serde(borrow)]
    meta: Cow<'a, str>,
}

/// A column of a block.
enum Column {
    Texts(Vec<ByteArray>),
    Numbers(Vec<i64>),
}

fn columns(rows: &[u8]) -> Result<Vec<Column>, ParquetError> {
    let mut texts: [Vec<ByteArray>; 7] = Default::default();
    let mut numbers: [Vec<i64>; 3] = Default::default();
    for line in rows.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
        let row: Waiting<'_> =
            serde_json::from_slice(line).map_err(|e| ParquetError::External(Box::new(e)))?;
        let Waiting { id, title, text, captions, fingerprint, source, meta, .. } = row;
        for (to, value) in texts.iter_mut().zip([id, title, text, captions, fingerprint, source, meta]) {
            to.push(value.into_owned().into_bytes().into());
        }
        for (to, value) in numbers.iter_mut().zip([row.record, row.start, row.end]) {
            to.push(value);
        }
    }
    let (mut texts, mut numbers) = (texts.into_iter(), numbers.into_iter());
    let next = |(_, kind)| match kind {
        "string" => texts.next().map(Column::Texts),
        _ => numbers.next().map(Column::Numbers),
    };
    Ok(COLUMNS.into_iter().filter_map(next).collect())
}

type Encoded = Vec<(File, ColumnCloseResult)>;

/// The column chunks of a row group, in nameless files of a folder: in memory, a group that
/// does not compress would take all there may be.
fn encode(
    (group, folder): (&Group, &Path),
    schema: &TypePtr,
    properties: &Arc<WriterProperties>,
) -> Result<Encoded, ParquetError> {
    let schema = SchemaDescriptor::new(schema.clone());
    let sink = |_| tempfile::tempfile_in(folder).map(TrackedWrite::new);
    let mut sinks: Vec<_> = COLUMNS.iter().map(sink).collect::<io::Result<_>>()?;
    let mut writers: Vec<ColumnWriter<'_>> = Vec::new();
    for (i, sink) in sinks.iter_mut().enumerate() {
        let pages = Box::new(SerializedPageWriter::new(sink));
        writers.push(get_column_writer(schema.column(i), properties.clone(), pages));
    }
    group.for_each(|rows| {
        for (writer, column) in writers.iter_mut().zip(columns(rows)?) {
            match (writer, column) {
                (ColumnWriter::ByteArrayColumnWriter(to), Column::Texts(values)) => {
                    to.write_batch(&values, None, None)?
                }
                (ColumnWriter::Int64ColumnWriter(to), Column::Numbers(values)) => {
                    to.write_batch(&values, None, None)?
                }
                _ => return Err(ParquetError::General("a column of another type".to_owned())),
            };
        }
        Ok::<_, ParquetError>(())
    })?;
    let closed: Vec<_> = writers.into_iter().map(ColumnWriter::close).collect::<Result<_, _>>()?;
    sinks.into_iter().zip(closed).map(|(sink, close)| Ok((sink.into_inner()?, close))).collect()
}
