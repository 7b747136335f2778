//! Yes, as a value: what was permitted, on which names, and what of them may be seen.

use std::sync::Arc;

use crate::action::Action;
use crate::grants::Grants;
use crate::index_names::NameKind;
use crate::permission::IndicesAccess;
use crate::privilege::Selector;
use crate::request::with_selector;
use crate::resolve::Resource;

/// Proof that a request was decided about, and how far it may go. Only [`crate::decide::decide`] makes one.
#[derive(Debug)]
pub struct Permit {
    action: Action,
    targets: Vec<ResolvedTarget>,
    concrete: Vec<Arc<str>>,
    access: IndicesAccess,
    only_own_api_keys: bool,
    warnings: Vec<String>,
    origin: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Decision,
    Internal(&'static str),
}

/// A name of a permit.
#[derive(Debug, Clone)]
pub struct ResolvedTarget {
    name: Arc<str>,
    selector: Selector,
    kind: Option<NameKind>,
    /// The concrete indices; `None` for an index, which is its own.
    concrete: Option<Arc<[Arc<str>]>>,
}

/// A value together with the permit for it.
#[derive(Debug)]
pub struct Permitted<T> {
    value: T,
    permit: Permit,
}

// === impl Permit ===

impl Permit {
    fn of(action: &Action, origin: Origin) -> Self {
        Self {
            action: action.clone(),
            targets: Vec::new(),
            concrete: Vec::new(),
            access: IndicesAccess::FULL,
            only_own_api_keys: false,
            warnings: Vec::new(),
            origin,
        }
    }

    pub(super) fn cluster(action: &Action, only_own_api_keys: bool) -> Self {
        Self { only_own_api_keys, ..Self::of(action, Origin::Decision) }
    }

    /// For an action that was not decided about by names, or comes down to no name.
    pub(super) fn unnamed(action: &Action) -> Self {
        Self::of(action, Origin::Decision)
    }

    pub(super) fn named(
        action: &Action,
        grants: &Grants<'_>,
        resources: Vec<Resource<'_>>,
        access: IndicesAccess,
    ) -> Self {
        let warnings = legacy_warnings(action, grants, &resources);
        let targets: Vec<ResolvedTarget> = resources.into_iter().map(ResolvedTarget::from).collect();
        let mut concrete: Vec<Arc<str>> = Vec::with_capacity(targets.len());
        let mut ascending = true;
        for index in targets.iter().flat_map(ResolvedTarget::concrete) {
            ascending = ascending && concrete.last().is_none_or(|last| last < index);
            concrete.push(index.clone());
        }
        if !ascending {
            concrete.sort_unstable();
            concrete.dedup();
        }
        Self { targets, concrete, access, warnings, ..Self::of(action, Origin::Decision) }
    }

    /// A permit without a decision, for what the server does on its own account. Every use needs a reason that a
    /// reader can judge; a test counts the uses.
    pub fn internal(action: &Action, reason: &'static str) -> Self {
        Self::of(action, Origin::Internal(reason))
    }

    /// Why there was no decision, if there was none.
    pub fn internal_reason(&self) -> Option<&'static str> {
        match self.origin {
            Origin::Decision => None,
            Origin::Internal(reason) => Some(reason),
        }
    }

    /// What was permitted.
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// The names that the request comes down to, in its order. None for actions that are not decided about by names,
    /// and for requests that find nothing.
    pub fn targets(&self) -> &[ResolvedTarget] {
        &self.targets
    }

    /// The first target that does not exist. Whether that is an error is for the engine to say.
    pub fn missing(&self) -> Option<&ResolvedTarget> {
        self.targets.iter().find(|target| !target.exists())
    }

    /// The concrete indices behind all targets, ascending without repetition.
    pub fn concrete(&self) -> &[Arc<str>] {
        &self.concrete
    }

    /// What of the concrete indices may be seen.
    pub fn access(&self) -> &IndicesAccess {
        &self.access
    }

    /// Whether documents or fields of some index are hidden.
    pub fn is_restricted_by_documents_or_fields(&self) -> bool {
        self.access.is_restricted()
    }

    /// Whether a search for API keys may find the caller's own only.
    pub fn only_own_api_keys(&self) -> bool {
        self.only_own_api_keys
    }

    /// Deprecation warnings that the answer should carry.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

fn legacy_warnings(action: &Action, grants: &Grants<'_>, resources: &[Resource<'_>]) -> Vec<String> {
    let mut warnings = Vec::new();
    for side in grants.sides() {
        for resource in resources {
            if let Some(privilege) = side.legacy_privilege(&resource.name_ref(), resource.selector, action) {
                warnings.push(format!(
                    "the index privilege [{privilege}] allowed the update mapping action [{action}] on index [{}], this \
                     privilege will not permit mapping updates in the next major release - users who require access to \
                     update mappings must be granted explicit privileges",
                    resource.name
                ));
            }
        }
    }
    warnings.sort_unstable();
    warnings.dedup();
    warnings
}

// === impl ResolvedTarget ===

impl From<Resource<'_>> for ResolvedTarget {
    fn from(resource: Resource<'_>) -> Self {
        let Resource { name, selector, abstraction, .. } = resource;
        match abstraction {
            Some(abstraction) => {
                Self { name, selector, kind: Some(abstraction.kind()), concrete: abstraction.shared_concrete(selector) }
            }
            None => Self { name, selector, kind: None, concrete: None },
        }
    }
}

impl ResolvedTarget {
    /// The name: of an index, alias or data stream, or of nothing.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The component that is meant.
    pub fn selector(&self) -> Selector {
        self.selector
    }

    /// Whether the name existed when the request was decided about.
    pub fn exists(&self) -> bool {
        self.kind.is_some()
    }

    /// What the name is the name of; `None` if it does not exist.
    pub fn kind(&self) -> Option<NameKind> {
        self.kind
    }

    /// The concrete indices behind it; none if it does not exist.
    pub fn concrete(&self) -> &[Arc<str>] {
        match (&self.concrete, self.kind) {
            (Some(concrete), _) => concrete,
            (None, Some(_)) => std::slice::from_ref(&self.name),
            (None, None) => &[],
        }
    }

    /// The name with its selector, where that is not the data.
    pub fn expression(&self) -> String {
        with_selector(&self.name, self.selector)
    }
}

// === impl Permitted ===

impl<T> Permitted<T> {
    /// Ties a value to the permit that was given for it.
    pub fn new(value: T, permit: Permit) -> Self {
        Self { value, permit }
    }

    /// The value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The permit.
    pub fn permit(&self) -> &Permit {
        &self.permit
    }

    /// Both.
    pub fn into_parts(self) -> (T, Permit) {
        (self.value, self.permit)
    }

    /// Another value made from this one under the same permit.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Permitted<U> {
        Permitted { value: f(self.value), permit: self.permit }
    }
}
