//! Keys in the order of creation: the rows of the base that still count, merged with the keys of the delta.

use std::fmt;
use std::sync::Arc;

use super::base::{Base, Row};
use super::delta::{Change, Delta};
use super::{KeyRef, Place};
use crate::map::{OrderedMap, OrderedMapIter};

/// Keys in the order of creation, from both ends.
pub struct KeysInOrder<'a> {
    base: &'a Base,
    rows: Ends<CountingRows<'a>>,
    changes: Ends<Changes<'a>>,
}

impl<'a> KeysInOrder<'a> {
    pub(super) fn all(base: &'a Base, delta: &'a Delta) -> Self {
        Self::over(base, delta, Numbers::All(base.rows()), Some(&delta.by_place))
    }

    pub(super) fn of_principal(base: &'a Base, delta: &'a Delta, principal: &str) -> Self {
        let numbers = Numbers::Some(base.owners.rows_of(principal));
        Self::over(base, delta, numbers, delta.by_principal.get(principal))
    }

    fn over(
        base: &'a Base,
        delta: &'a Delta,
        numbers: Numbers<'a>,
        changes: Option<&'a OrderedMap<Place, Arc<Change>>>,
    ) -> Self {
        let replaced: Vec<u32> = match numbers {
            Numbers::All(_) => delta.replaced.keys().copied().collect(),
            Numbers::Some(rows) => rows.iter().copied().filter(|row| delta.replaced.contains_key(row)).collect(),
        };
        let rows = CountingRows {
            base,
            front: 0,
            back: numbers.len(),
            numbers,
            replaced_front: 0,
            replaced_back: replaced.len(),
            replaced,
        };
        let changes = Changes(changes.map(OrderedMap::iter));
        Self { base, rows: Ends::new(rows), changes: Ends::new(changes) }
    }
}

impl<'a> Iterator for KeysInOrder<'a> {
    type Item = KeyRef<'a>;

    fn next(&mut self) -> Option<KeyRef<'a>> {
        let changed_first = match (self.rows.first(), self.changes.first()) {
            (Some(row), Some((place, _))) => **place < (row.creation, row.id),
            (None, Some(_)) => true,
            (_, None) => false,
        };
        if changed_first {
            self.changes.next().and_then(|(_, change)| KeyRef::of_change(change))
        } else {
            self.rows.next().map(|row| KeyRef::of_row(self.base, row))
        }
    }
}

impl DoubleEndedIterator for KeysInOrder<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let changed_last = match (self.rows.last(), self.changes.last()) {
            (Some(row), Some((place, _))) => **place > (row.creation, row.id),
            (None, Some(_)) => true,
            (_, None) => false,
        };
        if changed_last {
            self.changes.next_back().and_then(|(_, change)| KeyRef::of_change(change))
        } else {
            self.rows.next_back().map(|row| KeyRef::of_row(self.base, row))
        }
    }
}

impl fmt::Debug for KeysInOrder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeysInOrder")
    }
}

/// Which rows are walked; ascending either way.
enum Numbers<'a> {
    All(usize),
    Some(&'a [u32]),
}

impl Numbers<'_> {
    const fn len(&self) -> usize {
        match self {
            Self::All(count) => *count,
            Self::Some(numbers) => numbers.len(),
        }
    }

    fn get(&self, at: usize) -> Option<u32> {
        match self {
            // INVARIANT: the builder takes no more rows than the number can count.
            Self::All(_) => u32::try_from(at).ok(),
            Self::Some(numbers) => numbers.get(at).copied(),
        }
    }
}

/// Rows without the replaced ones. Both lists ascend, so cursors in them move together and nothing is searched.
struct CountingRows<'a> {
    base: &'a Base,
    numbers: Numbers<'a>,
    front: usize,
    back: usize,
    replaced: Vec<u32>,
    replaced_front: usize,
    replaced_back: usize,
}

impl<'a> Iterator for CountingRows<'a> {
    type Item = &'a Row;

    fn next(&mut self) -> Option<&'a Row> {
        while self.front < self.back {
            let number = self.numbers.get(self.front)?;
            self.front += 1;
            while self.replaced.get(self.replaced_front).is_some_and(|replaced| *replaced < number) {
                self.replaced_front += 1;
            }
            if self.replaced.get(self.replaced_front) != Some(&number) {
                return self.base.row(number);
            }
        }
        None
    }
}

impl DoubleEndedIterator for CountingRows<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        while self.front < self.back {
            self.back -= 1;
            let number = self.numbers.get(self.back)?;
            let last = |back: usize| back.checked_sub(1).and_then(|at| self.replaced.get(at));
            let mut back = self.replaced_back;
            while last(back).is_some_and(|replaced| *replaced > number) {
                back -= 1;
            }
            let counts = last(back) != Some(&number);
            self.replaced_back = back;
            if counts {
                return self.base.row(number);
            }
        }
        None
    }
}

struct Changes<'a>(Option<OrderedMapIter<'a, Place, Arc<Change>>>);

impl<'a> Iterator for Changes<'a> {
    type Item = (&'a Place, &'a Arc<Change>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.as_mut()?.next()
    }
}

impl DoubleEndedIterator for Changes<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.as_mut()?.next_back()
    }
}

/// An iterator that shows what comes next at either end.
struct Ends<I: Iterator> {
    inner: I,
    first: Option<I::Item>,
    last: Option<I::Item>,
}

impl<I: DoubleEndedIterator> Ends<I> {
    const fn new(inner: I) -> Self {
        Self { inner, first: None, last: None }
    }

    fn first(&mut self) -> Option<&I::Item> {
        if self.first.is_none() {
            self.first = self.inner.next().or_else(|| self.last.take());
        }
        self.first.as_ref()
    }

    fn last(&mut self) -> Option<&I::Item> {
        if self.last.is_none() {
            self.last = self.inner.next_back().or_else(|| self.first.take());
        }
        self.last.as_ref()
    }

    fn next(&mut self) -> Option<I::Item> {
        self.first();
        self.first.take()
    }

    fn next_back(&mut self) -> Option<I::Item> {
        self.last();
        self.last.take()
    }
}
