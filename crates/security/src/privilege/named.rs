//! What cluster and index privileges have in common: a text that is a name or a pattern over actions.

use std::sync::Arc;

use keyward_automaton::{Automaton, PatternError, TooComplex};

/// A text that is no privilege, or none that can be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrivilegeError {
    /// Neither the name of a cluster privilege nor a pattern over cluster actions.
    #[error(
        "unknown cluster privilege [{0}]. a privilege must be either one of the predefined cluster privilege names [{known}] \
         or a pattern over one of the available cluster actions",
        known = super::cluster::names_by_rank().join(",")
    )]
    UnknownCluster(String),
    /// Neither the name of an index privilege nor a pattern over index actions.
    #[error(
        "unknown index privilege [{0}]. a privilege must be either one of the predefined fixed indices privileges [{known}] \
         or a pattern over one of the available index actions",
        known = super::index::names_by_alphabet().join(",")
    )]
    UnknownIndex(String),
    /// A pattern over actions that cannot be compiled.
    #[error(transparent)]
    Pattern(#[from] PatternError),
}

/// A privilege that is a pattern over actions rather than a name.
#[derive(Debug, Clone)]
pub struct ActionPattern {
    text: Arc<str>,
    actions: Automaton,
}

impl ActionPattern {
    /// Compiles a pattern; as a privilege it also reaches every longer name.
    pub(super) fn new(text: &str) -> Result<Self, PatternError> {
        let actions = Automaton::patterns([format!("{text}*")])?;
        Ok(Self { text: Arc::from(text), actions })
    }

    /// The pattern as written, in lower case.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The actions that it grants.
    pub fn actions(&self) -> &Automaton {
        &self.actions
    }
}

/// The automaton of patterns that are part of the program.
#[expect(clippy::expect_used, reason = "the patterns are part of the program and every test compiles them")]
pub(crate) fn compiled_in(patterns: &[&str]) -> Automaton {
    Automaton::patterns(patterns).expect("the pattern is valid")
}

/// A set operation on patterns that are part of the program.
#[expect(clippy::expect_used, reason = "the patterns are part of the program and every test compiles them")]
pub(super) fn within_limits<T>(result: Result<T, TooComplex>) -> T {
    result.expect("the patterns are simple")
}
