//! The newest commits of a store within this process, and the sources of watches over them.
//!
//! A watch holds no queue of its own, only the revision it has given last: what it costs does not depend on how far
//! behind it is. One that falls out of the kept commits asks the store for older ones, if it keeps any.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keyward_state::{Commit, Revision};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::{BoxFuture, StoreError, WatchEnd, WatchEvent, WatchSource};

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Commits.
    pub(crate) commits: usize,
    /// Writes in all of them together.
    pub(crate) writes: usize,
    /// How often a quiet watch says that it is current.
    pub(crate) progress: Duration,
}

/// The newest commits and the newest revision.
#[derive(Debug)]
pub(crate) struct History {
    recent: Mutex<Recent>,
    head: watch::Sender<Head>,
    limits: Limits,
}

#[derive(Debug)]
struct Recent {
    /// The revision before the oldest kept commit: what a reader must have seen.
    base: Revision,
    commits: VecDeque<Arc<Commit>>,
    writes: usize,
}

#[derive(Clone, Debug)]
struct Head {
    revision: Revision,
    standing: Standing,
}

#[derive(Clone, Debug)]
enum Standing {
    Open,
    Closed,
    Failed(StoreError),
}

/// Reads commits that are no longer among the newest. `None` when they are gone.
pub(crate) trait Older: Send + Sync + 'static {
    fn read(&self, after: Revision, limit: usize) -> BoxFuture<'_, Result<Option<Vec<Arc<Commit>>>, StoreError>>;
}

/// For stores that keep nothing older.
#[derive(Debug)]
pub(crate) struct NothingOlder;

/// The source of one watch.
pub(crate) struct Reader<O> {
    history: Arc<History>,
    older: O,
    head: watch::Receiver<Head>,
    seen: Revision,
    /// The last event was a commit, or there was none yet: being current is still to be told.
    owes_progress: bool,
    /// When it has been quiet for long enough to say so again. Kept here, so that a reader who gives up waiting and
    /// comes back hears of it all the same.
    quiet_until: Instant,
}

// === impl History ===

impl History {
    pub(crate) fn new(head: Revision, limits: Limits) -> Self {
        let recent = Recent { base: head, commits: VecDeque::new(), writes: 0 };
        let (sender, _) = watch::channel(Head { revision: head, standing: Standing::Open });
        Self { recent: Mutex::new(recent), head: sender, limits }
    }

    pub(crate) fn head(&self) -> Revision {
        self.head.borrow().revision
    }

    /// Makes commits visible to watches. They must follow the head in ascending order.
    pub(crate) fn publish(&self, commits: impl IntoIterator<Item = Arc<Commit>>) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let mut newest = None;
        for commit in commits {
            newest = Some(commit.revision);
            recent.writes = recent.writes.saturating_add(commit.writes.len());
            recent.commits.push_back(commit);
        }
        while recent.commits.len() > self.limits.commits || recent.writes > self.limits.writes {
            let Some(oldest) = recent.commits.pop_front() else { break };
            recent.writes = recent.writes.saturating_sub(oldest.writes.len());
            recent.base = oldest.revision;
        }
        if let Some(revision) = newest {
            // Still under the lock: nobody finds a commit that is newer than the head.
            self.head.send_modify(|head| head.revision = revision);
        }
        drop(recent);
    }

    /// Waits until a revision that was given out is the head, or the store ends. What was read from where commits are
    /// kept can be a moment ahead of what was published.
    pub(crate) async fn published(&self, revision: Revision) {
        let mut head = self.head.subscribe();
        let there = |head: &Head| head.revision >= revision || !matches!(head.standing, Standing::Open);
        let _ended = head.wait_for(there).await;
    }

    /// Ends all watches: the store is closed.
    pub(crate) fn close(&self) {
        self.head.send_modify(|head| {
            if matches!(head.standing, Standing::Open) {
                head.standing = Standing::Closed;
            }
        });
    }

    /// Ends all watches: the store can no longer vouch for what it has.
    pub(crate) fn fail(&self, error: StoreError) {
        self.head.send_modify(|head| head.standing = Standing::Failed(error));
    }

    pub(crate) fn reader<O: Older>(self: &Arc<Self>, after: Revision, older: O) -> Reader<O> {
        let head = self.head.subscribe();
        Reader { history: Arc::clone(self), older, head, seen: after, owes_progress: true, quiet_until: Instant::now() }
    }

    /// Commits after `after`, oldest first; `None` when some of them are no longer kept here.
    fn after(&self, after: Revision, limit: usize) -> Option<Vec<Arc<Commit>>> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if after < recent.base {
            return None;
        }
        let start = recent.commits.partition_point(|commit| commit.revision <= after);
        Some(recent.commits.iter().skip(start).take(limit).cloned().collect())
    }
}

// === impl Reader ===

impl<O: Older> Reader<O> {
    async fn read(&mut self, limit: usize) -> Result<Vec<WatchEvent>, WatchEnd> {
        loop {
            let head = self.head.borrow_and_update().clone();
            if let Standing::Failed(error) = head.standing {
                return Err(WatchEnd::Disconnected(error));
            }
            if self.seen > head.revision {
                return Err(WatchEnd::Compacted);
            }
            if self.seen < head.revision {
                return self.commits(head.revision, limit).await;
            }
            if matches!(head.standing, Standing::Closed) {
                return Err(WatchEnd::Closed);
            }
            if self.owes_progress {
                self.told_progress();
                return Ok(vec![WatchEvent::Progress(self.seen)]);
            }
            match tokio::time::timeout_at(self.quiet_until, self.head.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(WatchEnd::Closed),
                Err(_quiet) => self.owes_progress = true,
            }
        }
    }

    async fn commits(&mut self, head: Revision, limit: usize) -> Result<Vec<WatchEvent>, WatchEnd> {
        let commits = match self.history.after(self.seen, limit) {
            Some(commits) => commits,
            None => match self.older.read(self.seen, limit).await {
                // What is kept may be a moment ahead of what was published.
                Ok(Some(commits)) => commits.into_iter().filter(|commit| commit.revision <= head).collect(),
                Ok(None) => return Err(WatchEnd::Compacted),
                Err(error) => return Err(WatchEnd::Disconnected(error)),
            },
        };
        let Some(last) = commits.last() else {
            // The head says that there are some: not to find them is a gap, and a gap is never passed over.
            return Err(WatchEnd::Compacted);
        };
        self.seen = last.revision;
        let mut events: Vec<WatchEvent> = commits.into_iter().map(WatchEvent::Commit).collect();
        // Told in the same breath: under steady writing a later look would find something new every time.
        self.owes_progress = self.seen != head;
        if !self.owes_progress {
            events.push(WatchEvent::Progress(self.seen));
            self.told_progress();
        }
        Ok(events)
    }

    fn told_progress(&mut self) {
        self.owes_progress = false;
        self.quiet_until = Instant::now() + self.history.limits.progress;
    }
}

impl<O: Older> WatchSource for Reader<O> {
    fn next(&mut self, limit: usize) -> BoxFuture<'_, Result<Vec<WatchEvent>, WatchEnd>> {
        Box::pin(self.read(limit))
    }
}

// === impl NothingOlder ===

impl Older for NothingOlder {
    fn read(&self, _after: Revision, _limit: usize) -> BoxFuture<'_, Result<Option<Vec<Arc<Commit>>>, StoreError>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}
