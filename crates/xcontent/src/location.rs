//! Where in a document something stands.

use std::fmt;

/// A place in a document: line and column, both counted from one, columns in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The line, from one.
    pub line: u32,
    /// The column, from one, in bytes.
    pub column: u32,
}

impl Location {
    /// The first byte of a document.
    pub const START: Self = Self { line: 1, column: 1 };
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}:{}]", self.line, self.column)
    }
}
