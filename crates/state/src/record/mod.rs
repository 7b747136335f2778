//! What is stored: one record per thing, each under a key that says what it is.

mod codec;
mod decode;
mod encode;
mod key;

use std::sync::Arc;

use keyward_security::api_key::ApiKey;
use keyward_security::role::{RoleDescriptor, RoleName};
use keyward_security::time::Timestamp;
use keyward_security::user::{NativeUser, ReservedUserState};

/// A privilege that an application defined.
pub use keyward_security::privilege::ApplicationPrivilege as StoredApplicationPrivilege;

pub use decode::{DecodeError, Decoder};
pub use key::{RecordKey, RecordKeyError, RecordKind};

/// A stored thing.
#[derive(Clone, Debug)]
pub enum Record {
    /// A key as it was made or last updated. Its invalidation is a record of its own.
    ApiKey(Arc<ApiKey>),
    /// What changes about a key without its knowing: small, because keys are revoked in great numbers.
    ApiKeyStatus(ApiKeyStatus),
    /// A user of the native realm.
    User(Arc<NativeUser>),
    /// What is changed about a built-in user.
    ReservedUser(Arc<ReservedUserState>),
    /// A role.
    Role(Arc<StoredRole>),
    /// A privilege that an application defined.
    ApplicationPrivilege(Arc<StoredApplicationPrivilege>),
    /// A setting that is changed at run time.
    Setting(Arc<serde_json::Value>),
}

/// What was done to a key after it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiKeyStatus {
    /// When it was invalidated. That cannot be undone.
    pub invalidation: Timestamp,
}

/// A role with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRole {
    /// The name.
    pub name: RoleName,
    /// The role as written.
    pub descriptor: Arc<RoleDescriptor>,
}

impl Record {
    /// What it is.
    pub const fn kind(&self) -> RecordKind {
        match self {
            Self::ApiKey(_) => RecordKind::ApiKey,
            Self::ApiKeyStatus(_) => RecordKind::ApiKeyStatus,
            Self::User(_) => RecordKind::User,
            Self::ReservedUser(_) => RecordKind::ReservedUser,
            Self::Role(_) => RecordKind::Role,
            Self::ApplicationPrivilege(_) => RecordKind::ApplicationPrivilege,
            Self::Setting(_) => RecordKind::Setting,
        }
    }

    /// The stored bytes.
    pub fn encode(&self) -> Vec<u8> {
        encode::encode(self)
    }

    /// Reads stored bytes. To read many, use one [`Decoder`]: it shares what keys have in common.
    pub fn decode(key: &RecordKey, bytes: &[u8]) -> Result<Self, DecodeError> {
        Decoder::new().decode(key, bytes)
    }
}

#[cfg(test)]
mod tests;
