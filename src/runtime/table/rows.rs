//! The rows of a table as JSON Lines. Runs in the child only.

use std::error::Error;
use std::fs::File;
use std::io::{Read, Seek, Write};

use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_json::writer::{LineDelimited, WriterBuilder};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::formats::parquet::MAGIC_BYTES;

/// Rows that are decoded together: each may be as large as a document.
const ROWS: usize = 64;

/// Writes one object for each row, columns in order, nulls too.
pub(super) fn write(mut file: File, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let mut first = Vec::new();
    Read::by_ref(&mut file).take(MAGIC_BYTES as u64).read_to_end(&mut first)?;
    file.rewind()?;
    if first.starts_with(b"ARROW1") {
        batches(FileReader::try_new_buffered(file, None)?, out)
    } else if first.starts_with(&[0xFF; 4]) {
        batches(StreamReader::try_new_buffered(file, None)?, out)
    } else {
        let table = ParquetRecordBatchReaderBuilder::try_new(file)?;
        batches(table.with_batch_size(ROWS).build()?, out)
    }
}

fn batches<E: Error + 'static>(
    table: impl Iterator<Item = Result<RecordBatch, E>>,
    out: &mut dyn Write,
) -> Result<(), Box<dyn Error>> {
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(out);
    for batch in table {
        let batch = batch?;
        for at in (0..batch.num_rows()).step_by(ROWS) {
            writer.write(&batch.slice(at, ROWS.min(batch.num_rows() - at)))?;
        }
    }
    Ok(writer.finish()?)
}
