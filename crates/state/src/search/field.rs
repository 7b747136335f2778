//! The fields of keys that can be asked, by the names that requests use.

use keyward_query::query::FieldNames;
use keyward_security::time::Timestamp;
use serde_json::Value;

use super::KeySearchError;
use crate::keys::KeyRef;

/// A field of keys that can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyField {
    /// The name of the owner.
    Username,
    /// The name of the owner's realm.
    RealmName,
    /// The name of the key.
    Name,
    /// `rest` or `cross_cluster`.
    Type,
    /// When it was made.
    Creation,
    /// When it ends.
    Expiration,
    /// Whether it was invalidated.
    Invalidated,
    /// When it was invalidated.
    Invalidation,
    /// Any value in the metadata, or with a path the values there.
    Metadata(Option<String>),
}

const NAMES: [&str; 9] =
    ["username", "realm_name", "name", "type", "creation", "expiration", "invalidated", "invalidation", "metadata"];

/// What a field is, by how its values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldKind {
    Text,
    Time,
    Flag,
    Metadata,
}

impl KeyField {
    /// Reads the name of a field.
    pub fn parse(name: &str) -> Result<Self, KeySearchError> {
        Ok(match name {
            "username" => Self::Username,
            "realm_name" => Self::RealmName,
            "name" => Self::Name,
            "type" => Self::Type,
            "creation" => Self::Creation,
            "expiration" => Self::Expiration,
            "invalidated" => Self::Invalidated,
            "invalidation" => Self::Invalidation,
            "metadata" => Self::Metadata(None),
            _ if name.contains('*') => return Err(KeySearchError::FieldPattern(name.to_owned())),
            _ => match name.strip_prefix("metadata.").filter(|path| !path.is_empty()) {
                Some(path) => Self::Metadata(Some(path.to_owned())),
                None => return Err(KeySearchError::Field(name.to_owned())),
            },
        })
    }

    pub(super) const fn kind(&self) -> FieldKind {
        match self {
            Self::Username | Self::RealmName | Self::Name | Self::Type => FieldKind::Text,
            Self::Creation | Self::Expiration | Self::Invalidation => FieldKind::Time,
            Self::Invalidated => FieldKind::Flag,
            Self::Metadata(_) => FieldKind::Metadata,
        }
    }

    /// The text of a text field; empty for others.
    pub(super) fn text<'a>(&self, key: &KeyRef<'a>) -> &'a str {
        match self {
            Self::Username => &key.creator().principal,
            Self::RealmName => &key.creator().realm.name,
            Self::Name => key.name(),
            Self::Type => key.kind().as_str(),
            _ => "",
        }
    }

    /// The time of a time field; none for others.
    pub(super) fn time(&self, key: &KeyRef<'_>) -> Option<Timestamp> {
        match self {
            Self::Creation => Some(key.creation()),
            Self::Expiration => key.expiration(),
            Self::Invalidation => key.invalidation(),
            _ => None,
        }
    }

    /// Whether any value in the metadata passes.
    pub(super) fn any_in_metadata(&self, key: &KeyRef<'_>, test: &mut dyn FnMut(&str) -> bool) -> bool {
        let Self::Metadata(path) = self else { return false };
        let Some(text) = key.metadata() else { return false };
        let Ok(value) = serde_json::from_str::<Value>(text) else { return false };
        match path {
            None => any_leaf(&value, true, test),
            Some(path) => any_at(&value, path, test),
        }
    }
}

/// Values in an object below it only count when no path was given.
fn any_leaf(value: &Value, deep: bool, test: &mut dyn FnMut(&str) -> bool) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(true) => test("true"),
        Value::Bool(false) => test("false"),
        Value::Number(number) => test(&number.to_string()),
        Value::String(text) => test(text),
        Value::Array(items) => items.iter().any(|item| any_leaf(item, deep, test)),
        Value::Object(members) => deep && members.values().any(|member| any_leaf(member, deep, test)),
    }
}

/// A path may run through names that have dots themselves, and through arrays.
fn any_at(value: &Value, path: &str, test: &mut dyn FnMut(&str) -> bool) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, member)| match path.strip_prefix(name.as_str()) {
            Some("") => any_leaf(member, false, test),
            Some(rest) => rest.strip_prefix('.').is_some_and(|rest| any_at(member, rest, test)),
            None => false,
        }),
        Value::Array(items) => items.iter().any(|item| any_at(item, path, test)),
        _ => false,
    }
}

/// For `simple_query_string`, whose fields may be patterns.
pub(super) struct KeyFieldNames;

impl FieldNames for KeyFieldNames {
    fn matching(&self, pattern: &str) -> Vec<String> {
        let pattern = super::text::Glob::new(pattern, false);
        NAMES.iter().filter(|name| pattern.matches(name)).map(|name| (*name).to_owned()).collect()
    }
}
