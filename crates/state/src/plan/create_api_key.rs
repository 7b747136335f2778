//! Making a key.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyward_security::api_key::{
    API_KEY_VERSION, ApiKey, ApiKeyId, CreateApiKey, CreatedApiKey, Creator, DescriptorSet, KeyType, RestrictionError,
    check_restrictions, is_empty_descriptor,
};
use keyward_security::authentication::{Authentication, Subject};
use keyward_security::hash::{Algorithm, Drawn, Hash};
use keyward_security::role::RoleName;
use keyward_security::secret::Secret;
use keyward_security::time::Timestamp;

use super::update_api_keys::json_text;
use crate::record::{Record, RecordKey};
use crate::txn::{Expect, Txn, Write};
use crate::view::View;

/// What chance decides about one key: its id, its secret, and with it the hash of that.
#[derive(Clone)]
pub struct DrawnApiKey {
    id: [u8; 9],
    secret: Secret,
    hash: Hash,
}

impl DrawnApiKey {
    /// From drawn bits, with a fast hash: what a secret of 128 random bits needs.
    pub fn fast(id: [u8; 9], secret: [u8; 16], salt: Drawn) -> Self {
        let secret = Self::secret(secret);
        let hash = Hash::make(Algorithm::Ssha256, &secret, salt);
        Self { id, secret, hash }
    }

    /// With a hash that was made elsewhere, because it takes time. It must be that of the secret.
    pub const fn hashed(id: [u8; 9], secret: Secret, hash: Hash) -> Self {
        Self { id, secret, hash }
    }

    pub(super) fn into_parts(self) -> ([u8; 9], Secret, Hash) {
        (self.id, self.secret, self.hash)
    }

    /// The secret that drawn bits stand for.
    pub fn secret(bits: [u8; 16]) -> Secret {
        Secret::new(URL_SAFE_NO_PAD.encode(bits))
    }
}

impl fmt::Debug for DrawnApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Why no key is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateApiKeyError {
    /// A key that is made with a key can do nothing, and the request has to say so.
    #[error("creating derived api keys requires an explicit role descriptor that is empty (has no privileges)")]
    Derived,
    /// A rule about restrictions.
    #[error(transparent)]
    Restriction(#[from] RestrictionError),
}

/// Makes a key for the effective subject, with its permissions as they are now as the limit.
///
/// The request is valid in itself (`CreateApiKey::validate`), and `who` may make keys. `everybody` are roles that all
/// users have beside their own.
pub fn create_api_key(
    view: &View,
    who: &Authentication,
    everybody: &[RoleName],
    request: &CreateApiKey,
    now: Timestamp,
    drawn: DrawnApiKey,
) -> Result<(Txn, CreatedApiKey), CreateApiKeyError> {
    let descriptors = &request.role_descriptors;
    if who.as_api_key().is_some() {
        let nothing = descriptors.iter().all(|(_, descriptor)| is_empty_descriptor(descriptor));
        if descriptors.is_empty() || !nothing {
            return Err(CreateApiKeyError::Derived);
        }
    }
    let owner = view.owner_snapshot(who, everybody);
    check_restrictions(descriptors, &owner)?;

    let (bits, secret, hash) = drawn.into_parts();
    let id = ApiKeyId::from_drawn(now, bits);
    let expiration = request.lifetime.map(|seconds| now.plus_seconds(seconds));
    let key = ApiKey {
        id: id.clone(),
        name: request.name.as_str().into(),
        kind: KeyType::Rest,
        hash,
        creation: now,
        expiration,
        invalidation: None,
        creator: Arc::new(creator(&who.effective)),
        role_descriptors: Arc::new(DescriptorSet::new(descriptors)),
        limited_by: Arc::new(DescriptorSet::new(&owner)),
        metadata: request.metadata.as_ref().map(json_text),
        certificate_identity: None,
        version: API_KEY_VERSION,
    };
    let txn = put_new(key);
    Ok((txn, CreatedApiKey { id, name: request.name.clone(), expiration, secret }))
}

/// Who a key made for a subject belongs to. For a key made with a key that is the parent's owner, in the realm of keys.
pub(super) fn creator(subject: &Subject) -> Creator {
    let user = &subject.user;
    Creator {
        principal: Arc::clone(&user.username),
        full_name: user.full_name.clone(),
        email: user.email.clone(),
        metadata: Arc::clone(&user.metadata),
        realm: subject.realm.clone(),
    }
}

pub(super) fn put_new(key: ApiKey) -> Txn {
    // INVARIANT: the id was drawn just now, and such ids have a record name.
    let Some(name) = RecordKey::api_key(&key.id) else { return Txn::default() };
    Txn {
        expect: vec![Expect::Absent(name.clone())],
        write: vec![Write::Put(name, Arc::new(Record::ApiKey(Arc::new(key))))],
    }
}
