//! The error envelope: the only thing in the program that knows statuses.
//!
//! A domain error says what went wrong; [`ElasticError`] says how that is told to a client. The member order, the
//! choice of `root_cause` and the headers follow Elasticsearch. Conversions from domain errors live with the crates
//! that raise them (`api`, `gateway`, `engine`); those of the pure layers stand in `convert`.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use http::header::{HeaderName, HeaderValue};
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::error_type::{ErrorType, Family};
use crate::reply::{Payload, Reply};

/// One exception as a client sees it: a type, a sentence, members of its own, and what caused it.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    kind: ErrorType,
    reason: String,
    extra: Vec<(String, Value)>,
    header: Vec<(&'static str, Vec<String>)>,
    caused_by: Option<Box<Cause>>,
}

impl Cause {
    /// An exception without members of its own.
    pub fn new(kind: ErrorType, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into(), extra: Vec::new(), header: Vec::new(), caused_by: None }
    }

    /// The same exception with one more member after `reason`.
    #[must_use]
    pub fn with_extra(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.push((key.into(), value.into()));
        self
    }

    /// The same exception, caused by another one.
    #[must_use]
    pub fn caused_by(mut self, cause: Cause) -> Self {
        self.caused_by = Some(Box::new(cause));
        self
    }

    /// What kind of exception it is.
    pub fn kind(&self) -> ErrorType {
        self.kind
    }

    /// The sentence.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// What caused it, if anything is told of that.
    pub fn cause(&self) -> Option<&Cause> {
        self.caused_by.as_deref()
    }

    /// The members of one exception; this is also what stands in an item of `_bulk`, `_mget` or `_msearch`.
    pub fn to_json(&self) -> Value {
        Value::Object(self.members(true))
    }

    fn members(&self, with_cause: bool) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("type".to_owned(), self.kind.name().into());
        members.insert("reason".to_owned(), self.reason.as_str().into());
        for (key, value) in &self.extra {
            members.insert(key.clone(), value.clone());
        }
        if with_cause && let Some(cause) = &self.caused_by {
            members.insert("caused_by".to_owned(), Value::Object(cause.members(true)));
        }
        if !self.header.is_empty() {
            let header = self.header.iter().map(|(name, values)| ((*name).to_owned(), one_or_many(values)));
            members.insert("header".to_owned(), Value::Object(header.collect()));
        }
        members
    }

    /// The exception that `root_cause` shows for this one.
    fn root(&self) -> &Cause {
        let Some(cause) = &self.caused_by else { return self };
        let replaced = match (self.kind.family(), cause.kind.family()) {
            (Family::Elastic, Family::Elastic) => true,
            (Family::Parse, Family::Parse | Family::Elastic) => true,
            (Family::Elastic | Family::Parse | Family::Plain, _) => false,
        };
        if replaced { cause.root() } else { self }
    }
}

/// A metadata value as the envelope prints it: one element as a string, several as an array.
fn one_or_many(values: &[String]) -> Value {
    match values {
        [one] => one.as_str().into(),
        many => many.iter().map(String::as_str).collect::<Vec<_>>().into(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// `{"error":{"root_cause":[…],"type":…},"status":…}`
    Envelope,
    /// `{"error":"text","status":…}`
    Plain,
    /// `{"error":"text"}`
    PlainWithoutStatus,
    /// No body at all.
    Empty,
}

#[derive(Clone)]
struct Inner {
    status: StatusCode,
    shape: Shape,
    cause: Cause,
    root_causes: Option<Vec<Cause>>,
    headers: Vec<(HeaderName, HeaderValue)>,
    internal: Option<Arc<dyn Error + Send + Sync>>,
}

/// An error on its way to a client.
#[derive(Clone)]
pub struct ElasticError(Box<Inner>);

impl fmt::Debug for ElasticError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ElasticError")
            .field("status", &self.0.status)
            .field("cause", &self.0.cause)
            .field("internal", &self.0.internal)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for ElasticError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}] {}", self.0.status.as_u16(), self.0.cause.kind.name(), self.0.cause.reason)
    }
}

impl Error for ElasticError {}

impl From<Cause> for ElasticError {
    /// The envelope around an exception, with the status that its kind has by default.
    fn from(cause: Cause) -> Self {
        Self::with_status(cause.kind.default_status(), cause)
    }
}

// === constructors ===

impl ElasticError {
    /// An exception of a kind, with the kind's own status.
    pub fn new(kind: ErrorType, reason: impl Into<String>) -> Self {
        Cause::new(kind, reason).into()
    }

    /// An exception under a status that differs from its kind's own.
    pub fn with_status(status: StatusCode, cause: Cause) -> Self {
        let (shape, headers) = (Shape::Envelope, Vec::new());
        Self(Box::new(Inner { status, shape, cause, root_causes: None, headers, internal: None }))
    }

    /// 400 `illegal_argument_exception`: a value that cannot be.
    pub fn illegal_argument(reason: impl Into<String>) -> Self {
        Self::new(ErrorType::IllegalArgument, reason)
    }

    /// 400 `parse_exception`: the hand-written parsers.
    pub fn parse(reason: impl Into<String>) -> Self {
        Self::new(ErrorType::Parse, reason)
    }

    /// 400 `parsing_exception`, with the place as members.
    pub fn parsing(line: u32, column: u32, reason: impl Into<String>) -> Self {
        Cause::new(ErrorType::Parsing, reason).with_extra("line", line).with_extra("col", column).into()
    }

    /// 400 `action_request_validation_exception` with all messages numbered.
    pub fn validation<S: AsRef<str>>(messages: impl IntoIterator<Item = S>) -> Self {
        Self::new(ErrorType::ActionRequestValidation, validation_text(messages))
    }

    /// 400 `validation_exception` with all messages numbered.
    pub fn plain_validation<S: AsRef<str>>(messages: impl IntoIterator<Item = S>) -> Self {
        Self::new(ErrorType::Validation, validation_text(messages))
    }

    /// A `security_exception` under the given status.
    pub fn security(status: StatusCode, reason: impl Into<String>) -> Self {
        Self::with_status(status, Cause::new(ErrorType::Security, reason))
    }

    /// 403 `security_exception`.
    pub fn forbidden(reason: impl Into<String>) -> Self {
        Self::security(StatusCode::FORBIDDEN, reason)
    }

    /// 401 `security_exception`. `refused` tells which credentials failed and why
    /// (`additional_unsuccessful_credentials`), `schemes` are the values of `WWW-Authenticate`, in order.
    pub fn unauthorized(reason: impl Into<String>, refused: &[String], schemes: &[String]) -> Self {
        let mut error = Self::security(StatusCode::UNAUTHORIZED, reason);
        if !refused.is_empty() {
            let refused = one_or_many(refused);
            error.0.cause.extra.push(("additional_unsuccessful_credentials".to_owned(), refused));
        }
        error.with_authenticate(schemes)
    }

    /// 403: the licence does not cover a feature.
    pub fn licence(feature: &str) -> Self {
        let reason = format!("current license is non-compliant for [{feature}]");
        let cause = Cause::new(ErrorType::Security, reason).with_extra("license.expired.feature", feature);
        Self::with_status(StatusCode::FORBIDDEN, cause)
    }

    /// 404 `resource_not_found_exception`.
    pub fn not_found(reason: impl Into<String>) -> Self {
        Self::new(ErrorType::ResourceNotFound, reason)
    }

    /// 404 `index_not_found_exception` for a name as it was asked for.
    pub fn index_not_found(name: &str) -> Self {
        let mut cause = Cause::new(ErrorType::IndexNotFound, format!("no such index [{name}]"))
            .with_extra("resource.type", "index_or_alias")
            .with_extra("resource.id", name);
        cause = cause.with_extra("index_uuid", "_na_").with_extra("index", name);
        cause.into()
    }

    /// 409 `version_conflict_engine_exception`.
    pub fn version_conflict(reason: impl Into<String>) -> Self {
        Self::new(ErrorType::VersionConflict, reason)
    }

    /// 429 `es_rejected_execution_exception`.
    pub fn rejected(reason: impl Into<String>) -> Self {
        Self::new(ErrorType::RejectedExecution, reason)
    }

    /// 503 `unavailable_shards_exception`.
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self::new(ErrorType::UnavailableShards, reason)
    }

    /// 501: a route of the catalogue that this product does not serve.
    pub fn unsupported_route(api: &str) -> Self {
        let reason = format!("the API [{api}] is not supported by Keyward");
        Self::with_status(StatusCode::NOT_IMPLEMENTED, Cause::new(ErrorType::UnsupportedOperation, reason))
    }

    /// 400: a part of a served request that this product does not support.
    pub fn unsupported_construct(reason: impl Into<String>) -> Self {
        Self::illegal_argument(reason)
    }

    /// 500 with a neutral sentence; what really happened goes to the log only.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let mut error = Self::new(ErrorType::Exception, "an internal error occurred");
        error.0.internal = Some(Arc::from(source.into()));
        error
    }

    /// `{"error":"text","status":N}`: the errors of content types and methods.
    pub fn simple(status: StatusCode, text: impl Into<String>) -> Self {
        let mut error = Self::with_status(status, Cause::new(ErrorType::Exception, text));
        error.0.shape = Shape::Plain;
        error
    }

    /// 400 for a path that no route has; its body has no `status`.
    pub fn unknown_route(uri: &str, method: &Method) -> Self {
        let text = format!("no handler found for uri [{uri}] and method [{method}]");
        let mut error = Self::simple(StatusCode::BAD_REQUEST, text);
        error.0.shape = Shape::PlainWithoutStatus;
        error
    }

    /// An error that has no body (413, 417).
    pub fn empty(status: StatusCode) -> Self {
        let mut error = Self::with_status(status, Cause::new(ErrorType::Exception, String::new()));
        error.0.shape = Shape::Empty;
        error
    }
}

// === parts ===

impl ElasticError {
    /// The same error, caused by another exception.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Cause>) -> Self {
        self.0.cause.caused_by = Some(Box::new(cause.into()));
        self
    }

    /// The same error with one more member after `reason`.
    #[must_use]
    pub fn with_extra(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.cause.extra.push((key.into(), value.into()));
        self
    }

    /// The same error under root causes that are told, not computed (a search that failed on several shards).
    #[must_use]
    pub fn with_root_causes(mut self, causes: Vec<Cause>) -> Self {
        self.0.root_causes = Some(causes);
        self
    }

    /// The same error with one more header line.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// The same error with `WWW-Authenticate` in the body and as one header line for each scheme.
    #[must_use]
    pub fn with_authenticate(mut self, schemes: &[String]) -> Self {
        if schemes.is_empty() {
            return self;
        }
        self.0.cause.header.push(("WWW-Authenticate", schemes.to_vec()));
        for scheme in schemes {
            if let Ok(value) = HeaderValue::from_str(scheme) {
                self.0.headers.push((http::header::WWW_AUTHENTICATE, value));
            }
        }
        self
    }

    /// The same error with its true cause for the log; it has no way into the body.
    #[must_use]
    pub fn with_internal(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.internal = Some(Arc::from(source.into()));
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The exception itself.
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// The exception itself, by value.
    pub fn into_cause(self) -> Cause {
        self.0.cause
    }

    /// What is told to the log only.
    pub fn internal_source(&self) -> Option<&(dyn Error + Send + Sync)> {
        self.0.internal.as_deref()
    }

    /// The body, or nothing for the errors that have none.
    pub fn to_json(&self) -> Option<Value> {
        let Inner { status, shape, cause, root_causes, .. } = &*self.0;
        match shape {
            Shape::Empty => None,
            Shape::PlainWithoutStatus => Some(json!({ "error": cause.reason })),
            Shape::Plain => Some(json!({ "error": cause.reason, "status": status.as_u16() })),
            Shape::Envelope => {
                let roots: Vec<Value> = match root_causes {
                    Some(causes) => causes.iter().map(|one| Value::Object(one.members(false))).collect(),
                    None => vec![Value::Object(cause.root().members(false))],
                };
                let mut error = Map::new();
                error.insert("root_cause".to_owned(), Value::Array(roots));
                error.extend(cause.members(true));
                Some(json!({ "error": error, "status": status.as_u16() }))
            }
        }
    }

    /// The reply; with `detailed` off (`http.detailed_errors.enabled: false`) only type and sentence are told.
    pub fn into_reply(self, detailed: bool) -> Reply {
        let body = match (self.0.shape, detailed) {
            (Shape::Envelope, false) => Some(json!({
                "error": { "type": self.0.cause.kind.name(), "reason": self.0.cause.reason },
                "status": self.0.status.as_u16(),
            })),
            _ => self.to_json(),
        };
        let mut headers = self.0.headers;
        if self.0.status.is_server_error() {
            let class = HeaderValue::from_str(&self.0.cause.kind.class_name());
            headers.extend(class.ok().map(|class| (HeaderName::from_static("x-elastic-app-exception"), class)));
        }
        let payload = body.map_or(Payload::Empty, Payload::Error);
        Reply { status: self.0.status, headers, payload }
    }
}

impl From<ElasticError> for Cause {
    fn from(error: ElasticError) -> Self {
        error.into_cause()
    }
}

impl From<ElasticError> for Reply {
    fn from(error: ElasticError) -> Self {
        error.into_reply(true)
    }
}

/// All messages of one validation as one sentence: `Validation Failed: 1: first;2: second;`.
pub fn validation_text<S: AsRef<str>>(messages: impl IntoIterator<Item = S>) -> String {
    let mut text = "Validation Failed: ".to_owned();
    for (index, message) in messages.into_iter().enumerate() {
        text.push_str(&format!("{}: {};", index.saturating_add(1), message.as_ref()));
    }
    text
}
