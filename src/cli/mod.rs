//! The command line: the only module that names clap and prints.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

mod args;
mod asked;
mod completions;
mod escape;
mod explain;
mod folder;
mod formats;
mod index;
mod learn;
mod man;
mod outputs;
mod page;
mod pairs;
mod plan;
mod progress;
mod quarantine;
mod report_html;
mod run;
mod schema;
mod stages;
mod style;
mod summary;
mod tap;
mod test;
mod validate;
mod walk;

use args::{Cli, Command, InputArgs, LearnArgs, RunArgs, StagesCommand};

/// Exit codes; the README documents them.
mod code {
    pub const DAMAGED: u8 = 1;
    pub const USAGE: u8 = 2;
    pub const REFUSED: u8 = 3;
    pub const OUTPUT: u8 = 4;
    pub const LOCKED: u8 = 5;
    pub const LIMIT: u8 = 6;
    pub const INTERNAL: u8 = 70;
    pub const SIGINT: u8 = 130;
    pub const SIGTERM: u8 = 143;
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|info| {
        if crate::runtime::is_damage() {
            return;
        }
        // Nothing to do if standard error is closed as well.
        let _ = writeln!(io::stderr(), "textmill: internal error: {}", escape::one_line(&info.to_string()));
    }));
    if let Ok(program) = this_program() {
        crate::runtime::table::read_tables_with(program);
    }
    let result = std::panic::catch_unwind(|| {
        let cli = match Cli::try_parse_from(with_default_command(std::env::args_os().collect())) {
            Ok(cli) => cli,
            Err(e) => return usage(&e),
        };
        dispatch(cli.command)
    });
    ExitCode::from(result.unwrap_or(code::INTERNAL))
}

/// `textmill FILE` means `textmill run FILE`.
fn with_default_command(mut args: Vec<OsString>) -> Vec<OsString> {
    let cli = Cli::command();
    let named = args.get(1).is_some_and(|arg| {
        let own = |c: &clap::Command| c.get_name() == arg || c.get_all_aliases().any(|a| a == arg);
        let global = ["help", "--help", "-h", "--version", "-V"].iter().any(|g| arg == g);
        global || cli.get_subcommands().any(own)
    });
    if !named {
        args.insert(1.min(args.len()), "run".into());
    }
    args
}

/// Help and version go to standard output, errors to standard error.
fn usage(error: &clap::Error) -> u8 {
    // What was typed comes back in the message; clap leaves it as it is.
    let shown: Vec<String> = std::env::args_os().map(|a| escape::one_line(&a.to_string_lossy())).collect();
    let acts = std::env::args_os().zip(&shown).any(|(typed, shown)| typed.to_string_lossy() != *shown);
    let printed = if acts && error.use_stderr() {
        // What is wrong with an argument is wrong with what is shown of it, too.
        let again = with_default_command(shown.into_iter().map(OsString::from).collect());
        let again = Cli::try_parse_from(again).map_err(|e| e.render().to_string());
        let text = again.err().unwrap_or_else(|| escape::one_line(&error.render().to_string()) + "\n");
        io::stderr().write_all(escape::visible(&text).as_bytes())
    } else {
        error.print()
    };
    match printed {
        Err(e) => closed(&e),
        Ok(()) if error.use_stderr() => code::USAGE,
        Ok(()) => 0,
    }
}

/// The exit code for a failed write: nobody reading is no failure.
fn closed(error: &io::Error) -> u8 {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return 0;
    }
    let _ = writeln!(io::stderr(), "textmill: cannot write standard output: {error}");
    code::OUTPUT
}

fn dispatch(command: Command) -> u8 {
    let mut out = io::stdout();
    let written = match command {
        Command::Run(args) => return run::run(&args),
        Command::Dedupe(args) => {
            return run::run(&RunArgs { reading: args.reading.usually("dedupe"), ..args });
        }
        Command::Pairs(args) => {
            pairs::run(&InputArgs { reading: args.reading.usually("dedupe"), ..args }, &mut out)
        }
        Command::Explain(args) => explain::run(&args, &mut out),
        Command::Tap(args) => tap::run(&args, &mut out),
        Command::Validate { pipelines } => validate::run(&pipelines, &mut out, &mut io::stderr()),
        Command::Test { pipelines } => test::run(&pipelines, &mut out),
        Command::Plan { pipeline } => plan::run(&pipeline, &mut out, &mut io::stderr()),
        Command::Learn(args) => {
            return learn::run(&LearnArgs { reading: args.reading.usually("news-learned"), ..args });
        }
        Command::Stages { command: StagesCommand::List } => stages::list(&mut out),
        Command::Stages { command: StagesCommand::Show { name } } => {
            stages::show(&name, &mut out, &mut io::stderr())
        }
        Command::Formats => formats::run(&mut out),
        Command::Quarantine { command } => quarantine::run(&command, &mut out),
        Command::Index { command } => index::run(&command, &mut out),
        Command::Schema => schema::run(&mut out),
        Command::Completions { shell } => completions::run(shell, Cli::command(), &mut out),
        Command::Man => man::run(Cli::command(), &mut out),
        Command::Rows { memory_bytes, seconds } => {
            Ok(rows(crate::runtime::table::Limits { memory_bytes, seconds }))
        }
    };
    match written.and_then(|code| out.flush().map(|()| code)) {
        Ok(code) => code,
        Err(e) => closed(&e),
    }
}

/// What the process does that a run starts for each table.
fn rows(limits: crate::runtime::table::Limits) -> u8 {
    match crate::runtime::table::child(limits) {
        Ok(()) => 0,
        Err(what) => {
            let _ = writeln!(io::stderr(), "{}", escape::one_line(&what));
            code::DAMAGED
        }
    }
}

/// The program itself, to start it again: by a name that holds if its file is replaced, if there is one.
fn this_program() -> io::Result<std::path::PathBuf> {
    let link = std::path::Path::new("/proc/self/exe");
    if link.exists() { Ok(link.to_owned()) } else { std::env::current_exe() }
}

/// The pipeline that a user names, or `None` after its errors are printed.
fn pipeline(name: &str) -> Option<crate::config::Pipeline> {
    pipeline_of(name, &crate::registry::Registry::default())
}

fn pipeline_of(name: &str, registry: &crate::registry::Registry) -> Option<crate::config::Pipeline> {
    match crate::config::resolve(name, registry) {
        Ok(pipeline) => Some(pipeline),
        Err(errors) => {
            let _ = write!(io::stderr(), "{}", errors.render(style::Style::stderr().is_on()));
            None
        }
    }
}
