//! The Query DSL: one parser and one syntax tree.
//!
//! What a search asks for is read here, once, and is the same for everyone who answers it: the evaluator over API keys,
//! the embedded search engine, and the gateway that looks for field names. The tree knows no engine, no index and no
//! mapping; the time is an argument.
//!
//! Everything that is not supported is refused by name. Nothing is ignored.

pub mod aggregation;
pub mod body;
pub mod date;
mod error;
pub mod query;
mod read;
mod scalar;
pub mod sort;

pub use aggregation::{Aggregation, parse_aggregations};
pub use body::{SearchBody, parse_search_body};
pub use error::{ParseError, ParseErrorKind, ParseResult};
pub use query::{Query, QueryKind, parse_query};
pub use scalar::Scalar;
pub use sort::{Sort, parse_search_after, parse_sort};
