//! The errors of the pure layers as a client sees them: exhaustive matches, so that a new kind does not compile until
//! someone has decided its type and text.

use http::StatusCode;
use keyward_security::authentication::AuthenticationFailure;
use keyward_security::decide::{Denial, DenialCause, IndexNotFound, NotPermitted, Refusal};
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

impl From<&Denial> for Cause {
    fn from(denial: &Denial) -> Self {
        let cause = Cause::new(ErrorType::Security, denial.to_string());
        match denial.cause() {
            None => cause,
            Some(why @ DenialCause::RoleRestriction) => {
                cause.caused_by(Cause::new(ErrorType::RoleRestriction, why.to_string()))
            }
            Some(why @ DenialCause::IllegalArgument(_)) => {
                cause.caused_by(Cause::new(ErrorType::IllegalArgument, why.to_string()))
            }
        }
    }
}

impl From<Denial> for ElasticError {
    fn from(denial: Denial) -> Self {
        Self::with_status(StatusCode::FORBIDDEN, Cause::from(&denial))
    }
}

impl From<IndexNotFound> for ElasticError {
    fn from(missing: IndexNotFound) -> Self {
        Self::index_not_found(missing.index())
    }
}

impl From<Refusal> for ElasticError {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal {
            Refusal::Suggest
            | Refusal::Profile
            | Refusal::ValidateRewrite
            | Refusal::Update
            | Refusal::BulkUpdate
            | Refusal::Alias
            | Refusal::Resize => ErrorType::Security,
            Refusal::UnsupportedSelector { .. } => ErrorType::IllegalArgument,
            Refusal::InvalidSelector { .. } => ErrorType::InvalidIndexName,
        };
        Self::with_status(StatusCode::BAD_REQUEST, Cause::new(kind, refusal.to_string()))
    }
}

impl From<NotPermitted> for ElasticError {
    fn from(refused: NotPermitted) -> Self {
        match refused {
            NotPermitted::NotFound(missing) => missing.into(),
            NotPermitted::Refused(refusal) => refusal.into(),
            NotPermitted::Denied(denial) => denial.into(),
        }
    }
}

/// What an expired token is answered with, in place of the offered schemes.
const EXPIRED: &str = r#"Bearer realm="security", error="invalid_token", error_description="The access token expired""#;

impl ElasticError {
    /// The answer to somebody who was not let in. `uri` is the path and query as sent, `schemes` are what is offered.
    pub fn authentication(failure: &AuthenticationFailure, uri: &str, schemes: &[String]) -> Self {
        let reason = failure.reason(uri);
        let refused = |schemes: &[String]| Self::unauthorized(reason.clone(), failure.details(), schemes);
        match failure {
            AuthenticationFailure::Missing
            | AuthenticationFailure::User { .. }
            | AuthenticationFailure::BasicValue
            | AuthenticationFailure::Rejected { .. }
            | AuthenticationFailure::WrongKeyType { .. }
            | AuthenticationFailure::ServiceToken { .. } => refused(schemes),
            AuthenticationFailure::BasicEncoding(source) => {
                refused(schemes).caused_by(Cause::new(ErrorType::IllegalArgument, source.to_string()))
            }
            AuthenticationFailure::TokenExpired => refused(&[EXPIRED.to_owned()]),
            AuthenticationFailure::Overloaded => Self::rejected(reason),
            AuthenticationFailure::Unavailable => Self::unavailable(reason),
        }
    }
}
