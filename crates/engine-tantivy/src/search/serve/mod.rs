//! The calls that searches come as: from parameters, bodies and permits to what is searched, and to the answer.

mod count;
mod field_caps;
mod multi;

use http::StatusCode;
use keyward_query::body::{Parameters, apply_parameters, parse_search_body, query_of_parameters};
use keyward_query::{Query, SearchBody, parse_query};
use keyward_rest::error::ElasticError;
use keyward_rest::params::Params;
use keyward_rest::reply::Reply;
use keyward_xcontent::{Limits, parse};

pub(crate) use count::{count, validate};
pub(crate) use field_caps::field_caps;
pub(crate) use multi::msearch;

use super::execute::{Form, search as execute};
use super::failure::{parse_failure, syntax_failure};
use crate::api::targets::{EXPANSION, indices};
use crate::api::{Outcome, Request};
use crate::snapshot::IndexSnapshot;

/// The parameters that say where a search runs and how its work is divided; the answer is the same whatever they say.
const DIVISION: &[&str] = &[
    "allow_partial_search_results",
    "batched_reduce_size",
    "ccs_minimize_roundtrips",
    "ignore_throttled",
    "max_concurrent_shard_requests",
    "pre_filter_shard_size",
    "preference",
    "request_cache",
    "stats",
];

/// The parameters that `apply_parameters` reads or refuses.
const SEARCH: &[&str] = &[
    "_source",
    "_source_excludes",
    "_source_includes",
    "docvalue_fields",
    "explain",
    "force_synthetic_source",
    "from",
    "include_named_queries_score",
    "index",
    "rest_total_hits_as_int",
    "scroll",
    "search_type",
    "seq_no_primary_term",
    "size",
    "sort",
    "source",
    "source_content_type",
    "stored_fields",
    "suggest_field",
    "suggest_mode",
    "suggest_size",
    "suggest_text",
    "_slice",
    "terminate_after",
    "timeout",
    "track_scores",
    "track_total_hits",
    "typed_keys",
    "version",
];

/// The parameters of a query in the parameter `q`.
const QUERY: &[&str] = &["analyze_wildcard", "analyzer", "default_operator", "df", "lenient", "q"];

struct Given<'p>(&'p Params);

impl Parameters for Given<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }
}

/// `GET /{index}/_search`
pub(crate) fn search(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[EXPANSION, DIVISION, SEARCH, QUERY].concat())?;
    let params = &request.call.call.params;
    let mut body = read_body(body_of(request))?;
    let form = form(params, &mut body)?;
    apply_parameters(&mut body, &Given(params)).map_err(|error| parse_failure(&error))?;
    let answer = execute(&snapshots(request)?, &body, form, request.call.now.as_millis())?;
    let text = serde_json::to_vec(&answer).map_err(ElasticError::internal)?;
    Ok(Reply::raw(StatusCode::OK, text).into())
}

/// The form of the answer. A total that is to be a number has to be exact.
fn form(params: &Params, body: &mut SearchBody) -> Result<Form, ElasticError> {
    use keyward_query::body::TrackTotalHits::{Exactly, UpTo};
    let form = Form {
        total_as_int: params.bool_or("rest_total_hits_as_int", false)?,
        typed_keys: params.bool_or("typed_keys", false)?,
    };
    if form.total_as_int {
        body.track_total_hits = match body.track_total_hits {
            UpTo(10_000) => Exactly,
            UpTo(bound) => {
                return Err(ElasticError::illegal_argument(format!(
                    "[rest_total_hits_as_int] cannot be used if the tracking of total hits is not accurate, got {bound}"
                )));
            }
            other => other,
        };
    }
    Ok(form)
}

/// The body of a request, or the parameter that stands for it.
fn body_of<'r>(request: &Request<'r>) -> &'r [u8] {
    match request.param("source") {
        Some(source) if request.body.is_empty() => source.as_bytes(),
        _ => request.body,
    }
}

/// The body of a search; without one everything is found.
fn read_body(bytes: &[u8]) -> Result<SearchBody, ElasticError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(SearchBody::default());
    }
    let value = parse(bytes, Limits::default()).map_err(syntax_failure)?;
    parse_search_body(&value).map_err(|error| parse_failure(&error))
}

/// The query of a request whose body has only that.
fn read_query(request: &Request<'_>) -> Result<Option<Query>, ElasticError> {
    let bytes = body_of(request);
    let mut query = None;
    if !bytes.iter().all(u8::is_ascii_whitespace) {
        let value = parse(bytes, Limits::default()).map_err(syntax_failure)?;
        let object = value.as_object().ok_or_else(|| {
            ElasticError::parsing(
                value.location.line,
                value.location.column,
                format!("Expected [START_OBJECT] but found [{}]", value.token()),
            )
        })?;
        for field in object {
            if field.name != "query" {
                return Err(ElasticError::parsing(
                    field.location.line,
                    field.location.column,
                    format!("request does not support [{}]", field.name),
                ));
            }
            query = Some(parse_query(&field.value).map_err(|error| parse_failure(&error))?);
        }
    }
    let given = query_of_parameters(&Given(&request.call.call.params)).map_err(|error| parse_failure(&error))?;
    Ok(given.or(query))
}

/// What is searched: the permit's indices, as they are now.
fn snapshots(request: &Request<'_>) -> Result<Vec<IndexSnapshot>, ElasticError> {
    let catalogue = request.indices.catalogue();
    Ok(indices(request, &catalogue)?.iter().map(|entry| entry.index.snapshot()).collect())
}
