//! The roles that exist from the start: reserved names, fixed contents.
//!
//! They are data (`data/reserved-roles.json`). Where the contents are known only in part the row says so: such a role
//! grants less than its model, never more.

use std::sync::{Arc, LazyLock};

use keyward_xcontent::{Limits, parse};

use super::descriptor::{DescriptorContext, RoleDescriptor, RoleDescriptors};
use super::{Role, RoleName};
use crate::privilege::ApplicationPrivileges;

const TABLE: &str = include_str!("../../data/reserved-roles.json");

/// A role that exists from the start.
#[derive(Debug)]
pub struct ReservedRole {
    name: RoleName,
    descriptor: Arc<RoleDescriptor>,
    partial: bool,
}

static ROLES: LazyLock<Vec<ReservedRole>> = LazyLock::new(read);

static SUPERUSER: LazyLock<Role> = LazyLock::new(superuser);

/// All reserved roles, by name.
pub fn reserved_roles() -> &'static [ReservedRole] {
    &ROLES
}

/// The reserved role of a name.
pub fn reserved_role(name: &str) -> Option<&'static ReservedRole> {
    let roles = reserved_roles();
    roles.binary_search_by(|role| (*role.name).cmp(name)).ok().and_then(|at| roles.get(at))
}

/// The compiled role of those whose only role is `superuser`.
pub fn superuser_role() -> &'static Role {
    &SUPERUSER
}

// === impl ReservedRole ===

impl ReservedRole {
    /// Its name.
    pub fn name(&self) -> &RoleName {
        &self.name
    }

    /// Its contents.
    pub fn descriptor(&self) -> &Arc<RoleDescriptor> {
        &self.descriptor
    }

    /// Whether its model grants more than is known here.
    pub fn is_partial(&self) -> bool {
        self.partial
    }
}

#[expect(clippy::expect_used, reason = "the text is part of the program and every test reads it")]
fn read() -> Vec<ReservedRole> {
    let table = parse(TABLE.as_bytes(), Limits::default()).expect("the table of roles is JSON");
    let row = |field: &keyward_xcontent::Field<'_>| {
        let role = field.value.get("role").expect("a row has a role");
        let descriptor = RoleDescriptor::parse(&field.name, role, DescriptorContext::Stored);
        ReservedRole {
            name: RoleName::from(&*field.name),
            descriptor: Arc::new(descriptor.expect("the role can be read")),
            partial: field.value.get("partial").is_some(),
        }
    };
    let mut roles: Vec<ReservedRole> = table.as_object().expect("it is an object").iter().map(row).collect();
    roles.sort_by(|one, other| one.name.cmp(&other.name));
    roles
}

#[expect(clippy::expect_used, reason = "the role is part of the program and every test compiles it")]
fn superuser() -> Role {
    let role = reserved_role("superuser").expect("there is a superuser");
    let descriptors = RoleDescriptors::new(vec![(role.name.clone(), Arc::clone(&role.descriptor))]);
    Role::compile(&descriptors, &ApplicationPrivileges::default()).expect("the role can be compiled")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reserved_role_is_valid_and_marked() {
        for role in reserved_roles() {
            let mut descriptor = (**role.descriptor()).clone();
            assert_eq!(descriptor.metadata.get("_reserved"), Some(&true.into()), "{}", role.name());
            assert!(descriptor.description.is_some(), "{}", role.name());
            descriptor.metadata.clear();
            assert_eq!(descriptor.validate(), Vec::<String>::new(), "{}", role.name());
            let descriptors = RoleDescriptors::new(vec![(role.name.clone(), Arc::clone(&role.descriptor))]);
            Role::compile(&descriptors, &ApplicationPrivileges::default()).unwrap();
        }
        assert_eq!(reserved_roles().len(), 29);
        assert!(reserved_role("superuser").is_some_and(|role| !role.is_partial()));
        assert!(reserved_role("viewer").is_some_and(ReservedRole::is_partial));
        assert!(reserved_role("nobody").is_none());
    }
}
