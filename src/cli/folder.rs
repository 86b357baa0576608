//! Rows in a folder of shards, or as Parquet: when they go there, and what has to be right for it.

use std::path::{Path, PathBuf};

use super::args::RunArgs;
use crate::config::Pipeline;
use crate::runtime::{About, Folder, Format, Splits, leads_to};

/// As long as loaders like it: large enough to read in one go, small enough to spread.
const SHARD_BYTES: u64 = 256 << 20;

/// The folder that rows go to, if they do: a name that ends with a slash, one that is a folder,
/// or any if shards are asked for. Or a file that ends in `.parquet`.
pub fn of(args: &RunArgs) -> Option<Folder> {
    let path = &args.output;
    let slash = path.as_os_str().as_encoded_bytes().ends_with(b"/");
    let asked = args.shard_size.is_some() || args.shard_format.is_some();
    if path.as_os_str() == "-" || !(slash || path.is_dir() || (asked && !path.exists())) {
        return is_parquet(path).then(|| Folder {
            path: leads_to(path),
            single: true,
            format: Format::Parquet,
            shard_bytes: u64::MAX,
            splits: Splits::default(),
            about: About::default(),
        });
    }
    Some(Folder {
        // Without the slash: a name is made from it.
        path: leads_to(&path.components().collect::<PathBuf>()),
        single: false,
        format: args.shard_format.as_deref().and_then(Format::named).unwrap_or(Format::JsonlZst),
        shard_bytes: args.shard_size.map_or(SHARD_BYTES, |size| size.0 as u64),
        splits: args.split.clone().unwrap_or_default(),
        about: About::default(),
    })
}

/// What cannot be done as asked, in words.
pub fn contradiction(args: &RunArgs) -> Option<String> {
    let folder = of(args);
    let named = [(&args.ledger, "ledger"), (&args.quarantine, "quarantine")];
    if let Some((_, what)) = named.iter().find(|(path, _)| path.as_deref().is_some_and(is_parquet)) {
        return Some(format!("the {what} is JSON Lines, not Parquet; give it another ending"));
    }
    if folder.as_ref().is_some_and(|f| f.single) && !Format::ALL.contains(&Format::Parquet) {
        return Some(
            "this textmill is built without Parquet; build it with the feature `parquet`".to_owned(),
        );
    }
    let Some(folder) = folder.filter(|f| !f.single) else {
        let given = [
            ("--split", args.split.is_some()),
            ("--shard-size", args.shard_size.is_some()),
            ("--shard-format", args.shard_format.is_some()),
        ];
        let (option, _) = given.into_iter().find(|(_, given)| *given)?;
        return Some(format!("{option} needs rows that go to a folder; name one with a slash: -o out/"));
    };
    let place = lands(&folder.path);
    let sides = [&args.ledger, &args.quarantine, &args.report, &args.report_html, &args.index];
    let inside = sides.into_iter().flatten().find(|path| lands(path).starts_with(&place))?;
    Some(format!(
        "{} is inside {}, which appears as a whole; put it beside that folder",
        inside.display(),
        folder.path.display()
    ))
}

pub fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "parquet")
}

/// Where a path leads, as far as it exists.
fn lands(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let real = |above: &Path| Some(above.canonicalize().ok()?.join(whole.strip_prefix(above).ok()?));
    whole.ancestors().find_map(real).unwrap_or_else(|| whole.clone())
}

/// What is wrong if a split is asked for and the pipeline makes nothing to split by.
pub fn unsplittable(args: &RunArgs, pipeline: &Pipeline) -> Option<String> {
    args.split.as_ref()?;
    let made = pipeline.stages.iter().any(|stage| stage.spec.name == "fingerprint");
    (!made).then(|| {
        format!(
            "--split goes by fingerprints, and the pipeline {} makes none; add a [[stage]] with type = \
             \"fingerprint\"",
            pipeline.name
        )
    })
}

/// For the manifest and the card: what bears on the rows, and nothing that may differ between
/// two runs that make the same.
pub fn about(args: &RunArgs, pipeline: &Pipeline) -> About {
    let reading = &args.reading;
    let mut words: Vec<String> = ["textmill", "run", "-p", &pipeline.name].map(quoted).into();
    let mut with = |option: &str, value: Option<String>| {
        words.extend(value.map(|value| format!("{option} {}", quoted(&value))));
    };
    with("--format", reading.format.clone());
    with("--text-field", reading.text_field.clone());
    with("--separator", reading.separator.as_ref().map(ToString::to_string));
    with("--articles", reading.articles.clone());
    with("--shard-size", args.shard_size.map(|size| size.0.to_string()));
    with("--shard-format", args.shard_format.clone());
    with("--split", args.split.as_ref().map(Splits::to_string));
    with("--index", args.index.as_ref().map(|index| index.to_string_lossy().into_owned()));
    for (option, given) in [
        ("--one-per-file", reading.one_per_file),
        ("--strict", reading.strict),
        ("--index-read-only", args.index_read_only),
    ] {
        words.extend(given.then(|| option.to_owned()));
    }
    words.extend(["-o".to_owned(), quoted(&args.output.to_string_lossy())]);
    words.extend(args.inputs.iter().map(|input| quoted(&input.to_string_lossy())));
    About {
        pipeline: pipeline.name.clone(),
        digest: pipeline.digest.clone(),
        command: words.join(" "),
        inputs: args.inputs.clone(),
    }
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./=,+@%".contains(&b);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_where_a_shell_would_cut_them() {
        assert_eq!(quoted("in/a-1.txt"), "in/a-1.txt");
        assert_eq!(quoted("it's $(x)"), r"'it'\''s $(x)'");
        assert_eq!(quoted(""), "''");
    }
}
