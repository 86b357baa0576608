//! The first row of a source: which column is what.

use serde::Deserialize;

use super::cells::Cells;
use crate::formats::InputOptions;
use crate::formats::bad::{Bad, BadKind};
use crate::formats::parquet::TEXT_COLUMNS;

/// Most columns.
const MAX_COLUMNS: usize = 1 << 17;
/// Most bytes of a column's name. Each row of some commas has all names in its `meta`: longer ones
/// would make of a megabyte any number of them.
const MAX_NAME: usize = 256;
/// Columns that a complaint names.
const NAMED: usize = 20;

/// What is known of the columns of a source.
#[derive(Debug)]
pub(super) struct Header {
    pub delimiter: u8,
    pub columns: usize,
    /// All of it, as it stands in the quarantine.
    pub json: String,
    /// `"name":` of all columns, one after the other.
    keys: String,
    /// Where each of them ends.
    ends: Vec<u32>,
    /// The column of the text, or why there is none.
    pub text: Result<usize, Bad>,
    /// The column of the title.
    pub title: Option<usize>,
}

/// As it stands in the quarantine.
#[derive(Deserialize)]
struct Stored {
    delimiter: char,
    columns: Vec<String>,
}

/// The header row as JSON text, and how many columns it has. A row that cannot be read is one column from
/// where it is broken.
pub(super) fn to_json(row: &str, delimiter: u8) -> (String, usize) {
    let mut cells = Cells::new(row, delimiter);
    let (mut columns, mut count) = (String::new(), 0);
    while count <= MAX_COLUMNS
        && let Some(cell) = cells.next()
    {
        let broken = cell.is_err();
        let cell = cell.unwrap_or_else(|_| cells.rest().into());
        columns.push_str(if count > 0 { "," } else { "" });
        // A byte more than a name may have is enough to tell.
        let end = (MAX_NAME + 1..cell.len()).find(|end| cell.is_char_boundary(*end)).unwrap_or(cell.len());
        columns.push_str(&serde_json::Value::from(&cell[..end]).to_string());
        count += 1;
        if broken {
            break;
        }
    }
    let delimiter = serde_json::Value::from(char::from(delimiter).to_string());
    (format!("{{\"delimiter\":{delimiter},\"columns\":[{columns}]}}"), count)
}

impl Header {
    /// Reads what [`to_json`] has written; none if it is something else.
    pub fn read(json: &str, options: &InputOptions) -> Option<Self> {
        let Stored { delimiter, columns: names } = serde_json::from_str(json).ok()?;
        let delimiter = u8::try_from(delimiter).ok().filter(|d| super::DELIMITERS.contains(d))?;
        if names.is_empty() {
            return None;
        }
        let (mut keys, mut ends) = (String::new(), Vec::with_capacity(names.len()));
        let limit = over_limit(&names);
        for name in names.iter().filter(|_| limit.is_none()) {
            keys.push_str(&serde_json::Value::from(name.as_str()).to_string());
            keys.push(':');
            ends.push(u32::try_from(keys.len()).ok()?);
        }
        let text = limit.map_or_else(|| text_column(&names, options), Err);
        // The last of several columns of one name counts, as in JSON.
        let title = names.iter().rposition(|name| name == "title").filter(|i| text.as_ref() != Ok(i));
        Some(Self { delimiter, columns: names.len(), json: json.to_owned(), keys, ends, text, title })
    }

    /// `"name":` of column `i`.
    pub fn key(&self, i: usize) -> &str {
        let start = i.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.keys[start as usize..self.ends[i] as usize]
    }

    /// Bytes of all names, as they stand in `meta`.
    pub fn keys_len(&self) -> usize {
        self.keys.len()
    }
}

/// Why a header is none, or too much of one.
fn over_limit(names: &[String]) -> Option<Bad> {
    if names.len() > MAX_COLUMNS {
        return Some(BadKind::BadRecord.because(format!("the header has more than {MAX_COLUMNS} columns")));
    }
    let at = names.iter().position(|name| name.len() > MAX_NAME)?;
    let what = format!(
        "the first row is no header: its cell {} has more than {MAX_NAME} bytes, or a quotation mark that is not closed",
        at + 1
    );
    Some(BadKind::BadRecord.because(what))
}

/// The column that holds the text.
fn text_column(names: &[String], options: &InputOptions) -> Result<usize, Bad> {
    let find = |wanted: &str| names.iter().rposition(|name| name == wanted);
    let wanted = options.text_field.join(".");
    let (found, missing) = if options.text_field == InputOptions::default().text_field {
        let any = TEXT_COLUMNS.iter().find_map(|wanted| find(wanted));
        (any, format!("no column is called {}", TEXT_COLUMNS.map(|c| format!("`{c}`")).join(", ")))
    } else {
        (find(&wanted), format!("no column is called `{wanted}`"))
    };
    found.ok_or_else(|| BadKind::NoText.because(format!("{missing}; the header has {}", list(names))))
}

/// The first names, in words.
fn list(names: &[String]) -> String {
    let short = |name: &String| match name.char_indices().nth(40) {
        Some((end, _)) => format!("`{}…`", &name[..end]),
        None => format!("`{name}`"),
    };
    let all: Vec<String> = names.iter().take(NAMED).map(short).collect();
    let more = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", all.join(", "))
}
