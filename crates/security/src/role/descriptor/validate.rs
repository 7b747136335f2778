//! Judging what a role says: names of privileges, of applications, of indices, of the role itself.
//!
//! Every problem is collected; the caller answers with all of them at once.

use std::sync::Arc;

use keyward_automaton::Automaton;

use super::{ApplicationResourcePrivileges, GlobalPrivilege, ManagedRoleIndices, RoleDescriptor};
use crate::privilege::{
    ClusterPrivilege, IndexPrivilege, NamedIn, SelectorClass, check_application_name, check_privilege_or_action, remote,
};
use crate::role::workflow;

/// A name that a role may not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "Role names must be at least 1 and no more than {limit} characters. They can contain alphanumeric characters \
     (a-z, A-Z, 0-9), spaces, punctuation, and printable symbols in the Basic Latin (ASCII) block. Leading or trailing \
     whitespace is not allowed."
)]
pub struct RoleNameError {
    limit: usize,
}

impl RoleNameError {
    /// Judges a name against the limit of what is stored, 507.
    pub fn check(name: &str) -> Result<(), Self> {
        Self::check_within(name, 507)
    }

    /// Judges a name against the limit of what is read, 1024; it comes first and as an error of its own.
    pub fn check_syntax(name: &str) -> Result<(), Self> {
        Self::check_within(name, 1024)
    }

    fn check_within(name: &str, limit: usize) -> Result<(), Self> {
        let printable = name.chars().all(|character| character.is_ascii_graphic() || character == ' ');
        let padded = name.starts_with(' ') || name.ends_with(' ');
        if name.is_empty() || name.len() > limit || !printable || padded { Err(Self { limit }) } else { Ok(()) }
    }
}

impl RoleDescriptor {
    /// What is wrong with the contents, in the order of the sections; nothing if the role may be stored.
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for text in &self.cluster {
            problems.extend(ClusterPrivilege::resolve(text).err().map(|error| error.to_string()));
        }
        for privilege in &self.global {
            problems.extend(global(privilege));
        }
        for entry in &self.indices {
            problems.extend(index_privileges(&entry.privileges));
            problems.extend(entry.names.iter().filter_map(|name| index_name(name)));
        }
        for entry in &self.remote_indices {
            if entry.clusters.iter().any(|cluster| cluster.is_empty()) {
                problems.push("remote index cluster alias cannot be an empty string".to_owned());
            }
            match index_privileges(&entry.indices.privileges) {
                Some(problem) => problems.push(problem),
                None if reaches_failures(&entry.indices.privileges) => problems.push(
                    "remote index privileges cannot contain privileges that grant access to the failure store"
                        .to_owned(),
                ),
                None => {}
            }
            problems.extend(entry.indices.names.iter().filter_map(|name| index_name(name)));
            problems.extend(patterns(&entry.clusters));
        }
        for entry in &self.remote_cluster {
            if entry.clusters.iter().any(|cluster| cluster.is_empty()) {
                problems.push("remote cluster alias cannot be an empty string".to_owned());
            }
            problems.extend(patterns(&entry.clusters));
            let unknown: Vec<&str> = entry
                .privileges
                .iter()
                .map(|name| &**name)
                .filter(|name| !remote::is_cluster_privilege(name))
                .collect();
            if !unknown.is_empty() {
                problems.push(format!(
                    "Invalid remote_cluster permissions found. Please remove the following: [{}] Only [{}] are allowed",
                    unknown.join(", "),
                    remote::REMOTE_CLUSTER_PRIVILEGES.join(", ")
                ));
            }
        }
        for entry in &self.applications {
            problems.extend(application(entry, NamedIn::Role));
            problems.extend(patterns(&entry.resources));
        }
        problems.extend(patterns(&self.run_as));
        if self.metadata.keys().any(|key| key.starts_with('_')) {
            problems.push("role descriptor metadata keys may not start with [_]".to_owned());
        }
        for name in self.restriction.iter().flat_map(|restriction| &restriction.workflows) {
            problems.extend(workflow::resolve(name).err().map(|error| error.to_string()));
        }
        if self.description.as_ref().is_some_and(|text| text.chars().count() > 1000) {
            problems.push("Role description must be less than 1000 characters.".to_owned());
        }
        problems
    }
}

/// What is wrong with an application entry of a role or a check.
pub(crate) fn application(entry: &ApplicationResourcePrivileges, place: NamedIn) -> Vec<String> {
    let name = check_application_name(&entry.application, place).err();
    let privileges = entry.privileges.iter().filter_map(|text| check_privilege_or_action(text).err());
    name.into_iter().chain(privileges).map(|error| error.to_string()).collect()
}

/// The first privilege of an entry that is none.
fn index_privileges(privileges: &[Arc<str>]) -> Option<String> {
    privileges.iter().find_map(|text| IndexPrivilege::resolve(text).err()).map(|error| error.to_string())
}

/// What is wrong with the arguments of a configurable privilege.
fn global(privilege: &GlobalPrivilege) -> Vec<String> {
    match privilege {
        GlobalPrivilege::ManageApplications { applications } | GlobalPrivilege::WriteProfileData { applications } => {
            patterns(applications).collect()
        }
        GlobalPrivilege::ManageRoles { indices } => {
            let entry = |entry: &ManagedRoleIndices| {
                let names: Vec<String> = patterns(&entry.names).collect();
                index_privileges(&entry.privileges).into_iter().chain(names)
            };
            indices.iter().flat_map(entry).collect()
        }
    }
}

/// The patterns that cannot be compiled. A role with one of them could never be used.
fn patterns(patterns: &[Arc<str>]) -> impl Iterator<Item = String> {
    patterns.iter().filter_map(|pattern| Automaton::patterns([pattern]).err()).map(|error| error.to_string())
}

/// Whether any of the privileges is about failure stores alone.
fn reaches_failures(privileges: &[Arc<str>]) -> bool {
    let class = |text: &Arc<str>| IndexPrivilege::resolve(text).ok().map(|privilege| privilege.class());
    privileges.iter().filter_map(class).any(|class| class == SelectorClass::Failures)
}

fn index_name(name: &str) -> Option<String> {
    if name.starts_with('/') {
        return Automaton::patterns([name]).is_err().then(|| format!("invalid regular expression pattern [{name}]"));
    }
    if name.contains("::") {
        return Some(format!("selectors [::] are not allowed in the index name expression [{name}]"));
    }
    name.contains(',').then(|| format!("commas [,] are not allowed in the index name expression [{name}]"))
}
