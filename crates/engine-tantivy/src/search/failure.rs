//! What can go wrong in a search: in the request, or in one of its indices.

use http::StatusCode;
use keyward_query::{ParseError, ParseErrorKind};
use keyward_rest::error::{Cause, ElasticError};
use keyward_rest::error_type::ErrorType;
use keyward_xcontent::SyntaxError;

/// The failure of a search on one index.
#[derive(Debug)]
pub(super) enum Failure {
    /// The request does not fit the index.
    Shard(Cause),
    /// The index itself failed.
    Engine(tantivy::TantivyError),
}

impl Failure {
    /// A query that cannot be made for a field, and why.
    pub(super) fn query(kind: ErrorType, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        let cause = Cause::new(kind, reason.clone());
        Self::Shard(Cause::new(ErrorType::QueryShard, format!("failed to create query: {reason}")).caused_by(cause))
    }

    /// An argument that does not fit the field.
    pub(super) fn illegal(reason: impl Into<String>) -> Self {
        Self::Shard(Cause::new(ErrorType::IllegalArgument, reason))
    }

    /// A query that the index refuses.
    pub(super) fn refused(reason: impl Into<String>) -> Self {
        Self::Shard(Cause::new(ErrorType::QueryShard, reason))
    }
}

impl From<tantivy::TantivyError> for Failure {
    fn from(error: tantivy::TantivyError) -> Self {
        Self::Engine(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Engine(error.into())
    }
}

/// The failures of a search in its indices, with their names.
pub(super) fn all_failed(failures: Vec<(String, Failure)>) -> ElasticError {
    let mut shards = Vec::new();
    let mut roots = Vec::new();
    let mut internal = None;
    for (index, failure) in failures {
        match failure {
            Failure::Engine(error) => internal = Some(error),
            Failure::Shard(cause) => {
                let cause = with_index(cause, &index);
                shards.push(shard_failure(&index, &cause));
                // One for each sort of failure: the same on many indices is told once.
                if !roots.iter().any(|root: &Cause| root.reason() == cause.reason()) {
                    roots.push(cause);
                }
            }
        }
    }
    if let Some(error) = internal {
        return ElasticError::internal(error);
    }
    let mut cause = Cause::new(ErrorType::SearchPhaseExecution, "all shards failed")
        .with_extra("phase", "query")
        .with_extra("grouped", true)
        .with_extra("failed_shards", shards);
    if let Some(root) = roots.first() {
        cause = cause.caused_by(root.clone());
    }
    ElasticError::with_status(StatusCode::BAD_REQUEST, cause).with_root_causes(roots)
}

/// A failure as an entry of `failed_shards` or `_shards.failures`.
pub(super) fn shard_failure(index: &str, cause: &Cause) -> serde_json::Value {
    serde_json::json!({ "shard": 0, "index": index, "node": super::NODE, "reason": cause.to_json() })
}

/// Exceptions of queries say which index they are about.
pub(super) fn with_index(cause: Cause, index: &str) -> Cause {
    if cause.kind() == ErrorType::QueryShard {
        cause.with_extra("index_uuid", super::UNKNOWN_UUID).with_extra("index", index)
    } else {
        cause
    }
}

/// A request that is not understood, as it is answered.
pub(super) fn parse_failure(error: &ParseError) -> ElasticError {
    let cause = parse_cause(error);
    // Query strings are only looked at where they are run, so their errors come from there.
    ElasticError::with_status(StatusCode::BAD_REQUEST, cause)
}

fn parse_cause(error: &ParseError) -> Cause {
    let kind = match error.kind {
        ParseErrorKind::Parsing => ErrorType::Parsing,
        ParseErrorKind::XContentParse => ErrorType::XContentParse,
        ParseErrorKind::NamedObjectNotFound => ErrorType::NamedObjectNotFound,
        ParseErrorKind::IllegalArgument
        | ParseErrorKind::UnsupportedQuery { .. }
        | ParseErrorKind::UnsupportedAggregation { .. }
        | ParseErrorKind::Unsupported { .. } => ErrorType::IllegalArgument,
        ParseErrorKind::Parse => ErrorType::Parse,
        ParseErrorKind::NumberFormat => ErrorType::NumberFormat,
        ParseErrorKind::QueryShard => ErrorType::QueryShard,
        ParseErrorKind::Validation => ErrorType::ActionRequestValidation,
    };
    let mut cause = Cause::new(kind, error.full_reason());
    if let (ErrorType::Parsing, Some(location)) = (kind, error.location) {
        cause = cause.with_extra("line", location.line).with_extra("col", location.column);
    }
    match &error.cause {
        Some(inner) => cause.caused_by(parse_cause(inner)),
        None => cause,
    }
}

/// A body that is no JSON, as it is answered.
pub(super) fn syntax_failure(error: SyntaxError) -> ElasticError {
    error.into()
}
