//! The thread that writes the log: takes what is waiting, writes it as one batch, syncs, tells.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use super::frame::{BATCH_HEADER, FILE_HEADER, Salt, batch_header, file_header};
use super::{Batch, ClosedFile, Contents, LogError, Progress, Shared};

/// The file that is appended to.
#[derive(Debug)]
pub(super) struct OpenFile {
    file: File,
    path: PathBuf,
    salt: Salt,
    length: u64,
    contents: Contents,
}

/// The name of the file that begins with a batch: in order of name is in order of writing.
pub(super) fn file_name(first: Batch) -> String {
    format!("log-{:020}", first.0)
}

// === impl OpenFile ===

impl OpenFile {
    pub(super) fn create(directory: &Path, first: Batch) -> Result<Self, LogError> {
        let path = directory.join(file_name(first));
        let create = || -> io::Result<(File, Salt)> {
            let mut salt = Salt::default();
            getrandom::fill(&mut salt).map_err(io::Error::other)?;
            let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
            file.write_all(&file_header(salt))?;
            file.sync_all()?;
            // The name of the file must be on disk, too.
            File::open(directory)?.sync_all()?;
            Ok((file, salt))
        };
        let (file, salt) = create().map_err(|source| LogError::Io { action: "create", path: path.clone(), source })?;
        let length = u64::try_from(FILE_HEADER).unwrap_or(0);
        Ok(Self { file, path, salt, length, contents: Contents::default() })
    }

    fn write(&mut self, number: Batch, payload: &[u8]) -> io::Result<()> {
        let header = batch_header(self.salt, number, payload)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a batch of more than 4 GiB"))?;
        self.file.write_all(&header)?;
        self.file.write_all(payload)?;
        self.file.sync_data()?;
        self.length += u64::try_from(BATCH_HEADER + payload.len()).unwrap_or(0);
        Ok(())
    }
}

/// Writes until the log closes or a write fails.
pub(super) fn run(shared: &Shared, directory: &Path, mut file: OpenFile, roll_at: u64) {
    let mut payload = Vec::new();
    loop {
        let mut state = shared.lock();
        while state.pending.is_empty() && !state.closing {
            state = shared.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.pending.is_empty() {
            return;
        }
        payload.clear();
        std::mem::swap(&mut payload, &mut state.pending);
        let noted = std::mem::take(&mut state.noted);
        let number = state.next;
        state.next = Batch(number.0 + 1);
        drop(state);

        let written = file.write(number, &payload);
        if let Err(error) = &written {
            tracing::error!(path = %file.path.display(), %error, "cannot write the translog");
        }
        file.contents.join(noted);
        let mut closed = None;
        let mut failed = written.is_err();
        // A great batch must not keep its room for ever.
        if payload.capacity() > 16 * 1024 * 1024 {
            payload = Vec::new();
        }
        if !failed && file.length >= roll_at {
            match OpenFile::create(directory, Batch(number.0 + 1)) {
                Ok(next) => {
                    let full = std::mem::replace(&mut file, next);
                    closed = Some(ClosedFile { path: full.path, contents: full.contents });
                }
                Err(error) => {
                    // What is written is safe, but nothing may follow it.
                    tracing::error!(%error, "cannot begin a new translog file");
                    failed = true;
                }
            }
        }
        let mut state = shared.lock();
        state.closed.extend(closed);
        let durable = if written.is_ok() { number } else { state.progress.durable };
        state.progress = Progress { durable, failed };
        shared.progress.send_replace(state.progress);
        drop(state);
        shared.written.notify_all();
        if failed {
            return;
        }
    }
}
