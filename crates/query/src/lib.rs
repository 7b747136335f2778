//! The Query DSL: one parser and one syntax tree.
//!
//! What a search asks for is read here, once, and is the same for everyone who answers it: the evaluator over API keys,
//! the embedded search engine, and the gateway that looks for field names. The tree knows no engine, no index and no
//! mapping; the time is an argument.
//!
//! Everything that is not supported is refused by name. Nothing is ignored.

pub mod date;
mod error;

pub use error::{ParseError, ParseErrorKind, ParseResult};
