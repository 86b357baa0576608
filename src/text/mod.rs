//! Pure helpers on text: no IO, no configuration.

pub mod charset;
pub mod classes;
pub mod fold;
pub mod hashes;
pub mod head;
pub mod json;
pub mod lines;
pub mod normal;
pub mod script;
pub mod visible;
