//! What a pattern says, before it becomes an expression: a tree over sets of characters.

/// A set of characters as sorted, disjoint, non-adjacent inclusive ranges of code points.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct CharSet(Vec<(u32, u32)>);

/// The greatest code point.
pub(crate) const LAST: u32 = 0x10_FFFF;

impl CharSet {
    pub(crate) fn all() -> Self {
        Self(vec![(0, LAST)])
    }

    pub(crate) fn single(c: char) -> Self {
        Self(vec![(u32::from(c), u32::from(c))])
    }

    /// The union of inclusive ranges given in any order.
    pub(crate) fn from_ranges(mut ranges: Vec<(u32, u32)>) -> Self {
        ranges.retain(|(from, to)| from <= to);
        ranges.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (from, to) in ranges {
            match merged.last_mut() {
                Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        Self(merged)
    }

    pub(crate) fn complement(&self) -> Self {
        let mut gaps = Vec::with_capacity(self.0.len() + 1);
        let mut next = 0;
        for &(from, to) in &self.0 {
            if next < from {
                gaps.push((next, from - 1));
            }
            next = to + 1;
        }
        if next <= LAST {
            gaps.push((next, LAST));
        }
        Self(gaps)
    }

    pub(crate) fn ranges(&self) -> &[(u32, u32)] {
        &self.0
    }
}

/// A regular expression with intersection and complement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// No string at all.
    Nothing,
    /// Every string.
    AnyString,
    /// One character out of a set.
    Chars(CharSet),
    /// One after the other; empty: the empty string.
    Concat(Vec<Syntax>),
    /// Any of them; empty: nothing.
    Or(Vec<Syntax>),
    /// All of them.
    And(Vec<Syntax>),
    /// Every string that the inner one does not match.
    Not(Box<Syntax>),
    /// The inner one `min` to `max` times in a row, without upper bound if `max` is `None`.
    Repeat { inner: Box<Syntax>, min: u32, max: Option<u32> },
}

impl Syntax {
    pub(crate) fn empty_string() -> Self {
        Self::Concat(Vec::new())
    }

    pub(crate) fn char(c: char) -> Self {
        Self::Chars(CharSet::single(c))
    }

    /// Calls `visit` for every character set in the tree.
    pub(crate) fn visit_sets<'a>(&'a self, visit: &mut impl FnMut(&'a CharSet)) {
        match self {
            Self::Nothing | Self::AnyString => {}
            Self::Chars(set) => visit(set),
            Self::Concat(parts) | Self::Or(parts) | Self::And(parts) => {
                for part in parts {
                    part.visit_sets(visit);
                }
            }
            Self::Not(inner) | Self::Repeat { inner, .. } => inner.visit_sets(visit),
        }
    }
}
