//! The body of an update.

use keyward_rest::error::{Cause, ElasticError};
use keyward_xcontent::{Limits, Value};

use crate::index::{Conditions, Index, IndexError, Rights, Update, Written};
use crate::log::Log;

/// Reads the body and carries it out. The outer error is the body's, the inner one the document's.
pub(super) fn update(
    log: &Log,
    index: &Index,
    id: &str,
    body: &[u8],
    conditions: Conditions,
    rights: Rights,
) -> Result<Result<Written, IndexError>, ElasticError> {
    let value = keyward_xcontent::parse(body, Limits::default()).map_err(|error| Cause::from(&error))?;
    let mut update = Update { part: None, upsert: None, body, part_as_upsert: false, detect_noop: true, conditions };
    let Some(object) = value.as_object() else {
        let text = format!("[UpdateRequest] Expected START_OBJECT but was: {}", value.token());
        return Err(ElasticError::x_content_parse(value.location, text));
    };
    for field in object {
        let name = field.name.as_ref();
        match name {
            "doc" => update.part = Some(document(name, &field.value)?),
            "upsert" => update.upsert = Some(document(name, &field.value)?),
            "doc_as_upsert" => update.part_as_upsert = boolean(name, &field.value)?,
            "detect_noop" => update.detect_noop = boolean(name, &field.value)?,
            "_source" if field.value.as_bool() == Some(false) => {}
            "script" | "scripted_upsert" | "_source" | "fields" => {
                return Err(ElasticError::unsupported_construct(format!("[{name}] of an update is not supported")));
            }
            "if_seq_no" | "if_primary_term" | "lang" | "params" => {
                return Err(ElasticError::unsupported_construct(format!(
                    "[{name}] in the body of an update is not supported"
                )));
            }
            _ => {
                let text = format!("[UpdateRequest] unknown field [{name}]");
                return Err(ElasticError::x_content_parse(field.location, text));
            }
        }
    }
    let mut problems = Vec::new();
    if update.part.is_none() && update.upsert.is_none() {
        problems.push("script or doc is missing");
    }
    if update.part.is_none() && update.part_as_upsert {
        problems.push("doc must be specified if doc_as_upsert is enabled");
    }
    if update.conditions.at.is_some() && (update.upsert.is_some() || update.part_as_upsert) {
        problems.push("upsert requests don't support `if_seq_no` and `if_primary_term`");
    }
    if !problems.is_empty() {
        return Err(ElasticError::validation(problems));
    }
    Ok(index.update(log, id, update, rights))
}

fn document<'v, 'a>(name: &str, value: &'v Value<'a>) -> Result<&'v Value<'a>, ElasticError> {
    if value.as_object().is_some() {
        return Ok(value);
    }
    let text = format!("[UpdateRequest] {name} doesn't support values of type: {}", value.token());
    Err(ElasticError::x_content_parse(value.location, text))
}

fn boolean(name: &str, value: &Value<'_>) -> Result<bool, ElasticError> {
    value.as_lenient_bool().ok_or_else(|| {
        let text = format!("[UpdateRequest] {name} doesn't support values of type: {}", value.token());
        ElasticError::x_content_parse(value.location, text)
    })
}
