//! Joining two mappings: what an index has, and what a request or a document adds.
//!
//! Fields are never taken away and never change their kind; what the newer one says about a field replaces what was
//! said, where that may change at all.

use std::collections::btree_map::Entry;

use thiserror::Error;

use super::parse::DEPTH_LIMIT;
use super::{LeafField, Mapping, ObjectField, Properties, Property};

/// The most fields that a mapping may have, as `index.mapping.total_fields.limit`.
pub(crate) const TOTAL_FIELDS_LIMIT: usize = 1000;

/// Why two mappings cannot be joined. All are Elasticsearch's `illegal_argument_exception`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum MergeError {
    /// The kind of a field would change.
    #[error("mapper [{path}] cannot be changed from type [{from}] to [{to}]")]
    Kind { path: String, from: &'static str, to: &'static str },
    /// An object would become a field with values.
    #[error("can't merge a non object mapping [{path}] with an object mapping")]
    ObjectToLeaf { path: String },
    /// A field with values would become an object.
    #[error("can't merge a non object mapping [{path}] with an object mapping")]
    LeafToObject { path: String },
    /// A parameter that cannot change would.
    #[error(
        "Mapper for [{path}] conflicts with existing mapper:\n\tCannot update parameter [{parameter}] from [{from}] to [{to}]"
    )]
    Parameter { path: String, parameter: &'static str, from: String, to: String },
    /// `enabled` of an object would change.
    #[error("the [enabled] parameter can't be updated for the object mapping [{path}]")]
    Enabled { path: String },
    /// There would be too many fields.
    #[error("Limit of total fields [{TOTAL_FIELDS_LIMIT}] has been exceeded while adding new fields [{added}]")]
    TotalFields { added: usize },
    /// The objects would nest too deeply.
    #[error("Limit of mapping depth [{DEPTH_LIMIT}] has been exceeded due to object field [{path}]")]
    Depth { path: String },
}

/// The mapping that has what both have.
pub(crate) fn merge(existing: &Mapping, newer: &Mapping) -> Result<Mapping, MergeError> {
    let mut merged = existing.clone();
    merged.dynamic = newer.dynamic.or(existing.dynamic);
    merged.date_detection = newer.date_detection.or(existing.date_detection);
    merged.numeric_detection = newer.numeric_detection.or(existing.numeric_detection);
    if newer.meta.is_some() {
        merged.meta.clone_from(&newer.meta);
    }
    merge_properties("", 1, &mut merged.properties, &newer.properties)?;
    let (before, after) = (existing.total_fields(), merged.total_fields());
    if after > TOTAL_FIELDS_LIMIT && after > before {
        return Err(MergeError::TotalFields { added: after - before });
    }
    Ok(merged)
}

fn merge_properties(prefix: &str, depth: usize, into: &mut Properties, newer: &Properties) -> Result<(), MergeError> {
    for (name, property) in newer {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        if depth > DEPTH_LIMIT {
            return Err(MergeError::Depth { path: prefix.to_owned() });
        }
        match into.entry(name.clone()) {
            Entry::Vacant(entry) => {
                let entry = entry.insert(match property {
                    Property::Leaf(leaf) => Property::Leaf(leaf.clone()),
                    Property::Object(object) => {
                        Property::Object(ObjectField { properties: Properties::new(), ..object.clone() })
                    }
                });
                // The fields of a new object go the same way, so that the depth is looked at.
                if let (Property::Object(into), Property::Object(object)) = (entry, property) {
                    merge_properties(&path, depth + 1, &mut into.properties, &object.properties)?;
                }
            }
            Entry::Occupied(mut entry) => match (entry.get_mut(), property) {
                (Property::Object(into), Property::Object(object)) => {
                    if object.enabled.is_some_and(|enabled| enabled != into.enabled.unwrap_or(true)) {
                        return Err(MergeError::Enabled { path });
                    }
                    into.dynamic = object.dynamic.or(into.dynamic);
                    merge_properties(&path, depth + 1, &mut into.properties, &object.properties)?;
                }
                (Property::Leaf(into), Property::Leaf(leaf)) => merge_leaf(&path, into, leaf)?,
                (Property::Object(_), Property::Leaf(_)) => return Err(MergeError::ObjectToLeaf { path }),
                (Property::Leaf(_), Property::Object(_)) => return Err(MergeError::LeafToObject { path }),
            },
        }
    }
    Ok(())
}

fn merge_leaf(path: &str, into: &mut LeafField, newer: &LeafField) -> Result<(), MergeError> {
    if into.kind != newer.kind {
        return Err(MergeError::Kind { path: path.to_owned(), from: into.kind.as_str(), to: newer.kind.as_str() });
    }
    if into.is_indexed() != newer.is_indexed() {
        return Err(MergeError::Parameter {
            path: path.to_owned(),
            parameter: "index",
            from: into.is_indexed().to_string(),
            to: newer.is_indexed().to_string(),
        });
    }
    if into.null_value != newer.null_value {
        let shown = |value: &Option<serde_json::Value>| {
            value.as_ref().map_or_else(|| "null".to_owned(), super::parse::java_style)
        };
        // `null_value` of keywords and numbers cannot change.
        return Err(MergeError::Parameter {
            path: path.to_owned(),
            parameter: "null_value",
            from: shown(&into.null_value),
            to: shown(&newer.null_value),
        });
    }
    let format =
        |field: &LeafField| field.format.clone().unwrap_or_else(|| keyward_query::date::DEFAULT_FORMAT.to_owned());
    if format(into) != format(newer) {
        return Err(MergeError::Parameter {
            path: path.to_owned(),
            parameter: "format",
            from: format(into),
            to: format(newer),
        });
    }
    // What can change takes the newer value, and goes back to its default where the newer one says nothing.
    into.ignore_above = newer.ignore_above;
    into.ignore_malformed = newer.ignore_malformed;
    into.coerce = newer.coerce;
    into.meta.clone_from(&newer.meta);
    for (name, field) in &newer.fields {
        match into.fields.entry(name.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(field.clone());
            }
            Entry::Occupied(mut entry) => merge_leaf(&format!("{path}.{name}"), entry.get_mut(), field)?,
        }
    }
    Ok(())
}
