//! What can be typed.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};
use clap_complete::Shell;

use super::asked::IdPrefix;
use crate::config::Size;
use crate::formats::{self, Articles, InputOptions, TextType};
use crate::runtime::{self, Splits};

/// Streaming text cleaning: scraped dumps in, clean deduplicated JSON Lines out.
#[derive(Debug, Parser)]
#[command(name = "textmill", version, after_help = AFTER_HELP)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "\
`run` is the default: `cat dump.txt | textmill > clean.jsonl`.

Exit codes: 0 done; 1 done, but some input was damaged or unreadable; 2 usage or pipeline
error; 3 input refused, or stopped by the guard; 4 output failed; 5 output or index in use, damaged or
unfit; 6 memory limit reached; 70 internal error; 130 and 143 interrupted. After 4, 6, 70, 130 and 143
the same command with --resume goes on where the run stopped, if rows go to a file or a folder.";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Clean dumps and write JSON Lines (the default command)
    Run(RunArgs),
    /// Drop copies and changed copies, nothing else (`run` with the pipeline `dedupe`)
    Dedupe(RunArgs),
    /// Print what `near-dedupe` compares, and how similar it is, as JSON Lines
    Pairs(InputArgs),
    /// Show documents with their removed lines struck and labelled
    Explain(ExplainArgs),
    /// Print the rows as they are behind a stage of the pipeline
    Tap(TapArgs),
    /// Check pipeline files and show all their errors
    Validate {
        /// Pipeline files or names of built-in pipelines
        #[arg(required = true, value_name = "PIPELINE")]
        pipelines: Vec<String>,
    },
    /// Run the tests in pipeline files
    Test {
        /// Pipeline files or names of built-in pipelines
        #[arg(required = true, value_name = "PIPELINE")]
        pipelines: Vec<String>,
    },
    /// Show the passes and stages that would run
    Plan {
        /// Pipeline file or name of a built-in pipeline
        #[arg(short, long, default_value = "news", value_name = "NAME|FILE")]
        pipeline: String,
    },
    /// Describe the stages
    Stages {
        #[command(subcommand)]
        command: StagesCommand,
    },
    /// List what can be read: formats, compressions, archives
    Formats,
    /// Learn what a site prints around its articles, as a profile to read and edit
    Learn(LearnArgs),
    /// Look at records that could not be read, and try them again
    Quarantine {
        #[command(subcommand)]
        command: super::quarantine::Command,
    },
    /// Look after a folder that `run --index` made
    Index {
        #[command(subcommand)]
        command: super::index::Command,
    },
    /// Print the JSON Schema of a pipeline file
    Schema,
    /// Print a completion script
    Completions {
        /// The shell to complete for
        shell: Shell,
    },
    /// Print the manual page
    Man,
    /// Turn the table on standard input into rows; for textmill itself
    #[command(name = runtime::table::COMMAND, hide = true)]
    Rows {
        /// Memory that it may take, in bytes
        memory_bytes: u64,
        /// Processor time that it may take
        seconds: u64,
    },
}

#[derive(Debug, Subcommand)]
pub enum StagesCommand {
    /// List all stages
    List,
    /// Show one stage: manual, options, reasons, examples
    Show {
        /// Name of the stage
        name: String,
    },
}

#[derive(Debug, Args)]
pub struct LearnArgs {
    /// Files and directories; directories are walked in sorted order, `-` is standard input
    #[arg(value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// Where the profile goes
    #[arg(short, long, default_value = "-", value_name = "FILE|-", conflicts_with = "update")]
    pub output: PathBuf,
    /// Add to this profile, and replace it
    #[arg(long, value_name = "PROFILE")]
    pub update: Option<PathBuf>,
    /// Threads; the profile is the same for any number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

#[derive(Debug, Args)]
pub struct RunArgs {
    /// Files and directories; directories are walked in sorted order, `-` is standard input
    #[arg(value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// Where rows go: `.gz` and `.zst` are compressed, `.parquet` is Parquet, `DIR/` a folder of shards
    #[arg(short, long, default_value = "-", value_name = "FILE|DIR/|-")]
    pub output: PathBuf,
    /// Most bytes of rows in a shard, before compression, if rows go to a folder [default: 256M]
    #[arg(long, value_name = "SIZE", value_parser = shard_size)]
    pub shard_size: Option<Size>,
    /// Format of the shards [default: jsonl.zst]
    #[arg(long, value_name = "FORMAT", value_parser = shard_formats())]
    pub shard_format: Option<String>,
    /// Give each document to a split by its fingerprint, as in `train=0.98,validation=0.02`
    #[arg(long, value_name = "NAME=SHARE,…", value_parser = Splits::parse)]
    pub split: Option<Splits>,
    /// Write a row for each removed line and each dropped document
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
    /// Write a row for each record that could not be read
    #[arg(long, value_name = "FILE")]
    pub quarantine: Option<PathBuf>,
    /// Keep at most so many bytes of those records; later rows are written without them
    #[arg(long, value_name = "SIZE", default_value = "1 GiB", value_parser = Size::typed, requires = "quarantine")]
    pub quarantine_max: Size,
    /// Write the counts of the run as JSON
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Write a page about the run: counts, samples, lines removed most, near misses, copies, speed
    #[arg(long, value_name = "FILE")]
    pub report_html: Option<PathBuf>,
    /// Threads for cleaning; the output is the same for any number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Do without the shipped lists of labels: stages get `builtin = false`
    #[arg(long)]
    pub no_lists: bool,
    /// Go on with an unfinished run of the same command
    #[arg(long)]
    pub resume: bool,
    /// Bytes of input between checkpoints, if rows go to a file or a folder
    #[arg(long, default_value = "256MiB", value_name = "SIZE", value_parser = Size::typed)]
    pub checkpoint_every: Size,
    /// Compare with documents of earlier runs too, and remember those of this one, in a folder
    #[arg(long, value_name = "DIR")]
    pub index: Option<PathBuf>,
    /// Only compare: nothing is added to the index
    #[arg(long, requires = "index")]
    pub index_read_only: bool,
    /// Most memory to take, at least 128MiB [default: a quarter of what the machine gives]
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub memory: Option<Size>,
    /// Show no progress bar
    #[arg(long)]
    pub no_progress: bool,
    /// Print errors only
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Name every unreadable or damaged source
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub which: WhichArgs,
}

/// Which documents are shown.
#[derive(Debug, Args)]
pub struct WhichArgs {
    /// Only the document with this id; its first digits are enough if no other id begins with them
    #[arg(long, value_name = "ID", value_parser = IdPrefix::typed, conflicts_with_all = ["reason", "sample"])]
    pub id: Option<IdPrefix>,
    /// Only documents that this reason touched
    #[arg(long, value_name = "STAGE/CODE")]
    pub reason: Option<String>,
    /// Only so many documents, picked by a hash of their id: the same each time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub sample: Option<u16>,
}

#[derive(Debug, Args)]
pub struct TapArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// The last stage that acts: its name, or `NAME:2` for the second of that name
    #[arg(long, value_name = "STAGE")]
    pub after: String,
}

/// One input and how it is read.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// A file; `-` or nothing is standard input
    #[arg(value_name = "INPUT")]
    pub input: Option<PathBuf>,
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// How input is read: what a pipeline file says, unless it is said here.
#[derive(Debug, Args)]
pub struct ReadingArgs {
    /// Built-in pipeline (dedupe, news, news-learned, plain, web-text) or a pipeline file [default:
    /// news; of `dedupe` and `pairs`: dedupe; of `learn`: news-learned]
    #[arg(short, long, value_name = "NAME|FILE")]
    pub pipeline: Option<String>,
    /// Format of the input [default: told by content, then by file ending]
    #[arg(long, value_name = "FORMAT", value_parser = format_names())]
    pub format: Option<String>,
    /// Field or column that holds the text of records; a path with dots
    #[arg(long, value_name = "PATH")]
    pub text_field: Option<String>,
    /// What the text field holds [default: plain]
    #[arg(long, value_name = "TYPE", value_parser = text_types())]
    pub text_type: Option<String>,
    /// Take alternative texts of images in HTML as captions
    #[arg(long)]
    pub alt_text: bool,
    /// Regular expression for the lines that separate articles in plain text
    #[arg(long, value_name = "REGEX", value_parser = separator, conflicts_with_all = ["articles", "one_per_file"])]
    pub separator: Option<regex::bytes::Regex>,
    /// How plain text is cut: by what separates articles in it, each file, each line, or each file with page breaks
    #[arg(long, value_name = "HOW", value_parser = articles(), conflicts_with = "one_per_file")]
    pub articles: Option<String>,
    /// The same as `--articles file`
    #[arg(long)]
    pub one_per_file: bool,
    /// Quarantine documents with invalid UTF-8 instead of repairing them
    #[arg(long)]
    pub strict: bool,
}

fn shard_size(text: &str) -> Result<Size, String> {
    let size = Size::typed(text)?;
    if size.0 < 1024 {
        return Err("a shard takes 1 KiB at least".to_owned());
    }
    Ok(size)
}

fn separator(expression: &str) -> Result<regex::bytes::Regex, String> {
    formats::separator(expression).map_err(|why| format!("it is no regular expression: {why}"))
}

fn articles() -> clap::builder::PossibleValuesParser {
    let name = |(name, _, help): &(&'static str, Articles, &'static str)| {
        clap::builder::PossibleValue::new(*name).help(*help)
    };
    clap::builder::PossibleValuesParser::new(Articles::NAMES.iter().map(name))
}

fn shard_formats() -> clap::builder::PossibleValuesParser {
    runtime::Format::ALL.iter().map(|format| format.ending()).into()
}

fn memory(text: &str) -> Result<Size, String> {
    let size = Size::typed(text)?;
    if (size.0 as u64) < runtime::memory::LEAST {
        return Err("a run needs 128MiB at least".to_owned());
    }
    Ok(size)
}

pub(super) fn format_names() -> clap::builder::PossibleValuesParser {
    let names = formats::BUILTIN.iter().map(|f| clap::builder::PossibleValue::new(f.name).help(f.summary));
    clap::builder::PossibleValuesParser::new(names)
}

pub(super) fn text_types() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(TextType::NAMES.iter().map(|(name, _)| *name))
}

impl ReadingArgs {
    /// The pipeline that was named, or the usual one.
    pub fn pipeline(&self) -> &str {
        self.pipeline.as_deref().unwrap_or("news")
    }

    /// The same with another usual one.
    #[must_use]
    pub fn usually(mut self, pipeline: &str) -> Self {
        self.pipeline.get_or_insert_with(|| pipeline.to_owned());
        self
    }

    /// Lets what was typed override what the pipeline says.
    pub fn apply(&self, input: &mut InputOptions, format: &mut Option<&'static formats::FormatSpec>) {
        if let Some(name) = &self.format {
            *format = formats::by_name(name);
        }
        if let Some(path) = &self.text_field {
            input.text_field = path.split('.').map(str::to_owned).collect();
        }
        if let Some((_, text_type)) =
            TextType::NAMES.iter().find(|(n, _)| self.text_type.as_deref() == Some(n))
        {
            input.text_type = *text_type;
        }
        input.alt_text |= self.alt_text;
        let articles = if self.one_per_file { Some("file") } else { self.articles.as_deref() };
        if let Some((_, articles, _)) = Articles::NAMES.iter().find(|(name, ..)| articles == Some(*name)) {
            input.articles = *articles;
            input.separator = None;
        }
        if let Some(separator) = &self.separator {
            input.separator = Some(separator.clone());
            input.articles = Articles::Auto;
        }
        input.strict |= self.strict;
    }
}
