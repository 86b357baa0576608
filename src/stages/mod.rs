//! The built-in stages, one a file.

use crate::stage::StageSpec;

pub mod exact_dedupe;
pub mod fingerprint;
pub mod fix_encoding;
pub mod learned_boilerplate;
pub mod line_rules;
pub mod main_text;
pub mod min_content;
pub mod near_dedupe;
pub mod normalize_text;
pub mod paragraph_dedupe;
pub mod repeated_captions;
pub mod repeated_lines;
pub mod repeated_title;
pub mod strip_boilerplate;
pub mod template;
pub mod tool_marks;
pub mod unwrap_lines;
pub mod widget_labels;

/// Every built-in stage, in the order in which a pipeline usually runs them.
pub static BUILTIN: &[&StageSpec] = &[
    &fix_encoding::SPEC,
    &normalize_text::SPEC,
    &unwrap_lines::SPEC,
    &tool_marks::SPEC,
    &repeated_title::SPEC,
    &repeated_captions::SPEC,
    &learned_boilerplate::SPEC,
    &widget_labels::SPEC,
    &main_text::SPEC,
    &strip_boilerplate::SPEC,
    &repeated_lines::SPEC,
    &line_rules::SPEC,
    &min_content::SPEC,
    &fingerprint::SPEC,
    &exact_dedupe::SPEC,
    &near_dedupe::SPEC,
    &paragraph_dedupe::SPEC,
];
