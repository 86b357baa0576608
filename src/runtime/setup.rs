//! What a run finds and makes before it begins: its checkpoints and the indexes of its stages.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::checkpoint::{Checkpoints, OUTPUT, Request, SIDES};
use super::error::RunError;
use super::index::{Budget, Index, Shared};
use super::manifest;
use super::options::RunOptions;
use super::plan::Phase;
use super::record::Record;
use super::tally::Report;
use super::target::{Outputs, Target};

/// The checkpoints of a run whose rows go to a file, and the one to go on with.
pub(super) fn checkpoints(
    (inputs, own): (&[PathBuf], &[PathBuf]),
    outputs: &Outputs,
    options: &RunOptions,
    shared: Option<&Shared>,
) -> Result<(Option<Checkpoints>, Option<Record>), RunError> {
    let lasting = options.index.as_ref().filter(|i| !i.read_only).map(|i| i.folder.as_path());
    let output = outputs.kept.regular();
    let request = Request {
        inputs,
        own,
        output: output.as_deref(),
        index: lasting,
        every: options.checkpoint_bytes.max(1),
        resume: options.resume,
    };
    if request.output.is_none() && request.index.is_none() {
        return Ok((None, None));
    }
    let mut identity = options.identity.clone();
    identity.insert("the list of inputs".to_owned(), format!("{inputs:?}"));
    // A batch is a member or frame of compressed rows.
    identity.insert("the size of a batch".to_owned(), options.batch().to_string());
    let side = |t: &Option<Target>| t.as_ref().map_or("none".to_owned(), Target::name);
    if let Target::Folder(folder) = &outputs.kept {
        identity.insert("the form of the rows".to_owned(), folder.form());
    }
    let sides = [side(&outputs.ledger), side(&outputs.quarantine), outputs.quarantine_max.to_string()];
    identity.extend(SIDES.map(str::to_owned).into_iter().zip(sides));
    if let (Some(path), Some(_)) = (request.output, request.index) {
        let whole = std::path::absolute(path).map_err(|e| RunError::output(path, e))?;
        identity.insert(OUTPUT.to_owned(), whole.display().to_string());
    }
    if let Some(shared) = shared {
        identity.insert("the index".to_owned(), format!("{:?}", shared.indexes()));
    }
    let (checkpoints, record) = Checkpoints::open(request, identity)?;
    Ok((Some(checkpoints), record))
}

/// The counts of a run to a folder that is to be gone on with, if the folder is there already:
/// it was cut short after that, or is given again.
pub(super) fn done(
    checkpoints: &Checkpoints,
    record: Option<&Record>,
    outputs: &Outputs,
    options: &RunOptions,
) -> Option<Report> {
    match &outputs.kept {
        Target::Folder(folder) if options.resume && record.is_none() => {
            let mut sides = [&outputs.ledger, &outputs.quarantine].into_iter().flatten();
            let there = sides.all(|side| side.regular().is_none_or(|path| path.exists()));
            manifest::made_by(folder, &checkpoints.digest()).filter(|_| there)
        }
        _ => None,
    }
}

/// Gives each ordered stage its index: where checkpoints keep one, or one that ends with the
/// run, in front of it the index that is only read.
pub(super) fn indexes(
    phases: &mut [Phase],
    mut checkpoints: Option<&mut Checkpoints>,
    options: &RunOptions,
    shared: Option<&Shared>,
) -> Result<(), RunError> {
    let all = phases.iter().flat_map(Phase::deciders).map(|d| d.kind().keys).sum();
    let mut seen = BTreeMap::new();
    for decider in phases.iter_mut().flat_map(Phase::deciders_mut) {
        let kind = decider.kind();
        let budget = Budget::share(options.memory_bytes, kind.keys, all);
        // A stage may stand in a pipeline twice.
        let nth = seen.entry(kind.name).and_modify(|n| *n += 1).or_insert(1);
        let name = if *nth == 1 { kind.name.to_owned() } else { format!("{}-{nth}", kind.name) };
        let below = shared.map(|s| s.below(&name, &kind)).transpose()?.flatten();
        decider.index = match &mut checkpoints {
            Some(checkpoints) => checkpoints.index(name, &kind, budget, below)?,
            None => Index::nameless(budget).after(below)?,
        };
    }
    Ok(())
}
