//! What applications and their privileges may be called, and how a privilege of a role or a check is told from an
//! action pattern.

use std::fmt;

/// Where an application is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedIn {
    /// A stored privilege, or a check: one application.
    Stored,
    /// A role: `*`, or a name with a trailing wildcard, too.
    Role,
}

/// A name that an application, a privilege or an action may not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplicationNameError {
    /// No name.
    #[error("Application names cannot be blank")]
    Blank,
    /// A wildcard where one application is meant.
    #[error("Application names may not contain '*' (found '{0}')")]
    Wildcard(String),
    /// A wildcard that is not at the end.
    #[error("Application name patterns only support trailing wildcards (found '{0}')")]
    InnerWildcard(String),
    /// White space.
    #[error("Application names may not contain whitespace (found '{0}')")]
    Whitespace(String),
    /// What stands before the first `_` or `-`.
    #[error("An application name prefix must match the pattern ^[a-z][A-Za-z0-9]*$ (found '{0}')")]
    Prefix(String),
    /// The same, if it is too short.
    #[error("An application name prefix must be at least 3 characters long (found '{0}')")]
    ShortPrefix(String),
    /// What stands after it.
    #[error("An application name suffix may not contain any of the characters '{FORBIDDEN}' (found '{0}')")]
    Suffix(String),
    /// The name of a stored privilege.
    #[error("Application privilege names must match the pattern ^[a-z][a-zA-Z0-9_.-]*$ (found '{0}')")]
    PrivilegeName(String),
    /// A privilege in a role or a check.
    #[error("Application privilege names and actions must match the pattern ^\\p{{Graph}}*$ (found '{0}')")]
    Unprintable(String),
    /// An action of a stored privilege that could be mistaken for a privilege's name.
    #[error("action [{0}] must contain one of [ '/' , '*' , ':' ]")]
    Action(String),
}

/// Characters that a suffix may not have.
const FORBIDDEN: Forbidden = Forbidden(&['\\', '/', '*', '?', '"', '<', '>', '|', ' ', ',']);

struct Forbidden(&'static [char]);

/// Judges the name of an application.
pub fn check_application_name(name: &str, place: NamedIn) -> Result<(), ApplicationNameError> {
    if name.trim().is_empty() {
        return Err(ApplicationNameError::Blank);
    }
    if place == NamedIn::Role && name == "*" {
        return Ok(());
    }
    let wildcard = name.find('*');
    match (place, wildcard) {
        (NamedIn::Stored, Some(_)) => return Err(ApplicationNameError::Wildcard(name.to_owned())),
        (NamedIn::Role, Some(at)) if at + 1 != name.len() => {
            return Err(ApplicationNameError::InnerWildcard(name.to_owned()));
        }
        _ => {}
    }
    if name.contains(char::is_whitespace) {
        return Err(ApplicationNameError::Whitespace(name.to_owned()));
    }
    let bare = name.strip_suffix('*').unwrap_or(name);
    let (prefix, suffix) = bare.split_once(['_', '-']).map_or((bare, None), |(prefix, rest)| (prefix, Some(rest)));
    let mut characters = prefix.chars();
    let starts_well = characters.next().is_some_and(|first| first.is_ascii_lowercase());
    if !starts_well || !characters.all(|character| character.is_ascii_alphanumeric()) {
        return Err(ApplicationNameError::Prefix(prefix.to_owned()));
    }
    if prefix.len() < 3 && wildcard.is_none() {
        return Err(ApplicationNameError::ShortPrefix(prefix.to_owned()));
    }
    match suffix {
        Some(suffix) if suffix.contains(FORBIDDEN.0) => Err(ApplicationNameError::Suffix(suffix.to_owned())),
        _ => Ok(()),
    }
}

/// Judges a privilege in a role or a check: the name of a stored one or an action pattern.
pub fn check_privilege_or_action(text: &str) -> Result<(), ApplicationNameError> {
    if text.chars().all(|character| character.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(ApplicationNameError::Unprintable(text.to_owned()))
    }
}

/// Judges the name of a privilege to be stored.
pub fn check_privilege_name(name: &str) -> Result<(), ApplicationNameError> {
    if is_privilege_name(name) { Ok(()) } else { Err(ApplicationNameError::PrivilegeName(name.to_owned())) }
}

/// Judges an action of a privilege to be stored.
pub(super) fn check_action(action: &str) -> Result<(), ApplicationNameError> {
    check_privilege_or_action(action)?;
    if action.contains(['/', '*', ':']) { Ok(()) } else { Err(ApplicationNameError::Action(action.to_owned())) }
}

/// Whether a text can only be the name of a stored privilege, and is never taken as a pattern.
pub(crate) fn is_privilege_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_ascii_lowercase())
        && characters.all(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-'))
}

impl fmt::Display for Forbidden {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|character| write!(out, "{character}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn application_names_are_judged_as_listed() {
        let text = |name, place| check_application_name(name, place).map_err(|error| error.to_string());
        let cases = [
            ("", NamedIn::Stored, "Application names cannot be blank"),
            ("  ", NamedIn::Role, "Application names cannot be blank"),
            ("app*", NamedIn::Stored, "Application names may not contain '*' (found 'app*')"),
            ("a*b", NamedIn::Role, "Application name patterns only support trailing wildcards (found 'a*b')"),
            ("my app", NamedIn::Stored, "Application names may not contain whitespace (found 'my app')"),
            (
                "App",
                NamedIn::Stored,
                "An application name prefix must match the pattern ^[a-z][A-Za-z0-9]*$ (found 'App')",
            ),
            ("_x", NamedIn::Stored, "An application name prefix must match the pattern ^[a-z][A-Za-z0-9]*$ (found '')"),
            (
                "a.b",
                NamedIn::Role,
                "An application name prefix must match the pattern ^[a-z][A-Za-z0-9]*$ (found 'a.b')",
            ),
            ("ab-c", NamedIn::Stored, "An application name prefix must be at least 3 characters long (found 'ab')"),
            (
                "app-a/b",
                NamedIn::Stored,
                "An application name suffix may not contain any of the characters '\\/*?\"<>| ,' (found 'a/b')",
            ),
        ];
        for (name, place, expected) in cases {
            assert_eq!(text(name, place), Err(expected.to_owned()), "{name}");
        }
        for (name, place) in [
            ("kibana-.kibana", NamedIn::Stored),
            ("myapp", NamedIn::Stored),
            ("*", NamedIn::Role),
            ("kibana-*", NamedIn::Role),
            ("k*", NamedIn::Role),
        ] {
            assert_eq!(text(name, place), Ok(()), "{name}");
        }
    }

    #[test]
    fn privilege_names_and_actions() {
        assert!(check_privilege_name("feature_discover.read").is_ok());
        for name in ["", "Read", "1", "a:b", "a b"] {
            assert!(check_privilege_name(name).is_err(), "{name}");
        }
        assert!(check_privilege_or_action("saved:x/get").is_ok());
        assert_eq!(
            check_privilege_or_action("a b").map_err(|error| error.to_string()),
            Err("Application privilege names and actions must match the pattern ^\\p{Graph}*$ (found 'a b')".to_owned())
        );
        assert!(check_action("data:read/*").is_ok());
        assert!(check_action("read").is_err());
    }
}
