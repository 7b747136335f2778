//! The errors of the pure layers as a client sees them: exhaustive matches, so that a new kind does not compile until
//! someone has decided its type and text.

use keyward_xcontent::{FieldCause, Location, ObjectError, SyntaxError, SyntaxErrorKind};

use crate::error::{Cause, ElasticError};
use crate::error_type::ErrorType;

fn at(location: Location, text: impl std::fmt::Display) -> String {
    format!("{location} {text}")
}

impl From<&SyntaxError> for Cause {
    fn from(error: &SyntaxError) -> Self {
        let Location { line, column } = error.location;
        let place = format!("\n at [Source: (byte[]); line: {line}, column: {column}]");
        match &error.kind {
            SyntaxErrorKind::UnexpectedEnd => {
                Cause::new(ErrorType::XContentEndOfFile, at(error.location, "Unexpected end of file"))
                    .caused_by(Cause::new(ErrorType::JsonEndOfFile, format!("Unexpected end-of-input{place}")))
            }
            _ => Cause::new(ErrorType::XContentParse, format!("{}{place}", at(error.location, error)))
                .caused_by(Cause::new(ErrorType::JsonParse, format!("{error}{place}"))),
        }
    }
}

impl From<&ObjectError> for Cause {
    fn from(error: &ObjectError) -> Self {
        match error {
            ObjectError::UnknownField { location, .. }
            | ObjectError::WrongKind { location, .. }
            | ObjectError::NotAnObject { location, .. } => Cause::new(ErrorType::XContentParse, at(*location, error)),
            ObjectError::Missing { .. } => Cause::new(ErrorType::IllegalArgument, error.to_string()),
            ObjectError::Field { location, source, .. } => {
                Cause::new(ErrorType::XContentParse, at(*location, error)).caused_by(source.into())
            }
            ObjectError::Build { source, .. } => {
                Cause::new(ErrorType::XContentParse, error.to_string()).caused_by(source.into())
            }
        }
    }
}

impl From<&FieldCause> for Cause {
    fn from(cause: &FieldCause) -> Self {
        match cause {
            FieldCause::Object(error) => (&**error).into(),
            FieldCause::Syntax(error) => error.into(),
            FieldCause::IllegalArgument(text) => Cause::new(ErrorType::IllegalArgument, text),
            FieldCause::Parse(text) => Cause::new(ErrorType::Parse, text),
            FieldCause::Parsing(location, text) => Cause::new(ErrorType::Parsing, text)
                .with_extra("line", location.line)
                .with_extra("col", location.column),
        }
    }
}

impl From<SyntaxError> for ElasticError {
    fn from(error: SyntaxError) -> Self {
        Cause::from(&error).into()
    }
}

impl From<ObjectError> for ElasticError {
    fn from(error: ObjectError) -> Self {
        Cause::from(&error).into()
    }
}

impl ElasticError {
    /// 400 `x_content_parse_exception`: the declarative parsers; the place goes in front of the sentence.
    pub fn x_content_parse(location: Location, reason: impl std::fmt::Display) -> Self {
        Self::new(ErrorType::XContentParse, at(location, reason))
    }
}
