//! Reading HTML: a light tree of a page, its metadata, its main text. No IO.

pub mod attributes;
pub mod blocks;
pub mod extract;
pub mod facts;
pub mod features;
pub mod hints;
pub mod meta;
pub mod model;
pub mod tag;
pub mod token;
pub mod tree;
pub mod words;
