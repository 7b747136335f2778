//! A change: as it is proposed, and as it was made.

use std::sync::Arc;

use crate::record::{Record, RecordKey};
use crate::revision::Revision;

/// A change that is made whole or not at all, and only while its expectations hold.
#[derive(Clone, Debug, Default)]
pub struct Txn {
    /// What must hold.
    pub expect: Vec<Expect>,
    /// What is written. At most one write per key.
    pub write: Vec<Write>,
}

impl Txn {
    /// Whether nothing would be written.
    pub fn is_empty(&self) -> bool {
        self.write.is_empty()
    }
}

/// Something that must hold of a record when a change is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// There is no such record.
    Absent(RecordKey),
    /// There is, and it was last written at that revision.
    At(RecordKey, Revision),
}

impl Expect {
    /// The record that it is about.
    pub const fn key(&self) -> &RecordKey {
        match self {
            Self::Absent(key) | Self::At(key, _) => key,
        }
    }

    /// Whether it holds for a record that was last written at `modified`, or is absent.
    pub fn holds(&self, modified: Option<Revision>) -> bool {
        match self {
            Self::Absent(_) => modified.is_none(),
            Self::At(_, revision) => modified == Some(*revision),
        }
    }
}

/// One write.
#[derive(Clone, Debug)]
pub enum Write {
    /// Make or replace a record.
    Put(RecordKey, Arc<Record>),
    /// Remove a record; fine if there is none.
    Delete(RecordKey),
}

impl Write {
    /// The record that is written.
    pub const fn key(&self) -> &RecordKey {
        match self {
            Self::Put(key, _) | Self::Delete(key) => key,
        }
    }
}

/// A change that was made.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Its place in the order of all changes. It is the `modified` revision of every record that it put.
    pub revision: Revision,
    /// What was written.
    pub writes: Vec<Write>,
}
