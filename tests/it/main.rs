//! The integration tests: one binary.

mod readme;
mod stages;
