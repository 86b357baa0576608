//! Writes what the model of HTML pages is trained on: for each file a JSON object with the texts
//! and the features of its blocks. `tools/train_html.py` says how it is used.

use std::io::Write;

use textmill::html::{blocks, features, meta, tree};

fn main() -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for path in std::env::args_os().skip(1).map(std::path::PathBuf::from) {
        let bytes = std::fs::read(&path)?;
        let page = String::from_utf8_lossy(&bytes);
        let tree = tree::Tree::new(&page).map_err(|e| std::io::Error::other(format!("{e:?}")))?;
        let blocks = blocks::cut(&tree);
        let meta = meta::read(&tree);
        let mut all = Vec::new();
        let page = features::Page::new(&tree, &blocks, &meta);
        page.each(|f| all.push(f.to_vec()));
        let row = serde_json::json!({
            "file": path.file_name().map(|n| n.to_string_lossy()),
            "url": meta.url,
            "texts": blocks.all.iter().map(|b| &blocks.text[b.text.clone()]).collect::<Vec<_>>(),
            "features": all,
            "looks": page.looks(),
        });
        writeln!(out, "{row}")?;
    }
    Ok(())
}
