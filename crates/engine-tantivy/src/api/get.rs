//! One document by its id.

use http::StatusCode;
use keyward_rest::error::{Cause, ElasticError};
use keyward_rest::error_type::ErrorType;
use keyward_rest::reply::Reply;

use super::json::RawObject;
use super::source::SourceFilter;
use super::{Outcome, Request, targets};
use crate::error::document_error;
use crate::index::{Found, Index};

/// The parameters of all four.
const PARAMS: &[&str] = &[
    "_source",
    "_source_includes",
    "_source_excludes",
    "_source_exclude_vectors",
    "preference",
    "realtime",
    "refresh",
    "version",
    "version_type",
    "force_synthetic_source",
    "stored_fields",
];

/// `GET /{index}/_doc/{id}`
pub(super) fn get(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    let (index, id, found) = find(request)?;
    let Some(found) = found else {
        let missing = serde_json::json!({ "_index": &*index.name, "_id": id, "found": false });
        return Ok(Reply::json(StatusCode::NOT_FOUND, missing).into());
    };
    let filter = SourceFilter::from_params(&request.call.call.params);
    Ok(Reply::raw(StatusCode::OK, document(&index, id, &found, &filter)).into())
}

/// A document as `GET` and `_mget` show it.
pub(super) fn document(index: &Index, id: &str, found: &Found, filter: &SourceFilter) -> Vec<u8> {
    let object = RawObject::new()
        .field("_index", &*index.name)
        .field("_id", id)
        .field("_version", found.stamp.version)
        .field("_seq_no", found.stamp.seq_no)
        .field("_primary_term", found.stamp.primary_term)
        .field("found", true);
    match filter.apply(&found.source) {
        Some(source) => object.raw("_source", &source).finish(),
        None => object.finish(),
    }
}

/// `HEAD /{index}/_doc/{id}`
pub(super) fn exists(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    let (_, _, found) = find(request)?;
    Ok(Reply::empty(status(found.is_some())).into())
}

/// `GET /{index}/_source/{id}`
pub(super) fn get_source(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    let filter = SourceFilter::from_params(&request.call.call.params);
    if filter.apply(b"{}").is_none() {
        return Err(ElasticError::validation(["fetching source can not be disabled"]));
    }
    let (index, id, found) = find(request)?;
    let source = found.and_then(|found| filter.apply(&found.source));
    let source =
        source.ok_or_else(|| ElasticError::not_found(format!("Document not found [{}]/[{id}]", index.name)))?;
    Ok(Reply::raw(StatusCode::OK, source).into())
}

/// `HEAD /{index}/_source/{id}`
pub(super) fn exists_source(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    exists(request)
}

fn status(is_there: bool) -> StatusCode {
    if is_there { StatusCode::OK } else { StatusCode::NOT_FOUND }
}

fn find<'r>(request: &Request<'r>) -> Result<(std::sync::Arc<Index>, &'r str, Option<Found>), ElasticError> {
    request.honours(PARAMS)?;
    request.only("force_synthetic_source", &["false"])?;
    if request.param("stored_fields").is_some_and(|fields| !fields.is_empty()) {
        return Err(ElasticError::unsupported_construct("query parameter [stored_fields] is not supported"));
    }
    let id = request.call.call.path.get("id").unwrap_or_default();
    let catalogue = request.indices.catalogue();
    let index = targets::single(request.permit, &catalogue)?;
    if request.flag("refresh", false)? {
        index.refresh(request.indices.log()).map_err(|error| document_error(error, &index))?;
    }
    let realtime = request.flag("realtime", true)?;
    let found = index.get(id, realtime).map_err(|error| document_error(error, &index))?;
    if let Some(found) = &found {
        check_version(request, id, found)?;
    }
    Ok((index, id, found))
}

fn check_version(request: &Request<'_>, id: &str, found: &Found) -> Result<(), ElasticError> {
    let Some(wanted) = request.call.call.params.long("version")? else {
        return request.only("version_type", &["internal", "external", "external_gte"]);
    };
    let current = found.stamp.version;
    let is_same = u64::try_from(wanted).is_ok_and(|wanted| match request.param("version_type") {
        Some("external_gte") => current <= wanted,
        _ => current == wanted,
    });
    request.only("version_type", &["internal", "external", "external_gte"])?;
    if is_same {
        return Ok(());
    }
    let text =
        format!("[{id}]: version conflict, current version [{current}] is different than the one provided [{wanted}]");
    Err(Cause::new(ErrorType::VersionConflict, text).into())
}
