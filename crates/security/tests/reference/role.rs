//! Roles, straight from their JSON: lists that are searched anew for every question.

use std::collections::BTreeSet;

use keyward_security::authentication::Authentication;
use keyward_security::privilege::Detail;
use serde_json::Value;

use super::matching;
use super::world::{Kind, World};

const CLUSTER_TABLE: &str = include_str!("../../data/cluster-privileges.json");
const INDEX_TABLE: &str = include_str!("../../data/index-privileges.json");

/// The tables of named privileges.
pub(crate) struct Tables {
    cluster: Value,
    index: Value,
}

/// One side of a role.
pub(crate) struct Side {
    cluster: Vec<String>,
    run_as: Vec<String>,
    workflows: Vec<String>,
    groups: Vec<Group>,
}

pub(crate) struct Group {
    names: BTreeSet<String>,
    restricted: bool,
    privileges: BTreeSet<String>,
    class: &'static str,
    /// `None`: all documents.
    pub(crate) queries: Option<BTreeSet<String>>,
    /// `None`: all fields.
    fields: Option<Vec<Value>>,
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|text| text.as_str().expect("a text").to_owned()).collect()
}

impl Tables {
    pub(crate) fn read() -> Self {
        let read = |text: &str| serde_json::from_str(text).expect("the table is JSON");
        Self { cluster: read(CLUSTER_TABLE), index: read(INDEX_TABLE) }
    }

    fn grants(row: &Value, action: &str) -> bool {
        let any = |list: &str| texts(&row[list]).iter().any(|pattern| matching::pattern(pattern, action));
        any("allow") && !any("except")
    }

    fn index_privilege_grants(&self, privilege: &str, action: &str) -> bool {
        match self.index.get(privilege) {
            Some(row) => Self::grants(row, action),
            None => matching::pattern(&format!("{privilege}*"), action),
        }
    }

    fn class(&self, privilege: &str) -> &'static str {
        match self.index.get(privilege).map(|row| row["selectors"].as_str().expect("a class")) {
            Some("every") => "every",
            Some("data+failures") => "data+failures",
            Some("failures") => "failures",
            _ => "data",
        }
    }

    fn cluster_privilege_grants(&self, privilege: &str, action: &str, detail: &Detail, who: &Authentication) -> bool {
        if privilege == "manage_own_api_key" {
            return action.starts_with("cluster:admin/xpack/security/api_key/") && own_keys(detail, who);
        }
        match self.cluster.get(privilege) {
            Some(row) => Self::grants(row, action),
            None => matching::pattern(&format!("{privilege}*"), action),
        }
    }

    /// Names of the index privileges for the data, and of those for failures only, narrow ones first.
    pub(crate) fn index_privileges_granting(&self, action: &str, failures: bool) -> Vec<String> {
        let rank = if failures { "rank_failures" } else { "rank" };
        let rows = self.index.as_object().expect("a table").iter();
        let mut found: Vec<(i64, String)> = rows
            .filter(|(_, row)| (row["selectors"] == "failures") == failures && Self::grants(row, action))
            .map(|(name, row)| (row[rank].as_i64().expect("a rank"), name.clone()))
            .collect();
        found.sort();
        found.into_iter().map(|(_, name)| name).collect()
    }

    pub(crate) fn cluster_privileges_granting(
        &self,
        action: &str,
        detail: &Detail,
        who: &Authentication,
    ) -> Vec<String> {
        let rows = self.cluster.as_object().expect("a table").iter();
        let mut found: Vec<(i64, String)> = rows
            .filter(|(name, _)| self.cluster_privilege_grants(name, action, detail, who))
            .map(|(name, row)| (row["rank"].as_i64().expect("a rank"), name.clone()))
            .collect();
        found.sort();
        found.into_iter().map(|(_, name)| name).collect()
    }
}

/// The rules of `manage_own_api_key`.
fn own_keys(detail: &Detail, who: &Authentication) -> bool {
    let own_id = who.as_api_key().map(|key| key.id.to_string());
    let rule = |id: Option<&String>, username: &Option<String>, realm: &Option<String>, owner: bool| match &own_id {
        Some(own) => id == Some(own),
        None if owner => true,
        None => {
            let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
            match (given(username), given(realm)) {
                (Some(username), Some(realm)) => {
                    username == *who.effective.user.username && realm == *who.effective.realm.name
                }
                _ => false,
            }
        }
    };
    match detail {
        Detail::CreateApiKey | Detail::UpdateApiKey => true,
        Detail::GetApiKey { id, username, realm, owner, with_limited_by, .. } => {
            !(own_id.is_some() && *with_limited_by) && rule(id.as_ref(), username, realm, *owner)
        }
        Detail::InvalidateApiKey { ids, username, realm, owner, .. } if ids.is_empty() => {
            rule(None, username, realm, *owner)
        }
        Detail::InvalidateApiKey { ids, username, realm, owner, .. } => {
            ids.iter().all(|id| rule(Some(id), username, realm, *owner))
        }
        Detail::QueryApiKey { only_mine, with_limited_by } => *only_mine && !(own_id.is_some() && *with_limited_by),
        _ => false,
    }
}

impl Side {
    /// The union of descriptors.
    pub(crate) fn of(descriptors: &[Value], tables: &Tables) -> Self {
        let gather = |member: &str| descriptors.iter().flat_map(|descriptor| texts(&descriptor[member])).collect();
        let restriction = |descriptor: &Value| texts(&descriptor["restriction"]["workflows"]);
        let cluster: Vec<String> = gather("cluster");
        let mut merged: Vec<Group> = Vec::new();
        for entry in descriptors.iter().flat_map(|descriptor| descriptor["indices"].as_array()).flatten() {
            let privileges: Vec<String> = texts(&entry["privileges"]).iter().map(|text| text.to_lowercase()).collect();
            if privileges.first().is_some_and(|first| first == "none") {
                continue;
            }
            let names: BTreeSet<String> = texts(&entry["names"]).into_iter().collect();
            let restricted = entry["allow_restricted_indices"] == true;
            let query = entry["query"].as_str().map(|query| BTreeSet::from([query.to_owned()]));
            let fields = entry.get("field_security").filter(|fields| hides(fields)).map(|fields| vec![fields.clone()]);
            match merged.iter_mut().find(|group| group.names == names && group.restricted == restricted) {
                Some(group) => {
                    group.privileges.extend(privileges);
                    group.queries = group.queries.take().zip(query).map(|(mine, more)| &mine | &more);
                    group.fields = group.fields.take().zip(fields).map(|(mine, more)| [mine, more].concat());
                }
                None => {
                    let privileges = privileges.into_iter().collect();
                    merged.push(Group { names, restricted, privileges, class: "", queries: query, fields });
                }
            }
        }
        Self {
            cluster: cluster.iter().map(|text| text.to_lowercase()).collect(),
            run_as: gather("run_as"),
            workflows: descriptors.iter().flat_map(restriction).collect(),
            groups: merged.iter().flat_map(|group| group.by_class(tables)).collect(),
        }
    }

    pub(crate) fn usable_in(&self, workflow: Option<&str>) -> bool {
        self.workflows.is_empty() || self.workflows.iter().any(|name| Some(name.as_str()) == workflow)
    }

    pub(crate) fn may_run_as(&self, username: &str) -> bool {
        self.run_as.iter().any(|pattern| matching::pattern(pattern, username))
    }

    pub(crate) fn permits_cluster(&self, tables: &Tables, action: &str, detail: &Detail, who: &Authentication) -> bool {
        self.cluster.iter().any(|privilege| tables.cluster_privilege_grants(privilege, action, detail, who))
    }

    pub(crate) fn grants_somewhere(&self, tables: &Tables, action: &str) -> bool {
        self.groups.iter().any(|group| group.grants(tables, action) || group.grants_by_legacy_rule(action))
    }

    /// The groups that grant the action on the name: regularly, or else by the rule about mapping updates.
    pub(crate) fn granting(
        &self,
        tables: &Tables,
        world: &World,
        action: &str,
        name: &str,
        failures: bool,
    ) -> Vec<&Group> {
        let covering: Vec<&Group> = self.groups.iter().filter(|group| group.covers(world, name, failures)).collect();
        let regular: Vec<&Group> = covering.iter().copied().filter(|group| group.grants(tables, action)).collect();
        if !regular.is_empty() || world.is_of_data_stream(name) {
            return regular;
        }
        covering.into_iter().filter(|group| group.grants_by_legacy_rule(action)).collect()
    }
}

/// Whether field security hides anything.
fn hides(fields: &Value) -> bool {
    let grants_all = match fields.get("grant") {
        None | Some(Value::Null) => true,
        Some(grant) => texts(grant).iter().any(|pattern| pattern == "*"),
    };
    !grants_all || fields.get("except").is_some_and(|except| !texts(except).is_empty())
}

impl Group {
    fn by_class(&self, tables: &Tables) -> Vec<Self> {
        let with = |class: &'static str, privileges: BTreeSet<String>| Self {
            names: self.names.clone(),
            restricted: self.restricted,
            privileges,
            class,
            queries: self.queries.clone(),
            fields: self.fields.clone(),
        };
        if self.privileges.contains("all") {
            return vec![with("every", self.privileges.clone())];
        }
        let of = |class: &'static str| {
            let privileges = self.privileges.iter().filter(|privilege| tables.class(privilege) == class);
            with(class, privileges.cloned().collect())
        };
        ["data", "failures", "data+failures"].map(of).into_iter().filter(|group| !group.privileges.is_empty()).collect()
    }

    fn admits(&self, failures: bool) -> bool {
        match self.class {
            "data" => !failures,
            "failures" => failures,
            _ => true,
        }
    }

    fn names_include(&self, name: &str) -> bool {
        (self.restricted || !is_restricted(name)) && self.names.iter().any(|pattern| matching::role_name(pattern, name))
    }

    fn covers(&self, world: &World, name: &str, failures: bool) -> bool {
        if self.admits(failures) && self.names_include(name) {
            return true;
        }
        world.names.iter().any(|(stream, known)| match &known.kind {
            Kind::Stream { backing, failure } => {
                let through = |indices: &[String], failures| {
                    indices.iter().any(|index| index == name) && self.admits(failures) && self.names_include(stream)
                };
                through(backing, false) || through(failure, true)
            }
            _ => false,
        })
    }

    fn grants(&self, tables: &Tables, action: &str) -> bool {
        self.privileges.iter().any(|privilege| tables.index_privilege_grants(privilege, action))
    }

    fn grants_by_legacy_rule(&self, action: &str) -> bool {
        ["indices:admin/mapping/put", "indices:admin/mapping/auto_put"].contains(&action)
            && ["create", "create_doc", "index", "write"].iter().any(|name| self.privileges.contains(*name))
    }

    pub(crate) fn shows(&self, field: &str) -> bool {
        let Some(definitions) = &self.fields else { return true };
        definitions.iter().any(|definition| {
            let any = |list: &str| texts(&definition[list]).iter().any(|pattern| matching::pattern(pattern, field));
            let granted = definition["grant"].is_null() || any("grant") || field.starts_with('_');
            granted && !any("except")
        })
    }
}

/// Names that are restricted, among those that the tests use.
pub(crate) fn is_restricted(name: &str) -> bool {
    let numbered = name.strip_prefix(".security-").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    name == ".security" || numbered || name.starts_with(".kibana_") || name.starts_with(".tasks")
}
