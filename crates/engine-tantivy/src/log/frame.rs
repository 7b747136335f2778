//! One batch of the log on disk.
//!
//! ```text
//! file    = "KWTL" version:u32 salt:[u8; 8]  batch*
//! batch   = salt:[u8; 8] number:u64 length:u32 crc:u32 payload:[u8; length]
//! ```
//! Numbers are little-endian. The checksum covers number, length and payload.

use super::Batch;

/// The length of a file's header.
pub(super) const FILE_HEADER: usize = 16;
/// The length of a batch's header.
pub(super) const BATCH_HEADER: usize = 24;
const MAGIC: &[u8; 4] = b"KWTL";
const VERSION: u32 = 1;

/// What tells the batches of one file from anything else.
pub(super) type Salt = [u8; 8];

/// The header of a file.
pub(super) fn file_header(salt: Salt) -> [u8; FILE_HEADER] {
    let mut header = [0; FILE_HEADER];
    let (magic, rest) = header.split_at_mut(4);
    magic.copy_from_slice(MAGIC);
    let (version, salt_at) = rest.split_at_mut(4);
    version.copy_from_slice(&VERSION.to_le_bytes());
    salt_at.copy_from_slice(&salt);
    header
}

/// Reads the header of a file.
pub(super) fn read_file_header(header: &[u8]) -> Option<Salt> {
    let rest = header.strip_prefix(MAGIC)?.strip_prefix(&VERSION.to_le_bytes())?;
    rest.get(..8)?.try_into().ok()
}

/// The header of a batch. `None` if the payload is longer than a batch can be.
pub(super) fn batch_header(salt: Salt, number: Batch, payload: &[u8]) -> Option<[u8; BATCH_HEADER]> {
    let length = u32::try_from(payload.len()).ok()?;
    let mut header = [0; BATCH_HEADER];
    let (salt_at, rest) = header.split_at_mut(8);
    salt_at.copy_from_slice(&salt);
    let (number_at, rest) = rest.split_at_mut(8);
    number_at.copy_from_slice(&number.0.to_le_bytes());
    let (length_at, crc_at) = rest.split_at_mut(4);
    length_at.copy_from_slice(&length.to_le_bytes());
    crc_at.copy_from_slice(&checksum(number, length, payload).to_le_bytes());
    Some(header)
}

/// Reads the batch at the beginning of `bytes`, if a whole and undamaged one is there: its number, its payload, and
/// its length on disk.
pub(super) fn read_batch(bytes: &[u8], salt: Salt) -> Option<(Batch, &[u8], usize)> {
    let rest = bytes.strip_prefix(&salt)?;
    let (number, rest) = rest.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (crc, rest) = rest.split_first_chunk::<4>()?;
    let number = Batch(u64::from_le_bytes(*number));
    let length = u32::from_le_bytes(*length);
    let size = usize::try_from(length).ok()?;
    let payload = rest.get(..size)?;
    (checksum(number, length, payload) == u32::from_le_bytes(*crc)).then_some((number, payload, BATCH_HEADER + size))
}

fn checksum(number: Batch, length: u32, payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&number.0.to_le_bytes());
    hasher.update(&length.to_le_bytes());
    hasher.update(payload);
    hasher.finalize()
}
