//! Writing documents.

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use keyward_xcontent::{Limits, Value};
use tantivy::indexer::IndexWriterOptions;
use tantivy::{IndexWriter, Term};

use super::read::State;
use super::versions::{Content, Newest};
use super::{Index, IndexError, Writing};
use crate::document::{self, ParsedDocument, Stamp};
use crate::log::{Batch, Log};
use crate::mapping::Mapping;
use crate::metadata::Change;
use crate::record::Record;

/// tantivy's buffer for one index. The least that it takes.
const WRITER_BUDGET: usize = 16 * 1024 * 1024;
/// When so many bytes of sources wait for a refresh, it does not wait for its time.
const REFRESH_AT_BYTES: usize = 64 * 1024 * 1024;

/// What a write does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operation<'a> {
    /// Puts a document, whatever was there.
    Index {
        /// The document.
        source: &'a [u8],
    },
    /// Puts a document where none is.
    Create {
        /// The document.
        source: &'a [u8],
        /// The id was drawn for it, so none can be there.
        is_fresh: bool,
    },
    /// Takes a document away.
    Delete,
}

/// What the document must be like before the write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Conditions {
    /// Its newest operation must be this: sequence number and primary term.
    pub(crate) at: Option<(u64, u64)>,
    /// Its version is not counted here but given, and must be lower than this one before.
    pub(crate) external: Option<External>,
}

/// A version that is counted elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct External {
    /// The version that the document will have.
    pub(crate) version: u64,
    /// Whether the same version may be written again (`external_gte`).
    pub(crate) or_equal: bool,
}

/// What the asker may beside writing the document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rights {
    /// Whether the document may add fields to the mapping.
    pub(crate) may_update_mapping: bool,
}

/// What came of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WriteResult {
    /// The document was not there before.
    Created,
    /// The document was there before.
    Updated,
    /// The document is not there any more.
    Deleted,
    /// There was none to delete.
    NotFound,
    /// It is already as it should be.
    Noop,
}

/// A write that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    /// What came of it.
    pub(crate) result: WriteResult,
    /// The document's numbers now.
    pub(crate) stamp: Stamp,
    /// It is on disk when this batch is; nothing was written for a no-op.
    pub(crate) batch: Option<Batch>,
}

// === impl Index ===

impl Index {
    /// Writes one document. It is acknowledged only when the batch in the answer is on disk.
    pub(crate) fn write(
        &self,
        log: &Log,
        id: &str,
        operation: Operation<'_>,
        conditions: Conditions,
        rights: Rights,
    ) -> Result<Written, IndexError> {
        // As much as possible before the lock: reading the document against the mapping as it is.
        let (source, is_fresh) = match operation {
            Operation::Delete => (None, false),
            Operation::Index { source } => (Some(source), false),
            Operation::Create { source, is_fresh } => (Some(source), is_fresh),
        };
        let value = source.map(parse_source).transpose()?;
        let prepared = value.as_ref().map(|value| self.prepare(id, value));
        let mut writing = self.lock();
        self.check_usable()?;
        let state = if is_fresh { State::Unknown } else { self.state(id)? };
        if matches!(operation, Operation::Create { .. })
            && let State::Live(stamp) = state
        {
            return Err(conflict(id, format!("document already exists (current version [{}])", stamp.version)));
        }
        check(id, state, conditions)?;
        let stamp = self.stamp(&writing, state, conditions);
        let written = match (source, value, prepared) {
            (Some(source), Some(value), Some(prepared)) => {
                let document = self.settle(id, &value, prepared)?;
                self.put(&mut writing, log, id, source, document, stamp, rights)?
            }
            _ => self.take(&mut writing, log, id, stamp)?,
        };
        let was_live = matches!(state, State::Live(_));
        let result = match (source, was_live) {
            (Some(_), true) => WriteResult::Updated,
            (Some(_), false) => WriteResult::Created,
            (None, true) => WriteResult::Deleted,
            (None, false) => WriteResult::NotFound,
        };
        drop(writing);
        self.refresh_if_heavy(log)?;
        Ok(Written { result, stamp, batch: Some(written) })
    }

    /// Reads a document against the mapping as it is.
    pub(super) fn prepare(&self, id: &str, value: &Value<'_>) -> Prepared {
        let mapping = self.mapping.load_full();
        let document = parse_document(&mapping, id, value);
        Prepared { mapping, document }
    }

    /// The prepared document if the mapping is still the same, else the document read again. To be called by a writer.
    pub(super) fn settle(&self, id: &str, value: &Value<'_>, prepared: Prepared) -> Result<ParsedDocument, IndexError> {
        let now = self.mapping.load();
        if Arc::ptr_eq(&now, &prepared.mapping) {
            return prepared.document;
        }
        parse_document(&now, id, value)
    }

    pub(super) fn stamp(&self, writing: &Writing, state: State, conditions: Conditions) -> Stamp {
        let version = match (conditions.external, state) {
            (Some(external), _) => external.version,
            (None, State::Unknown) => 1,
            (None, State::Live(before) | State::Deleted(before)) => before.version.saturating_add(1),
        };
        Stamp { seq_no: writing.next, primary_term: self.primary_term, version }
    }

    /// Puts a document. To be called by a writer, with the next sequence number in the stamp.
    #[expect(clippy::too_many_arguments, reason = "the parts of one write, known to its two callers only")]
    pub(super) fn put(
        &self,
        writing: &mut Writing,
        log: &Log,
        id: &str,
        source: &[u8],
        mut document: ParsedDocument,
        stamp: Stamp,
        rights: Rights,
    ) -> Result<Batch, IndexError> {
        let record = Record::Index { index: self.id, stamp, id, source };
        let grown = document.grown.take().map(Arc::new);
        if grown.is_some() && !rights.may_update_mapping {
            return Err(IndexError::MappingUpdateDenied);
        }
        self.open_writer(writing)?;
        let batch = match &grown {
            None => log.append(&[record])?,
            Some(mapping) => {
                let change = Change::Mapping(self.id, Arc::clone(mapping)).encode();
                log.append(&[Record::Metadata(&change), record])?
            }
        };
        if let Some(mapping) = grown {
            self.mapping.store(mapping);
        }
        self.put_into_tantivy(writing, id, source, document, stamp)?;
        Ok(batch)
    }

    fn take(&self, writing: &mut Writing, log: &Log, id: &str, stamp: Stamp) -> Result<Batch, IndexError> {
        self.open_writer(writing)?;
        let batch = log.append(&[Record::Delete { index: self.id, stamp, id }])?;
        self.take_from_tantivy(writing, id, stamp);
        Ok(batch)
    }

    fn put_into_tantivy(
        &self,
        writing: &mut Writing,
        id: &str,
        source: &[u8],
        document: ParsedDocument,
        stamp: Stamp,
    ) -> Result<(), IndexError> {
        writing.next = stamp.seq_no + 1;
        if let Some(writer) = &writing.writer {
            writer.delete_term(Term::from_field_text(self.fields.id, id));
            let document = document.into_tantivy(&self.fields, id, source, stamp);
            writer.add_document(document).map_err(|error| self.fail(&error))?;
        }
        let newest = Newest { stamp, content: Content::Source(Arc::from(source)) };
        self.versions.write().unwrap_or_else(PoisonError::into_inner).put(id, newest);
        Ok(())
    }

    fn take_from_tantivy(&self, writing: &mut Writing, id: &str, stamp: Stamp) {
        writing.next = stamp.seq_no + 1;
        if let Some(writer) = &writing.writer {
            writer.delete_term(Term::from_field_text(self.fields.id, id));
        }
        let newest = Newest { stamp, content: Content::Deleted(Instant::now()) };
        self.versions.write().unwrap_or_else(PoisonError::into_inner).put(id, newest);
    }

    /// Does again what the log has, at start. Operations that tantivy already has are passed over.
    pub(crate) fn replay(&self, record: &Record<'_>) -> Result<(), IndexError> {
        let mut writing = self.lock();
        self.check_usable()?;
        let (Record::Index { stamp, .. } | Record::Delete { stamp, .. }) = record else { return Ok(()) };
        if stamp.seq_no < writing.next {
            return Ok(());
        }
        self.open_writer(&mut writing)?;
        match *record {
            Record::Index { id, source, stamp, .. } => {
                let mapping = self.mapping.load();
                let document = parse_source(source)
                    .ok()
                    .and_then(|value| value.as_object().map(|object| document::parse_again(&mapping, id, object)))
                    .unwrap_or_default();
                self.put_into_tantivy(&mut writing, id, source, document, stamp)
            }
            Record::Delete { id, stamp, .. } => {
                self.take_from_tantivy(&mut writing, id, stamp);
                Ok(())
            }
            Record::Metadata(_) => Ok(()),
        }
    }

    /// Changes the mapping. `None` from `change`: there is nothing to change.
    pub(crate) fn change_mapping<E: From<IndexError>>(
        &self,
        log: &Log,
        change: impl FnOnce(&Mapping) -> Result<Option<Mapping>, E>,
    ) -> Result<Option<Batch>, E> {
        let _writing = self.lock();
        self.check_usable()?;
        let Some(mapping) = change(&self.mapping.load())? else { return Ok(None) };
        let mapping = Arc::new(mapping);
        let encoded = Change::Mapping(self.id, Arc::clone(&mapping)).encode();
        let batch = log.append(&[Record::Metadata(&encoded)]).map_err(IndexError::from)?;
        self.mapping.store(mapping);
        Ok(Some(batch))
    }

    fn open_writer(&self, writing: &mut Writing) -> Result<(), IndexError> {
        if writing.writer.is_none() {
            let options = IndexWriterOptions::builder()
                .memory_budget_per_thread(WRITER_BUDGET)
                .num_worker_threads(1)
                .num_merge_threads(1)
                .build();
            let writer: IndexWriter = self.tantivy.writer_with_options(options).map_err(|error| self.fail(&error))?;
            writing.writer = Some(writer);
        }
        writing.idle = 0;
        Ok(())
    }

    pub(super) fn refresh_if_heavy(&self, log: &Log) -> Result<(), IndexError> {
        let bytes = self.versions.read().unwrap_or_else(PoisonError::into_inner).bytes();
        if bytes > REFRESH_AT_BYTES { self.refresh(log) } else { Ok(()) }
    }
}

/// A document read against a mapping.
pub(super) struct Prepared {
    mapping: Arc<Mapping>,
    document: Result<ParsedDocument, IndexError>,
}

/// Reads a source as JSON.
pub(super) fn parse_source(source: &[u8]) -> Result<Value<'_>, IndexError> {
    keyward_xcontent::parse(source, Limits::default()).map_err(IndexError::Syntax)
}

fn parse_document(mapping: &Mapping, id: &str, value: &Value<'_>) -> Result<ParsedDocument, IndexError> {
    let Some(object) = value.as_object() else {
        return Err(document::DocumentError::NotAnObject { location: value.location, token: value.token() }.into());
    };
    Ok(document::parse(mapping, id, object)?)
}

/// Refuses a write whose conditions the document does not meet.
pub(super) fn check(id: &str, state: State, conditions: Conditions) -> Result<(), IndexError> {
    if let Some((seq_no, term)) = conditions.at {
        let required = format!("required seqNo [{seq_no}], primary term [{term}]");
        match state {
            State::Live(now) if (now.seq_no, now.primary_term) == (seq_no, term) => {}
            State::Live(now) => {
                let (seq_no, term) = (now.seq_no, now.primary_term);
                return Err(conflict(
                    id,
                    format!("{required}. current document has seqNo [{seq_no}] and primary term [{term}]"),
                ));
            }
            State::Deleted(_) | State::Unknown => {
                return Err(conflict(id, format!("{required}. but no document was found")));
            }
        }
    }
    if let (Some(external), State::Live(now) | State::Deleted(now)) = (conditions.external, state) {
        let (current, given) = (now.version, external.version);
        if current > given || (current == given && !external.or_equal) {
            let relation = if external.or_equal { "higher than" } else { "higher or equal to" };
            return Err(conflict(id, format!("current version [{current}] is {relation} the one provided [{given}]")));
        }
    }
    Ok(())
}

pub(super) fn conflict(id: &str, what: String) -> IndexError {
    IndexError::Conflict { id: id.to_owned(), what }
}
