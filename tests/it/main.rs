//! The integration tests: one binary.

mod cli;
mod config_errors;
mod damage;
mod determinism;
mod explain;
mod formats;
mod json;
mod properties;
mod readme;
mod stages;
mod support;
mod tidy;
mod wild;
