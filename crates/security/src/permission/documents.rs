//! Document-level security: the queries that a document must match to be seen.

use std::sync::Arc;

/// Queries in conjunctive form: of each set, a document must match at least one.
///
/// There is one set per side of a limited role that restricts documents, made of the queries of all the groups that
/// grant the action there. The texts are as in the role descriptors; templates in them are not rendered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentPermissions {
    /// INVARIANT: not empty, and neither are the sets.
    sets: Vec<Vec<Arc<str>>>,
}

impl DocumentPermissions {
    /// From the sets of all sides; `None` if no side restricts anything.
    pub fn all_of(sets: impl IntoIterator<Item = Vec<Arc<str>>>) -> Option<Self> {
        let sets: Vec<Vec<Arc<str>>> = sets.into_iter().filter(|set| !set.is_empty()).collect();
        if sets.is_empty() { None } else { Some(Self { sets }) }
    }

    /// The sets; a document is visible if it matches one query of each.
    pub fn sets(&self) -> impl ExactSizeIterator<Item = &[Arc<str>]> {
        self.sets.iter().map(Vec::as_slice)
    }
}
