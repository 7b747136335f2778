//! The two tables, `records` and `log`, over bytes. The only file that knows redb.
//!
//! `records` maps a key to the revision that wrote it (eight bytes, big-endian) and the record's bytes. `log` maps a
//! revision to the bytes of its commit. Both change in one redb transaction, which is durable and two-phase: what the
//! file says after a crash is a whole number of transactions, and every one that was acknowledged.

use std::collections::VecDeque;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keyward_state::{Expect, RecordKey, Revision};
use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, StorageBackend, Table, TableDefinition};

use super::device::BlockDevice;
use crate::StoreError;

const RECORDS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("records");
const LOG: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("log");

/// A transaction as bytes.
#[derive(Debug)]
pub(super) struct EncodedTxn {
    pub(super) expect: Vec<Expect>,
    /// `None` deletes.
    pub(super) writes: Vec<(RecordKey, Option<Vec<u8>>)>,
    /// The same as an entry of the log.
    pub(super) entry: Vec<u8>,
}

/// What became of one transaction of a group.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Committed(Revision),
    Conflict(RecordKey),
}

/// How much of the log is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogLimits {
    pub(super) commits: usize,
    pub(super) bytes: usize,
}

/// The opened tables.
#[derive(Debug)]
pub(super) struct Tables {
    database: Database,
}

/// An entry of the log as it is stored.
pub(super) type LogEntry = (Revision, Vec<u8>);

/// The sizes of what is in the log, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct LogSizes {
    entries: VecDeque<(u64, usize)>,
    bytes: usize,
}

/// The tables as they were at one moment.
#[derive(Debug)]
pub(super) struct Reading {
    transaction: ReadTransaction,
}

/// How to open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    /// Bytes of cache.
    pub(super) cache: usize,
    /// Verify the checksum of every page.
    pub(super) verify: bool,
    /// An empty device becomes an empty store; otherwise it is damage.
    pub(super) create: bool,
}

// === impl Tables ===

impl Tables {
    /// Opens the tables on a device. `sync_failed` is set when the device could not make something durable.
    pub(super) fn open(
        device: Box<dyn BlockDevice>,
        opening: Opening,
        sync_failed: &Arc<AtomicBool>,
    ) -> Result<Self, StoreError> {
        let empty = device.is_empty().map_err(|cause| StoreError::io("read the data file", cause))?;
        if empty && !opening.create {
            return Err(StoreError::Damaged("it is empty".to_owned()));
        }
        let adapter = Adapter { device, sync_failed: Arc::clone(sync_failed) };
        guarded(|| {
            let database = Database::builder()
                .set_cache_size(opening.cache)
                .set_check_integrity_on_open(opening.verify && !empty)
                .create_with_backend(adapter)
                .map_err(|error| from_redb("open the data file", error.into()))?;
            let tables = Self { database };
            if empty {
                tables.create()?;
            }
            Ok(tables)
        })
    }

    pub(super) fn read(&self) -> Result<Reading, StoreError> {
        guarded(|| {
            let transaction = self.database.begin_read().map_err(|error| from_redb("begin reading", error.into()))?;
            Ok(Reading { transaction })
        })
    }

    /// Writes all transactions of the group that hold, each under its own revision, and makes them durable together.
    ///
    /// A transaction sees what those before it in the group write. On an error nothing of it was acknowledged, and
    /// the tables must be opened anew, and `sizes` read again.
    pub(super) fn write(
        &self,
        group: &[&EncodedTxn],
        sizes: &mut LogSizes,
        limits: LogLimits,
    ) -> Result<Vec<Verdict>, StoreError> {
        guarded(|| self.write_group(group, sizes, limits))
    }

    fn create(&self) -> Result<(), StoreError> {
        let doing = "create the tables";
        let mut transaction = self.database.begin_write().map_err(|error| from_redb(doing, error.into()))?;
        transaction.set_quick_repair(true);
        transaction.open_table(RECORDS).map_err(|error| from_redb(doing, error.into()))?;
        transaction.open_table(LOG).map_err(|error| from_redb(doing, error.into()))?;
        transaction.commit().map_err(|error| from_redb(doing, error.into()))
    }

    fn write_group(
        &self,
        group: &[&EncodedTxn],
        sizes: &mut LogSizes,
        limits: LogLimits,
    ) -> Result<Vec<Verdict>, StoreError> {
        let doing = "write a commit";
        let failed = |error: redb::Error| from_redb(doing, error);
        let mut transaction = self.database.begin_write().map_err(|error| failed(error.into()))?;
        transaction.set_quick_repair(true);
        let mut verdicts = Vec::with_capacity(group.len());
        let mut wrote = false;
        {
            let mut records = transaction.open_table(RECORDS).map_err(|error| failed(error.into()))?;
            let mut log = transaction.open_table(LOG).map_err(|error| failed(error.into()))?;
            let mut head = head_of(&log)?;
            for txn in group {
                if let Some(key) = first_unmet(&records, &txn.expect)? {
                    verdicts.push(Verdict::Conflict(key));
                    continue;
                }
                let revision = head.next();
                for (key, record) in &txn.writes {
                    match record {
                        Some(record) => {
                            let mut value = Vec::with_capacity(record.len() + 8);
                            value.extend_from_slice(&revision.get().to_be_bytes());
                            value.extend_from_slice(record);
                            records.insert(key.as_bytes(), value.as_slice()).map_err(|error| failed(error.into()))?;
                        }
                        None => {
                            records.remove(key.as_bytes()).map_err(|error| failed(error.into()))?;
                        }
                    }
                }
                log.insert(revision.get(), txn.entry.as_slice()).map_err(|error| failed(error.into()))?;
                sizes.push(revision.get(), txn.entry.len());
                head = revision;
                wrote = true;
                verdicts.push(Verdict::Committed(revision));
            }
            while wrote && let Some(oldest) = sizes.pop_surplus(limits) {
                log.remove(oldest).map_err(|error| failed(error.into()))?;
            }
        }
        if wrote {
            transaction.commit().map_err(|error| failed(error.into()))?;
        } else {
            transaction.abort().map_err(|error| failed(error.into()))?;
        }
        Ok(verdicts)
    }
}

// === impl Reading ===

impl Reading {
    /// The revision that everything here is of.
    pub(super) fn head(&self) -> Result<Revision, StoreError> {
        guarded(|| {
            let log = self.transaction.open_table(LOG).map_err(|error| from_redb("open the log", error.into()))?;
            head_of(&log)
        })
    }

    /// Gives every record, in order of key, to `visit`, until that answers false.
    pub(super) fn scan(
        &self,
        mut visit: impl FnMut(&[u8], Revision, &[u8]) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let doing = "read the records";
        guarded(|| {
            let records = self.transaction.open_table(RECORDS).map_err(|error| from_redb(doing, error.into()))?;
            for entry in records.iter().map_err(|error| from_redb(doing, error.into()))? {
                let (key, value) = entry.map_err(|error| from_redb(doing, error.into()))?;
                let (modified, record) = split(value.value())?;
                if !visit(key.value(), modified, record)? {
                    break;
                }
            }
            Ok(())
        })
    }

    /// The entries of the log after a revision, oldest first. `None` when the log no longer has all of them.
    pub(super) fn log_after(&self, after: Revision, limit: usize) -> Result<Option<Vec<LogEntry>>, StoreError> {
        let doing = "read the log";
        guarded(|| {
            let log = self.transaction.open_table(LOG).map_err(|error| from_redb(doing, error.into()))?;
            let Some(start) = after.get().checked_add(1) else { return Ok(None) };
            let mut entries = Vec::new();
            for entry in log.range(start..).map_err(|error| from_redb(doing, error.into()))?.take(limit) {
                let (revision, value) = entry.map_err(|error| from_redb(doing, error.into()))?;
                entries.push((Revision::new(revision.value()), value.value().to_vec()));
            }
            // Revisions of this store have no holes, so a first entry that is not the next one means a trimmed log.
            Ok(entries.first().is_some_and(|(first, _)| first.get() == start).then_some(entries))
        })
    }

    /// The sizes of all entries of the log.
    pub(super) fn log_sizes(&self) -> Result<LogSizes, StoreError> {
        let doing = "read the log";
        guarded(|| {
            let log = self.transaction.open_table(LOG).map_err(|error| from_redb(doing, error.into()))?;
            let mut sizes = LogSizes::default();
            for entry in log.iter().map_err(|error| from_redb(doing, error.into()))? {
                let (revision, value) = entry.map_err(|error| from_redb(doing, error.into()))?;
                sizes.push(revision.value(), value.value().len());
            }
            Ok(sizes)
        })
    }
}

// === impl LogSizes ===

impl LogSizes {
    fn push(&mut self, revision: u64, bytes: usize) {
        self.entries.push_back((revision, bytes));
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// The oldest entry, if there is more than `limits` allow. The newest always stays: it holds the revision.
    fn pop_surplus(&mut self, limits: LogLimits) -> Option<u64> {
        if self.entries.len() <= 1 || (self.entries.len() <= limits.commits && self.bytes <= limits.bytes) {
            return None;
        }
        let (revision, bytes) = self.entries.pop_front()?;
        self.bytes = self.bytes.saturating_sub(bytes);
        Some(revision)
    }
}

fn head_of(log: &impl ReadableTable<u64, &'static [u8]>) -> Result<Revision, StoreError> {
    let last = log.last().map_err(|error| from_redb("read the log", error.into()))?;
    Ok(last.map_or(Revision::ZERO, |(revision, _)| Revision::new(revision.value())))
}

fn first_unmet(
    records: &Table<'_, &'static [u8], &'static [u8]>,
    expectations: &[Expect],
) -> Result<Option<RecordKey>, StoreError> {
    for expect in expectations {
        let key = expect.key();
        let present = records.get(key.as_bytes()).map_err(|error| from_redb("read a record", error.into()))?;
        let modified = present.map(|value| split(value.value()).map(|(modified, _)| modified)).transpose()?;
        if !expect.holds(modified) {
            return Ok(Some(key.clone()));
        }
    }
    Ok(None)
}

fn split(value: &[u8]) -> Result<(Revision, &[u8]), StoreError> {
    let (modified, record) =
        value.split_first_chunk::<8>().ok_or_else(|| StoreError::Damaged("a record is too short".to_owned()))?;
    Ok((Revision::new(u64::from_be_bytes(*modified)), record))
}

/// Runs `work`; a panic below it, which redb answers to some damage, is an error like others.
fn guarded<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no text");
        Err(StoreError::Damaged(format!("its structure is not valid: {text}")))
    })
}

fn from_redb(doing: &'static str, error: redb::Error) -> StoreError {
    match error {
        redb::Error::Io(cause) if cause.kind() == io::ErrorKind::InvalidData => StoreError::Damaged(cause.to_string()),
        redb::Error::Io(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => {
            StoreError::Damaged("it is shorter than it was".to_owned())
        }
        redb::Error::Io(cause) => StoreError::io(doing, cause),
        redb::Error::DatabaseClosed => StoreError::Interrupted,
        redb::Error::Corrupted(_) | redb::Error::UpgradeRequired(_) | redb::Error::RepairAborted => {
            StoreError::Damaged(error.to_string())
        }
        redb::Error::TableDoesNotExist(_) | redb::Error::TableTypeMismatch { .. } => {
            StoreError::Damaged(error.to_string())
        }
        other => StoreError::io(doing, io::Error::other(other)),
    }
}

/// A device as redb wants it. It remembers that a sync failed: after that, what was read back may not be what lasts.
#[derive(Debug)]
struct Adapter {
    device: Box<dyn BlockDevice>,
    sync_failed: Arc<AtomicBool>,
}

// === impl Adapter ===

impl StorageBackend for Adapter {
    fn len(&self) -> Result<u64, io::Error> {
        self.device.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        self.device.read(offset, out)
    }

    fn set_len(&self, len: u64) -> Result<(), io::Error> {
        self.device.set_len(len)
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        self.device.sync().inspect_err(|_| self.sync_failed.store(true, Ordering::Release))
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        self.device.write(offset, data)
    }
}
