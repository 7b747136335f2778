//! Chores of the repository: `cargo xtask layers` holds the direction of dependencies (docs/architecture.md §2)
//! against what cargo says of the workspace.

mod layers;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("layers"), None) => layers::run(),
        _ => {
            eprintln!("usage: cargo xtask layers");
            ExitCode::from(2)
        }
    }
}
