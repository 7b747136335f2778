//! Aliases. A pair of index and alias is shown or changed only where both are permitted.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::StatusCode;
use keyward_rest::error::{Cause, ElasticError};
use keyward_rest::error_type::ErrorType;
use keyward_rest::reply::Reply;
use keyward_xcontent::{Object, Value};
use serde_json::{Map, json};

use super::indices::{acknowledged, parse};
use super::source::matches;
use super::targets::{EXPANSION, check_times, indices};
use super::{Outcome, Request};
use crate::catalogue::Entry;
use crate::indices::{AliasAction, ChangeError};
use crate::metadata::{Alias, Aliases};
use crate::names::check_alias_name;

/// The aliases of an index that the asker may see.
pub(super) fn of_entry(request: &Request<'_>, entry: &Entry) -> serde_json::Value {
    shown(entry.aliases.iter().filter(|(name, _)| request.call.aliases.contains(*name)))
}

fn shown<'a>(aliases: impl Iterator<Item = (&'a Arc<str>, &'a Alias)>) -> serde_json::Value {
    serde_json::Value::Object(aliases.map(|(name, alias)| (name.to_string(), alias.to_json())).collect())
}

/// The `aliases` of an index that is to be made.
pub(super) fn of_new_index(request: &Request<'_>, value: &Value<'_>) -> Result<Aliases, ElasticError> {
    let object = value.as_object().ok_or_else(|| ElasticError::parse("key [aliases] must be an object"))?;
    let mut aliases = Aliases::new();
    for field in object {
        let name = permitted(request, &field.name)?;
        let properties = match &field.value {
            value if value.is_null() => Alias::default(),
            value => properties(
                value.as_object().ok_or_else(|| ElasticError::parse(format!("alias [{name}] must be an object")))?,
                &[],
            )?,
        };
        aliases.insert(name, properties);
    }
    Ok(aliases)
}

/// An alias that is named outright: it must be among the permitted ones.
fn permitted(request: &Request<'_>, name: &str) -> Result<Arc<str>, ElasticError> {
    if name.starts_with('<') {
        return Err(ElasticError::unsupported_construct(format!(
            "date math in the alias name [{name}] is not supported"
        )));
    }
    check_alias_name(name).map_err(|error| ChangeError::AliasName { name: name.to_owned(), error })?;
    let found = request.call.aliases.iter().find(|alias| ***alias == *name);
    found.cloned().ok_or_else(|| ElasticError::internal("an alias was not decided about"))
}

/// What an alias is to be like; `also` are members that are read elsewhere.
fn properties(object: &Object<'_>, also: &[&str]) -> Result<Alias, ElasticError> {
    let mut alias = Alias::default();
    for field in object {
        let name = field.name.as_ref();
        let flag = || {
            field.value.as_lenient_bool().ok_or_else(|| {
                let text = format!("Unknown value for [{name}]: expected a boolean, found {}", field.value.token());
                ElasticError::x_content_parse(field.value.location, text)
            })
        };
        match name {
            "is_write_index" => alias.is_write_index = Some(flag()?),
            "is_hidden" => alias.is_hidden = Some(flag()?),
            "filter" | "routing" | "index_routing" | "search_routing" | "indexRouting" | "searchRouting"
            | "index-routing" | "search-routing" => {
                return Err(ElasticError::unsupported_construct(format!("[{name}] of an alias is not supported")));
            }
            name if also.contains(&name) => {}
            other => return Err(ElasticError::x_content_parse(field.location, format!("unknown field [{other}]"))),
        }
    }
    Ok(alias)
}

/// `GET _alias`
pub(super) fn get(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[EXPANSION, &["local", "master_timeout", "index"]].concat())?;
    let (found, missing) = find(request)?;
    if missing.is_empty() {
        return Ok(Reply::ok(found).into());
    }
    let text = match missing.as_slice() {
        [one] => format!("alias [{one}] missing"),
        several => format!("aliases [{}] missing", several.join(",")),
    };
    let mut body = Map::new();
    body.insert("error".to_owned(), text.into());
    body.insert("status".to_owned(), 404.into());
    body.extend(found);
    Ok(Reply::json(StatusCode::NOT_FOUND, body).into())
}

/// `HEAD _alias`
pub(super) fn exists(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[EXPANSION, &["local", "master_timeout", "index"]].concat())?;
    let (found, missing) = match find(request) {
        Ok(found) => found,
        Err(error) if error.status() == StatusCode::NOT_FOUND => return Ok(Reply::empty(StatusCode::NOT_FOUND).into()),
        Err(error) => return Err(error),
    };
    let is_there = !found.is_empty() && missing.is_empty();
    Ok(Reply::empty(if is_there { StatusCode::OK } else { StatusCode::NOT_FOUND }).into())
}

/// The indices with the wanted aliases, and the names that were asked for outright and are on none of them.
fn find(request: &Request<'_>) -> Result<(Map<String, serde_json::Value>, Vec<String>), ElasticError> {
    let catalogue = request.indices.catalogue();
    let patterns = request.call.call.path.list("name").map(every);
    let mut found = Map::new();
    let mut seen: Vec<&str> = Vec::new();
    let entries = indices(request, &catalogue)?;
    for entry in &entries {
        let visible = entry.aliases.iter().filter(|(name, _)| {
            request.call.aliases.contains(*name) && patterns.as_ref().is_none_or(|patterns| wants(patterns, name))
        });
        let visible: Vec<(&Arc<str>, &Alias)> = visible.collect();
        seen.extend(visible.iter().map(|(name, _)| &***name));
        if patterns.is_none() || !visible.is_empty() {
            let aliases = shown(visible.into_iter());
            found.insert(entry.index.name.to_string(), json!({ "aliases": aliases }));
        }
    }
    let is_outright = |name: &&str| !name.contains('*') && !name.starts_with('-');
    let mut missing: Vec<String> = patterns
        .iter()
        .flatten()
        .filter(|name| is_outright(name) && !seen.contains(name))
        .map(|name| (*name).to_owned())
        .collect();
    missing.sort_unstable();
    Ok((found, missing))
}

fn every(names: Vec<&str>) -> Vec<&str> {
    names.into_iter().map(|name| if name == "_all" { "*" } else { name }).collect()
}

/// Whether a list of patterns, in which later ones with a minus take away, wants a name.
fn wants(patterns: &[&str], name: &str) -> bool {
    let mut is_wanted = false;
    let mut after_wildcard = false;
    for pattern in patterns {
        match pattern.strip_prefix('-').filter(|_| after_wildcard) {
            Some(excluded) => is_wanted = is_wanted && !matches(excluded, name),
            None => is_wanted = is_wanted || matches(pattern, name),
        }
        after_wildcard = after_wildcard || pattern.contains('*');
    }
    is_wanted
}

/// `PUT /{index}/_alias/{name}` and its older forms.
pub(super) fn put(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[EXPANSION, &["timeout", "master_timeout", "index"]].concat())?;
    check_times(&request.call.call.params)?;
    let value = if request.body.is_empty() { None } else { Some(parse(request.body)?) };
    let object = match &value {
        None => None,
        Some(value) => Some(value.as_object().ok_or_else(|| {
            ElasticError::illegal_argument(format!("[alias] doesn't support values of type: {}", value.token()))
        })?),
    };
    let properties = object.map(|object| properties(object, &["alias", "index"])).transpose()?.unwrap_or_default();
    let in_body = object.and_then(|object| object.get("alias")).and_then(Value::as_str);
    let name = request.call.call.path.get("name").or(in_body);
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Err(ElasticError::validation(["[alias] can't be empty string"]));
    };
    let alias = permitted(request, name)?;
    let catalogue = Arc::clone(&request.indices.catalogue());
    let actions: Vec<AliasAction> = indices(request, &catalogue)?
        .into_iter()
        .map(|entry| AliasAction::Add { index: Arc::clone(&entry.index.name), alias: Arc::clone(&alias), properties })
        .collect();
    let batch = request.indices.update_aliases(&actions)?;
    Ok(Outcome::durable_at(acknowledged(), batch))
}

/// `DELETE /{index}/_alias/{name}`
pub(super) fn delete(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&["timeout", "master_timeout"])?;
    check_times(&request.call.call.params)?;
    let patterns = every(request.call.call.path.list("name").unwrap_or_default());
    let catalogue = Arc::clone(&request.indices.catalogue());
    let mut actions = Vec::new();
    for entry in indices(request, &catalogue)? {
        remove(request, &entry, &patterns, &mut actions);
    }
    if actions.is_empty() {
        return Err(missing(&patterns));
    }
    let batch = request.indices.update_aliases(&actions)?;
    Ok(Outcome::durable_at(acknowledged(), batch))
}

fn remove(request: &Request<'_>, entry: &Entry, patterns: &[&str], actions: &mut Vec<AliasAction>) {
    let aliases = entry.aliases.keys();
    let aliases = aliases.filter(|name| request.call.aliases.contains(*name) && wants(patterns, name));
    actions.extend(
        aliases.map(|alias| AliasAction::Remove { index: Arc::clone(&entry.index.name), alias: Arc::clone(alias) }),
    );
}

fn missing(names: &[&str]) -> ElasticError {
    let names = names.join(",");
    Cause::new(ErrorType::AliasesNotFound, format!("aliases [{names}] missing"))
        .with_extra("resource.type", "aliases")
        .with_extra("resource.id", names)
        .into()
}

/// `POST _aliases`
pub(super) fn update(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&["timeout", "master_timeout"])?;
    check_times(&request.call.call.params)?;
    let value = parse(request.body)?;
    let actions = value.get("actions").and_then(Value::as_array).unwrap_or_default();
    let catalogue = Arc::clone(&request.indices.catalogue());
    let mut steps: Vec<AliasAction> = Vec::new();
    for action in actions {
        let Some([field]) = action.as_object().map(Object::fields) else {
            return Err(ElasticError::illegal_argument("Too many operations declared on operation entry"));
        };
        let parts = field.value.as_object().ok_or_else(|| {
            let text = format!("[{}] doesn't support values of type: {}", field.name, field.value.token());
            ElasticError::x_content_parse(field.value.location, text)
        })?;
        let names = names_of(parts, "index", "indices")?;
        let aliases = names_of(parts, "alias", "aliases")?;
        match field.name.as_ref() {
            "add" => {
                let properties = properties(parts, &["index", "indices", "alias", "aliases", "must_exist"])?;
                refuse_must_exist(parts, "add")?;
                for entry in entries_of(request, &catalogue.entries().collect::<Vec<_>>(), &names)? {
                    for alias in &aliases {
                        let (index, alias) = (Arc::clone(&entry.index.name), permitted(request, alias)?);
                        steps.push(AliasAction::Add { index, alias, properties });
                    }
                }
            }
            "remove" => {
                properties(parts, &["index", "indices", "alias", "aliases", "must_exist"])?;
                let before = steps.len();
                for entry in entries_of(request, &catalogue.entries().collect::<Vec<_>>(), &names)? {
                    remove(request, &entry, &every(aliases.clone()), &mut steps);
                }
                let must_exist = parts.get("must_exist").and_then(Value::as_lenient_bool);
                if steps.len() == before && must_exist != Some(false) {
                    return Err(missing(&aliases));
                }
            }
            "remove_index" => {
                refuse_must_exist(parts, "remove_index")?;
                if let Some(name) = names.iter().find(|name| name.contains('*') || **name == "_all") {
                    let text = format!("a wildcard in [remove_index] is not supported, found [{name}]");
                    return Err(ElasticError::unsupported_construct(text));
                }
                for entry in entries_of(request, &catalogue.entries().collect::<Vec<_>>(), &names)? {
                    steps.push(AliasAction::RemoveIndex { index: Arc::clone(&entry.index.name) });
                }
            }
            other => {
                return Err(ElasticError::x_content_parse(
                    field.location,
                    format!("[alias_action] unknown field [{other}]"),
                ));
            }
        }
    }
    let batch = request.indices.update_aliases(&steps)?;
    Ok(Outcome::durable_at(acknowledged(), batch))
}

fn refuse_must_exist(parts: &Object<'_>, action: &str) -> Result<(), ElasticError> {
    match parts.get("must_exist") {
        None => Ok(()),
        Some(_) => Err(ElasticError::unsupported_construct(format!("[must_exist] of [{action}] is not supported"))),
    }
}

fn names_of<'v>(parts: &'v Object<'_>, one: &str, many: &str) -> Result<Vec<&'v str>, ElasticError> {
    let value = parts.get(one).or_else(|| parts.get(many));
    let mut names = Vec::new();
    for item in value.into_iter().flat_map(|value| value.as_array().unwrap_or(std::slice::from_ref(value))) {
        let text = item.as_str().ok_or_else(|| {
            ElasticError::x_content_parse(
                item.location,
                format!("[{one}] doesn't support values of type: {}", item.token()),
            )
        })?;
        names.extend(text.split(',').map(str::trim).filter(|name| !name.is_empty()));
    }
    Ok(names)
}

/// The permitted indices that a list of expressions means.
fn entries_of(request: &Request<'_>, all: &[&Entry], names: &[&str]) -> Result<Vec<Entry>, ElasticError> {
    let concrete = request.permit.concrete();
    let names = every(names.to_vec());
    let mut entries = BTreeMap::new();
    for (position, name) in names.iter().enumerate() {
        if name.starts_with('<') {
            return Err(ElasticError::unsupported_construct(format!("date math in [{name}] is not supported")));
        }
        if name.contains('*') || (position > 0 && name.starts_with('-')) {
            continue;
        }
        // An alias may stand for its indices, where it may be changed under that name.
        let target = request.permit.targets().iter().find(|target| **target.name() == **name);
        let members: &[Arc<str>] = target.map(|target| target.concrete()).unwrap_or_default();
        if members.is_empty() {
            return Err(ElasticError::index_not_found(name));
        }
        for entry in all.iter().filter(|entry| members.contains(&entry.index.name)) {
            entries.insert(Arc::clone(&entry.index.name), (*entry).clone());
        }
    }
    for entry in all {
        let name = &entry.index.name;
        let by_wildcard = names.iter().any(|name| name.contains('*')) && wants(&names, name);
        if by_wildcard && concrete.contains(name) && !entry.index.settings().is_hidden() {
            entries.insert(Arc::clone(name), (*entry).clone());
        }
    }
    Ok(entries.into_values().collect())
}
