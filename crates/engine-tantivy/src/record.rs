//! What the log holds: operations on documents, and changes of metadata.
//!
//! ```text
//! record   = kind:u8 body
//! index    = 1 uuid:[u8; 16] seq_no:u64 primary_term:u64 version:u64 id:bytes source:bytes
//! delete   = 2 uuid:[u8; 16] seq_no:u64 primary_term:u64 version:u64 id:bytes
//! metadata = 3 change:bytes                       (JSON, see `metadata`)
//! bytes    = length:u32 [u8; length]
//! ```
//! Numbers are little-endian. Bodies of these kinds never change their form; a new form is a new kind.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::document::Stamp;

/// The identity of an index: another one under the same name has another. Shown as `index.uuid`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct IndexId([u8; 16]);

/// One record, borrowed from where it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Record<'a> {
    /// A document was written.
    Index { index: IndexId, stamp: Stamp, id: &'a str, source: &'a [u8] },
    /// A document was deleted (or was not there; the deletion counts all the same).
    Delete { index: IndexId, stamp: Stamp, id: &'a str },
    /// The metadata changed.
    Metadata(&'a [u8]),
}

const INDEX: u8 = 1;
const DELETE: u8 = 2;
const METADATA: u8 = 3;

// === impl IndexId ===

impl IndexId {
    /// A new one from random bytes.
    pub(crate) fn from_drawn(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Reads what `Display` writes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }
}

impl std::fmt::Display for IndexId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl std::fmt::Debug for IndexId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IndexId({self})")
    }
}

// === impl Record ===

impl<'a> Record<'a> {
    /// The index and the sequence number, if the record is about a document.
    pub(crate) fn document(&self) -> Option<(IndexId, u64)> {
        match self {
            Self::Index { index, stamp, .. } | Self::Delete { index, stamp, .. } => Some((*index, stamp.seq_no)),
            Self::Metadata(_) => None,
        }
    }

    /// Writes the record behind what is there.
    pub(crate) fn encode(&self, into: &mut Vec<u8>) {
        match self {
            Self::Index { index, stamp, id, source } => {
                into.reserve(64 + id.len() + source.len());
                into.push(INDEX);
                encode_operation(into, *index, *stamp, id);
                encode_bytes(into, source);
            }
            Self::Delete { index, stamp, id } => {
                into.push(DELETE);
                encode_operation(into, *index, *stamp, id);
            }
            Self::Metadata(change) => {
                into.push(METADATA);
                encode_bytes(into, change);
            }
        }
    }

    /// Reads the record at the beginning of `bytes`, and gives what follows it.
    pub(crate) fn decode(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (kind, rest) = bytes.split_first()?;
        match *kind {
            INDEX => {
                let (index, stamp, id, rest) = decode_operation(rest)?;
                let (source, rest) = decode_bytes(rest)?;
                Some((Self::Index { index, stamp, id, source }, rest))
            }
            DELETE => {
                let (index, stamp, id, rest) = decode_operation(rest)?;
                Some((Self::Delete { index, stamp, id }, rest))
            }
            METADATA => {
                let (change, rest) = decode_bytes(rest)?;
                Some((Self::Metadata(change), rest))
            }
            _ => None,
        }
    }
}

fn encode_operation(into: &mut Vec<u8>, index: IndexId, stamp: Stamp, id: &str) {
    into.extend_from_slice(&index.0);
    into.extend_from_slice(&stamp.seq_no.to_le_bytes());
    into.extend_from_slice(&stamp.primary_term.to_le_bytes());
    into.extend_from_slice(&stamp.version.to_le_bytes());
    encode_bytes(into, id.as_bytes());
}

/// INVARIANT: nothing longer than a request's body gets here, and that is far below 4 GiB.
fn encode_bytes(into: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    into.extend_from_slice(&length.to_le_bytes());
    into.extend_from_slice(bytes);
}

fn decode_operation(bytes: &[u8]) -> Option<(IndexId, Stamp, &str, &[u8])> {
    let (index, rest) = bytes.split_first_chunk::<16>()?;
    let (seq_no, rest) = rest.split_first_chunk::<8>()?;
    let (primary_term, rest) = rest.split_first_chunk::<8>()?;
    let (version, rest) = rest.split_first_chunk::<8>()?;
    let (id, rest) = decode_bytes(rest)?;
    let stamp = Stamp {
        seq_no: u64::from_le_bytes(*seq_no),
        primary_term: u64::from_le_bytes(*primary_term),
        version: u64::from_le_bytes(*version),
    };
    Some((IndexId(*index), stamp, std::str::from_utf8(id).ok()?, rest))
}

fn decode_bytes(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_back() {
        let index = IndexId::from_drawn([7; 16]);
        let stamp = Stamp { seq_no: 5, primary_term: 2, version: u64::MAX };
        let records = [
            Record::Index { index, stamp, id: "ü", source: b"{}" },
            Record::Delete { index, stamp, id: "" },
            Record::Metadata(b"{\"a\":1}"),
        ];
        let mut bytes = Vec::new();
        records.iter().for_each(|record| record.encode(&mut bytes));
        let mut rest = bytes.as_slice();
        for expected in records {
            let (record, after) = Record::decode(rest).unwrap();
            assert_eq!(record, expected);
            rest = after;
        }
        assert!(rest.is_empty());
        for cut in 0..bytes.len() {
            // No prefix makes it panic.
            let mut rest = &bytes[..cut];
            while let Some((_, after)) = Record::decode(rest) {
                rest = after;
            }
        }
        assert_eq!(IndexId::parse(&index.to_string()), Some(index));
    }
}
