//! Workflows: the kinds of request that a restricted key may be used for.

use std::sync::Arc;

use super::descriptor::Restriction;

/// The only workflow there is: searching through a search application.
pub const SEARCH_APPLICATION_QUERY: &str = "search_application_query";

/// A text that names no workflow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "Unknown workflow [{0}]. A workflow must be one of the predefined workflow names [{SEARCH_APPLICATION_QUERY}]."
)]
pub struct UnknownWorkflow(String);

/// The workflow that a text means; blanks around it and case do not matter.
pub fn resolve(name: &str) -> Result<&'static str, UnknownWorkflow> {
    let wanted = name.trim().to_lowercase();
    if wanted == SEARCH_APPLICATION_QUERY { Ok(SEARCH_APPLICATION_QUERY) } else { Err(UnknownWorkflow(wanted)) }
}

/// What a compiled role may be used for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Workflows {
    /// Anything.
    #[default]
    Unrestricted,
    /// Only requests of these workflows.
    Only(Vec<Arc<str>>),
}

impl Workflows {
    /// The restriction of a descriptor.
    pub(crate) fn of(restriction: Option<&Restriction>) -> Self {
        match restriction {
            Some(restriction) if !restriction.workflows.is_empty() => {
                let name = |text: &Arc<str>| resolve(text).map_or_else(|_| Arc::clone(text), Arc::from);
                Self::Only(restriction.workflows.iter().map(name).collect())
            }
            _ => Self::Unrestricted,
        }
    }

    /// Whether a request of this workflow, or of none, may use the role.
    pub fn permit(&self, workflow: Option<&str>) -> bool {
        match self {
            Self::Unrestricted => true,
            Self::Only(names) => workflow.is_some_and(|workflow| names.iter().any(|name| &**name == workflow)),
        }
    }
}
