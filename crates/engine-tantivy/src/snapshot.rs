//! One index at one moment: what a search works on.

use std::sync::Arc;

use tantivy::Searcher;

use crate::mapping::Mapping;
use crate::schema::Fields;

/// What a search needs of an index: its mapping, and the documents that the last refresh made visible.
///
/// A value: later writes, refreshes and even the deletion of the index do not change it.
#[derive(Clone)]
pub(crate) struct IndexSnapshot {
    /// The index's name, not an alias's.
    pub(crate) name: Arc<str>,
    /// Its mapping at that moment.
    pub(crate) mapping: Arc<Mapping>,
    /// Its documents.
    pub(crate) searcher: Searcher,
    /// Where in tantivy's schema they are.
    pub(crate) fields: Fields,
}

impl std::fmt::Debug for IndexSnapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IndexSnapshot").field("name", &self.name).finish_non_exhaustive()
    }
}
