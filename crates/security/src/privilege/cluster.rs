//! Cluster privileges by name, and patterns over cluster actions.
//!
//! `manage_own_api_key` looks at the request as well; its rules are in `own_api_key.rs`.

use std::collections::HashMap;
use std::sync::LazyLock;

use keyward_automaton::{Automaton, TooComplex};

use super::named::{ActionPattern, PrivilegeError, compiled_in, within_limits};
use super::table;

/// A cluster privilege that has a name.
#[derive(Debug)]
pub struct NamedClusterPrivilege {
    name: &'static str,
    actions: Automaton,
    request_aware: bool,
    listed: bool,
}

/// A cluster privilege: a name or a pattern.
#[derive(Debug, Clone)]
pub enum ClusterPrivilege {
    /// One of the table.
    Named(&'static NamedClusterPrivilege),
    /// A pattern over cluster actions.
    Actions(ActionPattern),
}

/// All of them, in the order in which denials list them.
static BY_RANK: LazyLock<Vec<NamedClusterPrivilege>> = LazyLock::new(|| {
    let mut rows: Vec<_> = table::cluster().into_iter().collect();
    rows.sort_by_key(|(_, row)| row.rank);
    let privilege = |(name, row): (&'static str, table::ClusterRow)| {
        let (allowed, excepted) = (compiled_in(&row.allow), compiled_in(&row.except));
        let actions = if row.except.is_empty() { allowed } else { within_limits(allowed.minus(&excepted)) };
        NamedClusterPrivilege { name, actions, request_aware: row.request_aware, listed: row.is_listed() }
    };
    rows.into_iter().map(privilege).collect()
});

static BY_NAME: LazyLock<HashMap<&'static str, &'static NamedClusterPrivilege>> =
    LazyLock::new(|| BY_RANK.iter().map(|privilege| (privilege.name, privilege)).collect());

/// The three families of actions that cluster privileges speak of.
static CLUSTER_ACTIONS: LazyLock<Automaton> =
    LazyLock::new(|| compiled_in(&["cluster:*", "indices:admin/template/*", "indices:admin/index_template/*"]));

// === impl ClusterPrivilege ===

impl ClusterPrivilege {
    /// The privilege that a text of a role means. Case does not matter.
    pub fn resolve(text: &str) -> Result<Self, PrivilegeError> {
        let text = text.to_lowercase();
        if let Some(named) = BY_NAME.get(&*text) {
            return Ok(Self::Named(named));
        }
        if CLUSTER_ACTIONS.matches(&text) {
            return Ok(Self::Actions(ActionPattern::new(&text)?));
        }
        Err(PrivilegeError::UnknownCluster(text))
    }

    /// Its name, or the pattern in lower case.
    pub fn text(&self) -> &str {
        match self {
            Self::Named(named) => named.name,
            Self::Actions(pattern) => pattern.text(),
        }
    }

    /// The actions that it can grant; for request-aware privileges the necessary condition.
    pub fn actions(&self) -> &Automaton {
        match self {
            Self::Named(named) => &named.actions,
            Self::Actions(pattern) => pattern.actions(),
        }
    }

    /// Whether the request decides too.
    pub fn is_request_aware(&self) -> bool {
        matches!(self, Self::Named(named) if named.request_aware)
    }
}

// === impl NamedClusterPrivilege ===

impl NamedClusterPrivilege {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The actions that it can grant.
    pub fn actions(&self) -> &Automaton {
        &self.actions
    }

    /// Whether the request decides too.
    pub fn is_request_aware(&self) -> bool {
        self.request_aware
    }

    /// Whether whoever has this has the other too.
    pub fn implies(&self, other: &Self) -> Result<bool, TooComplex> {
        if self.request_aware { Ok(self.name == other.name) } else { other.actions.is_subset_of(&self.actions) }
    }
}

/// All named cluster privileges, in the order in which denials list them.
pub fn cluster_privileges() -> &'static [NamedClusterPrivilege] {
    &BY_RANK
}

/// The names that the built-in listing shows, by alphabet.
pub fn listed_cluster_privileges() -> Vec<&'static str> {
    let mut names: Vec<_> = BY_RANK.iter().filter(|privilege| privilege.listed).map(|named| named.name).collect();
    names.sort_unstable();
    names
}

pub(super) fn names_by_rank() -> Vec<&'static str> {
    BY_RANK.iter().map(|privilege| privilege.name).collect()
}
