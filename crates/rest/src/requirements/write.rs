//! Calls that write one document, told as an item of a bulk request: that is how they are carried out.

use crate::bulk::{BulkItem, BulkOperation};
use crate::error::ElasticError;
use crate::params::Params;
use crate::requirements::Subject;

/// The write of a call, if it writes one document.
pub(super) fn document(subject: &Subject<'_>, index: &str) -> Result<Option<BulkItem>, ElasticError> {
    let params = &subject.call.params;
    let id = subject.call.path.get("id");
    let (operation, keyword) = match subject.api() {
        "index" if is_create(subject)? => (BulkOperation::Create, "index"),
        "index" => (BulkOperation::Index, "index"),
        "create" => (BulkOperation::Create, "create"),
        "update" => (BulkOperation::Update, "update"),
        "delete" => (BulkOperation::Delete, "delete"),
        _ => return Ok(None),
    };
    if let Some(id) = id
        && id.len() > 512
    {
        let text = format!("id [{id}] is too long, must be no longer than 512 bytes but was: {}", id.len());
        return Err(ElasticError::validation([text]));
    }
    let source = (operation != BulkOperation::Delete).then_some(0..subject.bytes.len());
    if source.as_ref().is_some_and(std::ops::Range::is_empty) {
        return Err(ElasticError::parse("request body is required"));
    }
    Ok(Some(BulkItem {
        operation,
        keyword,
        index: index.to_owned(),
        id: id.map(str::to_owned),
        routing: text(params, "routing"),
        version: params.long("version")?,
        version_type: text(params, "version_type"),
        if_seq_no: params.long("if_seq_no")?,
        if_primary_term: params.long("if_primary_term")?,
        retry_on_conflict: params.int("retry_on_conflict")?.map(i64::from),
        pipeline: text(params, "pipeline"),
        require_alias: params.bool_or("require_alias", false)?,
        require_data_stream: params.bool_or("require_data_stream", false)?,
        list_executed_pipelines: params.bool_or("list_executed_pipelines", false)?,
        dynamic_templates: None,
        source_filter: None,
        action: 0..0,
        source,
    }))
}

/// Whether an index request makes a new document: asked for, or by default where no id is given.
pub(super) fn is_create(subject: &Subject<'_>) -> Result<bool, ElasticError> {
    match subject.call.params.get("op_type") {
        Some("create") => Ok(true),
        Some("index") => Ok(false),
        Some(other) => {
            Err(ElasticError::illegal_argument(format!("opType must be 'create' or 'index', found: [{other}]")))
        }
        None => Ok(subject.call.path.get("id").is_none()),
    }
}

fn text(params: &Params, name: &str) -> Option<String> {
    params.get(name).map(str::to_owned)
}
