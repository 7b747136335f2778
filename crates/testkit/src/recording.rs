//! An engine that runs nothing: it answers every call as if it had been carried out, and writes down how far its permit
//! went.
//!
//! Its answers list exactly the concrete indices of the permit, so that a client sees what was permitted. Its indices
//! have no mapping: every document with a field brings a new one, and needs the right to.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::StatusCode;
use keyward_engine::{BoxFuture, CallItem, DataCall, Engine, EngineError};
use keyward_rest::bulk::{BulkItem, BulkOperation};
use keyward_rest::requirements::ItemKind;
use keyward_rest::{Cause, ElasticError, Reply};
use keyward_security::decide::{Permit, Permitted};
use keyward_security::index_names::IndexNames;
use serde_json::{Value, json};

/// Calls about something that an earlier call left behind. This engine leaves nothing behind.
const STATEFUL: [&str; 9] = [
    "async_search.delete",
    "async_search.get",
    "async_search.status",
    "async_search.submit",
    "clear_scroll",
    "close_point_in_time",
    "open_point_in_time",
    "scroll",
    "tasks.get",
];

/// A call that was permitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The endpoint.
    pub api: String,
    /// The action of the permit of the whole.
    pub action: String,
    /// The concrete indices of the permits of the whole and of all items; a permitted name that does not exist stands
    /// for itself.
    pub indices: BTreeSet<String>,
}

/// An engine with given names that writes down what it is permitted.
#[derive(Debug)]
pub struct RecordingEngine {
    names: Arc<IndexNames>,
    calls: Mutex<Vec<Recorded>>,
    /// Documents that were written: index and id.
    written: Mutex<HashSet<(String, String)>>,
}

// === impl RecordingEngine ===

impl RecordingEngine {
    /// An engine with these names.
    pub fn new(names: IndexNames) -> Arc<Self> {
        Arc::new(Self { names: Arc::new(names), calls: Mutex::default(), written: Mutex::default() })
    }

    /// The calls so far, which are forgotten by this.
    pub fn take(&self) -> Vec<Recorded> {
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn answer(&self, call: &DataCall, permit: &Permit, body: &[u8]) -> Result<Reply, ElasticError> {
        if let Some(missing) = permit.missing() {
            return Err(ElasticError::index_not_found(missing.name()));
        }
        let indices: Vec<String> = indices_of(permit).collect();
        let items = || call.items.iter();
        Ok(match call.call.endpoint.api {
            "bulk" => {
                let items: Vec<Value> = items().map(|item| self.bulk_item(item, body)).collect();
                let errors = items.iter().flat_map(|item| item.as_object()).flatten();
                let errors = errors.filter(|(_, item)| item.get("error").is_some()).count() > 0;
                Reply::ok(json!({ "errors": errors, "took": 1, "items": items }))
            }
            "index" | "create" | "update" | "delete" => {
                let item = call.items.first().ok_or_else(|| ElasticError::internal("a write without its item"))?;
                let (status, written) = self.write(item, body)?;
                Reply::json(status, written)
            }
            "mget" | "mtermvectors" => Reply::ok(json!({ "docs": items().map(document).collect::<Vec<_>>() })),
            "msearch" | "msearch_template" => {
                let responses: Vec<Value> = items()
                    .map(|item| {
                        let mut found = found(&indices_of(&item.permit).collect::<Vec<_>>());
                        if let Some(found) = found.as_object_mut() {
                            found.insert("status".to_owned(), 200.into());
                        }
                        found
                    })
                    .collect();
                Reply::ok(json!({ "took": 1, "responses": responses }))
            }
            "search" | "search_template" => Reply::ok(found(&indices)),
            "get" => {
                let (index, id) = (indices.first(), call.call.path.get("id"));
                Reply::ok(json!({ "_index": index, "_id": id, "_version": 1, "found": true, "_source": {} }))
            }
            _ => Reply::ok(json!({ "acknowledged": true, "indices": indices })),
        })
    }

    fn bulk_item(&self, item: &CallItem, body: &[u8]) -> Value {
        let (index, id, keyword) = match &item.item.kind {
            ItemKind::Bulk(write) => (&*write.index, write.id.as_deref(), write.keyword),
            ItemKind::Document(_) | ItemKind::Search(_) => ("", None, "index"),
        };
        let shown = match self.write(item, body) {
            Ok((status, mut written)) => {
                if let Some(written) = written.as_object_mut() {
                    written.insert("status".to_owned(), status.as_u16().into());
                }
                written
            }
            Err(error) => {
                let status = error.status().as_u16();
                json!({ "_index": index, "_id": id, "status": status, "error": error.cause().to_json() })
            }
        };
        json!({ keyword: shown })
    }

    /// Does as if one document were written.
    fn write(&self, item: &CallItem, body: &[u8]) -> Result<(StatusCode, Value), ElasticError> {
        let ItemKind::Bulk(write) = &item.item.kind else {
            return Err(ElasticError::internal("an item of a write is no write"));
        };
        let exists = item.permit.targets().iter().all(|target| target.exists());
        let denied = |denial| ElasticError::from(Cause::from(denial));
        if !exists {
            item.may_create_index.as_ref().map_err(denied)?;
        }
        if has_fields(write, body) {
            item.may_update_mapping.as_ref().map_err(denied)?;
        }
        let index = indices_of(&item.permit).next_back().unwrap_or_default();
        let id = write.id.clone().unwrap_or_else(|| "drawn".to_owned());
        let is_new = match write.operation {
            BulkOperation::Delete | BulkOperation::Update => false,
            BulkOperation::Index | BulkOperation::Create => {
                let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
                written.insert((index.clone(), id.clone()))
            }
        };
        let (status, result) = match write.operation {
            BulkOperation::Delete => (StatusCode::OK, "deleted"),
            _ if is_new => (StatusCode::CREATED, "created"),
            _ => (StatusCode::OK, "updated"),
        };
        let body = json!({
            "_index": index, "_id": id, "_version": 1, "result": result,
            "_shards": { "total": 1, "successful": 1, "failed": 0 }, "_seq_no": 0, "_primary_term": 1,
        });
        Ok((status, body))
    }
}

impl Engine for RecordingEngine {
    fn call(&self, call: Permitted<DataCall>, body: Bytes) -> BoxFuture<'_, Result<Reply, EngineError>> {
        let (call, permit) = call.into_parts();
        let of_items = call.items.iter().flat_map(|item| indices_of(&item.permit));
        let recorded = Recorded {
            api: call.call.endpoint.api.to_owned(),
            action: permit.action().as_str().to_owned(),
            indices: indices_of(&permit).chain(of_items).collect(),
        };
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(recorded);
        let answer = self.answer(&call, &permit, &body).map_err(EngineError::from);
        Box::pin(async move { answer })
    }

    fn names(&self) -> Arc<IndexNames> {
        Arc::clone(&self.names)
    }

    fn supports(&self, api: &str) -> bool {
        !STATEFUL.contains(&api)
    }
}

/// The concrete indices of a permit, and the names in it that do not exist.
fn indices_of(permit: &Permit) -> impl DoubleEndedIterator<Item = String> {
    let missing = permit.targets().iter().filter(|target| !target.exists()).map(|target| target.name());
    permit.concrete().iter().chain(missing).map(|name| name.to_string())
}

fn has_fields(write: &BulkItem, body: &[u8]) -> bool {
    let source = write.source.clone().and_then(|range| body.get(range)).unwrap_or_default();
    let source: Value = serde_json::from_slice(source).unwrap_or_default();
    source.as_object().is_some_and(|fields| !fields.is_empty()) && write.operation != BulkOperation::Update
}

/// One document of each index.
fn found(indices: &[String]) -> Value {
    let hits: Vec<Value> =
        indices.iter().map(|index| json!({ "_index": index, "_id": "1", "_score": 1.0, "_source": {} })).collect();
    let shards = indices.len();
    json!({
        "took": 1, "timed_out": false,
        "_shards": { "total": shards, "successful": shards, "skipped": 0, "failed": 0 },
        "hits": { "total": { "value": shards, "relation": "eq" }, "max_score": 1.0, "hits": hits },
    })
}

fn document(item: &CallItem) -> Value {
    let (index, id) = match &item.item.kind {
        ItemKind::Document(document) => (indices_of(&item.permit).next(), document.id.clone()),
        ItemKind::Bulk(_) | ItemKind::Search(_) => (None, None),
    };
    json!({ "_index": index, "_id": id, "_version": 1, "found": true, "_source": {} })
}
