//! The errors about roles and privileges as a client sees them; the rules are those of `error`.

use keyward_query::{ParseError, ParseErrorKind};
use keyward_rest::{Cause, ElasticError, ErrorType};
use keyward_security::has_privileges::{CheckPrivilegesError, PrivilegesToCheckError};
use keyward_security::privilege::PrivilegeBodyError;
use keyward_security::role::descriptor::{DescriptorError, DescriptorErrorKind, RoleNameError};
use keyward_state::plan::{DeleteRoleError, PutRoleError};

use crate::error::Refusal;

impl Refusal for PutRoleError {
    fn into_error(self) -> ElasticError {
        match self {
            Self::Reserved(_) => ElasticError::validation([self.to_string()]),
        }
    }
}

impl Refusal for DeleteRoleError {
    fn into_error(self) -> ElasticError {
        match self {
            Self::Reserved(_) => ElasticError::illegal_argument(self.to_string()),
        }
    }
}

/// A role, or a part of one, that cannot be read.
pub(crate) fn descriptor(error: DescriptorError) -> ElasticError {
    let kind = match error.kind() {
        DescriptorErrorKind::Parse => ErrorType::Parse,
        DescriptorErrorKind::IllegalArgument => ErrorType::IllegalArgument,
    };
    let cause = error.caused_by();
    let outer = ElasticError::new(kind, error.to_string());
    match cause {
        Some(cause) => outer.caused_by(Cause::new(ErrorType::Parse, cause)),
        None => outer,
    }
}

/// A name that a role cannot have, seen while the request is read.
pub(crate) fn role_name(error: RoleNameError) -> ElasticError {
    ElasticError::plain_validation([error.to_string()])
}

/// A body that does not say which privileges to check.
pub(crate) fn privileges_to_check(error: PrivilegesToCheckError) -> ElasticError {
    match error {
        PrivilegesToCheckError::NotAnObject { .. }
        | PrivilegesToCheckError::UnexpectedField { .. }
        | PrivilegesToCheckError::NothingToCheck { .. } => ElasticError::parse(error.to_string()),
        PrivilegesToCheckError::Section(error) => descriptor(error),
    }
}

/// Privileges that cannot be checked.
pub(crate) fn check_privileges(error: CheckPrivilegesError) -> ElasticError {
    match error {
        CheckPrivilegesError::Privilege(_)
        | CheckPrivilegesError::Pattern(_)
        | CheckPrivilegesError::IndexPattern(_)
        | CheckPrivilegesError::TooComplex(_) => ElasticError::illegal_argument(error.to_string()),
    }
}

/// A body that does not say which privileges to store.
pub(crate) fn privilege_body(error: PrivilegeBodyError) -> ElasticError {
    match error {
        PrivilegeBodyError::NotAnObject(_)
        | PrivilegeBodyError::MemberNotAnObject { .. }
        | PrivilegeBodyError::Action(_) => ElasticError::parse(error.to_string()),
        PrivilegeBodyError::Members(error) => error.into(),
        PrivilegeBodyError::OtherApplication { .. } | PrivilegeBodyError::OtherName { .. } => {
            ElasticError::illegal_argument(error.to_string())
        }
    }
}

/// A query, sort or aggregation that cannot be read, as an exception.
pub(crate) fn query(error: &ParseError) -> Cause {
    let kind = match &error.kind {
        ParseErrorKind::Parsing => ErrorType::Parsing,
        ParseErrorKind::XContentParse => ErrorType::XContentParse,
        ParseErrorKind::NamedObjectNotFound => ErrorType::NamedObjectNotFound,
        ParseErrorKind::IllegalArgument
        | ParseErrorKind::UnsupportedQuery { .. }
        | ParseErrorKind::UnsupportedAggregation { .. }
        | ParseErrorKind::Unsupported { .. } => ErrorType::IllegalArgument,
        ParseErrorKind::Parse => ErrorType::Parse,
        ParseErrorKind::NumberFormat => ErrorType::NumberFormat,
        ParseErrorKind::QueryShard => ErrorType::QueryShard,
        ParseErrorKind::Validation => ErrorType::ActionRequestValidation,
    };
    let mut cause = Cause::new(kind, error.full_reason());
    if let (ErrorType::Parsing, Some(location)) = (kind, error.location) {
        cause = cause.with_extra("line", location.line).with_extra("col", location.column);
    }
    match &error.cause {
        Some(inner) => cause.caused_by(query(inner)),
        None => cause,
    }
}
