//! The reference store: a map and a counter. It keeps every promise but durability; tests and trials use it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keyward_state::{Commit, Expect, Record, RecordKey, Revision, Txn, Write};

use crate::history::{History, Limits, NothingOlder};
use crate::{BoxFuture, Outcome, Snapshot, Store, StoreError, Watch};

/// How many records go into one batch of a snapshot.
const BATCH: usize = 1024;

/// How much a [`MemoryStore`] keeps for watches.
#[derive(Clone, Debug)]
pub struct MemoryStoreOptions {
    /// Commits kept for watches that start late or read slowly.
    pub kept_commits: usize,
    /// How often a quiet watch says that it is current.
    pub progress: Duration,
}

/// A store in memory. Clones share their content.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    records: Arc<Mutex<Records>>,
    history: Arc<History>,
}

/// A record as it is kept, with its key and the revision that wrote it.
type Kept = (RecordKey, Revision, Arc<Record>);

#[derive(Debug)]
struct Records {
    revision: Revision,
    by_key: BTreeMap<RecordKey, (Revision, Arc<Record>)>,
    closed: bool,
}

// === impl MemoryStoreOptions ===

impl Default for MemoryStoreOptions {
    fn default() -> Self {
        Self { kept_commits: 4096, progress: Duration::from_secs(1) }
    }
}

// === impl MemoryStore ===

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::with_options(MemoryStoreOptions::default())
    }

    /// An empty store that keeps as much as `options` say.
    pub fn with_options(options: MemoryStoreOptions) -> Self {
        let limits = Limits { commits: options.kept_commits, writes: usize::MAX, progress: options.progress };
        let records = Records { revision: Revision::ZERO, by_key: BTreeMap::new(), closed: false };
        Self { records: Arc::new(Mutex::new(records)), history: Arc::new(History::new(Revision::ZERO, limits)) }
    }

    /// Closes the store: watches end, and further calls are refused.
    pub fn close(&self) {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.history.close();
    }

    fn write(&self, txn: Txn) -> Result<Outcome, StoreError> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        if records.closed {
            return Err(StoreError::Closed);
        }
        crate::file::check_distinct(&txn)?;
        if let Some(key) = records.first_unmet(&txn.expect) {
            return Ok(Outcome::Conflict(key));
        }
        let revision = records.revision.next();
        records.revision = revision;
        for write in &txn.write {
            match write {
                Write::Put(key, record) => {
                    records.by_key.insert(key.clone(), (revision, Arc::clone(record)));
                }
                Write::Delete(key) => {
                    records.by_key.remove(key);
                }
            }
        }
        // Under the lock, so that commits are published in the order in which they were made.
        self.history.publish([Arc::new(Commit { revision, writes: txn.write })]);
        Ok(Outcome::Committed(revision))
    }

    fn read(&self) -> Result<(Revision, Vec<Kept>), StoreError> {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        if records.closed {
            return Err(StoreError::Closed);
        }
        let all = records.by_key.iter().map(|(key, (at, record))| (key.clone(), *at, Arc::clone(record))).collect();
        Ok((records.revision, all))
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Store for MemoryStore {
    fn snapshot(&self) -> BoxFuture<'_, Result<Snapshot, StoreError>> {
        Box::pin(async move {
            let (revision, all) = self.read()?;
            let (writer, snapshot) = Snapshot::channel(revision, 2);
            tokio::spawn(async move {
                for batch in all.chunks(BATCH) {
                    let batch = batch.iter().map(|(key, at, record)| (key.clone(), *at, Record::clone(record)));
                    if !writer.send(batch.collect()).await {
                        return;
                    }
                }
                writer.finish(Ok(())).await;
            });
            Ok(snapshot)
        })
    }

    fn watch(&self, after: Revision) -> BoxFuture<'_, Result<Watch, StoreError>> {
        Box::pin(async move { Ok(Watch::new(self.history.reader(after, NothingOlder))) })
    }

    fn commit(&self, txn: Txn) -> BoxFuture<'_, Result<Outcome, StoreError>> {
        Box::pin(async move { self.write(txn) })
    }
}

// === impl Records ===

impl Records {
    fn first_unmet(&self, expectations: &[Expect]) -> Option<RecordKey> {
        expectations.iter().find_map(|expect| {
            let modified = self.by_key.get(expect.key()).map(|(modified, _)| *modified);
            (!expect.holds(modified)).then(|| expect.key().clone())
        })
    }
}
