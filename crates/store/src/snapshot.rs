//! The whole state at one revision, as a stream of records in batches. Not here: how a store reads them.

use std::fmt;

use keyward_state::{Record, RecordKey, Revision};
use tokio::sync::mpsc;

use crate::StoreError;

/// One record of a snapshot: its key, the revision that wrote it, and the record itself.
pub type SnapshotRecord = (RecordKey, Revision, Record);

/// Every record as of one revision; those of one kind come in ascending order of key.
///
/// A snapshot ends with `None` only when it is complete: a source that goes away half-way is an error, never a
/// shorter snapshot.
pub struct Snapshot {
    revision: Revision,
    parts: mpsc::Receiver<Part>,
    done: bool,
}

enum Part {
    Batch(Vec<SnapshotRecord>),
    Complete,
    Failed(StoreError),
}

/// The end of a snapshot that a store writes to.
pub struct SnapshotWriter {
    parts: mpsc::Sender<Part>,
}

// === impl Snapshot ===

impl Snapshot {
    /// A snapshot at `revision` and the writer that fills it; at most `batches` batches wait unread.
    pub fn channel(revision: Revision, batches: usize) -> (SnapshotWriter, Self) {
        let (sender, receiver) = mpsc::channel(batches.max(1));
        (SnapshotWriter { parts: sender }, Self { revision, parts: receiver, done: false })
    }

    /// The revision that the records are of.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The next batch, or `None` once all of them were given.
    pub async fn next_batch(&mut self) -> Result<Option<Vec<SnapshotRecord>>, StoreError> {
        if self.done {
            return Ok(None);
        }
        let part = self.parts.recv().await;
        self.take(part)
    }

    /// [`Snapshot::next_batch`] for threads that may block. Must not be called on an async runtime's own thread.
    pub fn blocking_next_batch(&mut self) -> Result<Option<Vec<SnapshotRecord>>, StoreError> {
        if self.done {
            return Ok(None);
        }
        let part = self.parts.blocking_recv();
        self.take(part)
    }

    /// All records at once.
    pub async fn collect(mut self) -> Result<Vec<SnapshotRecord>, StoreError> {
        let mut all = Vec::new();
        while let Some(mut batch) = self.next_batch().await? {
            all.append(&mut batch);
        }
        Ok(all)
    }

    fn take(&mut self, part: Option<Part>) -> Result<Option<Vec<SnapshotRecord>>, StoreError> {
        match part {
            Some(Part::Batch(batch)) => Ok(Some(batch)),
            Some(Part::Complete) => {
                self.done = true;
                Ok(None)
            }
            Some(Part::Failed(error)) => Err(error),
            None => Err(StoreError::Interrupted),
        }
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("revision", &self.revision).finish_non_exhaustive()
    }
}

// === impl SnapshotWriter ===

impl SnapshotWriter {
    /// Hands over a batch, waiting for room. False when nobody reads any more.
    pub async fn send(&self, batch: Vec<SnapshotRecord>) -> bool {
        self.parts.send(Part::Batch(batch)).await.is_ok()
    }

    /// [`SnapshotWriter::send`] for threads that may block.
    pub fn blocking_send(&self, batch: Vec<SnapshotRecord>) -> bool {
        self.parts.blocking_send(Part::Batch(batch)).is_ok()
    }

    /// Ends the snapshot: complete, or with the error that cut it short.
    pub async fn finish(self, outcome: Result<(), StoreError>) {
        let _nobody_reads = self.parts.send(Self::last(outcome)).await;
    }

    /// [`SnapshotWriter::finish`] for threads that may block.
    pub fn blocking_finish(self, outcome: Result<(), StoreError>) {
        let _nobody_reads = self.parts.blocking_send(Self::last(outcome));
    }

    fn last(outcome: Result<(), StoreError>) -> Part {
        match outcome {
            Ok(()) => Part::Complete,
            Err(error) => Part::Failed(error),
        }
    }
}

impl fmt::Debug for SnapshotWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SnapshotWriter")
    }
}
