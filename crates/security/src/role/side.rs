//! One side of a role: the union of one set of descriptors, compiled.

use std::sync::Arc;

use keyward_automaton::{Automaton, TooComplex};

use super::{
    ApplicationPermission, ClusterPermission, IndicesGroup, NameRef, RemoteClusterPrivileges, RemoteGroup, RoleName,
    Workflows,
};
use crate::action::Action;
use crate::name_unions::{NameUnion, NameUnions};
use crate::privilege::Selector;

/// What one set of descriptors grants, regardless of what limits it.
#[derive(Debug)]
pub struct Side {
    pub(super) names: Vec<RoleName>,
    pub(super) cluster: ClusterPermission,
    pub(super) groups: Vec<IndicesGroup>,
    pub(super) applications: ApplicationPermission,
    pub(super) run_as: Automaton,
    pub(super) run_as_texts: Vec<Arc<str>>,
    pub(super) remote_indices: Vec<RemoteGroup>,
    pub(super) remote_cluster: Vec<RemoteClusterPrivileges>,
    pub(super) workflows: Workflows,
    /// Unions of the names of groups, made when wildcards are expanded.
    pub(super) name_unions: NameUnions,
}

// === impl Side ===

impl Default for Side {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            cluster: ClusterPermission::default(),
            groups: Vec::new(),
            applications: ApplicationPermission::default(),
            run_as: Automaton::empty(),
            run_as_texts: Vec::new(),
            remote_indices: Vec::new(),
            remote_cluster: Vec::new(),
            workflows: Workflows::default(),
            name_unions: NameUnions::default(),
        }
    }
}

impl Side {
    /// The names of the descriptors.
    pub fn names(&self) -> &[RoleName] {
        &self.names
    }

    /// The cluster privileges.
    pub fn cluster(&self) -> &ClusterPermission {
        &self.cluster
    }

    /// The index groups.
    pub fn groups(&self) -> &[IndicesGroup] {
        &self.groups
    }

    /// The names of the groups at `positions` as one matcher, unless they are too complex for one.
    pub(crate) fn name_union(&self, positions: &[usize]) -> Option<&NameUnion> {
        self.name_unions.of(&self.groups, positions)
    }

    /// The application privileges.
    pub fn applications(&self) -> &ApplicationPermission {
        &self.applications
    }

    /// The workflows outside which nothing is granted.
    pub fn workflows(&self) -> &Workflows {
        &self.workflows
    }

    /// What is granted on indices of remote clusters.
    pub fn remote_indices(&self) -> &[RemoteGroup] {
        &self.remote_indices
    }

    /// Whether an index action is granted on any name at all.
    pub fn allows_somewhere(&self, action: &Action) -> bool {
        let grants =
            |group: &IndicesGroup| group.grants(action) || group.legacy_mapping_privilege_anywhere(action).is_some();
        self.groups.iter().any(grants)
    }

    /// The groups that cover the component of a name and grant the action, regularly or by the legacy rule about
    /// mapping updates. Their documents and fields are what the action may see.
    pub fn groups_granting<'s>(
        &'s self,
        name: &'s NameRef<'s>,
        selector: Selector,
        action: &'s Action,
    ) -> impl Iterator<Item = &'s IndicesGroup> {
        self.groups.iter().filter(move |group| {
            (group.grants(action) || group.legacy_mapping_privilege(name, action).is_some())
                && group.covers(name, selector)
        })
    }

    /// The privilege by which a mapping update is granted against the letter, if no group grants it regularly; such a
    /// grant is worth a deprecation warning.
    pub fn legacy_mapping_grant(&self, name: &NameRef<'_>, selector: Selector, action: &Action) -> Option<&str> {
        let mut found = None;
        for group in self.groups.iter().filter(|group| group.covers(name, selector)) {
            if group.grants(action) {
                return None;
            }
            found = found.or_else(|| group.legacy_mapping_privilege(name, action));
        }
        found
    }

    /// Whether one group grants everything on everything, so that names need not be looked at.
    pub fn is_total(&self) -> bool {
        self.groups.iter().any(IndicesGroup::is_total)
    }

    pub(super) fn allowed_actions(&self, name: &NameRef<'_>) -> Result<Automaton, TooComplex> {
        let covering = self.groups.iter().filter(|group| group.covers(name, Selector::Data));
        let automata: Vec<Automaton> = covering.map(IndicesGroup::actions).collect::<Result<_, _>>()?;
        Automaton::union(&automata)
    }
}
