//! The second dialect: how the names of a role entry are enforced.

use std::{collections::HashSet, sync::Arc};

use foldhash::fast::FixedState;

use crate::{Automaton, PatternError};

/// The names of a role entry, for enforcement.
///
/// A text that begins with `/` or contains `*` or `?` is a pattern as in [`Automaton::patterns`]; every other text is
/// compared as it stands. So `foo\.bar` means a name with a backslash in it here, and `foo.bar` to an [`Automaton`].
#[derive(Debug, Clone)]
pub struct StringMatcher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    patterns: Box<[Box<str>]>,
    exact: HashSet<Box<str>, FixedState>,
    others: Automaton,
    total: bool,
}

impl StringMatcher {
    /// The union of `patterns`; none match nothing.
    pub fn new<S: AsRef<str>>(patterns: impl IntoIterator<Item = S>) -> Result<Self, PatternError> {
        let patterns: Box<[Box<str>]> = patterns.into_iter().map(|pattern| pattern.as_ref().into()).collect();
        let is_exact = |pattern: &str| !pattern.starts_with('/') && !pattern.contains(['*', '?']);
        let exact = patterns.iter().filter(|pattern| is_exact(pattern)).cloned().collect();
        let others = Automaton::patterns(patterns.iter().filter(|pattern| !is_exact(pattern)))?;
        let total = patterns.iter().any(|pattern| &**pattern == "*");
        Ok(Self(Arc::new(Inner { patterns, exact, others, total })))
    }

    /// Whether `name` is one of them.
    #[inline]
    pub fn matches(&self, name: &str) -> bool {
        self.0.total || (!self.0.exact.is_empty() && self.0.exact.contains(name)) || self.0.others.matches(name)
    }

    /// Whether the patterns include `*`, which matches every name at once.
    pub fn is_total(&self) -> bool {
        self.0.total
    }

    /// The patterns as given.
    pub fn patterns(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.patterns.iter().map(|pattern| &**pattern)
    }
}
