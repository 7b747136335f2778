//! Documents and fields that are hidden from the caller.
//!
//! Engines do not hide them yet. Until they do, every call that could show a part of a restricted index, or copy it, is
//! refused; writing whole documents goes on, as in Elasticsearch.

use keyward_engine::CallItem;
use keyward_rest::bulk::BulkOperation;
use keyward_rest::catalog::Documents;
use keyward_rest::requirements::ItemKind;
use keyward_rest::{Call, ElasticError};
use keyward_security::decide::Permit;

use crate::splice::Refused;

/// Refuses a call that could show what is hidden.
pub(crate) fn check(call: &Call, permit: &Permit) -> Result<(), ElasticError> {
    let shows = call.endpoint.documents != Documents::NotApplicable
        || permit.action().as_str().starts_with("indices:data/read/");
    let writes_whole_documents = matches!(call.endpoint.api, "index" | "create" | "delete" | "bulk");
    if shows && !writes_whole_documents { refuse(permit) } else { Ok(()) }
}

/// Refuses a lookup in an index of which something is hidden: it would read past the restriction.
pub(crate) fn check_reference(permit: &Permit) -> Result<(), ElasticError> {
    refuse(permit)
}

/// Refuses items that could show what is hidden: one that the call depends on with the call, others in their place.
pub(crate) fn check_items(
    call: &Call,
    items: &mut Vec<CallItem>,
    refused: &mut Vec<Refused>,
) -> Result<(), ElasticError> {
    let is_alone = matches!(call.endpoint.api, "index" | "create" | "update" | "delete");
    let mut kept = Vec::with_capacity(items.len());
    for item in items.drain(..) {
        match check_item(&item) {
            Ok(()) => kept.push(item),
            Err(error) if is_alone => return Err(error),
            Err(error) => refused.push(Refused { item: item.item, error }),
        }
    }
    *items = kept;
    Ok(())
}

fn check_item(item: &CallItem) -> Result<(), ElasticError> {
    match &item.item.kind {
        ItemKind::Bulk(write) if write.operation != BulkOperation::Update => Ok(()),
        ItemKind::Bulk(_) | ItemKind::Document(_) | ItemKind::Search(_) => refuse(&item.permit),
    }
}

fn refuse(permit: &Permit) -> Result<(), ElasticError> {
    if !permit.is_restricted_by_documents_or_fields() {
        return Ok(());
    }
    let mut indices: Vec<&str> = permit.access().restrictions().map(|(index, _)| &**index).collect();
    indices.sort_unstable();
    Err(ElasticError::forbidden(format!(
        "action [{}] is refused on indices [{}]: documents or fields of them are hidden from the caller, and document and \
         field level security is not enforced by this server's engine",
        permit.action(),
        indices.join(",")
    )))
}
