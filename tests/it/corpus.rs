//! The kept corpus of the fuzz targets, through what they check.

#[path = "../../fuzz/src/lib.rs"]
mod checks;

use std::fs;
use std::path::Path;

#[test]
fn the_kept_corpus_holds() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, check) in checks::TARGETS {
        let seeds = fs::read_dir(corpus.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let mut n = 0;
        for seed in seeds.map(|e| e.expect("an entry").path()) {
            let bytes = fs::read(&seed).expect("a seed");
            // A failure names its seed by the message of the panic and by this.
            println!("{}", seed.display());
            check(&bytes);
            n += 1;
        }
        assert!(n >= 2, "{name} has {n} seeds");
    }
}
