//! Reading `global`: the configurable cluster privileges of a role.

use std::sync::Arc;

use keyward_xcontent::{Object, Value};

use super::error::{DescriptorError, GlobalProblem, IncompleteEntry};
use super::parse::strings;
use super::{GlobalPrivilege, ManagedRoleIndices};

/// The privileges of `global`, in the order in which they are printed.
pub(super) fn global(value: &Value<'_>) -> Result<Vec<GlobalPrivilege>, DescriptorError> {
    let mut read = Vec::new();
    for category in global_object(value)? {
        match &*category.name {
            "application" => {
                for applications in global_members(&category.value, "manage")? {
                    read.push(GlobalPrivilege::ManageApplications { applications: application_names(applications)? });
                }
            }
            "profile" => {
                for applications in global_members(&category.value, "write")? {
                    read.push(GlobalPrivilege::WriteProfileData { applications: application_names(applications)? });
                }
            }
            "role" => {
                for indices in global_members(&category.value, "manage")? {
                    read.push(GlobalPrivilege::ManageRoles { indices: managed_indices(indices)? });
                }
            }
            other => return Err(DescriptorError::Global(GlobalProblem::Category { found: other.to_owned() })),
        }
    }
    read.sort_by_key(GlobalPrivilege::category);
    Ok(read)
}

fn global_object<'v, 'a>(value: &'v Value<'a>) -> Result<&'v Object<'a>, DescriptorError> {
    value.as_object().ok_or_else(|| {
        let found = value.token().to_string();
        DescriptorError::Global(GlobalProblem::Token { expected: "START_OBJECT", found })
    })
}

/// The members of a category, all of which must have one name.
fn global_members<'v, 'a>(value: &'v Value<'a>, name: &'static str) -> Result<Vec<&'v Value<'a>>, DescriptorError> {
    let members = global_object(value)?
        .iter()
        .map(|field| if field.name == name { Ok(&field.value) } else { Err(wrong_field(name, &field.name)) });
    members.collect()
}

/// The only member of an object.
fn only_member<'v, 'a>(value: &'v Value<'a>, name: &'static str) -> Result<&'v Value<'a>, DescriptorError> {
    let mut members = global_members(value, name)?;
    members.pop().ok_or_else(|| {
        let found = "END_OBJECT".to_owned();
        DescriptorError::Global(GlobalProblem::Token { expected: "FIELD_NAME", found })
    })
}

fn wrong_field(expected: &'static str, found: &str) -> DescriptorError {
    DescriptorError::Global(GlobalProblem::Field { expected, found: found.to_owned() })
}

fn application_names(value: &Value<'_>) -> Result<Vec<Arc<str>>, DescriptorError> {
    strings("applications", only_member(value, "applications")?).map_err(DescriptorError::GlobalStrings)
}

fn managed_indices(value: &Value<'_>) -> Result<Vec<ManagedRoleIndices>, DescriptorError> {
    let list = only_member(value, "indices")?;
    let entries = list.as_array().ok_or_else(|| {
        let found = list.token().to_string();
        DescriptorError::Global(GlobalProblem::Token { expected: "START_ARRAY", found })
    })?;
    let mut read = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut managed = ManagedRoleIndices::default();
        for field in global_object(entry)? {
            let slot = match &*field.name {
                "names" => &mut managed.names,
                "privileges" => &mut managed.privileges,
                other => return Err(wrong_field("names", other)),
            };
            *slot = strings(&field.name, &field.value).map_err(DescriptorError::GlobalStrings)?;
        }
        if managed.names.is_empty() {
            return Err(IncompleteEntry::IndexNames.into());
        }
        if managed.privileges.is_empty() {
            return Err(IncompleteEntry::IndexPrivileges.into());
        }
        read.push(managed);
    }
    Ok(read)
}
