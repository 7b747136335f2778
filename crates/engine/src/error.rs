//! How a call fails in an engine.

use std::error::Error;

use keyward_rest::error::ElasticError;
use thiserror::Error;

/// Why a call has no answer of its own.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The engine refuses the request, in the client's words.
    #[error("{0}")]
    Refused(#[from] ElasticError),
    /// The engine has more to do than it can take.
    #[error("the engine has too many calls waiting")]
    Overloaded,
    /// The engine cannot work now: its disk, or the cluster behind it, is not there.
    #[error("the engine is not available")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The engine did not finish the call, and that is its own fault.
    #[error("the engine has failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl From<EngineError> for ElasticError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Refused(refusal) => refusal,
            EngineError::Overloaded => Self::rejected("rejected execution: the engine has too many calls waiting"),
            EngineError::Unavailable(source) => Self::unavailable("the engine is not available").with_internal(source),
            EngineError::Failed(source) => Self::internal(source),
        }
    }
}
