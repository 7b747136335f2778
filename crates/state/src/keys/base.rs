//! The immutable part: one fixed row per key in the order of creation, an open-addressing table from id to row, and the
//! rows of each user. Texts lie in one arena; what many keys have in common is kept once and named by number.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::RandomState;
use keyward_security::api_key::{Creator, DescriptorSet, KeyType};
use keyward_security::hash::{Hash, SaltedSha256};
use keyward_security::time::Timestamp;

use super::IdBytes;
use crate::revision::Revision;

/// Stands for "no time": no key is created or ends that late.
const NEVER: i64 = i64::MAX;

/// One key, nothing of it on the heap.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) id: IdBytes,
    pub(super) flags: u8,
    pub(super) hash: RowHash,
    pub(super) creation: Timestamp,
    expiration: i64,
    invalidation: i64,
    pub(super) modified: Revision,
    pub(super) status_modified: Revision,
    pub(super) text_at: u64,
    pub(super) metadata_len: u32,
    pub(super) creator: u32,
    pub(super) role_descriptors: u32,
    pub(super) limited_by: u32,
    pub(super) version: u32,
    pub(super) certificate_len: u32,
    pub(super) name_len: u32,
}

/// A fast hash in place, or the number of a slow one.
#[derive(Clone, Copy, Debug)]
pub(super) enum RowHash {
    Fast(SaltedSha256),
    Slow(u32),
}

impl Row {
    pub(super) const CROSS_CLUSTER: u8 = 1;
    pub(super) const METADATA: u8 = 2;
    pub(super) const CERTIFICATE: u8 = 4;

    pub(super) const fn kind(&self) -> KeyType {
        if self.flags & Self::CROSS_CLUSTER != 0 { KeyType::CrossCluster } else { KeyType::Rest }
    }

    pub(super) fn expiration(&self) -> Option<Timestamp> {
        (self.expiration != NEVER).then(|| Timestamp::from_millis(self.expiration))
    }

    pub(super) fn invalidation(&self) -> Option<Timestamp> {
        (self.invalidation != NEVER).then(|| Timestamp::from_millis(self.invalidation))
    }

    pub(super) fn invalidate(&mut self, at: Timestamp, modified: Revision) {
        self.invalidation = at.as_millis().min(NEVER - 1);
        self.status_modified = modified;
    }

    #[expect(clippy::too_many_arguments, reason = "one argument per column, named at the only call")]
    pub(super) fn new(
        id: IdBytes,
        flags: u8,
        hash: RowHash,
        creation: Timestamp,
        expiration: Option<Timestamp>,
        modified: Revision,
        shared: [u32; 3],
        version: u32,
        text_at: u64,
    ) -> Self {
        let [creator, role_descriptors, limited_by] = shared;
        Self {
            id,
            flags,
            hash,
            creation,
            // A key that ends at the end of time does not end.
            expiration: expiration.map_or(NEVER, Timestamp::as_millis),
            invalidation: NEVER,
            modified,
            status_modified: Revision::ZERO,
            text_at,
            metadata_len: 0,
            creator,
            role_descriptors,
            limited_by,
            version,
            certificate_len: 0,
            name_len: 0,
        }
    }
}

/// The immutable part of all keys.
#[derive(Debug, Default)]
pub(super) struct Base {
    pub(super) rows: Vec<Row>,
    pub(super) text: String,
    pub(super) creators: Vec<Arc<Creator>>,
    pub(super) descriptors: Vec<Arc<DescriptorSet>>,
    pub(super) slow_hashes: Vec<Hash>,
    pub(super) index: Index,
    pub(super) owners: Owners,
}

impl Base {
    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn text_len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn row(&self, number: u32) -> Option<&Row> {
        self.rows.get(usize::try_from(number).ok()?)
    }

    pub(super) fn find(&self, id: &IdBytes) -> Option<(u32, &Row)> {
        self.index.find(id, |number| self.row(number))
    }
}

/// From id to row: eight bytes a slot, of which half are bits of the hash, so that a probe rarely looks at a wrong row.
#[derive(Debug, Default)]
pub(super) struct Index {
    slots: Vec<u64>,
    hasher: RandomState,
}

const EMPTY: u64 = u64::MAX;

impl Index {
    /// Builds the table. INVARIANT: at most two thirds of the slots are taken, so every probe ends.
    pub(super) fn build(rows: &[Row]) -> Self {
        let slots = (rows.len() + rows.len() / 2 + 1).next_power_of_two();
        let mut index = Self { slots: vec![EMPTY; slots], hasher: RandomState::default() };
        for (number, row) in (0_u32..).zip(rows) {
            let hash = index.hasher.hash_one(row.id);
            for slot in index.probe(hash) {
                if let Some(slot) = index.slots.get_mut(slot)
                    && *slot == EMPTY
                {
                    *slot = (hash & !0xffff_ffff) | u64::from(number);
                    break;
                }
            }
        }
        index
    }

    fn find<'a>(&self, id: &IdBytes, row: impl Fn(u32) -> Option<&'a Row>) -> Option<(u32, &'a Row)> {
        let hash = self.hasher.hash_one(id);
        for slot in self.probe(hash) {
            let slot = *self.slots.get(slot)?;
            if slot == EMPTY {
                return None;
            }
            if (slot ^ hash) >> 32 == 0 {
                let [a, b, c, d, ..] = slot.to_le_bytes();
                let number = u32::from_le_bytes([a, b, c, d]);
                if let Some(row) = row(number).filter(|row| row.id == *id) {
                    return Some((number, row));
                }
            }
        }
        None
    }

    /// The slots to look at, one after the other, once around.
    fn probe(&self, hash: u64) -> impl Iterator<Item = usize> + use<> {
        let mask = self.slots.len().wrapping_sub(1);
        let [a, b, c, d, ..] = hash.to_le_bytes();
        let start = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(0);
        (0..self.slots.len()).map(move |step| start.wrapping_add(step) & mask)
    }
}

/// The rows of each user, in the order of creation.
#[derive(Debug, Default)]
pub(super) struct Owners {
    spans: hashbrown::HashMap<Arc<str>, std::ops::Range<usize>, RandomState>,
    rows: Vec<u32>,
}

impl Owners {
    pub(super) fn build(rows: &[Row], creators: &[Arc<Creator>]) -> Self {
        // Creators that differ in more than the name are one owner.
        let mut owner_of_name: hashbrown::HashMap<&Arc<str>, usize, RandomState> = hashbrown::HashMap::default();
        let mut counts: Vec<usize> = Vec::new();
        let owner_of_creator: Vec<usize> = creators
            .iter()
            .map(|creator| {
                let next = counts.len();
                let owner = *owner_of_name.entry(&creator.principal).or_insert(next);
                if owner == next {
                    counts.push(0);
                }
                owner
            })
            .collect();
        let owner = |row: &Row| usize::try_from(row.creator).ok().and_then(|creator| owner_of_creator.get(creator));
        for row in rows {
            if let Some(count) = owner(row).and_then(|owner| counts.get_mut(*owner)) {
                *count += 1;
            }
        }
        let mut ends: Vec<usize> = counts
            .iter()
            .scan(0, |sum, count| {
                let start = *sum;
                *sum += count;
                Some(start)
            })
            .collect();
        let mut sorted = vec![0; rows.len()];
        for (number, row) in (0_u32..).zip(rows) {
            if let Some(end) = owner(row).and_then(|owner| ends.get_mut(*owner)) {
                if let Some(place) = sorted.get_mut(*end) {
                    *place = number;
                }
                *end += 1;
            }
        }
        let span = |owner: usize| {
            let end = ends.get(owner).copied().unwrap_or(0);
            end - counts.get(owner).copied().unwrap_or(0)..end
        };
        let spans = owner_of_name.into_iter().map(|(name, owner)| (Arc::clone(name), span(owner))).collect();
        Self { spans, rows: sorted }
    }

    pub(super) fn rows_of(&self, principal: &str) -> &[u32] {
        self.spans.get(principal).and_then(|span| self.rows.get(span.clone())).unwrap_or_default()
    }
}

/// Reads the text of a row: name, metadata, certificate identity, one after the other.
pub(super) fn texts<'a>(base: &'a Base, row: &Row) -> Option<[&'a str; 3]> {
    let at = usize::try_from(row.text_at).ok()?;
    let after = |start: usize, length: u32| start.checked_add(usize::try_from(length).ok()?);
    let name_end = after(at, row.name_len)?;
    let metadata_end = after(name_end, row.metadata_len)?;
    let end = after(metadata_end, row.certificate_len)?;
    Some([base.text.get(at..name_end)?, base.text.get(name_end..metadata_end)?, base.text.get(metadata_end..end)?])
}
