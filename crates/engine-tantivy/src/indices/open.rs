//! Starting: what the checkpoint, the log and tantivy have on disk becomes the engine's state again.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;

use super::{INDICES, Indices, OpenError, TRANSLOG};
use crate::catalogue::{Catalogue, Entry};
use crate::checkpoint;
use crate::index::Index;
use crate::log::{self, Log};
use crate::metadata::{Change, IndexMetadata};
use crate::record::{IndexId, Record};

impl Indices {
    /// Opens the indices in a directory, which is made if it is not there.
    pub(crate) fn open(directory: &Path, roll_at: u64) -> Result<Self, OpenError> {
        let indices_at = directory.join(INDICES);
        let translog_at = directory.join(TRANSLOG);
        for path in [&indices_at, &translog_at] {
            fs::create_dir_all(path).map_err(|source| OpenError::Io {
                action: "create",
                path: path.clone(),
                source,
            })?;
        }
        let lock = lock(directory)?;

        // First the metadata, all of it: documents are read against the mappings as they are in the end.
        let (mut metadata, checkpointed) = checkpoint::read(directory)?;
        log::recover::<OpenError>(&translog_at, checkpointed, |batch, record| {
            if let Record::Metadata(change) = record
                && batch > checkpointed
            {
                Change::decode(change)?.apply(&mut metadata);
            }
            Ok(())
        })?;
        let mut entries = HashMap::new();
        for stored in metadata.values() {
            // A new reign: operations that were seen and lost are told from those that get their numbers now.
            let stored = IndexMetadata { primary_term: stored.primary_term.saturating_add(1), ..stored.clone() };
            let index = Arc::new(Index::open(&indices_at, &stored)?);
            entries.insert(stored.id, Entry { index, aliases: stored.aliases });
        }
        // Then the documents.
        let recovered = log::recover::<OpenError>(&translog_at, checkpointed, |_, record| {
            match record.document().and_then(|(id, _)| entries.get(&id)) {
                Some(entry) => entry.index.replay(&record).map_err(|error| OpenError::Replay(error.to_string())),
                // Of an index that is no more.
                None => Ok(()),
            }
        })?;
        if recovered.cut > 0 {
            tracing::warn!(bytes = recovered.cut, "cut an unfinished write off the end of the translog");
        }
        remove_strangers(&indices_at, |id| entries.contains_key(&id));

        let log = Log::start(&translog_at, recovered.last, recovered.files, roll_at)?;
        let indices = Self {
            directory: directory.to_owned(),
            log,
            catalogue: ArcSwap::from_pointee(Catalogue::new(entries.into_values())),
            changing: Mutex::new(()),
            _lock: lock,
        };
        for entry in indices.catalogue.load().entries() {
            entry.index.refresh(&indices.log).map_err(|error| OpenError::Replay(error.to_string()))?;
        }
        // The new reigns must be known before anything is written under them.
        indices.checkpoint()?;
        indices.trim()?;
        Ok(indices)
    }
}

fn lock(directory: &Path) -> Result<File, OpenError> {
    let path = directory.join("lock");
    let failed = |source| OpenError::Io { action: "lock", path: path.clone(), source };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(OpenError::Locked { path: directory.to_owned() }),
        Err(fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Removes directories of indices that are not there: of a creation or a deletion that was interrupted.
fn remove_strangers(directory: &Path, is_known: impl Fn(IndexId) -> bool) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let id = entry.file_name().to_str().and_then(IndexId::parse);
        // Only what has a name of ours is touched.
        if id.is_some_and(|id| !is_known(id))
            && let Err(error) = fs::remove_dir_all(entry.path())
        {
            tracing::warn!(path = %entry.path().display(), %error, "cannot remove the files of an index that is no more");
        }
    }
}
