//! Reading a role: the shape of each section, and where it differs between roles, keys and stored text.

use std::sync::Arc;

use keyward_xcontent::{Kind, Object, Value};

use super::compact::compact;
use super::error::{DescriptorError, EntryProblem, IncompleteEntry, Section, StringArrayError};
use super::global::global;
use super::{
    ApplicationResourcePrivileges, FieldSecurity, IndicesPrivileges, RemoteClusterPrivileges, RemoteIndicesPrivileges,
    Restriction, RoleDescriptor, Transient, fields,
};
use crate::privilege::remote;

/// Where a descriptor comes from; some members are only known in some places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DescriptorContext {
    /// The body of a role: `description` but no `restriction`.
    Role,
    /// Within the body of an API key: `restriction` but no `description`.
    ApiKey,
    /// What this server wrote itself: both.
    Stored,
}

/// What an entry of `indices` may have beside names and privileges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EntryKind {
    Grant,
    Check,
}

impl RoleDescriptor {
    /// Reads a role. The first mistake ends it; what the members mean is judged by [`RoleDescriptor::validate`].
    pub fn parse(name: &str, value: &Value<'_>, context: DescriptorContext) -> Result<Self, DescriptorError> {
        let reader = Reader { role: name };
        let object = value
            .as_object()
            .ok_or_else(|| DescriptorError::NotAnObject { role: name.to_owned(), token: value.token() })?;
        let mut role = Self::default();
        for field in object {
            let value = &field.value;
            match &*field.name {
                "cluster" => role.cluster = reader.strings("cluster", value)?,
                "run_as" => role.run_as = reader.strings("run_as", value)?,
                "indices" | "index" => role.indices = reader.indices(&field.name, value, EntryKind::Grant)?,
                "applications" | "application" => role.applications = reader.applications(&field.name, value)?,
                "global" => role.global = global(value)?,
                "metadata" => role.metadata = object_of("metadata", value)?.to_json(),
                "transient_metadata" => {
                    let transient = object_of("transient_metadata", value)?;
                    if context == DescriptorContext::Stored && transient.is_empty() {
                        role.transient = Transient::Unmarked;
                    }
                }
                "metadata_flattened" => drop(object_of("metadata_flattened", value)?),
                "type" => {}
                "remote_indices" => role.remote_indices = reader.remote_indices(value)?,
                "remote_cluster" => role.remote_cluster = reader.remote_cluster(value)?,
                "restriction" if context != DescriptorContext::Role => {
                    role.restriction = reader.restriction(value)?;
                }
                "description" if context != DescriptorContext::ApiKey => {
                    role.description = Some(description(value)?);
                }
                other => {
                    return Err(DescriptorError::UnexpectedField { role: name.to_owned(), field: other.to_owned() });
                }
            }
        }
        Ok(role)
    }
}

/// Reads the index entries of a privileges check: as in a role, but without documents and fields.
pub(crate) fn checked_indices(principal: &str, value: &Value<'_>) -> Result<Vec<IndicesPrivileges>, DescriptorError> {
    Reader { role: principal }.indices("index", value, EntryKind::Check)
}

/// Reads the application entries of a privileges check.
pub(crate) fn checked_applications(
    principal: &str,
    field: &str,
    value: &Value<'_>,
) -> Result<Vec<ApplicationResourcePrivileges>, DescriptorError> {
    Reader { role: principal }.applications(field, value)
}

/// Reads a list of strings of a privileges check.
pub(crate) fn checked_strings(
    principal: &str,
    field: &str,
    value: &Value<'_>,
) -> Result<Vec<Arc<str>>, DescriptorError> {
    Reader { role: principal }.strings(field, value)
}

/// Knows the name that every error mentions.
struct Reader<'r> {
    role: &'r str,
}

impl Reader<'_> {
    fn entry(&self, section: Section, problem: EntryProblem) -> DescriptorError {
        DescriptorError::Entry { section, role: self.role.to_owned(), problem }
    }

    fn strings(&self, field: &str, value: &Value<'_>) -> Result<Vec<Arc<str>>, DescriptorError> {
        strings(field, value).map_err(|source| DescriptorError::Strings { role: self.role.to_owned(), source })
    }

    /// The entries of a section, each with its object.
    fn objects<'v, 'a>(
        &self,
        section: Section,
        field: &str,
        value: &'v Value<'a>,
    ) -> Result<Vec<&'v Object<'a>>, DescriptorError> {
        let items = value.as_array().ok_or_else(|| {
            self.entry(section, EntryProblem::NotAnArray { field: field.to_owned(), token: value.token() })
        })?;
        let object = |item: &'v Value<'a>| {
            item.as_object().ok_or_else(|| {
                let problem = EntryProblem::ElementNotAnObject { field: field.to_owned(), token: item.token() };
                self.entry(section, problem)
            })
        };
        items.iter().map(object).collect()
    }

    fn indices(
        &self,
        field: &str,
        value: &Value<'_>,
        kind: EntryKind,
    ) -> Result<Vec<IndicesPrivileges>, DescriptorError> {
        let entries = self.objects(Section::Indices, field, value)?;
        entries.into_iter().map(|entry| Ok(self.index_entry(entry, kind, false)?.indices)).collect()
    }

    fn remote_indices(&self, value: &Value<'_>) -> Result<Vec<RemoteIndicesPrivileges>, DescriptorError> {
        let entries = self.objects(Section::RemoteIndices, "remote_indices", value)?;
        entries.into_iter().map(|entry| self.index_entry(entry, EntryKind::Grant, true)).collect()
    }

    fn index_entry(
        &self,
        entry: &Object<'_>,
        kind: EntryKind,
        remote: bool,
    ) -> Result<RemoteIndicesPrivileges, DescriptorError> {
        let section = if remote { Section::RemoteIndices } else { Section::Indices };
        let (mut names, mut privileges, mut clusters) = (None, None, None);
        let mut read = IndicesPrivileges::default();
        for field in entry {
            let value = &field.value;
            match &*field.name {
                "names" => names = Some(self.names(Section::Indices, "names", value)?),
                "privileges" => privileges = Some(self.strings("privileges", value)?),
                "field_security" if kind == EntryKind::Check => {
                    return Err(DescriptorError::NotCheckable { field: "field_security" });
                }
                "query" if kind == EntryKind::Check => return Err(DescriptorError::NotCheckable { field: "query" }),
                "field_security" => read.field_security = Some(self.field_security(value)?),
                "query" => read.query = self.query(value)?,
                "allow_restricted_indices" => {
                    read.allow_restricted_indices = value.as_bool().ok_or_else(|| {
                        let problem = EntryProblem::WrongType {
                            field: "allow_restricted_indices",
                            expected: "a boolean",
                            token: value.token(),
                        };
                        self.entry(Section::Indices, problem)
                    })?;
                }
                "clusters" if remote => clusters = Some(self.names(section, "clusters", value)?),
                "fields" => return Err(DescriptorError::LegacyFields { role: self.role.to_owned() }),
                other => {
                    let problem = EntryProblem::UnexpectedField { field: other.to_owned() };
                    return Err(self.entry(Section::Indices, problem));
                }
            }
        }
        let missing = |section, field| self.entry(section, EntryProblem::Missing { field });
        read.names = names.ok_or_else(|| missing(Section::Indices, "names"))?;
        read.privileges = privileges.ok_or_else(|| missing(Section::Indices, "privileges"))?;
        let clusters = match clusters {
            Some(clusters) => clusters,
            None if remote => return Err(missing(section, "clusters")),
            None => Vec::new(),
        };
        if read.privileges.is_empty() {
            return Err(IncompleteEntry::IndexPrivileges.into());
        }
        Ok(RemoteIndicesPrivileges { indices: read, clusters })
    }

    /// One string, or a list of them that is not empty.
    fn names(
        &self,
        section: Section,
        field: &'static str,
        value: &Value<'_>,
    ) -> Result<Vec<Arc<str>>, DescriptorError> {
        match &value.kind {
            Kind::String(name) => Ok(vec![Arc::from(&**name)]),
            Kind::Array(items) if items.is_empty() => Err(self.entry(section, EntryProblem::EmptyArray { field })),
            Kind::Array(_) => self.strings(field, value),
            _ => {
                let expected = "a string or an array of strings";
                Err(self.entry(section, EntryProblem::WrongType { field, expected, token: value.token() }))
            }
        }
    }

    fn field_security(&self, value: &Value<'_>) -> Result<FieldSecurity, DescriptorError> {
        let fail = |problem| self.entry(Section::Indices, problem);
        let object =
            value.as_object().ok_or_else(|| fail(EntryProblem::FieldSecurityNotAnObject { token: value.token() }))?;
        if object.is_empty() {
            return Err(fail(EntryProblem::FieldSecurityEmpty));
        }
        let mut read = FieldSecurity::default();
        for field in object {
            let (slot, option) = match &*field.name {
                "grant" => (&mut read.grant, "grant"),
                "except" => (&mut read.except, "except"),
                other => return Err(fail(EntryProblem::FieldSecurityOption { field: other.to_owned() })),
            };
            if field.value.is_null() {
                return Err(fail(EntryProblem::FieldSecurityNull { field: option }));
            }
            *slot = Some(self.strings(option, &field.value)?);
        }
        if read.except.is_some() && read.grant.is_none() {
            return Err(fail(EntryProblem::ExceptWithoutGrant));
        }
        fields::check_exceptions(&read)
            .map_err(|source| DescriptorError::FieldExceptions { role: self.role.to_owned(), source })?;
        Ok(read)
    }

    fn query(&self, value: &Value<'_>) -> Result<Option<Arc<str>>, DescriptorError> {
        match &value.kind {
            Kind::Null => Ok(None),
            Kind::String(text) if text.is_empty() => Ok(None),
            Kind::String(text) => Ok(Some(Arc::from(&**text))),
            Kind::Array(_) | Kind::Object(_) => Ok(Some(compact(value).into())),
            Kind::Bool(_) | Kind::Number(_) => {
                let expected = "null, a string, an array, or an object";
                let problem = EntryProblem::WrongType { field: "query", expected, token: value.token() };
                Err(self.entry(Section::Indices, problem))
            }
        }
    }

    fn applications(
        &self,
        field: &str,
        value: &Value<'_>,
    ) -> Result<Vec<ApplicationResourcePrivileges>, DescriptorError> {
        let entries = self.objects(Section::Applications, field, value)?;
        entries.into_iter().map(|entry| self.application(entry)).collect()
    }

    fn application(&self, entry: &Object<'_>) -> Result<ApplicationResourcePrivileges, DescriptorError> {
        let fail = |problem| self.entry(Section::Applications, problem);
        let (mut application, mut privileges, mut resources) = (None, None, None);
        for field in entry {
            let value = &field.value;
            match &*field.name {
                "application" => {
                    let text = value.as_str().ok_or_else(|| {
                        let expected = "a string";
                        fail(EntryProblem::WrongType { field: "application", expected, token: value.token() })
                    })?;
                    application = Some(Arc::from(text));
                }
                "privileges" => privileges = Some(self.strings("privileges", value)?),
                "resources" => resources = Some(self.strings("resources", value)?),
                other => return Err(fail(EntryProblem::UnexpectedField { field: other.to_owned() })),
            }
        }
        let privileges = privileges.ok_or_else(|| fail(EntryProblem::Missing { field: "privileges" }))?;
        let resources = resources.ok_or_else(|| fail(EntryProblem::Missing { field: "resources" }))?;
        let application: Arc<str> = application.unwrap_or_default();
        if application.is_empty() {
            return Err(IncompleteEntry::Application.into());
        }
        if privileges.is_empty() {
            return Err(IncompleteEntry::ApplicationPrivileges.into());
        }
        if resources.is_empty() {
            return Err(IncompleteEntry::ApplicationResources.into());
        }
        Ok(ApplicationResourcePrivileges { application, privileges, resources })
    }

    fn remote_cluster(&self, value: &Value<'_>) -> Result<Vec<RemoteClusterPrivileges>, DescriptorError> {
        let fail = |problem| self.entry(Section::RemoteCluster, problem);
        let entries = self.objects(Section::RemoteCluster, "remote_cluster", value)?;
        let mut read = Vec::with_capacity(entries.len());
        for entry in entries {
            let (mut privileges, mut clusters) = (None, None);
            for field in entry {
                match &*field.name {
                    "privileges" => privileges = Some(self.strings("privileges", &field.value)?),
                    "clusters" => clusters = Some(self.strings("clusters", &field.value)?),
                    other => return Err(fail(EntryProblem::UnexpectedField { field: other.to_owned() })),
                }
            }
            let filled = |list: Option<Vec<Arc<str>>>| list.filter(|list| !list.is_empty());
            let half = |missing, given| fail(EntryProblem::HalfFilled { missing, given });
            let privileges = filled(privileges).ok_or_else(|| half("privileges", "clusters"))?;
            let clusters = filled(clusters).ok_or_else(|| half("clusters", "privileges"))?;
            if privileges.iter().any(|name| !remote::is_cluster_privilege(name)) {
                let found = privileges.iter().map(|name| name.to_string()).collect();
                return Err(fail(EntryProblem::RemoteClusterPrivilege { found }));
            }
            read.push(RemoteClusterPrivileges { privileges, clusters });
        }
        Ok(read)
    }

    /// An object without workflows restricts nothing.
    fn restriction(&self, value: &Value<'_>) -> Result<Option<Restriction>, DescriptorError> {
        let fail = |problem| self.entry(Section::Restriction, problem);
        let object = value
            .as_object()
            .ok_or_else(|| fail(EntryProblem::NotAnObject { field: "restriction".to_owned(), token: value.token() }))?;
        let mut read = None;
        for field in object {
            if field.name != "workflows" {
                return Err(fail(EntryProblem::UnexpectedField { field: field.name.clone().into_owned() }));
            }
            let workflows = self.strings("workflows", &field.value)?;
            if workflows.is_empty() {
                return Err(fail(EntryProblem::EmptyArray { field: "workflows" }));
            }
            read = Some(Restriction { workflows });
        }
        Ok(read)
    }
}

fn description(value: &Value<'_>) -> Result<Arc<str>, DescriptorError> {
    let token = value.token();
    value.as_str().map(Arc::from).ok_or(DescriptorError::FieldType { field: "description", expected: "string", token })
}

pub(super) fn object_of<'v, 'a>(field: &'static str, value: &'v Value<'a>) -> Result<&'v Object<'a>, DescriptorError> {
    value.as_object().ok_or_else(|| DescriptorError::FieldType { field, expected: "object", token: value.token() })
}

pub(super) fn strings(field: &str, value: &Value<'_>) -> Result<Vec<Arc<str>>, StringArrayError> {
    let field = || field.to_owned();
    let items = match &value.kind {
        Kind::Array(items) => items,
        Kind::Null => return Err(StringArrayError::Null { field: field() }),
        _ => return Err(StringArrayError::NotAnArray { field: field(), token: value.token() }),
    };
    let string = |item: &Value<'_>| match item.as_str() {
        Some(text) => Ok(Arc::from(text)),
        None => Err(StringArrayError::Element { field: field(), token: item.token() }),
    };
    items.iter().map(string).collect()
}
