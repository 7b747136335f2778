//! The partition of all characters into the classes that a set of patterns can tell apart. Tables have one column per
//! class, so `logs-*` needs seven columns and not a million.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::{
    limit::TooComplex,
    syntax::{CharSet, LAST},
};

/// A number for a class of characters that are treated alike.
pub(crate) type Class = u16;

/// Every character's class.
#[derive(Debug, Clone)]
pub(crate) struct Alphabet {
    ascii: [Class; 128],
    /// Where pieces of equal class begin, ascending, the first at 0.
    pieces: Vec<(u32, Class)>,
    classes: usize,
}

impl Alphabet {
    /// The coarsest partition in which every one of `sets` is a union of classes.
    pub(crate) fn partition<'a>(sets: impl IntoIterator<Item = &'a CharSet>) -> Result<Self, TooComplex> {
        let mut sets: Vec<&CharSet> = sets.into_iter().collect();
        sets.sort_unstable();
        sets.dedup();
        let mut starts = vec![0];
        for set in &sets {
            for &(from, to) in set.ranges() {
                starts.push(from);
                if to < LAST {
                    starts.push(to + 1);
                }
            }
        }
        starts.sort_unstable();
        starts.dedup();
        // The signature of a piece is the list of the sets it lies in; equal signatures make one class.
        let mut signatures: Vec<Vec<usize>> = vec![Vec::new(); starts.len()];
        for (number, set) in sets.iter().enumerate() {
            for &(from, to) in set.ranges() {
                let first = starts.partition_point(|&start| start < from);
                let end = starts.partition_point(|&start| start <= to);
                for signature in signatures.get_mut(first..end).unwrap_or_default() {
                    signature.push(number);
                }
            }
        }
        let mut known = HashMap::with_hasher(FixedState::default());
        let mut pieces = Vec::with_capacity(starts.len());
        for (start, signature) in starts.into_iter().zip(signatures) {
            let next = Class::try_from(known.len()).map_err(|_| TooComplex)?;
            pieces.push((start, *known.entry(signature).or_insert(next)));
        }
        let classes = known.len();
        Ok(Self::from_pieces(pieces, classes))
    }

    fn from_pieces(mut pieces: Vec<(u32, Class)>, classes: usize) -> Self {
        pieces.dedup_by_key(|(_, class)| *class);
        let mut alphabet = Self { ascii: [0; 128], pieces, classes };
        let mut ascii = [0; 128];
        for (code, slot) in (0u32..).zip(ascii.iter_mut()) {
            *slot = alphabet.search(code);
        }
        alphabet.ascii = ascii;
        alphabet
    }

    /// How many classes there are.
    pub(crate) fn len(&self) -> usize {
        self.classes
    }

    /// The class of `c`.
    #[inline]
    pub(crate) fn class_of(&self, c: char) -> Class {
        match self.ascii.get(c as usize) {
            Some(class) => *class,
            None => self.search(u32::from(c)),
        }
    }

    fn search(&self, code: u32) -> Class {
        let after = self.pieces.partition_point(|&(start, _)| start <= code);
        after.checked_sub(1).and_then(|at| self.pieces.get(at)).map_or(0, |&(_, class)| class)
    }

    /// The classes that make up `set`, ascending. `set` must be one of those the partition was made from.
    pub(crate) fn classes_in(&self, set: &CharSet) -> Vec<Class> {
        let mut classes = Vec::new();
        for &(from, to) in set.ranges() {
            let first = self.pieces.partition_point(|&(start, _)| start <= from).saturating_sub(1);
            let end = self.pieces.partition_point(|&(start, _)| start <= to);
            classes.extend(self.pieces.get(first..end).unwrap_or_default().iter().map(|&(_, class)| class));
        }
        classes.sort_unstable();
        classes.dedup();
        classes
    }

    /// The coarsest partition finer than both, and for each of its classes the classes it lies in.
    pub(crate) fn join(&self, other: &Self) -> Result<(Self, Vec<(Class, Class)>), TooComplex> {
        let mut starts: Vec<u32> = self.pieces.iter().chain(&other.pieces).map(|&(start, _)| start).collect();
        starts.sort_unstable();
        starts.dedup();
        let mut known = HashMap::with_hasher(FixedState::default());
        let mut pairs = Vec::new();
        let mut pieces = Vec::with_capacity(starts.len());
        for start in starts {
            let pair = (self.search(start), other.search(start));
            let next = Class::try_from(pairs.len()).map_err(|_| TooComplex)?;
            let class = *known.entry(pair).or_insert_with(|| {
                pairs.push(pair);
                next
            });
            pieces.push((start, class));
        }
        let classes = pairs.len();
        Ok((Self::from_pieces(pieces, classes), pairs))
    }

    /// Renames classes: class `c` becomes `merged[c]`, of `classes` in all.
    pub(crate) fn merge(&self, merged: &[Class], classes: usize) -> Self {
        let rename = |class: Class| merged.get(usize::from(class)).copied().unwrap_or(0);
        Self::from_pieces(self.pieces.iter().map(|&(start, class)| (start, rename(class))).collect(), classes)
    }
}
