//! The names of many groups as one matcher. Expanding a wildcard over thousands of names asks of each whether *some*
//! group covers it; one walk through the union answers that, where asking group by group would cost a walk each.
//!
//! Which groups count depends on the action, but a role has few distinct answers to that, so the unions are kept with
//! the role: made once, found without a lock.

use std::sync::OnceLock;

use keyward_automaton::StringMatcher;

use crate::privilege::Selector;
use crate::role::{IndicesGroup, NameRef, StreamPart, is_restricted};

/// How many unions a side keeps. Others are answered group by group.
const KEPT: usize = 8;

/// The unions made so far, as a list that only grows.
#[derive(Debug, Default)]
pub(crate) struct NameUnions(OnceLock<Box<Kept>>);

#[derive(Debug)]
struct Kept {
    /// The positions of the groups among those of the side.
    groups: Box<[usize]>,
    /// `None` if the names are too complex together.
    union: Option<NameUnion>,
    next: NameUnions,
}

/// The names of some groups.
#[derive(Debug)]
pub(crate) struct NameUnion {
    data: Names,
    failures: Names,
}

/// Names for one component.
#[derive(Debug)]
struct Names {
    /// Of groups that do not reach restricted names.
    ordinary: StringMatcher,
    /// Of those that do.
    unrestricted: StringMatcher,
}

impl NameUnions {
    /// The union of the side's groups at `positions`, made if it is not there yet.
    pub(crate) fn of(&self, groups: &[IndicesGroup], positions: &[usize]) -> Option<&NameUnion> {
        let mut slot = &self.0;
        for _ in 0..KEPT {
            let kept = slot.get_or_init(|| {
                let chosen = positions.iter().filter_map(|&position| groups.get(position));
                Box::new(Kept { groups: positions.into(), union: NameUnion::new(chosen), next: Self::default() })
            });
            if *kept.groups == *positions {
                return kept.union.as_ref();
            }
            slot = &kept.next.0;
        }
        None
    }
}

impl NameUnion {
    fn new<'g>(groups: impl Iterator<Item = &'g IndicesGroup> + Clone) -> Option<Self> {
        Some(Self {
            data: Names::new(groups.clone(), Selector::Data)?,
            failures: Names::new(groups, Selector::Failures)?,
        })
    }

    /// Whether one of the groups covers the component of the name.
    pub(crate) fn covers(&self, name: &NameRef<'_>, selector: Selector) -> bool {
        let names = |selector| match selector {
            Selector::Data => &self.data,
            Selector::Failures => &self.failures,
        };
        names(selector).include(name.name)
            || match name.stream {
                StreamPart::None | StreamPart::Stream => false,
                StreamPart::BackingOf(stream) => self.data.include(stream),
                StreamPart::FailuresOf(stream) => self.failures.include(stream),
            }
    }
}

impl Names {
    fn new<'g>(groups: impl Iterator<Item = &'g IndicesGroup> + Clone, selector: Selector) -> Option<Self> {
        let of = |restricted: bool| {
            let groups = groups.clone();
            let admitted =
                groups.filter(|group| group.class().admits(selector) && group.allows_restricted() == restricted);
            StringMatcher::new(admitted.flat_map(IndicesGroup::names)).ok()
        };
        Some(Self { ordinary: of(false)?, unrestricted: of(true)? })
    }

    fn include(&self, name: &str) -> bool {
        self.unrestricted.matches(name) || (self.ordinary.matches(name) && !is_restricted(name))
    }
}
