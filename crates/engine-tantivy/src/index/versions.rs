//! The newest versions of documents that tantivy does not have yet, and the deletions of the last minute.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::document::Stamp;

/// How long a deletion is remembered, as `index.gc_deletes`: a document that is made again goes on with its version.
const DELETIONS_KEPT: Duration = Duration::from_secs(60);

/// The newest versions by document id.
#[derive(Debug, Default)]
pub(crate) struct Versions {
    entries: HashMap<Arc<str>, Newest>,
    /// The bytes of the sources held.
    bytes: usize,
}

/// The newest version of a document.
#[derive(Debug, Clone)]
pub(crate) struct Newest {
    /// Its numbers.
    pub(crate) stamp: Stamp,
    /// What it is.
    pub(crate) content: Content,
}

/// What a version of a document is.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// It is there.
    Source(Arc<[u8]>),
    /// It was deleted, then.
    Deleted(Instant),
}

// === impl Versions ===

impl Versions {
    /// The newest version, if it is held here.
    pub(crate) fn get(&self, id: &str) -> Option<&Newest> {
        self.entries.get(id)
    }

    /// Takes a version that is newer than all before.
    pub(crate) fn put(&mut self, id: &str, newest: Newest) {
        self.bytes += size(&newest);
        if let Some(before) = self.entries.insert(Arc::from(id), newest) {
            self.bytes = self.bytes.saturating_sub(size(&before));
        }
    }

    /// The bytes of the sources held.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Forgets what tantivy has: everything below a sequence number, but no deletion of the last minute.
    pub(crate) fn forget_below(&mut self, committed: u64) {
        let now = Instant::now();
        self.entries.retain(|_, newest| {
            newest.stamp.seq_no >= committed
                || matches!(newest.content, Content::Deleted(at) if now.saturating_duration_since(at) < DELETIONS_KEPT)
        });
        self.bytes = self.entries.values().map(size).sum();
        if self.entries.capacity() > 1024 && self.entries.capacity() / 4 > self.entries.len() {
            self.entries.shrink_to_fit();
        }
    }
}

fn size(newest: &Newest) -> usize {
    match &newest.content {
        Content::Source(source) => source.len(),
        Content::Deleted(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn newest(seq_no: u64, content: Content) -> Newest {
        Newest { stamp: Stamp { seq_no, primary_term: 1, version: 1 }, content }
    }

    #[test]
    fn what_is_committed_is_forgotten_and_deletions_stay_a_while() {
        let mut versions = Versions::default();
        versions.put("a", newest(0, Content::Source(Arc::from(&b"12345"[..]))));
        versions.put("a", newest(1, Content::Source(Arc::from(&b"123"[..]))));
        versions.put("b", newest(2, Content::Deleted(Instant::now())));
        versions.put("c", newest(3, Content::Source(Arc::from(&b"1"[..]))));
        assert_eq!(versions.bytes(), 4);
        versions.forget_below(3);
        assert!(versions.get("a").is_none());
        assert!(versions.get("b").is_some());
        assert_eq!(versions.bytes(), 1);
    }
}
