//! Where settings come from: the file, the environment, the command line. Each gives names with texts and says where
//! they stood; what the texts mean is decided in one place for all three (`settings/mod.rs`).

use std::fmt;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::table;

/// Where a setting was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A line of the configuration file.
    File {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
    },
    /// A variable of the environment.
    Environment(String),
    /// A flag of the command line.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Flag(flag) => write!(f, "{flag}"),
        }
    }
}

/// A setting as somebody wrote it.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    /// The dotted name.
    pub(crate) name: String,
    /// The value as text.
    pub(crate) text: String,
    /// Where it stood.
    pub(crate) origin: Origin,
}

/// Something that keeps the server from starting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where; `None` when it is about several settings together.
    pub(crate) origin: Option<Origin>,
    /// What is wrong and what to do.
    pub(crate) text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) => write!(f, "{origin}: {}", self.text),
            None => write!(f, "{}", self.text),
        }
    }
}

/// Reads a TOML file: nested tables and dotted keys both become dotted names.
pub(crate) fn from_file(path: &Path, text: &str) -> Result<Vec<Given>, Vec<Problem>> {
    let shown = path.display().to_string();
    let line_of = |at: usize| 1 + text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count();
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(errors
            .iter()
            .map(|error| Problem {
                origin: Some(Origin::File {
                    path: shown.clone(),
                    line: line_of(error.span().map_or(0, |span| span.start)),
                }),
                text: format!("this is not TOML: {}", error.message().replace('\n', "; ")),
            })
            .collect());
    }
    let mut given = Vec::new();
    let mut problems = Vec::new();
    let mut pending: Vec<(String, &DeTable<'_>)> = vec![(String::new(), table.get_ref())];
    while let Some((prefix, table)) = pending.pop() {
        for (key, value) in table {
            let name =
                if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
            let origin = Origin::File { path: shown.clone(), line: line_of(key.span().start) };
            let text = match value.get_ref() {
                DeValue::Table(inner) => {
                    pending.push((name, inner));
                    continue;
                }
                DeValue::String(text) => text.to_string(),
                DeValue::Boolean(flag) => flag.to_string(),
                DeValue::Integer(number) if number.radix() == 10 => number.as_str().replace('_', ""),
                other => {
                    problems.push(Problem {
                        origin: Some(origin),
                        text: format!(
                            "[{name}] must be a string, a whole number or a boolean, not {}",
                            other.type_str()
                        ),
                    });
                    continue;
                }
            };
            given.push(Given { name, text, origin });
        }
    }
    if problems.is_empty() { Ok(given) } else { Err(problems) }
}

/// Picks the settings out of the environment. `KEYWARD_CONFIG` names the file and is read with the command line.
pub(crate) fn from_environment(variables: impl Iterator<Item = (String, String)>) -> (Vec<Given>, Vec<Problem>) {
    let mut given = Vec::new();
    let mut problems = Vec::new();
    for (variable, text) in variables {
        if !variable.starts_with("KEYWARD_") || variable == "KEYWARD_CONFIG" {
            continue;
        }
        match table::ROWS.iter().find(|row| table::environment_name(row.name) == variable) {
            Some(row) => given.push(Given { name: row.name.to_owned(), text, origin: Origin::Environment(variable) }),
            None => {
                let known: Vec<String> = table::ROWS.iter().map(|row| table::environment_name(row.name)).collect();
                let near = table::nearest(&variable, known.iter().map(String::as_str));
                let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
                problems.push(Problem {
                    origin: Some(Origin::Environment(variable)),
                    text: format!("there is no such setting{hint}"),
                });
            }
        }
    }
    (given, problems)
}
