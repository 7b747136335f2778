//! Percent-decoding, strict: broken escapes, control characters and invalid UTF-8 are refused, never repaired.

use std::borrow::Cow;

use crate::error::ElasticError;

/// Decodes one raw segment of a path. A plus sign is itself.
pub(crate) fn segment(raw: &str) -> Result<Cow<'_, str>, ElasticError> {
    if raw.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'%') {
        return Ok(Cow::Borrowed(raw));
    }
    decode(raw, false).map(Cow::Owned)
}

/// Decodes one raw name or value of a query string. A plus sign is a blank.
pub(crate) fn query(raw: &str) -> Result<String, ElasticError> {
    decode(raw, true)
}

fn decode(raw: &str, plus_is_blank: bool) -> Result<String, ElasticError> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => match (rest.next().and_then(hex), rest.next().and_then(hex)) {
                (Some(high), Some(low)) => bytes.push(high << 4 | low),
                _ => return Err(bad(raw, "an escape is not two hexadecimal digits after [%]")),
            },
            b'+' if plus_is_blank => bytes.push(b' '),
            other => bytes.push(other),
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| bad(raw, "it is not UTF-8"))?;
    // A line break or a tab inside a value is legal, NUL is not.
    let refused = |character: char| match character {
        '\t' | '\n' | '\r' => !plus_is_blank,
        other => other.is_control(),
    };
    if text.contains(refused) {
        return Err(bad(raw, "it holds a control character"));
    }
    Ok(text)
}

fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

fn bad(raw: &str, why: &str) -> ElasticError {
    let shown: String = raw.chars().take(100).flat_map(char::escape_default).collect();
    ElasticError::illegal_argument(format!("partial or malformed URI component [{shown}]: {why}"))
}
