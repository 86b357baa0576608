//! The built-in stages, one a file.

use crate::stage::StageSpec;

pub mod repeated_captions;
pub mod repeated_title;
pub mod template;
pub mod widget_labels;

/// Every built-in stage, in the order in which a pipeline usually runs them.
pub static BUILTIN: &[&StageSpec] = &[&repeated_title::SPEC, &repeated_captions::SPEC, &widget_labels::SPEC];
