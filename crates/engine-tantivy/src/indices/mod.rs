//! All indices of the engine, their log, and the changes that make, alter and remove them.
//!
//! Locks are taken in this order: `changing`, then an index's own. Whoever changes the catalogue holds `changing` from
//! before the record goes into the log until the new catalogue is there, so the log's order is the catalogue's.

mod change;
mod open;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::{ArcSwap, Guard};
use thiserror::Error;

pub(crate) use change::{AliasAction, ChangeError, NewIndex};

use crate::catalogue::Catalogue;
use crate::checkpoint::{self, CheckpointError};
use crate::index::{Index, OpenIndexError};
use crate::log::{Log, LogError};
use crate::metadata::UnreadableMetadata;

/// Where indices are, below the engine's directory.
const INDICES: &str = "indices";
/// Where the log is, below the engine's directory.
const TRANSLOG: &str = "translog";

/// All indices.
#[derive(Debug)]
pub(crate) struct Indices {
    directory: PathBuf,
    log: Log,
    catalogue: ArcSwap<Catalogue>,
    changing: Mutex<()>,
    /// Held as long as the engine lives: a second one in the same directory would destroy both.
    _lock: File,
}

/// The engine cannot start.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process has the directory.
    #[error("the directory {path} is in use by another process", path = path.display())]
    Locked {
        /// The directory.
        path: PathBuf,
    },
    /// The disk said no.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The translog.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The metadata.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// An index.
    #[error(transparent)]
    Index(#[from] OpenIndexError),
    /// A change of metadata in the translog that cannot be read.
    #[error("the translog has metadata that this version cannot read: {0}")]
    Metadata(String),
    /// The translog could not be put into an index.
    #[error("the translog cannot be applied: {0}")]
    Replay(String),
}

impl From<UnreadableMetadata> for OpenError {
    fn from(error: UnreadableMetadata) -> Self {
        Self::Metadata(error.0)
    }
}

impl Indices {
    /// The indices and aliases as they are now.
    pub(crate) fn catalogue(&self) -> Guard<Arc<Catalogue>> {
        self.catalogue.load()
    }

    /// The translog.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Refreshes what is new, frees what is idle, and lets old parts of the log go. To be called about once a second.
    pub(crate) fn keep_house(&self) {
        let catalogue = self.catalogue.load_full();
        for entry in catalogue.entries() {
            if !entry.index.is_available() {
                continue;
            }
            if let Err(error) = entry.index.keep_house(&self.log) {
                tracing::warn!(index = %entry.index.name, %error, "cannot refresh");
            }
        }
        if let Err(error) = self.trim() {
            tracing::warn!(%error, "cannot trim the translog");
        }
    }

    /// Lets the files of the log go whose content is elsewhere.
    fn trim(&self) -> Result<(), OpenError> {
        let catalogue = self.catalogue.load_full();
        let is_elsewhere = |index: &Arc<Index>, highest: u64| index.committed() > highest;
        let closed = self.log.closed_files();
        let free: Vec<_> = closed
            .into_iter()
            .take_while(|file| {
                let mut documents = file.contents.documents.iter();
                documents.all(|(id, highest)| catalogue.by_id(*id).is_none_or(|index| is_elsewhere(index, *highest)))
            })
            .collect();
        if free.is_empty() {
            return Ok(());
        }
        self.checkpoint()?;
        for file in free {
            self.log.remove(&file).map_err(|source| OpenError::Io {
                action: "remove",
                path: file.path.clone(),
                source,
            })?;
        }
        Ok(())
    }

    /// Writes all metadata to its own file.
    fn checkpoint(&self) -> Result<(), OpenError> {
        let _changing = self.lock();
        // Every change up to here is in what is collected below: the catalogue stands still, and each index's mapping
        // is read under the index's own lock, under which it goes into the log.
        let batch = self.log.appended();
        let metadata: Vec<_> = self.catalogue.load().entries().map(|entry| entry.metadata()).collect();
        // What is written must not be ahead of the log.
        self.log.durable_blocking(self.log.appended()).map_err(|error| OpenError::Replay(error.to_string()))?;
        Ok(checkpoint::write(&self.directory, &metadata, batch)?)
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        // The catalogue is replaced in one step: nothing half-done is behind a poisoned lock.
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn indices_directory(&self) -> PathBuf {
        self.directory.join(INDICES)
    }
}
