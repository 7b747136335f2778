//! What one role grants for one action, worked out once per request: the groups of each side that grant the action at
//! all. Everything about names (wildcards, single names, documents, fields) is then a question to these few groups.

use crate::action::Action;
use crate::name_unions::NameUnion;
use crate::privilege::Selector;
use crate::role::{IndicesGroup, NameRef, Role, Side};

/// The groups of a role that grant an action.
#[derive(Debug)]
pub(crate) struct Grants<'r> {
    /// INVARIANT: not empty; every side has to grant.
    sides: Vec<SideGrants<'r>>,
}

/// The groups of one side that grant an action.
#[derive(Debug)]
pub(crate) struct SideGrants<'r> {
    side: &'r Side,
    regular: Vec<&'r IndicesGroup>,
    /// Where the regular groups stand among those of the side.
    positions: Vec<usize>,
    /// Those that grant a mapping update only by the legacy rule: counted where no regular one covers the name, and
    /// nowhere on data streams.
    legacy: Vec<&'r IndicesGroup>,
    /// One group grants everything on every name.
    total: bool,
}

/// Grants prepared for many names: each side with the union of its groups' names, where that pays.
#[derive(Debug)]
pub(crate) struct ManyNames<'g, 'r>(Vec<(&'g SideGrants<'r>, Option<&'r NameUnion>)>);

/// Below this, groups are asked one by one.
const FEW_GROUPS: usize = 3;

impl<'r> Grants<'r> {
    pub(crate) fn new(role: &'r Role, action: &Action) -> Self {
        let anywhere = NameRef::plain("");
        let sides = role.sides().map(|side| {
            let mut grants = SideGrants {
                side,
                regular: Vec::new(),
                positions: Vec::new(),
                legacy: Vec::new(),
                total: side.is_total() && action.is_index(),
            };
            for (position, group) in side.groups().iter().enumerate() {
                if group.grants(action) {
                    grants.regular.push(group);
                    grants.positions.push(position);
                } else if group.legacy_mapping_privilege(&anywhere, action).is_some() {
                    grants.legacy.push(group);
                }
            }
            grants
        });
        Self { sides: sides.collect() }
    }

    /// Whether every side grants the action on some name; not necessarily on the same.
    pub(crate) fn anywhere(&self) -> bool {
        self.sides.iter().all(|side| side.total || !side.regular.is_empty() || !side.legacy.is_empty())
    }

    /// Whether every side grants the action on the component of the name.
    pub(crate) fn covers(&self, name: &NameRef<'_>, selector: Selector) -> bool {
        self.sides.iter().all(|side| side.covers(name, selector))
    }

    /// The same question for many names: dear to prepare, cheap to ask.
    pub(crate) fn for_many_names(&self) -> ManyNames<'_, 'r> {
        let union = |side: &SideGrants<'r>| match side.regular.len() {
            0..FEW_GROUPS => None,
            _ if side.total => None,
            _ => side.side.name_union(&side.positions),
        };
        ManyNames(self.sides.iter().map(|side| (side, union(side))).collect())
    }

    pub(crate) fn sides(&self) -> &[SideGrants<'r>] {
        &self.sides
    }

    /// Whether there is a group that hides documents or fields.
    pub(crate) fn may_restrict(&self) -> bool {
        self.sides.iter().any(|side| {
            let restricts = |group: &&IndicesGroup| group.queries().is_some() || group.fields().is_some();
            !side.total && (side.regular.iter().any(restricts) || side.legacy.iter().any(restricts))
        })
    }
}

impl ManyNames<'_, '_> {
    /// Whether every side grants the action on the component of the name.
    pub(crate) fn covers(&self, name: &NameRef<'_>, selector: Selector) -> bool {
        self.0.iter().all(|(side, union)| match union {
            Some(union) => union.covers(name, selector) || side.legacy_covering(name, selector).next().is_some(),
            None => side.covers(name, selector),
        })
    }
}

impl<'r> SideGrants<'r> {
    fn covers(&self, name: &NameRef<'_>, selector: Selector) -> bool {
        self.total
            || self.regular.iter().any(|group| group.covers(name, selector))
            || (!self.legacy.is_empty() && self.legacy_covering(name, selector).next().is_some())
    }

    fn legacy_covering(&self, name: &NameRef<'_>, selector: Selector) -> impl Iterator<Item = &'r IndicesGroup> {
        let outside_streams = name.stream == crate::role::StreamPart::None;
        self.legacy.iter().copied().filter(move |group| outside_streams && group.covers(name, selector))
    }

    /// Whether one group grants everything, so that nothing is hidden and no group needs a look.
    pub(crate) fn is_total(&self) -> bool {
        self.total
    }

    /// The privilege that grants only by the legacy rule, where no group grants regularly.
    pub(crate) fn legacy_privilege(&self, name: &NameRef<'_>, selector: Selector, action: &Action) -> Option<&'r str> {
        if self.legacy.is_empty() || self.total || self.regular.iter().any(|group| group.covers(name, selector)) {
            return None;
        }
        self.legacy_covering(name, selector).find_map(|group| group.legacy_mapping_privilege(name, action))
    }

    /// The groups whose documents and fields count for the name.
    pub(crate) fn contributing(&self, name: &NameRef<'_>, selector: Selector) -> Vec<&'r IndicesGroup> {
        let regular: Vec<_> = self.regular.iter().copied().filter(|group| group.covers(name, selector)).collect();
        if regular.is_empty() { self.legacy_covering(name, selector).collect() } else { regular }
    }
}
