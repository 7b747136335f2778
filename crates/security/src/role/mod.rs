//! Roles: as written ([`descriptor`]), as compiled ([`Role`]), and the ones that exist from the start.
//!
//! A compiled role answers questions about single names and actions; putting the answers together into the decision
//! about a request is the business of `decide`.

mod application;
mod builtin;
mod cluster;
mod compile;
pub mod descriptor;
mod global;
mod group;
mod listing;
mod remote;
mod restricted;
mod side;
#[cfg(test)]
mod tests;
pub mod workflow;

use std::sync::Arc;

use keyward_automaton::{Automaton, TooComplex};

pub(crate) use application::ApplicationActions;
pub use application::ApplicationPermission;
pub use builtin::{ReservedRole, reserved_role, reserved_roles, superuser_role};
pub use cluster::{ClusterPermission, cluster_privileges_granting};
pub use compile::RoleError;
pub use descriptor::{
    ApplicationResourcePrivileges, FieldSecurity, GlobalPrivilege, IndicesPrivileges, RemoteClusterPrivileges,
    RemoteIndicesPrivileges, Restriction, RoleDescriptor, RoleDescriptors, RoleDescriptorsId,
};
pub use group::{FieldGrant, IndicesGroup, NameRef, StreamPart};
pub use listing::LimitedRole;
pub use remote::RemoteGroup;
pub use restricted::is_restricted;
pub(crate) use restricted::restricted_names;
pub use side::Side;
pub use workflow::Workflows;

use crate::action::Action;
use crate::authentication::Authentication;
pub use crate::names::RoleName;
use crate::privilege::{ApplicationPrivileges, Detail, Selector};

/// What a subject may do.
///
/// A role has one [`Side`], the union of its descriptors, or several: then it is a *limited role*, that of an API key
/// with descriptors of its own, and nothing is permitted that one of the sides does not permit.
#[derive(Debug, Clone)]
pub struct Role {
    /// INVARIANT: not empty; what limits a side stands after it.
    sides: Vec<Arc<Side>>,
}

// === impl Role ===

impl Role {
    /// Compiles descriptors into a role of one side: their union.
    pub fn compile(descriptors: &RoleDescriptors, stored: &ApplicationPrivileges) -> Result<Self, RoleError> {
        Ok(Self { sides: vec![Arc::new(Side::compile(descriptors, stored)?)] })
    }

    /// The role that permits nothing.
    pub fn empty() -> Self {
        Self { sides: vec![Arc::default()] }
    }

    /// The first role within the limits of the second.
    #[must_use]
    pub fn limited(base: &Self, by: &Self) -> Self {
        Self { sides: base.sides.iter().chain(&by.sides).cloned().collect() }
    }

    /// The sides, all of which must permit what is permitted; what limits a side stands after it.
    pub fn sides(&self) -> impl ExactSizeIterator<Item = &Side> + Clone {
        self.sides.iter().map(|side| &**side)
    }

    /// Whether more than one side has to permit what is permitted.
    pub fn is_limited(&self) -> bool {
        self.sides.len() > 1
    }

    /// The names to show: those of the outermost limit.
    pub fn names(&self) -> &[RoleName] {
        self.sides.last().map_or(&[], |side| side.names())
    }

    /// Whether a request of this workflow, or of none, may use the role at all.
    pub fn permits_workflow(&self, workflow: Option<&str>) -> bool {
        self.sides().all(|side| side.workflows().permit(workflow))
    }

    /// Whether a cluster action is permitted.
    pub fn check_cluster(&self, action: &Action, detail: &Detail, authentication: &Authentication) -> bool {
        self.sides().all(|side| side.cluster().check(action, detail, authentication))
    }

    /// Whether an index action is granted on any name at all; the sides may grant it on different ones.
    pub fn allows_somewhere(&self, action: &Action) -> bool {
        self.sides().all(|side| side.allows_somewhere(action))
    }

    /// Whether an index action is granted on the component of a name.
    pub fn covers(&self, name: &NameRef<'_>, selector: Selector, action: &Action) -> bool {
        self.sides().all(|side| side.groups_granting(name, selector, action).next().is_some())
    }

    /// Whether the user may be impersonated.
    pub fn may_run_as(&self, username: &str) -> bool {
        self.sides().all(|side| side.run_as.matches(username))
    }

    /// All actions granted on the data of a name, as one set: what comparing an alias with its indices, or a target
    /// with its source, takes.
    pub fn allowed_actions(&self, name: &NameRef<'_>) -> Result<Automaton, TooComplex> {
        let mut allowed = Automaton::any_string();
        for side in self.sides() {
            allowed = allowed.intersection(&side.allowed_actions(name)?)?;
        }
        Ok(allowed)
    }
}
