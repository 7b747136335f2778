//! From a request line to a [`Call`]: the path is cut and decoded, looked up in the catalogue, and the parameters are
//! checked against it. What cannot be routed leaves with its exact answer.

use std::borrow::Cow;

use http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};

use crate::catalog::{Endpoint, Owner, catalog};
use crate::error::{Cause, ElasticError};
use crate::error_type::ErrorType;
use crate::params::Params;
use crate::percent;
use crate::render::Common;
use crate::reply::{Payload, Reply};
use crate::unrecognized;

/// A request that the catalogue knows.
#[derive(Clone, Debug)]
pub struct Call {
    /// The row.
    pub endpoint: &'static Endpoint,
    /// The method it was made with.
    pub method: Method,
    /// What the placeholders of the path captured, decoded.
    pub path: PathParams,
    /// The query parameters.
    pub params: Params,
    /// The parameters that every endpoint knows, read.
    pub common: Common,
    /// The path as sent.
    pub raw_path: String,
    /// The path and query as sent, for messages.
    pub uri: String,
}

/// What the placeholders of a path captured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathParams {
    entries: Vec<(&'static str, String)>,
}

impl PathParams {
    /// The decoded value of a placeholder.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.entries.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The parts of a comma separated value, blanks around them and empty ones dropped.
    pub fn list(&self, name: &str) -> Option<Vec<&str>> {
        Some(self.get(name)?.split(',').map(str::trim).filter(|part| !part.is_empty()).collect())
    }

    /// Names and values in the order of the path.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.entries.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

/// Why a request has no [`Call`]; each case is a finished answer.
#[derive(Clone, Debug)]
pub enum Unroutable {
    /// An error.
    Error(ElasticError),
    /// An `OPTIONS` request: the methods of the path, in the fixed order; none when the path is unknown.
    Options(Vec<Method>),
}

impl From<ElasticError> for Unroutable {
    fn from(error: ElasticError) -> Self {
        Self::Error(error)
    }
}

impl Unroutable {
    /// The answer.
    pub fn into_reply(self) -> Reply {
        match self {
            Self::Error(error) => error.into(),
            Self::Options(methods) => {
                let mut reply = Reply { payload: Payload::Empty, ..Reply::empty(StatusCode::OK) };
                reply.headers.push((CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=UTF-8")));
                if let (false, Ok(allow)) = (methods.is_empty(), HeaderValue::from_str(&join(&methods, ","))) {
                    reply.headers.push((ALLOW, allow));
                }
                reply
            }
        }
    }
}

/// Classifies a request line: [`route`], then [`Call::check_parameters`].
pub fn classify(method: &Method, raw_path: &str, raw_query: Option<&str>) -> Result<Call, Unroutable> {
    let call = route(method, raw_path, raw_query)?;
    call.check_parameters()?;
    Ok(call)
}

/// Decodes and looks up a request line. Parameters that the endpoint does not know are not refused yet: other checks
/// come before that one (content types, feature gates).
pub fn route(method: &Method, raw_path: &str, raw_query: Option<&str>) -> Result<Call, Unroutable> {
    let uri = match raw_query {
        Some(query) => format!("{raw_path}?{query}"),
        None => raw_path.to_owned(),
    };
    let segments = segments(raw_path)?;
    let params = Params::parse(raw_query)?;
    let common = Common::read(&params)?;
    let Some(found) = catalog().trie().find(segments.iter().map(|(raw, _)| *raw)) else {
        return Err(unknown_path(method, &uri, &segments));
    };
    let row = found.rows.iter().find(|row| row.method.as_ref().is_none_or(|own| own == method));
    let Some(endpoint) = row else { return Err(wrong_method(method, &uri, &allowed(found.rows))) };
    let path = capture(endpoint, &segments)?;
    Ok(Call { endpoint, method: method.clone(), path, params, common, raw_path: raw_path.to_owned(), uri })
}

impl Call {
    /// The value of a placeholder or, when the path has none of that name, of a query parameter.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.path.get(name).or_else(|| self.params.get(name))
    }

    /// Refuses query parameters that the endpoint does not know.
    pub fn check_parameters(&self) -> Result<(), ElasticError> {
        unrecognized::check(self)?;
        self.check_source()
    }
}

/// The methods of a path in the order in which they are always listed.
const ORDER: [Method; 9] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::DELETE,
    Method::OPTIONS,
    Method::HEAD,
    Method::PATCH,
    Method::TRACE,
    Method::CONNECT,
];

fn allowed(rows: &[&'static Endpoint]) -> Vec<Method> {
    ORDER.into_iter().filter(|method| rows.iter().any(|row| row.method.as_ref() == Some(method))).collect()
}

fn join(methods: &[Method], separator: &str) -> String {
    methods.iter().map(Method::as_str).collect::<Vec<_>>().join(separator)
}

fn wrong_method(method: &Method, uri: &str, allowed: &[Method]) -> Unroutable {
    if method == Method::OPTIONS {
        return Unroutable::Options(allowed.to_vec());
    }
    let list = join(allowed, ", ");
    let text = if ORDER.contains(method) {
        format!("Incorrect HTTP method for uri [{uri}] and method [{method}], allowed: [{list}]")
    } else {
        format!("Unexpected http method: {method}, allowed: [{list}]")
    };
    let mut error = ElasticError::simple(StatusCode::METHOD_NOT_ALLOWED, text);
    if let Ok(allow) = HeaderValue::from_str(&join(allowed, ",")) {
        error = error.with_header(ALLOW, allow);
    }
    error.into()
}

fn unknown_path(method: &Method, uri: &str, segments: &[(&str, Cow<'_, str>)]) -> Unroutable {
    // A single unknown word that begins with an underscore is read as the name of an index, which it cannot be.
    if let [(_, name)] = segments
        && let Some(index) = catalog().trie().find(["index"])
    {
        let methods = allowed(index.rows);
        if !methods.contains(method) {
            return wrong_method(method, uri, &methods);
        }
        return ElasticError::from(invalid_index_name(name)).into();
    }
    match *method {
        Method::OPTIONS => Unroutable::Options(Vec::new()),
        _ => ElasticError::unknown_route(uri, method).into(),
    }
}

fn invalid_index_name(name: &str) -> Cause {
    Cause::new(ErrorType::InvalidIndexName, format!("Invalid index name [{name}], must not start with '_'."))
        .with_extra("index_uuid", "_na_")
        .with_extra("index", name)
}

/// Cuts a path: raw segments, each with its decoded form. One trailing slash means nothing.
fn segments(raw_path: &str) -> Result<Vec<(&str, Cow<'_, str>)>, ElasticError> {
    let Some(path) = raw_path.strip_prefix('/') else {
        return Err(ElasticError::illegal_argument("the request target is not a path"));
    };
    if path.contains(['\\', '#']) {
        return Err(ElasticError::illegal_argument("a raw backslash or number sign is not allowed in a path"));
    }
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        // `//` is an empty segment, `/` is none.
        return if raw_path == "/" { Ok(Vec::new()) } else { Err(empty_segment()) };
    }
    path.split('/').map(decoded).collect()
}

fn empty_segment() -> ElasticError {
    ElasticError::illegal_argument("empty path segments are not allowed")
}

fn decoded(raw: &str) -> Result<(&str, Cow<'_, str>), ElasticError> {
    let decoded = percent::segment(raw)?;
    if decoded.is_empty() {
        return Err(empty_segment());
    }
    if decoded == "." || decoded == ".." {
        return Err(ElasticError::illegal_argument("path segments [.] and [..] are not allowed"));
    }
    if decoded.starts_with('_') && !raw.starts_with('_') {
        return Err(ElasticError::illegal_argument(format!(
            "path segment [{raw}] is an escaped form of a name that begins with an underscore"
        )));
    }
    Ok((raw, decoded))
}

fn capture(endpoint: &'static Endpoint, segments: &[(&str, Cow<'_, str>)]) -> Result<PathParams, ElasticError> {
    let mut entries = Vec::with_capacity(endpoint.placeholders.len());
    let template = endpoint.path.split('/').filter(|segment| !segment.is_empty());
    for (part, (raw, decoded)) in template.zip(segments) {
        let Some(name) = part.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else { continue };
        check_name(endpoint, name, raw, decoded)?;
        entries.push((name, decoded.clone().into_owned()));
    }
    Ok(PathParams { entries })
}

/// Names that go on to an engine are looked at more closely: what two parsers could read in two ways is refused.
fn check_name(endpoint: &Endpoint, name: &str, raw: &str, decoded: &str) -> Result<(), ElasticError> {
    if endpoint.owner == Owner::Keyward || name == "*" {
        return Ok(());
    }
    let is_identifier = name == "id" || name.ends_with("_id") || name == "fields" || name == "field";
    let date_math = decoded.contains('<');
    if !is_identifier && !date_math && decoded.contains(['/', '\\']) {
        return Err(ElasticError::illegal_argument(format!("[{raw}] holds an escaped slash or backslash")));
    }
    if !is_identifier && decoded.contains('%') {
        return Err(ElasticError::illegal_argument(format!("[{raw}] is escaped twice")));
    }
    Ok(())
}
