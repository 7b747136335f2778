//! Making and removing indices, and changing aliases.

use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;

use super::Indices;
use crate::catalogue::{Catalogue, Entry};
use crate::index::{Index, OpenIndexError};
use crate::log::{Batch, LogFailed};
use crate::mapping::Mapping;
use crate::metadata::{Alias, Aliases, Change, IndexMetadata};
use crate::names::{NameError, check_alias_name, check_index_name};
use crate::record::{IndexId, Record};
use crate::settings::Settings;

/// An index that is to be made.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewIndex {
    /// Its settings.
    pub(crate) settings: Settings,
    /// Its mapping.
    pub(crate) mapping: Mapping,
    /// Its aliases.
    pub(crate) aliases: Aliases,
}

/// One step of a change of aliases. Names are those of indices and aliases themselves, without wildcards.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum AliasAction {
    /// The index belongs to the alias from now on.
    Add { index: Arc<str>, alias: Arc<str>, properties: Alias },
    /// The index does not belong to the alias any more.
    Remove { index: Arc<str>, alias: Arc<str> },
    /// The index is no more.
    RemoveIndex { index: Arc<str> },
}

/// Why a change was not made.
#[derive(Debug, Error)]
pub(crate) enum ChangeError {
    /// No index can have the name.
    #[error("Invalid index name [{name}], {error}")]
    IndexName { name: String, error: NameError },
    /// No alias can have the name.
    #[error("Invalid alias name [{name}]: {error}")]
    AliasName { name: String, error: NameError },
    /// An index has the name.
    #[error("index [{name}/{id}] already exists")]
    Exists { name: String, id: IndexId },
    /// An alias has the name.
    #[error("Invalid index name [{0}], already exists as alias")]
    ExistsAsAlias(String),
    /// An index has the name that an alias should get.
    #[error("Invalid alias name [{0}]: an index or data stream exists with the same name as the alias")]
    AliasIsIndex(String),
    /// There is no such index.
    #[error("no such index [{0}]")]
    NoSuchIndex(String),
    /// An alias would be written to in two places.
    #[error("alias [{alias}] has more than one write index [{}]", indices.join(","))]
    TwoWriteIndices { alias: String, indices: Vec<String> },
    /// An alias would be hidden here and not there.
    #[error("alias [{alias}] has is_hidden set to true on indices [{}] but does not have is_hidden set to true on indices [{}]; alias must have the same is_hidden setting on all indices", hidden.join(","), visible.join(","))]
    HalfHidden { alias: String, hidden: Vec<String>, visible: Vec<String> },
    /// Nothing can be written.
    #[error(transparent)]
    Log(#[from] LogFailed),
    /// No identity can be drawn.
    #[error("no random bytes: {0}")]
    Random(getrandom::Error),
    /// Its files cannot be made.
    #[error(transparent)]
    Files(#[from] OpenIndexError),
}

impl Indices {
    /// Makes an index. It is there for everyone at once, and for good when the batch is on disk.
    pub(crate) fn create(&self, name: &str, new: NewIndex, now: i64) -> Result<(Arc<Index>, Batch), ChangeError> {
        check_index_name(name).map_err(|error| ChangeError::IndexName { name: name.to_owned(), error })?;
        for alias in new.aliases.keys() {
            check_alias_name(alias).map_err(|error| ChangeError::AliasName { name: alias.to_string(), error })?;
        }
        let _changing = self.lock();
        let catalogue = self.catalogue.load_full();
        if let Some(index) = catalogue.index(name) {
            return Err(ChangeError::Exists { name: name.to_owned(), id: index.id });
        }
        if catalogue.aliases().contains_key(name) {
            return Err(ChangeError::ExistsAsAlias(name.to_owned()));
        }
        if let Some(alias) = new.aliases.keys().find(|alias| &***alias == name || catalogue.index(alias).is_some()) {
            return Err(ChangeError::AliasIsIndex(alias.to_string()));
        }
        let mut drawn = [0; 16];
        getrandom::fill(&mut drawn).map_err(ChangeError::Random)?;
        let metadata = IndexMetadata {
            id: IndexId::from_drawn(drawn),
            name: Arc::from(name),
            created: now,
            primary_term: 1,
            settings: new.settings,
            mapping: Arc::new(new.mapping),
            aliases: new.aliases,
        };
        let mut memberships = memberships(&catalogue);
        memberships.insert(Arc::clone(&metadata.name), metadata.aliases.clone());
        check_aliases(&memberships)?;
        let index = Arc::new(Index::create(&self.indices_directory(), &metadata)?);
        let aliases = metadata.aliases.clone();
        let change = Change::Create(Box::new(metadata)).encode();
        let batch = match self.log.append(&[Record::Metadata(&change)]) {
            Ok(batch) => batch,
            Err(error) => {
                // What stays of it is removed at the next start.
                let _ = index.remove_files();
                return Err(error.into());
            }
        };
        let entries = catalogue.entries().cloned().chain([Entry { index: Arc::clone(&index), aliases }]);
        self.catalogue.store(Arc::new(Catalogue::new(entries)));
        Ok((index, batch))
    }

    /// Changes aliases and removes indices, all at once or not at all.
    pub(crate) fn update_aliases(&self, actions: &[AliasAction]) -> Result<Option<Batch>, ChangeError> {
        let changing = self.lock();
        let catalogue = self.catalogue.load_full();
        let before = memberships(&catalogue);
        let mut after = before.clone();
        let removed: Vec<&Arc<str>> = actions
            .iter()
            .filter_map(|action| match action {
                AliasAction::RemoveIndex { index } => Some(index),
                AliasAction::Add { .. } | AliasAction::Remove { .. } => None,
            })
            .collect();
        for name in &removed {
            if after.remove(*name).is_none() {
                return Err(ChangeError::NoSuchIndex(name.to_string()));
            }
        }
        for action in actions {
            match action {
                AliasAction::Add { index, alias, properties } => {
                    check_alias_name(alias)
                        .map_err(|error| ChangeError::AliasName { name: alias.to_string(), error })?;
                    if after.contains_key(alias) {
                        return Err(ChangeError::AliasIsIndex(alias.to_string()));
                    }
                    let aliases = after.get_mut(index).ok_or_else(|| ChangeError::NoSuchIndex(index.to_string()))?;
                    aliases.insert(Arc::clone(alias), *properties);
                }
                AliasAction::Remove { index, alias } => {
                    let aliases = after.get_mut(index).ok_or_else(|| ChangeError::NoSuchIndex(index.to_string()))?;
                    aliases.remove(alias);
                }
                AliasAction::RemoveIndex { .. } => {}
            }
        }
        check_aliases(&after)?;
        if before == after {
            return Ok(None);
        }
        let deleted: Vec<Arc<Index>> = removed.iter().filter_map(|name| catalogue.index(name).cloned()).collect();
        let changed = after.iter().filter(|(name, aliases)| before.get(*name) != Some(aliases));
        let change = Change::Update {
            deleted: deleted.iter().map(|index| index.id).collect(),
            aliases: changed
                .filter_map(|(name, aliases)| catalogue.index(name).map(|index| (index.id, aliases.clone())))
                .collect(),
        };
        let batch = self.log.append(&[Record::Metadata(&change.encode())])?;
        let entries = catalogue.entries().filter_map(|entry| {
            let aliases = after.remove(&entry.index.name)?;
            Some(Entry { index: Arc::clone(&entry.index), aliases })
        });
        let next = Catalogue::new(entries.collect::<Vec<_>>());
        self.catalogue.store(Arc::new(next));
        drop(changing);
        for index in deleted {
            index.close_for_deletion();
            // Not before the deletion is on disk: a start that still knows the index would miss its files.
            self.log.durable_blocking(batch)?;
            if let Err(error) = index.remove_files() {
                tracing::warn!(index = %index.name, %error, "cannot remove the files of a deleted index");
            }
        }
        Ok(Some(batch))
    }

    /// Changes the settings of indices, all or none. Those that were deleted meanwhile are passed over.
    pub(crate) fn update_settings<E: From<LogFailed>>(
        &self,
        entries: &[Entry],
        change: impl Fn(&Settings) -> Result<Settings, E>,
    ) -> Result<Option<Batch>, E> {
        let _changing = self.lock();
        let catalogue = self.catalogue.load_full();
        let mut changed = Vec::new();
        for index in entries.iter().filter_map(|entry| catalogue.by_id(entry.index.id)) {
            let before = index.settings();
            let after = change(&before)?;
            if after != *before {
                changed.push((index.id, after));
            }
        }
        if changed.is_empty() {
            return Ok(None);
        }
        let encoded = Change::Settings(changed.clone()).encode();
        let batch = self.log.append(&[Record::Metadata(&encoded)])?;
        for (id, settings) in changed {
            if let Some(index) = catalogue.by_id(id) {
                index.set_settings(settings);
            }
        }
        // Names know whether they are hidden.
        self.catalogue.store(Arc::new(Catalogue::new(catalogue.entries().cloned().collect::<Vec<_>>())));
        Ok(Some(batch))
    }

    /// Removes indices, all or none.
    pub(crate) fn delete(&self, names: &[Arc<str>]) -> Result<Option<Batch>, ChangeError> {
        let actions: Vec<AliasAction> =
            names.iter().map(|name| AliasAction::RemoveIndex { index: Arc::clone(name) }).collect();
        self.update_aliases(&actions)
    }
}

fn memberships(catalogue: &Catalogue) -> BTreeMap<Arc<str>, Aliases> {
    catalogue.entries().map(|entry| (Arc::clone(&entry.index.name), entry.aliases.clone())).collect()
}

/// What must hold for each alias over all of its indices.
fn check_aliases(memberships: &BTreeMap<Arc<str>, Aliases>) -> Result<(), ChangeError> {
    let mut by_alias: BTreeMap<&Arc<str>, Vec<(&Arc<str>, Alias)>> = BTreeMap::new();
    for (index, aliases) in memberships {
        for (alias, properties) in aliases {
            by_alias.entry(alias).or_default().push((index, *properties));
        }
    }
    for (alias, members) in by_alias {
        let which = |wanted: &dyn Fn(&Alias) -> bool| -> Vec<String> {
            members.iter().filter(|(_, member)| wanted(member)).map(|(index, _)| index.to_string()).collect()
        };
        let writers = which(&|member| member.is_write_index == Some(true));
        if writers.len() > 1 {
            return Err(ChangeError::TwoWriteIndices { alias: alias.to_string(), indices: writers });
        }
        let hidden = which(&|member| member.is_hidden == Some(true));
        let visible = which(&|member| member.is_hidden != Some(true));
        if !hidden.is_empty() && !visible.is_empty() {
            return Err(ChangeError::HalfHidden { alias: alias.to_string(), hidden, visible });
        }
    }
    Ok(())
}
