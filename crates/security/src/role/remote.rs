//! What a role grants on remote clusters. It is kept as written: the remote cluster decides with it.

use std::sync::Arc;

use super::compile::Merged;
use super::descriptor::FieldSecurity;

/// Index privileges on remote clusters, after merging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteGroup {
    /// Patterns of cluster aliases.
    pub clusters: Vec<Arc<str>>,
    /// Patterns of names there.
    pub names: Vec<Arc<str>>,
    /// Index privileges there.
    pub privileges: Vec<Arc<str>>,
    /// Queries, any of which a document may match; absent means all documents.
    pub queries: Option<Vec<Arc<str>>>,
    /// Definitions, any of which may grant a field; absent means all fields.
    pub fields: Option<Vec<FieldSecurity>>,
    /// Whether restricted names are reached.
    pub allow_restricted_indices: bool,
}

impl From<Merged> for RemoteGroup {
    fn from(merged: Merged) -> Self {
        Self {
            clusters: merged.clusters.into_iter().collect(),
            names: merged.names.into_iter().collect(),
            privileges: merged.privileges.into_iter().collect(),
            queries: merged.queries,
            fields: merged.fields,
            allow_restricted_indices: merged.allow_restricted,
        }
    }
}
