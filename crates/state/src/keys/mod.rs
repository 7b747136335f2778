//! All API keys: a large immutable base, built in bulk, and over it a small persistent map of what changed since.
//!
//! A persistent map alone costs twice the time to find a key and more memory than the keys themselves. The base is a
//! table of fixed rows; what many keys have in common is kept once. When the delta has grown, [`ApiKeys::compacted`]
//! makes a new base of both, which takes a while and so happens beside the traffic, and [`ApiKeys::adopting`] then puts
//! what changed meanwhile on top of it.

mod base;
mod build;
mod delta;
mod key_ref;
mod walk;

use std::sync::Arc;

use keyward_security::api_key::{API_KEY_ID_BYTES, ApiKey, ApiKeyId};
use keyward_security::time::Timestamp;

use base::Base;
pub(crate) use build::Builder;
use delta::{Change, Delta};
pub use key_ref::KeyRef;
pub use walk::KeysInOrder;

use crate::revision::Revision;
use crate::view::Stored;

type IdBytes = [u8; API_KEY_ID_BYTES];

/// Where a key stands in the order of creation.
type Place = (Timestamp, IdBytes);

/// All API keys of one view.
#[derive(Clone, Debug)]
pub struct ApiKeys {
    base: Arc<Base>,
    /// The base has everything up to this revision; the delta has everything after it.
    base_at: Revision,
    delta: Delta,
}

/// An id that has no bytes, which no stored key can have.
pub(crate) struct UnusableId;

impl ApiKeys {
    pub(crate) fn empty() -> Self {
        Self::over(Base::default(), Revision::ZERO)
    }

    fn over(base: Base, base_at: Revision) -> Self {
        Self { base: Arc::new(base), base_at, delta: Delta::empty() }
    }

    /// How many keys there are, invalidated and expired ones included.
    pub fn len(&self) -> usize {
        self.base.rows() - self.delta.replaced.size() + self.delta.by_place.size()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Finds a key.
    pub fn get(&self, id: &ApiKeyId) -> Option<KeyRef<'_>> {
        let id = id.as_bytes()?;
        if !self.delta.by_id.is_empty()
            && let Some(change) = self.delta.by_id.get(id)
        {
            return KeyRef::of_change(change);
        }
        let (_, row) = self.base.find(id)?;
        Some(KeyRef::of_row(&self.base, row))
    }

    /// All keys in the order of creation; can be walked from both ends.
    pub fn iter(&self) -> KeysInOrder<'_> {
        KeysInOrder::all(&self.base, &self.delta)
    }

    /// The keys of a user in the order of creation, whatever realm it is from.
    pub fn of_principal(&self, principal: &str) -> KeysInOrder<'_> {
        KeysInOrder::of_principal(&self.base, &self.delta, principal)
    }

    /// How many changes lie over the base.
    pub fn delta_len(&self) -> usize {
        self.delta.by_id.size()
    }

    /// Whether it is time to make a new base.
    pub fn wants_compaction(&self) -> bool {
        self.delta_len() > 4096.max(self.base.rows() / 16)
    }

    /// The same keys with everything in the base. Takes time in proportion to their number.
    pub(crate) fn compacted(&self, revision: Revision) -> Self {
        let mut builder = Builder::with_capacity(self.len(), self.base.text_len());
        for key in self.iter() {
            builder.push(key);
        }
        let mut compacted = Self::over(builder.finish(), revision);
        // A status whose key is not here (yet) has no row to be in.
        for (id, change) in self.delta.by_id.iter() {
            if change.key.is_none() && change.status.is_some() {
                compacted.delta.by_id.insert_mut(*id, Arc::clone(change));
            }
        }
        compacted
    }

    /// These keys over the base of `compacted`, which was made from an earlier state of them. Keys whose base is already
    /// newer stay as they are: their delta no longer has what that base lacks.
    pub(crate) fn adopting(&self, compacted: &Self) -> Self {
        if compacted.base_at < self.base_at {
            return self.clone();
        }
        let mut adopted = compacted.clone();
        for (id, change) in self.delta.by_id.iter() {
            if change.touched > compacted.base_at {
                adopted.replace(*id, Arc::clone(change));
            }
        }
        adopted
    }

    pub(crate) fn put(&mut self, key: &Arc<ApiKey>, revision: Revision) -> Result<(), UnusableId> {
        let id = *key.id.as_bytes().ok_or(UnusableId)?;
        let status = self.change_of(&id).and_then(|change| change.status);
        let key = Some(Stored { value: Arc::clone(key), modified: revision });
        self.replace(id, Arc::new(Change { key, status, touched: revision }));
        Ok(())
    }

    pub(crate) fn delete(&mut self, id: &ApiKeyId, revision: Revision) {
        let Some(id) = id.as_bytes() else { return };
        let status = self.change_of(id).and_then(|change| change.status);
        self.replace(*id, Arc::new(Change { key: None, status, touched: revision }));
    }

    pub(crate) fn put_status(
        &mut self,
        id: &ApiKeyId,
        invalidation: Option<Timestamp>,
        revision: Revision,
    ) -> Result<(), UnusableId> {
        let id = *id.as_bytes().ok_or(UnusableId)?;
        let key = self.change_of(&id).and_then(|change| change.key);
        let status = invalidation.map(|value| Stored { value, modified: revision });
        self.replace(id, Arc::new(Change { key, status, touched: revision }));
        Ok(())
    }

    /// What is known about an id, as a change that could stand for it.
    fn change_of(&self, id: &IdBytes) -> Option<Change> {
        match self.delta.by_id.get(id) {
            Some(change) => Some(Change::clone(change)),
            None => self.base.find(id).map(|(_, row)| KeyRef::of_row(&self.base, row).to_change()),
        }
    }

    fn replace(&mut self, id: IdBytes, change: Arc<Change>) {
        let Self { base, delta, .. } = self;
        let row = base.find(&id).map(|(number, _)| number);
        delta.replace(id, change, row);
    }
}

impl<'a> IntoIterator for &'a ApiKeys {
    type Item = KeyRef<'a>;
    type IntoIter = KeysInOrder<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests;
