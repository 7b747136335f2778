//! The file that has all metadata up to some batch of the log.
//!
//! `metadata`: a line `keyward-engine 1 CRC` and a JSON document. It is written beside and renamed, so it is always whole.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use keyward_xcontent::{Limits, Value};
use serde_json::json;
use thiserror::Error;

use crate::log::Batch;
use crate::metadata::{IndexMetadata, Metadata};

const NAME: &str = "metadata";
const HEADER: &str = "keyward-engine 1 ";

/// The checkpoint cannot be read or written.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The disk said no.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The content is not what was written.
    #[error(
        "the metadata file {path} is damaged ({what}). Restore the data directory from a backup",
        path = path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// It was written by a newer version, or is none of ours.
    #[error("{path} is not a metadata file of a known version", path = path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
}

/// Reads the checkpoint; nothing and batch 0 if there never was one.
pub(crate) fn read(directory: &Path) -> Result<(Metadata, Batch), CheckpointError> {
    let path = directory.join(NAME);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Metadata::new(), Batch(0))),
        Err(source) => return Err(CheckpointError::Io { action: "read", path, source }),
    };
    let damaged = |what: &str| CheckpointError::Damaged { path: path.clone(), what: what.to_owned() };
    let Some(rest) = bytes.strip_prefix(HEADER.as_bytes()) else {
        return Err(CheckpointError::UnknownFormat { path });
    };
    let mut parts = rest.splitn(2, |byte| *byte == b'\n');
    let (Some(crc), Some(document)) = (parts.next(), parts.next()) else { return Err(damaged("it ends early")) };
    let crc = std::str::from_utf8(crc).ok().and_then(|text| u32::from_str_radix(text, 16).ok());
    if crc != Some(crc32fast::hash(document)) {
        return Err(damaged("its checksum is wrong"));
    }
    let value = keyward_xcontent::parse(document, Limits::default()).map_err(|error| damaged(&error.to_string()))?;
    let batch = value.get("batch").and_then(Value::as_u64).ok_or_else(|| damaged("[batch] is missing"))?;
    let indices = value.get("indices").and_then(Value::as_array).ok_or_else(|| damaged("[indices] is missing"))?;
    let mut metadata = Metadata::new();
    for index in indices {
        let index = IndexMetadata::from_value(index).map_err(|error| damaged(&error.to_string()))?;
        metadata.insert(index.id, index);
    }
    Ok((metadata, Batch(batch)))
}

/// Writes the checkpoint; on disk when it returns.
pub(crate) fn write<'a>(
    directory: &Path,
    indices: impl IntoIterator<Item = &'a IndexMetadata>,
    batch: Batch,
) -> Result<(), CheckpointError> {
    let indices: Vec<serde_json::Value> = indices.into_iter().map(IndexMetadata::to_json).collect();
    let document = json!({ "batch": batch.0, "indices": indices }).to_string();
    let path = directory.join(NAME);
    let beside = directory.join(format!("{NAME}.new"));
    let write = || -> io::Result<()> {
        let mut file = File::create(&beside)?;
        writeln!(file, "{HEADER}{:08x}", crc32fast::hash(document.as_bytes()))?;
        file.write_all(document.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        File::open(directory)?.sync_all()
    };
    write().map_err(|source| CheckpointError::Io { action: "write", path: path.clone(), source })
}
