//! Renews the generated files: `cargo run --example generate`.

use textmill::config::{docs, schema};
use textmill::registry::Registry;

fn main() -> std::io::Result<()> {
    let registry = Registry::default();
    std::fs::create_dir_all("docs")?;
    std::fs::write("pipelines/schema.json", schema::text(&registry))?;
    std::fs::write("docs/formats.md", docs::formats_markdown())?;
    std::fs::write("docs/stages.md", docs::stages_markdown(&registry))
}
