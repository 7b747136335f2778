//! What an index or an alias may be called.

use thiserror::Error;

/// The longest name, in bytes.
const LONGEST: usize = 255;
/// What cannot be in a name.
const FORBIDDEN: &[char] = &[' ', '"', '*', '\\', '<', '|', ',', '>', '/', '?'];

/// A name that no index can have. `Display` is what stands after the name in Elasticsearch's text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum NameError {
    /// Nothing.
    #[error("must not be empty")]
    Empty,
    /// A character that means something in expressions or paths.
    #[error("must not contain the following characters [' ','\"','*','\\','<','|',',','>','/','?']")]
    Forbidden,
    /// `#`
    #[error("must not contain '#'")]
    Hash,
    /// `:`
    #[error("must not contain ':'")]
    Colon,
    /// A character that would do harm in logs and terminals.
    #[error("must not contain control characters")]
    Control,
    /// A first character that means something in expressions.
    #[error("must not start with '_', '-', or '+'")]
    Start,
    /// Capitals, in the name of an index.
    #[error("must be lowercase")]
    Lowercase,
    /// Too long.
    #[error("index name is too long, ({0} > {LONGEST})")]
    TooLong(usize),
    /// A name under which clients expect the security state. It is kept elsewhere, and nothing may pass for it.
    #[error("must not begin like the indices of the security system")]
    Reserved,
    /// `.` or `..`
    #[error("must not be '.' or '..'")]
    Dots,
}

/// Refuses what cannot be the name of an index.
pub(crate) fn check_index_name(name: &str) -> Result<(), NameError> {
    check_common(name)?;
    if name.to_lowercase() != name {
        return Err(NameError::Lowercase);
    }
    Ok(())
}

/// Refuses what cannot be the name of an alias.
pub(crate) fn check_alias_name(name: &str) -> Result<(), NameError> {
    check_common(name)
}

fn check_common(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.contains(FORBIDDEN) {
        return Err(NameError::Forbidden);
    }
    if name.contains('#') {
        return Err(NameError::Hash);
    }
    if name.contains(':') {
        return Err(NameError::Colon);
    }
    if name.contains(char::is_control) {
        return Err(NameError::Control);
    }
    if name.starts_with(['_', '-', '+']) {
        return Err(NameError::Start);
    }
    if name.len() > LONGEST {
        return Err(NameError::TooLong(name.len()));
    }
    if name.starts_with(".security") {
        return Err(NameError::Reserved);
    }
    if name == "." || name == ".." {
        return Err(NameError::Dots);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_indices() {
        for name in ["a", "logs-2024.01.01", ".hidden", "ünï", "a_b-c+d", "9"] {
            assert_eq!(check_index_name(name), Ok(()), "{name}");
        }
        assert_eq!(check_index_name(""), Err(NameError::Empty));
        assert_eq!(check_index_name("a b"), Err(NameError::Forbidden));
        assert_eq!(check_index_name("a*"), Err(NameError::Forbidden));
        assert_eq!(check_index_name("a#b"), Err(NameError::Hash));
        assert_eq!(check_index_name("a:b"), Err(NameError::Colon));
        assert_eq!(check_index_name("a\nb"), Err(NameError::Control));
        assert_eq!(check_index_name("_a"), Err(NameError::Start));
        assert_eq!(check_index_name("A"), Err(NameError::Lowercase));
        assert_eq!(check_index_name(".security-7"), Err(NameError::Reserved));
        assert_eq!(check_index_name("."), Err(NameError::Dots));
        assert_eq!(check_index_name(&"a".repeat(256)), Err(NameError::TooLong(256)));
        assert_eq!(check_alias_name("Logs"), Ok(()));
    }
}
