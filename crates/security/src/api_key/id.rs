//! The handle of an API key.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::time::Timestamp;

/// How many bytes a key id of ours has; 20 characters of base64url.
pub const API_KEY_ID_BYTES: usize = 15;

/// Names one API key. Ids made here begin with the time of creation, so that they sort by it; what a client sends may
/// be any text, and text that cannot be the id of a stored key is kept as it came.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiKeyId(Repr);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Repr {
    Canonical([u8; API_KEY_ID_BYTES]),
    Other(Arc<str>),
}

impl ApiKeyId {
    /// A new id: 48 bits of time, then 72 drawn bits.
    pub fn from_drawn(now: Timestamp, drawn: [u8; 9]) -> Self {
        let [_, _, time @ ..] = now.as_millis().max(0).to_be_bytes();
        let mut bytes = [0; API_KEY_ID_BYTES];
        let (head, tail) = bytes.split_at_mut(time.len());
        head.copy_from_slice(&time);
        tail.copy_from_slice(&drawn);
        Self(Repr::Canonical(bytes))
    }

    /// The id that these bytes stand for.
    pub const fn from_bytes(bytes: [u8; API_KEY_ID_BYTES]) -> Self {
        Self(Repr::Canonical(bytes))
    }

    /// Reads any text as an id.
    pub fn parse(text: &str) -> Self {
        let mut bytes = [0; API_KEY_ID_BYTES];
        if text.len() == 20 && matches!(URL_SAFE_NO_PAD.decode_slice(text, &mut bytes), Ok(API_KEY_ID_BYTES)) {
            Self(Repr::Canonical(bytes))
        } else {
            Self(Repr::Other(text.into()))
        }
    }

    /// The bytes of an id that a stored key can have; `None` for text that no stored key can be called.
    pub const fn as_bytes(&self) -> Option<&[u8; API_KEY_ID_BYTES]> {
        match &self.0 {
            Repr::Canonical(bytes) => Some(bytes),
            Repr::Other(_) => None,
        }
    }
}

impl fmt::Display for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Canonical(bytes) => f.write_str(&URL_SAFE_NO_PAD.encode(bytes)),
            Repr::Other(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeyId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::ApiKeyId;
    use crate::time::Timestamp;

    #[test]
    fn made_ids_have_twenty_characters_and_sort_by_time() {
        let early = ApiKeyId::from_drawn(Timestamp::from_millis(1_786_868_000_123), [255; 9]);
        let late = ApiKeyId::from_drawn(Timestamp::from_millis(1_786_868_000_124), [0; 9]);
        assert_eq!(early.to_string().len(), 20);
        assert!(early < late);
        assert_eq!(ApiKeyId::parse(&early.to_string()), early);
    }

    #[test]
    fn any_text_is_kept_as_it_came() {
        for text in
            ["", "nope", "kW7xT5gBq3LmZp0aUd9Y", "kW7xT5gBq3LmZp0aUd9+", "кW7xT5gBq3LmZp0aUd9", "kW7xT5gBq3LmZp0aUd9Y="]
        {
            assert_eq!(ApiKeyId::parse(text).to_string(), text);
        }
        assert!(ApiKeyId::parse("kW7xT5gBq3LmZp0aUd9Y").as_bytes().is_some());
        assert!(ApiKeyId::parse("kW7xT5gBq3LmZp0aUd9+").as_bytes().is_none());
    }
}
