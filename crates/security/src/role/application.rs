//! The application privileges of a compiled role, and how one privilege contains another.

use std::collections::BTreeSet;
use std::sync::Arc;

use keyward_automaton::{Automaton, PatternError, TooComplex};

use super::RoleError;
use crate::privilege::{ApplicationPrivileges, is_privilege_name};

/// Privileges of one application: what is written, and the actions that it stands for.
#[derive(Debug)]
pub(crate) struct ApplicationActions {
    /// A name, or a pattern of a role that no stored application matched.
    application: Arc<str>,
    names: BTreeSet<Arc<str>>,
    actions: Automaton,
}

/// One application entry of a role.
#[derive(Debug)]
pub(super) struct ApplicationEntry {
    granted: ApplicationActions,
    /// Which applications the entry is about.
    applications: Automaton,
    pub(super) resources: Vec<Arc<str>>,
    resource_automaton: Automaton,
}

/// Which application actions a role permits on which resources.
#[derive(Debug, Default)]
pub struct ApplicationPermission(Vec<ApplicationEntry>);

// === impl ApplicationActions ===

impl ApplicationActions {
    /// What names of one application stand for: the actions of the stored privileges among them, and those among them
    /// that are patterns themselves. A name that is not stored contributes nothing.
    pub(crate) fn resolve(
        application: &Arc<str>,
        names: &BTreeSet<Arc<str>>,
        stored: &ApplicationPrivileges,
    ) -> Result<Self, PatternError> {
        let known = names.iter().filter_map(|name| stored.get(application, name));
        let from_store = known.flat_map(|privilege| &privilege.actions);
        let patterns = names.iter().filter(|name| !is_privilege_name(name));
        let actions = Automaton::patterns(from_store.chain(patterns))?;
        Ok(Self { application: Arc::clone(application), names: names.clone(), actions })
    }

    fn is_same_as(&self, other: &Self) -> bool {
        // Equal names of one application have been looked up in the same store: their actions are equal, too.
        self.application == other.application && self.names == other.names
    }
}

// === impl ApplicationEntry ===

impl ApplicationEntry {
    fn grants(&self, wanted: &ApplicationActions, resource: &Automaton) -> Result<bool, TooComplex> {
        if !self.applications.matches(&wanted.application) || !resource.is_subset_of(&self.resource_automaton)? {
            return Ok(false);
        }
        if self.granted.is_same_as(wanted) || self.granted.actions.is_total() {
            return Ok(true);
        }
        Ok(!self.granted.actions.is_empty()
            && !wanted.actions.is_empty()
            && wanted.actions.is_subset_of(&self.granted.actions)?)
    }

    /// The application as it stands in listings.
    pub(super) fn application(&self) -> &Arc<str> {
        &self.granted.application
    }

    /// The privileges as written.
    pub(super) fn privileges(&self) -> impl Iterator<Item = &Arc<str>> {
        self.granted.names.iter()
    }
}

// === impl ApplicationPermission ===

impl ApplicationPermission {
    /// Adds an entry: one permission for every stored application that its pattern means, or one for the pattern itself.
    pub(super) fn add(
        &mut self,
        application: &Arc<str>,
        names: &BTreeSet<Arc<str>>,
        resources: &[Arc<str>],
        stored: &ApplicationPrivileges,
    ) -> Result<(), RoleError> {
        let mut applications = Vec::new();
        if application.contains('*') {
            applications.extend(stored.applications_matching(application).cloned());
        }
        if applications.is_empty() {
            applications.push(Arc::clone(application));
        }
        let resource_automaton = Automaton::patterns(resources)?;
        for application in applications {
            self.0.push(ApplicationEntry {
                applications: Automaton::patterns([&application])?,
                granted: ApplicationActions::resolve(&application, names, stored)?,
                resources: resources.to_vec(),
                resource_automaton: resource_automaton.clone(),
            });
        }
        Ok(())
    }

    /// Whether a privilege is granted on everything that a resource pattern means.
    pub(crate) fn grants(&self, wanted: &ApplicationActions, resource: &Automaton) -> Result<bool, TooComplex> {
        for entry in &self.0 {
            if entry.grants(wanted, resource)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn entries(&self) -> &[ApplicationEntry] {
        &self.0
    }
}
