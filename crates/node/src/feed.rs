//! From the store to the view: a snapshot, then every commit, for as long as the node lives.
//!
//! One task writes the view, so views follow each other in order. It applies all commits that are ready before it
//! publishes, so a burst costs one publication. What makes a view denser is computed beside it and adopted when done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use keyward_security::time::Timestamp;
use keyward_state::{ApplyError, Commit, Record, Revision, View, Write};
use keyward_store::{Store, StoreError, Watch, WatchEnd, WatchEvent};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::metrics::Metrics;

/// How many commits are applied before a view is published.
const BATCH: usize = 1024;
/// The first wait after the store failed, and the longest.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// The state could not be had from the store.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LoadError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What it gave makes no sense.
    #[error("the stored state cannot be read: {0}")]
    Apply(#[from] ApplyError),
    /// It gave a state older than one that it gave before.
    #[error(
        "the store went back from revision {had} to {found}: restore the newer data, or restart to accept the older"
    )]
    WentBack {
        /// The newest revision seen.
        had: Revision,
        /// What was found.
        found: Revision,
    },
    /// The work was cut short.
    #[error("reading the state was interrupted")]
    Interrupted,
}

/// How the feed stands, readable by everybody.
#[derive(Debug)]
pub(crate) struct Standing {
    clock: Clock,
    /// Milliseconds of uptime when the view was last proven current.
    proven: AtomicU64,
    phase: AtomicU8,
}

/// What the feed is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It follows the store.
    Following,
    /// It lost the store and tries to find it again.
    Reconnecting,
    /// It has ended.
    Ended,
}

/// The task that keeps the view current.
#[derive(Debug)]
pub(crate) struct Feed {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) view: Arc<ArcSwap<View>>,
    pub(crate) revision: watch::Sender<Revision>,
    pub(crate) standing: Arc<Standing>,
    pub(crate) clock: Clock,
    pub(crate) metrics: Arc<Metrics>,
}

// === impl Standing ===

impl Standing {
    pub(crate) fn new(clock: Clock) -> Self {
        let standing = Self { clock, proven: AtomicU64::new(0), phase: AtomicU8::new(0) };
        standing.prove();
        standing
    }

    /// How long ago the view was last proven current.
    pub(crate) fn staleness(&self) -> Duration {
        self.clock.uptime().saturating_sub(Duration::from_millis(self.proven.load(Ordering::Acquire)))
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Following,
            1 => Phase::Reconnecting,
            _ => Phase::Ended,
        }
    }

    fn prove(&self) {
        let millis = u64::try_from(self.clock.uptime().as_millis()).unwrap_or(u64::MAX);
        self.proven.store(millis, Ordering::Release);
    }

    fn set(&self, phase: Phase) {
        let number = match phase {
            Phase::Following => 0,
            Phase::Reconnecting => 1,
            Phase::Ended => 2,
        };
        self.phase.store(number, Ordering::Release);
    }
}

// === impl Feed ===

impl Feed {
    /// Runs until `stop`.
    pub(crate) async fn run(self, mut watch: Watch, stop: CancellationToken) {
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = async {
                let mut wait = BACK_OFF.0;
                loop {
                    let before = self.standing.proven.load(Ordering::Acquire);
                    let end = self.follow(&mut watch).await;
                    self.metrics.watch_ends.increment();
                    if matches!(end, WatchEnd::Closed) {
                        return;
                    }
                    tracing::warn!(?end, "the watch on the store ended");
                    self.standing.set(Phase::Reconnecting);
                    if self.standing.proven.load(Ordering::Acquire) > before {
                        wait = BACK_OFF.0;
                    }
                    watch = self.reconnect(end, &mut wait).await;
                    self.standing.set(Phase::Following);
                }
            } => {}
        }
        self.standing.set(Phase::Ended);
    }

    /// Applies what the watch tells until it ends.
    async fn follow(&self, watch: &mut Watch) -> WatchEnd {
        let mut compaction: Option<JoinHandle<View>> = None;
        loop {
            tokio::select! {
                events = watch.next_batch(BATCH) => match events {
                    Err(end) => return end,
                    Ok(events) => if let Err(error) = self.apply(&events) {
                        tracing::error!(%error, "a commit cannot be applied: the whole state is read again");
                        return WatchEnd::Compacted;
                    },
                },
                Some(done) = maybe(&mut compaction) => {
                    compaction = None;
                    if let Ok(compacted) = done {
                        let denser = self.view.load().adopting(&compacted);
                        self.view.store(Arc::new(denser));
                    }
                },
            }
            if compaction.is_none() && self.view.load().wants_compaction() {
                let view = self.view.load_full();
                compaction = Some(tokio::task::spawn_blocking(move || view.compacted()));
            }
        }
    }

    fn apply(&self, events: &[WatchEvent]) -> Result<(), ApplyError> {
        let mut changed: Option<View> = None;
        let mut proven = false;
        let mut applied = 0;
        for event in events {
            match event {
                WatchEvent::Commit(commit) => {
                    let next = match &changed {
                        None => self.view.load().apply(commit)?,
                        Some(view) => view.apply(commit)?,
                    };
                    changed = Some(next);
                    applied += 1;
                    proven = false;
                    if let Some(latest) = latest_time(commit) {
                        self.clock.not_before(latest);
                    }
                }
                WatchEvent::Progress(_) => proven = true,
            }
        }
        if let Some(view) = changed {
            self.publish(view);
            self.metrics.applied.add(applied);
        }
        if proven {
            self.standing.prove();
        }
        Ok(())
    }

    fn publish(&self, view: View) {
        let revision = view.revision();
        self.view.store(Arc::new(view));
        // After the view: whoever is woken finds it.
        self.revision.send_replace(revision);
    }

    /// Finds the store again, with a new snapshot if it no longer has the commits that are missing. Each attempt comes
    /// after a wait, and each wait is longer than the last, also when a watch is given and ends at once.
    async fn reconnect(&self, end: WatchEnd, wait: &mut Duration) -> Watch {
        let mut whole = matches!(end, WatchEnd::Compacted);
        loop {
            tokio::time::sleep(*wait).await;
            *wait = (*wait * 2).min(BACK_OFF.1);
            match self.try_reconnect(whole).await {
                Ok(watch) => return watch,
                Err(error) => tracing::error!(%error, "the store does not answer"),
            }
            whole = true;
        }
    }

    async fn try_reconnect(&self, whole: bool) -> Result<Watch, LoadError> {
        if whole {
            let had = self.view.load().revision();
            let view = load(&*self.store, &self.clock).await?;
            self.metrics.snapshots.increment();
            let found = view.revision();
            if found < had {
                return Err(LoadError::WentBack { had, found });
            }
            self.publish(view);
        }
        Ok(self.store.watch(self.view.load().revision()).await?)
    }
}

/// The outcome of work that may not have been begun: waits for ever then.
async fn maybe(work: &mut Option<JoinHandle<View>>) -> Option<Result<View, tokio::task::JoinError>> {
    match work {
        Some(work) => Some(work.await),
        None => std::future::pending().await,
    }
}

/// Reads the whole state.
pub(crate) async fn load(store: &dyn Store, clock: &Clock) -> Result<View, LoadError> {
    let mut snapshot = store.snapshot().await?;
    let clock = clock.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let revision = snapshot.revision();
        let mut failure = None;
        let mut latest = None;
        let batches = std::iter::from_fn(|| match snapshot.blocking_next_batch() {
            Ok(batch) => batch,
            Err(error) => {
                failure = Some(error);
                None
            }
        });
        let records = batches.flatten().inspect(|(_, _, record)| latest = latest.max(time_of(record)));
        let view = View::from_snapshot(revision, records);
        if let Some(error) = failure {
            return Err(LoadError::Store(error));
        }
        if let Some(latest) = latest {
            clock.not_before(latest);
        }
        Ok(view?)
    });
    reading.await.unwrap_or(Err(LoadError::Interrupted))
}

/// The latest time that a commit says has been.
fn latest_time(commit: &Commit) -> Option<Timestamp> {
    commit
        .writes
        .iter()
        .filter_map(|write| match write {
            Write::Put(_, record) => time_of(record),
            Write::Delete(_) => None,
        })
        .max()
}

/// The time at which a record says that something happened.
fn time_of(record: &Record) -> Option<Timestamp> {
    match record {
        Record::ApiKey(key) => Some(key.creation),
        Record::ApiKeyStatus(status) => Some(status.invalidation),
        _ => None,
    }
}
