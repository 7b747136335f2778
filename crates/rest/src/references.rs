//! Names of indices inside queries: what a body makes the engine read beside the indices of the path.
//!
//! The walk goes by shape, not by place: wherever an object looks like a lookup it counts as one. A place that nobody
//! thought of cannot hide a name that way; the price is that text which only looks like a lookup asks for rights too.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use keyward_security::time::Timestamp;
use keyward_xcontent::{Limits, Object, Value, parse};

use crate::error::ElasticError;
use crate::targets::expressions;

const GET: &str = "indices:data/read/get";
const SEARCH: &str = "indices:data/read/search";
const TERM_VECTORS: &str = "indices:data/read/mtv";
const TERM_VECTORS_OF_SHARD: &str = "indices:data/read/mtv[shard]";

/// The index of a shape lookup that names none.
const SHAPES: &str = "shapes";
/// How many wrapper queries may hold each other.
const WRAPPERS: usize = 5;

/// A name inside a body and what it is read for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The action that has to be granted on the name.
    pub action: &'static str,
    /// The name, date math evaluated.
    pub name: String,
}

/// Collects the references of a body.
///
/// # Errors
///
/// 400 for a wrapper query that cannot be looked into and for a name that cannot be one.
pub fn references(body: &Value<'_>, now: Timestamp) -> Result<Vec<Reference>, ElasticError> {
    let mut walker = Walker { now, found: Vec::new() };
    walker.walk(body, WRAPPERS)?;
    Ok(walker.found)
}

struct Walker {
    now: Timestamp,
    found: Vec<Reference>,
}

impl Walker {
    /// Values are walked in written order with a stack of their own: bodies may nest deeply.
    fn walk(&mut self, root: &Value<'_>, wrappers: usize) -> Result<(), ElasticError> {
        let mut pending = vec![root];
        while let Some(value) = pending.pop() {
            if let Some(items) = value.as_array() {
                pending.extend(items.iter().rev());
            }
            for field in value.as_object().into_iter().flatten() {
                self.construct(&field.name, &field.value, wrappers)?;
            }
            if let Some(object) = value.as_object() {
                pending.extend(object.iter().rev().filter(|field| !is_data(&field.name)).map(|field| &field.value));
            }
        }
        Ok(())
    }

    fn construct(&mut self, name: &str, value: &Value<'_>, wrappers: usize) -> Result<(), ElasticError> {
        let Some(object) = value.as_object() else { return Ok(()) };
        match name {
            "terms" => {
                for lookup in object.iter().filter_map(|field| field.value.as_object()) {
                    let is_lookup = ["id", "path", "routing", "query"].iter().any(|key| lookup.get(key).is_some());
                    if is_lookup && let Some(index) = lookup.get("index") {
                        self.add(&[GET], index)?;
                    }
                }
            }
            "more_like_this" => {
                for documents in ["like", "unlike"].iter().filter_map(|key| object.get(key)) {
                    let items = documents.as_array().unwrap_or(std::slice::from_ref(documents));
                    for index in items.iter().filter_map(|item| item.get("_index")) {
                        self.add(&[TERM_VECTORS, TERM_VECTORS_OF_SHARD], index)?;
                    }
                }
            }
            "percolate" => {
                if let Some(index) = object.get("index") {
                    self.add(&[GET], index)?;
                }
            }
            "geo_shape" | "shape" => {
                for shape in object.iter().filter_map(|field| field.value.get("indexed_shape")) {
                    match shape.get("index") {
                        Some(index) => self.add(&[GET], index)?,
                        None => self.note(GET, SHAPES.to_owned()),
                    }
                }
            }
            "runtime_mappings" => {
                for index in object.iter().filter_map(|field| field.value.get("target_index")) {
                    self.add(&[SEARCH], index)?;
                }
            }
            "wrapper" => self.wrapper(object, wrappers)?,
            _ => {}
        }
        Ok(())
    }

    fn wrapper(&mut self, wrapper: &Object<'_>, wrappers: usize) -> Result<(), ElasticError> {
        let Some(encoded) = wrapper.get("query").and_then(Value::as_str) else { return Ok(()) };
        let unreadable = || ElasticError::unsupported_construct("the query inside [wrapper] cannot be read");
        let wrappers = wrappers.checked_sub(1).ok_or_else(unreadable)?;
        let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let decoded =
            GeneralPurpose::new(&base64::alphabet::STANDARD, lenient).decode(encoded).map_err(|_| unreadable())?;
        let inner = parse(&decoded, Limits { max_depth: 200 }).map_err(|_| unreadable())?;
        self.walk(&inner, wrappers)
    }

    /// Notes the names that a value holds: a string, also a list of names, or an array of them.
    fn add(&mut self, actions: &[&'static str], value: &Value<'_>) -> Result<(), ElasticError> {
        let items = value.as_array().unwrap_or(std::slice::from_ref(value));
        for item in items {
            let list: Cow<'_, str> = match item.as_str() {
                Some(list) => list.into(),
                None => {
                    let text = format!("the name of an index has to be a string, but found [{}]", item.token());
                    return Err(ElasticError::parsing(item.location.line, item.location.column, text));
                }
            };
            for name in expressions(&list, self.now)? {
                for action in actions {
                    self.note(action, name.clone());
                }
            }
        }
        Ok(())
    }

    fn note(&mut self, action: &'static str, name: String) {
        let reference = Reference { action, name };
        if !self.found.contains(&reference) {
            self.found.push(reference);
        }
    }
}

/// Keys whose content is a document or the arguments of a script, never a query.
fn is_data(name: &str) -> bool {
    matches!(name, "params" | "document" | "documents" | "doc" | "_source" | "query_vector" | "upsert")
}

#[cfg(test)]
mod tests;
