//! Operations on two tables by walking both at once.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::{
    limit::{Budget, TooComplex, check_table},
    table::{Draft, Table},
};

/// How the answers of two automata are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Union,
    Intersection,
    Minus,
}

impl Operation {
    fn combine(self, a: bool, b: bool) -> bool {
        match self {
            Self::Union => a || b,
            Self::Intersection => a && b,
            Self::Minus => a && !b,
        }
    }

    /// One pair for all pairs from which every answer is known already; keeps the product small.
    fn settle(self, tables: (&Table, &Table), (a, b): (u32, u32)) -> (u32, u32) {
        let total = |table: &Table, state| table.is_total_state(state);
        let settled = match self {
            Self::Union => total(tables.0, a) || total(tables.1, b),
            Self::Intersection => Table::is_dead(a) || Table::is_dead(b),
            Self::Minus => Table::is_dead(a) || total(tables.1, b),
        };
        match self {
            _ if !settled => (a, b),
            Self::Union if total(tables.0, a) => (a, 0),
            Self::Union => (0, b),
            Self::Intersection => (0, 0),
            Self::Minus => (0, 0),
        }
    }
}

/// The automaton of `operation` on the two languages.
pub(crate) fn product(a: &Table, b: &Table, operation: Operation) -> Result<Table, TooComplex> {
    let (alphabet, pairs) = a.alphabet().join(b.alphabet())?;
    let mut budget = Budget::new();
    let mut numbers: HashMap<(u32, u32), u32, FixedState> = HashMap::with_hasher(FixedState::default());
    let start = operation.settle((a, b), (a.start(), b.start()));
    let mut states = vec![start];
    numbers.insert(start, 0);
    let mut rows = Vec::new();
    let mut accepts = Vec::new();
    let mut next = 0;
    while let Some(&(in_a, in_b)) = states.get(next) {
        next += 1;
        check_table(states.len(), alphabet.len())?;
        budget.spend(1 + pairs.len() / 4)?;
        accepts.push(operation.combine(a.accepts(in_a), b.accepts(in_b)));
        for &(class_a, class_b) in &pairs {
            let to = operation.settle((a, b), (a.step(in_a, class_a), b.step(in_b, class_b)));
            let number = match numbers.get(&to) {
                Some(&number) => number,
                None => {
                    let number = u32::try_from(states.len()).map_err(|_| TooComplex)?;
                    numbers.insert(to, number);
                    states.push(to);
                    number
                }
            };
            rows.push(number);
        }
    }
    Table::freeze(Draft { alphabet, rows, accepts })
}

/// Whether every string of `a` is one of `b`: stops at the first that is not.
pub(crate) fn is_subset(a: &Table, b: &Table) -> Result<bool, TooComplex> {
    let (_, pairs) = a.alphabet().join(b.alphabet())?;
    let mut budget = Budget::new();
    let start = Operation::Minus.settle((a, b), (a.start(), b.start()));
    let mut known: std::collections::HashSet<(u32, u32), FixedState> =
        std::collections::HashSet::with_hasher(FixedState::default());
    known.insert(start);
    let mut open = vec![start];
    while let Some((in_a, in_b)) = open.pop() {
        if Operation::Minus.combine(a.accepts(in_a), b.accepts(in_b)) {
            return Ok(false);
        }
        budget.spend(1 + pairs.len() / 4)?;
        for &(class_a, class_b) in &pairs {
            let to = Operation::Minus.settle((a, b), (a.step(in_a, class_a), b.step(in_b, class_b)));
            if known.insert(to) {
                open.push(to);
            }
        }
    }
    Ok(true)
}
