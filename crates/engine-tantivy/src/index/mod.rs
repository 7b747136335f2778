//! One index: its documents in tantivy, and the newest of them in memory until tantivy has them on disk.
//!
//! A write is checked against the newest version of its document, gets the index's next sequence number, goes into the
//! translog, then into tantivy's buffer and the map of newest versions. A *refresh* commits tantivy's buffer, makes it
//! searchable, and forgets the versions that tantivy now has. So
//!
//! * reading by id looks at the newest versions first, then in tantivy: always current ("real time");
//! * a search sees what the last refresh has seen;
//! * what tantivy has on disk is always a prefix of the sequence numbers, and the translog has the rest.

mod read;
mod refresh;
mod update;
mod versions;
mod write;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use arc_swap::ArcSwap;
use tantivy::directory::MmapDirectory;
use tantivy::{IndexReader, IndexWriter, ReloadPolicy};
use thiserror::Error;
use tokio::sync::watch;

pub(crate) use read::Found;
pub(crate) use update::Update;
pub(crate) use write::{Conditions, External, Operation, Rights, WriteResult, Written};

use crate::document::DocumentError;
use crate::log::LogFailed;
use crate::mapping::Mapping;
use crate::metadata::IndexMetadata;
use crate::record::IndexId;
use crate::schema::{Fields, register_analyzers, schema};
use crate::settings::Settings;
use crate::snapshot::IndexSnapshot;
use versions::Versions;

/// Decompressed blocks of stored documents that an index keeps.
const STORE_CACHE_BLOCKS: usize = 8;

/// One index.
pub(crate) struct Index {
    /// Its identity.
    pub(crate) id: IndexId,
    /// Its name.
    pub(crate) name: Arc<str>,
    /// When it was made, in milliseconds since the epoch.
    pub(crate) created: i64,
    settings: ArcSwap<Settings>,
    /// Which reign over the index this is.
    pub(crate) primary_term: u64,
    directory: PathBuf,
    tantivy: tantivy::Index,
    reader: IndexReader,
    fields: Fields,
    /// Changed only while `writing` is held.
    mapping: ArcSwap<Mapping>,
    versions: RwLock<Versions>,
    writing: Mutex<Writing>,
    /// The first sequence number that searches do not see yet.
    refreshed: watch::Sender<u64>,
    deleted: AtomicBool,
    failed: AtomicBool,
    /// The log has failed, so nothing becomes visible any more.
    stalled: AtomicBool,
}

/// What writers hold.
struct Writing {
    /// Opened by the first write, closed when nothing was written for some time.
    writer: Option<IndexWriter>,
    /// The next operation's sequence number.
    next: u64,
    /// The first sequence number that tantivy does not have on disk.
    committed: u64,
    /// How many times the housekeeping found nothing written since the last commit.
    idle: u32,
}

/// The index cannot be opened.
#[derive(Debug, Error)]
pub enum OpenIndexError {
    /// tantivy said no.
    #[error("the index [{name}] in {path} cannot be opened: {source}", path = path.display())]
    Tantivy {
        /// The index.
        name: String,
        /// Its directory.
        path: PathBuf,
        /// What tantivy said.
        source: tantivy::TantivyError,
    },
    /// The directory is not there.
    #[error("the index [{name}] has lost its directory {path}; restore it from a backup", path = path.display())]
    Missing {
        /// The index.
        name: String,
        /// Its directory.
        path: PathBuf,
    },
    /// What tantivy has on disk was not written by this engine.
    #[error("the index [{name}] in {path} does not say up to where it is written", path = path.display())]
    Unmarked {
        /// The index.
        name: String,
        /// Its directory.
        path: PathBuf,
    },
}

/// Why an operation on a document was not done.
#[derive(Debug, Error)]
pub(crate) enum IndexError {
    /// The index was deleted meanwhile.
    #[error("no such index [{0}]")]
    Gone(Arc<str>),
    /// The document is not as the request wants it.
    #[error("[{id}]: version conflict, {what}")]
    Conflict { id: String, what: String },
    /// There is no document to update.
    #[error("[{0}]: document missing")]
    Missing(String),
    /// The document goes not with the mapping.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// It is no document at all.
    #[error("failed to parse")]
    Syntax(keyward_xcontent::SyntaxError),
    /// It would add fields, and the asker may not.
    #[error("the document would add fields to the mapping")]
    MappingUpdateDenied,
    /// The translog is not writable.
    #[error(transparent)]
    Log(#[from] LogFailed),
    /// tantivy failed; the index does nothing more until a restart, which repairs it from the translog.
    #[error("the index [{0}] has failed and is not available until a restart")]
    Failed(Arc<str>),
}

// === impl Index ===

impl Index {
    /// Makes an index on disk. It is not there for anyone until the metadata says so.
    pub(crate) fn create(directory: &Path, metadata: &IndexMetadata) -> Result<Self, OpenIndexError> {
        let path = directory.join(metadata.id.to_string());
        let failed = |source: tantivy::TantivyError| OpenIndexError::Tantivy {
            name: metadata.name.to_string(),
            path: path.clone(),
            source,
        };
        std::fs::create_dir_all(&path).map_err(|error| failed(error.into()))?;
        let (schema, _) = schema();
        tantivy::Index::create_in_dir(&path, schema).map_err(failed)?;
        std::fs::File::open(directory)
            .and_then(|directory| directory.sync_all())
            .map_err(|error| failed(error.into()))?;
        Self::open_at(path, metadata)
    }

    /// Opens an index that the metadata knows.
    pub(crate) fn open(directory: &Path, metadata: &IndexMetadata) -> Result<Self, OpenIndexError> {
        let path = directory.join(metadata.id.to_string());
        if !path.is_dir() {
            return Err(OpenIndexError::Missing { name: metadata.name.to_string(), path });
        }
        Self::open_at(path, metadata)
    }

    fn open_at(path: PathBuf, metadata: &IndexMetadata) -> Result<Self, OpenIndexError> {
        let failed = |source: tantivy::TantivyError| OpenIndexError::Tantivy {
            name: metadata.name.to_string(),
            path: path.clone(),
            source,
        };
        let (_, fields) = schema();
        let directory = MmapDirectory::open(&path).map_err(|error| failed(error.into()))?;
        let mut tantivy = tantivy::Index::open(directory).map_err(failed)?;
        register_analyzers(&mut tantivy);
        let committed = match tantivy.load_metas().map_err(failed)?.payload {
            Some(payload) => refresh::read_payload(&payload)
                .ok_or_else(|| OpenIndexError::Unmarked { name: metadata.name.to_string(), path: path.clone() })?,
            None => 0,
        };
        let reader = tantivy
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(STORE_CACHE_BLOCKS)
            .try_into()
            .map_err(failed)?;
        Ok(Self {
            id: metadata.id,
            name: Arc::clone(&metadata.name),
            created: metadata.created,
            settings: ArcSwap::from_pointee(metadata.settings.clone()),
            primary_term: metadata.primary_term,
            directory: path,
            tantivy,
            reader,
            fields,
            mapping: ArcSwap::from(Arc::clone(&metadata.mapping)),
            versions: RwLock::new(Versions::default()),
            writing: Mutex::new(Writing { writer: None, next: committed, committed, idle: 0 }),
            refreshed: watch::Sender::new(committed),
            deleted: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            stalled: AtomicBool::new(false),
        })
    }

    /// The settings as they are now.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        self.settings.load_full()
    }

    /// Changes the settings. To be called by who changes the catalogue.
    pub(crate) fn set_settings(&self, settings: Settings) {
        self.settings.store(Arc::new(settings));
    }

    /// The mapping as it is now.
    pub(crate) fn mapping(&self) -> Arc<Mapping> {
        self.mapping.load_full()
    }

    /// The mapping with every change that has been put into the log by now.
    pub(crate) fn settled_mapping(&self) -> Arc<Mapping> {
        let _writing = self.lock();
        self.mapping.load_full()
    }

    /// What a search works on.
    pub(crate) fn snapshot(&self) -> IndexSnapshot {
        IndexSnapshot {
            name: Arc::clone(&self.name),
            mapping: self.mapping(),
            searcher: self.reader.searcher(),
            fields: self.fields,
        }
    }

    /// How many documents a search sees.
    pub(crate) fn visible_documents(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    /// How many deleted documents are still on disk.
    pub(crate) fn deleted_documents(&self) -> u64 {
        self.reader.searcher().segment_readers().iter().map(|segment| u64::from(segment.num_deleted_docs())).sum()
    }

    /// The bytes of its files.
    pub(crate) fn bytes_on_disk(&self) -> u64 {
        let Ok(entries) = std::fs::read_dir(&self.directory) else { return 0 };
        entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
    }

    /// Whether it can still be written and read.
    pub(crate) fn is_available(&self) -> bool {
        !self.failed.load(Ordering::Acquire)
    }

    /// Ends the index: running operations finish, later ones find it gone. Its files go when the last reader has.
    pub(crate) fn close_for_deletion(&self) {
        let mut writing = self.lock();
        self.deleted.store(true, Ordering::Release);
        writing.writer = None;
        // Whoever waits for a refresh gets it: there is nothing to see any more.
        self.refreshed.send_replace(u64::MAX);
    }

    /// Removes the files of a deleted index.
    pub(crate) fn remove_files(&self) -> std::io::Result<()> {
        std::fs::remove_dir_all(&self.directory)
    }

    fn check_usable(&self) -> Result<(), IndexError> {
        if self.deleted.load(Ordering::Acquire) {
            return Err(IndexError::Gone(Arc::clone(&self.name)));
        }
        if self.failed.load(Ordering::Acquire) {
            return Err(IndexError::Failed(Arc::clone(&self.name)));
        }
        Ok(())
    }

    /// Takes note that tantivy failed. What is in the log is safe; what is in memory is not trusted any more.
    fn fail(&self, error: &tantivy::TantivyError) -> IndexError {
        tracing::error!(index = %self.name, %error, "the index has failed");
        self.give_up();
        IndexError::Failed(Arc::clone(&self.name))
    }

    /// Ends the index's work until a restart, and lets go those who wait for a refresh.
    fn give_up(&self) {
        self.failed.store(true, Ordering::Release);
        self.refreshed.send_replace(u64::MAX);
    }

    /// A writer that panicked may have stopped between the log and tantivy: the index is then not used any more.
    fn lock(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(|poisoned| {
            self.give_up();
            PoisonError::into_inner(poisoned)
        })
    }
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").field("name", &self.name).field("id", &self.id).finish_non_exhaustive()
    }
}
