//! What can be wrong with a request to search: its kind, its words, its place.
//!
//! The words are those that Elasticsearch's clients know; how they become an HTTP answer is not decided here.

use keyward_xcontent::{Field, Location, Value};

/// The result of parsing.
pub type ParseResult<T> = Result<T, ParseError>;

/// A request that cannot be understood, or asks for something that is not supported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ParseError {
    /// What sort of error it is.
    pub kind: ParseErrorKind,
    /// The place in the body that it is about. Reported as members `line` and `col`, except for
    /// [`ParseErrorKind::XContentParse`] and [`ParseErrorKind::NamedObjectNotFound`], whose reasons begin with it.
    pub location: Option<Location>,
    /// The sentence, without the place.
    pub reason: String,
    /// What led to it.
    pub cause: Option<Box<ParseError>>,
}

/// The sorts of error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// `parsing_exception`
    Parsing,
    /// `x_content_parse_exception`: the place stands in front of the reason.
    XContentParse,
    /// `named_object_not_found_exception`: the place stands in front of the reason.
    NamedObjectNotFound,
    /// `illegal_argument_exception`
    IllegalArgument,
    /// `parse_exception`
    Parse,
    /// `number_format_exception`
    NumberFormat,
    /// `query_shard_exception`: a query string that cannot be parsed.
    QueryShard,
    /// `action_request_validation_exception`
    Validation,
    /// A query that Elasticsearch has and this product has not.
    UnsupportedQuery {
        /// The name of the query.
        name: String,
    },
    /// An aggregation that Elasticsearch has and this product has not.
    UnsupportedAggregation {
        /// The name that the request gives it.
        name: String,
        /// The name of its type.
        aggregation: String,
        /// Whether it is one that works on the results of others.
        pipeline: bool,
    },
    /// Some other construct that Elasticsearch has and this product has not.
    Unsupported {
        /// What it is called.
        construct: String,
    },
}

// === impl ParseError ===

impl ParseError {
    /// An error of a kind without a place.
    pub fn new(kind: ParseErrorKind, reason: impl Into<String>) -> Self {
        Self { kind, location: None, reason: reason.into(), cause: None }
    }

    /// `parsing_exception` at a place.
    pub fn parsing(location: Location, reason: impl Into<String>) -> Self {
        Self { location: Some(location), ..Self::new(ParseErrorKind::Parsing, reason) }
    }

    /// `x_content_parse_exception` at a place.
    pub fn x_content(location: Location, reason: impl Into<String>) -> Self {
        Self { location: Some(location), ..Self::new(ParseErrorKind::XContentParse, reason) }
    }

    /// `illegal_argument_exception`
    pub fn illegal_argument(reason: impl Into<String>) -> Self {
        Self::new(ParseErrorKind::IllegalArgument, reason)
    }

    /// A construct that Elasticsearch has and this product has not.
    pub fn unsupported(construct: impl Into<String>) -> Self {
        let construct = construct.into();
        let reason = format!("[{construct}] is not supported");
        Self::new(ParseErrorKind::Unsupported { construct }, reason)
    }

    /// The same error with what led to it.
    #[must_use]
    pub fn caused_by(mut self, cause: ParseError) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    /// The sentence as Elasticsearch gives it: with the place in front where the kind asks for it.
    pub fn full_reason(&self) -> String {
        match (&self.kind, self.location) {
            (ParseErrorKind::XContentParse | ParseErrorKind::NamedObjectNotFound, Some(location)) => {
                format!("{location} {}", self.reason)
            }
            _ => self.reason.clone(),
        }
    }

    /// An option that a declarative parser does not know.
    pub(crate) fn unknown_field(parser: &str, field: &Field<'_>, known: &[&str]) -> Self {
        let suffix = suggestion(&field.name, known);
        Self::x_content(field.location, format!("[{parser}] unknown field [{}]{suffix}", field.name))
    }

    /// A failure inside one field of a declarative parser: where the parser had come to when it failed.
    pub(crate) fn failed_field(parser: &str, field: &str, at: &Value<'_>, cause: ParseError) -> Self {
        let location = cause.location.unwrap_or(at.location);
        Self::x_content(location, format!("[{parser}] failed to parse field [{field}]")).caused_by(cause)
    }
}

/// The clause that names what might have been meant, with a blank in front, or nothing.
pub(crate) fn suggestion(unknown: &str, known: &[&str]) -> String {
    let similar = keyward_xcontent::suggest(unknown, known.iter().copied());
    keyward_xcontent::did_you_mean(&similar).map(|clause| format!(" {clause}")).unwrap_or_default()
}
