//! Index privileges by name, and patterns over index actions.

use std::collections::HashMap;
use std::sync::LazyLock;

use keyward_automaton::Automaton;

use super::named::{ActionPattern, PrivilegeError, compiled_in};
use super::{Selector, SelectorClass, table};
use crate::action::Action;

/// An index privilege that has a name.
#[derive(Debug)]
pub struct NamedIndexPrivilege {
    name: &'static str,
    actions: Automaton,
    class: SelectorClass,
    /// Its place in the lists of denials, among those for data or among those for failures only.
    rank: usize,
}

/// An index privilege: a name or a pattern.
#[derive(Debug, Clone)]
pub enum IndexPrivilege {
    /// One of the table.
    Named(&'static NamedIndexPrivilege),
    /// A pattern over index actions.
    Actions(ActionPattern),
}

/// All of them, in the order in which denials list them; the failures-only ones stand among themselves.
static BY_RANK: LazyLock<Vec<NamedIndexPrivilege>> = LazyLock::new(|| {
    let privilege = |(name, row): (&'static str, table::IndexRow)| NamedIndexPrivilege {
        name,
        actions: compiled_in(&row.allow),
        class: row.class(),
        rank: row.rank.or(row.rank_failures).unwrap_or(usize::MAX),
    };
    let mut privileges: Vec<_> = table::index().into_iter().map(privilege).collect();
    privileges.sort_by_key(|privilege| privilege.rank);
    privileges
});

static BY_NAME: LazyLock<HashMap<&'static str, &'static NamedIndexPrivilege>> =
    LazyLock::new(|| BY_RANK.iter().map(|privilege| (privilege.name, privilege)).collect());

/// The families of actions that index privileges speak of.
static INDEX_ACTIONS: LazyLock<Automaton> =
    LazyLock::new(|| compiled_in(&["indices:*", "internal:transport/proxy/indices:*"]));

/// Privileges that once included mapping updates and still do, on anything but data streams.
const UPDATES_MAPPINGS: &[&str] = &["create", "create_doc", "index", "write"];

// === impl IndexPrivilege ===

impl IndexPrivilege {
    /// The privilege that a text of a role means. Case does not matter.
    pub fn resolve(text: &str) -> Result<Self, PrivilegeError> {
        let text = text.to_lowercase();
        if let Some(named) = BY_NAME.get(&*text) {
            return Ok(Self::Named(named));
        }
        if INDEX_ACTIONS.matches(&text) {
            return Ok(Self::Actions(ActionPattern::new(&text)?));
        }
        Err(PrivilegeError::UnknownIndex(text))
    }

    /// Its name, or the pattern in lower case.
    pub fn text(&self) -> &str {
        match self {
            Self::Named(named) => named.name,
            Self::Actions(pattern) => pattern.text(),
        }
    }

    /// The actions that it grants.
    pub fn actions(&self) -> &Automaton {
        match self {
            Self::Named(named) => &named.actions,
            Self::Actions(pattern) => pattern.actions(),
        }
    }

    /// Which components it reaches.
    pub fn class(&self) -> SelectorClass {
        match self {
            Self::Named(named) => named.class,
            Self::Actions(_) => SelectorClass::Data,
        }
    }

    /// Whether it still includes mapping updates on anything but data streams.
    pub fn updates_mappings(&self) -> bool {
        matches!(self, Self::Named(named) if UPDATES_MAPPINGS.contains(&named.name))
    }
}

// === impl NamedIndexPrivilege ===

impl NamedIndexPrivilege {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The actions that it grants.
    pub fn actions(&self) -> &Automaton {
        &self.actions
    }

    /// Which components it reaches.
    pub fn class(&self) -> SelectorClass {
        self.class
    }
}

/// All named index privileges, in the order in which denials list them.
pub fn index_privileges() -> &'static [NamedIndexPrivilege] {
    &BY_RANK
}

/// The names of the privileges that grant an action, as denials list them: those for the data, or those for the
/// failures alone.
pub fn index_privileges_granting(action: &Action, selector: Selector) -> Vec<&'static str> {
    let lists = |class: SelectorClass| match selector {
        Selector::Data => class.admits(Selector::Data),
        Selector::Failures => class == SelectorClass::Failures,
    };
    let granting = BY_RANK.iter().filter(|named| lists(named.class) && named.actions.matches(action.as_str()));
    granting.map(|named| named.name).collect()
}

/// The names that the built-in listing shows, by alphabet.
pub fn listed_index_privileges() -> Vec<&'static str> {
    names_by_alphabet()
}

pub(super) fn names_by_alphabet() -> Vec<&'static str> {
    let mut names: Vec<_> = BY_RANK.iter().map(|privilege| privilege.name).collect();
    names.sort_unstable();
    names
}
