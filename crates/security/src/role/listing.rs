//! Listing the privileges of a role, as its holder may see them.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::descriptor::FieldSecurity;
use super::{IndicesGroup, RemoteGroup, Role, Side};
use crate::privilege::IndexPrivilege;

/// A limited role has no list: what it permits cannot be written as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "Cannot retrieve privileges for API keys with assigned role descriptors. Please use the Get API key information \
     API https://ela.st/es-api-get-api-key"
)]
pub struct LimitedRole;

impl Role {
    /// The privileges after merging, one entry for every group.
    pub fn list_privileges(&self) -> Result<Value, LimitedRole> {
        match self.sides.as_slice() {
            [only] => Ok(only.list_privileges()),
            _ => Err(LimitedRole),
        }
    }
}

impl Side {
    fn list_privileges(&self) -> Value {
        let application = |entry: &super::application::ApplicationEntry| {
            json!({
                "application": &**entry.application(),
                "privileges": texts(entry.privileges()),
                "resources": texts(&entry.resources),
            })
        };
        let mut listed = json!({
            "cluster": self.cluster.texts(),
            "global": self.cluster.global().iter().map(|global| global.written().to_json()).collect::<Value>(),
            "indices": self.groups.iter().map(group).collect::<Value>(),
            "applications": self.applications.entries().iter().map(application).collect::<Value>(),
            "run_as": texts(&self.run_as_texts),
        });
        if let Value::Object(listed) = &mut listed {
            if !self.remote_indices.is_empty() {
                listed.insert("remote_indices".to_owned(), self.remote_indices.iter().map(remote_group).collect());
            }
            if !self.remote_cluster.is_empty() {
                let entries = self.remote_cluster.iter().map(|entry| entry.to_json());
                listed.insert("remote_cluster".to_owned(), entries.collect());
            }
        }
        listed
    }
}

fn group(group: &IndicesGroup) -> Value {
    let mut privileges: Vec<&str> = group.privileges().iter().map(IndexPrivilege::text).collect();
    privileges.sort_unstable();
    let fields = group.fields().map(|fields| fields.definitions.as_slice());
    Value::Object(entry(group.names(), &privileges, fields, group.queries(), group.allows_restricted()))
}

fn remote_group(group: &RemoteGroup) -> Value {
    let privileges: Vec<&str> = group.privileges.iter().map(|text| &**text).collect();
    let (fields, queries) = (group.fields.as_deref(), group.queries.as_deref());
    let mut map = entry(&group.names, &privileges, fields, queries, group.allow_restricted_indices);
    map.insert("clusters".to_owned(), texts(&group.clusters));
    Value::Object(map)
}

fn entry(
    names: &[Arc<str>],
    privileges: &[&str],
    fields: Option<&[FieldSecurity]>,
    queries: Option<&[Arc<str>]>,
    allow_restricted: bool,
) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("names".to_owned(), texts(names));
    map.insert("privileges".to_owned(), privileges.iter().copied().collect());
    if let Some(fields) = fields {
        map.insert("field_security".to_owned(), fields.iter().map(FieldSecurity::to_json).collect());
    }
    if let Some(queries) = queries {
        map.insert("query".to_owned(), texts(queries));
    }
    map.insert("allow_restricted_indices".to_owned(), allow_restricted.into());
    map
}

fn texts<'t>(texts: impl IntoIterator<Item = &'t Arc<str>>) -> Value {
    texts.into_iter().map(|text| Value::from(&**text)).collect()
}
