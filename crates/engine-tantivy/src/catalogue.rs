//! Which indices and aliases there are: an immutable value, replaced as a whole by each change.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use keyward_security::index_names::{IndexFlags, IndexNames};

use crate::index::Index;
use crate::metadata::{Alias, Aliases, IndexMetadata};
use crate::record::IndexId;
use crate::settings::Settings;

/// The indices and aliases of one moment.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    indices: BTreeMap<Arc<str>, Entry>,
    by_id: HashMap<IndexId, Arc<Index>>,
    /// Alias → its indices.
    aliases: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Alias>>,
    names: Arc<IndexNames>,
}

/// An index with its aliases.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The index.
    pub(crate) index: Arc<Index>,
    /// Its aliases.
    pub(crate) aliases: Aliases,
}

/// Where writes to a name go.
#[derive(Debug, Clone)]
pub(crate) enum WriteTarget {
    /// To this index.
    Index(Arc<Index>),
    /// Nothing has the name.
    Missing,
    /// An alias of several indices, none of which is its write index.
    NoWriteIndex,
}

// === impl Catalogue ===

impl Catalogue {
    /// The catalogue of these indices.
    pub(crate) fn new(entries: impl IntoIterator<Item = Entry>) -> Self {
        let indices: BTreeMap<Arc<str>, Entry> =
            entries.into_iter().map(|entry| (Arc::clone(&entry.index.name), entry)).collect();
        let by_id = indices.values().map(|entry| (entry.index.id, Arc::clone(&entry.index))).collect();
        let mut aliases: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Alias>> = BTreeMap::new();
        for (name, entry) in &indices {
            for (alias, membership) in &entry.aliases {
                aliases.entry(Arc::clone(alias)).or_default().insert(Arc::clone(name), *membership);
            }
        }
        let mut names = IndexNames::builder();
        for (name, entry) in &indices {
            names = names.index(name, IndexFlags { hidden: entry.index.settings().is_hidden(), closed: false });
        }
        for (alias, members) in &aliases {
            let hidden = members.values().any(|member| member.is_hidden == Some(true));
            names = names.alias(alias, members.keys(), write_index(members).map(|name| &**name), hidden);
        }
        Self { indices, by_id, aliases, names: Arc::new(names.build()) }
    }

    /// The names, for decisions.
    pub(crate) fn names(&self) -> &Arc<IndexNames> {
        &self.names
    }

    /// Every index with its aliases, in order of name.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.indices.values()
    }

    /// An index by its own name.
    pub(crate) fn entry(&self, name: &str) -> Option<&Entry> {
        self.indices.get(name)
    }

    /// An index by its own name.
    pub(crate) fn index(&self, name: &str) -> Option<&Arc<Index>> {
        self.indices.get(name).map(|entry| &entry.index)
    }

    /// An index by its identity.
    pub(crate) fn by_id(&self, id: IndexId) -> Option<&Arc<Index>> {
        self.by_id.get(&id)
    }

    /// Every alias with its indices, in order of name.
    pub(crate) fn aliases(&self) -> &BTreeMap<Arc<str>, BTreeMap<Arc<str>, Alias>> {
        &self.aliases
    }

    /// Where writes to a name go.
    pub(crate) fn write_target(&self, name: &str) -> WriteTarget {
        if let Some(entry) = self.indices.get(name) {
            return WriteTarget::Index(Arc::clone(&entry.index));
        }
        let Some(members) = self.aliases.get(name) else { return WriteTarget::Missing };
        match write_index(members).and_then(|name| self.index(name)) {
            Some(index) => WriteTarget::Index(Arc::clone(index)),
            None => WriteTarget::NoWriteIndex,
        }
    }
}

/// The index of an alias that is written to: the one that says so, or the only one unless it says no.
fn write_index(members: &BTreeMap<Arc<str>, Alias>) -> Option<&Arc<str>> {
    let named = members.iter().find(|(_, member)| member.is_write_index == Some(true)).map(|(name, _)| name);
    named.or_else(|| match members.iter().next() {
        Some((name, member)) if members.len() == 1 && member.is_write_index != Some(false) => Some(name),
        _ => None,
    })
}

// === impl Entry ===

impl Entry {
    /// What of it is stored.
    pub(crate) fn metadata(&self) -> IndexMetadata {
        IndexMetadata {
            id: self.index.id,
            name: Arc::clone(&self.index.name),
            created: self.index.created,
            primary_term: self.index.primary_term,
            settings: Settings::clone(&self.index.settings()),
            mapping: self.index.settled_mapping(),
            aliases: self.aliases.clone(),
        }
    }
}
