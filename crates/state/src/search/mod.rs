//! Searching API keys: a query of the Query DSL as a predicate over keys, and the order of what it finds.
//!
//! Only some fields can be asked, under names of their own; what is refused here is refused by name, so that nothing
//! that is internal can be guessed at by searching for it.

mod field;
mod order;
mod predicate;
mod text;

pub use field::KeyField;
pub use order::{KeyOrder, KeyPage, SortValue};
pub use predicate::KeyPredicate;

/// Why a search of keys is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySearchError {
    /// A field that cannot be asked.
    #[error("Field [{0}] is not allowed for querying or aggregation")]
    Field(String),
    /// A pattern in place of a field.
    #[error("Field name pattern [{0}] is not allowed for querying or aggregation")]
    FieldPattern(String),
    /// A kind of query that is not taken here.
    #[error("Query type [{0}] is not currently supported in this context")]
    QueryType(&'static str),
    /// A range that says how it relates to ranges.
    #[error("range query with relation is not currently supported in this context")]
    RangeRelation,
    /// Something that is not supported.
    #[error("[{0}] is not supported when searching API keys")]
    Unsupported(&'static str),
    /// A value that the field cannot have.
    #[error("{0}")]
    Value(String),
    /// A place to go on from that does not fit the order.
    #[error("search_after has {given} value(s) but sort has {wanted}.")]
    SearchAfterCount {
        /// Values given.
        given: usize,
        /// Values wanted.
        wanted: usize,
    },
}

#[cfg(test)]
mod tests;
