//! Prints the features of every line of a folder of pages, for `tools/train_main_text.py`.
//!
//! `line_features DIR` prints the names of the features, a space between, and then
//! `FILE<TAB>FEATURES<TAB>LINE` for each line, with two hexadecimal digits a feature. Lines are seen as the stage
//! `main-text` sees them in the pipeline `web-text`: joined where they were wrapped, and without marks of tools.

use std::io::{self, Write};

use textmill::document::{Border, BorderKind, Document, Origin};
use textmill::editor::Editor;
use textmill::reason::DocId;
use textmill::registry::{Options, Registry};
use textmill::stage::Stage;
use textmill::stages::main_text::features;

/// What stands in front of `main-text` and needs no other page.
const STAGES: [&str; 3] = ["normalize-text", "unwrap-lines", "tool-marks"];

fn main() -> io::Result<()> {
    let dir = std::env::args_os().nth(1).ok_or_else(|| io::Error::other("usage: line_features DIR"))?;
    let mut files: Vec<_> = std::fs::read_dir(dir)?.collect::<Result<Vec<_>, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    let mut out = io::BufWriter::new(io::stdout().lock());
    writeln!(out, "{}", features::page(&[]).names().join(" "))?;
    let stages = stages();
    for file in files.iter().filter(|f| f.path().extension().is_some_and(|e| e == "txt")) {
        let text = std::fs::read_to_string(file.path())?;
        // The first line is the page's title.
        let text = text.split_once('\n').map_or("", |(_, rest)| rest);
        let doc = prepared(text, &stages);
        let lines: Vec<&str> = doc.kept().map(|(_, line)| line).collect();
        let page = features::page(&lines);
        for (i, line) in lines.iter().enumerate() {
            let hex: String = (0..page.names().len()).map(|f| format!("{:02x}", page.value(f, i))).collect();
            writeln!(out, "{}\t{hex}\t{line}", file.file_name().display())?;
        }
    }
    out.flush()
}

fn stages() -> Vec<Stage> {
    let (registry, none) = (Registry::default(), toml_edit::Table::new());
    let build = |name| {
        let spec = registry.get(name).expect("a stage of textmill");
        (spec.build)(&Options::new(&none)).unwrap_or_else(|e| panic!("{name}: {}", e.message))
    };
    STAGES.into_iter().map(build).collect()
}

fn prepared(text: &str, stages: &[Stage]) -> Document {
    let origin = Origin {
        source: "-".into(),
        record: 0,
        range: 0..text.len() as u64,
        border: Border { kind: BorderKind::SourceStart, confidence: 100 },
        verdict: None,
    };
    let mut doc = Document::new(DocId(0), origin, text.to_owned());
    for (step, stage) in stages.iter().enumerate() {
        if let Stage::Map(map) = stage {
            map.apply(&mut Editor::new(&mut doc, step as u16));
        }
    }
    doc
}
