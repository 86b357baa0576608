//! textmill turns scraped dumps into clean, deduplicated JSON Lines.
//!
//! # Module map
//!
//! * [`text`]: pure helpers on lines and characters.
//! * [`document`], [`editor`], [`reason`], [`stage`], [`registry`], [`guard`]: the core. A document is
//!   immutable text plus decisions; an editor is the only way to take one; a stage takes them.
//! * [`formats`]: bytes of a dump to records, records to documents. No IO.
//! * [`html`]: a page to a light tree, its metadata and main text. No IO.
//! * [`dedup`]: the arithmetic of near-duplicate detection. No IO.
//! * [`learn`]: what a site prints around its articles, counted over many of them. No IO.
//! * [`stages`]: the cleaning stages, one a file.

pub mod cli;
pub mod config;
pub mod dedup;
pub mod document;
pub mod editor;
pub mod formats;
pub mod guard;
pub mod html;
pub mod learn;
pub mod reason;
pub mod registry;
pub mod runtime;
pub mod stage;
pub mod stages;
mod steps;
pub mod text;
