//! Mappings: which fields an index has and what their values are.
//!
//! A mapping is an immutable value. It is read from a request (`parse`), joined with another (`merge`), shown
//! (`show`), and grown by documents (`crate::document`). What is not supported is refused by name when it is read,
//! so that everything in here is honoured.

mod kind;
mod merge;
mod parse;
mod show;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub(crate) use kind::FieldKind;
pub(crate) use merge::{MergeError, merge};
pub(crate) use parse::{DEPTH_LIMIT, MappingError, check_name, java_style};

/// The mapping of one index.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Mapping {
    /// What happens to fields that are not mapped, where an object does not say.
    pub(crate) dynamic: Option<Dynamic>,
    /// Whether strings that look like dates become dates when they are mapped dynamically.
    pub(crate) date_detection: Option<bool>,
    /// Whether strings that look like numbers become numbers when they are mapped dynamically.
    pub(crate) numeric_detection: Option<bool>,
    /// `_meta`: the user's own, only shown.
    pub(crate) meta: Option<serde_json::Value>,
    /// The fields.
    pub(crate) properties: Properties,
}

/// Fields by name, in the order in which Elasticsearch shows them.
pub(crate) type Properties = BTreeMap<String, Property>;

/// A named part of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Property {
    /// An object with fields of its own.
    Object(ObjectField),
    /// A field with values.
    Leaf(LeafField),
}

/// An object.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct ObjectField {
    /// What happens to unmapped fields in it; `None`: what its parent does.
    pub(crate) dynamic: Option<Dynamic>,
    /// `false`: its content is kept in the source and not looked at. `None`: not said, so `true`.
    pub(crate) enabled: Option<bool>,
    /// Its fields.
    pub(crate) properties: Properties,
}

/// A field with values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LeafField {
    /// What the values are.
    pub(crate) kind: FieldKind,
    /// `index: false`: not searchable by term. Its column still is there for sorting and aggregations.
    pub(crate) index: Option<bool>,
    /// Longer strings are not indexed (keyword).
    pub(crate) ignore_above: Option<u32>,
    /// Values that are not of the kind are left out instead of refusing the document.
    pub(crate) ignore_malformed: Option<bool>,
    /// Whether strings are read as numbers and fractions cut (numbers).
    pub(crate) coerce: Option<bool>,
    /// The formats of a date, as written.
    pub(crate) format: Option<String>,
    /// Stands in for an explicit `null`; as written.
    pub(crate) null_value: Option<serde_json::Value>,
    /// `meta` of the field: only shown.
    pub(crate) meta: Option<serde_json::Value>,
    /// The same values under other kinds: `fields`.
    pub(crate) fields: BTreeMap<String, LeafField>,
}

/// What happens to a field that is not mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Dynamic {
    /// It is mapped by what its value looks like.
    #[default]
    True,
    /// It is kept in the source only.
    False,
    /// The document is refused.
    Strict,
}

// === impl Mapping ===

impl Mapping {
    /// The field with values at a dotted path, multi-fields included.
    pub(crate) fn field(&self, path: &str) -> Option<&LeafField> {
        let mut properties = &self.properties;
        let mut rest = path;
        loop {
            // Names may themselves hold no dots: a dotted name is an object with a field.
            let (name, below) = match rest.split_once('.') {
                Some((name, below)) => (name, Some(below)),
                None => (rest, None),
            };
            match (properties.get(name)?, below) {
                (Property::Leaf(leaf), None) => return Some(leaf),
                (Property::Leaf(leaf), Some(sub)) => return leaf.fields.get(sub),
                (Property::Object(_), None) => return None,
                (Property::Object(object), Some(below)) => {
                    properties = &object.properties;
                    rest = below;
                }
            }
        }
    }

    /// Every field with values, with its dotted path, multi-fields included, in order of path.
    pub(crate) fn fields(&self) -> Vec<(String, &LeafField)> {
        fn collect<'a>(prefix: &str, properties: &'a Properties, into: &mut Vec<(String, &'a LeafField)>) {
            for (name, property) in properties {
                let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                match property {
                    Property::Object(object) => collect(&path, &object.properties, into),
                    Property::Leaf(leaf) => {
                        into.push((path.clone(), leaf));
                        into.extend(leaf.fields.iter().map(|(sub, leaf)| (format!("{path}.{sub}"), leaf)));
                    }
                }
            }
        }
        let mut fields = Vec::new();
        collect("", &self.properties, &mut fields);
        fields
    }

    /// Every object's dotted path, in order of path.
    pub(crate) fn objects(&self) -> Vec<String> {
        fn collect(prefix: &str, properties: &Properties, into: &mut Vec<String>) {
            for (name, property) in properties {
                if let Property::Object(object) = property {
                    let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                    into.push(path.clone());
                    collect(&path, &object.properties, into);
                }
            }
        }
        let mut objects = Vec::new();
        collect("", &self.properties, &mut objects);
        objects
    }

    /// How many fields and objects there are, as `index.mapping.total_fields.limit` counts.
    pub(crate) fn total_fields(&self) -> usize {
        fn count(properties: &Properties) -> usize {
            properties
                .values()
                .map(|property| match property {
                    Property::Object(object) => 1 + count(&object.properties),
                    Property::Leaf(leaf) => 1 + leaf.fields.len(),
                })
                .sum()
        }
        count(&self.properties)
    }
}

// === impl LeafField ===

impl LeafField {
    /// A field of a kind with nothing else said.
    pub(crate) fn new(kind: FieldKind) -> Self {
        Self {
            kind,
            index: None,
            ignore_above: None,
            ignore_malformed: None,
            coerce: None,
            format: None,
            null_value: None,
            meta: None,
            fields: BTreeMap::new(),
        }
    }

    /// Whether its values can be searched by term.
    pub(crate) fn is_indexed(&self) -> bool {
        self.index.unwrap_or(true)
    }
}

// === impl Dynamic ===

impl Dynamic {
    /// As it is written in a mapping.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Strict => "strict",
        }
    }
}
