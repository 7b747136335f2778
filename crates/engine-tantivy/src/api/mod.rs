//! The calls that the engine serves: from a permitted call to its answer.
//!
//! A handler runs on a thread that may block. What has to be waited for afterwards (the log's sync, a refresh) it says
//! in its [`Outcome`], so that no thread stands still for it.
//!
//! Every handler says which query parameters it honours; any other is refused by name.

mod aliases;
mod bulk;
mod cat;
mod get;
mod health;
mod indices;
mod json;
mod multi_get;
mod resolve;
mod source;
pub(crate) mod targets;
mod update;
mod write;

use std::sync::Arc;

use keyward_engine::{CallItem, DataCall};
use keyward_rest::bulk::BulkOperation;
use keyward_rest::error::ElasticError;
use keyward_rest::reply::Reply;
use keyward_rest::requirements::ItemKind;
use keyward_security::decide::Permit;

use crate::index::Index;
use crate::indices::Indices;
use crate::log::Batch;

/// A call with what is needed to serve it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'r> {
    /// The engine's indices.
    pub(crate) indices: &'r Indices,
    /// The call.
    pub(crate) call: &'r DataCall,
    /// How far it may go.
    pub(crate) permit: &'r Permit,
    /// Its body.
    pub(crate) body: &'r [u8],
    /// The name that the cluster says it has.
    pub(crate) cluster_name: &'r str,
}

/// What a handler comes to.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The answer.
    pub(crate) reply: Reply,
    /// It may be told only when this batch is on disk.
    pub(crate) durable: Option<Batch>,
    /// It may be told only when searches of these indices see everything below these sequence numbers.
    pub(crate) visible: Vec<(Arc<Index>, u64)>,
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self { reply, durable: None, visible: Vec::new() }
    }
}

impl Outcome {
    fn durable_at(reply: Reply, durable: Option<Batch>) -> Self {
        Self { reply, durable, visible: Vec::new() }
    }
}

type Handler = fn(&Request<'_>) -> Result<Outcome, ElasticError>;

/// The handlers by the name of the api.
const HANDLERS: &[(&str, Handler)] = &[
    ("bulk", bulk::bulk),
    ("cat.aliases", cat::aliases),
    ("cat.count", cat::count),
    ("cat.health", cat::health),
    ("cat.indices", cat::indices),
    ("cluster.health", health::cluster_health),
    ("count", crate::search::count),
    ("create", bulk::single),
    ("delete", bulk::single),
    ("exists", get::exists),
    ("exists_source", get::exists_source),
    ("field_caps", crate::search::field_caps),
    ("get", get::get),
    ("get_source", get::get_source),
    ("index", bulk::single),
    ("indices.create", indices::create),
    ("indices.delete", indices::delete),
    ("indices.delete_alias", aliases::delete),
    ("indices.exists", indices::exists),
    ("indices.exists_alias", aliases::exists),
    ("indices.flush", indices::flush),
    ("indices.get", indices::get),
    ("indices.get_alias", aliases::get),
    ("indices.get_field_mapping", indices::get_field_mapping),
    ("indices.get_mapping", indices::get_mapping),
    ("indices.get_settings", indices::get_settings),
    ("indices.put_alias", aliases::put),
    ("indices.put_mapping", indices::put_mapping),
    ("indices.put_settings", indices::put_settings),
    ("indices.refresh", indices::refresh),
    ("indices.resolve_index", resolve::resolve),
    ("indices.update_aliases", aliases::update),
    ("indices.validate_query", crate::search::validate),
    ("mget", multi_get::mget),
    ("msearch", crate::search::msearch),
    ("search", crate::search::search),
    ("server.exists_alias_alt", aliases::exists),
    ("server.get_alias_alt", aliases::get),
    ("server.get_mapping_alt", indices::get_mapping),
    ("server.put_alias_alt", aliases::put),
    ("server.put_mapping_alt", indices::put_mapping),
    ("update", bulk::single),
];

/// Whether calls of this api are served here.
pub(crate) fn serves(api: &str) -> bool {
    handler(api).is_some()
}

fn handler(api: &str) -> Option<Handler> {
    HANDLERS.iter().find(|(name, _)| *name == api).map(|(_, handler)| *handler)
}

/// Serves a call.
pub(crate) fn serve(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    let api = request.call.call.endpoint.api;
    let handler = handler(api).ok_or_else(|| ElasticError::unsupported_route(api))?;
    refuse_restricted(api, request)?;
    handler(request)
}

/// The calls that show documents or fields. None of them looks at what of these a permit hides.
const SHOWING: &[&str] = &[
    "cat.count",
    "count",
    "exists",
    "exists_source",
    "field_caps",
    "get",
    "get_source",
    "indices.get",
    "indices.get_field_mapping",
    "indices.get_mapping",
    "indices.validate_query",
    "mget",
    "msearch",
    "search",
    "server.get_mapping_alt",
    "update",
];

/// Refuses to show what a permit hides in part: the whole is then hidden.
fn refuse_restricted(api: &str, request: &Request<'_>) -> Result<(), ElasticError> {
    let is_restricted = |permit: &Permit| permit.is_restricted_by_documents_or_fields();
    let is_update =
        |item: &CallItem| matches!(&item.item.kind, ItemKind::Bulk(bulk) if bulk.operation == BulkOperation::Update);
    let items = &request.call.items;
    let refused = if SHOWING.contains(&api) {
        is_restricted(request.permit) || items.iter().any(|item| is_restricted(&item.permit))
    } else {
        items.iter().any(|item| is_update(item) && is_restricted(&item.permit))
    };
    if refused {
        return Err(ElasticError::forbidden(format!(
            "[{api}] is not available where document or field level security restricts an index"
        )));
    }
    Ok(())
}

// === impl Request ===

impl<'r> Request<'r> {
    /// A query parameter.
    pub(crate) fn param(&self, name: &str) -> Option<&'r str> {
        self.call.call.params.get(name)
    }

    /// A boolean query parameter.
    pub(crate) fn flag(&self, name: &str, default: bool) -> Result<bool, ElasticError> {
        self.call.call.params.bool_or(name, default)
    }

    /// Refuses parameters that are not among those that the handler honours.
    pub(crate) fn honours(&self, names: &[&str]) -> Result<(), ElasticError> {
        const ALWAYS: &[&str] = &["pretty", "human", "error_trace", "filter_path", "format"];
        match self.call.call.params.iter().find(|(name, _)| !ALWAYS.contains(name) && !names.contains(name)) {
            Some((name, _)) => {
                Err(ElasticError::unsupported_construct(format!("query parameter [{name}] is not supported")))
            }
            None => Ok(()),
        }
    }

    /// Refuses a parameter whose value is another than those that change nothing here.
    fn only(&self, name: &str, values: &[&str]) -> Result<(), ElasticError> {
        match self.param(name) {
            Some(value) if !values.contains(&value) => Err(ElasticError::unsupported_construct(format!(
                "value [{value}] of the query parameter [{name}] is not supported"
            ))),
            _ => Ok(()),
        }
    }
}
