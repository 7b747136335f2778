//! `_msearch`: several searches, each with an answer or an error of its own.

use std::time::Instant;

use http::StatusCode;
use keyward_engine::CallItem;
use keyward_rest::error::ElasticError;
use keyward_rest::reply::Reply;
use keyward_rest::requirements::ItemKind;
use keyward_xcontent::{Limits, parse};
use serde::Serialize;
use serde_json::value::RawValue;

use super::super::execute::{Answer, search};
use super::super::failure::syntax_failure;
use super::{DIVISION, form, read_body};
use crate::api::targets::EXPANSION;
use crate::api::{Outcome, Request};

#[derive(Serialize)]
struct Answers {
    took: u64,
    responses: Vec<Box<RawValue>>,
}

#[derive(Serialize)]
struct Succeeded<'a> {
    #[serde(flatten)]
    answer: &'a Answer,
    status: u16,
}

/// `GET /{index}/_msearch`
pub(crate) fn msearch(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    let own = &[
        "index",
        "include_named_queries_score",
        "max_concurrent_searches",
        "rest_total_hits_as_int",
        "search_type",
        "typed_keys",
    ];
    request.honours(&[EXPANSION, DIVISION, own].concat())?;
    if request.flag("include_named_queries_score", false)? {
        return Err(ElasticError::unsupported_construct(
            "query parameter [include_named_queries_score] is not supported",
        ));
    }
    let begun = Instant::now();
    let mut responses = Vec::new();
    for item in &request.call.items {
        let text = match one(request, item) {
            Ok(answer) => serde_json::value::to_raw_value(&Succeeded { answer: &answer, status: 200 }),
            Err(error) => serde_json::value::to_raw_value(&error.to_json()),
        };
        responses.push(text.map_err(ElasticError::internal)?);
    }
    let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let text = serde_json::to_vec(&Answers { took, responses }).map_err(ElasticError::internal)?;
    Ok(Reply::raw(StatusCode::OK, text).into())
}

fn one(request: &Request<'_>, item: &CallItem) -> Result<Answer, ElasticError> {
    let ItemKind::Search(search_item) = &item.item.kind else {
        return Err(ElasticError::internal("an item of a multi search is no search"));
    };
    refuse_routing(request.body.get(search_item.header.clone()).unwrap_or_default())?;
    let mut body = read_body(request.body.get(search_item.body.clone()).unwrap_or_default())?;
    let form = form(&request.call.call.params, &mut body)?;
    let lenient = search_item.options.ignore_unavailable;
    if let Some(missing) = item.permit.missing()
        && !lenient
    {
        return Err(ElasticError::index_not_found(missing.name()));
    }
    let catalogue = request.indices.catalogue();
    let mut snapshots = Vec::new();
    for name in item.permit.concrete() {
        match catalogue.index(name) {
            Some(index) => snapshots.push(index.snapshot()),
            None if lenient => {}
            None => return Err(ElasticError::index_not_found(name)),
        }
    }
    search(&snapshots, &body, form, request.call.now.as_millis())
}

/// The keys of a header that would change what is found are refused.
fn refuse_routing(header: &[u8]) -> Result<(), ElasticError> {
    if header.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    let value = parse(header, Limits::default()).map_err(syntax_failure)?;
    match value.get("routing") {
        Some(routing) if !routing.is_null() => {
            Err(ElasticError::unsupported_construct("[routing] of a multi search is not supported"))
        }
        _ => Ok(()),
    }
}
