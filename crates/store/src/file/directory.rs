//! The data directory: who holds it, which format it has, who may read it. Not here: what is in the data file.
//!
//! | file | content |
//! |---|---|
//! | `LOCK` | locked by the process that uses the directory; holds its number |
//! | `FORMAT` | the version of the format; written last, so it says that the rest is complete |
//! | `state.redb` | records and log |

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

const LOCK: &str = "LOCK";
const FORMAT: &str = "FORMAT";
const DATA: &str = "state.redb";
const UNFINISHED: &str = "state.redb.new";

/// What `FORMAT` says in this version.
const FORMAT_NAME: &str = "keyward-store";
const FORMAT_VERSION: u32 = 1;

/// Why a data directory could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process uses it.
    #[error("the data directory {} is in use by {}: stop it first, or name another directory", path.display(), holder(*pid))]
    InUse {
        /// The directory.
        path: PathBuf,
        /// The process that holds it, where it could be read.
        pid: Option<u32>,
    },
    /// It is of a format that this version does not know.
    #[error("the data directory {} has format {found:?}, and this version reads only \"{FORMAT_NAME} {FORMAT_VERSION}\": use the version of Keyward that wrote it", path.display())]
    Format {
        /// The directory.
        path: PathBuf,
        /// What its `FORMAT` file says.
        found: String,
    },
    /// It was in use once, and its data is gone.
    #[error("the data file {} is missing although the directory was in use before: restore it from a backup, or remove the whole directory to start with an empty state", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It holds data but does not say which format that is of.
    #[error("the data file {} is there but the FORMAT file beside it is not: restore the whole directory from a backup", path.display())]
    Unmarked {
        /// The file.
        path: PathBuf,
    },
    /// The data is not what was written.
    #[error("the data file {} is damaged ({detail}): restore it from a backup; nothing was changed", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The system refused.
    #[error("could not {doing} {}: {cause}", path.display())]
    Io {
        /// What was being done, as an infinitive.
        doing: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The failure as the system told it.
        cause: io::Error,
    },
}

fn holder(pid: Option<u32>) -> String {
    match pid {
        Some(pid) => format!("process {pid}"),
        None => "another process".to_owned(),
    }
}

/// A data directory that this process holds, for as long as the value lives.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    // Held for its lock only.
    _lock: File,
}

/// What a directory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing yet.
    Nothing,
    /// A data file that was being made when the process ended: of use only if nothing was ever written to it.
    Unfinished,
    /// Data.
    Data,
}

// === impl Directory ===

impl Directory {
    /// Makes the directory if need be, and takes its lock.
    pub(super) fn hold(path: &Path) -> Result<Self, OpenError> {
        if !path.is_dir() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(path)
                .map_err(|cause| failed("create the directory", path, cause))?;
        }
        restrict(path, 0o700)?;
        let lock_path = path.join(LOCK);
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&lock_path)
            .map_err(|cause| failed("open", &lock_path, cause))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::InUse { path: path.to_owned(), pid: read_pid(&mut lock) });
            }
            Err(TryLockError::Error(cause)) => return Err(failed("lock", &lock_path, cause)),
        }
        let pid = format!("{}\n", std::process::id());
        lock.set_len(0)
            .and_then(|()| lock.write_all(pid.as_bytes()))
            .map_err(|cause| failed("write", &lock_path, cause))?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where the data is.
    pub(super) fn data(&self) -> PathBuf {
        self.path.join(DATA)
    }

    /// What is here. An unknown format and lost data are errors.
    pub(super) fn content(&self) -> Result<Content, OpenError> {
        let data = self.data();
        let has_data = data.try_exists().map_err(|cause| failed("look at", &data, cause))?;
        let path = self.path.join(FORMAT);
        let found = match fs::read_to_string(&path) {
            Ok(found) => found,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                return Ok(if has_data { Content::Unfinished } else { Content::Nothing });
            }
            Err(cause) => return Err(failed("read", &path, cause)),
        };
        let found = found.trim();
        if found != format!("{FORMAT_NAME} {FORMAT_VERSION}") {
            return Err(OpenError::Format { path: self.path.clone(), found: found.chars().take(64).collect() });
        }
        if !has_data {
            return Err(OpenError::Missing { path: data });
        }
        restrict(&data, 0o600)?;
        Ok(Content::Data)
    }

    /// Makes the data file under a passing name, lets `fill` write to it, and gives it its name.
    pub(super) fn create_data(&self, fill: impl FnOnce(File) -> Result<(), OpenError>) -> Result<(), OpenError> {
        let unfinished = self.path.join(UNFINISHED);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)
            .map_err(|cause| failed("create", &unfinished, cause))?;
        fill(file)?;
        fs::rename(&unfinished, self.data()).map_err(|cause| failed("rename", &unfinished, cause))?;
        self.sync()
    }

    /// Says that the directory is complete.
    pub(super) fn write_format(&self) -> Result<(), OpenError> {
        let passing = self.path.join("FORMAT.new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&passing)
            .map_err(|cause| failed("create", &passing, cause))?;
        file.write_all(format!("{FORMAT_NAME} {FORMAT_VERSION}\n").as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|cause| failed("write", &passing, cause))?;
        fs::rename(&passing, self.path.join(FORMAT)).map_err(|cause| failed("rename", &passing, cause))?;
        self.sync()
    }

    fn sync(&self) -> Result<(), OpenError> {
        File::open(&self.path)
            .and_then(|directory| directory.sync_all())
            .map_err(|cause| failed("make durable the directory", &self.path, cause))
    }
}

/// Takes from everybody but the owner what the mode does not give them.
fn restrict(path: &Path, mode: u32) -> Result<(), OpenError> {
    let present = fs::metadata(path).map_err(|cause| failed("look at", path, cause))?.permissions().mode() & 0o777;
    if present & !mode != 0 {
        tracing::warn!(path = %path.display(), mode = format!("{present:o}"), "others could read the data; access is taken from them");
        fs::set_permissions(path, Permissions::from_mode(present & mode))
            .map_err(|cause| failed("restrict the access to", path, cause))?;
    }
    Ok(())
}

fn read_pid(lock: &mut File) -> Option<u32> {
    let mut text = String::new();
    lock.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn failed(doing: &'static str, path: &Path, cause: io::Error) -> OpenError {
    OpenError::Io { doing, path: path.to_owned(), cause }
}
