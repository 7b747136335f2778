//! What can be wrong with a document as JSON.

use crate::location::Location;

/// A document that is not acceptable JSON. `Display` is the text without the `[line:column] ` in front.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct SyntaxError {
    /// How far the reader had come.
    pub location: Location,
    /// What was wrong.
    pub kind: SyntaxErrorKind,
}

/// The ways in which a document can fail to be acceptable JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SyntaxErrorKind {
    /// The document ends before its value does.
    #[error("Unexpected end of file")]
    UnexpectedEnd,
    /// A bare word that is not a JSON token.
    #[error(
        "Unrecognized token '{token}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or \
         'false')"
    )]
    UnrecognizedToken {
        /// The word, cut at 256 characters.
        token: String,
    },
    /// A character that cannot stand where it does.
    #[error("Unexpected character ('{character}' (code {})): {expected}", u32::from(*character))]
    UnexpectedCharacter {
        /// The character.
        character: char,
        /// What could have stood there.
        expected: &'static str,
    },
    /// A name that occurs twice in one object, compared after unescaping.
    #[error("Duplicate field '{name}'")]
    DuplicateField {
        /// The name.
        name: String,
    },
    /// More nesting than the limit allows.
    #[error("Document nesting depth ({}) exceeds the maximum allowed ({limit})", limit.saturating_add(1))]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Bytes that are not UTF-8.
    #[error("Invalid UTF-8 byte sequence")]
    InvalidUtf8,
    /// A control character inside a string.
    #[error(
        "Illegal unquoted character ((CTRL-CHAR, code {code})): has to be escaped using backslash to be included in \
         string value"
    )]
    ControlCharacter {
        /// The character's code.
        code: u8,
    },
    /// A backslash followed by something that is no escape.
    #[error("Unrecognized character escape '{character}' (code {})", u32::from(*character))]
    InvalidEscape {
        /// The character after the backslash.
        character: char,
    },
    /// A `\u` escape that is one half of a surrogate pair.
    #[error("Lone surrogate in string value")]
    LoneSurrogate,
    /// A number that JSON does not allow.
    #[error("Invalid numeric value: {problem}")]
    InvalidNumber {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A number with more characters than anyone needs.
    #[error("Number value length ({length}) exceeds the maximum allowed ({limit})")]
    NumberTooLong {
        /// Its length.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// A number that no double can hold.
    #[error("Numeric value out of range")]
    NumberOutOfRange,
    /// Something other than white space after the value.
    #[error("Unexpected content after the end of the value")]
    TrailingContent,
}
