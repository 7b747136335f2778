//! Making writes visible to searches, and safe from needing the log.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::{Index, IndexError};
use crate::log::{Log, LogFailed};

/// Without writes for so many rounds of housekeeping, the writer and its threads go.
const IDLE_ROUNDS: u32 = 30;

impl Index {
    /// Commits what was written and makes it searchable. Does nothing if there is nothing new.
    pub(crate) fn refresh(&self, log: &Log) -> Result<(), IndexError> {
        self.check_usable()?;
        let mut writing = self.lock();
        self.check_usable()?;
        if writing.next == writing.committed {
            return Ok(());
        }
        // INVARIANT: tantivy never has on disk what the log has not.
        if let Err(error) = log.durable_blocking(log.appended()) {
            // Nothing will become visible any more: whoever waits for that must hear of it. Reading goes on.
            self.stalled.store(true, Ordering::Release);
            self.refreshed.send_replace(u64::MAX);
            return Err(error.into());
        }
        let next = writing.next;
        if let Some(writer) = &mut writing.writer {
            let mut commit = || -> tantivy::Result<()> {
                let mut prepared = writer.prepare_commit()?;
                prepared.set_payload(&payload(next));
                prepared.commit()?;
                self.reader.reload()
            };
            commit().map_err(|error| self.fail(&error))?;
        }
        writing.committed = next;
        writing.idle = 0;
        self.versions.write().unwrap_or_else(PoisonError::into_inner).forget_below(next);
        // Told while the lock is held, so that the number never goes back.
        self.refreshed.send_replace(next);
        Ok(())
    }

    /// What the engine does with every index once a second.
    pub(crate) fn keep_house(&self, log: &Log) -> Result<(), IndexError> {
        self.refresh(log)?;
        let mut writing = self.lock();
        if writing.writer.is_none() {
            return Ok(());
        }
        writing.idle += 1;
        if writing.idle < IDLE_ROUNDS || writing.next != writing.committed {
            return Ok(());
        }
        writing.idle = 0;
        self.versions.write().unwrap_or_else(PoisonError::into_inner).forget_below(writing.committed);
        match writing.writer.take().map(tantivy::IndexWriter::wait_merging_threads) {
            Some(Err(error)) => Err(self.fail(&error)),
            Some(Ok(())) | None => Ok(()),
        }
    }

    /// The first sequence number that tantivy does not have on disk.
    pub(crate) fn committed(&self) -> u64 {
        self.lock().committed
    }

    /// Waits until searches see every operation below a sequence number, or the index is gone.
    pub(crate) async fn visible(&self, below: u64) -> Result<(), IndexError> {
        // The sender lives as long as the index.
        let _ = self.refreshed.subscribe().wait_for(|refreshed| *refreshed >= below).await;
        match self.check_usable() {
            Ok(()) if self.stalled.load(Ordering::Acquire) => Err(IndexError::Log(LogFailed)),
            Ok(()) | Err(IndexError::Gone(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether searches see every operation below a sequence number.
    pub(crate) fn is_visible(&self, below: u64) -> bool {
        *self.refreshed.borrow() >= below
    }
}

/// What tantivy's commit is marked with: the first sequence number that is not in it.
fn payload(next: u64) -> String {
    format!("keyward 1 {next}")
}

/// Reads what `payload` writes.
pub(super) fn read_payload(payload: &str) -> Option<u64> {
    payload.strip_prefix("keyward 1 ")?.parse().ok()
}
