//! Gathers the settings of one run: file, environment and flags, in that order of rising precedence.
//! The only place, beside the password in `serve`, where the program reads its environment.

use std::fmt;

use crate::cli::SettingsArgs;
use crate::settings::{Given, Origin, Problem, Resolved, from_environment, from_file, resolve};

/// What keeps the settings from being used.
#[derive(Debug)]
pub(crate) struct Unusable(pub(crate) Vec<Problem>);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.0 {
            writeln!(f, "  {problem}")?;
        }
        Ok(())
    }
}

/// Reads and checks all settings.
pub(crate) fn load(arguments: &SettingsArgs) -> Result<Resolved, Unusable> {
    let mut given = Vec::new();
    let mut problems = Vec::new();
    if let Some(path) = &arguments.config {
        match std::fs::read_to_string(path) {
            Ok(text) => match from_file(path, &text) {
                Ok(found) => given.extend(found),
                Err(found) => problems.extend(found),
            },
            Err(error) => problems.push(Problem {
                origin: Some(Origin::Flag("--config".to_owned())),
                text: format!("cannot read {}: {error}", path.display()),
            }),
        }
    }
    let mut unreadable = Vec::new();
    let variables = std::env::vars_os().filter_map(|(name, value)| match (name.into_string(), value.into_string()) {
        (Ok(name), Ok(value)) => Some((name, value)),
        (Ok(name), Err(_)) if name.starts_with("KEYWARD_") => {
            unreadable
                .push(Problem { origin: Some(Origin::Environment(name)), text: "the value is not UTF-8".to_owned() });
            None
        }
        _ => None,
    });
    let (found, unknown) = from_environment(variables);
    given.extend(found);
    problems.extend(unknown);
    problems.extend(unreadable);
    given.extend(from_flags(arguments, &mut problems));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    resolve(given, problems, cores).map_err(Unusable)
}

fn from_flags(arguments: &SettingsArgs, problems: &mut Vec<Problem>) -> Vec<Given> {
    let mut given = Vec::new();
    let mut push = |name: &str, text: Option<String>| {
        if let Some(text) = text {
            given.push(Given { name: name.to_owned(), text, origin: Origin::Flag(format!("--{name}")) });
        }
    };
    let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
    push("data-dir", path(&arguments.data_dir));
    push("http-listen", arguments.http_listen.clone());
    push("admin-listen", arguments.admin_listen.clone());
    push("tls-cert", path(&arguments.tls_cert));
    push("tls-key", path(&arguments.tls_key));
    push("insecure-http", arguments.insecure_http.then(|| "true".to_owned()));
    push("log-format", arguments.log_format.clone());
    push("log-level", arguments.log_level.clone());
    for setting in &arguments.setting {
        match setting.split_once('=') {
            Some((name, text)) => given.push(Given {
                name: name.trim().to_owned(),
                text: text.to_owned(),
                origin: Origin::Flag(format!("-E {setting}")),
            }),
            None => problems.push(Problem {
                origin: Some(Origin::Flag(format!("-E {setting}"))),
                text: "write it as -E name=value".to_owned(),
            }),
        }
    }
    given
}
