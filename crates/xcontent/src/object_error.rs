//! What can be wrong with an object against its table of fields.

use std::error::Error;
use std::fmt;

use crate::error::SyntaxError;
use crate::location::Location;
use crate::suggest::did_you_mean;
use crate::value::Token;

/// An object that its parser refuses. `Display` is the text without the `[line:column] ` in front; see
/// [`ObjectError::location`].
#[derive(Debug)]
pub enum ObjectError {
    /// A field that the parser does not know.
    UnknownField {
        /// The parser.
        parser: &'static str,
        /// The field's name.
        field: String,
        /// Where the name's opening quote stands.
        location: Location,
        /// Known names similar to it, the most similar first.
        suggestions: Vec<&'static str>,
    },
    /// A field whose value is of a kind that it does not take.
    WrongKind {
        /// The parser.
        parser: &'static str,
        /// The field's name.
        field: String,
        /// Where the value stands.
        location: Location,
        /// The value's first token.
        token: Token,
    },
    /// Something else in place of the object.
    NotAnObject {
        /// The parser.
        parser: &'static str,
        /// Where the value stands.
        location: Location,
        /// The value's first token.
        token: Token,
    },
    /// Required fields that are not there. Elasticsearch makes this an `illegal_argument_exception`.
    Missing {
        /// Their names in the parser's order.
        fields: Vec<&'static str>,
    },
    /// A field whose content is wrong.
    Field {
        /// The parser.
        parser: &'static str,
        /// The field's name.
        field: String,
        /// Where the value stands.
        location: Location,
        /// What is wrong with it.
        source: FieldCause,
    },
    /// Fields that are right one by one and wrong together.
    Build {
        /// The parser.
        parser: &'static str,
        /// What is wrong with them.
        source: FieldCause,
    },
}

/// What is wrong with the content of a field: the kinds of error that answers tell apart by `type`.
#[derive(Debug)]
pub enum FieldCause {
    /// An object inside, refused by its own parser.
    Object(Box<ObjectError>),
    /// Broken JSON inside (in a string that holds JSON).
    Syntax(SyntaxError),
    /// `illegal_argument_exception`
    IllegalArgument(String),
    /// `parse_exception`
    Parse(String),
    /// `parsing_exception`, with its place.
    Parsing(Location, String),
}

// === impl ObjectError ===

impl ObjectError {
    /// The place that stands in front of the text, where one does.
    pub fn location(&self) -> Option<Location> {
        match self {
            Self::UnknownField { location, .. }
            | Self::WrongKind { location, .. }
            | Self::NotAnObject { location, .. }
            | Self::Field { location, .. } => Some(*location),
            Self::Missing { .. } | Self::Build { .. } => None,
        }
    }

    /// What lies under it, where something does.
    pub fn cause(&self) -> Option<&FieldCause> {
        match self {
            Self::Field { source, .. } | Self::Build { source, .. } => Some(source),
            Self::UnknownField { .. } | Self::WrongKind { .. } | Self::NotAnObject { .. } | Self::Missing { .. } => {
                None
            }
        }
    }
}

impl fmt::Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownField { parser, field, suggestions, .. } => {
                write!(f, "[{parser}] unknown field [{field}]")?;
                did_you_mean(suggestions).map_or(Ok(()), |clause| write!(f, " {clause}"))
            }
            Self::WrongKind { parser, field, token, .. } => {
                write!(f, "[{parser}] {field} doesn't support values of type: {token}")
            }
            Self::NotAnObject { parser, token, .. } => {
                write!(f, "[{parser}] Expected START_OBJECT but was: {token}")
            }
            Self::Missing { fields } => write!(f, "Required [{}]", fields.join(", ")),
            Self::Field { parser, field, .. } => write!(f, "[{parser}] failed to parse field [{field}]"),
            Self::Build { parser, .. } => {
                write!(f, "Failed to build [{parser}] after last required field arrived")
            }
        }
    }
}

impl Error for ObjectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause().map(|cause| cause as &(dyn Error + 'static))
    }
}

// === impl FieldCause ===

impl fmt::Display for FieldCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(error) => error.fmt(f),
            Self::Syntax(error) => error.fmt(f),
            Self::IllegalArgument(text) | Self::Parse(text) | Self::Parsing(_, text) => f.write_str(text),
        }
    }
}

impl Error for FieldCause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Object(error) => error.source(),
            Self::Syntax(_) | Self::IllegalArgument(_) | Self::Parse(_) | Self::Parsing(..) => None,
        }
    }
}

impl From<ObjectError> for FieldCause {
    fn from(error: ObjectError) -> Self {
        Self::Object(Box::new(error))
    }
}

impl From<SyntaxError> for FieldCause {
    fn from(error: SyntaxError) -> Self {
        Self::Syntax(error)
    }
}
