//! What a handler answers with, before it is put into bytes.

use bytes::Bytes;
use http::StatusCode;
use http::header::{HeaderName, HeaderValue};
use serde_json::Value;

use crate::render::table::Table;

/// The content of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// A document; rendered compact or pretty, filtered, or as YAML.
    Json(Value),
    /// An error's document: like [`Payload::Json`], and never filtered.
    Error(Value),
    /// A document that is already compact JSON text. Parsed again only when the request asks for another form.
    Raw {
        /// The text, which must be one valid JSON document in UTF-8.
        json: Bytes,
    },
    /// Plain text.
    Text(String),
    /// Rows and columns (the cat family): text, or JSON when the request asks for it.
    Table(Table),
    /// Nothing.
    Empty,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The HTTP status.
    pub status: StatusCode,
    /// Headers beside those that every answer has.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The content.
    pub payload: Payload,
}

impl Reply {
    /// 200 with a document.
    pub fn ok(body: impl Into<Value>) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// A document under a status.
    pub fn json(status: StatusCode, body: impl Into<Value>) -> Self {
        Self { status, headers: Vec::new(), payload: Payload::Json(body.into()) }
    }

    /// A document that is already compact JSON text.
    pub fn raw(status: StatusCode, json: impl Into<Bytes>) -> Self {
        Self { status, headers: Vec::new(), payload: Payload::Raw { json: json.into() } }
    }

    /// 200 with plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { status: StatusCode::OK, headers: Vec::new(), payload: Payload::Text(text.into()) }
    }

    /// 200 with rows and columns.
    pub fn table(table: Table) -> Self {
        Self { status: StatusCode::OK, headers: Vec::new(), payload: Payload::Table(table) }
    }

    /// A status alone.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), payload: Payload::Empty }
    }

    /// The same answer with one more header line.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}
