//! What the program's exit codes mean. `--help` and `docs/configuration.md` name them.

use std::process::ExitCode;

/// All went well.
pub(crate) const OK: ExitCode = ExitCode::SUCCESS;

/// It could not do what was asked; standard error says why.
pub(crate) fn failure() -> ExitCode {
    ExitCode::from(1)
}

/// The settings cannot be used: `EX_CONFIG` of `sysexits.h`.
pub(crate) fn config() -> ExitCode {
    ExitCode::from(78)
}
