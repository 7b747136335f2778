//! One pattern of the first dialect, told apart by what it costs: an exact name, a prefix, or something that needs an
//! automaton.

use crate::{
    limit::TooComplex,
    lucene::{self, RegexError},
    syntax::Syntax,
    wildcard::{Piece, pieces},
};

/// A pattern, or a set of them, that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It begins a regular expression and does not end it.
    #[error(
        "invalid pattern [{0}]. patterns starting with '/' indicate regular expression pattern and therefore must also \
         end with '/'. other patterns (those that do not start with '/') will be treated as simple wildcard patterns"
    )]
    Unterminated(String),
    /// Its regular expression is malformed.
    #[error("{error}")]
    Regex {
        /// The pattern as written.
        pattern: String,
        /// What is wrong, and where.
        error: RegexError,
    },
    /// The set is too large for an automaton.
    #[error(transparent)]
    TooComplex(#[from] TooComplex),
}

/// What a pattern comes down to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pattern {
    Exact(String),
    /// Every string that begins so.
    Prefix(String),
    Wildcard(Vec<Piece>),
    Regex(Syntax),
}

impl Pattern {
    pub(crate) fn parse(text: &str) -> Result<Self, PatternError> {
        if let Some(rest) = text.strip_prefix('/') {
            let Some(inner) = rest.strip_suffix('/') else {
                return Err(PatternError::Unterminated(text.to_owned()));
            };
            return match lucene::parse(inner) {
                Ok(syntax) => Ok(Self::Regex(syntax)),
                Err(error) => Err(PatternError::Regex { pattern: text.to_owned(), error }),
            };
        }
        let pieces = pieces(text);
        let wild = pieces.iter().position(|piece| !matches!(piece, Piece::Char(_)));
        let literal = |pieces: &[Piece]| -> String {
            pieces.iter().filter_map(|piece| if let Piece::Char(c) = piece { Some(*c) } else { None }).collect()
        };
        Ok(match wild {
            None => Self::Exact(literal(&pieces)),
            Some(at) if at + 1 == pieces.len() && pieces.last() == Some(&Piece::AnyString) => {
                Self::Prefix(literal(&pieces))
            }
            Some(_) => Self::Wildcard(pieces),
        })
    }
}
