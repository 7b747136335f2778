//! The values of one field in one segment, read from its column.

use tantivy::columnar::{Column, ColumnIndex, DynamicColumn, StrColumn};
use tantivy::{DocId, SegmentReader};

/// The values of a field for each document of a segment.
#[derive(Debug, Clone)]
pub(super) enum Values {
    /// No document has any.
    None,
    /// Whole numbers; dates in milliseconds.
    Signed(Column<i64>),
    /// Whole numbers beyond.
    Unsigned(Column<u64>),
    /// Numbers with fractions. Where all of them are whole the column is one of the two above.
    Fractional(Column<f64>),
    /// `true` and `false`.
    Boolean(Column<bool>),
    /// Strings.
    Text(StrColumn),
}

impl Values {
    /// Opens a column by its name.
    pub(super) fn open(segment: &SegmentReader, name: &str) -> tantivy::Result<Self> {
        for handle in segment.fast_fields().dynamic_column_handles(name)? {
            let column = match handle.open()? {
                DynamicColumn::I64(column) => Self::Signed(column),
                DynamicColumn::U64(column) => Self::Unsigned(column),
                DynamicColumn::F64(column) => Self::Fractional(column),
                DynamicColumn::Bool(column) => Self::Boolean(column),
                DynamicColumn::Str(column) => Self::Text(column),
                DynamicColumn::IpAddr(_) | DynamicColumn::DateTime(_) | DynamicColumn::Bytes(_) => continue,
            };
            return Ok(column);
        }
        Ok(Self::None)
    }

    fn index(&self) -> Option<&ColumnIndex> {
        match self {
            Self::None => None,
            Self::Signed(column) => Some(&column.index),
            Self::Unsigned(column) => Some(&column.index),
            Self::Fractional(column) => Some(&column.index),
            Self::Boolean(column) => Some(&column.index),
            Self::Text(column) => Some(&column.ords().index),
        }
    }

    /// How many values a document has. For strings: each different one once.
    pub(super) fn count(&self, doc: DocId) -> usize {
        match self {
            Self::Text(_) => self.ords(doc).len(),
            _ => self.index().map_or(0, |index| index.value_row_ids(doc).len()),
        }
    }

    /// Whether a document has a value.
    pub(super) fn has(&self, doc: DocId) -> bool {
        self.index().is_some_and(|index| index.has_value(doc))
    }

    /// The numbers of a document as doubles, in ascending order. Booleans are 0 and 1; strings are none.
    pub(super) fn doubles(&self, doc: DocId) -> Vec<f64> {
        let mut values: Vec<f64> = match self {
            Self::Signed(column) => column.values_for_doc(doc).map(to_double).collect(),
            Self::Unsigned(column) => column.values_for_doc(doc).map(unsigned_to_double).collect(),
            Self::Fractional(column) => column.values_for_doc(doc).collect(),
            Self::Boolean(column) => column.values_for_doc(doc).map(|value| f64::from(u8::from(value))).collect(),
            Self::None | Self::Text(_) => Vec::new(),
        };
        if values.len() > 1 {
            values.sort_by(f64::total_cmp);
        }
        values
    }

    /// The whole numbers of a document, in ascending order. Fractions are cut; strings are none.
    pub(super) fn integers(&self, doc: DocId) -> Vec<i128> {
        let mut values: Vec<i128> = match self {
            Self::Signed(column) => column.values_for_doc(doc).map(i128::from).collect(),
            Self::Unsigned(column) => column.values_for_doc(doc).map(i128::from).collect(),
            Self::Fractional(column) => column.values_for_doc(doc).map(truncate).collect(),
            Self::Boolean(column) => column.values_for_doc(doc).map(i128::from).collect(),
            Self::None | Self::Text(_) => Vec::new(),
        };
        if values.len() > 1 {
            values.sort_unstable();
        }
        values
    }

    /// The first whole number of a document, in the order in which it was given.
    pub(super) fn first_whole(&self, doc: DocId) -> Option<i128> {
        match self {
            Self::Signed(column) => column.first(doc).map(i128::from),
            Self::Unsigned(column) => column.first(doc).map(i128::from),
            Self::Fractional(column) => column.first(doc).map(truncate),
            Self::Boolean(column) => column.first(doc).map(i128::from),
            Self::None | Self::Text(_) => None,
        }
    }

    /// The places of a document's strings in the dictionary, ascending, each once.
    pub(super) fn ords(&self, doc: DocId) -> Vec<u64> {
        let Self::Text(column) = self else { return Vec::new() };
        let mut ords: Vec<u64> = column.ords().values_for_doc(doc).collect();
        if ords.len() > 1 {
            ords.sort_unstable();
            ords.dedup();
        }
        ords
    }

    /// The string at a place in the dictionary.
    pub(super) fn string(&self, ord: u64) -> tantivy::Result<String> {
        let mut text = String::new();
        if let Self::Text(column) = self {
            column.ord_to_str(ord, &mut text)?;
        }
        Ok(text)
    }

    /// The place of a string in the dictionary, or of the first one behind it.
    pub(super) fn place(&self, text: &str) -> tantivy::Result<Result<u64, u64>> {
        let Self::Text(column) = self else { return Ok(Err(0)) };
        let dictionary = column.dictionary();
        if let Some(ord) = dictionary.term_ord(text.as_bytes())? {
            return Ok(Ok(ord));
        }
        // The dictionary is ordered: halve until the first string behind is found.
        let (mut low, mut high) = (0, u64::try_from(dictionary.num_terms()).unwrap_or(u64::MAX));
        let mut bytes = Vec::new();
        while low < high {
            let middle = low + (high - low) / 2;
            bytes.clear();
            dictionary.ord_to_term(middle, &mut bytes)?;
            if bytes.as_slice() < text.as_bytes() {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(Err(low))
    }
}

/// The nearest double.
#[expect(clippy::cast_precision_loss, reason = "that is what a double is")]
pub(super) fn to_double(value: i64) -> f64 {
    value as f64
}

/// The nearest double.
#[expect(clippy::cast_precision_loss, reason = "that is what a double is")]
pub(super) fn unsigned_to_double(value: u64) -> f64 {
    value as f64
}

/// The nearest double.
#[expect(clippy::cast_precision_loss, reason = "that is what a double is")]
pub(super) fn integer_to_double(value: i128) -> f64 {
    value as f64
}

/// The whole part.
#[expect(clippy::cast_possible_truncation, reason = "cutting the fraction is the purpose; `as` keeps to the bounds")]
pub(super) fn truncate(value: f64) -> i128 {
    value as i128
}

/// A count as a double.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) fn count_to_double(value: usize) -> f64 {
    value as f64
}

/// The nearest number of single precision.
#[expect(clippy::cast_possible_truncation, reason = "scores are of single precision; `as` rounds to the nearest")]
pub(super) fn single(value: f64) -> f32 {
    value as f32
}
