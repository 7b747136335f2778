//! An index while it is searched: its columns, terms and statistics, opened once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use keyward_query::date::DateFormat;
use keyward_query::query::FieldNames;
use tantivy::postings::TermInfo;
use tantivy::schema::Field;
use tantivy::{DocId, InvertedIndexReader, SegmentReader, Term};

use super::similarity::FieldStatistics;
use super::values::Values;
use crate::mapping::{FieldKind, LeafField};
use crate::schema::{NORMS, column_name};
use crate::snapshot::IndexSnapshot;

/// An index while it is searched.
pub(super) struct Shard<'s> {
    pub(super) snapshot: &'s IndexSnapshot,
    /// The time of the request, in milliseconds.
    pub(super) now: i64,
    columns: RefCell<HashMap<String, Rc<Vec<Values>>>>,
    statistics: RefCell<HashMap<String, FieldStatistics>>,
}

/// A term of a path in one segment.
pub(super) struct SegmentTerm {
    pub(super) text: String,
    pub(super) info: TermInfo,
}

impl<'s> Shard<'s> {
    pub(super) fn new(snapshot: &'s IndexSnapshot, now: i64) -> Self {
        Self { snapshot, now, columns: RefCell::default(), statistics: RefCell::default() }
    }

    pub(super) fn segments(&self) -> &'s [SegmentReader] {
        self.snapshot.searcher.segment_readers()
    }

    pub(super) fn field(&self, path: &str) -> Option<&'s LeafField> {
        self.snapshot.mapping.field(path)
    }

    /// The format of a date field.
    pub(super) fn date_format(field: &LeafField) -> DateFormat {
        // The mapping has only formats that could be read.
        field.format.as_deref().and_then(|format| DateFormat::parse(format).ok()).unwrap_or_default()
    }

    /// The columns of a mapped path, one for each segment.
    pub(super) fn column(&self, path: &str) -> tantivy::Result<Rc<Vec<Values>>> {
        self.named_column(column_name(path))
    }

    /// The columns of a field of the schema, one for each segment.
    pub(super) fn named_column(&self, name: String) -> tantivy::Result<Rc<Vec<Values>>> {
        if let Some(found) = self.columns.borrow().get(&name) {
            return Ok(Rc::clone(found));
        }
        let opened = self.segments().iter().map(|segment| Values::open(segment, &name));
        let opened = Rc::new(opened.collect::<tantivy::Result<Vec<_>>>()?);
        self.columns.borrow_mut().insert(name, Rc::clone(&opened));
        Ok(opened)
    }

    /// The number of terms of a text field, for each document.
    pub(super) fn lengths(&self, path: &str) -> tantivy::Result<Rc<Vec<Values>>> {
        self.named_column(format!("{NORMS}.{}", path.replace('\\', "\\\\")))
    }

    /// What is known of all values of a text or keyword field.
    pub(super) fn statistics(&self, path: &str, kind: FieldKind) -> tantivy::Result<FieldStatistics> {
        if let Some(found) = self.statistics.borrow().get(path) {
            return Ok(*found);
        }
        let columns = if kind == FieldKind::Text { self.lengths(path)? } else { self.column(path)? };
        let mut statistics = FieldStatistics { documents: 0, terms: 0 };
        for (segment, values) in self.segments().iter().zip(columns.iter()) {
            for doc in 0..segment.max_doc() {
                let terms = if kind == FieldKind::Text {
                    values.first_whole(doc).and_then(|length| u64::try_from(length).ok()).unwrap_or(0)
                } else {
                    u64::try_from(values.count(doc)).unwrap_or(0)
                };
                statistics.documents += u64::from(terms > 0);
                statistics.terms += terms;
            }
        }
        self.statistics.borrow_mut().insert(path.to_owned(), statistics);
        Ok(statistics)
    }

    /// Where the terms of a field of a kind are.
    pub(super) fn terms_field(&self, kind: FieldKind) -> Field {
        if kind == FieldKind::Text { self.snapshot.fields.full } else { self.snapshot.fields.exact }
    }

    /// The key of a string term in the dictionary of a JSON field.
    pub(super) fn string_key(field: Field, path: &str, text: &str) -> Vec<u8> {
        let mut term = Term::from_field_json_path(field, path, true);
        term.append_type_and_str(text);
        term.serialized_value_bytes().to_vec()
    }

    /// One term in each segment that has it.
    pub(super) fn term(&self, field: Field, key: &[u8]) -> tantivy::Result<Vec<Option<TermInfo>>> {
        self.segments().iter().map(|segment| Ok(segment.inverted_index(field)?.terms().get(key)?)).collect()
    }

    /// The terms of a path that begin with `prefix` and that `accept` takes, in order, for each segment.
    pub(super) fn terms(
        &self,
        field: Field,
        path: &str,
        prefix: &str,
        accept: &mut dyn FnMut(&str) -> bool,
    ) -> tantivy::Result<Vec<Vec<SegmentTerm>>> {
        let key = Self::string_key(field, path, prefix);
        let skip = key.len().saturating_sub(prefix.len());
        self.scan(field, &key, skip, accept)
    }

    /// The terms whose keys begin with `key`; their texts begin at byte `skip` of the key.
    pub(super) fn scan(
        &self,
        field: Field,
        key: &[u8],
        skip: usize,
        accept: &mut dyn FnMut(&str) -> bool,
    ) -> tantivy::Result<Vec<Vec<SegmentTerm>>> {
        let mut found = Vec::new();
        for segment in self.segments() {
            let index = segment.inverted_index(field)?;
            let mut terms = index.terms().range().ge(key).into_stream()?;
            let mut in_segment = Vec::new();
            while terms.advance() {
                if !terms.key().starts_with(key) {
                    break;
                }
                let text = terms.key().get(skip..).and_then(|bytes| std::str::from_utf8(bytes).ok());
                if let Some(text) = text
                    && accept(text)
                {
                    in_segment.push(SegmentTerm { text: text.to_owned(), info: terms.value().clone() });
                }
            }
            found.push(in_segment);
        }
        Ok(found)
    }

    /// The reader of a field's terms in a segment.
    pub(super) fn index(
        &self,
        segment: usize,
        field: Field,
    ) -> tantivy::Result<Option<std::sync::Arc<InvertedIndexReader>>> {
        self.segments().get(segment).map(|segment| segment.inverted_index(field)).transpose()
    }

    /// The last document of a segment, and one.
    pub(super) fn max_doc(&self, segment: usize) -> DocId {
        self.segments().get(segment).map_or(0, SegmentReader::max_doc)
    }
}

impl FieldNames for Shard<'_> {
    fn matching(&self, pattern: &str) -> Vec<String> {
        let fields = self.snapshot.mapping.fields().into_iter();
        let searchable = fields.filter(|(path, field)| field.is_indexed() && super::wildcard::matches(pattern, path));
        searchable.map(|(path, _)| path).collect()
    }
}
