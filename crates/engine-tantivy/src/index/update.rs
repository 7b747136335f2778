//! Updating a document by a part of it.

use std::sync::Arc;

use keyward_xcontent::{Kind, Object, Value};

use super::read::State;
use super::write::{Conditions, Rights, WriteResult, Written, check, conflict, parse_source};
use super::{Index, IndexError};
use crate::log::Log;

/// What an update does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Update<'a> {
    /// What is laid over the document.
    pub(crate) part: Option<&'a Value<'a>>,
    /// The document to put if there is none.
    pub(crate) upsert: Option<&'a Value<'a>>,
    /// The bytes that both were read from.
    pub(crate) body: &'a [u8],
    /// Whether the part is the document to put if there is none.
    pub(crate) part_as_upsert: bool,
    /// Whether nothing is written when nothing would change.
    pub(crate) detect_noop: bool,
    /// What the document must be like before.
    pub(crate) conditions: Conditions,
}

impl Index {
    /// Updates one document. Reading, changing and writing are one step: nothing comes between them.
    pub(crate) fn update(
        &self,
        log: &Log,
        id: &str,
        update: Update<'_>,
        rights: Rights,
    ) -> Result<Written, IndexError> {
        let mut writing = self.lock();
        self.check_usable()?;
        let state = self.state(id)?;
        let (source, result) = match state {
            State::Live(stamp) => {
                check(id, state, update.conditions)?;
                let Some(found) = self.get(id, true)? else {
                    return Err(conflict(id, "the document was deleted meanwhile".to_owned()));
                };
                let before = parse_source(&found.source)?;
                let part = update.part.and_then(|part| part.as_object().map(|object| (object, update.body)));
                let Some((merged, changed)) = merge(&before, &found.source, part) else {
                    return Err(IndexError::Failed(Arc::clone(&self.name)));
                };
                if update.detect_noop && !changed {
                    return Ok(Written { result: WriteResult::Noop, stamp, batch: None });
                }
                (merged, WriteResult::Updated)
            }
            State::Unknown | State::Deleted(_) => {
                let new = if update.part_as_upsert { update.part } else { update.upsert };
                let Some(new) = new else { return Err(IndexError::Missing(id.to_owned())) };
                if update.conditions.at.is_some() {
                    check(id, state, update.conditions)?;
                }
                (new.raw(update.body).to_vec(), WriteResult::Created)
            }
        };
        let value = parse_source(&source)?;
        let prepared = self.prepare(id, &value);
        let document = self.settle(id, &value, prepared)?;
        let stamp = self.stamp(&writing, state, Conditions::default());
        let batch = self.put(&mut writing, log, id, &source, document, stamp, rights)?;
        drop(writing);
        self.refresh_if_heavy(log)?;
        Ok(Written { result, stamp, batch: Some(batch) })
    }
}

/// Lays a part over a document: objects are joined, everything else is replaced. The bytes, and whether they say
/// anything new.
fn merge(before: &Value<'_>, source: &[u8], part: Option<(&Object<'_>, &[u8])>) -> Option<(Vec<u8>, bool)> {
    let Some((part, body)) = part else { return Some((source.to_vec(), false)) };
    let mut merged = Vec::with_capacity(source.len() + body.len());
    let changed = merge_objects(before.as_object()?, source, part, body, &mut merged)?;
    Some((merged, changed))
}

fn merge_objects(
    before: &Object<'_>,
    source: &[u8],
    part: &Object<'_>,
    body: &[u8],
    into: &mut Vec<u8>,
) -> Option<bool> {
    let mut changed = false;
    let mut first = true;
    let mut name = |into: &mut Vec<u8>, name: &str| -> Option<()> {
        into.push(if first { b'{' } else { b',' });
        first = false;
        serde_json::to_writer(&mut *into, name).ok()?;
        into.push(b':');
        Some(())
    };
    for field in before {
        name(into, &field.name)?;
        match (part.get(&field.name), &field.value.kind) {
            (None, _) => into.extend_from_slice(field.value.raw(source)),
            (Some(Value { kind: Kind::Object(newer), .. }), Kind::Object(older)) => {
                changed |= merge_objects(older, source, newer, body, into)?;
            }
            (Some(newer), _) => {
                changed |= !same(&field.value, newer);
                into.extend_from_slice(newer.raw(body));
            }
        }
    }
    for field in part {
        if before.get(&field.name).is_none() {
            changed = true;
            name(into, &field.name)?;
            into.extend_from_slice(field.value.raw(body));
        }
    }
    if first {
        into.push(b'{');
    }
    into.push(b'}');
    Some(changed)
}

/// Whether two values say the same: fields of objects in any order.
fn same(one: &Value<'_>, other: &Value<'_>) -> bool {
    match (&one.kind, &other.kind) {
        (Kind::Array(one), Kind::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Kind::Object(one), Kind::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|field| other.get(&field.name).is_some_and(|value| same(&field.value, value)))
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(before: &str, part: &str) -> (String, bool) {
        let (source, body) = (before.as_bytes(), part.as_bytes());
        let part = parse_source(body).unwrap();
        let (bytes, changed) =
            merge(&parse_source(source).unwrap(), source, part.as_object().map(|object| (object, body))).unwrap();
        (String::from_utf8(bytes).unwrap(), changed)
    }

    #[test]
    fn objects_are_joined_and_the_rest_replaced() {
        assert_eq!(
            merged(r#"{"a": 1.50, "o": {"x": [1, 2], "y": "é\n"}, "z": null}"#, r#"{"o":{"x":[3],"n":{}},"b":true}"#),
            (r#"{"a":1.50,"o":{"x":[3],"y":"é\n","n":{}},"z":null,"b":true}"#.to_owned(), true)
        );
        assert_eq!(merged("{}", "{}"), ("{}".to_owned(), false));
        assert_eq!(merged(r#"{"a":1}"#, "{}"), (r#"{"a":1}"#.to_owned(), false));
    }

    #[test]
    fn nothing_new_is_no_change() {
        assert!(!merged(r#"{"a":{"b":[{"x":1,"y":2}]}}"#, r#"{"a":{"b":[{"y":2,"x":1}]}}"#).1);
        assert!(merged(r#"{"a":1}"#, r#"{"a":1.0}"#).1);
        assert!(merged(r#"{"a":{"b":1}}"#, r#"{"a":null}"#).1);
    }
}
