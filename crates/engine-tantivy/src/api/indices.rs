//! Indices: making, deleting and showing them.

use std::sync::Arc;

use http::StatusCode;
use keyward_rest::error::{Cause, ElasticError};
use keyward_rest::reply::Reply;
use keyward_security::index_names::NameKind;
use keyward_xcontent::{Limits, Value};
use serde_json::{Map, json};

use super::targets::{EXPANSION, check_times, indices, shards};
use super::{Outcome, Request, aliases, source};
use crate::catalogue::Entry;
use crate::error::document_error;
use crate::index::IndexError;
use crate::indices::NewIndex;
use crate::mapping::{Mapping, merge};
use crate::settings::Settings;

/// What indices say about the version that made them.
const VERSION_CREATED: &str = "9050000";

/// `PUT /{index}`
pub(super) fn create(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&["timeout", "master_timeout", "wait_for_active_shards"])?;
    check_times(&request.call.call.params)?;
    request.only("wait_for_active_shards", &["0", "1"])?;
    // The aliases in the body are targets, too, where the decision takes them so; the index is the first.
    let name = match request.permit.targets().first() {
        Some(target) => Arc::clone(target.name()),
        None => return Err(ElasticError::internal("an index is to be made without a name")),
    };
    let new = if request.body.is_empty() { NewIndex::default() } else { new_index(request)? };
    let (_, batch) = request.indices.create(&name, new, request.call.now.as_millis())?;
    let reply = Reply::ok(json!({ "acknowledged": true, "shards_acknowledged": true, "index": &*name }));
    Ok(Outcome::durable_at(reply, Some(batch)))
}

fn new_index(request: &Request<'_>) -> Result<NewIndex, ElasticError> {
    let value = parse(request.body)?;
    let object = value
        .as_object()
        .ok_or_else(|| ElasticError::parse(format!("expected an object but found [{}]", value.token())))?;
    let mut new = NewIndex::default();
    for field in object {
        match field.name.as_ref() {
            "settings" => {
                if field.value.as_object().is_none() {
                    return Err(ElasticError::parse("key [settings] must be an object"));
                }
                new.settings = Settings::parse(&field.value)?;
            }
            "mappings" => {
                if field.value.as_object().is_none() {
                    return Err(ElasticError::parse("key [mappings] must be an object"));
                }
                new.mapping = merge(&Mapping::default(), &Mapping::parse(&field.value)?)?;
            }
            "aliases" => new.aliases = aliases::of_new_index(request, &field.value)?,
            other => return Err(ElasticError::parse(format!("unknown key [{other}] for create index"))),
        }
    }
    Ok(new)
}

/// `DELETE /{index}`
pub(super) fn delete(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[EXPANSION, &["timeout", "master_timeout"]].concat())?;
    check_times(&request.call.call.params)?;
    let alias = request.permit.targets().iter().find(|target| target.kind() == Some(NameKind::Alias));
    if let Some(alias) = alias
        && !request.flag("ignore_unavailable", false)?
    {
        let name = alias.name();
        return Err(ElasticError::illegal_argument(format!(
            "The provided expression [{name}] matches an alias, specify the corresponding concrete indices instead."
        )));
    }
    let catalogue = Arc::clone(&request.indices.catalogue());
    let lenient = request.flag("ignore_unavailable", false)?;
    let mut names = Vec::new();
    for target in request.permit.targets() {
        match (target.kind(), catalogue.index(target.name())) {
            (Some(NameKind::Index), Some(_)) => names.push(Arc::clone(target.name())),
            _ if lenient => {}
            _ => return Err(ElasticError::index_not_found(target.name())),
        }
    }
    names.sort_unstable();
    names.dedup();
    let batch = request.indices.delete(&names)?;
    Ok(Outcome::durable_at(acknowledged(), batch))
}

/// `{"acknowledged":true}`
pub(super) fn acknowledged() -> Reply {
    Reply::ok(json!({ "acknowledged": true }))
}

/// `HEAD /{index}`
pub(super) fn exists(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[EXPANSION, &["local", "flat_settings", "include_defaults", "master_timeout"]].concat())?;
    let catalogue = request.indices.catalogue();
    let found = match indices(request, &catalogue) {
        Ok(found) => {
            !found.is_empty() || request.flag("allow_no_indices", true)? && request.permit.targets().is_empty()
        }
        Err(error) if error.status() == StatusCode::NOT_FOUND => false,
        Err(error) => return Err(error),
    };
    Ok(Reply::empty(if found { StatusCode::OK } else { StatusCode::NOT_FOUND }).into())
}

/// `GET /{index}`
pub(super) fn get(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(
        &[EXPANSION, &["local", "flat_settings", "include_defaults", "master_timeout", "features"]].concat(),
    )?;
    request.only("include_defaults", &["false"])?;
    let features: Vec<&str> =
        request.call.call.params.list("features").unwrap_or_else(|| vec!["aliases", "mappings", "settings"]);
    if let Some(other) = features.iter().find(|name| !["aliases", "mappings", "settings"].contains(name)) {
        return Err(ElasticError::illegal_argument(format!("No endpoint or operation is available at [{other}]")));
    }
    let flat = request.flag("flat_settings", false)?;
    let catalogue = request.indices.catalogue();
    let mut shown = Map::new();
    for entry in indices(request, &catalogue)? {
        let mut parts = Map::new();
        if features.contains(&"aliases") {
            parts.insert("aliases".to_owned(), aliases::of_entry(request, &entry));
        }
        if features.contains(&"mappings") {
            parts.insert("mappings".to_owned(), entry.index.mapping().to_json());
        }
        if features.contains(&"settings") {
            parts.insert("settings".to_owned(), settings_of(&entry, flat, &[]));
        }
        shown.insert(entry.index.name.to_string(), parts.into());
    }
    Ok(Reply::ok(shown).into())
}

/// `GET _mapping`
pub(super) fn get_mapping(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[EXPANSION, &["local", "master_timeout", "index"]].concat())?;
    let catalogue = request.indices.catalogue();
    let mut shown = Map::new();
    for entry in indices(request, &catalogue)? {
        shown.insert(entry.index.name.to_string(), json!({ "mappings": entry.index.mapping().to_json() }));
    }
    Ok(Reply::ok(shown).into())
}

/// `PUT _mapping`
pub(super) fn put_mapping(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[EXPANSION, &["timeout", "master_timeout", "write_index_only"]].concat())?;
    check_times(&request.call.call.params)?;
    request.only("write_index_only", &["false"])?;
    if request.body.is_empty() {
        return Err(ElasticError::validation(["mapping source is missing"]));
    }
    let newer = Mapping::parse(&parse(request.body)?)?;
    let catalogue = Arc::clone(&request.indices.catalogue());
    let entries = indices(request, &catalogue)?;
    // All or none: each is tried before any is changed.
    for entry in &entries {
        merge(&entry.index.mapping(), &newer)?;
    }
    let mut batch = None;
    for entry in &entries {
        let changed = entry.index.change_mapping::<MappingChangeError>(request.indices.log(), |mapping| {
            let merged = merge(mapping, &newer).map_err(|error| MappingChangeError::Refused(error.into()))?;
            Ok((merged != *mapping).then_some(merged))
        });
        batch = batch.max(changed.map_err(|error| match error {
            MappingChangeError::Refused(refusal) => refusal,
            MappingChangeError::Index(error) => document_error(error, &entry.index),
        })?);
    }
    Ok(Outcome::durable_at(acknowledged(), batch))
}

enum MappingChangeError {
    Refused(ElasticError),
    Index(IndexError),
}

impl From<IndexError> for MappingChangeError {
    fn from(error: IndexError) -> Self {
        Self::Index(error)
    }
}

/// `GET _settings`
pub(super) fn get_settings(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request
        .honours(&[EXPANSION, &["local", "flat_settings", "include_defaults", "master_timeout", "index"]].concat())?;
    request.only("include_defaults", &["false"])?;
    let flat = request.flag("flat_settings", false)?;
    let patterns: Vec<&str> = request.call.call.path.list("name").unwrap_or_default();
    let patterns: Vec<&str> = patterns.into_iter().map(|name| if name == "_all" { "*" } else { name }).collect();
    let catalogue = request.indices.catalogue();
    let mut shown = Map::new();
    for entry in indices(request, &catalogue)? {
        let settings = settings_of(&entry, flat, &patterns);
        if patterns.is_empty() || settings.as_object().is_some_and(|settings| !settings.is_empty()) {
            shown.insert(entry.index.name.to_string(), json!({ "settings": settings }));
        }
    }
    Ok(Reply::ok(shown).into())
}

/// `PUT _settings`: the few settings that there are and that can change.
pub(super) fn put_settings(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(
        &[EXPANSION, &["timeout", "master_timeout", "flat_settings", "preserve_existing", "reopen", "index"]].concat(),
    )?;
    check_times(&request.call.call.params)?;
    request.only("preserve_existing", &["false"])?;
    request.only("reopen", &["false"])?;
    let value = parse(request.body)?;
    // The settings may stand under a name of their own.
    let value = value.get("settings").unwrap_or(&value);
    let catalogue = Arc::clone(&request.indices.catalogue());
    let entries = indices(request, &catalogue)?;
    let batch =
        request.indices.update_settings(&entries, |settings| settings.updated(value).map_err(ElasticError::from))?;
    Ok(Outcome::durable_at(acknowledged(), batch))
}

/// `GET _mapping/field/{fields}`
pub(super) fn get_field_mapping(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[EXPANSION, &["include_defaults", "local", "index"]].concat())?;
    request.only("include_defaults", &["false"])?;
    let patterns = request.call.call.path.list("fields").unwrap_or_default();
    let catalogue = request.indices.catalogue();
    let mut shown = Map::new();
    for entry in indices(request, &catalogue)? {
        let mapping = entry.index.mapping();
        let fields = mapping.fields().into_iter().filter(|(path, _)| {
            let leaf = path.rsplit('.').next().unwrap_or(path);
            patterns.iter().any(|pattern| source::matches(pattern, path) || source::matches(pattern, leaf))
        });
        let fields: Map<String, serde_json::Value> = fields
            .map(|(path, field)| {
                let name = path.rsplit('.').next().unwrap_or(&path).to_owned();
                let shown = json!({ "full_name": path, "mapping": { name: field.to_json() } });
                (path, shown)
            })
            .collect();
        shown.insert(entry.index.name.to_string(), json!({ "mappings": fields }));
    }
    Ok(Reply::ok(shown).into())
}

/// The settings of an index as they are shown, those that match one of the patterns only.
fn settings_of(entry: &Entry, flat: bool, patterns: &[&str]) -> serde_json::Value {
    let index = &entry.index;
    let mut settings: Vec<(&str, String)> = vec![
        ("index.creation_date", index.created.to_string()),
        ("index.number_of_replicas", index.settings().replicas.to_string()),
        ("index.number_of_shards", index.settings().shards.to_string()),
        ("index.provided_name", index.name.to_string()),
        ("index.uuid", index.id.to_string()),
        ("index.version.created", VERSION_CREATED.to_owned()),
    ];
    if let Some(hidden) = index.settings().hidden {
        settings.insert(1, ("index.hidden", hidden.to_string()));
    }
    settings.retain(|(name, _)| patterns.is_empty() || patterns.iter().any(|pattern| source::matches(pattern, name)));
    let mut shown = Map::new();
    for (name, value) in settings {
        if flat {
            shown.insert(name.to_owned(), value.into());
            continue;
        }
        let mut object = &mut shown;
        let mut parts = name.split('.').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                object.insert(part.to_owned(), value.into());
                break;
            }
            let inner = object.entry(part.to_owned()).or_insert_with(|| json!({}));
            let Some(inner) = inner.as_object_mut() else { break };
            object = inner;
        }
    }
    shown.into()
}

/// `_refresh`
pub(super) fn refresh(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[EXPANSION, &["index"]].concat())?;
    refreshed(request)
}

/// `_flush`: what a refresh does here, since that already puts everything where it needs no log.
pub(super) fn flush(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[EXPANSION, &["index", "force", "wait_if_ongoing"]].concat())?;
    request.flag("force", false)?;
    request.flag("wait_if_ongoing", true)?;
    refreshed(request)
}

fn refreshed(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    let catalogue = Arc::clone(&request.indices.catalogue());
    let entries = indices(request, &catalogue)?;
    for entry in &entries {
        match entry.index.refresh(request.indices.log()) {
            Ok(()) | Err(IndexError::Gone(_)) => {}
            Err(error) => return Err(document_error(error, &entry.index)),
        }
    }
    Ok(Reply::ok(json!({ "_shards": shards(&entries) })).into())
}

/// Reads a body.
pub(super) fn parse(body: &[u8]) -> Result<Value<'_>, ElasticError> {
    keyward_xcontent::parse(body, Limits::default()).map_err(|error| ElasticError::from(Cause::from(&error)))
}
