//! The names of records. They are printable, begin with the kind, and sort keys by time of creation: a store that keeps
//! them in order writes new keys at one end.

use std::fmt;
use std::sync::Arc;

use keyward_security::api_key::{API_KEY_ID_BYTES, ApiKeyId};

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// An API key.
    ApiKey,
    /// What was done to an API key since.
    ApiKeyStatus,
    /// A native user.
    User,
    /// A built-in user.
    ReservedUser,
    /// A role.
    Role,
    /// A privilege of an application.
    ApplicationPrivilege,
    /// A setting.
    Setting,
}

impl RecordKind {
    const ALL: [Self; 7] = [
        Self::ApiKey,
        Self::ApiKeyStatus,
        Self::User,
        Self::ReservedUser,
        Self::Role,
        Self::ApplicationPrivilege,
        Self::Setting,
    ];

    /// What the names of such records begin with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::ApiKey => "key/",
            Self::ApiKeyStatus => "key-status/",
            Self::User => "user/",
            Self::ReservedUser => "reserved-user/",
            Self::Role => "role/",
            Self::ApplicationPrivilege => "privilege/",
            Self::Setting => "setting/",
        }
    }
}

/// The name of a record.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey {
    kind: RecordKind,
    text: Arc<str>,
}

/// Bytes that are no name of a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("[{}] is not the name of a record", String::from_utf8_lossy(.0))]
pub struct RecordKeyError(Vec<u8>);

impl RecordKey {
    /// Reads a stored name.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordKeyError> {
        let refused = || RecordKeyError(bytes.to_vec());
        let text = std::str::from_utf8(bytes).map_err(|_| refused())?;
        let kind = RecordKind::ALL.into_iter().find(|kind| text.starts_with(kind.prefix())).ok_or_else(refused)?;
        let key = Self { kind, text: text.into() };
        let fine = match kind {
            RecordKind::ApiKey | RecordKind::ApiKeyStatus => key.api_key_id().is_some(),
            RecordKind::ApplicationPrivilege => key.application_and_privilege().is_some(),
            RecordKind::User | RecordKind::ReservedUser | RecordKind::Role | RecordKind::Setting => {
                !key.name().is_empty()
            }
        };
        if fine { Ok(key) } else { Err(refused()) }
    }

    /// The record of a key; `None` for an id that no stored key can have.
    pub fn api_key(id: &ApiKeyId) -> Option<Self> {
        id.as_bytes().map(|bytes| Self::of_api_key(RecordKind::ApiKey, bytes))
    }

    /// The record of what was done to a key; `None` for an id that no stored key can have.
    pub fn api_key_status(id: &ApiKeyId) -> Option<Self> {
        id.as_bytes().map(|bytes| Self::of_api_key(RecordKind::ApiKeyStatus, bytes))
    }

    /// The record of a native user.
    pub fn user(name: &str) -> Self {
        Self::named(RecordKind::User, name)
    }

    /// The record of a built-in user.
    pub fn reserved_user(name: &str) -> Self {
        Self::named(RecordKind::ReservedUser, name)
    }

    /// The record of a role.
    pub fn role(name: &str) -> Self {
        Self::named(RecordKind::Role, name)
    }

    /// The record of an application's privilege. Names of applications have no slash.
    pub fn application_privilege(application: &str, name: &str) -> Self {
        Self::named(RecordKind::ApplicationPrivilege, &format!("{application}/{name}"))
    }

    /// The record of a setting.
    pub fn setting(name: &str) -> Self {
        Self::named(RecordKind::Setting, name)
    }

    fn named(kind: RecordKind, name: &str) -> Self {
        Self { kind, text: format!("{}{name}", kind.prefix()).into() }
    }

    /// Hexadecimal, which unlike base64 sorts as the bytes do.
    fn of_api_key(kind: RecordKind, id: &[u8; API_KEY_ID_BYTES]) -> Self {
        const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
        let mut text = String::with_capacity(kind.prefix().len() + 2 * API_KEY_ID_BYTES);
        text.push_str(kind.prefix());
        for byte in id {
            for nibble in [byte >> 4, byte & 15] {
                text.extend(DIGITS.get(usize::from(nibble)));
            }
        }
        Self { kind, text: text.into() }
    }

    /// What the record is about.
    pub const fn kind(&self) -> RecordKind {
        self.kind
    }

    /// The name without the kind.
    pub fn name(&self) -> &str {
        self.text.strip_prefix(self.kind.prefix()).unwrap_or_default()
    }

    /// The id, when the record is about an API key.
    pub fn api_key_id(&self) -> Option<ApiKeyId> {
        if !matches!(self.kind, RecordKind::ApiKey | RecordKind::ApiKeyStatus) {
            return None;
        }
        let digits: &[u8; 2 * API_KEY_ID_BYTES] = self.name().as_bytes().try_into().ok()?;
        let mut id = [0; API_KEY_ID_BYTES];
        for (byte, pair) in id.iter_mut().zip(digits.as_chunks::<2>().0) {
            for digit in pair {
                let value = match digit {
                    b'0'..=b'9' => digit - b'0',
                    b'a'..=b'f' => digit - b'a' + 10,
                    _ => return None,
                };
                *byte = (*byte << 4) | value;
            }
        }
        Some(ApiKeyId::from_bytes(id))
    }

    /// Application and privilege, when the record is about one.
    pub fn application_and_privilege(&self) -> Option<(&str, &str)> {
        if self.kind != RecordKind::ApplicationPrivilege {
            return None;
        }
        self.name().split_once('/').filter(|(application, name)| !application.is_empty() && !name.is_empty())
    }

    /// The bytes to store it under.
    pub fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The same as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
