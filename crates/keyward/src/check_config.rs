//! `keyward check-config`: every setting in force and where it came from.

use std::process::ExitCode;

use crate::cli::SettingsArgs;
use crate::exit;
use crate::load::load;
use crate::settings::{ROWS, environment_name};

/// Runs the command.
pub(crate) fn run(arguments: &SettingsArgs) -> ExitCode {
    let resolved = match load(arguments) {
        Ok(resolved) => resolved,
        Err(problems) => {
            eprint!("keyward: the settings cannot be used:\n{problems}");
            return exit::config();
        }
    };
    for warning in &resolved.warnings {
        eprintln!("warning: {warning}");
    }
    let width = ROWS.iter().map(|row| row.name.len()).max().unwrap_or(0);
    for (setting, row) in resolved.effective.iter().zip(ROWS) {
        let value = setting.text.as_deref().unwrap_or("(not set)");
        let origin = setting.origin.as_ref().map_or_else(|| "default".to_owned(), ToString::to_string);
        println!("{:width$}  {value}  # {origin}; {}; {}", setting.name, environment_name(setting.name), row.about);
    }
    exit::OK
}
