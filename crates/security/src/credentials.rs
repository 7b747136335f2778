//! The `Authorization` header as a value. Which realm may check it is decided later; here is only what it says.

mod base64;

use std::fmt;

use zeroize::Zeroizing;

pub use self::base64::Base64Error;
use crate::api_key::ApiKeyId;
use crate::secret::Secret;

/// What a caller shows to be let in.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// Nothing: no header, or `ApiKey` and `Bearer` without a value.
    None,
    /// A name and a password.
    Basic {
        /// The name.
        username: String,
        /// The password.
        password: Secret,
    },
    /// An API key.
    ApiKey(ApiKeyCredential),
    /// A token, of a kind that its own bytes tell.
    Bearer(Secret),
    /// A scheme that nobody here checks.
    Unknown {
        /// Its name.
        scheme: String,
    },
}

/// An API key as it is shown: id and secret.
#[derive(Clone, Debug)]
pub struct ApiKeyCredential {
    /// The id.
    pub id: ApiKeyId,
    /// The secret; may be empty, and then matches no key.
    pub secret: Secret,
}

/// A header that names a scheme but cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// Basic: not base64.
    #[error("invalid basic authentication header encoding")]
    BasicEncoding(#[source] Base64Error),
    /// Basic: no value, or no colon in it.
    #[error("invalid basic authentication header value")]
    BasicValue,
    /// API key: unreadable. Other realms are still asked.
    #[error(transparent)]
    ApiKey(#[from] ApiKeyCredentialError),
}

/// A text that is not the encoded form of an API key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyCredentialError {
    /// No text.
    #[error("api key is empty")]
    Empty,
    /// Not base64.
    #[error(transparent)]
    Encoding(#[from] Base64Error),
    /// No colon, or nothing before it.
    #[error("invalid ApiKey value")]
    Value,
}

impl Credentials {
    /// Reads the value of an `Authorization` header. Schemes are recognised in any case, followed by one blank.
    pub fn parse(header: Option<&[u8]>) -> Result<Self, CredentialsError> {
        let Some(header) = header else { return Ok(Self::None) };
        if let Some(value) = after_scheme(header, b"ApiKey ") {
            if value.is_empty() {
                return Ok(Self::None);
            }
            return Ok(Self::ApiKey(ApiKeyCredential::parse(value)?));
        }
        if let Some(value) = after_scheme(header, b"Basic ") {
            return parse_basic(value);
        }
        if let Some(value) = after_scheme(header, b"Bearer ") {
            return Ok(if value.is_empty() { Self::None } else { Self::Bearer(Secret::new(latin1(value).as_str())) });
        }
        let scheme = header.split(|byte| *byte == b' ').next().unwrap_or_default();
        let known = ["apikey", "bearer"].iter().any(|name| scheme.eq_ignore_ascii_case(name.as_bytes()));
        Ok(if known { Self::None } else { Self::Unknown { scheme: latin1(scheme).to_string() } })
    }
}

impl ApiKeyCredential {
    /// Reads the encoded form, `base64(id:secret)`.
    pub fn parse(encoded: &[u8]) -> Result<Self, ApiKeyCredentialError> {
        if encoded.is_empty() {
            return Err(ApiKeyCredentialError::Empty);
        }
        let decoded = Zeroizing::new(base64::decode(encoded)?);
        let mut parts = decoded.splitn(2, |byte| *byte == b':');
        match (parts.next(), parts.next()) {
            (Some(id), Some(secret)) if !id.is_empty() => {
                let id = ApiKeyId::parse(&String::from_utf8_lossy(id));
                Ok(Self { id, secret: Secret::new(String::from_utf8_lossy(secret)) })
            }
            _ => Err(ApiKeyCredentialError::Value),
        }
    }

    /// Writes the encoded form.
    pub fn encode(&self) -> Secret {
        use ::base64::Engine;
        let text = Zeroizing::new(format!("{}:{}", self.id, self.secret.expose()));
        Secret::new(::base64::engine::general_purpose::STANDARD.encode(text.as_bytes()))
    }
}

fn parse_basic(value: &[u8]) -> Result<Credentials, CredentialsError> {
    if value.is_empty() {
        return Err(CredentialsError::BasicValue);
    }
    let decoded = Zeroizing::new(base64::decode(value.trim_ascii()).map_err(CredentialsError::BasicEncoding)?);
    let text = Zeroizing::new(String::from_utf8_lossy(&decoded).into_owned());
    let (username, password) = text.split_once(':').ok_or(CredentialsError::BasicValue)?;
    Ok(Credentials::Basic { username: username.to_owned(), password: Secret::new(password) })
}

fn after_scheme<'a>(header: &'a [u8], scheme: &[u8]) -> Option<&'a [u8]> {
    let (head, value) = header.split_at_checked(scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then_some(value)
}

/// Header bytes beyond ASCII are read as Latin-1, so that any byte has a text.
fn latin1(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(bytes.iter().map(|byte| char::from(*byte)).collect())
}

impl fmt::Display for ApiKeyCredential {
    /// Shows the id only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)
    }
}

#[cfg(test)]
mod tests;
