//! One write of a document, as an item of `_bulk` or a request of its own: the same steps, in the same order.

use std::sync::Arc;

use http::StatusCode;
use keyward_engine::CallItem;
use keyward_rest::bulk::{BulkItem, BulkOperation};
use keyward_rest::error::{Cause, ElasticError};
use keyward_rest::error_type::ErrorType;
use keyward_rest::requirements::ItemKind;
use serde_json::{Map, Value, json};

use super::{Request, update};
use crate::catalogue::WriteTarget;
use crate::error::document_error;
use crate::ids;
use crate::index::{Conditions, External, Index, IndexError, Operation, Rights, WriteResult, Written};
use crate::indices::{ChangeError, NewIndex};
use crate::log::Batch;

/// An item that was carried out.
#[derive(Debug)]
pub(super) struct Done {
    /// Where.
    pub(super) index: Arc<Index>,
    /// On which document.
    pub(super) id: String,
    /// What came of it.
    pub(super) written: Written,
    /// The index was made for it, in this batch.
    pub(super) created_index: Option<Batch>,
}

/// An item that was not.
#[derive(Debug)]
pub(super) struct NotDone {
    /// The index, or the name that should have been one.
    pub(super) index: String,
    /// The document's id, if one was given or drawn.
    pub(super) id: Option<String>,
    /// Why.
    pub(super) error: ElasticError,
}

/// The write that an item asks for.
pub(super) fn item_of(item: &CallItem) -> Result<&BulkItem, ElasticError> {
    match &item.item.kind {
        ItemKind::Bulk(bulk) => Ok(bulk),
        ItemKind::Document(_) | ItemKind::Search(_) => Err(ElasticError::internal("an item of a write is no write")),
    }
}

/// Carries out one item.
pub(super) fn carry_out(request: &Request<'_>, item: &CallItem) -> Result<Done, NotDone> {
    let failed = |index: &str, id: Option<&str>, error: ElasticError| NotDone {
        index: index.to_owned(),
        id: id.map(str::to_owned),
        error,
    };
    let bulk = item_of(item).map_err(|error| failed("", None, error))?;
    let [target] = item.permit.targets() else {
        let error = ElasticError::internal("an item was permitted for another number of names than one");
        return Err(failed(&bulk.index, bulk.id.as_deref(), error));
    };
    let name = &**target.name();
    let id = match &bulk.id {
        Some(id) => id.clone(),
        None => ids::draw(request.call.now.as_millis())
            .map_err(|error| failed(name, None, ElasticError::internal(error.to_string())))?,
    };
    let fail = |error: ElasticError| failed(name, Some(&id), error);
    check(bulk, &id).map_err(fail)?;
    let conditions = conditions(bulk).map_err(fail)?;
    let (index, created_index) = index_for(request, item, bulk, name).map_err(fail)?;
    let of_index = |error: IndexError| {
        let error = match (error, &item.may_update_mapping) {
            (IndexError::MappingUpdateDenied, Err(denial)) => ElasticError::from(Cause::from(denial)),
            (error, _) => document_error(error, &index),
        };
        failed(&index.name, Some(&id), error)
    };
    // What was resolved now must be within what was permitted then.
    if target.exists() && created_index.is_none() && !target.concrete().contains(&index.name) {
        return Err(fail(ElasticError::index_not_found(name)));
    }
    let rights = Rights { may_update_mapping: item.may_update_mapping.is_ok() };
    let source = bulk.source.clone().and_then(|range| request.body.get(range)).unwrap_or_default();
    let log = request.indices.log();
    let written = match bulk.operation {
        BulkOperation::Index => {
            index.write(log, &id, Operation::Index { source }, conditions, rights).map_err(of_index)
        }
        BulkOperation::Create => {
            let operation = Operation::Create { source, is_fresh: bulk.id.is_none() };
            index.write(log, &id, operation, conditions, rights).map_err(of_index)
        }
        BulkOperation::Delete => index.write(log, &id, Operation::Delete, conditions, rights).map_err(of_index),
        BulkOperation::Update => update::update(log, &index, &id, source, conditions, rights)
            .map_err(fail)
            .and_then(|updated| updated.map_err(of_index)),
    }?;
    Ok(Done { index, id, written, created_index })
}

/// The index that a write goes to; made, if it may be.
fn index_for(
    request: &Request<'_>,
    item: &CallItem,
    bulk: &BulkItem,
    name: &str,
) -> Result<(Arc<Index>, Option<Batch>), ElasticError> {
    let catalogue = Arc::clone(&request.indices.catalogue());
    if bulk.require_alias && !catalogue.aliases().contains_key(name) {
        let text =
            format!("no such index [{name}] and [require_alias] request flag is [true] and [{name}] is not an alias");
        return Err(not_found(text, name));
    }
    match catalogue.write_target(name) {
        WriteTarget::Index(index) => return Ok((index, None)),
        WriteTarget::NoWriteIndex => {
            return Err(ElasticError::illegal_argument(format!(
                "no write index is defined for alias [{name}]. The write index may be explicitly disabled using \
                 is_write_index=false or the alias points to multiple indices without one being designated as a write \
                 index"
            )));
        }
        WriteTarget::Missing => {}
    }
    let makes_index = match bulk.operation {
        BulkOperation::Delete => conditions(bulk)?.external.is_some(),
        BulkOperation::Index | BulkOperation::Create | BulkOperation::Update => true,
    };
    if !makes_index {
        return Err(ElasticError::index_not_found(name));
    }
    if let Err(denial) = &item.may_create_index {
        return Err(Cause::from(denial).into());
    }
    match request.indices.create(name, NewIndex::default(), request.call.now.as_millis()) {
        Ok((index, batch)) => Ok((index, Some(batch))),
        // Another request was faster.
        Err(ChangeError::Exists { .. }) => match request.indices.catalogue().index(name) {
            Some(index) => Ok((Arc::clone(index), None)),
            None => Err(ElasticError::index_not_found(name)),
        },
        Err(error) => Err(error.into()),
    }
}

fn not_found(text: String, name: &str) -> ElasticError {
    Cause::new(ErrorType::IndexNotFound, text)
        .with_extra("resource.type", "index_or_alias")
        .with_extra("resource.id", name)
        .with_extra("index_uuid", "_na_")
        .with_extra("index", name)
        .into()
}

/// Refuses what is not supported of an item, and what no document can be.
fn check(bulk: &BulkItem, id: &str) -> Result<(), ElasticError> {
    let unsupported =
        |name: &str| Err(ElasticError::unsupported_construct(format!("[{name}] of a write is not supported")));
    if bulk.routing.is_some() {
        return unsupported("routing");
    }
    if bulk.pipeline.as_deref().is_some_and(|pipeline| pipeline != "_none") {
        return unsupported("pipeline");
    }
    if bulk.require_data_stream {
        return unsupported("require_data_stream");
    }
    if bulk.list_executed_pipelines {
        return unsupported("list_executed_pipelines");
    }
    if bulk.dynamic_templates.as_ref().is_some_and(|templates| templates.as_object().is_none_or(|map| !map.is_empty()))
    {
        return unsupported("dynamic_templates");
    }
    if bulk.source_filter.as_ref().is_some_and(|filter| *filter != Value::Bool(false)) {
        return unsupported("_source");
    }
    if id.is_empty() {
        return Err(ElasticError::illegal_argument("if _id is specified it must not be empty"));
    }
    if id.len() > 512 {
        let text = format!("id [{id}] is too long, must be no longer than 512 bytes but was: {}", id.len());
        return Err(ElasticError::validation([text]));
    }
    Ok(())
}

/// What an item says about versions.
fn conditions(bulk: &BulkItem) -> Result<Conditions, ElasticError> {
    let mut problems: Vec<String> = Vec::new();
    let at = match (bulk.if_seq_no, bulk.if_primary_term) {
        (None, None) => None,
        (Some(seq_no), Some(term)) => {
            let seq_no = u64::try_from(seq_no).map_err(|_| {
                ElasticError::illegal_argument(format!("sequence numbers must be non negative. got [{seq_no}]."))
            })?;
            let term = u64::try_from(term).map_err(|_| {
                ElasticError::illegal_argument(format!("primary term must be non negative. got [{term}]"))
            })?;
            Some((seq_no, term))
        }
        (Some(_), None) => {
            problems.push("ifSeqNo is set, but primary term is [0]".to_owned());
            None
        }
        (None, Some(term)) => {
            problems.push(format!("ifSeqNo is unassigned, but primary term is [{term}]"));
            None
        }
    };
    let external = match (bulk.version_type.as_deref().unwrap_or("internal"), bulk.version) {
        ("internal", None) => None,
        ("internal", Some(_)) => {
            problems.push(
                "internal versioning can not be used for optimistic concurrency control. Please use `if_seq_no` and \
                 `if_primary_term` instead"
                    .to_owned(),
            );
            None
        }
        (kind @ ("external" | "external_gt" | "external_gte"), version) => match version
            .and_then(|v| u64::try_from(v).ok())
        {
            Some(version) => Some(External { version, or_equal: kind == "external_gte" }),
            None => {
                let shown = version.unwrap_or(-3);
                problems.push(format!("illegal version value [{shown}] for version type [{}]", kind.to_uppercase()));
                None
            }
        },
        (other, _) => return Err(ElasticError::illegal_argument(format!("No version type match [{other}]"))),
    };
    if bulk.operation == BulkOperation::Create {
        if external.is_some() {
            problems.push("create operations only support internal versioning. use index instead".to_owned());
        }
        if at.is_some() {
            problems.push("create operations do not support compare and set. use index instead".to_owned());
        }
    }
    if bulk.operation == BulkOperation::Update && external.is_some() {
        problems.push("update operations do not support external versioning".to_owned());
    }
    if problems.is_empty() { Ok(Conditions { at, external }) } else { Err(ElasticError::validation(problems)) }
}

// === impl Done ===

impl Done {
    /// The status of the write.
    pub(super) fn status(&self) -> StatusCode {
        match self.written.result {
            WriteResult::Created => StatusCode::CREATED,
            WriteResult::NotFound => StatusCode::NOT_FOUND,
            WriteResult::Updated | WriteResult::Deleted | WriteResult::Noop => StatusCode::OK,
        }
    }

    /// The members of the answer.
    pub(super) fn to_json(&self, forced_refresh: bool) -> Map<String, Value> {
        let settings = self.index.settings();
        let result = match self.written.result {
            WriteResult::Created => "created",
            WriteResult::Updated => "updated",
            WriteResult::Deleted => "deleted",
            WriteResult::NotFound => "not_found",
            WriteResult::Noop => "noop",
        };
        let shards = match self.written.result {
            WriteResult::Noop => json!({ "total": 0, "successful": 0, "failed": 0 }),
            _ => json!({ "total": u64::from(settings.replicas) + 1, "successful": 1, "failed": 0 }),
        };
        let mut shown = Map::new();
        shown.insert("_index".to_owned(), (*self.index.name).into());
        shown.insert("_id".to_owned(), self.id.as_str().into());
        shown.insert("_version".to_owned(), self.written.stamp.version.into());
        shown.insert("result".to_owned(), result.into());
        if forced_refresh && self.written.batch.is_some() {
            shown.insert("forced_refresh".to_owned(), true.into());
        }
        shown.insert("_shards".to_owned(), shards);
        shown.insert("_seq_no".to_owned(), self.written.stamp.seq_no.into());
        shown.insert("_primary_term".to_owned(), self.written.stamp.primary_term.into());
        shown
    }

    /// The batch that makes it durable.
    pub(super) fn batch(&self) -> Option<Batch> {
        self.written.batch.max(self.created_index)
    }
}
