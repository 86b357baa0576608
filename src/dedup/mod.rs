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
