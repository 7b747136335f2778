//! What the engine's own errors are to a client.

use http::StatusCode;
use keyward_rest::error::{Cause, ElasticError};
use keyward_rest::error_type::ErrorType;

use crate::document::DocumentError;
use crate::index::{Index, IndexError};
use crate::indices::ChangeError;
use crate::log::LogFailed;
use crate::mapping::{FieldKind, MappingError, MergeError};
use crate::settings::SettingsError;

/// The error of a document operation. `MappingUpdateDenied` is the caller's to tell: it knows the denial.
pub(crate) fn document_error(error: IndexError, index: &Index) -> ElasticError {
    match error {
        IndexError::Gone(name) => ElasticError::index_not_found(&name),
        IndexError::Conflict { .. } => {
            of_shard(Cause::new(ErrorType::VersionConflict, error.to_string()), index).into()
        }
        IndexError::Missing(_) => of_shard(Cause::new(ErrorType::DocumentMissing, error.to_string()), index).into(),
        IndexError::Document(error) => error.into(),
        IndexError::Syntax(error) => {
            Cause::new(ErrorType::DocumentParsing, format!("{} failed to parse", error.location))
                .caused_by(Cause::from(&error))
                .into()
        }
        IndexError::MappingUpdateDenied => ElasticError::forbidden(error.to_string()),
        IndexError::Log(_) | IndexError::Failed(_) => ElasticError::unavailable(error.to_string()),
    }
}

/// An error that tells which index it is about.
fn of_shard(cause: Cause, index: &Index) -> Cause {
    cause
        .with_extra("index_uuid", index.id.to_string())
        .with_extra("shard", "0")
        .with_extra("index", index.name.to_string())
}

impl From<DocumentError> for ElasticError {
    fn from(error: DocumentError) -> Self {
        let text = error.to_string();
        match error {
            DocumentError::Value { kind, cause, .. } => {
                let is_text_of_fraction = kind.is_fractional() && cause.reason.starts_with("For input string");
                let of = if is_text_of_fraction { ErrorType::NumberFormat } else { ErrorType::IllegalArgument };
                let mut inner = Cause::new(of, cause.reason.clone());
                if kind == FieldKind::Date && cause.reason.starts_with("failed to parse date field") {
                    inner = inner
                        .caused_by(Cause::new(ErrorType::DateTimeParse, "Failed to parse with all enclosed parsers"));
                }
                Cause::new(ErrorType::DocumentParsing, text).caused_by(inner).into()
            }
            DocumentError::ConcreteValue { .. }
            | DocumentError::Metadata { .. }
            | DocumentError::NotAnObject { .. }
            | DocumentError::Name { .. } => Self::new(ErrorType::DocumentParsing, text),
            DocumentError::Strict { .. } => Self::new(ErrorType::StrictDynamicMapping, text),
            DocumentError::ImmenseTerm(_) | DocumentError::Growth(_) => Self::illegal_argument(text),
        }
    }
}

impl From<MappingError> for ElasticError {
    fn from(error: MappingError) -> Self {
        match error {
            MappingError::Malformed(reason) => {
                Cause::new(ErrorType::MapperParsing, format!("Failed to parse mapping: {reason}"))
                    .caused_by(Cause::new(ErrorType::MapperParsing, reason))
                    .into()
            }
            MappingError::Unsupported(reason) => Self::unsupported_construct(reason),
        }
    }
}

impl From<MergeError> for ElasticError {
    fn from(error: MergeError) -> Self {
        Self::illegal_argument(error.to_string())
    }
}

impl From<SettingsError> for ElasticError {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::Unsupported(_) | SettingsError::UnsupportedValue { .. } => {
                Self::unsupported_construct(error.to_string())
            }
            SettingsError::Unknown(_)
            | SettingsError::Value { .. }
            | SettingsError::Private(_)
            | SettingsError::NotDynamic(_)
            | SettingsError::NotAnObject => Self::illegal_argument(error.to_string()),
        }
    }
}

impl From<LogFailed> for ElasticError {
    fn from(error: LogFailed) -> Self {
        Self::unavailable(error.to_string())
    }
}

impl From<ChangeError> for ElasticError {
    fn from(error: ChangeError) -> Self {
        let text = error.to_string();
        let of_index = |kind: ErrorType, name: &str| {
            ElasticError::from(
                Cause::new(kind, text.clone()).with_extra("index_uuid", "_na_").with_extra("index", name),
            )
        };
        match error {
            ChangeError::IndexName { name, .. } | ChangeError::ExistsAsAlias(name) => {
                of_index(ErrorType::InvalidIndexName, &name)
            }
            ChangeError::AliasName { .. } | ChangeError::AliasIsIndex(_) => {
                Self::new(ErrorType::InvalidAliasName, text)
            }
            ChangeError::Exists { name, id } => Cause::new(ErrorType::ResourceAlreadyExists, text)
                .with_extra("index_uuid", id.to_string())
                .with_extra("index", name)
                .into(),
            ChangeError::NoSuchIndex(name) => Self::index_not_found(&name),
            ChangeError::TwoWriteIndices { .. } | ChangeError::HalfHidden { .. } => {
                Self::with_status(StatusCode::BAD_REQUEST, Cause::new(ErrorType::IllegalState, text))
            }
            ChangeError::Log(_) => Self::unavailable(text),
            ChangeError::Random(error) => Self::internal(error.to_string()),
            ChangeError::Files(error) => Self::internal(error),
        }
    }
}
