//! What is known about indices apart from their documents, and how it is kept.
//!
//! Changes go into the translog, before they are told to anyone. From time to time the whole is written to a file of
//! its own (`checkpoint`), so that old parts of the log can go.

use std::collections::BTreeMap;
use std::sync::Arc;

use keyward_xcontent::{Limits, Value};
use serde_json::{Map, json};

use crate::mapping::Mapping;
use crate::record::IndexId;
use crate::settings::Settings;

/// An index as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct IndexMetadata {
    /// Its identity.
    pub(crate) id: IndexId,
    /// Its name.
    pub(crate) name: Arc<str>,
    /// When it was made, in milliseconds since the epoch.
    pub(crate) created: i64,
    /// Which reign over the index this is: one more at each start, so that sequence numbers that were seen and then
    /// lost in a crash are never taken for those of other operations.
    pub(crate) primary_term: u64,
    /// Its settings.
    pub(crate) settings: Settings,
    /// Its mapping.
    pub(crate) mapping: Arc<Mapping>,
    /// Its aliases.
    pub(crate) aliases: Aliases,
}

/// The aliases of one index.
pub(crate) type Aliases = BTreeMap<Arc<str>, Alias>;

/// An index's membership in an alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Alias {
    /// Whether writes to the alias go to this index; `None`: only if it is the alias's only one.
    pub(crate) is_write_index: Option<bool>,
    /// Whether wildcards pass over it.
    pub(crate) is_hidden: Option<bool>,
}

/// A change of the metadata.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    /// An index was made.
    Create(Box<IndexMetadata>),
    /// Indices were deleted and aliases changed, all at once.
    Update {
        /// The indices that are no more.
        deleted: Vec<IndexId>,
        /// The aliases of these indices, from now on.
        aliases: Vec<(IndexId, Aliases)>,
    },
    /// The mapping of an index, from now on.
    Mapping(IndexId, Arc<Mapping>),
    /// The settings of these indices, from now on.
    Settings(Vec<(IndexId, Settings)>),
}

/// All indices by identity: what a checkpoint has, and what changes are applied to at start.
pub(crate) type Metadata = BTreeMap<IndexId, IndexMetadata>;

/// Stored metadata that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stored metadata cannot be read: {0}")]
pub(crate) struct UnreadableMetadata(pub(crate) String);

// === impl Alias ===

impl Alias {
    /// As it is shown and stored.
    pub(crate) fn to_json(self) -> serde_json::Value {
        let mut shown = Map::new();
        if let Some(is_write_index) = self.is_write_index {
            shown.insert("is_write_index".to_owned(), is_write_index.into());
        }
        if let Some(is_hidden) = self.is_hidden {
            shown.insert("is_hidden".to_owned(), is_hidden.into());
        }
        serde_json::Value::Object(shown)
    }
}

/// The aliases of an index as they are shown and stored.
pub(crate) fn aliases_to_json(aliases: &Aliases) -> serde_json::Value {
    serde_json::Value::Object(aliases.iter().map(|(name, alias)| (name.to_string(), alias.to_json())).collect())
}

// === impl Change ===

impl Change {
    /// Applies the change to what is known. Applying it again changes nothing.
    pub(crate) fn apply(self, metadata: &mut Metadata) {
        match self {
            Self::Create(index) => {
                metadata.insert(index.id, *index);
            }
            Self::Update { deleted, aliases } => {
                for id in deleted {
                    metadata.remove(&id);
                }
                for (id, aliases) in aliases {
                    if let Some(index) = metadata.get_mut(&id) {
                        index.aliases = aliases;
                    }
                }
            }
            Self::Mapping(id, mapping) => {
                if let Some(index) = metadata.get_mut(&id) {
                    index.mapping = mapping;
                }
            }
            Self::Settings(changed) => {
                for (id, settings) in changed {
                    if let Some(index) = metadata.get_mut(&id) {
                        index.settings = settings;
                    }
                }
            }
        }
    }

    /// The change as the log has it.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let encoded = match self {
            Self::Create(index) => json!({ "create": index.to_json() }),
            Self::Update { deleted, aliases } => {
                let deleted: Vec<String> = deleted.iter().map(IndexId::to_string).collect();
                let aliases: Map<String, serde_json::Value> =
                    aliases.iter().map(|(id, aliases)| (id.to_string(), aliases_to_json(aliases))).collect();
                json!({ "update": { "deleted": deleted, "aliases": aliases } })
            }
            Self::Mapping(id, mapping) => {
                json!({ "mapping": { "index": id.to_string(), "mapping": mapping.to_json() } })
            }
            Self::Settings(changed) => {
                let changed: Map<String, serde_json::Value> =
                    changed.iter().map(|(id, settings)| (id.to_string(), settings.to_stored())).collect();
                json!({ "settings": changed })
            }
        };
        encoded.to_string().into_bytes()
    }

    /// Reads what `encode` writes.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, UnreadableMetadata> {
        let value = keyward_xcontent::parse(bytes, Limits::default()).map_err(|error| unreadable(error.to_string()))?;
        if let Some(index) = value.get("create") {
            return Ok(Self::Create(Box::new(IndexMetadata::from_value(index)?)));
        }
        if let Some(update) = value.get("update") {
            let deleted = member(update, "deleted")?.as_array().unwrap_or_default();
            let deleted = deleted.iter().map(index_id).collect::<Result<_, _>>()?;
            let mut aliases = Vec::new();
            for field in member(update, "aliases")?.as_object().into_iter().flatten() {
                let id = IndexId::parse(&field.name).ok_or_else(|| unreadable("an index's identity".to_owned()))?;
                aliases.push((id, aliases_from_value(&field.value)?));
            }
            return Ok(Self::Update { deleted, aliases });
        }
        if let Some(settings) = value.get("settings") {
            let mut changed = Vec::new();
            for field in settings.as_object().into_iter().flatten() {
                let id = IndexId::parse(&field.name).ok_or_else(|| unreadable("an index's identity".to_owned()))?;
                changed.push((id, Settings::parse(&field.value).map_err(|error| unreadable(error.to_string()))?));
            }
            return Ok(Self::Settings(changed));
        }
        let change = member(&value, "mapping")?;
        let mapping = Mapping::parse(member(change, "mapping")?).map_err(|error| unreadable(error.to_string()))?;
        Ok(Self::Mapping(index_id(member(change, "index")?)?, Arc::new(mapping)))
    }
}

// === impl IndexMetadata ===

impl IndexMetadata {
    /// As it is stored.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        json!({
            "id": self.id.to_string(),
            "name": &*self.name,
            "created": self.created,
            "primary_term": self.primary_term,
            "settings": self.settings.to_stored(),
            "mapping": self.mapping.to_json(),
            "aliases": aliases_to_json(&self.aliases),
        })
    }

    /// Reads what `to_json` writes.
    pub(crate) fn from_value(value: &Value<'_>) -> Result<Self, UnreadableMetadata> {
        let name = member(value, "name")?.as_str().ok_or_else(|| unreadable("an index's name".to_owned()))?;
        Ok(Self {
            id: index_id(member(value, "id")?)?,
            name: Arc::from(name),
            created: member(value, "created")?.as_i64().ok_or_else(|| unreadable("created".to_owned()))?,
            primary_term: member(value, "primary_term")?
                .as_u64()
                .ok_or_else(|| unreadable("primary_term".to_owned()))?,
            settings: Settings::parse(member(value, "settings")?).map_err(|error| unreadable(error.to_string()))?,
            mapping: Arc::new(
                Mapping::parse(member(value, "mapping")?).map_err(|error| unreadable(error.to_string()))?,
            ),
            aliases: aliases_from_value(member(value, "aliases")?)?,
        })
    }
}

fn aliases_from_value(value: &Value<'_>) -> Result<Aliases, UnreadableMetadata> {
    let object = value.as_object().ok_or_else(|| unreadable("aliases".to_owned()))?;
    Ok(object
        .iter()
        .map(|field| {
            let flag = |name: &str| field.value.get(name).and_then(Value::as_bool);
            let alias = Alias { is_write_index: flag("is_write_index"), is_hidden: flag("is_hidden") };
            (Arc::from(field.name.as_ref()), alias)
        })
        .collect())
}

fn index_id(value: &Value<'_>) -> Result<IndexId, UnreadableMetadata> {
    value.as_str().and_then(IndexId::parse).ok_or_else(|| unreadable("an index's identity".to_owned()))
}

fn member<'v, 'a>(value: &'v Value<'a>, name: &str) -> Result<&'v Value<'a>, UnreadableMetadata> {
    value.get(name).ok_or_else(|| unreadable(format!("[{name}] is missing")))
}

fn unreadable(what: String) -> UnreadableMetadata {
    UnreadableMetadata(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(name: &str) -> IndexMetadata {
        let mapping = br#"{"dynamic":"strict","properties":{"a":{"properties":{"b":{"type":"long"}}},"t":{"type":"text","fields":{"keyword":{"type":"keyword","ignore_above":256}}}}}"#;
        let mapping = keyward_xcontent::parse(mapping, Limits::default()).unwrap();
        IndexMetadata {
            id: IndexId::from_drawn([1; 16]),
            name: Arc::from(name),
            created: 17,
            primary_term: 3,
            settings: Settings::default(),
            mapping: Arc::new(Mapping::parse(&mapping).unwrap()),
            aliases: Aliases::from([(Arc::from("x"), Alias { is_write_index: Some(true), is_hidden: None })]),
        }
    }

    #[test]
    fn changes_are_read_back() {
        let created = index("logs");
        let id = created.id;
        for change in [
            Change::Create(Box::new(created.clone())),
            Change::Update { deleted: vec![id], aliases: vec![(id, created.aliases.clone())] },
            Change::Mapping(id, Arc::clone(&created.mapping)),
            Change::Settings(vec![(id, Settings { hidden: Some(true), ..Settings::default() })]),
        ] {
            assert_eq!(Change::decode(&change.encode()), Ok(change));
        }
        assert!(Change::decode(b"{}").is_err());
        assert!(Change::decode(b"{\"create\":{}}").is_err());
    }

    #[test]
    fn changes_apply_in_order() {
        let mut metadata = Metadata::new();
        let created = index("logs");
        Change::Create(Box::new(created.clone())).apply(&mut metadata);
        Change::Update { deleted: vec![], aliases: vec![(created.id, Aliases::new())] }.apply(&mut metadata);
        assert!(metadata[&created.id].aliases.is_empty());
        Change::Update { deleted: vec![created.id], aliases: vec![] }.apply(&mut metadata);
        Change::Mapping(created.id, created.mapping).apply(&mut metadata);
        assert!(metadata.is_empty());
    }
}
