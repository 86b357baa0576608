//! Prints the features of every line of a folder of pages, for `tools/train_main_text.py`.
//!
//! `line_features DIR` prints `FILE<TAB>FEATURES<TAB>LINE` for each line.

use std::io::{self, Write};

use textmill::stages::main_text::features;

fn main() -> io::Result<()> {
    let dir = std::env::args_os().nth(1).ok_or_else(|| io::Error::other("usage: line_features DIR"))?;
    let mut files: Vec<_> = std::fs::read_dir(dir)?.collect::<Result<Vec<_>, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    let mut out = io::BufWriter::new(io::stdout().lock());
    for file in files.iter().filter(|f| f.path().extension().is_some_and(|e| e == "txt")) {
        let text = std::fs::read_to_string(file.path())?;
        let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
        let (title, lines) = lines.split_first().map_or(("", &[][..]), |(t, rest)| (*t, rest));
        for (line, features) in lines.iter().zip(features::lines(lines, title)) {
            let features: Vec<String> = features.iter().map(ToString::to_string).collect();
            writeln!(out, "{}\t{}\t{line}", file.file_name().display(), features.join(" "))?;
        }
    }
    out.flush()
}
