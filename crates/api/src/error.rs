//! Domain errors as clients see them. Every match is exhaustive: a new kind of error does not compile until somebody
//! has settled its status, type and text.

use std::convert::Infallible;

use keyward_node::UseCaseError;
use keyward_rest::{ElasticError, ErrorType};
use keyward_state::plan::{
    ChangePasswordError, CreateApiKeyError, DeleteUserError, PutUserError, SetEnabledError, UpdateApiKeyError,
    UpdateApiKeysError,
};

/// How a refusal of a use case is told.
pub(crate) trait Refusal: std::error::Error {
    /// The answer.
    fn into_error(self) -> ElasticError;
}

/// How whatever kept a use case from being done is told.
pub(crate) fn use_case<E: Refusal>(error: UseCaseError<E>) -> ElasticError {
    match error {
        UseCaseError::Refused(refusal) => refusal.into_error(),
        UseCaseError::Store(source) => {
            ElasticError::unavailable("the security store is not available").with_internal(source)
        }
        UseCaseError::Contended { attempts } => {
            ElasticError::version_conflict(format!("lost the race against other changes {attempts} times"))
        }
        stale @ UseCaseError::Stale(_) => ElasticError::unavailable(stale.to_string()),
        late @ UseCaseError::NotYetVisible(_) => ElasticError::unavailable(late.to_string()),
        UseCaseError::Overloaded => ElasticError::rejected("server is too busy to respond"),
        UseCaseError::NoEntropy(source) => ElasticError::internal(source),
    }
}

impl Refusal for Infallible {
    fn into_error(self) -> ElasticError {
        match self {}
    }
}

impl Refusal for CreateApiKeyError {
    fn into_error(self) -> ElasticError {
        match self {
            Self::Derived | Self::Restriction(_) => ElasticError::illegal_argument(self.to_string()),
        }
    }
}

impl Refusal for UpdateApiKeysError {
    fn into_error(self) -> ElasticError {
        match self {
            Self::AsApiKey | Self::Restriction(_) => ElasticError::illegal_argument(self.to_string()),
        }
    }
}

impl Refusal for UpdateApiKeyError {
    fn into_error(self) -> ElasticError {
        match self {
            Self::NotFound(_) => ElasticError::not_found(self.to_string()),
            Self::Invalidated(_) | Self::Expired(_) | Self::OtherType { .. } => {
                ElasticError::illegal_argument(self.to_string())
            }
        }
    }
}

impl Refusal for PutUserError {
    fn into_error(self) -> ElasticError {
        match self {
            Self::Invalid(problems) => ElasticError::validation(problems),
            Self::PasswordMissing => ElasticError::plain_validation([self.to_string()]),
        }
    }
}

impl Refusal for DeleteUserError {
    fn into_error(self) -> ElasticError {
        match self {
            Self::Reserved(_) => ElasticError::illegal_argument(self.to_string()),
        }
    }
}

impl Refusal for ChangePasswordError {
    fn into_error(self) -> ElasticError {
        match self {
            Self::Unknown => ElasticError::plain_validation([self.to_string()]),
        }
    }
}

impl Refusal for SetEnabledError {
    fn into_error(self) -> ElasticError {
        match self {
            Self::OwnAccount => ElasticError::illegal_argument(self.to_string()),
            Self::Unknown { .. } => ElasticError::plain_validation([self.to_string()]),
        }
    }
}

/// API keys are switched off.
pub(crate) fn api_keys_are_off() -> ElasticError {
    ElasticError::new(ErrorType::FeatureNotEnabled, "api keys are not enabled")
        .with_extra("disabled.feature", "api_keys")
}
