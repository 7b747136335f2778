//! A role as it is written: what a client sent and what is stored.
//!
//! Nothing here is compiled or even checked for meaning; `parse` reads the shape, `validate` judges the contents,
//! `print` writes the canonical form, and compiling is the business of [`crate::role::Role`].

mod compact;
mod error;
pub(crate) mod fields;
mod global;
mod parse;
mod print;
#[cfg(test)]
mod tests;
pub(crate) mod validate;

use std::sync::Arc;

use keyward_xcontent::Value as Parsed;
use serde_json::{Map, Value};

pub use error::{
    DescriptorError, DescriptorErrorKind, EntryProblem, FieldExceptionsError, GlobalProblem, IncompleteEntry, Section,
    StringArrayError,
};
pub use parse::DescriptorContext;
pub(crate) use parse::{checked_applications, checked_indices, checked_strings};
pub use print::DescriptorForm;
pub use validate::RoleNameError;

/// A role as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoleDescriptor {
    /// Cluster privileges: names or action patterns.
    pub cluster: Vec<Arc<str>>,
    /// Configurable cluster privileges; empty means that the section is absent.
    pub global: Vec<GlobalPrivilege>,
    /// Index privileges.
    pub indices: Vec<IndicesPrivileges>,
    /// Application privileges.
    pub applications: Vec<ApplicationResourcePrivileges>,
    /// Patterns of the users that may be impersonated.
    pub run_as: Vec<Arc<str>>,
    /// Free data of the author; no effect on authorization.
    pub metadata: Map<String, Value>,
    /// Index privileges on remote clusters.
    pub remote_indices: Vec<RemoteIndicesPrivileges>,
    /// Cluster privileges on remote clusters.
    pub remote_cluster: Vec<RemoteClusterPrivileges>,
    /// Workflows that a key is restricted to.
    pub restriction: Option<Restriction>,
    /// What the role is for, in words.
    pub description: Option<Arc<str>>,
    /// How `transient_metadata` is shown.
    pub transient: Transient,
}

/// How `transient_metadata` is shown: it is never stored and never read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transient {
    /// `{"enabled":true}`
    #[default]
    Enabled,
    /// `{}`, as the built-in superuser shows it.
    Unmarked,
}

/// One entry of `indices`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndicesPrivileges {
    /// Patterns of the indices, aliases and data streams.
    pub names: Vec<Arc<str>>,
    /// Index privileges: names or action patterns.
    pub privileges: Vec<Arc<str>>,
    /// Which fields are visible; absent means all.
    pub field_security: Option<FieldSecurity>,
    /// Which documents are visible, as query text; absent means all.
    pub query: Option<Arc<str>>,
    /// Whether names of restricted indices are reached.
    pub allow_restricted_indices: bool,
}

/// Field-level security of one entry, as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FieldSecurity {
    /// Patterns of the visible fields; absent means all.
    pub grant: Option<Vec<Arc<str>>>,
    /// Patterns of the fields to leave out.
    pub except: Option<Vec<Arc<str>>>,
}

/// One entry of `remote_indices`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemoteIndicesPrivileges {
    /// What is granted there.
    pub indices: IndicesPrivileges,
    /// Patterns of cluster aliases.
    pub clusters: Vec<Arc<str>>,
}

/// One entry of `remote_cluster`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemoteClusterPrivileges {
    /// Cluster privileges on the remote side.
    pub privileges: Vec<Arc<str>>,
    /// Patterns of cluster aliases.
    pub clusters: Vec<Arc<str>>,
}

/// One entry of `applications`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApplicationResourcePrivileges {
    /// Name or trailing-wildcard pattern of the application.
    pub application: Arc<str>,
    /// Names of stored privileges, or action patterns.
    pub privileges: Vec<Arc<str>>,
    /// Patterns of resources.
    pub resources: Vec<Arc<str>>,
}

/// What a key may be used for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Restriction {
    /// Names of workflows; outside them the key can do nothing.
    pub workflows: Vec<Arc<str>>,
}

/// A configurable cluster privilege: one member of `global`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GlobalPrivilege {
    /// `application.manage`: manage the privileges of these applications.
    ManageApplications {
        /// Patterns of application names.
        applications: Vec<Arc<str>>,
    },
    /// `profile.write`: write profile data of these applications.
    WriteProfileData {
        /// Patterns of application names.
        applications: Vec<Arc<str>>,
    },
    /// `role.manage`: write and delete roles within these index privileges.
    ManageRoles {
        /// What such roles may contain.
        indices: Vec<ManagedRoleIndices>,
    },
}

/// One entry of `global.role.manage.indices`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ManagedRoleIndices {
    /// Patterns of index names.
    pub names: Vec<Arc<str>>,
    /// Index privileges.
    pub privileges: Vec<Arc<str>>,
}

/// Named descriptors in the order they were written: the descriptors of a key, or the roles of a user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoleDescriptors(Vec<(super::RoleName, Arc<RoleDescriptor>)>);

/// What identifies a set of descriptors: a digest of its stored text. Equal contents have equal identities.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoleDescriptorsId([u8; 32]);

// === impl RoleDescriptors ===

impl RoleDescriptors {
    /// Descriptors in the order in which they are to be shown.
    pub fn new(descriptors: Vec<(super::RoleName, Arc<RoleDescriptor>)>) -> Self {
        Self(descriptors)
    }

    /// Reads an object of role name to descriptor.
    pub fn parse(value: &Parsed<'_>, context: DescriptorContext) -> Result<Self, DescriptorError> {
        let object = value
            .as_object()
            .ok_or_else(|| DescriptorError::NotAnObject { role: String::new(), token: value.token() })?;
        let one = |field: &keyward_xcontent::Field<'_>| {
            let descriptor = RoleDescriptor::parse(&field.name, &field.value, context)?;
            Ok((super::RoleName::from(&*field.name), Arc::new(descriptor)))
        };
        object.iter().map(one).collect::<Result<_, DescriptorError>>().map(Self)
    }

    /// The descriptor of a name.
    pub fn get(&self, name: &str) -> Option<&Arc<RoleDescriptor>> {
        self.0.iter().find(|(known, _)| &**known == name).map(|(_, descriptor)| descriptor)
    }

    /// The descriptors with their names, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&super::RoleName, &Arc<RoleDescriptor>)> + Clone {
        self.0.iter().map(|(name, descriptor)| (name, descriptor))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

// === impl RoleDescriptorsId ===

impl RoleDescriptorsId {
    /// The identity of descriptors whose stored text is at hand.
    pub fn of_stored_text(text: &str) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(text.as_bytes()).into())
    }

    /// The digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for RoleDescriptorsId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("RoleDescriptorsId(")?;
        for byte in self.0.iter().take(8) {
            write!(out, "{byte:02x}")?;
        }
        out.write_str(")")
    }
}
