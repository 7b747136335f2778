//! What a client sends and sees.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// Who sends a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Nobody: without credentials.
    Anonymous,
    /// A user with a password.
    User {
        /// The name.
        name: String,
        /// The password.
        password: String,
    },
    /// An API key.
    ApiKey {
        /// Its id.
        id: String,
        /// Its secret.
        secret: String,
    },
}

impl Who {
    /// A user with a password.
    pub fn user(name: &str, password: &str) -> Self {
        Self::User { name: name.to_owned(), password: password.to_owned() }
    }

    fn header(&self) -> Option<String> {
        match self {
            Self::Anonymous => None,
            Self::User { name, password } => Some(format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))),
            Self::ApiKey { id, secret } => Some(format!("ApiKey {}", STANDARD.encode(format!("{id}:{secret}")))),
        }
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; null when it is none.
    pub body: Value,
}

impl Answer {
    /// The reason of an error; empty when there is none.
    pub fn reason(&self) -> &str {
        self.body.pointer("/error/reason").and_then(Value::as_str).unwrap_or_default()
    }

    /// The type of an error; empty when there is none.
    pub fn error_type(&self) -> &str {
        self.body.pointer("/error/type").and_then(Value::as_str).unwrap_or_default()
    }
}

/// Sends one request on a connection of its own. The line is method and target, as in `GET /_search`; a body of several
/// lines that begin with braces is NDJSON, any other JSON.
pub(crate) async fn ask(address: SocketAddr, who: &Who, line: &str, body: &str) -> Answer {
    let (method, target) = line.split_once(' ').expect("a method and a target");
    let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).expect("a method")).uri(target);
    request = request.header(HOST, address.to_string());
    if let Some(header) = who.header() {
        request = request.header(AUTHORIZATION, header);
    }
    if !body.is_empty() {
        let is_lines = body.trim_end().lines().count() > 1;
        request = request.header(CONTENT_TYPE, if is_lines { "application/x-ndjson" } else { "application/json" });
    }
    let request = request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).expect("a request");
    let stream = TcpStream::connect(address).await.expect("the server listens");
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(request).await.unwrap_or_else(|error| panic!("{line}: {error}"));
    let (parts, body) = answer.into_parts();
    let bytes = body.collect().await.expect("a whole body").to_bytes();
    connection.abort();
    let text = String::from_utf8(bytes.to_vec()).expect("text");
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Answer { status: parts.status.as_u16(), headers: parts.headers, text, body }
}
