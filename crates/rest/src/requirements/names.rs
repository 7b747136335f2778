//! The names of a call by their role, from the places that its row gives.

use keyward_security::time::Timestamp;
use keyward_xcontent::Value;

use crate::catalog::source::{Names, Part, Place};
use crate::error::ElasticError;
use crate::query_text;
use crate::requirements::{NameRole, Opaque, OpaqueKind, Subject};
use crate::targets::{exact_name, expression, expressions};

/// The names of a call.
#[derive(Debug, Default)]
pub(super) struct CallNames {
    pub(super) by_role: Vec<(NameRole, Vec<String>)>,
    pub(super) opaque: Vec<Opaque>,
    /// The query text asks the catalogue.
    pub(super) is_catalog: bool,
    /// The body continues an earlier request by a cursor.
    pub(super) is_continuation: bool,
}

impl CallNames {
    /// The names of a role.
    pub(super) fn of(&self, role: NameRole) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (_, more) in self.by_role.iter().filter(|(own, _)| *own == role) {
            names.extend(more.iter().filter(|name| !names.contains(name)).cloned().collect::<Vec<_>>());
        }
        names
    }

    /// The names that a write goes to.
    pub(super) fn written(&self) -> (NameRole, Vec<String>) {
        let role = if self.has(NameRole::Dest) { NameRole::Dest } else { NameRole::Main };
        (role, self.of(role))
    }

    pub(super) fn has(&self, role: NameRole) -> bool {
        self.by_role.iter().any(|(own, names)| *own == role && !names.is_empty())
    }

    fn add(&mut self, role: NameRole, names: Vec<String>) {
        if !names.is_empty() {
            self.by_role.push((role, names));
        }
    }
}

/// Collects the names of a call.
pub(super) fn collect(subject: &Subject<'_>) -> Result<CallNames, ElasticError> {
    let mut found = CallNames::default();
    for part in &subject.call.endpoint.index_source.parts {
        for place in &part.places {
            if look(subject, part, *place, &mut found)? {
                break;
            }
        }
    }
    one_or_the_other(subject, &found)?;
    Ok(found)
}

/// Looks at one place; says whether it holds something.
fn look(subject: &Subject<'_>, part: &Part, place: Place, found: &mut CallNames) -> Result<bool, ElasticError> {
    let role = role(part, place);
    let names = match place {
        Place::Path(name) => match subject.call.path.get(name) {
            Some(list) if is_exact(subject.api(), name) => vec![exact_name(list, action(subject), subject.now)?],
            Some(list) => expressions(list, subject.now)?,
            None => Vec::new(),
        },
        Place::Query(name) => match subject.call.params.get(name) {
            Some(list) if !list.is_empty() => expressions(list, subject.now)?,
            _ => Vec::new(),
        },
        Place::All if expands(subject) => vec!["*".to_owned()],
        Place::All => vec!["_all".to_owned()],
        Place::Fixed(pattern) => vec![pattern.to_owned()],
        // What a stored object names cannot be known here: it stands for everything.
        Place::Stored(_) => vec!["*".to_owned()],
        Place::Nothing => return Ok(true),
        Place::Body("aliases") => super::aliases::created(subject)?,
        Place::Body("actions") => return Ok(true),
        Place::Body(path) => {
            // In a list of operations each names its kind by a key: `actions[].add.index`.
            let under_kind = path.starts_with("actions.") || path.starts_with("commands.");
            subject.body.map_or(Ok(Vec::new()), |body| at(body, path, under_kind, subject.now))?
        }
        Place::PointInTime => {
            let id = subject.field("pit").and_then(|pit| pit.get("id")).and_then(Value::as_str);
            return Ok(id.is_some_and(|id| opaque(found, OpaqueKind::PointInTime, id)));
        }
        Place::Opaque(kind) => return opaque_ids(subject, kind, found),
        Place::QueryText(language) => return query_text(subject, language, found),
        // Items are collected elsewhere; the places after it are their default.
        Place::BulkLines | Place::SearchLines => return Ok(true),
    };
    let holds = !names.is_empty();
    if part.names != Names::Remote {
        found.add(role, names);
    }
    Ok(holds)
}

fn action(subject: &Subject<'_>) -> &'static str {
    subject.call.endpoint.actions.main_action().unwrap_or("indices:data/read/get")
}

fn expands(subject: &Subject<'_>) -> bool {
    subject.call.params.get("expand_wildcards").is_none_or(|words| words != "none")
}

fn role(part: &Part, place: Place) -> NameRole {
    match (part.names, place) {
        (Names::Aliases, _) => NameRole::Alias,
        (_, Place::Body(path)) if path.starts_with("source.") || path.ends_with(".source.index") => NameRole::Source,
        (_, Place::Body(path)) if path.starts_with("dest.") => NameRole::Dest,
        (_, Place::Path("target" | "target_index" | "new_index" | "dest")) => NameRole::Dest,
        _ => NameRole::Main,
    }
}

/// Whether a placeholder takes one exact name only.
fn is_exact(api: &str, placeholder: &str) -> bool {
    match placeholder {
        "target" | "target_index" | "new_index" | "dest" => true,
        "index" => matches!(
            api,
            "index"
                | "create"
                | "get"
                | "exists"
                | "get_source"
                | "exists_source"
                | "delete"
                | "update"
                | "explain"
                | "termvectors"
                | "indices.create"
                | "indices.clone"
                | "indices.shrink"
                | "indices.split"
                | "indices.downsample"
                | "bulk"
        ),
        "alias" => api == "indices.rollover",
        "name" => matches!(api, "indices.create_data_stream" | "indices.promote_data_stream"),
        _ => false,
    }
}

fn opaque(found: &mut CallNames, kind: OpaqueKind, id: &str) -> bool {
    found.opaque.push(Opaque { kind, id: id.to_owned() });
    true
}

fn opaque_ids(subject: &Subject<'_>, kind: &str, found: &mut CallNames) -> Result<bool, ElasticError> {
    let (kind, key) = match kind {
        "scroll_id" => (OpaqueKind::Scroll, "scroll_id"),
        "pit_id" => (OpaqueKind::PointInTime, "id"),
        "cursor" => (OpaqueKind::Cursor, "cursor"),
        _ => (OpaqueKind::Async, "id"),
    };
    if let Some(id) = subject.call.path.get(key) {
        for id in id.split(',') {
            opaque(found, kind, id);
        }
    }
    if let Some(id) = subject.call.params.get(key) {
        for id in id.split(',') {
            opaque(found, kind, id);
        }
    }
    let Some(value) = subject.field(key) else { return Ok(true) };
    for item in value.as_array().unwrap_or(std::slice::from_ref(value)) {
        let id = item.as_str().ok_or_else(|| {
            ElasticError::illegal_argument(format!("{key} has to be a string, but found [{}]", item.token()))
        })?;
        opaque(found, kind, id);
    }
    Ok(true)
}

fn query_text(subject: &Subject<'_>, language: &str, found: &mut CallNames) -> Result<bool, ElasticError> {
    let cursor = subject.field("cursor").and_then(Value::as_str).filter(|cursor| !cursor.is_empty());
    let text = subject.field("query").or_else(|| subject.field("statement"));
    if let (Some(cursor), None) = (cursor, text) {
        found.is_continuation = true;
        return Ok(opaque(found, OpaqueKind::Cursor, cursor));
    }
    let text = match (text, subject.call.params.get("query")) {
        (Some(text), _) => text.as_str().ok_or_else(|| ElasticError::illegal_argument("[query] has to be a string"))?,
        (None, Some(text)) => text,
        (None, None) => return Ok(false),
    };
    let names = query_text::names(language, text);
    found.add(
        NameRole::Main,
        names.indices.into_iter().map(|name| expression(&name, subject.now)).collect::<Result<_, _>>()?,
    );
    for policy in names.policies {
        opaque(found, OpaqueKind::EnrichPolicy, &policy);
    }
    found.is_catalog = names.is_catalog;
    Ok(true)
}

/// The names at a JSON path. Arrays on the way are gone through; a string may hold a list. With `under_kind` one key,
/// whatever it is, may stand before the last.
fn at(body: &Value<'_>, path: &str, under_kind: bool, now: Timestamp) -> Result<Vec<String>, ElasticError> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let mut names = Vec::new();
    for value in each(body) {
        let Some(object) = value.as_object() else { continue };
        let mut below: Vec<&Value<'_>> = object.get(first).into_iter().collect();
        if under_kind && rest.is_none() {
            below.extend(object.iter().filter_map(|field| field.value.get(first)));
        }
        for value in below {
            match rest {
                Some(rest) => names.extend(at(value, rest, under_kind, now)?),
                None => {
                    for leaf in each(value) {
                        let list = leaf.as_str().ok_or_else(|| {
                            let text = format!(
                                "[{path}] has to be a string or an array of strings, but found [{}]",
                                leaf.token()
                            );
                            ElasticError::parsing(leaf.location.line, leaf.location.column, text)
                        })?;
                        names.extend(expressions(list, now)?);
                    }
                }
            }
        }
    }
    Ok(names)
}

fn each<'v, 'a>(value: &'v Value<'a>) -> &'v [Value<'a>] {
    value.as_array().unwrap_or(std::slice::from_ref(value))
}

/// Refuses requests that give names in two ways which exclude each other.
fn one_or_the_other(subject: &Subject<'_>, found: &CallNames) -> Result<(), ElasticError> {
    let api = subject.api();
    let is_search = matches!(api, "search" | "async_search.submit");
    if is_search && subject.field("pit").is_some() && found.has(NameRole::Main) {
        let given = subject.call.path.get("index").is_some() || subject.call.params.contains("index");
        if given || !found.opaque.is_empty() {
            return Err(ElasticError::validation(["[indices] cannot be used with point in time"]));
        }
        return Err(ElasticError::illegal_argument("[pit] needs an [id]"));
    }
    let is_named = !matches!(api, "server.delete_index_root" | "server.close_alt" | "server.open_alt");
    if !is_named && !found.has(NameRole::Main) {
        return Err(ElasticError::validation(["index / indices is missing"]));
    }
    let is_alias = matches!(api, "indices.put_alias" | "server.put_alias_alt");
    for (placeholder, key) in [("index", "index"), ("name", "alias")] {
        if is_alias && subject.call.path.get(placeholder).is_some() && subject.field(key).is_some() {
            let text = format!("[{key}] in the body is not supported beside the one in the path");
            return Err(ElasticError::unsupported_construct(text));
        }
    }
    Ok(())
}
