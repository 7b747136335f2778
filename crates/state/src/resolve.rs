//! From names of roles to roles, in one state: the built-in ones and those that were put.

use std::sync::Arc;

use keyward_security::authentication::{Authentication, SubjectKind};
use keyward_security::role::{RoleDescriptor, RoleDescriptors, RoleName, reserved_role};

use crate::view::View;

/// The roles behind some names.
#[derive(Clone, Debug, Default)]
pub struct ResolvedRoles {
    /// Those that exist, by name.
    pub found: RoleDescriptors,
    /// Names that no role has.
    pub missing: Vec<RoleName>,
}

impl View {
    /// A role by name: a built-in one, whose names cannot be taken, or one that was put.
    pub fn role_descriptor(&self, name: &str) -> Option<Arc<RoleDescriptor>> {
        match reserved_role(name) {
            Some(reserved) => Some(Arc::clone(reserved.descriptor())),
            None => self.role(name).map(|stored| Arc::clone(&stored.value)),
        }
    }

    /// Looks up roles. The result is in the order of names and has each role once, so that users with equal roles have
    /// equal sets.
    pub fn resolve_roles(&self, names: &[RoleName]) -> ResolvedRoles {
        let mut names: Vec<&RoleName> = names.iter().collect();
        names.sort_unstable();
        names.dedup();
        let mut found = Vec::with_capacity(names.len());
        let mut missing = Vec::new();
        for name in names {
            match self.role_descriptor(name) {
                Some(descriptor) => found.push((Arc::clone(name), descriptor)),
                None => missing.push(Arc::clone(name)),
            }
        }
        ResolvedRoles { found: RoleDescriptors::new(found), missing }
    }

    /// What a key made for the effective subject can never exceed: its roles as they are now, without what they are for.
    /// A key that was made with a key, and an account without roles, has nothing here, and so can do nothing.
    /// `everybody` are roles that all users have beside their own.
    pub fn owner_snapshot(&self, who: &Authentication, everybody: &[RoleName]) -> RoleDescriptors {
        let subject = &who.effective;
        match subject.kind {
            SubjectKind::ApiKey(_) | SubjectKind::ServiceAccount { .. } => RoleDescriptors::default(),
            SubjectKind::User => {
                let names: Vec<RoleName> = subject.user.roles.iter().chain(everybody).cloned().collect();
                let resolved = self.resolve_roles(&names);
                let stripped = resolved.found.iter().map(|(name, descriptor)| {
                    let descriptor = match descriptor.description {
                        None => Arc::clone(descriptor),
                        Some(_) => Arc::new(RoleDescriptor { description: None, ..RoleDescriptor::clone(descriptor) }),
                    };
                    (Arc::clone(name), descriptor)
                });
                RoleDescriptors::new(stripped.collect())
            }
        }
    }
}
