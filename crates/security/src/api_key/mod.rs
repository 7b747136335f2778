//! API keys as values: what one is, how it is called, and whether it may be used.

mod create;
mod descriptors;
mod id;
mod select;
mod update;

use std::sync::Arc;

pub use create::{
    CreateApiKey, CreatedApiKey, RestrictionError, check_descriptors, check_metadata, check_restrictions,
    is_empty_descriptor,
};
pub use descriptors::DescriptorSet;
pub use id::{API_KEY_ID_BYTES, ApiKeyId};
pub use select::{GetApiKeys, InvalidateApiKeys, InvalidatedApiKeys, NameFilter};
pub use update::{CloneApiKey, CloneExpiration, UpdateApiKey};

use crate::authentication::{Json, RealmRef};
pub use crate::credentials::ApiKeyCredential;
use crate::hash::Hash;
use crate::time::Timestamp;
use crate::user::User;

/// What a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyType {
    /// Requests over HTTP.
    Rest,
    /// The interface between clusters; refused over HTTP.
    CrossCluster,
}

impl KeyType {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::CrossCluster => "cross_cluster",
        }
    }
}

/// Who a key was made for, frozen at the time it was made or last updated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Creator {
    /// The name of the user.
    pub principal: Arc<str>,
    /// The user's full name.
    pub full_name: Option<Arc<str>>,
    /// The user's mail address.
    pub email: Option<Arc<str>>,
    /// The user's metadata.
    pub metadata: Arc<Json>,
    /// The realm that the user came from.
    pub realm: RealmRef,
}

impl Creator {
    /// The user that a request made with the key acts as. A key has no roles by name: its permissions are its
    /// descriptors.
    pub fn to_user(&self) -> User {
        User {
            username: Arc::clone(&self.principal),
            roles: Arc::from([]),
            full_name: self.full_name.clone(),
            email: self.email.clone(),
            metadata: Arc::clone(&self.metadata),
            enabled: true,
        }
    }
}

/// The version of the stored form that new and updated keys get; an update rewrites keys of another version.
pub const API_KEY_VERSION: u32 = 1;

/// An API key, its secret known only as a hash.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// The only unique handle.
    pub id: ApiKeyId,
    /// The name, which need not be unique.
    pub name: Arc<str>,
    /// What it may be used for.
    pub kind: KeyType,
    /// The hash of the secret.
    pub hash: Hash,
    /// When it was made.
    pub creation: Timestamp,
    /// When it ends to be valid; never, when absent.
    pub expiration: Option<Timestamp>,
    /// When it was invalidated.
    pub invalidation: Option<Timestamp>,
    /// Who it was made for.
    pub creator: Arc<Creator>,
    /// The descriptors given to it; when there are none, it has its owner's permissions.
    pub role_descriptors: Arc<DescriptorSet>,
    /// The owner's descriptors when it was made, which it can never exceed.
    pub limited_by: Arc<DescriptorSet>,
    /// Metadata as compact JSON text; `None` when there is none.
    pub metadata: Option<Arc<str>>,
    /// The pattern that a remote cluster's certificate must match.
    pub certificate_identity: Option<Arc<str>>,
    /// The version of the stored form.
    pub version: u32,
}

impl ApiKey {
    /// Whether the key has ended at `now`. A key that ends now has ended.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        is_expired(self.expiration, now)
    }

    /// Whether the key can still be used at `now`.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.invalidation.is_none() && !self.is_expired(now)
    }
}

/// Whether something that ends at `expiration` has ended at `now`. The instant of the end is no longer inside.
pub fn is_expired(expiration: Option<Timestamp>, now: Timestamp) -> bool {
    expiration.is_some_and(|end| end <= now)
}
