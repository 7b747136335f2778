//! `keyward check-config`: every setting in force and where it came from.

use std::process::ExitCode;

use crate::cli::SettingsArgs;
use crate::exit;
use crate::load::load;
use crate::print::print_all;
use crate::settings::{Effective, ROWS};

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
    let names = ROWS.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let shown = |setting: &Effective| setting.text.clone().unwrap_or_else(|| "(not set)".to_owned());
    let values = resolved.effective.iter().map(|setting| shown(setting).chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for setting in &resolved.effective {
        let origin = setting.origin.as_ref().map_or_else(|| "default".to_owned(), ToString::to_string);
        text.push_str(&format!("{:names$}  {:values$}  {origin}\n", setting.name, shown(setting)));
    }
    print_all(&text);
    exit::OK
}
