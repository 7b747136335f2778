//! The settings of an index: the few that mean something here.
//!
//! Any other setting that Elasticsearch has is refused by name; one that it has not is refused as unknown.

use keyward_xcontent::{Kind, Object, Value};
use serde_json::{Map, json};
use thiserror::Error;

/// The settings of one index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// How many shards it says it has. One does all the work.
    pub(crate) shards: u32,
    /// How many copies it says it wants. There are none.
    pub(crate) replicas: u32,
    /// Whether wildcards pass over it; `None`: not said.
    pub(crate) hidden: Option<bool>,
}

/// Why settings are refused. All are Elasticsearch's `illegal_argument_exception`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum SettingsError {
    /// There is no such setting.
    #[error(
        "unknown setting [{0}] please check that any required plugins are installed, or check the breaking changes documentation for removed settings"
    )]
    Unknown(String),
    /// There is, but not here.
    #[error("setting [{0}] is not supported")]
    Unsupported(String),
    /// There is, but not with this value.
    #[error("value [{value}] of setting [{name}] is not supported")]
    UnsupportedValue {
        /// The setting.
        name: String,
        /// The value.
        value: String,
    },
    /// A value that the setting cannot have.
    #[error("Failed to parse value [{value}] for setting [{name}]{why}")]
    Value {
        /// The setting.
        name: String,
        /// The value.
        value: String,
        /// What is wrong with it, with a blank before.
        why: &'static str,
    },
    /// Set by the engine only.
    #[error("private index setting [{0}] can not be set explicitly")]
    Private(String),
    /// Set when the index is made, and never again.
    #[error("Can't update non dynamic settings [[{0}]] for open indices")]
    NotDynamic(String),
    /// Not an object.
    #[error("settings must be an object")]
    NotAnObject,
}

/// The beginnings of settings that Elasticsearch has and Keyward has not.
const UNSUPPORTED: &[&str] = &[
    "index.analysis.",
    "index.analyze.",
    "index.mapping.",
    "index.mapper.",
    "index.routing.",
    "index.routing_partition_size",
    "index.routing_path",
    "index.blocks.",
    "index.lifecycle.",
    "index.sort.",
    "index.codec",
    "index.refresh_interval",
    "index.default_pipeline",
    "index.final_pipeline",
    "index.max_",
    "index.query.",
    "index.query_string.",
    "index.translog.",
    "index.merge.",
    "index.priority",
    "index.soft_deletes.",
    "index.mode",
    "index.similarity.",
    "index.search.",
    "index.indexing.",
    "index.indexing_pressure.",
    "index.unassigned.",
    "index.auto_expand_replicas",
    "index.store.",
    "index.gc_deletes",
    "index.requests.",
    "index.write.",
    "index.highlight.",
    "index.number_of_routing_shards",
    "index.shard.",
    "index.load_fixed_bitset_filters_eagerly",
    "index.time_series.",
    "index.look_",
    "index.allocation.",
    "index.recovery.",
    "index.data_path",
    "index.format",
    "index.percolator.",
    "index.verified_before_close",
    "index.warmer.",
    "index.fielddata.",
    "index.flush_after_merge",
    "index.bloom_filter_for_id_field.",
    "index.esql.",
    "index.dense_vector.",
    "index.xpack.",
    "index.queries.",
    "index.optimize_auto_generated_id",
    "index.ttl.",
    "index.fast_refresh",
    "index.use_",
];

// === impl Settings ===

impl Default for Settings {
    fn default() -> Self {
        Self { shards: 1, replicas: 1, hidden: None }
    }
}

impl Settings {
    /// Reads the body of `settings`, nested or with dotted names, with or without `index.` in front.
    pub(crate) fn parse(value: &Value<'_>) -> Result<Self, SettingsError> {
        let object = value.as_object().ok_or(SettingsError::NotAnObject)?;
        let mut given = Vec::new();
        flatten("", object, &mut given);
        let mut settings = Self::default();
        for (name, value) in given {
            let name = if name.starts_with("index.") { name } else { format!("index.{name}") };
            // Null: the default.
            if let Some(value) = value {
                settings.set(name, value)?;
            }
        }
        Ok(settings)
    }

    /// These settings with what a request changes; `null` is the default again.
    pub(crate) fn updated(&self, value: &Value<'_>) -> Result<Self, SettingsError> {
        let object = value.as_object().ok_or(SettingsError::NotAnObject)?;
        let mut given = Vec::new();
        flatten("", object, &mut given);
        let mut settings = self.clone();
        for (name, value) in given {
            let name = if name.starts_with("index.") { name } else { format!("index.{name}") };
            match (name.as_str(), value) {
                ("index.number_of_shards", _) => return Err(SettingsError::NotDynamic(name)),
                ("index.number_of_replicas", None) => settings.replicas = Self::default().replicas,
                ("index.hidden", None) => settings.hidden = None,
                (_, value) => settings.set(name, value.unwrap_or_default())?,
            }
        }
        Ok(settings)
    }

    fn set(&mut self, name: String, value: String) -> Result<(), SettingsError> {
        match name.as_str() {
            "index.number_of_shards" => self.shards = number(name, value, 1, 1024)?,
            "index.number_of_replicas" => self.replicas = number(name, value, 0, i32::MAX.unsigned_abs())?,
            "index.hidden" => self.hidden = Some(boolean(name, value)?),
            // Their defaults change nothing.
            "index.refresh_interval" if value == "1s" => {}
            "index.auto_expand_replicas" if value == "false" => {}
            "index.codec" if value == "default" => {}
            "index.mode" if value == "standard" => {}
            "index.refresh_interval" | "index.auto_expand_replicas" | "index.codec" | "index.mode" => {
                return Err(SettingsError::UnsupportedValue { name, value });
            }
            "index.uuid"
            | "index.creation_date"
            | "index.provided_name"
            | "index.version.created"
            | "index.history.uuid" => {
                return Err(SettingsError::Private(name));
            }
            _ if UNSUPPORTED.iter().any(|prefix| name.starts_with(prefix)) => {
                return Err(SettingsError::Unsupported(name));
            }
            _ => return Err(SettingsError::Unknown(name)),
        }
        Ok(())
    }

    /// As they are stored: `parse` reads it.
    pub(crate) fn to_stored(&self) -> serde_json::Value {
        let mut stored = Map::new();
        stored.insert("number_of_shards".to_owned(), json!(self.shards));
        stored.insert("number_of_replicas".to_owned(), json!(self.replicas));
        if let Some(hidden) = self.hidden {
            stored.insert("hidden".to_owned(), hidden.into());
        }
        serde_json::Value::Object(stored)
    }

    /// Whether wildcards pass over the index.
    pub(crate) fn is_hidden(&self) -> bool {
        self.hidden.unwrap_or(false)
    }
}

fn flatten(prefix: &str, object: &Object<'_>, into: &mut Vec<(String, Option<String>)>) {
    for field in object {
        let name = if prefix.is_empty() { field.name.clone().into_owned() } else { format!("{prefix}.{}", field.name) };
        match &field.value.kind {
            Kind::Object(object) => flatten(&name, object, into),
            Kind::String(text) => into.push((name, Some(text.clone().into_owned()))),
            Kind::Null => into.push((name, None)),
            _ => into.push((name, Some(field.value.to_json().to_string()))),
        }
    }
}

fn number(name: String, value: String, least: u32, greatest: u32) -> Result<u32, SettingsError> {
    match value.parse::<u32>() {
        Ok(number) if number < least => Err(SettingsError::Value { name, value, why: " must be >= 1" }),
        Ok(number) if number > greatest => Err(SettingsError::Value { name, value, why: " is too great" }),
        Ok(number) => Ok(number),
        Err(_) => Err(SettingsError::Value { name, value, why: "" }),
    }
}

fn boolean(name: String, value: String) -> Result<bool, SettingsError> {
    match value.as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(SettingsError::Value { name, value, why: " as only [true] or [false] are allowed" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Settings, SettingsError> {
        let value = keyward_xcontent::parse(text.as_bytes(), keyward_xcontent::Limits::default()).unwrap();
        Settings::parse(&value)
    }

    #[test]
    fn every_way_of_writing_them() {
        let expected = Settings { shards: 3, replicas: 0, hidden: Some(true) };
        for text in [
            r#"{"number_of_shards":3,"number_of_replicas":"0","hidden":true}"#,
            r#"{"index":{"number_of_shards":"3","number_of_replicas":0,"hidden":"true"}}"#,
            r#"{"index.number_of_shards":3,"index.number_of_replicas":0,"index":{"hidden":true}}"#,
        ] {
            assert_eq!(parse(text).as_ref(), Ok(&expected), "{text}");
        }
        let stored = expected.to_stored().to_string();
        assert_eq!(parse(&stored).as_ref(), Ok(&expected));
        let change = |text: &str| {
            let value = keyward_xcontent::parse(text.as_bytes(), keyward_xcontent::Limits::default()).unwrap();
            expected.updated(&value)
        };
        let changed = Settings { replicas: 1, hidden: None, ..expected.clone() };
        assert_eq!(change(r#"{"index":{"number_of_replicas":null,"hidden":null}}"#), Ok(changed));
        assert_eq!(
            change(r#"{"number_of_shards":2}"#),
            Err(SettingsError::NotDynamic("index.number_of_shards".into()))
        );
    }

    #[test]
    fn others_are_refused_by_name() {
        assert_eq!(
            parse(r#"{"analysis":{"analyzer":{"a":{"type":"x"}}}}"#),
            Err(SettingsError::Unsupported("index.analysis.analyzer.a.type".into()))
        );
        assert_eq!(parse(r#"{"nope":1}"#), Err(SettingsError::Unknown("index.nope".into())));
        assert_eq!(parse(r#"{"index.uuid":"x"}"#), Err(SettingsError::Private("index.uuid".into())));
        assert!(matches!(parse(r#"{"number_of_shards":0}"#), Err(SettingsError::Value { .. })));
        assert!(matches!(parse(r#"{"hidden":"yes"}"#), Err(SettingsError::Value { .. })));
    }
}
