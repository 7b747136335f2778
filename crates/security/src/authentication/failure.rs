//! Why a request was not let in. An outcome, not an error: it carries what the answer and the audit log need.

use std::borrow::Cow;

use crate::api_key::{ApiKeyId, KeyType};
use crate::credentials::{Base64Error, CredentialsError};

/// Why authentication failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthenticationFailure {
    /// No credential, one of an unknown scheme, or one that is switched off.
    Missing,
    /// A user name with a wrong password, an unknown user, or a disabled one: they cannot be told apart.
    User {
        /// The name as it was given.
        username: String,
    },
    /// A Basic header that is not base64.
    BasicEncoding(Base64Error),
    /// A Basic header without a colon or a value.
    BasicValue,
    /// A key or token that nobody accepted.
    Rejected {
        /// What each mechanism said, with its name in front.
        details: Vec<String>,
    },
    /// A valid key on an interface that is not for its kind.
    WrongKeyType {
        /// The key.
        id: ApiKeyId,
        /// Its kind.
        actual: KeyType,
        /// The kind that could be used here.
        expected: KeyType,
    },
    /// An access token past its time.
    TokenExpired,
    /// A service account's token that does not exist or has another secret.
    ServiceToken {
        /// The account.
        account: String,
        /// The token's name.
        token_name: String,
    },
    /// Too many passwords are being checked already. Not a 401.
    Overloaded,
    /// The state may be out of date, and the node is told to refuse then. Not a 401.
    Unavailable,
}

impl AuthenticationFailure {
    /// What an API key authenticator says about a key that it does not accept.
    pub fn api_key(detail: impl std::fmt::Display) -> Self {
        Self::Rejected { details: vec![format!("API key: {detail}")] }
    }

    /// The reason as clients read it. `uri` is the path and query of the request, as they came.
    pub fn reason(&self, uri: &str) -> Cow<'static, str> {
        match self {
            Self::Missing => format!("missing authentication credentials for REST request [{uri}]").into(),
            Self::User { username } => {
                format!("unable to authenticate user [{username}] for REST request [{uri}]").into()
            }
            Self::BasicEncoding(_) => "invalid basic authentication header encoding".into(),
            Self::BasicValue => "invalid basic authentication header value".into(),
            Self::Rejected { .. } => {
                "unable to authenticate with provided credentials and anonymous access is not allowed for this request"
                    .into()
            }
            Self::WrongKeyType { id, actual, expected } => format!(
                "authentication expected API key type of [{}], but API key [{id}] has type [{}]",
                expected.as_str(),
                actual.as_str()
            )
            .into(),
            Self::TokenExpired => "token expired".into(),
            Self::ServiceToken { account, token_name } => {
                format!("failed to authenticate service account [{account}] with token name [{token_name}]").into()
            }
            Self::Overloaded => "server is too busy to respond".into(),
            Self::Unavailable => "the security state of this node may be out of date".into(),
        }
    }

    /// What the mechanisms noted about a key or token, for the member `additional_unsuccessful_credentials`.
    pub fn details(&self) -> &[String] {
        match self {
            Self::Rejected { details } => details,
            _ => &[],
        }
    }
}

impl From<CredentialsError> for AuthenticationFailure {
    fn from(error: CredentialsError) -> Self {
        match error {
            CredentialsError::BasicEncoding(source) => Self::BasicEncoding(source),
            CredentialsError::BasicValue => Self::BasicValue,
            CredentialsError::ApiKey(source) => Self::api_key(source),
        }
    }
}
