//! Many documents by their ids.

use std::sync::Arc;

use http::StatusCode;
use keyward_engine::CallItem;
use keyward_rest::documents::DocumentItem;
use keyward_rest::error::{Cause, ElasticError};
use keyward_rest::reply::Reply;
use keyward_rest::requirements::ItemKind;
use keyward_xcontent::{Limits, Value};

use super::get::document;
use super::json::RawObject;
use super::source::SourceFilter;
use super::{Outcome, Request, targets};
use crate::catalogue::Catalogue;
use crate::error::document_error;
use crate::index::Index;

/// `_mget`
pub(super) fn mget(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[
        "_source",
        "_source_includes",
        "_source_excludes",
        "preference",
        "realtime",
        "refresh",
        "force_synthetic_source",
        "index",
    ])?;
    request.only("force_synthetic_source", &["false"])?;
    let default = SourceFilter::from_params(&request.call.call.params);
    let realtime = request.flag("realtime", true)?;
    let refresh = request.flag("refresh", false)?;
    let catalogue = Arc::clone(&request.indices.catalogue());
    let mut refreshed: Vec<Arc<Index>> = Vec::new();
    let mut documents: Vec<Vec<u8>> = Vec::with_capacity(request.call.items.len());
    for item in &request.call.items {
        let ItemKind::Document(wanted) = &item.item.kind else {
            return Err(ElasticError::internal("an item of a multi-get is no document"));
        };
        let filter = filter(request, wanted, &default)?;
        if refresh
            && let Ok(index) = targets::single(&item.permit, &catalogue)
            && !refreshed.iter().any(|done| done.id == index.id)
        {
            index.refresh(request.indices.log()).map_err(|error| document_error(error, &index))?;
            refreshed.push(index);
        }
        documents.push(one(&catalogue, item, wanted, realtime, &filter));
    }
    let body = [b"{\"docs\":[".as_slice(), &documents.join(&b','), b"]}"].concat();
    Ok(Reply::raw(StatusCode::OK, body).into())
}

fn one(
    catalogue: &Catalogue,
    item: &CallItem,
    wanted: &DocumentItem,
    realtime: bool,
    filter: &SourceFilter,
) -> Vec<u8> {
    let id = wanted.id.as_deref().unwrap_or_default();
    let failed = |name: &str, error: ElasticError| {
        let error = error.to_json().and_then(|body| body.get("error").cloned()).unwrap_or_default();
        RawObject::new().field("_index", name).field("_id", id).field("error", error).finish()
    };
    let name = item.permit.targets().first().map_or(wanted.index.as_str(), |target| &**target.name());
    let index = match targets::single(&item.permit, catalogue) {
        Ok(index) => index,
        Err(error) => return failed(name, error),
    };
    match index.get(id, realtime) {
        Ok(Some(found)) => document(&index, id, &found, filter),
        Ok(None) => RawObject::new().field("_index", &*index.name).field("_id", id).field("found", false).finish(),
        Err(error) => failed(&index.name, document_error(error, &index)),
    }
}

/// What an element says about its source; refuses what is not supported in it.
fn filter(request: &Request<'_>, wanted: &DocumentItem, default: &SourceFilter) -> Result<SourceFilter, ElasticError> {
    if wanted.routing.is_some() {
        return Err(ElasticError::unsupported_construct("[routing] of a document is not supported"));
    }
    let Some(element) = wanted.element.clone().and_then(|range| request.body.get(range)) else {
        return Ok(default.clone());
    };
    let value: Value<'_> = keyward_xcontent::parse(element, Limits::default()).map_err(|error| Cause::from(&error))?;
    let mut filter = default.clone();
    for field in value.as_object().into_iter().flatten() {
        match field.name.as_ref() {
            "_index" | "_id" => {}
            "_source" => filter = SourceFilter::from_value(&field.value)?,
            other => {
                return Err(ElasticError::unsupported_construct(format!("[{other}] of a document is not supported")));
            }
        }
    }
    Ok(filter)
}
