//! The cluster privileges of a compiled role.

use std::sync::OnceLock;

use keyward_automaton::{Automaton, TooComplex};

use super::global::GlobalPermission;
use crate::action::Action;
use crate::authentication::Authentication;
use crate::privilege::{ClusterPrivilege, Detail, NamedClusterPrivilege, cluster_privileges, own_api_key};

/// Which cluster actions a role permits.
#[derive(Debug, Default)]
pub struct ClusterPermission {
    privileges: Vec<ClusterPrivilege>,
    global: Vec<GlobalPermission>,
    /// The actions that need no look at the request, computed when privileges are compared.
    actions: OnceLock<Result<Automaton, TooComplex>>,
}

impl ClusterPermission {
    pub(super) fn new(privileges: Vec<ClusterPrivilege>, global: Vec<GlobalPermission>) -> Self {
        Self { privileges, global, actions: OnceLock::new() }
    }

    /// The privileges as written, by alphabet.
    pub fn texts(&self) -> Vec<&str> {
        let mut texts: Vec<&str> = self.privileges.iter().map(ClusterPrivilege::text).collect();
        texts.sort_unstable();
        texts
    }

    /// The configurable privileges.
    pub(super) fn global(&self) -> &[GlobalPermission] {
        &self.global
    }

    /// Whether a request is permitted.
    pub(super) fn check(&self, action: &Action, detail: &Detail, authentication: &Authentication) -> bool {
        self.privileges.iter().any(|privilege| match privilege {
            ClusterPrivilege::Named(named) => named_grants(named, action, detail, authentication),
            ClusterPrivilege::Actions(pattern) => pattern.actions().matches(action.as_str()),
        }) || self.global.iter().any(|global| global.permits(action, detail))
    }

    /// Whether everything that a privilege grants is granted here, whatever the request.
    pub(crate) fn implies(&self, privilege: &ClusterPrivilege) -> Result<bool, TooComplex> {
        let has_own = || self.privileges.iter().any(ClusterPrivilege::is_request_aware);
        if privilege.is_request_aware() && has_own() {
            return Ok(true);
        }
        if self.privileges.iter().all(ClusterPrivilege::is_request_aware) {
            return Ok(false);
        }
        privilege.actions().is_subset_of(self.actions()?)
    }

    fn actions(&self) -> Result<&Automaton, TooComplex> {
        let plain = || self.privileges.iter().filter(|privilege| !privilege.is_request_aware());
        let union = || Automaton::union(plain().map(ClusterPrivilege::actions));
        self.actions.get_or_init(union).as_ref().map_err(|error| *error)
    }
}

fn named_grants(
    privilege: &NamedClusterPrivilege,
    action: &Action,
    detail: &Detail,
    authentication: &Authentication,
) -> bool {
    if privilege.is_request_aware() {
        privilege.name() == own_api_key::NAME && own_api_key::permits(action, detail, authentication)
    } else {
        privilege.actions().matches(action.as_str())
    }
}

/// The names of the cluster privileges that would permit this very request to this very caller, as denials list them.
pub fn cluster_privileges_granting(
    action: &Action,
    detail: &Detail,
    authentication: &Authentication,
) -> Vec<&'static str> {
    let granting = cluster_privileges().iter().filter(|named| named_grants(named, action, detail, authentication));
    granting.map(NamedClusterPrivilege::name).collect()
}

impl FromIterator<ClusterPrivilege> for ClusterPermission {
    fn from_iter<I: IntoIterator<Item = ClusterPrivilege>>(privileges: I) -> Self {
        Self::new(privileges.into_iter().collect(), Vec::new())
    }
}
