//! `textmill quarantine`: what could not be read.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::{ReadingArgs, format_names, text_types};
use super::code;
use super::run::complain;
use crate::runtime::quarantine::Unreadable;

mod list;
mod replay;
mod show;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the rows of a quarantine file, one a line
    List(ListArgs),
    /// Show one row and its bytes
    Show(ShowArgs),
    /// Try the records again, and write those that can be read now
    Replay(ReplayArgs),
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// What `--quarantine` wrote
    pub file: PathBuf,
    /// Print no counts
    #[arg(short, long)]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub struct ShowArgs {
    /// What `--quarantine` wrote
    pub file: PathBuf,
    /// Number of the row, from 0, as `list` shows it
    pub number: u64,
    /// Write the bytes alone, as they are unless to a terminal
    #[arg(long)]
    pub raw: bool,
}

#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// What `--quarantine` wrote
    pub file: PathBuf,
    /// Built-in pipeline (dedupe, news, news-learned, plain, web-text) or a pipeline file
    #[arg(short, long, default_value = "news", value_name = "NAME|FILE")]
    pub pipeline: String,
    /// Format of the records [default: the one that cut them]
    #[arg(long, value_name = "FORMAT", value_parser = format_names())]
    pub format: Option<String>,
    /// Field that holds the text of JSON records; a path with dots
    #[arg(long, value_name = "PATH")]
    pub text_field: Option<String>,
    /// What the text field holds [default: plain]
    #[arg(long, value_name = "TYPE", value_parser = text_types())]
    pub text_type: Option<String>,
    /// Take alternative texts of images in HTML as captions
    #[arg(long)]
    pub alt_text: bool,
    /// Quarantine documents with invalid UTF-8 instead of repairing them
    #[arg(long)]
    pub strict: bool,
    /// Where rows go; `.gz` and `.zst` are compressed
    #[arg(short, long, default_value = "-", value_name = "FILE|-")]
    pub output: PathBuf,
    /// Write a row for each removed line and each dropped document
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
    /// Write a row for each record that still could not be read
    #[arg(long, value_name = "FILE2")]
    pub quarantine: Option<PathBuf>,
    /// Print errors only
    #[arg(short, long)]
    pub quiet: bool,
}

impl ReplayArgs {
    fn reading(&self) -> ReadingArgs {
        ReadingArgs {
            pipeline: Some(self.pipeline.clone()),
            format: self.format.clone(),
            text_field: self.text_field.clone(),
            text_type: self.text_type.clone(),
            alt_text: self.alt_text,
            separator: None,
            articles: None,
            one_per_file: false,
            strict: self.strict,
        }
    }
}

/// Does one of them.
pub fn run(command: &Command, out: &mut dyn Write) -> io::Result<u8> {
    match command {
        Command::List(args) => list::run(args, out),
        Command::Show(args) => show::run(args, out),
        Command::Replay(args) => Ok(replay::run(args)),
    }
}

fn refused(error: &Unreadable) -> u8 {
    complain(&error.to_string());
    code::REFUSED
}
