//! Every commit after a revision, in order and without gaps. Not here: where a store gets them from.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use keyward_state::{Commit, Revision};

use crate::{BoxFuture, StoreError};

/// What a watch tells.
#[derive(Clone, Debug)]
pub enum WatchEvent {
    /// The next commit. Its revision is greater than that of every commit before it.
    Commit(Arc<Commit>),
    /// Everything up to this revision was given, and the store had nothing newer when it said so: the proof that
    /// a quiet watch is a current one.
    Progress(Revision),
}

/// Why a watch ended.
#[derive(Clone, Debug)]
pub enum WatchEnd {
    /// The store no longer has the commits that come next. Take a snapshot again.
    Compacted,
    /// The store, or the way to it, failed. Watch again from the last revision seen.
    Disconnected(StoreError),
    /// The store was closed.
    Closed,
}

/// Where a watch gets its events.
pub trait WatchSource: Send {
    /// Waits for at least one event, and gives at most `limit` that are ready.
    ///
    /// Dropping the future before it is done loses nothing: the next call gives the same events.
    fn next(&mut self, limit: usize) -> BoxFuture<'_, Result<Vec<WatchEvent>, WatchEnd>>;
}

/// A running watch. It buffers a bounded number of events; one that reads too slowly ends as
/// [`WatchEnd::Compacted`] and never grows.
pub struct Watch {
    source: Box<dyn WatchSource>,
    ready: VecDeque<WatchEvent>,
    ended: Option<WatchEnd>,
}

/// How many events [`Watch::next`] takes from its source at once.
const READ_AHEAD: usize = 64;

// === impl Watch ===

impl Watch {
    /// A watch over `source`.
    pub fn new(source: impl WatchSource + 'static) -> Self {
        Self { source: Box::new(source), ready: VecDeque::new(), ended: None }
    }

    /// The next event. After an end every further call gives that end again.
    pub async fn next(&mut self) -> Result<WatchEvent, WatchEnd> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            self.fill(READ_AHEAD).await?;
        }
    }

    /// Waits for at least one event, and gives at most `limit` that are ready.
    pub async fn next_batch(&mut self, limit: usize) -> Result<Vec<WatchEvent>, WatchEnd> {
        while self.ready.is_empty() {
            self.fill(limit.max(1)).await?;
        }
        let count = self.ready.len().min(limit.max(1));
        Ok(self.ready.drain(..count).collect())
    }

    async fn fill(&mut self, limit: usize) -> Result<(), WatchEnd> {
        if let Some(end) = &self.ended {
            return Err(end.clone());
        }
        match self.source.next(limit).await {
            Ok(events) => {
                self.ready.extend(events);
                Ok(())
            }
            Err(end) => {
                self.ended = Some(end.clone());
                Err(end)
            }
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("ready", &self.ready.len()).field("ended", &self.ended).finish_non_exhaustive()
    }
}
