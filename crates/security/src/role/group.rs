//! Index groups: what one entry of a role comes to after merging, for one class of selectors.

use std::sync::{Arc, OnceLock};

use keyward_automaton::{Automaton, PatternError, StringMatcher, TooComplex};

use super::descriptor::FieldSecurity;
use super::restricted::{is_restricted, restricted_names};
use crate::action::Action;
use crate::privilege::{IndexPrivilege, Selector, SelectorClass};

/// A name that an action is about, with what the index metadata says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameRef<'a> {
    /// The index, alias, data stream or view; it need not exist.
    pub name: &'a str,
    /// What it is to a data stream.
    pub stream: StreamPart<'a>,
}

/// What a name is to a data stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StreamPart<'a> {
    /// Nothing.
    #[default]
    None,
    /// The stream itself.
    Stream,
    /// One of the backing indices of the stream of this name.
    BackingOf(&'a str),
    /// One of the failure indices of the stream of this name.
    FailuresOf(&'a str),
}

/// One group of a compiled role: names, privileges of one selector class, documents and fields.
#[derive(Debug)]
pub struct IndicesGroup {
    names: Arc<GroupNames>,
    privileges: Vec<IndexPrivilege>,
    class: SelectorClass,
    view: Arc<GroupView>,
    allow_restricted: bool,
}

/// The names of a group; shared by the groups that differ in selector class only.
#[derive(Debug)]
pub(super) struct GroupNames {
    texts: Vec<Arc<str>>,
    matcher: StringMatcher,
    automaton: OnceLock<Result<Automaton, TooComplex>>,
}

/// The documents and fields that a group shows.
#[derive(Debug, Default)]
pub(super) struct GroupView {
    /// Queries, any of which a document may match; absent means all documents.
    pub(super) queries: Option<Vec<Arc<str>>>,
    /// Visible fields; absent means all fields.
    pub(super) fields: Option<FieldGrant>,
}

/// The fields that a group shows: as written, and as one automaton over field paths.
#[derive(Debug)]
pub struct FieldGrant {
    /// The definitions, any of which may grant a field.
    pub definitions: Vec<FieldSecurity>,
    /// The granted field paths.
    pub automaton: Automaton,
}

/// Actions by which mappings are changed.
const MAPPING_UPDATES: &[&str] = &["indices:admin/mapping/put", "indices:admin/mapping/auto_put"];

// === impl NameRef ===

impl<'a> NameRef<'a> {
    /// A name that has nothing to do with a data stream.
    pub const fn plain(name: &'a str) -> Self {
        Self { name, stream: StreamPart::None }
    }
}

// === impl GroupNames ===

impl GroupNames {
    pub(super) fn new(texts: Vec<Arc<str>>) -> Result<Self, PatternError> {
        let matcher = StringMatcher::new(&texts)?;
        // Exact names are never read as patterns when they are enforced, but they are when privileges are compared:
        // what cannot be read as one is found out here and not there.
        let automaton = OnceLock::new();
        Ok(Self { texts, matcher, automaton })
    }

    fn automaton(&self) -> Result<&Automaton, TooComplex> {
        let compiled = || Automaton::patterns(&self.texts).map_err(|_| TooComplex);
        self.automaton.get_or_init(compiled).as_ref().map_err(|error| *error)
    }
}

// === impl IndicesGroup ===

impl IndicesGroup {
    pub(super) fn new(
        names: Arc<GroupNames>,
        privileges: Vec<IndexPrivilege>,
        class: SelectorClass,
        view: Arc<GroupView>,
        allow_restricted: bool,
    ) -> Self {
        Self { names, privileges, class, view, allow_restricted }
    }

    /// The patterns as written.
    pub fn names(&self) -> &[Arc<str>] {
        &self.names.texts
    }

    /// The privileges.
    pub fn privileges(&self) -> &[IndexPrivilege] {
        &self.privileges
    }

    /// The selectors that it is about.
    pub fn class(&self) -> SelectorClass {
        self.class
    }

    /// Whether it reaches restricted names.
    pub fn allows_restricted(&self) -> bool {
        self.allow_restricted
    }

    /// The queries, any of which a document may match; nothing if all documents are visible.
    pub fn queries(&self) -> Option<&[Arc<str>]> {
        self.view.queries.as_deref()
    }

    /// The visible fields; nothing if all are.
    pub fn fields(&self) -> Option<&FieldGrant> {
        self.view.fields.as_ref()
    }

    /// Whether the names reach `name`, restricted or not.
    pub fn matches_name(&self, name: &str) -> bool {
        self.names.matcher.matches(name) && (self.allow_restricted || !is_restricted(name))
    }

    /// Whether the names reach the component of a name, either directly or through its data stream.
    pub fn covers(&self, name: &NameRef<'_>, selector: Selector) -> bool {
        if self.class.admits(selector) && self.matches_name(name.name) {
            return true;
        }
        match name.stream {
            StreamPart::None | StreamPart::Stream => false,
            StreamPart::BackingOf(stream) => self.class.admits(Selector::Data) && self.matches_name(stream),
            StreamPart::FailuresOf(stream) => self.class.admits(Selector::Failures) && self.matches_name(stream),
        }
    }

    /// Whether the privileges grant an action.
    pub fn grants(&self, action: &Action) -> bool {
        self.privileges.iter().any(|privilege| privilege.actions().matches(action.as_str()))
    }

    /// The privilege that grants a mapping update although its actions do not say so, if the target is none of a data
    /// stream. Deprecated, and only of use where no group grants the action as such.
    pub fn legacy_mapping_privilege(&self, name: &NameRef<'_>, action: &Action) -> Option<&str> {
        if name.stream == StreamPart::None { self.legacy_mapping_privilege_anywhere(action) } else { None }
    }

    pub(super) fn legacy_mapping_privilege_anywhere(&self, action: &Action) -> Option<&str> {
        if !MAPPING_UPDATES.contains(&action.as_str()) {
            return None;
        }
        self.privileges.iter().find(|privilege| privilege.updates_mappings()).map(IndexPrivilege::text)
    }

    /// Whether this grants everything on everything, all documents and all fields.
    pub fn is_total(&self) -> bool {
        self.allow_restricted
            && self.class == SelectorClass::Every
            && self.names.matcher.is_total()
            && matches!(self.privileges.as_slice(), [only] if only.text() == "all")
            && self.view.queries.is_none()
            && self.view.fields.is_none()
    }

    /// All granted actions as one set.
    pub fn actions(&self) -> Result<Automaton, TooComplex> {
        Automaton::union(self.privileges.iter().map(IndexPrivilege::actions))
    }

    /// Whether every name of a set is reached.
    pub(crate) fn covers_all(&self, names: &Automaton) -> Result<bool, TooComplex> {
        let own = self.names.automaton()?;
        if self.allow_restricted {
            return names.is_subset_of(own);
        }
        // names ⊆ own ∖ restricted, without building the difference for every group.
        Ok(names.is_subset_of(own)? && names.intersection(restricted_names())?.is_empty())
    }
}
