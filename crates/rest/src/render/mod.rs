//! From a [`Reply`] to bytes: compact or pretty JSON, YAML, filtered by `filter_path`, or text.

pub mod filter_path;
mod pretty;
pub mod table;
mod yaml;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::Value;

use crate::classify::Call;
use crate::error::ElasticError;
use crate::media_type::{Format, MediaTypes, ResponseType};
use crate::params::{Params, parse_bool};
use crate::render::filter_path::FilterPath;
use crate::render::table::TableOptions;
use crate::reply::{Payload, Reply};

/// The parameters that every endpoint knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Common {
    /// `pretty`, when given.
    pub pretty: Option<bool>,
    /// `human`, when given.
    pub human: Option<bool>,
    /// `error_trace`: accepted; no trace is ever told.
    pub error_trace: bool,
    /// `filter_path`, when given.
    pub filter_path: Option<FilterPath>,
    /// `format`, when given.
    pub format: Option<String>,
}

impl Common {
    /// Reads them.
    pub fn read(params: &Params) -> Result<Self, ElasticError> {
        Ok(Self {
            pretty: params.bool("pretty")?,
            human: params.bool("human")?,
            error_trace: params.bool_or("error_trace", false)?,
            filter_path: params.get("filter_path").and_then(FilterPath::parse),
            format: params.get("format").map(str::to_owned),
        })
    }
}

/// What the request says about the form of the answer.
#[derive(Clone, Debug, Default)]
pub struct RenderOptions {
    /// Whether documents are spread over lines.
    pub pretty: bool,
    /// The form of documents.
    pub response: ResponseType,
    /// Which parts of documents are answered.
    pub filter_path: Option<FilterPath>,
    /// How tables are shown.
    pub table: TableOptions,
    /// Whether tables are documents here.
    pub table_as_document: bool,
}

impl RenderOptions {
    /// What can be said before a request is understood, for the errors of that time: nothing in it can fail.
    pub fn early(accept: Option<&str>, query: Option<&str>) -> Self {
        let params = Params::parse(query).unwrap_or_default();
        let pretty = params.get("pretty").is_some_and(|value| parse_bool(value).unwrap_or(false));
        let types = MediaTypes::read(accept, None, false).unwrap_or_default();
        let response = types.response(params.get("format")).unwrap_or_default();
        Self { pretty, response, ..Self::default() }
    }

    /// What a call says.
    pub fn of(call: &Call, types: &MediaTypes) -> Result<Self, ElasticError> {
        let format = call.common.format.as_deref();
        Ok(Self {
            pretty: call.common.pretty.unwrap_or(call.endpoint.is_pretty_by_default()),
            response: types.response(format)?,
            filter_path: call.common.filter_path.clone(),
            table: if call.endpoint.is_cat() { TableOptions::read(&call.params)? } else { TableOptions::default() },
            table_as_document: types.wants_document(format),
        })
    }
}

/// An answer in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The HTTP status.
    pub status: StatusCode,
    /// All headers but the length.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body; for a `HEAD` request what a `GET` would answer, so that its length can be told.
    pub body: Bytes,
}

/// Renders a reply. A table that cannot be shown as asked is answered as the error that it is.
pub fn render(reply: Reply, options: &RenderOptions) -> Rendered {
    let Reply { status, mut headers, payload } = reply;
    let (body, kind) = match payload {
        Payload::Empty => (Bytes::new(), None),
        Payload::Text(text) => (Bytes::from(text), Some(HeaderValue::from_static(PLAIN))),
        Payload::Error(value) => document(&value, options),
        Payload::Json(value) => filtered(value, options),
        Payload::Raw { json } => raw(json, options),
        Payload::Table(table) => {
            let as_document = options.table_as_document && !options.table.help;
            let shown = if as_document {
                table.json(&options.table).map(|value| filtered(value, options))
            } else {
                let text = table.text(&options.table);
                text.map(|text| (Bytes::from(text), Some(HeaderValue::from_static(PLAIN))))
            };
            match shown {
                Ok(shown) => shown,
                Err(error) => return render(error.into(), options),
            }
        }
    };
    if let Some(kind) = kind
        && !headers.iter().any(|(name, _)| name == CONTENT_TYPE)
    {
        headers.insert(0, (CONTENT_TYPE, kind));
    }
    if status != StatusCode::UNAUTHORIZED && status != StatusCode::FORBIDDEN {
        headers.push((HeaderName::from_static("x-elastic-product"), HeaderValue::from_static("Elasticsearch")));
    }
    Rendered { status, headers, body }
}

/// The type of plain text.
const PLAIN: &str = "text/plain; charset=UTF-8";

fn filtered(value: Value, options: &RenderOptions) -> (Bytes, Option<HeaderValue>) {
    match &options.filter_path {
        Some(filter) => document(&filter.apply(value), options),
        None => document(&value, options),
    }
}

/// Compact text is passed on as it is; any other form needs the document.
fn raw(json: Bytes, options: &RenderOptions) -> (Bytes, Option<HeaderValue>) {
    if options.pretty || options.filter_path.is_some() || options.response.format == Format::Yaml {
        match serde_json::from_slice(&json) {
            Ok(value) => return filtered(value, options),
            // The handler vouched for it; unreadable text is passed on rather than dropped.
            Err(_) => return (json, content_type(&ResponseType { format: Format::Json, ..options.response.clone() })),
        }
    }
    (json, content_type(&options.response))
}

fn document(value: &Value, options: &RenderOptions) -> (Bytes, Option<HeaderValue>) {
    let text = match (options.response.format, options.pretty) {
        (Format::Yaml, _) => yaml::text(value).into_bytes(),
        (_, true) => pretty::text(value).into_bytes(),
        // Writing to bytes is several times faster than printing; writing a value cannot fail.
        (_, false) => serde_json::to_vec(value).unwrap_or_else(|_| value.to_string().into_bytes()),
    };
    (Bytes::from(text), content_type(&options.response))
}

fn content_type(response: &ResponseType) -> Option<HeaderValue> {
    if *response == ResponseType::default() {
        return Some(HeaderValue::from_static("application/json"));
    }
    HeaderValue::from_str(&response.header()).ok()
}
