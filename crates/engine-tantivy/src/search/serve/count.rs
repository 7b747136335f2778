//! `_count` and `_validate/query`.

use keyward_query::body::TrackTotalHits;
use keyward_query::{Query, SearchBody};
use keyward_rest::error::ElasticError;
use keyward_rest::reply::Reply;
use serde_json::json;

use super::super::execute::count_hits;
use super::super::execute::shown_shards;
use super::{DIVISION, QUERY, read_query, snapshots};
use crate::api::targets::EXPANSION;
use crate::api::{Outcome, Request};

/// `GET /{index}/_count`
pub(crate) fn count(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    let own = &["index", "min_score", "source", "source_content_type", "terminate_after", "_slice"];
    request.honours(&[EXPANSION, DIVISION, QUERY, own].concat())?;
    for name in ["terminate_after", "_slice"] {
        if request.param(name).is_some_and(|value| value != "0") {
            return Err(ElasticError::unsupported_construct(format!("query parameter [{name}] is not supported")));
        }
    }
    let min_score = request.call.call.params.float("min_score")?;
    let body = SearchBody {
        query: read_query(request)?,
        size: 0,
        min_score: min_score.map(super::super::values::single),
        track_total_hits: TrackTotalHits::Exactly,
        ..SearchBody::default()
    };
    let snapshots = snapshots(request)?;
    let (count, failures) = count_hits(&snapshots, &body, request.call.now.as_millis())?;
    let shards = shown_shards(snapshots.len(), failures)?;
    Ok(Reply::ok(json!({ "count": count, "_shards": shards })).into())
}

/// `GET /{index}/_validate/query`
pub(crate) fn validate(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    let own = &["index", "source", "source_content_type", "explain", "rewrite", "all_shards"];
    request.honours(&[EXPANSION, DIVISION, QUERY, own].concat())?;
    for name in ["explain", "rewrite"] {
        if request.flag(name, false)? {
            return Err(ElasticError::unsupported_construct(format!("query parameter [{name}] is not supported")));
        }
    }
    let snapshots = snapshots(request)?;
    let valid = match read_query(request) {
        Ok(query) => {
            let query = Some(query.unwrap_or_else(Query::match_all));
            let body = SearchBody { query, size: 0, ..SearchBody::default() };
            match count_hits(&snapshots, &body, request.call.now.as_millis()) {
                Ok((_, failures)) => failures.is_empty(),
                Err(error) if error.status().is_client_error() => false,
                Err(error) => return Err(error),
            }
        }
        Err(_) => false,
    };
    let shards = json!({ "total": 1, "successful": 1, "failed": 0 });
    Ok(Reply::ok(json!({ "_shards": shards, "valid": valid })).into())
}
