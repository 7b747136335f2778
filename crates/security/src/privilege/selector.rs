//! Component selectors: which part of a data stream an index expression means, and which parts a privilege reaches.

/// The component of an index expression: `name` and `name::data` mean the data, `name::failures` the failure store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Selector {
    /// The documents themselves.
    #[default]
    Data,
    /// The documents that could not be indexed.
    Failures,
}

/// Which selectors an index privilege reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SelectorClass {
    /// Data only; also the class of every raw action pattern.
    Data,
    /// Failures only.
    Failures,
    /// Data and failures.
    DataAndFailures,
    /// Every component there is or will be; only `all` has it.
    Every,
}

// === impl SelectorClass ===

impl SelectorClass {
    /// Whether a grant of this class reaches the component.
    pub const fn admits(self, selector: Selector) -> bool {
        match self {
            Self::Data => matches!(selector, Selector::Data),
            Self::Failures => matches!(selector, Selector::Failures),
            Self::DataAndFailures | Self::Every => true,
        }
    }
}
