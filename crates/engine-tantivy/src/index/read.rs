//! Reading documents by their id.

use std::sync::{Arc, PoisonError};

use tantivy::schema::{IndexRecordOption, Value as _};
use tantivy::{DocAddress, DocSet, Searcher, TERMINATED, TantivyDocument, Term};

use super::versions::Content;
use super::{Index, IndexError};
use crate::document::Stamp;

/// A document that is there.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Its numbers.
    pub(crate) stamp: Stamp,
    /// Its source, as it was given.
    pub(crate) source: Arc<[u8]>,
}

/// What is known of a document's newest version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It never was, or its deletion is forgotten.
    Unknown,
    /// It was deleted.
    Deleted(Stamp),
    /// It is there.
    Live(Stamp),
}

impl Index {
    /// The document as it is now (`realtime`), or as a search sees it.
    pub(crate) fn get(&self, id: &str, realtime: bool) -> Result<Option<Found>, IndexError> {
        self.check_usable()?;
        if realtime {
            let versions = self.versions.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(newest) = versions.get(id) {
                return Ok(match &newest.content {
                    Content::Source(source) => Some(Found { stamp: newest.stamp, source: Arc::clone(source) }),
                    Content::Deleted(_) => None,
                });
            }
        }
        // What is not among the newest versions now was put into tantivy before this searcher is taken.
        let searcher = self.reader.searcher();
        let read = || -> tantivy::Result<Option<Found>> {
            let Some((stamp, address)) = self.find(&searcher, id)? else { return Ok(None) };
            let document: TantivyDocument = searcher.doc(address)?;
            let source = document.get_first(self.fields.source).and_then(|value| value.as_bytes()).unwrap_or_default();
            Ok(Some(Found { stamp, source: Arc::from(source) }))
        };
        read().map_err(|error| self.read_error(&error))
    }

    /// What is known of a document's newest version. To be called by a writer: only then it stays so.
    pub(super) fn state(&self, id: &str) -> Result<State, IndexError> {
        {
            let versions = self.versions.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(newest) = versions.get(id) {
                return Ok(match newest.content {
                    Content::Source(_) => State::Live(newest.stamp),
                    Content::Deleted(_) => State::Deleted(newest.stamp),
                });
            }
        }
        let found = self.find(&self.reader.searcher(), id).map_err(|error| self.read_error(&error))?;
        Ok(found.map_or(State::Unknown, |(stamp, _)| State::Live(stamp)))
    }

    fn find(&self, searcher: &Searcher, id: &str) -> tantivy::Result<Option<(Stamp, DocAddress)>> {
        let term = Term::from_field_text(self.fields.id, id);
        for (ordinal, segment) in (0u32..).zip(searcher.segment_readers()) {
            let Some(mut postings) =
                segment.inverted_index(self.fields.id)?.read_postings(&term, IndexRecordOption::Basic)?
            else {
                continue;
            };
            let mut document = postings.doc();
            while document != TERMINATED {
                if !segment.is_deleted(document) {
                    let number = |name: &str| -> tantivy::Result<u64> {
                        Ok(segment.fast_fields().u64(name)?.first(document).unwrap_or_default())
                    };
                    let stamp = Stamp {
                        seq_no: number("_seq_no")?,
                        primary_term: number("_primary_term")?,
                        version: number("_version")?,
                    };
                    return Ok(Some((stamp, DocAddress::new(ordinal, document))));
                }
                document = postings.advance();
            }
        }
        Ok(None)
    }

    fn read_error(&self, error: &tantivy::TantivyError) -> IndexError {
        tracing::error!(index = %self.name, %error, "cannot read from the index");
        IndexError::Failed(Arc::clone(&self.name))
    }
}
