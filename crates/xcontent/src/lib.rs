//! JSON as Elasticsearch reads it.
//!
//! Elasticsearch calls its document layer *XContent*. This crate is the part of it that a security server must get
//! exactly right: reading JSON strictly, and saying where it went wrong in the words that clients know.
//!
//! * [`parse`] turns bytes into a borrowed [`Value`] in which every value and every field name has its
//!   [`Location`]. Duplicate names, comments, content after the value, broken UTF-8, lone surrogates and nesting
//!   beyond the limit are refused: two readers that could disagree about a document must not both be given it.
//! * [`ObjectParser`] checks an object against a table of known fields and gives the errors of Elasticsearch's
//!   declarative parsers: `[1:2] [api_key_request] unknown field [nam] did you mean [name]?`.
//! * [`suggest`] is the "did you mean" itself, used for query parameters as well.
//! * [`lines`] splits newline-delimited JSON, for bulk bodies.
//!
//! What is *not* here: writing JSON (that is `serde_json`'s work), and any knowledge of what a document means.
//!
//! ```
//! use keyward_xcontent::{Limits, parse};
//! let value = parse(br#"{"name": "ci", "name": "x"}"#, Limits::default());
//! assert_eq!(value.unwrap_err().to_string(), "Duplicate field 'name'");
//! ```

mod error;
mod lines;
mod location;
mod number;
mod object;
mod object_error;
mod reader;
mod string;
mod suggest;
mod value;

pub use error::{SyntaxError, SyntaxErrorKind};
pub use lines::{Line, Lines, lines};
pub use location::Location;
pub use number::Number;
pub use object::{Accepts, Fields, Known, ObjectParser};
pub use object_error::{FieldCause, ObjectError};
pub use reader::{Limits, parse};
pub use suggest::{did_you_mean, similarity, suggest};
pub use value::{Field, Kind, Object, Token, Value};
