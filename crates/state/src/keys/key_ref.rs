//! A key where it lies: in a row of the base or in the delta.

use std::sync::Arc;

use keyward_security::api_key::{ApiKey, ApiKeyId, Creator, DescriptorSet, KeyType, is_expired};
use keyward_security::hash::Hash;
use keyward_security::secret::Secret;
use keyward_security::time::Timestamp;

use super::base::{Base, Row, RowHash, texts};
use super::delta::Change;
use crate::revision::Revision;
use crate::view::Stored;

/// A key in a view, read in place.
#[derive(Clone, Copy, Debug)]
pub struct KeyRef<'a>(Repr<'a>);

#[derive(Clone, Copy, Debug)]
enum Repr<'a> {
    Row { base: &'a Base, row: &'a Row },
    Changed { key: &'a Stored<Arc<ApiKey>>, status: Option<Stored<Timestamp>> },
}

impl<'a> KeyRef<'a> {
    pub(super) const fn of_row(base: &'a Base, row: &'a Row) -> Self {
        Self(Repr::Row { base, row })
    }

    pub(super) fn of_change(change: &'a Change) -> Option<Self> {
        change.key.as_ref().map(|key| Self(Repr::Changed { key, status: change.status }))
    }

    /// A key that is in no view (yet).
    pub(crate) const fn of_stored(key: &'a Stored<Arc<ApiKey>>, status: Option<Stored<Timestamp>>) -> Self {
        Self(Repr::Changed { key, status })
    }

    /// The id.
    pub fn id(&self) -> ApiKeyId {
        match self.0 {
            Repr::Row { row, .. } => ApiKeyId::from_bytes(row.id),
            Repr::Changed { key, .. } => key.value.id.clone(),
        }
    }

    /// The name.
    pub fn name(&self) -> &'a str {
        match self.0 {
            Repr::Row { base, row } => texts(base, row).map_or("", |[name, ..]| name),
            Repr::Changed { key, .. } => &key.value.name,
        }
    }

    /// What it may be used for.
    pub fn kind(&self) -> KeyType {
        match self.0 {
            Repr::Row { row, .. } => row.kind(),
            Repr::Changed { key, .. } => key.value.kind,
        }
    }

    /// Whether `secret` is the key's, checked in constant time; `None` when that takes milliseconds, and so must be done
    /// elsewhere with [`KeyRef::hash`].
    pub fn verify_fast(&self, secret: &Secret) -> Option<bool> {
        match self.0 {
            Repr::Row { row: Row { hash: RowHash::Fast(hash), .. }, .. } => Some(hash.verify(secret)),
            Repr::Row { .. } => None,
            Repr::Changed { key, .. } => key.value.hash.as_ssha256().map(|hash| hash.verify(secret)),
        }
    }

    /// The hash of the secret.
    pub fn hash(&self) -> Option<Hash> {
        match self.0 {
            Repr::Row { row: Row { hash: RowHash::Fast(hash), .. }, .. } => Some(Hash::from_ssha256(*hash)),
            Repr::Row { base, row: Row { hash: RowHash::Slow(number), .. } } => {
                base.slow_hashes.get(usize::try_from(*number).ok()?).cloned()
            }
            Repr::Changed { key, .. } => Some(key.value.hash.clone()),
        }
    }

    /// When it was made.
    pub fn creation(&self) -> Timestamp {
        match self.0 {
            Repr::Row { row, .. } => row.creation,
            Repr::Changed { key, .. } => key.value.creation,
        }
    }

    /// When it ends.
    pub fn expiration(&self) -> Option<Timestamp> {
        match self.0 {
            Repr::Row { row, .. } => row.expiration(),
            Repr::Changed { key, .. } => key.value.expiration,
        }
    }

    /// When it was invalidated.
    pub fn invalidation(&self) -> Option<Timestamp> {
        match self.0 {
            Repr::Row { row, .. } => row.invalidation(),
            Repr::Changed { status, .. } => status.map(|status| status.value),
        }
    }

    /// Whether it was invalidated.
    pub fn is_invalidated(&self) -> bool {
        self.invalidation().is_some()
    }

    /// Whether it has ended at `now`.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        is_expired(self.expiration(), now)
    }

    /// Whether it can still be used at `now`.
    pub fn is_active(&self, now: Timestamp) -> bool {
        !self.is_invalidated() && !self.is_expired(now)
    }

    /// Who it was made for.
    pub fn creator(&self) -> &'a Arc<Creator> {
        match self.0 {
            Repr::Row { base, row } => shared(&base.creators, row.creator),
            Repr::Changed { key, .. } => &key.value.creator,
        }
    }

    /// The descriptors given to it.
    pub fn role_descriptors(&self) -> &'a Arc<DescriptorSet> {
        match self.0 {
            Repr::Row { base, row } => shared(&base.descriptors, row.role_descriptors),
            Repr::Changed { key, .. } => &key.value.role_descriptors,
        }
    }

    /// The owner's descriptors, which it can never exceed.
    pub fn limited_by(&self) -> &'a Arc<DescriptorSet> {
        match self.0 {
            Repr::Row { base, row } => shared(&base.descriptors, row.limited_by),
            Repr::Changed { key, .. } => &key.value.limited_by,
        }
    }

    /// Metadata as JSON text; `None` when there is none.
    pub fn metadata(&self) -> Option<&'a str> {
        match self.0 {
            Repr::Row { base, row } => {
                let has = row.flags & Row::METADATA != 0;
                texts(base, row).filter(|_| has).map(|[_, metadata, _]| metadata)
            }
            Repr::Changed { key, .. } => key.value.metadata.as_deref(),
        }
    }

    /// The pattern that a remote cluster's certificate must match.
    pub fn certificate_identity(&self) -> Option<&'a str> {
        match self.0 {
            Repr::Row { base, row } => {
                let has = row.flags & Row::CERTIFICATE != 0;
                texts(base, row).filter(|_| has).map(|[_, _, certificate]| certificate)
            }
            Repr::Changed { key, .. } => key.value.certificate_identity.as_deref(),
        }
    }

    /// The version of the stored form.
    pub fn version(&self) -> u32 {
        match self.0 {
            Repr::Row { row, .. } => row.version,
            Repr::Changed { key, .. } => key.value.version,
        }
    }

    /// When its record was last written.
    pub fn modified(&self) -> Revision {
        match self.0 {
            Repr::Row { row, .. } => row.modified,
            Repr::Changed { key, .. } => key.modified,
        }
    }

    /// When its status record was written; `None` when there is none.
    pub fn status_modified(&self) -> Option<Revision> {
        match self.0 {
            Repr::Row { row, .. } => row.invalidation().map(|_| row.status_modified),
            Repr::Changed { status, .. } => status.map(|status| status.modified),
        }
    }

    /// The key as a value of its own.
    pub fn to_api_key(&self) -> Arc<ApiKey> {
        let plain = match self.0 {
            Repr::Changed { key, .. } => Arc::clone(&key.value),
            Repr::Row { .. } => Arc::new(ApiKey { invalidation: None, ..self.copied() }),
        };
        match self.invalidation() {
            None => plain,
            invalidation => Arc::new(ApiKey { invalidation, ..ApiKey::clone(&plain) }),
        }
    }

    pub(super) fn to_change(self) -> Change {
        let key = match self.0 {
            Repr::Changed { key, .. } => Arc::clone(&key.value),
            Repr::Row { .. } => Arc::new(self.copied()),
        };
        let status =
            self.invalidation().zip(self.status_modified()).map(|(value, modified)| Stored { value, modified });
        let touched = self.modified().max(self.status_modified().unwrap_or_default());
        Change { key: Some(Stored { value: key, modified: self.modified() }), status, touched }
    }

    fn copied(&self) -> ApiKey {
        ApiKey {
            id: self.id(),
            name: self.name().into(),
            kind: self.kind(),
            // INVARIANT: a row's hash is in the table it was put into; were it not, no secret must match.
            hash: self.hash().unwrap_or_else(Hash::of_nothing),
            creation: self.creation(),
            expiration: self.expiration(),
            invalidation: None,
            creator: Arc::clone(self.creator()),
            role_descriptors: Arc::clone(self.role_descriptors()),
            limited_by: Arc::clone(self.limited_by()),
            metadata: self.metadata().map(Arc::from),
            certificate_identity: self.certificate_identity().map(Arc::from),
            version: self.version(),
        }
    }
}

/// INVARIANT: rows hold numbers that the builder gave out for exactly these tables.
fn shared<T>(table: &[Arc<T>], number: u32) -> &Arc<T> {
    #[expect(clippy::indexing_slicing, reason = "every number in a row was given out by the builder of the table")]
    &table[number as usize]
}
