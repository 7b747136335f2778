//! What is asked of the decision: an action, the names it is for, and the few details that some privileges look at.
//! Free of HTTP; `rest`, `api` and `gateway` make these values from calls and bodies.

use crate::action::Action;
pub use crate::privilege::Detail;
use crate::privilege::Selector;

/// A request to do one thing.
#[derive(Debug, Clone)]
pub struct ActionRequest {
    /// What is to be done.
    pub action: Action,
    /// What it is to be done to.
    pub targets: Targets,
    /// What else the decision depends on.
    pub detail: Detail,
}

/// The index names of a request.
#[derive(Debug, Clone)]
pub enum Targets {
    /// The kind of request has no names: cluster actions, scrolls, multi-part requests as a whole.
    None,
    /// The kind of request has names, though this one may have left them out.
    Names(RequestedNames),
}

/// Index expressions with the rules for reading them.
#[derive(Debug, Clone)]
pub struct RequestedNames {
    /// In the order of the request; none means all. Date math has been evaluated already.
    pub expressions: Vec<IndexExpression>,
    /// The caller's wishes.
    pub options: IndicesOptions,
    /// The nature of this kind of request.
    pub traits: TargetTraits,
}

/// One index expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexExpression {
    text: Box<str>,
}

/// What a client may say about names that are missing, many, or not plainly visible. The query parameters
/// `ignore_unavailable`, `allow_no_indices` and `expand_wildcards`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndicesOptions {
    /// Names that are missing, closed or not permitted are passed over.
    pub ignore_unavailable: bool,
    /// Finding nothing at all is no error.
    pub allow_no_indices: bool,
    /// Wildcards find open indices.
    pub expand_open: bool,
    /// Wildcards find closed indices.
    pub expand_closed: bool,
    /// Wildcards find hidden names.
    pub expand_hidden: bool,
    /// Wildcards do not find aliases.
    pub ignore_aliases: bool,
}

/// What distinguishes kinds of requests, whoever sends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetTraits {
    /// Wildcards are possible: the expressions are replaced by the names they stand for. Requests for which this does
    /// not hold take explicit names only.
    pub replaceable: bool,
    /// Names on other clusters are possible.
    pub allows_remote: bool,
    /// Wildcards find data streams.
    pub includes_data_streams: bool,
    /// `name::failures` is possible.
    pub supports_selectors: bool,
}

/// What an index request contains that is refused, or needs a further look, where documents or fields are hidden or
/// names come to mean something new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A search.
    Search {
        /// It asks for suggestions.
        suggest: bool,
        /// It asks for a profile.
        profile: bool,
    },
    /// A check of a query.
    ValidateQuery {
        /// It asks for the rewritten query.
        rewrite: bool,
    },
    /// An update of a document within a bulk request.
    BulkUpdate,
    /// Changes of aliases, or aliases of a new index; only the additions matter here.
    AddAliases(Vec<AliasAddition>),
    /// Shrink, split or clone.
    Resize {
        /// The index to be copied.
        source: String,
        /// The index to be made.
        target: String,
    },
}

/// An alias that is to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasAddition {
    /// The alias.
    pub alias: String,
    /// The index, or an expression for several, that it is to point to.
    pub index: String,
}

// === impl ActionRequest ===

impl ActionRequest {
    /// A request without names or details.
    pub fn plain(action: Action) -> Self {
        Self { action, targets: Targets::None, detail: Detail::None }
    }

    /// A request about the names.
    pub fn on(action: Action, names: RequestedNames) -> Self {
        Self { action, targets: Targets::Names(names), detail: Detail::None }
    }

    /// The same with details.
    #[must_use]
    pub fn with_detail(self, detail: Detail) -> Self {
        Self { detail, ..self }
    }
}

// === impl Targets ===

impl Targets {
    /// The names, if this kind of request has any.
    pub fn names(&self) -> Option<&RequestedNames> {
        match self {
            Self::None => None,
            Self::Names(names) => Some(names),
        }
    }
}

// === impl RequestedNames ===

impl RequestedNames {
    /// The expressions, in order.
    pub fn new<S: AsRef<str>>(
        expressions: impl IntoIterator<Item = S>,
        options: IndicesOptions,
        traits: TargetTraits,
    ) -> Self {
        Self {
            expressions: expressions.into_iter().map(|text| IndexExpression::new(text.as_ref())).collect(),
            options,
            traits,
        }
    }

    /// Explicit names for a request that acts on exactly those: no wildcards, nothing optional.
    pub fn explicit<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Self {
        Self::new(names, IndicesOptions::EXPLICIT, TargetTraits::EXPLICIT)
    }

    /// Whether this means every name: no expression, `_all`, or `*` where wildcards are expanded.
    pub(crate) fn is_all(&self) -> bool {
        match self.expressions.as_slice() {
            [] => true,
            [only] => match only.name_and_selector().0 {
                "_all" => true,
                "*" => self.options.expands_wildcards(),
                _ => false,
            },
            _ => false,
        }
    }
}

// === impl IndexExpression ===

impl IndexExpression {
    /// The expression `text`.
    pub fn new(text: &str) -> Self {
        Self { text: text.into() }
    }

    /// As written, date math evaluated.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name and what follows the last `::`.
    pub fn name_and_selector(&self) -> (&str, Option<&str>) {
        split_selector(&self.text)
    }
}

pub(crate) fn split_selector(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once("::") {
        Some((name, selector)) => (name, Some(selector)),
        None => (text, None),
    }
}

/// The expression for a component of a name, as it stands in messages.
pub(crate) fn with_selector(name: &str, selector: Selector) -> String {
    match selector {
        Selector::Data => name.to_owned(),
        Selector::Failures => format!("{name}::failures"),
    }
}

// === impl IndicesOptions ===

impl IndicesOptions {
    /// Nothing is optional and nothing is expanded.
    pub const EXPLICIT: Self = Self {
        ignore_unavailable: false,
        allow_no_indices: false,
        expand_open: false,
        expand_closed: false,
        expand_hidden: false,
        ignore_aliases: false,
    };

    /// The default of searches: wildcards find open indices, missing names are errors, finding none is not.
    pub const EXPAND_OPEN: Self = Self { allow_no_indices: true, expand_open: true, ..Self::EXPLICIT };

    /// The default of most administrative requests: wildcards find open and closed indices.
    pub const EXPAND_OPEN_CLOSED: Self = Self { expand_closed: true, ..Self::EXPAND_OPEN };

    /// Whether wildcards are expanded at all. Not with `expand_wildcards=none`.
    pub const fn expands_wildcards(&self) -> bool {
        self.expand_open || self.expand_closed || self.expand_hidden
    }
}

// === impl TargetTraits ===

impl TargetTraits {
    /// Requests on one index or a few named ones: no wildcards.
    pub const EXPLICIT: Self =
        Self { replaceable: false, allows_remote: false, includes_data_streams: true, supports_selectors: false };

    /// Searches and their kin.
    pub const SEARCH: Self =
        Self { replaceable: true, allows_remote: true, includes_data_streams: true, supports_selectors: true };

    /// Requests with wildcards on this cluster, data streams included.
    pub const BROADCAST: Self =
        Self { replaceable: true, allows_remote: false, includes_data_streams: true, supports_selectors: false };
}
