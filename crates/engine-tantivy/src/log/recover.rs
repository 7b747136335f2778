//! Reading the log at start.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::frame::{FILE_HEADER, Salt, read_batch, read_file_header};
use super::{Batch, ClosedFile, Contents, LogError};
use crate::record::Record;

/// What was found.
#[derive(Debug)]
pub(crate) struct Recovered {
    /// The last batch on disk; `after` if there is none.
    pub(crate) last: Batch,
    /// The files, oldest first.
    pub(crate) files: Vec<ClosedFile>,
    /// How many bytes of a torn tail were cut off.
    pub(crate) cut: u64,
}

/// Reads every record of the log in order. A torn tail is cut off; damage to what was acknowledged is an error.
///
/// `after` is the last batch that is known to be elsewhere: the log may begin anywhere up to the one after it.
pub(crate) fn recover<E: From<LogError>>(
    directory: &Path,
    after: Batch,
    mut each: impl FnMut(Batch, Record<'_>) -> Result<(), E>,
) -> Result<Recovered, E> {
    let mut recovered = Recovered { last: after, files: Vec::new(), cut: 0 };
    let names = file_names(directory)?;
    let count = names.len();
    let mut expected: Option<Batch> = None;
    for (position, (first, path)) in names.into_iter().enumerate() {
        let is_last = position + 1 == count;
        match expected {
            Some(expected) if expected != first => return Err(LogError::Missing { expected: expected.0, path }.into()),
            None if first.0 > after.0 + 1 => return Err(LogError::Missing { expected: after.0 + 1, path }.into()),
            _ => {}
        }
        let bytes = fs::read(&path).map_err(|source| LogError::Io { action: "read", path: path.clone(), source })?;
        let Some(salt) = header(&bytes, &path, is_last)? else {
            // Not even its header was on disk when the machine stopped: nothing can have been in it.
            fs::remove_file(&path).map_err(|source| LogError::Io { action: "remove", path: path.clone(), source })?;
            recovered.cut += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            break;
        };
        let mut file = ClosedFile { path: path.clone(), contents: Contents::default() };
        let mut number = first;
        let mut offset = FILE_HEADER;
        while let Some(rest) = bytes.get(offset..).filter(|rest| !rest.is_empty()) {
            let Some((_, payload, length)) = read_batch(rest, salt).filter(|(found, _, _)| *found == number) else {
                if !is_last || holds_batch(rest.get(1..).unwrap_or_default(), salt) {
                    return Err(damaged(&path, offset, "a batch is not whole, and later ones are there").into());
                }
                cut(&path, offset).map_err(|source| LogError::Io { action: "cut", path: path.clone(), source })?;
                recovered.cut += u64::try_from(rest.len()).unwrap_or(u64::MAX);
                break;
            };
            let mut records = payload;
            while !records.is_empty() {
                let Some((record, after)) = Record::decode(records) else {
                    return Err(damaged(&path, offset, "a record in a whole batch cannot be read").into());
                };
                file.contents.note(&record, number);
                each(number, record)?;
                records = after;
            }
            offset += length;
            number = Batch(number.0 + 1);
        }
        if is_last && number == first {
            // Nothing was ever written to it; the file that is begun next has its name.
            fs::remove_file(&path).map_err(|source| LogError::Io { action: "remove", path: path.clone(), source })?;
            break;
        }
        expected = Some(number);
        recovered.last = recovered.last.max(Batch(number.0.saturating_sub(1)));
        recovered.files.push(file);
    }
    Ok(recovered)
}

/// The log's files with their first batches, in order.
fn file_names(directory: &Path) -> Result<Vec<(Batch, PathBuf)>, LogError> {
    let list = || -> io::Result<Vec<(Batch, PathBuf)>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix("log-")).and_then(|text| text.parse().ok());
            if let Some(number) = number {
                names.push((Batch(number), entry.path()));
            }
        }
        names.sort_unstable();
        Ok(names)
    };
    list().map_err(|source| LogError::Io { action: "list", path: directory.to_owned(), source })
}

/// The salt of a file; `None` for a last file that was only just being made.
fn header(bytes: &[u8], path: &Path, is_last: bool) -> Result<Option<Salt>, LogError> {
    if let Some(salt) = read_file_header(bytes) {
        return Ok(Some(salt));
    }
    let being_made = bytes.len() <= FILE_HEADER && (bytes.len() < FILE_HEADER || bytes.iter().all(|byte| *byte == 0));
    if is_last && being_made {
        return Ok(None);
    }
    if bytes.get(..4) == Some(b"KWTL") {
        return Err(LogError::UnknownFormat { path: path.to_owned() });
    }
    Err(damaged(path, 0, "it does not begin with the header of a translog file"))
}

/// Whether a whole batch is anywhere in the bytes.
fn holds_batch(mut bytes: &[u8], salt: Salt) -> bool {
    // The salt is random: where it stands, a batch was written.
    while let Some((at, _)) = bytes.windows(salt.len()).enumerate().find(|(_, window)| *window == salt) {
        let found = bytes.get(at..).unwrap_or_default();
        if read_batch(found, salt).is_some() {
            return true;
        }
        bytes = found.get(1..).unwrap_or_default();
    }
    false
}

fn cut(path: &Path, at: usize) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len(u64::try_from(at).map_err(io::Error::other)?)?;
    file.sync_all()?;
    if let Some(directory) = path.parent() {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

fn damaged(path: &Path, offset: usize, what: &'static str) -> LogError {
    LogError::Damaged { path: path.to_owned(), offset: u64::try_from(offset).unwrap_or(u64::MAX), what }
}
