//! Answers out: rendered replies as HTTP responses, compressed where that is wanted, without a body for `HEAD`.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, HeaderValue};
use http::{HeaderMap, Method, Response};
use http_body_util::Full;
use keyward_rest::render::Rendered;

use crate::headers::OPAQUE_ID;

/// Answers smaller than this are not worth compressing.
const SMALL: usize = 1024;

/// What of a request matters for putting its answer on the wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delivery {
    head: bool,
    gzip: bool,
    opaque_id: Option<HeaderValue>,
    /// Whether the connection ends with this answer.
    pub(crate) close: bool,
}

impl Delivery {
    /// Reads what the headers say.
    pub(crate) fn of(method: &Method, headers: &HeaderMap, compression: bool) -> Self {
        Self {
            head: method == Method::HEAD,
            gzip: compression && takes_gzip(headers),
            opaque_id: headers.get(OPAQUE_ID).cloned(),
            close: false,
        }
    }

    /// The response.
    pub(crate) fn respond(self, rendered: Rendered) -> Response<Full<Bytes>> {
        let Rendered { status, headers, mut body } = rendered;
        let mut response = Response::new(Full::default());
        *response.status_mut() = status;
        let target = response.headers_mut();
        target.reserve(headers.len().saturating_add(4));
        for (name, value) in headers {
            target.append(name, value);
        }
        if let Some(id) = self.opaque_id {
            target.insert(OPAQUE_ID, id);
        }
        if self.gzip
            && body.len() >= SMALL
            && !target.contains_key(CONTENT_ENCODING)
            && let Ok(smaller) = compress(&body)
        {
            body = smaller;
            target.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        target.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        if self.close {
            target.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if !self.head {
            *response.body_mut() = Full::new(body);
        }
        response
    }
}

/// Whether the client takes gzip: named, or meant by `*`, and not with a weight of zero.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let mut any = false;
    for value in headers.get_all(ACCEPT_ENCODING) {
        let Ok(text) = value.to_str() else { continue };
        for coding in text.split(',') {
            let mut parts = coding.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let refused = parts.any(|part| {
                part.strip_prefix("q=")
                    .and_then(|weight| weight.parse::<f32>().ok())
                    .is_some_and(|weight| weight <= 0.0)
            });
            if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
                return !refused;
            }
            any |= name == "*" && !refused;
        }
    }
    any
}

fn compress(body: &[u8]) -> std::io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::new(3));
    encoder.write_all(body)?;
    Ok(Bytes::from(encoder.finish()?))
}
