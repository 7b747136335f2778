//! The embedded store: one directory, one file, one writer.
//!
//! Reads of whole snapshots and of old commits run on blocking threads, beside the writer and without waiting for
//! it. What is not here: the format of the file (`tables`, `log_entry`), the directory (`directory`), grouping
//! (`group`).

mod device;
mod directory;
mod group;
mod log_entry;
mod tables;

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use keyward_state::{Commit, Decoder, RecordKey, Revision, Txn, Write};
use tokio::sync::{mpsc, oneshot};

use crate::history::{History, Limits, Older};
use crate::{BoxFuture, Outcome, Snapshot, SnapshotWriter, Store, StoreError, Watch};
use device::FileAt;
pub use device::{BlockDevice, Devices, FileDevice};
pub use directory::OpenError;
use directory::{Content, Directory};
use group::{GroupLimits, Request, Writer};
use tables::{EncodedTxn, LogLimits, Opening, Reading, Tables};

/// How many records go into one batch of a snapshot.
const BATCH: usize = 2048;
/// How many batches of a snapshot wait unread.
const BATCHES: usize = 4;
/// How many transactions wait for the writer before callers wait to hand theirs over.
const QUEUE: usize = 4096;

/// What can be set about a [`FileStore`].
#[derive(Clone, Debug)]
pub struct FileStoreOptions {
    /// Bytes of cache for the file's pages. Little is needed: after the start nothing is read but preconditions.
    pub cache_bytes: usize,
    /// Verify the checksums of the whole file at start. Without it, damage is found only where it is stepped on.
    pub verify: bool,
    /// Commits kept in the log, for watches that start from an older revision.
    pub log_commits: usize,
    /// Bytes kept in the log.
    pub log_bytes: usize,
    /// The most transactions in one group.
    pub group_transactions: usize,
    /// The most bytes of one transaction.
    pub transaction_bytes: usize,
    /// How often a quiet watch says that it is current.
    pub progress: Duration,
}

/// A store on a file, for a single server.
pub struct FileStore {
    shared: Arc<Shared>,
    requests: Mutex<Option<mpsc::Sender<Request>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    transaction_bytes: usize,
}

/// What the writer and the readers share.
#[derive(Debug)]
struct Shared {
    /// `None` while the store has no usable file: after a failure, until the next commit opens it anew.
    tables: RwLock<Option<Tables>>,
    history: Arc<History>,
    devices: Arc<dyn Devices>,
    failure: Mutex<Option<StoreError>>,
    /// The device could not make something durable: what it gives back may not be what lasts.
    sync_failed: Arc<AtomicBool>,
    log_limits: LogLimits,
    cache_bytes: usize,
    // Released when the last of writer and readers is gone.
    _directory: Option<Directory>,
}

// === impl FileStoreOptions ===

impl Default for FileStoreOptions {
    fn default() -> Self {
        Self {
            cache_bytes: 16 << 20,
            verify: true,
            log_commits: 16_384,
            log_bytes: 64 << 20,
            group_transactions: 512,
            transaction_bytes: 256 << 20,
            progress: Duration::from_secs(1),
        }
    }
}

// === impl FileStore ===

impl FileStore {
    /// Opens the store in a directory, making it if it does not exist. Blocks: it reads the whole file once.
    pub fn open(path: impl AsRef<Path>, options: FileStoreOptions) -> Result<Self, OpenError> {
        let directory = Directory::hold(path.as_ref())?;
        let content = directory.content()?;
        let data = directory.data();
        let refused = |error: StoreError| match error {
            StoreError::Io { doing, cause } => {
                OpenError::Io { doing, path: data.clone(), cause: std::io::Error::new(cause.kind(), cause.to_string()) }
            }
            StoreError::Damaged(detail) => OpenError::Damaged { path: data.clone(), detail },
            other => OpenError::Damaged { path: data.clone(), detail: other.to_string() },
        };
        if content == Content::Nothing {
            directory.create_data(|file| {
                let opening = Opening { cache: options.cache_bytes, verify: false, create: true };
                Tables::open(Box::new(FileDevice::new(file)), opening, &Arc::default()).map(drop).map_err(&refused)
            })?;
        }
        let devices: Arc<dyn Devices> = Arc::new(FileAt(directory.data()));
        let device = devices.open().map_err(|cause| refused(StoreError::io("open the data file", cause)))?;
        let opening = Opening { cache: options.cache_bytes, verify: options.verify, create: false };
        let sync_failed = Arc::default();
        let tables = Tables::open(device, opening, &sync_failed).map_err(&refused)?;
        if content != Content::Data {
            let head = tables.read().and_then(|reading| reading.head()).map_err(&refused)?;
            if head != Revision::ZERO {
                return Err(OpenError::Unmarked { path: data.clone() });
            }
            directory.write_format()?;
        }
        Self::start(tables, devices, sync_failed, Some(directory), &options).map_err(refused)
    }

    /// Opens the store on a device of the caller's own, empty or not. For tests with devices that fail.
    pub fn on_devices(devices: Arc<dyn Devices>, options: &FileStoreOptions) -> Result<Self, StoreError> {
        let device = devices.open().map_err(|cause| StoreError::io("open the data file", cause))?;
        let opening = Opening { cache: options.cache_bytes, verify: options.verify, create: true };
        let sync_failed = Arc::default();
        let tables = Tables::open(device, opening, &sync_failed)?;
        Self::start(tables, devices, sync_failed, None, options)
    }

    /// The newest revision.
    pub fn revision(&self) -> Revision {
        self.shared.history.head()
    }

    /// Finishes the commits that were begun, and closes the file. Further calls are refused; watches end.
    pub async fn close(&self) {
        let Some(writer) = self.stop() else { return };
        let _joined = tokio::task::spawn_blocking(move || writer.join()).await;
        self.shared.close();
    }

    fn start(
        tables: Tables,
        devices: Arc<dyn Devices>,
        sync_failed: Arc<AtomicBool>,
        directory: Option<Directory>,
        options: &FileStoreOptions,
    ) -> Result<Self, StoreError> {
        let reading = tables.read()?;
        let (head, sizes) = (reading.head()?, reading.log_sizes()?);
        drop(reading);
        let kept = Limits { commits: options.log_commits.min(4096), writes: 65_536, progress: options.progress };
        let shared = Arc::new(Shared {
            tables: RwLock::new(Some(tables)),
            history: Arc::new(History::new(head, kept)),
            devices,
            failure: Mutex::new(None),
            sync_failed,
            log_limits: LogLimits { commits: options.log_commits, bytes: options.log_bytes },
            cache_bytes: options.cache_bytes,
            _directory: directory,
        });
        let limits = GroupLimits { transactions: options.group_transactions.max(1), bytes: 8 << 20 };
        let writer = Writer { shared: Arc::clone(&shared), sizes, limits };
        let (sender, receiver) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.run_to_the_end(receiver))
            .map_err(|cause| StoreError::io("start the writer", cause))?;
        Ok(Self {
            shared,
            requests: Mutex::new(Some(sender)),
            writer: Mutex::new(Some(thread)),
            transaction_bytes: options.transaction_bytes,
        })
    }

    fn stop(&self) -> Option<JoinHandle<()>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    async fn submit(&self, txn: Txn) -> Result<Outcome, StoreError> {
        let encoded = encode(&txn, self.transaction_bytes)?;
        let sender = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let sender = sender.ok_or(StoreError::Closed)?;
        let (answer, answered) = oneshot::channel();
        let request = Request { txn: encoded, writes: txn.write, answer };
        sender.send(request).await.map_err(|_| StoreError::Closed)?;
        drop(sender);
        answered.await.unwrap_or_else(|_| Err(StoreError::Uncertain("the writer ended".to_owned())))
    }
}

impl Store for FileStore {
    fn snapshot(&self) -> BoxFuture<'_, Result<Snapshot, StoreError>> {
        Box::pin(async move {
            let shared = Arc::clone(&self.shared);
            let (reading, head) = blocking(move || {
                let reading = shared.with_tables(Tables::read)?;
                let head = reading.head()?;
                Ok((reading, head))
            })
            .await?;
            // So that a watch may start from the snapshot's revision at once.
            self.shared.history.published(head).await;
            let (writer, snapshot) = Snapshot::channel(head, BATCHES);
            tokio::task::spawn_blocking(move || {
                let outcome = scan(&reading, head, &writer);
                writer.blocking_finish(outcome);
            });
            Ok(snapshot)
        })
    }

    fn watch(&self, after: Revision) -> BoxFuture<'_, Result<Watch, StoreError>> {
        Box::pin(async move { Ok(Watch::new(self.shared.history.reader(after, Logged(Arc::clone(&self.shared))))) })
    }

    fn commit(&self, txn: Txn) -> BoxFuture<'_, Result<Outcome, StoreError>> {
        Box::pin(self.submit(txn))
    }
}

impl Drop for FileStore {
    fn drop(&mut self) {
        if let Some(writer) = self.stop() {
            let _panicked = writer.join();
            self.shared.close();
        }
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore").field("revision", &self.revision()).finish_non_exhaustive()
    }
}

// === impl Shared ===

impl Shared {
    fn with_tables<T>(&self, work: impl FnOnce(&Tables) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match &*self.tables.read().unwrap_or_else(PoisonError::into_inner) {
            Some(tables) => work(tables),
            None => Err(self.failure().unwrap_or(StoreError::Interrupted)),
        }
    }

    fn is_open(&self) -> bool {
        self.tables.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn sync_failed(&self) -> bool {
        self.sync_failed.load(Ordering::Acquire)
    }

    fn open_tables(&self) -> Result<Tables, StoreError> {
        let device = self.devices.open().map_err(|cause| StoreError::io("open the data file", cause))?;
        Tables::open(device, Opening { cache: self.cache_bytes, verify: false, create: false }, &self.sync_failed)
    }

    fn put_tables(&self, tables: Tables) {
        *self.tables.write().unwrap_or_else(PoisonError::into_inner) = Some(tables);
    }

    fn close_tables(&self) {
        // Readings that are still going on fail from here on: the file under them may change.
        drop(self.tables.write().unwrap_or_else(PoisonError::into_inner).take());
    }

    fn close(&self) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(StoreError::Closed);
        self.close_tables();
    }

    fn failure(&self) -> Option<StoreError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops for good: no commit succeeds any more and watches end.
    fn stop(&self, error: StoreError) -> StoreError {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        self.close_tables();
        self.history.fail(error.clone());
        error
    }
}

/// Commits that only the log still has.
struct Logged(Arc<Shared>);

impl Older for Logged {
    fn read(&self, after: Revision, limit: usize) -> BoxFuture<'_, Result<Option<Vec<Arc<Commit>>>, StoreError>> {
        let shared = Arc::clone(&self.0);
        Box::pin(blocking(move || {
            let Some(entries) = shared.with_tables(Tables::read)?.log_after(after, limit)? else { return Ok(None) };
            let decoded =
                entries.into_iter().map(|(revision, entry)| log_entry::decode(revision, &entry).map(Arc::new));
            Ok(Some(decoded.collect::<Result<_, _>>().map_err(StoreError::Damaged)?))
        }))
    }
}

fn scan(reading: &Reading, head: Revision, writer: &SnapshotWriter) -> Result<(), StoreError> {
    let mut batch = Vec::with_capacity(BATCH);
    let mut decoder = Decoder::new();
    reading.scan(|key, modified, bytes| {
        if modified > head {
            return Err(StoreError::Damaged("a record is newer than the log".to_owned()));
        }
        let key = RecordKey::parse(key).map_err(|error| StoreError::Damaged(error.to_string()))?;
        let record = decoder.decode(&key, bytes).map_err(|error| StoreError::Damaged(error.to_string()))?;
        batch.push((key, modified, record));
        if batch.len() < BATCH {
            return Ok(true);
        }
        Ok(writer.blocking_send(std::mem::replace(&mut batch, Vec::with_capacity(BATCH))))
    })?;
    if !batch.is_empty() {
        writer.blocking_send(batch);
    }
    Ok(())
}

fn encode(txn: &Txn, limit: usize) -> Result<EncodedTxn, StoreError> {
    check_distinct(txn)?;
    let writes: Vec<_> = txn
        .write
        .iter()
        .map(|write| match write {
            Write::Put(key, record) => (key.clone(), Some(record.encode())),
            Write::Delete(key) => (key.clone(), None),
        })
        .collect();
    let size = writes.iter().map(|(key, record)| key.as_bytes().len() + record.as_ref().map_or(0, Vec::len)).sum();
    if size > limit {
        return Err(StoreError::TooLarge { size, limit });
    }
    let entry = log_entry::encode(&writes).ok_or(StoreError::TooLarge { size, limit })?;
    Ok(EncodedTxn { expect: txn.expect.clone(), writes, entry })
}

/// A transaction that writes one key twice has no clear meaning, and is refused by every store.
pub(crate) fn check_distinct(txn: &Txn) -> Result<(), StoreError> {
    let mut seen = HashSet::with_capacity(txn.write.len());
    for write in &txn.write {
        if !seen.insert(write.key().as_bytes()) {
            return Err(StoreError::Invalid("a key is written twice".to_owned()));
        }
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(StoreError::Closed))
}
