//! Where the outputs of `textmill run` go, and which wishes contradict each other.

use std::path::{Path, PathBuf};

use super::args::RunArgs;
use crate::runtime::sources::real;
use crate::runtime::{Outputs, Target};

/// `-` is standard output.
pub fn target(path: &Path) -> Target {
    if path.as_os_str() == "-" { Target::Stdout } else { Target::File(path.to_owned()) }
}

/// The outputs that were asked for.
pub fn of(args: &RunArgs) -> Outputs {
    Outputs {
        kept: target(&args.output),
        ledger: args.ledger.as_deref().map(target),
        quarantine: args.quarantine.as_deref().map(target),
    }
}

/// What cannot be done as asked, in words.
pub fn contradiction(args: &RunArgs) -> Option<String> {
    if args.resume && !of(args).keeps_checkpoints() {
        return Some("--resume needs rows that go to a file; name one with -o FILE".to_owned());
    }
    let named = [Some(&args.output), args.ledger.as_ref(), args.quarantine.as_ref(), args.report.as_ref()];
    let mut seen: Vec<(PathBuf, &Path)> = Vec::new();
    for path in named.into_iter().flatten() {
        let place = if path.as_os_str() == "-" { Some(path.clone()) } else { real(path) };
        // A path that leads nowhere fails when it is opened; a device takes many writers.
        let Some(place) = place.filter(|p| !is_device(p)) else { continue };
        if seen.iter().any(|(other, _)| *other == place) {
            return Some(format!("two outputs go to {}; give each a file of its own", path.display()));
        }
        seen.push((place, path));
    }
    let inputs = args.inputs.iter().filter_map(|input| Some((input, real(input)?)));
    for (input, place) in inputs {
        if seen.iter().any(|(other, _)| *other == place) {
            return Some(format!(
                "{} is an input and an output; the output would replace it",
                input.display()
            ));
        }
    }
    None
}

fn is_device(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir())
}
