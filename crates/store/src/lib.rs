//! Snapshot, watch, commit: where the security state is kept.
//!
//! A [`Store`] is three verbs and nothing else. It is as small as a store can be because nobody reads single records
//! from it: every node holds the whole state as one immutable value, starts it from a [`Snapshot`], and keeps it
//! current by applying the commits that a [`Watch`] tells, in order. A change is a [`Txn`]: what must still be true,
//! and what to write. The store checks the one and writes the other in one step, at the one place where commits are
//! put into order, and there the revision is given out.
//!
//! # What every store promises
//!
//! 1. **Durable when it answers.** [`Outcome::Committed`] is never taken back, by no crash.
//! 2. **All or nothing.** A transaction's writes appear together, under one revision, or not at all.
//! 3. **One order.** Revisions only grow, and each commit was checked against the state that all earlier ones left.
//! 4. **No gaps.** A watch after revision *r* gives every commit after *r* exactly once, in order, or it ends.
//! 5. **Snapshot and watch fit.** A snapshot at *r* and the commits after *r* make the present state.
//! 6. **Bounded.** A slow reader costs a bounded amount of memory; it is told [`WatchEnd::Compacted`] in the end.
//!
//! The `conformance` module (feature of the same name) holds these as tests that every store runs.
//!
//! [`MemoryStore`] is the reference: the shortest code that keeps the promises but the first. [`FileStore`] is the
//! embedded store of a single server, on a file.

#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod file;
mod history;
mod memory;
mod snapshot;
mod watch;

use std::fmt;
use std::pin::Pin;

use keyward_state::{RecordKey, Revision, Txn};

pub use error::StoreError;
pub use file::{BlockDevice, Devices, FileDevice, FileStore, FileStoreOptions, OpenError};
pub use memory::{MemoryStore, MemoryStoreOptions};
pub use snapshot::{Snapshot, SnapshotRecord, SnapshotWriter};
pub use watch::{Watch, WatchEnd, WatchEvent, WatchSource};

/// A boxed future, for the few places where a trait object needs one.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where the security state is kept. The crate's documentation says what every implementation promises.
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// The whole state at the newest revision.
    fn snapshot(&self) -> BoxFuture<'_, Result<Snapshot, StoreError>>;

    /// Every commit after `after`, in order and without gaps, and [`WatchEvent::Progress`] once it is caught up and
    /// from time to time while nothing happens.
    ///
    /// A revision that the store no longer has the commits after, or that it never gave out, ends the watch as
    /// [`WatchEnd::Compacted`].
    fn watch(&self, after: Revision) -> BoxFuture<'_, Result<Watch, StoreError>>;

    /// Writes the transaction if everything it expects holds. Durable when it answers.
    ///
    /// Dropping the future does not take the commit back.
    fn commit(&self, txn: Txn) -> BoxFuture<'_, Result<Outcome, StoreError>>;
}

/// How a commit ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is written, durable, and has this revision.
    Committed(Revision),
    /// Nothing was written: the record with this key is not as expected.
    Conflict(RecordKey),
}
