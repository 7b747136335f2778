//! The device that the store's file lies on, as the five operations that are needed of it.
//!
//! They stand behind a trait so that tests can put a device there that tears, forgets, fills up and fails.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::PathBuf;

/// A growable array of bytes that survives when synced.
pub trait BlockDevice: fmt::Debug + Send + Sync + 'static {
    /// Its length.
    fn len(&self) -> io::Result<u64>;

    /// Whether it is empty.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Fills `out` from `offset`; an error if that reaches past the end.
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;

    /// Sets the length; what is new is zero.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Writes `data` at `offset`.
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()>;

    /// Returns when everything written before is durable.
    fn sync(&self) -> io::Result<()>;
}

/// Opens the device: at start, and again after it failed.
pub trait Devices: fmt::Debug + Send + Sync + 'static {
    /// Opens the one device.
    fn open(&self) -> io::Result<Box<dyn BlockDevice>>;
}

/// A device that is a file.
#[derive(Debug)]
pub struct FileDevice {
    file: File,
}

/// Opens the file at one path, which must exist.
#[derive(Debug)]
pub(super) struct FileAt(pub(super) PathBuf);

// === impl FileDevice ===

impl FileDevice {
    /// The file as a device.
    pub fn new(file: File) -> Self {
        Self { file }
    }
}

impl BlockDevice for FileDevice {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(out, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file.write_all_at(data, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

// === impl FileAt ===

impl Devices for FileAt {
    fn open(&self) -> io::Result<Box<dyn BlockDevice>> {
        let file = OpenOptions::new().read(true).write(true).mode(0o600).open(&self.0)?;
        Ok(Box::new(FileDevice::new(file)))
    }
}
