//! Changing keys. Only who owns a key can, and every change takes the owner's permissions anew.

use std::sync::Arc;

use keyward_security::api_key::{
    API_KEY_VERSION, ApiKey, ApiKeyId, DescriptorSet, KeyType, RestrictionError, UpdateApiKey, check_restrictions,
};
use keyward_security::authentication::{Authentication, Json};
use keyward_security::role::{RoleDescriptors, RoleName};
use keyward_security::time::Timestamp;

use super::create_api_key::creator;
use crate::keys::KeyRef;
use crate::record::{Record, RecordKey};
use crate::txn::{Expect, Txn, Write};
use crate::view::View;

/// Why no key at all is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateApiKeysError {
    /// A key owns nothing, not even itself.
    #[error("authentication via API key not supported: only the owner user can update an API key")]
    AsApiKey,
    /// A rule about restrictions.
    #[error(transparent)]
    Restriction(#[from] RestrictionError),
}

/// Why one key is not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateApiKeyError {
    /// There is none of that id, or it is somebody else's; nobody learns which.
    #[error("no API key owned by requesting user found for ID [{0}]")]
    NotFound(String),
    /// It was invalidated.
    #[error("cannot update invalidated API key [{0}]")]
    Invalidated(String),
    /// It has ended.
    #[error("cannot update expired API key [{0}]")]
    Expired(String),
    /// It is of the other kind.
    #[error("cannot update API key of type [{}] while expected type is [{}]", .actual.as_str(), .expected.as_str())]
    OtherType {
        /// Its kind.
        actual: KeyType,
        /// The kind that can be changed this way.
        expected: KeyType,
    },
}

/// What was done about a request to change keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdatedApiKeys {
    /// Changed.
    pub updated: Vec<String>,
    /// As they were asked to be already.
    pub noops: Vec<String>,
    /// Not changed, each with the reason.
    pub errors: Vec<(String, UpdateApiKeyError)>,
}

/// Changes the keys of these ids. The request is valid in itself, and `who` may ask it.
pub fn update_api_keys(
    view: &View,
    who: &Authentication,
    everybody: &[RoleName],
    ids: &[String],
    request: &UpdateApiKey,
    now: Timestamp,
) -> Result<(Txn, UpdatedApiKeys), UpdateApiKeysError> {
    if who.as_api_key().is_some() {
        return Err(UpdateApiKeysError::AsApiKey);
    }
    let owner = view.owner_snapshot(who, everybody);
    let none = RoleDescriptors::default();
    check_restrictions(request.role_descriptors.as_ref().unwrap_or(&none), &owner)?;
    let limited_by = Arc::new(DescriptorSet::new(&owner));

    let mut txn = Txn::default();
    let mut answer = UpdatedApiKeys::default();
    for (at, id) in ids.iter().enumerate() {
        if ids.iter().take(at).any(|earlier| earlier == id) {
            continue;
        }
        let key = match find(view, who, id, now) {
            Ok(key) => key,
            Err(error) => {
                answer.errors.push((id.clone(), error));
                continue;
            }
        };
        let old = key.to_api_key();
        let new = changed(&old, who, request, &limited_by, now);
        // INVARIANT: the key is in the view, so its id has record names.
        let names = RecordKey::api_key(&old.id).zip(RecordKey::api_key_status(&old.id));
        match names {
            Some((name, status)) if !is_same(&old, &new, request, &owner) => {
                txn.expect.push(Expect::At(name.clone(), key.modified()));
                // Whoever revokes it at the same time must not be undone.
                txn.expect.push(Expect::Absent(status));
                txn.write.push(Write::Put(name, Arc::new(Record::ApiKey(Arc::new(new)))));
                answer.updated.push(id.clone());
            }
            _ => answer.noops.push(id.clone()),
        }
    }
    Ok((txn, answer))
}

fn find<'v>(view: &'v View, who: &Authentication, id: &str, now: Timestamp) -> Result<KeyRef<'v>, UpdateApiKeyError> {
    let own = |key: &KeyRef<'_>| {
        let creator = key.creator();
        who.effective.owns(&creator.principal, &creator.realm.name)
    };
    let found = view.api_key(&ApiKeyId::parse(id)).filter(own);
    let key = found.ok_or_else(|| UpdateApiKeyError::NotFound(id.to_owned()))?;
    if key.is_invalidated() {
        return Err(UpdateApiKeyError::Invalidated(id.to_owned()));
    }
    if key.expiration().is_some_and(|end| end < now) {
        return Err(UpdateApiKeyError::Expired(id.to_owned()));
    }
    match key.kind() {
        KeyType::Rest => Ok(key),
        actual @ KeyType::CrossCluster => Err(UpdateApiKeyError::OtherType { actual, expected: KeyType::Rest }),
    }
}

fn changed(
    old: &ApiKey,
    who: &Authentication,
    request: &UpdateApiKey,
    limited_by: &Arc<DescriptorSet>,
    now: Timestamp,
) -> ApiKey {
    ApiKey {
        creator: Arc::new(creator(&who.effective)),
        role_descriptors: match &request.role_descriptors {
            Some(descriptors) => Arc::new(DescriptorSet::new(descriptors)),
            None => Arc::clone(&old.role_descriptors),
        },
        limited_by: Arc::clone(limited_by),
        metadata: match &request.metadata {
            Some(metadata) => Some(json_text(metadata)),
            None => old.metadata.clone(),
        },
        expiration: request.lifetime.map(|seconds| now.plus_seconds(seconds)).or(old.expiration),
        version: API_KEY_VERSION,
        ..old.clone()
    }
}

/// Whether the change is none. A time that is given always is one; sets are compared without their order.
fn is_same(old: &ApiKey, new: &ApiKey, request: &UpdateApiKey, owner: &RoleDescriptors) -> bool {
    let same_metadata = match (&request.metadata, &old.metadata) {
        (None, _) => true,
        (Some(new), Some(old)) => serde_json::from_str::<Json>(old).is_ok_and(|old| old == *new),
        (Some(_), None) => false,
    };
    let given = request.role_descriptors.as_ref();
    old.version == new.version
        && request.lifetime.is_none()
        && old.creator == new.creator
        && same_metadata
        && given.is_none_or(|given| is_same_set(&old.role_descriptors, given))
        && is_same_set(&old.limited_by, owner)
}

fn is_same_set(stored: &DescriptorSet, current: &RoleDescriptors) -> bool {
    stored.parse().is_ok_and(|stored| {
        stored.len() == current.len() && stored.iter().all(|(name, role)| current.get(name) == Some(role))
    })
}

/// Metadata as it is stored.
pub(super) fn json_text(metadata: &Json) -> Arc<str> {
    serde_json::to_string(metadata).unwrap_or_else(|_| "{}".to_owned()).into()
}
