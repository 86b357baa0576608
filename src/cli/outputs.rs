//! Where the outputs of `textmill run` go, and which wishes contradict each other.

use std::path::{Path, PathBuf};

use super::args::RunArgs;
use super::folder;
use crate::runtime::sources::real;
use crate::runtime::{Outputs, Target};

/// `-` is standard output.
pub fn target(path: &Path) -> Target {
    if path.as_os_str() == "-" { Target::Stdout } else { Target::File(path.to_owned()) }
}

/// The outputs that were asked for.
pub fn of(args: &RunArgs) -> Outputs {
    Outputs {
        kept: folder::of(args).map_or_else(|| target(&args.output), |f| Target::Folder(Box::new(f))),
        ledger: args.ledger.as_deref().map(target),
        quarantine: args.quarantine.as_deref().map(target),
        quarantine_max: args.quarantine_max.0 as u64,
    }
}

/// What cannot be done as asked, in words.
pub fn contradiction(args: &RunArgs) -> Option<String> {
    if args.resume && !of(args).keeps_checkpoints() {
        return Some("--resume needs rows that go to a file or a folder; name one with -o FILE".to_owned());
    }
    let sides = [&args.ledger, &args.quarantine, &args.report, &args.report_html];
    let named: Vec<_> = std::iter::once(Some(&args.output)).chain(sides.map(Option::as_ref)).collect();
    if let Some(message) = same_place(&named) {
        return Some(message);
    }
    if let Some(message) = folder::contradiction(args) {
        return Some(message);
    }
    let seen: Vec<PathBuf> = named.into_iter().flatten().filter_map(|p| file(p)).collect();
    let inputs = args.inputs.iter().filter_map(|input| Some((input, file(input)?)));
    for (input, place) in inputs {
        if seen.contains(&place) && !is_device(&place) {
            return Some(format!(
                "{} is an input and an output; the output would replace it",
                input.display()
            ));
        }
    }
    None
}

/// Where a path leads, unless it stands for a stream.
fn file(path: &Path) -> Option<PathBuf> {
    real(path).filter(|_| path.as_os_str() != "-")
}

/// What is wrong if two of `outputs` lead to one place.
pub fn same_place(outputs: &[Option<&PathBuf>]) -> Option<String> {
    let mut seen: Vec<PathBuf> = Vec::new();
    for path in outputs.iter().flatten() {
        let place = if path.as_os_str() == "-" { Some((*path).clone()) } else { real(path) };
        // A path that leads nowhere fails when it is opened; a device takes many writers.
        let Some(place) = place.filter(|p| !is_device(p)) else { continue };
        if seen.contains(&place) {
            return Some(format!("two outputs go to {}; give each a file of its own", path.display()));
        }
        seen.push(place);
    }
    None
}

fn is_device(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir())
}
