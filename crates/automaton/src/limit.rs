//! How much work and memory one automaton may cost. Patterns come from clients, and determinization is exponential in
//! the worst case, so every construction in this crate counts against these bounds and gives up with [`TooComplex`].

/// The patterns would need a larger automaton, or more work to build it, than is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the patterns are too complex: their automaton would exceed {MAX_STATES} states or its share of memory and work"
)]
pub struct TooComplex;

/// Elasticsearch's default of `xpack.security.automata.max_determinized_states`.
pub(crate) const MAX_STATES: usize = 100_000;

/// States times character classes: bounds one table to 32 MiB.
pub(crate) const MAX_CELLS: usize = 8 << 20;

/// Steps of construction (expression nodes made or visited): bounds the time of one build to a fraction of a second.
pub(crate) const MAX_STEPS: usize = 1_500_000;

/// How deep a regular expression may nest; the parser and the lowering recurse this deep and no deeper.
pub(crate) const MAX_NESTING: usize = 200;

/// A budget of steps.
#[derive(Debug)]
pub(crate) struct Budget {
    left: usize,
}

impl Budget {
    pub(crate) fn new() -> Self {
        Self { left: MAX_STEPS }
    }

    /// Takes `steps` from the budget.
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), TooComplex> {
        self.left = self.left.checked_sub(steps).ok_or(TooComplex)?;
        Ok(())
    }
}

/// Refuses a table that would be too large.
pub(crate) fn check_table(states: usize, classes: usize) -> Result<(), TooComplex> {
    if states > MAX_STATES || states.saturating_mul(classes) > MAX_CELLS { Err(TooComplex) } else { Ok(()) }
}
