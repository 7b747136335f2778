//! Writes: `_bulk`, and the requests that write one document.

use std::sync::Arc;
use std::time::Instant;

use http::header::{HeaderValue, LOCATION};
use keyward_rest::error::ElasticError;
use keyward_rest::params::Refresh;
use keyward_rest::reply::{Payload, Reply};
use serde_json::{Map, Value, json};

use super::write::{Done, carry_out, item_of};
use super::{Outcome, Request, targets};
use crate::error::document_error;
use crate::index::Index;
use crate::log::Batch;

const PARAMS: &[&str] = &[
    "refresh",
    "timeout",
    "wait_for_active_shards",
    "require_alias",
    "require_data_stream",
    "list_executed_pipelines",
    "pipeline",
    "routing",
    "index",
    "include_source_on_error",
];

/// The parameters of requests that write one document, beside those of `_bulk`.
const SINGLE: &[&str] = &["op_type", "version", "version_type", "if_seq_no", "if_primary_term", "retry_on_conflict"];

/// `_bulk`
pub(super) fn bulk(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    let started = Instant::now();
    request.honours(PARAMS)?;
    let refresh = common(request)?;
    let mut items: Vec<Value> = Vec::with_capacity(request.call.items.len());
    let mut errors = false;
    let mut after = After::default();
    for item in &request.call.items {
        let keyword = item_of(item)?.keyword;
        let shown = match carry_out(request, item) {
            Ok(done) => {
                after.note(&done);
                let mut shown = done.to_json(refresh == Refresh::True);
                shown.insert("status".to_owned(), done.status().as_u16().into());
                shown
            }
            Err(failed) => {
                errors = true;
                let status = failed.error.status().as_u16();
                let mut shown = Map::new();
                shown.insert("_index".to_owned(), failed.index.into());
                shown.insert("_id".to_owned(), failed.id.into());
                shown.insert("status".to_owned(), status.into());
                shown.insert("error".to_owned(), failed.error.cause().to_json());
                shown
            }
        };
        let mut wrapped = Map::new();
        wrapped.insert(keyword.to_owned(), Value::Object(shown));
        items.push(Value::Object(wrapped));
    }
    let visible = after.refresh(request, refresh)?;
    let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let reply = Reply::ok(json!({ "errors": errors, "took": took, "items": items }));
    Ok(Outcome { reply, durable: after.batch, visible })
}

/// `PUT|POST /{index}/_doc/{id}`, `POST /{index}/_doc`, `/{index}/_create/{id}`, `DELETE /{index}/_doc/{id}` and
/// `POST /{index}/_update/{id}`
pub(super) fn single(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[PARAMS, SINGLE].concat())?;
    let refresh = common(request)?;
    let [item] = request.call.items.as_slice() else {
        return Err(ElasticError::internal("a write of one document has another number of items than one"));
    };
    let done = carry_out(request, item).map_err(|failed| failed.error)?;
    let mut after = After::default();
    after.note(&done);
    let visible = after.refresh(request, refresh)?;
    let mut reply = Reply::json(done.status(), Value::Object(done.to_json(refresh == Refresh::True)));
    if reply.status == http::StatusCode::CREATED {
        let location = format!("/{}/_doc/{}", percent_encoded(&done.index.name), percent_encoded(&done.id));
        reply.headers.extend(HeaderValue::from_str(&location).ok().map(|location| (LOCATION, location)));
    }
    debug_assert!(matches!(reply.payload, Payload::Json(_)));
    Ok(Outcome { reply, durable: after.batch, visible })
}

/// Reads the parameters that all writes have.
fn common(request: &Request<'_>) -> Result<Refresh, ElasticError> {
    targets::check_times(&request.call.call.params)?;
    // There is one copy of each shard, and it is there.
    request.only("wait_for_active_shards", &["0", "1"])?;
    request.flag("include_source_on_error", true)?;
    Ok(request.call.call.params.refresh()?.unwrap_or(Refresh::False))
}

/// What is to be done when all is written.
#[derive(Default)]
struct After {
    batch: Option<Batch>,
    /// The written indices, each with the number after its last operation.
    written: Vec<(Arc<Index>, u64)>,
}

impl After {
    fn note(&mut self, done: &Done) {
        self.batch = done.batch().max(self.batch);
        if done.written.batch.is_none() {
            return;
        }
        let next = done.written.stamp.seq_no.saturating_add(1);
        match self.written.iter_mut().find(|(index, _)| index.id == done.index.id) {
            Some((_, highest)) => *highest = next.max(*highest),
            None => self.written.push((Arc::clone(&done.index), next)),
        }
    }

    /// Refreshes at once, or says what has to be waited for.
    fn refresh(&mut self, request: &Request<'_>, refresh: Refresh) -> Result<Vec<(Arc<Index>, u64)>, ElasticError> {
        match refresh {
            Refresh::False => Ok(Vec::new()),
            Refresh::WaitFor => Ok(std::mem::take(&mut self.written)),
            Refresh::True => {
                for (index, below) in self.written.drain(..) {
                    if !index.is_visible(below) {
                        match index.refresh(request.indices.log()) {
                            // Deleted by someone else after it was written.
                            Ok(()) | Err(crate::index::IndexError::Gone(_)) => {}
                            Err(error) => return Err(document_error(error, &index)),
                        }
                    }
                }
                Ok(Vec::new())
            }
        }
    }
}

/// A part of a path.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
