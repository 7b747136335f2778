//! `keyward check-config`: every setting in force and where it came from.

use std::process::ExitCode;

use crate::cli::CheckConfig;
use crate::exit;
use crate::load::load;
use crate::print::print_all;
use crate::settings::{Effective, ROWS, environment_name};

/// Runs the command.
pub(crate) fn run(arguments: &CheckConfig) -> ExitCode {
    let resolved = match load(&arguments.settings) {
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
    for (setting, row) in resolved.effective.iter().zip(ROWS) {
        let origin = setting.origin.as_ref().map_or_else(|| "default".to_owned(), ToString::to_string);
        text.push_str(&format!("{:names$}  {:values$}  {origin}\n", setting.name, shown(setting)));
        if arguments.explain {
            text.push_str(&format!("    {}\n    {}\n\n", row.about, environment_name(row.name)));
        }
    }
    print_all(&text);
    exit::OK
}
