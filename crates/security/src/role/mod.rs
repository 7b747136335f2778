//! Roles: as written (`descriptor`), as compiled, and the ones that exist from the start (`builtin`).

pub mod descriptor;
pub mod workflow;

use std::sync::Arc;

pub use descriptor::{
    ApplicationResourcePrivileges, FieldSecurity, GlobalPrivilege, IndicesPrivileges, RemoteClusterPrivileges,
    RemoteIndicesPrivileges, Restriction, RoleDescriptor, RoleDescriptors, RoleDescriptorsId,
};

/// The name of a role.
pub type RoleName = Arc<str>;
