//! The bytes of one commit in the log.
//!
//! `version: u8`, then each write: `kind: u8` (0 delete, 1 put), length of the key as `u32`, the key, and for a put
//! the length of the record as `u32` and the record. Numbers are big-endian.

use std::sync::Arc;

use keyward_state::{Commit, Decoder, RecordKey, Revision, Write};

const VERSION: u8 = 1;
const DELETE: u8 = 0;
const PUT: u8 = 1;

/// The bytes of a commit's writes. `None` if a length does not fit.
pub(super) fn encode(writes: &[(RecordKey, Option<Vec<u8>>)]) -> Option<Vec<u8>> {
    let size: usize =
        writes.iter().map(|(key, record)| key.as_bytes().len() + record.as_ref().map_or(0, Vec::len) + 9).sum();
    let mut out = Vec::with_capacity(size + 1);
    out.push(VERSION);
    for (key, record) in writes {
        out.push(if record.is_some() { PUT } else { DELETE });
        push(&mut out, key.as_bytes())?;
        if let Some(record) = record {
            push(&mut out, record)?;
        }
    }
    Some(out)
}

/// The commit that `bytes` are of, or what is wrong with them.
pub(super) fn decode(revision: Revision, mut bytes: &[u8]) -> Result<Commit, String> {
    if take_u8(&mut bytes) != Some(VERSION) {
        return Err("unknown version of a log entry".to_owned());
    }
    let mut writes = Vec::new();
    let mut decoder = Decoder::new();
    while let Some(kind) = take_u8(&mut bytes) {
        let key = take(&mut bytes).ok_or("log entry ends within a key")?;
        let key = RecordKey::parse(key).map_err(|error| error.to_string())?;
        writes.push(match kind {
            DELETE => Write::Delete(key),
            PUT => {
                let record = take(&mut bytes).ok_or("log entry ends within a record")?;
                let record = decoder.decode(&key, record).map_err(|error| error.to_string())?;
                Write::Put(key, Arc::new(record))
            }
            _ => return Err("unknown kind of write in the log".to_owned()),
        });
    }
    Ok(Commit { revision, writes })
}

fn push(out: &mut Vec<u8>, bytes: &[u8]) -> Option<()> {
    out.extend_from_slice(&u32::try_from(bytes.len()).ok()?.to_be_bytes());
    out.extend_from_slice(bytes);
    Some(())
}

fn take_u8(bytes: &mut &[u8]) -> Option<u8> {
    let (first, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(*first)
}

fn take<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (taken, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}
