//! Prints the features of every line of a folder of pages, for `tools/train_main_text.py`.
//!
//! `line_features DIR` prints the names of the features, a space between, and then
//! `FILE<TAB>FEATURES<TAB>LINE` for each line, with two hexadecimal digits a feature.

use std::io::{self, Write};

use textmill::stages::main_text::features;

fn main() -> io::Result<()> {
    let dir = std::env::args_os().nth(1).ok_or_else(|| io::Error::other("usage: line_features DIR"))?;
    let mut files: Vec<_> = std::fs::read_dir(dir)?.collect::<Result<Vec<_>, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    let mut out = io::BufWriter::new(io::stdout().lock());
    writeln!(out, "{}", features::page(&[]).names().join(" "))?;
    for file in files.iter().filter(|f| f.path().extension().is_some_and(|e| e == "txt")) {
        let text = std::fs::read_to_string(file.path())?;
        let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
        // The first line is the page's title.
        let lines = lines.get(1..).unwrap_or_default();
        let page = features::page(lines);
        for (i, line) in lines.iter().enumerate() {
            let hex: String = (0..page.names().len()).map(|f| format!("{:02x}", page.value(f, i))).collect();
            writeln!(out, "{}\t{hex}\t{line}", file.file_name().display())?;
        }
    }
    out.flush()
}
