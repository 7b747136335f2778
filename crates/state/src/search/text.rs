//! Tests of single texts: equal, beginning, pattern, between.

use std::collections::HashSet;

/// A pattern with `*` for any text and `?` for one character; a backslash takes the meaning from what follows.
#[derive(Clone, Debug)]
pub(super) struct Glob {
    parts: Vec<Part>,
    folded: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Any,
    One,
    Char(char),
}

impl Glob {
    pub(super) fn new(pattern: &str, folded: bool) -> Self {
        let mut parts = Vec::new();
        let pattern = fold(pattern, folded);
        let mut characters = pattern.chars();
        while let Some(character) = characters.next() {
            let part = match character {
                '*' => Part::Any,
                '?' => Part::One,
                '\\' => Part::Char(characters.next().unwrap_or('\\')),
                other => Part::Char(other),
            };
            if part != Part::Any || parts.last() != Some(&Part::Any) {
                parts.push(part);
            }
        }
        Self { parts, folded }
    }

    /// Goes back to the last star only, so the time is at most the product of the lengths.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = fold(text, self.folded).chars().collect();
        let (mut at, mut part) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.parts.get(part) {
                Some(Part::Any) => {
                    star = Some((part, at));
                    part += 1;
                }
                Some(Part::One) => {
                    at += 1;
                    part += 1;
                }
                Some(Part::Char(character)) if text.get(at) == Some(character) => {
                    at += 1;
                    part += 1;
                }
                _ => match star {
                    Some((star_part, from)) => {
                        star = Some((star_part, from + 1));
                        (at, part) = (from + 1, star_part + 1);
                    }
                    None => return false,
                },
            }
        }
        self.parts.iter().skip(part).all(|rest| *rest == Part::Any)
    }
}

fn fold(text: &str, folded: bool) -> String {
    if folded { text.to_lowercase() } else { text.to_owned() }
}

/// A test of one text.
#[derive(Clone, Debug)]
pub(super) enum TextTest {
    /// There is one at all.
    Any,
    Equals(String),
    EqualsFolded(String),
    OneOf(HashSet<String>),
    Prefix {
        prefix: String,
        folded: bool,
    },
    Glob(Glob),
    Between {
        from: Option<(String, bool)>,
        to: Option<(String, bool)>,
    },
}

impl TextTest {
    pub(super) fn passes(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Equals(wanted) => text == wanted,
            Self::EqualsFolded(wanted) => text.to_lowercase() == *wanted,
            Self::OneOf(wanted) => wanted.contains(text),
            Self::Prefix { prefix, folded: false } => text.starts_with(prefix.as_str()),
            Self::Prefix { prefix, folded: true } => text.to_lowercase().starts_with(prefix.as_str()),
            Self::Glob(glob) => glob.matches(text),
            Self::Between { from, to } => {
                from.as_ref().is_none_or(|(end, inclusive)| text > end.as_str() || (*inclusive && text == end))
                    && to.as_ref().is_none_or(|(end, inclusive)| text < end.as_str() || (*inclusive && text == end))
            }
        }
    }

    pub(super) fn equals(text: &str, folded: bool) -> Self {
        if folded { Self::EqualsFolded(text.to_lowercase()) } else { Self::Equals(text.to_owned()) }
    }

    pub(super) fn prefix(text: &str, folded: bool) -> Self {
        Self::Prefix { prefix: fold(text, folded), folded }
    }
}
