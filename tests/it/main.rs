//! The integration tests: one binary.

mod stages;
