//! The internal name of an operation, such as `indices:data/read/search`.
//!
//! Privileges are sets of these names; every REST call maps to one or more of them. This file says what an action is
//! and which family it belongs to, not which calls lead to it (the endpoint catalogue does).

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The name of one operation. Cheap to clone.
#[derive(Clone)]
pub struct Action(Name);

#[derive(Clone)]
enum Name {
    Static(&'static str),
    Shared(Arc<str>),
}

/// Index actions that are decided by name alone, because each of their parts is authorised later.
const NAME_ONLY: &[&str] = &[
    "indices:data/write/bulk",
    "indices:data/write/simulate/bulk",
    "indices:data/write/index",
    "indices:data/write/index[p]",
    "indices:data/write/index[r]",
    "indices:data/write/delete",
    "indices:data/write/delete[p]",
    "indices:data/write/delete[r]",
    "indices:data/read/mget",
    "indices:data/read/mtv",
    "indices:data/read/msearch",
    "indices:data/read/msearch/template",
    "indices:data/read/search/template",
    "indices:data/read/mpercolate",
    "indices:data/write/reindex",
    "indices:data/write/otlp/metrics",
    "indices:data/write/prometheus/remote_write",
    "indices:data/read/sql",
    "indices:data/read/sql/translate",
    "indices:data/read/esql",
    "indices:data/read/esql/compute",
];

/// What proxied index actions start with.
const PROXY: &str = "internal:transport/proxy/indices:";

// === impl Action ===

impl Action {
    /// An action named by text that is not known at compile time.
    pub fn new(name: &str) -> Self {
        Self(Name::Shared(Arc::from(name)))
    }

    /// An action named in the program or in its data files.
    pub const fn from_static(name: &'static str) -> Self {
        Self(Name::Static(name))
    }

    /// The name as written in denials and audit events.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Name::Static(name) => name,
            Name::Shared(name) => name,
        }
    }

    /// Whether this is decided by cluster privileges: `cluster:*` and the two template families.
    pub fn is_cluster(&self) -> bool {
        let name = self.as_str();
        name.starts_with("cluster:")
            || name.starts_with("indices:admin/template/")
            || name.starts_with("indices:admin/index_template/")
    }

    /// Whether this is decided by index privileges.
    pub fn is_index(&self) -> bool {
        let name = self.as_str();
        !self.is_cluster() && (name.starts_with("indices:") || name.starts_with(PROXY))
    }

    /// Whether this index action is decided without looking at index names.
    pub fn is_name_only(&self) -> bool {
        let name = self.as_str();
        name.starts_with(PROXY) || NAME_ONLY.contains(&name)
    }
}

impl PartialEq for Action {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Action {}

impl PartialOrd for Action {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Action {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Action {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Action({})", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_disjoint() {
        let cases = [
            ("cluster:monitor/main", true, false),
            ("indices:admin/template/put", true, false),
            ("indices:admin/index_template/get", true, false),
            ("indices:data/read/search", false, true),
            ("internal:transport/proxy/indices:data/read/search", false, true),
            ("internal:cluster/nodes/left", false, false),
            ("indices", false, false),
            ("", false, false),
        ];
        for (name, cluster, index) in cases {
            let action = Action::new(name);
            assert_eq!((action.is_cluster(), action.is_index()), (cluster, index), "{name}");
        }
    }

    #[test]
    fn name_only_is_exact_except_for_proxied_actions() {
        for name in ["indices:data/write/bulk", "indices:data/read/mget", "internal:transport/proxy/indices:x"] {
            assert!(Action::from_static(name).is_name_only(), "{name}");
        }
        for name in ["indices:data/write/bulk[s]", "indices:data/read/mget[shard]", "indices:data/write/update"] {
            assert!(!Action::from_static(name).is_name_only(), "{name}");
        }
    }

    #[test]
    fn static_and_shared_names_are_equal() {
        assert_eq!(Action::from_static("cluster:monitor/main"), Action::new("cluster:monitor/main"));
    }
}
