//! `textmill quarantine replay`.

use std::io::{self, Write};

use super::{ReplayArgs, refused};
use crate::cli::folder;
use crate::cli::outputs::{same_place, target};
use crate::cli::run::{complain, hint};
use crate::cli::{code, pipeline};
use crate::runtime::replay::{ReplayError, Replayed, replay};
use crate::runtime::{Interrupt, Outputs, Plan};

/// Tries the records again; the exit code comes back.
pub fn run(args: &ReplayArgs) -> u8 {
    let Some(mut pipeline) = pipeline(&args.pipeline) else {
        return code::USAGE;
    };
    args.reading().apply(&mut pipeline.input, &mut pipeline.format);
    // The quarantine file itself may be replaced by what remains of it, but by nothing else.
    let (output, ledger, rest) = (Some(&args.output), args.ledger.as_ref(), args.quarantine.as_ref());
    let clash =
        same_place(&[output, ledger, rest]).or_else(|| same_place(&[output, ledger, Some(&args.file)]));
    if let Some(message) = clash {
        complain(&message);
        return code::USAGE;
    }
    if folder::is_parquet(&args.output) || args.ledger.as_deref().is_some_and(folder::is_parquet) {
        complain("a replay writes JSON Lines, not Parquet; give its outputs another ending");
        return code::USAGE;
    }
    let outputs = Outputs {
        kept: target(&args.output),
        ledger: args.ledger.as_deref().map(target),
        quarantine: args.quarantine.as_deref().map(target),
        // What is left of a file is no larger than the file.
        quarantine_max: u64::MAX,
    };
    let plan = Plan::new(pipeline.input, pipeline.format, pipeline.stages.into_iter().map(|s| s.stage));
    match replay(plan, &args.file, &outputs) {
        Ok(replayed) => finish(args, &replayed),
        Err(ReplayError::Unreadable(e)) => refused(&e),
        Err(ReplayError::Run(e)) => {
            let (code, hint) = hint(&e);
            complain(&format!("{e}{hint}"));
            code
        }
    }
}

fn finish(args: &ReplayArgs, replayed: &Replayed) -> u8 {
    let exit = match replayed.interrupt {
        None => 0,
        Some(Interrupt::Pipe) => return 0,
        Some(Interrupt::Int) => code::SIGINT,
        Some(Interrupt::Term) => code::SIGTERM,
        // Only a run watches its memory and has a reader of its own.
        Some(Interrupt::Memory | Interrupt::Input | Interrupt::Guard) => code::INTERNAL,
    };
    if !args.quiet {
        let documents = &replayed.report.documents;
        let (dropped, bad): (u64, u64) =
            (documents.dropped.values().sum(), documents.quarantined.values().sum());
        let remain = bad + replayed.unchanged;
        let (kept, not) = (documents.kept, replayed.unchanged);
        // Nothing to do if standard error is closed.
        let _ = writeln!(
            io::stderr(),
            "{kept} kept, {dropped} dropped; {remain} remain in quarantine, {not} of them not to be tried again"
        );
    }
    exit
}
