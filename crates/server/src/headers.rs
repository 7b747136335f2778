//! Rules about request headers that hold whatever the request means.

use http::{HeaderMap, HeaderName};
use keyward_rest::ElasticError;

/// Whom the caller wants to act as.
pub(crate) const RUN_AS: HeaderName = HeaderName::from_static("es-security-runas-user");
/// A second identity.
pub(crate) const SECONDARY: HeaderName = HeaderName::from_static("es-secondary-authorization");
/// A mark of the client's own, which its answer bears too.
pub(crate) const OPAQUE_ID: HeaderName = HeaderName::from_static("x-opaque-id");

/// Headers that say one thing, each with the name under which an error calls it.
const SINGLE: [(&str, &str); 9] = [
    ("authorization", "Authorization"),
    ("accept", "Accept"),
    ("content-type", "Content-Type"),
    ("x-opaque-id", "X-Opaque-Id"),
    ("es-security-runas-user", "es-security-runas-user"),
    ("es-secondary-authorization", "es-secondary-authorization"),
    ("traceparent", "traceparent"),
    ("x-elastic-product-origin", "X-elastic-product-origin"),
    ("expect", "Expect"),
];

/// Headers by which something between client and server may be told another method than the request line's.
const OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

/// Refuses contradictory and dangerous headers; collapses identical repetitions.
pub(crate) fn check(headers: &mut HeaderMap) -> Result<(), ElasticError> {
    if let Some(name) = headers.keys().find(|name| OVERRIDES.contains(&name.as_str())) {
        return Err(ElasticError::illegal_argument(format!("the header [{name}] is not allowed")));
    }
    // As many values as names: nothing is repeated.
    if headers.len() == headers.keys_len() {
        return Ok(());
    }
    for (name, shown) in SINGLE {
        let mut values = headers.get_all(name).iter();
        let Some(first) = values.next() else { continue };
        let (mut repeated, mut differs) = (false, false);
        for other in values {
            repeated = true;
            differs |= other != first;
        }
        if differs {
            let text = format!("multiple values for single-valued header [{shown}].");
            return Err(ElasticError::illegal_argument(text));
        }
        if repeated {
            let first = first.clone();
            headers.insert(name, first);
        }
    }
    Ok(())
}

/// The text of a header; one that is not plain text counts as malformed where it is read.
pub(crate) fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, ElasticError> {
    let value = headers.get(name).map(http::HeaderValue::to_str).transpose();
    value.map_err(|_| ElasticError::illegal_argument(format!("the header [{name}] holds characters beyond ASCII")))
}
