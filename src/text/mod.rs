//! Pure helpers on text: no IO, no configuration.

pub mod charset;
pub mod classes;
pub mod entities;
pub mod fold;
pub mod hashes;
pub mod head;
pub mod json;
pub mod legacy;
pub mod lines;
pub mod names;
pub mod normal;
pub mod oddities;
pub mod script;
pub mod visible;
pub mod wrap;

use std::sync::LazyLock;

use fearless_simd::Level;

/// What the processor can do: asked once, for vector code.
pub static LEVEL: LazyLock<Level> = LazyLock::new(Level::new);

/// What the processor can do, and less.
#[cfg(test)]
pub(crate) fn levels() -> Vec<Level> {
    let now = Level::new();
    let mut levels = vec![now, Level::baseline()];
    let less: &[Option<Level>] = &[
        #[cfg(target_arch = "x86_64")]
        now.as_avx2().map(Level::Avx2),
        #[cfg(target_arch = "x86_64")]
        now.as_sse4_2().map(Level::Sse4_2),
    ];
    levels.extend(less.iter().flatten());
    levels
}
