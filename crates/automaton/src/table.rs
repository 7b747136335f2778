//! The frozen automaton: one row per state, one column per class of characters. Immutable, so all threads match at
//! once without a lock.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::{
    alphabet::{Alphabet, Class},
    derivative::Memory,
    expr::{Arena, Expr},
    limit::{TooComplex, check_table},
    syntax::{CharSet, Syntax},
    wildcard::Trie,
};

/// A deterministic automaton.
///
/// INVARIANT: states are numbered so that 0 is the dead state (nothing follows that could be accepted), the last is
/// the total one (everything that follows is accepted), and the accepting states are the ones from `accepting` on.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    alphabet: Alphabet,
    /// Row after row; entries are offsets of rows, that is state times the number of classes.
    rows: Box<[u32]>,
    start: u32,
    /// The offset of the first accepting row.
    accepting: u32,
    /// The offset of the total state's row.
    total: u32,
}

/// An automaton under construction: any numbering, one full row of successors per state.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) alphabet: Alphabet,
    /// Row after row; entries are states. The start is state 0.
    pub(crate) rows: Vec<u32>,
    pub(crate) accepts: Vec<bool>,
}

impl Table {
    /// The automaton of a trie of wildcard patterns and some regular expressions.
    pub(crate) fn build(trie: &Trie, regexes: &[Syntax]) -> Result<Self, TooComplex> {
        let trie_sets = trie.sets();
        let mut sets: Vec<&CharSet> = trie_sets.iter().collect();
        for regex in regexes {
            regex.visit_sets(&mut |set| sets.push(set));
        }
        let alphabet = Alphabet::partition(sets)?;
        let mut arena = Arena::new(alphabet.len());
        let mut parts = vec![arena.lower_trie(trie, &alphabet)?];
        for regex in regexes {
            parts.push(arena.lower(regex, &alphabet)?);
        }
        let root = arena.or(parts)?;
        Self::explore(alphabet, &mut arena, root)
    }

    fn explore(alphabet: Alphabet, arena: &mut Arena, root: Expr) -> Result<Self, TooComplex> {
        let classes = alphabet.len();
        let mut memory = Memory::default();
        let mut numbers: HashMap<Expr, u32, FixedState> = HashMap::with_hasher(FixedState::default());
        let mut states = vec![root];
        numbers.insert(root, 0);
        let mut rows = Vec::new();
        let mut next = 0;
        while let Some(&expr) = states.get(next) {
            next += 1;
            check_table(states.len(), classes)?;
            let derivatives = memory.derivatives(arena, expr)?;
            arena.budget.spend(1 + classes / 16)?;
            let mut number = |expr: Expr| -> Result<u32, TooComplex> {
                if let Some(&number) = numbers.get(&expr) {
                    return Ok(number);
                }
                let number = u32::try_from(states.len()).map_err(|_| TooComplex)?;
                numbers.insert(expr, number);
                states.push(expr);
                Ok(number)
            };
            let from = rows.len();
            // The default may belong to no class at all; then its state would be unreachable, and is harmless.
            rows.resize(from + classes, number(derivatives.default)?);
            for &(class, expr) in &derivatives.others {
                let to = number(expr)?;
                if let Some(cell) = rows.get_mut(from + usize::from(class)) {
                    *cell = to;
                }
            }
        }
        let accepts = states.iter().map(|&state| arena.nullable(state)).collect();
        Self::freeze(Draft { alphabet, rows, accepts })
    }

    /// Trims and renumbers: dead and total states become one each, classes with equal columns are merged.
    pub(crate) fn freeze(draft: Draft) -> Result<Self, TooComplex> {
        let Draft { alphabet, rows, accepts } = draft;
        let classes = alphabet.len().max(1);
        let count = accepts.len();
        let row = |state: usize| rows.get(state * classes..(state + 1) * classes).unwrap_or_default();
        let backwards = Backwards::new(&rows, classes, count);
        let lives = backwards.reaching(&accepts);
        let rejects: Vec<bool> = accepts.iter().map(|accept| !accept).collect();
        let fails = backwards.reaching(&rejects);

        // New numbers: dead, rejecting, accepting, total.
        let kind = |state: usize| {
            let is = |list: &[bool]| list.get(state).copied().unwrap_or(false);
            match (is(&lives), is(&fails), is(&accepts)) {
                (false, _, _) => 0,
                (true, false, _) => 3,
                (true, true, false) => 1,
                (true, true, true) => 2,
            }
        };
        let mut order: [Vec<usize>; 2] = [Vec::new(), Vec::new()];
        for state in 0..count {
            match kind(state) {
                1 => order[0].push(state),
                2 => order[1].push(state),
                _ => {}
            }
        }
        let [rejecting, accepting] = order;
        let kept: Vec<usize> = rejecting.iter().chain(&accepting).copied().collect();
        let total_number = kept.len() + 1;
        let mut numbers: Vec<usize> = (0..count).map(|state| if kind(state) == 3 { total_number } else { 0 }).collect();
        for (number, &state) in (1..).zip(&kept) {
            if let Some(slot) = numbers.get_mut(state) {
                *slot = number;
            }
        }

        // Columns that are equal in all kept rows are one class.
        let mut columns: HashMap<Vec<usize>, Class, FixedState> = HashMap::with_hasher(FixedState::default());
        let mut merged = Vec::with_capacity(classes);
        let mut representatives = Vec::new();
        let target = |state: usize, class: usize| {
            let to = row(state).get(class).copied().unwrap_or(0) as usize;
            numbers.get(to).copied().unwrap_or(0)
        };
        for class in 0..classes {
            let column: Vec<usize> = kept.iter().map(|&state| target(state, class)).collect();
            let next = Class::try_from(columns.len()).map_err(|_| TooComplex)?;
            let number = *columns.entry(column).or_insert_with(|| {
                representatives.push(class);
                next
            });
            merged.push(number);
        }
        let classes = representatives.len().max(1);
        check_table(kept.len() + 2, classes)?;
        let offset = |number: usize| u32::try_from(number * classes).map_err(|_| TooComplex);
        let mut frozen = Vec::with_capacity((kept.len() + 2) * classes);
        frozen.resize(classes, 0);
        for &state in &kept {
            for &class in &representatives {
                frozen.push(offset(target(state, class))?);
            }
        }
        let total = offset(total_number)?;
        frozen.resize(frozen.len() + classes, total);
        Ok(Self {
            alphabet: alphabet.merge(&merged, classes),
            rows: frozen.into_boxed_slice(),
            start: offset(numbers.first().copied().unwrap_or(0))?,
            accepting: offset(rejecting.len() + 1)?,
            total,
        })
    }

    #[inline]
    pub(crate) fn matches(&self, name: &str) -> bool {
        let mut state = self.start;
        for c in name.chars() {
            state = self.step(state, self.alphabet.class_of(c));
            if state == 0 || state == self.total {
                break;
            }
        }
        self.accepts(state)
    }

    #[inline]
    pub(crate) fn step(&self, state: u32, class: Class) -> u32 {
        self.rows.get(state as usize + usize::from(class)).copied().unwrap_or(0)
    }

    #[inline]
    pub(crate) fn accepts(&self, state: u32) -> bool {
        state >= self.accepting
    }

    pub(crate) fn start(&self) -> u32 {
        self.start
    }

    pub(crate) fn alphabet(&self) -> &Alphabet {
        &self.alphabet
    }

    pub(crate) fn is_dead(state: u32) -> bool {
        state == 0
    }

    pub(crate) fn is_total_state(&self, state: u32) -> bool {
        state == self.total
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.start == 0
    }

    pub(crate) fn is_total(&self) -> bool {
        self.start == self.total
    }

    pub(crate) fn states(&self) -> usize {
        self.rows.len() / self.alphabet.len().max(1)
    }

    /// The same automaton with every answer turned round.
    pub(crate) fn complement(&self) -> Result<Self, TooComplex> {
        let classes = self.alphabet.len().max(1);
        let states = self.states();
        let number = |offset: u32| offset as usize / classes;
        // The start must be the draft's state 0: swap it with whatever is there.
        let start = number(self.start);
        let swap = |state: usize| match state {
            0 => start,
            state if state == start => 0,
            state => state,
        };
        let mut rows = Vec::with_capacity(self.rows.len());
        let mut accepts = Vec::with_capacity(states);
        for state in (0..states).map(swap) {
            let row = self.rows.get(state * classes..(state + 1) * classes).unwrap_or_default();
            for &to in row {
                rows.push(u32::try_from(swap(number(to))).map_err(|_| TooComplex)?);
            }
            accepts.push(number(self.accepting) > state);
        }
        Self::freeze(Draft { alphabet: self.alphabet.clone(), rows, accepts })
    }
}

/// The edges of an automaton, reversed.
struct Backwards {
    starts: Vec<usize>,
    sources: Vec<u32>,
}

impl Backwards {
    fn new(rows: &[u32], classes: usize, count: usize) -> Self {
        let mut starts = vec![0usize; count + 1];
        for &to in rows {
            if let Some(slot) = starts.get_mut(to as usize + 1) {
                *slot += 1;
            }
        }
        let mut sum = 0;
        for slot in &mut starts {
            sum += *slot;
            *slot = sum;
        }
        let mut fill = starts.clone();
        let mut sources = vec![0u32; rows.len()];
        for (from, row) in (0u32..).zip(rows.chunks(classes)) {
            for &to in row {
                if let Some(at) = fill.get_mut(to as usize) {
                    if let Some(slot) = sources.get_mut(*at) {
                        *slot = from;
                    }
                    *at += 1;
                }
            }
        }
        Self { starts, sources }
    }

    /// The states from which one of the `goals` can be reached, themselves included.
    fn reaching(&self, goals: &[bool]) -> Vec<bool> {
        let mut reached = goals.to_vec();
        let mut open: Vec<usize> =
            goals.iter().enumerate().filter(|(_, goal)| **goal).map(|(state, _)| state).collect();
        while let Some(state) = open.pop() {
            let from = self.starts.get(state).copied().unwrap_or(0);
            let end = self.starts.get(state + 1).copied().unwrap_or(from);
            for &source in self.sources.get(from..end).unwrap_or_default() {
                if let Some(seen) = reached.get_mut(source as usize)
                    && !*seen
                {
                    *seen = true;
                    open.push(source as usize);
                }
            }
        }
        reached
    }
}
