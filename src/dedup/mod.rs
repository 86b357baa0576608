//! Pure arithmetic of near-duplicate detection: text to units, units to shingles, shingles to a
//! signature, and a signature to the keys by which similar documents find one another.
//!
//! Every value made here is fixed for ever: an index that is kept on the disk holds them. None of
//! it depends on the platform or on what the processor can do; tests pin examples.

pub mod compare;
pub mod curve;
pub mod shingles;
pub mod signature;
pub mod words;

mod folding;
mod letters;

/// What the processor can do, and less.
#[cfg(test)]
fn levels() -> Vec<fearless_simd::Level> {
    use fearless_simd::Level;

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
