//! From a [`Reply`] to bytes: compact or pretty JSON, YAML, filtered by `filter_path`, or text.

pub mod table;

use bytes::Bytes;
use http::StatusCode;
use http::header::{HeaderName, HeaderValue};

use crate::error::ElasticError;
use crate::params::{Params, parse_bool};
use crate::reply::{Payload, Reply};

/// The parameters that every endpoint knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Common {
    /// `pretty`, when given.
    pub pretty: Option<bool>,
    /// `human`, when given.
    pub human: Option<bool>,
    /// `error_trace`
    pub error_trace: bool,
    /// `filter_path`, when given.
    pub filter_path: Option<String>,
    /// `format`, when given.
    pub format: Option<String>,
}

impl Common {
    /// Reads them.
    pub fn read(params: &Params) -> Result<Self, ElasticError> {
        Ok(Self {
            pretty: params.get("pretty").map(parse_bool).transpose()?,
            human: params.get("human").map(parse_bool).transpose()?,
            error_trace: params.get("error_trace").map(parse_bool).transpose()?.unwrap_or(false),
            filter_path: params.get("filter_path").map(str::to_owned),
            format: params.get("format").map(str::to_owned),
        })
    }
}

/// What the request says about the form of the answer.
#[derive(Clone, Debug, Default)]
pub struct RenderOptions {
    /// Whether JSON is spread over lines.
    pub pretty: bool,
}

/// An answer in bytes.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The HTTP status.
    pub status: StatusCode,
    /// All headers but the length.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body.
    pub body: Bytes,
}

/// Renders a reply.
pub fn render(reply: Reply, options: &RenderOptions) -> Rendered {
    let body = match reply.payload {
        Payload::Json(value) if options.pretty => Bytes::from(format!("{value:#}\n")),
        Payload::Json(value) => Bytes::from(value.to_string()),
        Payload::Raw { json } => json,
        Payload::Text(text) => Bytes::from(text),
        Payload::Table(_) | Payload::Empty => Bytes::new(),
    };
    Rendered { status: reply.status, headers: reply.headers, body }
}
