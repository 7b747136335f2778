//! The two query languages, read into one tree that names no default fields yet.

pub(super) mod lucene;
pub(super) mod simple;
#[cfg(test)]
mod tests;

use std::fmt;

/// A part of a query in one of the two languages.
#[derive(Debug, Clone, PartialEq)]
pub enum SyntaxNode {
    /// Nothing was said.
    Nothing,
    /// Everything: `*:*`.
    Everything,
    /// Something to look for in a field, or in the default fields.
    Leaf {
        /// The field or pattern, if one is named.
        field: Option<String>,
        /// What to look for.
        leaf: Leaf,
        /// How much it counts.
        boost: f32,
    },
    /// Clauses combined.
    Clauses {
        /// The clauses.
        clauses: Vec<(Occur, SyntaxNode)>,
        /// How much they count.
        boost: f32,
    },
}

/// What a clause is to the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occur {
    /// It may match.
    Should,
    /// It must match.
    Must,
    /// It must not match.
    MustNot,
}

/// Something to look for.
#[derive(Debug, Clone, PartialEq)]
pub enum Leaf {
    /// A text that is analyzed.
    Text(String),
    /// Words in their order, at most so far apart.
    Phrase(String, Option<u32>),
    /// Words that begin so.
    Prefix(String),
    /// Words like a pattern. `*` alone: any value.
    Wildcard(String),
    /// Words like a regular expression.
    Regexp(String),
    /// Words so many edits away.
    Fuzzy(String, Option<u8>),
    /// Values between ends.
    Range {
        /// The lower end.
        from: Option<(String, bool)>,
        /// The upper end.
        to: Option<(String, bool)>,
    },
    /// Fields that have a value: `_exists_:name`.
    Exists(String),
}

/// What is wrong with a text in the query language of Lucene.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyntaxProblem {
    /// It ends too early.
    UnexpectedEnd,
    /// A character that cannot stand where it does.
    Unexpected(char),
    /// Not a number.
    Number(String),
    /// More nesting than allowed.
    TooDeep,
}

impl fmt::Display for SyntaxProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnexpectedEnd => f.write_str("Encountered \"<EOF>\""),
            Self::Unexpected(character) => write!(f, "Encountered \"{character}\""),
            Self::Number(text) => write!(f, "Not a number: '{text}'"),
            Self::TooDeep => f.write_str("too many nested groups"),
        }
    }
}

/// The features of the simple language that are on.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the request")]
pub(super) struct Features {
    pub(super) and: bool,
    pub(super) or: bool,
    pub(super) not: bool,
    pub(super) prefix: bool,
    pub(super) phrase: bool,
    pub(super) precedence: bool,
    pub(super) escape: bool,
    pub(super) whitespace: bool,
    pub(super) fuzzy: bool,
    pub(super) near: bool,
}

impl Features {
    pub(super) fn all() -> Self {
        Self::every(true)
    }

    pub(super) fn none() -> Self {
        Self::every(false)
    }

    fn every(on: bool) -> Self {
        Self {
            and: on,
            or: on,
            not: on,
            prefix: on,
            phrase: on,
            precedence: on,
            escape: on,
            whitespace: on,
            fuzzy: on,
            near: on,
        }
    }
}
