//! The `textmill` command.

use std::process::ExitCode;

/// Each document is a handful of allocations, often freed by another thread than made them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    textmill::cli::main()
}
