//! From index expressions to names: wildcards find only what is permitted and visible, exclusions take away again,
//! explicit names are kept whether they exist or not.
//!
//! A name that is not permitted looks like one that does not exist, unless it is asked for explicitly; then the check
//! that follows refuses the request.

use std::collections::HashSet;
use std::sync::Arc;

use foldhash::fast::FixedState;
use keyward_automaton::RequestPattern;

use crate::action::Action;
use crate::decide::{IndexNotFound, Refusal};
use crate::grants::Grants;
use crate::index_names::{IndexAbstraction, IndexNames, NameKind};
use crate::privilege::Selector;
use crate::request::{IndexExpression, IndicesOptions, RequestedNames};
use crate::role::{NameRef, Role};

/// A name that a request comes down to.
#[derive(Debug, Clone)]
pub(crate) struct Resource<'n> {
    pub(crate) name: Arc<str>,
    pub(crate) selector: Selector,
    /// What it names; nothing for names that do not exist.
    pub(crate) abstraction: Option<IndexAbstraction<'n>>,
    /// It was found by a wildcard, hence is permitted.
    pub(crate) found: bool,
}

/// Why there are no names to decide about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unresolved {
    /// Nothing was found, which is allowed.
    Nothing,
    /// Nothing was found, which is an error.
    NotFound(IndexNotFound),
    /// The expressions are wrong as such.
    Refused(Refusal),
    /// The request takes explicit names only.
    NotExplicit(String),
}

impl Resource<'_> {
    pub(crate) fn name_ref(&self) -> NameRef<'_> {
        match &self.abstraction {
            Some(abstraction) => abstraction.name_ref(),
            None => NameRef::plain(&self.name),
        }
    }
}

/// The components that an expression asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Components {
    /// No selector: the data.
    Unsaid,
    One(Selector),
    All,
}

impl Components {
    fn parse(expression: &IndexExpression, supported: bool) -> Result<(&str, Self), Unresolved> {
        let (name, selector) = expression.name_and_selector();
        let Some(selector) = selector else { return Ok((name, Self::Unsaid)) };
        if !supported {
            return Err(Unresolved::Refused(Refusal::UnsupportedSelector { expression: expression.as_str().into() }));
        }
        let components = match selector {
            "data" => Self::One(Selector::Data),
            "failures" => Self::One(Selector::Failures),
            "*" => Self::All,
            _ => {
                let (expression, selector) = (expression.as_str().into(), selector.into());
                return Err(Unresolved::Refused(Refusal::InvalidSelector { expression, selector }));
            }
        };
        Ok((name, components))
    }

    fn selectors(self) -> &'static [Selector] {
        match self {
            Self::Unsaid | Self::One(Selector::Data) => &[Selector::Data],
            Self::One(Selector::Failures) => &[Selector::Failures],
            Self::All => &[Selector::Data, Selector::Failures],
        }
    }
}

/// Resolves the names of a request.
pub(crate) fn resolve<'n>(
    requested: &RequestedNames,
    action: &Action,
    grants: &Grants<'_>,
    names: &'n IndexNames,
) -> Result<Vec<Resource<'n>>, Unresolved> {
    let resolver = Resolver { requested, grants, names };
    if !requested.traits.replaceable {
        return resolver.explicit(action);
    }
    let resources = if requested.is_all() { resolver.all()? } else { resolver.listed()? };
    if !resources.is_empty() {
        return Ok(resources);
    }
    if requested.options.allow_no_indices {
        return Err(Unresolved::Nothing);
    }
    Err(Unresolved::NotFound(IndexNotFound::of_all(&requested.expressions)))
}

/// The names among `expressions` that the role grants the action on, wildcards expanded over aliases only. For requests
/// that ask about aliases by name or pattern, such as `GET /_alias/x*`.
pub fn resolve_aliases(role: &Role, action: &Action, expressions: &[&str], names: &IndexNames) -> Vec<Arc<str>> {
    let grants = Grants::new(role, action);
    let patterns: Vec<RequestPattern> = expressions
        .iter()
        .map(|text| if *text == "_all" { RequestPattern::new("*") } else { RequestPattern::new(text) })
        .collect();
    let asked = |name: &str| patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(name));
    names
        .iter()
        .filter(|abstraction| abstraction.kind() == NameKind::Alias && asked(abstraction.name()))
        .filter(|abstraction| grants.covers(&abstraction.name_ref(), Selector::Data))
        .map(|abstraction| abstraction.name().clone())
        .collect()
}

/// From this many names on, a role is prepared for many.
const MANY_NAMES: usize = 64;

struct Resolver<'a, 'n> {
    requested: &'a RequestedNames,
    grants: &'a Grants<'a>,
    names: &'n IndexNames,
}

impl<'n> Resolver<'_, 'n> {
    fn options(&self) -> &IndicesOptions {
        &self.requested.options
    }

    fn all(&self) -> Result<Vec<Resource<'n>>, Unresolved> {
        let components = match self.requested.expressions.first() {
            Some(expression) => Components::parse(expression, self.requested.traits.supports_selectors)?.1,
            None => Components::Unsaid,
        };
        let mut found = Vec::new();
        if self.options().expands_wildcards() {
            self.expand(&RequestPattern::new("*"), components, &mut found);
        }
        Ok(found)
    }

    fn listed(&self) -> Result<Vec<Resource<'n>>, Unresolved> {
        let mut collected: Collected<'n> = Collected::default();
        let mut wildcard_seen = false;
        for expression in &self.requested.expressions {
            let (text, components) = Components::parse(expression, self.requested.traits.supports_selectors)?;
            let excluded = if wildcard_seen { text.strip_prefix('-') } else { None };
            let text = excluded.unwrap_or(text);
            let pattern = RequestPattern::new(text);
            let mut matched = Vec::new();
            if pattern.is_wildcard() && self.options().expands_wildcards() {
                wildcard_seen = true;
                self.expand(&pattern, components, &mut matched);
                if matched.is_empty() && excluded.is_none() && !self.options().allow_no_indices {
                    return Err(Unresolved::NotFound(IndexNotFound::new(text)));
                }
            } else {
                self.name(text, components, excluded.is_some(), &mut matched);
            }
            if excluded.is_some() {
                collected.remove(&matched);
            } else {
                collected.add(matched, self.requested.expressions.len() == 1);
            }
        }
        Ok(collected.resources)
    }

    /// An explicit name, or nothing if it is to be passed over.
    fn name(&self, text: &str, components: Components, excluded: bool, into: &mut Vec<Resource<'n>>) {
        let abstraction = self.names.get(text);
        let name = abstraction.map_or_else(|| Arc::from(text), |abstraction| abstraction.name().clone());
        let resource = |selector| Resource { name: name.clone(), selector, abstraction, found: false };
        if excluded {
            into.extend(components.selectors().iter().map(|selector| resource(*selector)));
            return;
        }
        let permitted = |selector: &Selector| self.grants.covers(&resource(*selector).name_ref(), *selector);
        let selectors: Vec<Selector> = match components {
            Components::All => {
                let exists = |selector: &Selector| {
                    *selector == Selector::Data || abstraction.is_some_and(|abstraction| abstraction.has_failures())
                };
                let all = components.selectors().iter().copied().filter(exists);
                let some: Vec<Selector> = all.filter(permitted).collect();
                if some.is_empty() && !self.options().ignore_unavailable { vec![Selector::Data] } else { some }
            }
            _ => {
                let wanted = components.selectors().iter().copied();
                wanted.filter(|selector| !self.options().ignore_unavailable || permitted(selector)).collect()
            }
        };
        into.extend(selectors.into_iter().map(resource));
    }

    /// The permitted and visible names that match.
    fn expand(&self, pattern: &RequestPattern, components: Components, into: &mut Vec<Resource<'n>>) {
        let everything = pattern.as_str() == "*";
        let candidates = self.names.with_prefix(pattern.prefix());
        // Preparing for many names pays only where there are many.
        let many = if candidates.clone().nth(MANY_NAMES).is_some() { Some(self.grants.for_many_names()) } else { None };
        let permitted = |name: &NameRef<'_>, selector| match &many {
            Some(many) => many.covers(name, selector),
            None => self.grants.covers(name, selector),
        };
        for abstraction in candidates {
            let name = abstraction.name();
            if !everything && !pattern.matches(name) || !self.is_visible(pattern, &abstraction) {
                continue;
            }
            for &selector in components.selectors() {
                let has_component = selector == Selector::Data || abstraction.has_failures();
                if has_component && permitted(&abstraction.name_ref(), selector) {
                    into.push(Resource { name: name.clone(), selector, abstraction: Some(abstraction), found: true });
                }
            }
        }
    }

    fn is_visible(&self, pattern: &RequestPattern, abstraction: &IndexAbstraction<'_>) -> bool {
        let options = self.options();
        let shown = !abstraction.is_hidden()
            || options.expand_hidden
            || (pattern.as_str().starts_with('.') && abstraction.name().starts_with('.'));
        shown
            && match abstraction.kind() {
                NameKind::Alias => !options.ignore_aliases,
                NameKind::DataStream => self.requested.traits.includes_data_streams,
                NameKind::Index if abstraction.is_closed() => options.expand_closed,
                NameKind::Index => options.expand_open,
            }
    }

    /// Requests that take explicit names only.
    fn explicit(&self, action: &Action) -> Result<Vec<Resource<'n>>, Unresolved> {
        let expressions = &self.requested.expressions;
        let refused = |text: String| Err(Unresolved::NotExplicit(format!("the action {action} {text}")));
        if expressions.is_empty() {
            return refused("requires explicit index names, but none were provided".to_owned());
        }
        let mut resources = Vec::with_capacity(expressions.len());
        let (mut wildcards, mut selectors) = (Vec::new(), Vec::new());
        for expression in expressions {
            let (text, components) = Components::parse(expression, self.requested.traits.supports_selectors)?;
            if text == "_all" && expressions.len() == 1 {
                return refused(format!(
                    "does not support accessing all indices; the provided index expression [{}] is not allowed",
                    expression.as_str()
                ));
            }
            if text.contains('*') {
                wildcards.push(expression.as_str());
            } else if components == Components::All {
                selectors.push(expression.as_str());
            }
            let abstraction = self.names.get(text);
            let name = abstraction.map_or_else(|| Arc::from(text), |abstraction| abstraction.name().clone());
            for &selector in components.selectors() {
                resources.push(Resource { name: name.clone(), selector, abstraction, found: false });
            }
        }
        for (what, found) in [("wildcards", wildcards), ("wildcard selectors", selectors)] {
            if !found.is_empty() {
                let found = found.join(",");
                return refused(format!(
                    "does not support {what}; the provided index expression(s) [{found}] are not allowed"
                ));
            }
        }
        Ok(resources)
    }
}

/// Names collected so far, in order and without repetition.
#[derive(Default)]
struct Collected<'n> {
    resources: Vec<Resource<'n>>,
    known: HashSet<(Arc<str>, Selector), FixedState>,
}

impl<'n> Collected<'n> {
    fn add(&mut self, matched: Vec<Resource<'n>>, only: bool) {
        if only {
            // One expression does not repeat itself.
            self.resources = matched;
            return;
        }
        for resource in matched {
            if self.known.insert((resource.name.clone(), resource.selector)) {
                self.resources.push(resource);
            }
        }
    }

    fn remove(&mut self, matched: &[Resource<'n>]) {
        let gone: HashSet<(&str, Selector), FixedState> =
            matched.iter().map(|resource| (&*resource.name, resource.selector)).collect();
        self.resources.retain(|resource| !gone.contains(&(&*resource.name, resource.selector)));
        self.known.retain(|(name, selector)| !gone.contains(&(&**name, *selector)));
    }
}
