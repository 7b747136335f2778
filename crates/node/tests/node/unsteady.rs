//! A store that comes and goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use keyward_state::{Revision, Txn};
use keyward_store::{
    BoxFuture, MemoryStore, MemoryStoreOptions, Outcome, Snapshot, Store, StoreError, Watch, WatchEnd, WatchEvent,
    WatchSource,
};

/// A store whose watches can be cut, and kept from being found again.
#[derive(Debug)]
pub(crate) struct Unsteady {
    pub(crate) inner: MemoryStore,
    pub(crate) cut: Arc<AtomicBool>,
    gone: AtomicBool,
}

struct Cut {
    inner: Watch,
    cut: Arc<AtomicBool>,
}

impl WatchSource for Cut {
    fn next(&mut self, limit: usize) -> BoxFuture<'_, Result<Vec<WatchEvent>, WatchEnd>> {
        Box::pin(async move {
            loop {
                if self.cut.load(Ordering::SeqCst) {
                    return Err(WatchEnd::Disconnected(StoreError::Interrupted));
                }
                if let Ok(events) = tokio::time::timeout(Duration::from_millis(5), self.inner.next_batch(limit)).await {
                    return events;
                }
            }
        })
    }
}

impl Unsteady {
    pub(crate) fn new() -> Arc<Self> {
        let options = MemoryStoreOptions { kept_commits: 8, progress: Duration::from_millis(10) };
        Self::over(MemoryStore::with_options(options))
    }

    /// A face of its own for a store that others see too.
    pub(crate) fn over(inner: MemoryStore) -> Arc<Self> {
        Arc::new(Self { inner, cut: Arc::default(), gone: AtomicBool::new(false) })
    }

    fn answers(&self) -> Result<(), StoreError> {
        if self.gone.load(Ordering::SeqCst) { Err(StoreError::Interrupted) } else { Ok(()) }
    }

    pub(crate) fn disappear(&self, gone: bool) {
        self.gone.store(gone, Ordering::SeqCst);
        self.cut.store(gone, Ordering::SeqCst);
    }
}

impl Store for Unsteady {
    fn snapshot(&self) -> BoxFuture<'_, Result<Snapshot, StoreError>> {
        Box::pin(async move {
            self.answers()?;
            self.inner.snapshot().await
        })
    }

    fn watch(&self, after: Revision) -> BoxFuture<'_, Result<Watch, StoreError>> {
        Box::pin(async move {
            self.answers()?;
            Ok(Watch::new(Cut { inner: self.inner.watch(after).await?, cut: Arc::clone(&self.cut) }))
        })
    }

    fn commit(&self, txn: Txn) -> BoxFuture<'_, Result<Outcome, StoreError>> {
        self.inner.commit(txn)
    }
}

/// Waits until something comes about.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{what} does not come about");
}
