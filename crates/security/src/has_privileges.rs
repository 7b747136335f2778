//! Checking privileges: what a body asks, and what a role answers.
//!
//! This is algebra over automata and knows no index, alias or stream. It may disagree with what a request experiences:
//! groups are never put together to cover a pattern of names, documents and fields are ignored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use keyward_automaton::{Automaton, PatternError, TooComplex};
use keyward_xcontent::{Token, Value};
use serde_json::{Map, json};

use crate::privilege::{ApplicationPrivileges, ClusterPrivilege, IndexPrivilege, NamedIn, PrivilegeError, Selector};
use crate::role::descriptor::{
    ApplicationResourcePrivileges, DescriptorError, IndicesPrivileges, checked_applications, checked_indices,
    checked_strings, validate,
};
use crate::role::{ApplicationActions, Role, Side, is_restricted, restricted_names};

/// The privileges that a body asks about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrivilegesToCheck {
    /// Cluster privileges.
    pub cluster: Vec<Arc<str>>,
    /// Index privileges; neither documents nor fields are named in them.
    pub indices: Vec<IndicesPrivileges>,
    /// Application privileges.
    pub applications: Vec<ApplicationResourcePrivileges>,
}

/// A body that cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PrivilegesToCheckError {
    /// The body is no object.
    #[error("failed to parse privileges check [{principal}]. expected an object but found [{token}] instead")]
    NotAnObject {
        /// Whose privileges are checked.
        principal: String,
        /// What was there.
        token: Token,
    },
    /// A member that such a body does not have.
    #[error("failed to parse privileges check [{principal}]. unexpected field [{field}]")]
    UnexpectedField {
        /// Whose privileges are checked.
        principal: String,
        /// The member.
        field: String,
    },
    /// Nothing that could be checked.
    #[error(
        "failed to parse privileges check [{principal}]. All privilege fields [cluster,index,applications] are missing"
    )]
    NothingToCheck {
        /// Whose privileges are checked.
        principal: String,
    },
    /// One of the sections.
    #[error(transparent)]
    Section(#[from] DescriptorError),
}

/// A check that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckPrivilegesError {
    /// A privilege that is none.
    #[error(transparent)]
    Privilege(#[from] PrivilegeError),
    /// A pattern that is none.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// Names that are too complex to be compared.
    #[error("the provided index pattern [{0}] is too complex to be evaluated")]
    IndexPattern(String),
    /// Other patterns that are too complex to be compared.
    #[error(transparent)]
    TooComplex(#[from] TooComplex),
}

/// The answers to one resource: privilege and whether it is granted, in the order asked.
type Answers = Vec<(Arc<str>, bool)>;

/// What a role answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrivilegesCheckResult {
    /// Cluster privileges.
    pub cluster: Answers,
    /// Index privileges by name pattern.
    pub index: BTreeMap<Arc<str>, Answers>,
    /// Application privileges by application and resource.
    pub applications: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Answers>>,
}

// === impl PrivilegesToCheck ===

impl PrivilegesToCheck {
    /// Reads a body. Every error mentions the user whose privileges are checked.
    pub fn parse(value: &Value<'_>, principal: &str) -> Result<Self, PrivilegesToCheckError> {
        let name = || principal.to_owned();
        let object = value
            .as_object()
            .ok_or_else(|| PrivilegesToCheckError::NotAnObject { principal: name(), token: value.token() })?;
        let (mut cluster, mut indices, mut applications) = (None, None, None);
        for field in object {
            match &*field.name {
                "cluster" => cluster = Some(checked_strings(principal, "cluster", &field.value)?),
                "index" => indices = Some(checked_indices(principal, &field.value)?),
                "application" | "applications" => {
                    applications = Some(checked_applications(principal, &field.name, &field.value)?);
                }
                other => {
                    let field = other.to_owned();
                    return Err(PrivilegesToCheckError::UnexpectedField { principal: name(), field });
                }
            }
        }
        if cluster.is_none() && indices.is_none() && applications.is_none() {
            return Err(PrivilegesToCheckError::NothingToCheck { principal: name() });
        }
        Ok(Self {
            cluster: cluster.unwrap_or_default(),
            indices: indices.unwrap_or_default(),
            applications: applications.unwrap_or_default(),
        })
    }

    /// What is wrong with what is asked; nothing if it can be checked.
    pub fn validate(&self) -> Vec<String> {
        if self.cluster.is_empty() && self.indices.is_empty() && self.applications.is_empty() {
            return vec!["must specify at least one privilege".to_owned()];
        }
        self.applications.iter().flat_map(|entry| validate::application(entry, NamedIn::Stored)).collect()
    }
}

// === impl Role ===

impl Role {
    /// Checks privileges: every side of a limited role has to grant what is granted.
    pub fn check_privileges(
        &self,
        wanted: &PrivilegesToCheck,
        stored: &ApplicationPrivileges,
    ) -> Result<PrivilegesCheckResult, CheckPrivilegesError> {
        let mut result = PrivilegesCheckResult::default();
        for text in &wanted.cluster {
            let privilege = ClusterPrivilege::resolve(text)?;
            let granted = self.every_side(|side| Ok(side.cluster().implies(&privilege)?))?;
            note(&mut result.cluster, text, granted);
        }
        for entry in &wanted.indices {
            for name in &entry.names {
                self.check_index(entry, name, result.index.entry(Arc::clone(name)).or_default())?;
            }
        }
        for entry in &wanted.applications {
            let resources = result.applications.entry(Arc::clone(&entry.application)).or_default();
            for resource in &entry.resources {
                let answers = resources.entry(Arc::clone(resource)).or_default();
                self.check_application(entry, resource, stored, answers)?;
            }
        }
        Ok(result)
    }

    fn check_index(
        &self,
        entry: &IndicesPrivileges,
        name: &Arc<str>,
        answers: &mut Answers,
    ) -> Result<(), CheckPrivilegesError> {
        let too_complex = |_: TooComplex| CheckPrivilegesError::IndexPattern(shortened(name));
        let mut names = Automaton::patterns([name])?;
        let meant = entry.allow_restricted_indices || (is_concrete(name) && is_restricted(name));
        if !meant {
            names = names.minus(restricted_names()).map_err(too_complex)?;
        }
        for text in &entry.privileges {
            let privilege = IndexPrivilege::resolve(text)?;
            let grants = |side: &Side| grants_index(side, &names, &privilege).map_err(too_complex);
            let granted = !names.is_empty() && self.every_side(grants)?;
            note(answers, text, granted);
        }
        Ok(())
    }

    fn check_application(
        &self,
        entry: &ApplicationResourcePrivileges,
        resource: &Arc<str>,
        stored: &ApplicationPrivileges,
        answers: &mut Answers,
    ) -> Result<(), CheckPrivilegesError> {
        let resources = Automaton::patterns([resource])?;
        for text in &entry.privileges {
            let names = BTreeSet::from([Arc::clone(text)]);
            let wanted = ApplicationActions::resolve(&entry.application, &names, stored)?;
            let granted = self.every_side(|side| Ok(side.applications().grants(&wanted, &resources)?))?;
            note(answers, text, granted);
        }
        Ok(())
    }

    fn every_side(
        &self,
        grants: impl Fn(&Side) -> Result<bool, CheckPrivilegesError>,
    ) -> Result<bool, CheckPrivilegesError> {
        for side in self.sides() {
            if !grants(side)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether the groups that cover all names grant, taken together, all actions of a privilege: on the data, or on the
/// failures if the privilege is about them.
fn grants_index(side: &Side, names: &Automaton, privilege: &IndexPrivilege) -> Result<bool, TooComplex> {
    for selector in [Selector::Data, Selector::Failures] {
        if !privilege.class().admits(selector) {
            continue;
        }
        let mut actions = Vec::new();
        for group in side.groups().iter().filter(|group| group.class().admits(selector)) {
            if group.covers_all(names)? {
                actions.extend(group.privileges().iter().map(IndexPrivilege::actions));
            }
        }
        if !actions.is_empty() && privilege.actions().is_subset_of(&Automaton::union(actions)?)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What is asked twice is granted only if it is granted both times.
fn note(answers: &mut Answers, privilege: &Arc<str>, granted: bool) {
    match answers.iter_mut().find(|(known, _)| known == privilege) {
        Some((_, before)) => *before &= granted,
        None => answers.push((Arc::clone(privilege), granted)),
    }
}

fn is_concrete(name: &str) -> bool {
    !name.starts_with('/') && !name.contains(['*', '?'])
}

fn shortened(name: &str) -> String {
    if name.chars().count() > 260 { name.chars().take(256).chain("...".chars()).collect() } else { name.to_owned() }
}

// === impl PrivilegesCheckResult ===

impl PrivilegesCheckResult {
    /// Whether everything that was asked is granted.
    pub fn has_all_requested(&self) -> bool {
        let resources = self.applications.values().flat_map(BTreeMap::values);
        let mut lists = self.index.values().chain(resources).chain([&self.cluster]);
        lists.all(|answers| answers.iter().all(|(_, granted)| *granted))
    }

    /// The answer of the API.
    pub fn to_json(&self, username: &str) -> serde_json::Value {
        let resources = |resources: &BTreeMap<Arc<str>, Answers>| -> serde_json::Value {
            resources.iter().map(|(name, list)| (name.to_string(), answers(list))).collect::<Map<_, _>>().into()
        };
        let applications = self.applications.iter().map(|(name, list)| (name.to_string(), resources(list)));
        json!({
            "username": username,
            "has_all_requested": self.has_all_requested(),
            "cluster": answers(&self.cluster),
            "index": resources(&self.index),
            "application": applications.collect::<Map<_, _>>(),
        })
    }
}

fn answers(list: &Answers) -> serde_json::Value {
    list.iter().map(|(privilege, granted)| (privilege.to_string(), (*granted).into())).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests;
