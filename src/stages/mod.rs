//! The built-in stages, one a file.

use crate::stage::StageSpec;

pub mod normalize_text;
pub mod template;

/// Every built-in stage, in the order in which a pipeline usually runs them.
pub static BUILTIN: &[&StageSpec] = &[&normalize_text::SPEC];
