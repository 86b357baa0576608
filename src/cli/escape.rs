//! Making scraped text safe to look at.

pub use crate::text::visible::visible;
