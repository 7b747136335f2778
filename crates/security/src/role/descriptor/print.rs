//! Writing a role: one canonical order of members, in two forms.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    ApplicationResourcePrivileges, FieldSecurity, GlobalPrivilege, IndicesPrivileges, RemoteClusterPrivileges,
    RemoteIndicesPrivileges, RoleDescriptor, RoleDescriptors, RoleDescriptorsId, Transient,
};
use super::{DescriptorContext, DescriptorError};

/// Who a descriptor is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DescriptorForm {
    /// Answers of the API: every section that the dialect always shows.
    Api,
    /// Records: only what differs from the default, so that equal roles have equal and short text.
    Stored,
}

impl RoleDescriptor {
    /// The descriptor as JSON. Parsing what this gives yields the same descriptor.
    pub fn to_json(&self, form: DescriptorForm) -> Value {
        Value::Object(self.to_json_object(form))
    }

    /// The members of [`RoleDescriptor::to_json`].
    pub fn to_json_object(&self, form: DescriptorForm) -> Map<String, Value> {
        let mut members = Members { form, map: Map::new() };
        members.section("cluster", list(&self.cluster), self.cluster.is_empty());
        if !self.global.is_empty() {
            members.put("global", global(&self.global));
        }
        members.section("indices", each(&self.indices, |entry| indices(entry, form)), self.indices.is_empty());
        members.section("applications", each(&self.applications, application), self.applications.is_empty());
        members.section("run_as", list(&self.run_as), self.run_as.is_empty());
        members.section("metadata", Value::Object(self.metadata.clone()), self.metadata.is_empty());
        match (form, self.transient) {
            (DescriptorForm::Api, Transient::Enabled) => members.put("transient_metadata", json!({"enabled": true})),
            (_, Transient::Unmarked) => members.put("transient_metadata", json!({})),
            (DescriptorForm::Stored, Transient::Enabled) => {}
        }
        if !self.remote_indices.is_empty() {
            members.put("remote_indices", each(&self.remote_indices, |entry| remote_indices(entry, form)));
        }
        if !self.remote_cluster.is_empty() {
            members.put("remote_cluster", each(&self.remote_cluster, remote_cluster));
        }
        if let Some(restriction) = self.restriction.as_ref().filter(|restriction| !restriction.workflows.is_empty()) {
            members.put("restriction", json!({"workflows": list(&restriction.workflows)}));
        }
        if let Some(description) = self.description.as_ref().filter(|text| !text.is_empty()) {
            members.put("description", text(description));
        }
        members.map
    }
}

impl RoleDescriptors {
    /// All descriptors as one JSON object, role name to descriptor.
    pub fn to_json(&self, form: DescriptorForm) -> Value {
        let members = self.iter().map(|(name, descriptor)| (name.to_string(), descriptor.to_json(form)));
        Value::Object(members.collect())
    }

    /// The short text under which these descriptors are stored and by which they are recognised.
    pub fn stored_text(&self) -> String {
        self.to_json(DescriptorForm::Stored).to_string()
    }

    /// Reads what [`RoleDescriptors::stored_text`] wrote.
    pub fn parse_stored(text: &str) -> Result<Self, DescriptorError> {
        let value = keyward_xcontent::parse(text.as_bytes(), keyward_xcontent::Limits::default())
            .map_err(DescriptorError::Syntax)?;
        Self::parse(&value, DescriptorContext::Stored)
    }

    /// What identifies these descriptors. Compiled roles are cached by it.
    pub fn id(&self) -> RoleDescriptorsId {
        RoleDescriptorsId::of_stored_text(&self.stored_text())
    }
}

impl IndicesPrivileges {
    /// The entry as the API shows it.
    pub fn to_json(&self) -> Value {
        indices(self, DescriptorForm::Api)
    }
}

impl FieldSecurity {
    /// The definition as the API shows it.
    pub fn to_json(&self) -> Value {
        let mut map = Map::new();
        if let Some(grant) = &self.grant {
            map.insert("grant".to_owned(), list(grant));
        }
        if let Some(except) = &self.except {
            map.insert("except".to_owned(), list(except));
        }
        Value::Object(map)
    }
}

impl ApplicationResourcePrivileges {
    /// The entry as the API shows it.
    pub fn to_json(&self) -> Value {
        application(self)
    }
}

impl RemoteClusterPrivileges {
    /// The entry as the API shows it.
    pub fn to_json(&self) -> Value {
        remote_cluster(self)
    }
}

impl GlobalPrivilege {
    /// The privilege as one object of the shape of `global`.
    pub fn to_json(&self) -> Value {
        let mut map = Map::new();
        map.insert(self.category_name().to_owned(), self.member());
        Value::Object(map)
    }

    /// Its place among the categories.
    pub(super) fn category(&self) -> usize {
        match self {
            Self::ManageApplications { .. } => 0,
            Self::WriteProfileData { .. } => 1,
            Self::ManageRoles { .. } => 2,
        }
    }

    fn category_name(&self) -> &'static str {
        match self {
            Self::ManageApplications { .. } => "application",
            Self::WriteProfileData { .. } => "profile",
            Self::ManageRoles { .. } => "role",
        }
    }

    fn member(&self) -> Value {
        match self {
            Self::ManageApplications { applications } => json!({"manage": {"applications": list(applications)}}),
            Self::WriteProfileData { applications } => json!({"write": {"applications": list(applications)}}),
            Self::ManageRoles { indices } => {
                let entry = |entry: &super::ManagedRoleIndices| json!({"names": list(&entry.names), "privileges": list(&entry.privileges)});
                json!({"manage": {"indices": each(indices, entry)}})
            }
        }
    }
}

/// Members in written order, where the short form leaves empty sections out.
struct Members {
    form: DescriptorForm,
    map: Map<String, Value>,
}

impl Members {
    fn put(&mut self, name: &str, value: Value) {
        self.map.insert(name.to_owned(), value);
    }

    fn section(&mut self, name: &str, value: Value, empty: bool) {
        if !(empty && self.form == DescriptorForm::Stored) {
            self.put(name, value);
        }
    }
}

/// All categories, the empty ones as empty objects.
fn global(privileges: &[GlobalPrivilege]) -> Value {
    let mut map = Map::new();
    for category in ["application", "profile", "role"] {
        let member = privileges.iter().find(|privilege| privilege.category_name() == category);
        map.insert(category.to_owned(), member.map_or_else(|| json!({}), GlobalPrivilege::member));
    }
    Value::Object(map)
}

fn indices(entry: &IndicesPrivileges, form: DescriptorForm) -> Value {
    Value::Object(index_members(entry, form))
}

fn remote_indices(entry: &RemoteIndicesPrivileges, form: DescriptorForm) -> Value {
    let mut map = index_members(&entry.indices, form);
    map.insert("clusters".to_owned(), list(&entry.clusters));
    Value::Object(map)
}

fn index_members(entry: &IndicesPrivileges, form: DescriptorForm) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("names".to_owned(), list(&entry.names));
    map.insert("privileges".to_owned(), list(&entry.privileges));
    if let Some(fields) = &entry.field_security {
        map.insert("field_security".to_owned(), fields.to_json());
    }
    if let Some(query) = &entry.query {
        map.insert("query".to_owned(), text(query));
    }
    if entry.allow_restricted_indices || form == DescriptorForm::Api {
        map.insert("allow_restricted_indices".to_owned(), entry.allow_restricted_indices.into());
    }
    map
}

fn application(entry: &ApplicationResourcePrivileges) -> Value {
    json!({
        "application": text(&entry.application),
        "privileges": list(&entry.privileges),
        "resources": list(&entry.resources),
    })
}

fn remote_cluster(entry: &RemoteClusterPrivileges) -> Value {
    json!({"privileges": list(&entry.privileges), "clusters": list(&entry.clusters)})
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn list(items: &[Arc<str>]) -> Value {
    each(items, |item| text(item))
}

fn each<T>(items: &[T], print: impl Fn(&T) -> Value) -> Value {
    items.iter().map(print).collect()
}
