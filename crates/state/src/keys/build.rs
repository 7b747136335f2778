//! Building a base in bulk.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use keyward_security::api_key::{ApiKey, ApiKeyId, Creator, DescriptorSet, KeyType};
use keyward_security::hash::Hash;
use keyward_security::time::Timestamp;

use super::base::{Base, Index, Owners, Row, RowHash};
use super::{ApiKeys, IdBytes, KeyRef, UnusableId};
use crate::revision::Revision;
use crate::view::Stored;

/// Collects keys in any order and makes a base of them.
pub(crate) struct Builder {
    base: Base,
    creators: Interner,
    descriptors: Interner,
    /// Statuses that came before or without their key.
    statuses: Vec<(IdBytes, Timestamp, Revision)>,
    in_order: bool,
}

impl Builder {
    pub(super) fn with_capacity(keys: usize, text: usize) -> Self {
        let mut builder = Self::new();
        builder.base.rows.reserve_exact(keys);
        builder.base.text.reserve_exact(text);
        builder
    }

    pub(crate) fn new() -> Self {
        Self {
            base: Base::default(),
            creators: Interner::default(),
            descriptors: Interner::default(),
            statuses: Vec::new(),
            in_order: true,
        }
    }

    /// Adds a key with its status. A second key of the same id is not expected here: record keys are unique.
    pub(super) fn push(&mut self, key: KeyRef<'_>) {
        let id = key.id();
        // INVARIANT: keys get here with usable ids only; see `put` and `ApiKeys::put`.
        let Some(id) = id.as_bytes() else { return };
        let base = &mut self.base;
        let (name, metadata, certificate) = (key.name(), key.metadata(), key.certificate_identity());
        let mut flags = 0;
        for (flag, set) in [
            (Row::CROSS_CLUSTER, key.kind() == KeyType::CrossCluster),
            (Row::METADATA, metadata.is_some()),
            (Row::CERTIFICATE, certificate.is_some()),
        ] {
            flags |= if set { flag } else { 0 };
        }
        let hash = key.hash().unwrap_or_else(Hash::of_nothing);
        let hash = hash.as_ssha256().map_or_else(
            || {
                base.slow_hashes.push(hash.clone());
                RowHash::Slow(number(base.slow_hashes.len() - 1))
            },
            |hash| RowHash::Fast(*hash),
        );
        let shared = [
            self.creators.number(&mut base.creators, key.creator(), |creator: &Creator| {
                (&*creator.principal, &*creator.realm.name)
            }),
            self.descriptors.number(&mut base.descriptors, key.role_descriptors(), DescriptorSet::id),
            self.descriptors.number(&mut base.descriptors, key.limited_by(), DescriptorSet::id),
        ];
        let text_at = u64::try_from(base.text.len()).unwrap_or(u64::MAX);
        let mut row = Row::new(
            *id,
            flags,
            hash,
            key.creation(),
            key.expiration(),
            key.modified(),
            shared,
            key.version(),
            text_at,
        );
        row.name_len = number(name.len());
        row.metadata_len = number(metadata.map_or(0, str::len));
        row.certificate_len = number(certificate.map_or(0, str::len));
        if let (Some(invalidation), Some(modified)) = (key.invalidation(), key.status_modified()) {
            row.invalidate(invalidation, modified);
        }
        base.text.push_str(name);
        base.text.push_str(metadata.unwrap_or_default());
        base.text.push_str(certificate.unwrap_or_default());
        self.in_order &= base.rows.last().is_none_or(|last| (last.creation, last.id) < (row.creation, row.id));
        base.rows.push(row);
    }

    pub(crate) fn put(&mut self, key: Arc<ApiKey>, modified: Revision) -> Result<(), UnusableId> {
        if key.id.as_bytes().is_none() {
            return Err(UnusableId);
        }
        self.push(KeyRef::of_stored(&Stored { value: key, modified }, None));
        Ok(())
    }

    pub(crate) fn put_status(&mut self, id: IdBytes, invalidation: Timestamp, modified: Revision) {
        self.statuses.push((id, invalidation, modified));
    }

    pub(super) fn finish(mut self) -> Base {
        let base = &mut self.base;
        if !self.in_order {
            base.rows.sort_unstable_by_key(|row| (row.creation, row.id));
        }
        base.rows.shrink_to_fit();
        base.text.shrink_to_fit();
        base.creators.shrink_to_fit();
        base.descriptors.shrink_to_fit();
        base.index = Index::build(&base.rows);
        base.owners = Owners::build(&base.rows, &base.creators);
        self.base
    }

    /// The finished keys, with statuses joined to them.
    pub(crate) fn finish_keys(mut self, at: Revision) -> ApiKeys {
        let statuses = std::mem::take(&mut self.statuses);
        let mut base = self.finish();
        let mut without_key = Vec::new();
        for (id, invalidation, modified) in statuses {
            let row = base.find(&id).and_then(|(number, _)| usize::try_from(number).ok());
            match row.and_then(|row| base.rows.get_mut(row)) {
                Some(row) => row.invalidate(invalidation, modified),
                None => without_key.push((id, invalidation, modified)),
            }
        }
        let mut keys = ApiKeys::over(base, at);
        for (id, invalidation, modified) in without_key {
            let _ = keys.put_status(&ApiKeyId::from_bytes(id), Some(invalidation), modified);
        }
        keys
    }
}

/// Gives equal values one number: first by address, which costs nothing to compare, then by content.
struct Interner {
    by_address: hashbrown::HashMap<usize, u32, RandomState>,
    by_content: HashTable<(u64, u32)>,
    hasher: RandomState,
}

impl Default for Interner {
    fn default() -> Self {
        Self { by_address: hashbrown::HashMap::default(), by_content: HashTable::new(), hasher: RandomState::default() }
    }
}

impl Interner {
    fn number<'a, T: PartialEq, K: std::hash::Hash>(
        &mut self,
        values: &mut Vec<Arc<T>>,
        value: &'a Arc<T>,
        key: impl Fn(&'a T) -> K,
    ) -> u32 {
        // An address stands for a value only while the value is kept, so only kept ones are remembered.
        let address = Arc::as_ptr(value).addr();
        if let Some(known) = self.by_address.get(&address) {
            return *known;
        }
        let hash = self.hasher.hash_one(key(value));
        let same = |known: u32| {
            usize::try_from(known).ok().and_then(|known| values.get(known)).is_some_and(|known| known == value)
        };
        if let Some((_, known)) = self.by_content.find(hash, |(of, known)| *of == hash && same(*known)) {
            return *known;
        }
        let next = number(values.len());
        values.push(Arc::clone(value));
        self.by_address.insert(address, next);
        self.by_content.insert_unique(hash, (hash, next), |(hash, _)| *hash);
        next
    }
}

/// INVARIANT: tables hold fewer than 2^32 values, and texts are shorter: requests are limited to far less.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
