//! Configurable cluster privileges, compiled: privileges over arguments of a request.

use std::sync::LazyLock;

use keyward_automaton::{Automaton, PatternError, StringMatcher, TooComplex};

use super::RoleError;
use super::descriptor::{GlobalPrivilege, IndicesPrivileges, ManagedRoleIndices, RoleDescriptor};
use super::restricted::restricted_names;
use crate::action::Action;
use crate::privilege::{Detail, IndexPrivilege, Selector, compiled_in};

static PRIVILEGE_ACTIONS: LazyLock<Automaton> =
    LazyLock::new(|| compiled_in(&["cluster:admin/xpack/security/privilege/*"]));
const PROFILE_DATA: &str = "cluster:admin/xpack/security/profile/put/data";
const PUT_ROLE: &[&str] = &["cluster:admin/xpack/security/role/put", "cluster:admin/xpack/security/role/bulk_put"];
const DELETE_ROLE: &[&str] =
    &["cluster:admin/xpack/security/role/delete", "cluster:admin/xpack/security/role/bulk_delete"];

/// A configurable privilege with its arguments compiled.
#[derive(Debug)]
pub(super) struct GlobalPermission {
    written: GlobalPrivilege,
    rule: Rule,
}

#[derive(Debug)]
enum Rule {
    ManageApplications { names: StringMatcher, any: bool },
    WriteProfileData { names: StringMatcher },
    ManageRoles { entries: Vec<ManagedEntry> },
}

#[derive(Debug)]
struct ManagedEntry {
    /// Without the restricted names.
    names: Automaton,
    privileges: Vec<IndexPrivilege>,
}

impl GlobalPermission {
    pub(super) fn compile(written: &GlobalPrivilege) -> Result<Self, RoleError> {
        let rule = match written {
            GlobalPrivilege::ManageApplications { applications } => Rule::ManageApplications {
                names: StringMatcher::new(applications)?,
                any: applications.iter().any(|application| &**application == "*"),
            },
            GlobalPrivilege::WriteProfileData { applications } => {
                Rule::WriteProfileData { names: StringMatcher::new(applications)? }
            }
            GlobalPrivilege::ManageRoles { indices } => {
                Rule::ManageRoles { entries: indices.iter().map(ManagedEntry::compile).collect::<Result<_, _>>()? }
            }
        };
        Ok(Self { written: written.clone(), rule })
    }

    pub(super) fn written(&self) -> &GlobalPrivilege {
        &self.written
    }

    /// Whether a request is permitted. What is too complex to be compared is not.
    pub(super) fn permits(&self, action: &Action, detail: &Detail) -> bool {
        match (&self.rule, detail) {
            (Rule::ManageApplications { names, any }, Detail::Applications(applications)) => {
                PRIVILEGE_ACTIONS.matches(action.as_str())
                    && if applications.is_empty() {
                        *any
                    } else {
                        applications.iter().all(|application| names.matches(application))
                    }
            }
            (Rule::WriteProfileData { names }, Detail::ProfileData { applications }) => {
                action.as_str() == PROFILE_DATA && applications.iter().all(|application| names.matches(application))
            }
            (Rule::ManageRoles { entries }, Detail::PutRole { descriptor, .. }) => {
                PUT_ROLE.contains(&action.as_str()) && may_put(entries, descriptor).unwrap_or(false)
            }
            (Rule::ManageRoles { entries }, Detail::DeleteRole { name }) => {
                DELETE_ROLE.contains(&action.as_str()) && may_delete(entries, name).unwrap_or(false)
            }
            _ => false,
        }
    }
}

impl ManagedEntry {
    fn compile(entry: &ManagedRoleIndices) -> Result<Self, RoleError> {
        let privileges = entry.privileges.iter().map(|text| IndexPrivilege::resolve(text));
        Ok(Self {
            names: Automaton::patterns(&entry.names)?.minus(restricted_names())?,
            privileges: privileges.collect::<Result<_, _>>()?,
        })
    }

    /// Whether the entry's privileges for a component include all actions of another.
    fn includes(&self, privilege: &IndexPrivilege, selector: Selector) -> Result<bool, TooComplex> {
        let own = self.privileges.iter().filter(|own| own.class().admits(selector)).map(IndexPrivilege::actions);
        privilege.actions().is_subset_of(&Automaton::union(own)?)
    }
}

/// Why a comparison could not be made.
#[derive(Debug)]
struct Incomparable;

impl From<TooComplex> for Incomparable {
    fn from(_: TooComplex) -> Self {
        Self
    }
}

impl From<PatternError> for Incomparable {
    fn from(_: PatternError) -> Self {
        Self
    }
}

/// The new role may hold nothing but index privileges, each within the entries.
fn may_put(entries: &[ManagedEntry], role: &RoleDescriptor) -> Result<bool, Incomparable> {
    let only_indices = role.cluster.is_empty()
        && role.global.is_empty()
        && role.applications.is_empty()
        && role.run_as.is_empty()
        && role.remote_indices.is_empty()
        && role.remote_cluster.is_empty()
        && role.restriction.is_none();
    if !only_indices {
        return Ok(false);
    }
    for entry in &role.indices {
        if !may_grant(entries, entry)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn may_grant(entries: &[ManagedEntry], wanted: &IndicesPrivileges) -> Result<bool, Incomparable> {
    if wanted.allow_restricted_indices {
        return Ok(false);
    }
    let names = Automaton::patterns(&wanted.names)?.minus(restricted_names())?;
    for text in &wanted.privileges {
        let Ok(privilege) = IndexPrivilege::resolve(text) else { return Ok(false) };
        if !covers(entries, &names, &privilege)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Deleting a role takes the right to delete the index of its name, read as a pattern.
fn may_delete(entries: &[ManagedEntry], role: &str) -> Result<bool, Incomparable> {
    let Ok(privilege) = IndexPrivilege::resolve("delete_index") else { return Ok(false) };
    covers(entries, &Automaton::patterns([role])?, &privilege)
}

/// Whether the entries that include a privilege cover the names, all entries taken together.
fn covers(entries: &[ManagedEntry], names: &Automaton, privilege: &IndexPrivilege) -> Result<bool, Incomparable> {
    for selector in [Selector::Data, Selector::Failures] {
        if !privilege.class().admits(selector) {
            continue;
        }
        let mut including = Vec::new();
        for entry in entries {
            if entry.includes(privilege, selector)? {
                including.push(&entry.names);
            }
        }
        if !names.is_subset_of(&Automaton::union(including)?)? {
            return Ok(false);
        }
    }
    Ok(true)
}
