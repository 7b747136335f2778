//! Changes of aliases that a body asks for.

use keyward_xcontent::{Field, Object, Value};

use crate::error::ElasticError;
use crate::requirements::Subject;
use crate::targets::{exact_name, expressions};

/// One change of aliases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasAction {
    /// What is to happen.
    pub change: AliasChange,
    /// The indices, as expressions.
    pub indices: Vec<String>,
    /// The aliases; none for [`AliasChange::RemoveIndex`].
    pub aliases: Vec<String>,
}

/// What is to happen to an alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AliasChange {
    /// The indices get the aliases.
    Add,
    /// The indices lose the aliases.
    Remove,
    /// The indices are deleted.
    RemoveIndex,
}

const ALIASES: &str = "indices:admin/aliases";

const KEYS: &[&str] = &[
    "index",
    "indices",
    "alias",
    "aliases",
    "filter",
    "routing",
    "index_routing",
    "indexRouting",
    "search_routing",
    "searchRouting",
    "is_write_index",
    "is_hidden",
    "must_exist",
];

/// The aliases that a body makes beside an index: the keys of its object `aliases`.
pub(super) fn created(subject: &Subject<'_>) -> Result<Vec<String>, ElasticError> {
    let Some(value) = subject.field("aliases") else { return Ok(Vec::new()) };
    let wrong = || {
        let text = format!("[aliases] has to be an object, but found [{}]", value.token());
        ElasticError::parsing(value.location.line, value.location.column, text)
    };
    let object = value.as_object().ok_or_else(wrong)?;
    object.iter().map(|field| exact_name(&field.name, ALIASES, subject.now)).collect()
}

/// The actions of an update of aliases.
pub(super) fn actions(subject: &Subject<'_>) -> Result<Vec<AliasAction>, ElasticError> {
    let body = subject.body.ok_or_else(|| ElasticError::parse("request body is required"))?;
    let object = body.as_object().ok_or_else(|| wrong_kind("alias_action", body))?;
    if let Some(unknown) = object.iter().find(|field| field.name != "actions") {
        return Err(unknown_field("aliases", unknown));
    }
    let Some(actions) = object.get("actions") else {
        return Err(ElasticError::illegal_argument("No action specified"));
    };
    let actions = actions.as_array().ok_or_else(|| wrong_kind("aliases", actions))?;
    if actions.is_empty() {
        return Err(ElasticError::validation(["Must specify at least one alias action"]));
    }
    actions.iter().map(|action| read(subject, action)).collect()
}

fn read(subject: &Subject<'_>, value: &Value<'_>) -> Result<AliasAction, ElasticError> {
    let object = value.as_object().ok_or_else(|| wrong_kind("alias_action", value))?;
    let [field] = object.fields() else {
        return Err(ElasticError::illegal_argument("Too many operations declared on operation entry"));
    };
    let change = match &*field.name {
        "add" => AliasChange::Add,
        "remove" => AliasChange::Remove,
        "remove_index" => AliasChange::RemoveIndex,
        _ => return Err(unknown_field("alias_action", field)),
    };
    let parts = field.value.as_object().ok_or_else(|| wrong_kind(&field.name, &field.value))?;
    if let Some(unknown) = parts.iter().find(|part| !KEYS.contains(&&*part.name)) {
        return Err(unknown_field(&field.name, unknown));
    }
    let indices = one_or_many(subject, parts, "index", "indices")?;
    let aliases = one_or_many(subject, parts, "alias", "aliases")?;
    if indices.is_empty() {
        return Err(ElasticError::illegal_argument("One of [index] or [indices] is required"));
    }
    match (change, aliases.is_empty()) {
        (AliasChange::RemoveIndex, false) => Err(ElasticError::illegal_argument("[remove_index] takes no alias")),
        (AliasChange::Add | AliasChange::Remove, true) => {
            Err(ElasticError::illegal_argument("One of [alias] or [aliases] is required"))
        }
        _ => Ok(AliasAction { change, indices, aliases }),
    }
}

/// A name under one key, or several under the other; not both.
fn one_or_many(subject: &Subject<'_>, parts: &Object<'_>, one: &str, many: &str) -> Result<Vec<String>, ElasticError> {
    let (value, is_list) = match (parts.get(one), parts.get(many)) {
        (Some(_), Some(_)) => {
            return Err(ElasticError::illegal_argument(format!("Only one of [{one}] and [{many}] is supported")));
        }
        (Some(value), None) => (value, false),
        (None, Some(value)) => (value, true),
        (None, None) => return Ok(Vec::new()),
    };
    let items = if is_list { value.as_array() } else { None };
    let mut names = Vec::new();
    for item in items.unwrap_or(std::slice::from_ref(value)) {
        let name = item.as_str().ok_or_else(|| wrong_kind(one, item))?;
        names.extend(expressions(name, subject.now)?);
    }
    Ok(names)
}

fn wrong_kind(name: &str, value: &Value<'_>) -> ElasticError {
    let text = format!("[{name}] doesn't support values of type: {}", value.token());
    ElasticError::x_content_parse(value.location, text)
}

fn unknown_field(parser: &str, field: &Field<'_>) -> ElasticError {
    ElasticError::x_content_parse(field.location, format!("[{parser}] unknown field [{}]", field.name))
}
