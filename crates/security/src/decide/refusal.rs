//! Outcomes that are neither yes nor no: the request cannot be served as it stands, or what it names is not there.

use crate::decide::Denial;
use crate::request::IndexExpression;

/// Why there is no permit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPermitted {
    /// 404.
    #[error(transparent)]
    NotFound(#[from] IndexNotFound),
    /// 400.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// 403.
    #[error(transparent)]
    Denied(#[from] Denial),
}

/// Nothing was found where something had to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such index [{index}]")]
pub struct IndexNotFound {
    index: String,
}

/// A request that cannot be served. 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Suggestions are made from terms of documents that are hidden.
    #[error("Suggest isn't supported if document level security is enabled")]
    Suggest,
    /// A profile shows the work on documents that are hidden.
    #[error("A search request cannot be profiled if document level security is enabled")]
    Profile,
    /// A rewritten query shows terms of documents that are hidden.
    #[error("Validate with rewrite isn't supported if document level security is enabled")]
    ValidateRewrite,
    /// An update would write back a document of which only a part can be seen.
    #[error("Can't execute an update request if field or document level security is enabled")]
    Update,
    /// The same, within a bulk request.
    #[error(
        "Can't execute a bulk item request with update requests embedded if field or document level security is enabled"
    )]
    BulkUpdate,
    /// Through an alias, other restrictions would hold.
    #[error(
        "Alias requests are not allowed for users who have field or document level security enabled on one of the indices"
    )]
    Alias,
    /// In a copy, other restrictions would hold.
    #[error(
        "Resize requests are not allowed for users when field or document level security is enabled on the source index"
    )]
    Resize,
    /// The kind of request knows no components.
    #[error(
        "Index component selectors are not supported in this context but found selector in expression [{expression}]"
    )]
    UnsupportedSelector {
        /// The expression.
        expression: String,
    },
    /// There is no such component.
    #[error(
        "Invalid index name [{expression}], Invalid usage of :: separator, [{selector}] is not a recognized selector"
    )]
    InvalidSelector {
        /// The expression.
        expression: String,
        /// What follows the separator.
        selector: String,
    },
}

impl Refusal {
    /// The type of the error in answers.
    pub const fn error_type(&self) -> &'static str {
        match self {
            Self::Suggest
            | Self::Profile
            | Self::ValidateRewrite
            | Self::Update
            | Self::BulkUpdate
            | Self::Alias
            | Self::Resize => "security_exception",
            Self::UnsupportedSelector { .. } => "illegal_argument_exception",
            Self::InvalidSelector { .. } => "invalid_index_name_exception",
        }
    }
}

impl IndexNotFound {
    /// No index called, or matched by, `index`.
    pub fn new(index: &str) -> Self {
        Self { index: index.to_owned() }
    }

    pub(crate) fn of_all(expressions: &[IndexExpression]) -> Self {
        if expressions.is_empty() {
            return Self::new("_all");
        }
        let texts: Vec<&str> = expressions.iter().map(IndexExpression::as_str).collect();
        Self::new(&texts.join(","))
    }

    /// The name or expression that nothing was found for.
    pub fn index(&self) -> &str {
        &self.index
    }
}
