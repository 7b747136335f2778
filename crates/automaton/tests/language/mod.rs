//! Languages as trees, for tests: printed as Lucene prints them, matched by trying everything, and handed to other
//! libraries in their own terms.

use std::collections::BTreeSet;
use std::fmt;

use proptest::prelude::*;

/// A language over a few characters.
#[derive(Debug, Clone)]
pub(crate) enum Language {
    Nothing,
    EmptyString,
    AnyString,
    AnyChar,
    Char(char),
    Class { negated: bool, chars: Vec<char> },
    Concat(Box<Language>, Box<Language>),
    Or(Box<Language>, Box<Language>),
    And(Box<Language>, Box<Language>),
    Not(Box<Language>),
    Repeat(Box<Language>, u32, Option<u32>),
}

pub(crate) const CHARS: &[char] = &['a', 'b', 'c', '-', 'ü'];

pub(crate) fn character() -> impl Strategy<Value = char> {
    prop::sample::select(CHARS)
}

pub(crate) fn language() -> impl Strategy<Value = Language> {
    let leaf = prop_oneof![
        1 => Just(Language::Nothing),
        1 => Just(Language::EmptyString),
        2 => Just(Language::AnyString),
        2 => Just(Language::AnyChar),
        8 => character().prop_map(Language::Char),
        2 => (any::<bool>(), prop::collection::vec(character(), 1..3))
            .prop_map(|(negated, chars)| Language::Class { negated, chars }),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        let two = (inner.clone(), inner.clone()).prop_map(|(a, b)| (Box::new(a), Box::new(b)));
        prop_oneof![
            4 => two.clone().prop_map(|(a, b)| Language::Concat(a, b)),
            3 => two.clone().prop_map(|(a, b)| Language::Or(a, b)),
            2 => two.prop_map(|(a, b)| Language::And(a, b)),
            2 => inner.clone().prop_map(|a| Language::Not(Box::new(a))),
            2 => (inner, 0..3u32, prop::option::of(0..2u32))
                .prop_map(|(a, min, more)| Language::Repeat(Box::new(a), min, more.map(|more| min + more))),
        ]
    })
}

pub(crate) fn name() -> impl Strategy<Value = String> {
    prop::collection::vec(character(), 0..7).prop_map(String::from_iter)
}

/// A wildcard pattern, escapes included.
pub(crate) fn wildcard() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => character().prop_map(String::from),
        3 => Just("*".to_owned()),
        2 => Just("?".to_owned()),
        1 => prop::sample::select(vec![r"\*", r"\?", r"\a", r"\\"]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat())
}

/// The syntax between the slashes.
impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("#"),
            Self::EmptyString => f.write_str("()"),
            Self::AnyString => f.write_str("@"),
            Self::AnyChar => f.write_str("."),
            Self::Char(c) => write!(f, "{c}"),
            Self::Class { negated, chars } => {
                let escaped = |c: &char| if *c == '-' { format!("\\{c}") } else { c.to_string() };
                let chars: String = chars.iter().map(escaped).collect();
                write!(f, "[{}{chars}]", if *negated { "^" } else { "" })
            }
            Self::Concat(a, b) => write!(f, "({a})({b})"),
            Self::Or(a, b) => write!(f, "(({a})|({b}))"),
            Self::And(a, b) => write!(f, "(({a})&({b}))"),
            Self::Not(a) => write!(f, "~({a})"),
            Self::Repeat(a, 0, None) => write!(f, "({a})*"),
            Self::Repeat(a, 1, None) => write!(f, "({a})+"),
            Self::Repeat(a, 0, Some(1)) => write!(f, "({a})?"),
            Self::Repeat(a, min, None) => write!(f, "({a}){{{min},}}"),
            Self::Repeat(a, min, Some(max)) => write!(f, "({a}){{{min},{max}}}"),
        }
    }
}

impl Language {
    /// The pattern.
    pub(crate) fn pattern(&self) -> String {
        format!("/{self}/")
    }

    /// Whether the name is in the language, by trying every way to divide it.
    pub(crate) fn contains(&self, name: &str) -> bool {
        let chars: Vec<char> = name.chars().collect();
        self.ends(&chars, 0).contains(&chars.len())
    }

    /// Where a match that begins at `start` can end.
    fn ends(&self, name: &[char], start: usize) -> BTreeSet<usize> {
        let one = |matches: &dyn Fn(char) -> bool| {
            name.get(start).filter(|c| matches(**c)).map(|_| start + 1).into_iter().collect()
        };
        match self {
            Self::Nothing => BTreeSet::new(),
            Self::EmptyString => [start].into(),
            Self::AnyString => (start..=name.len()).collect(),
            Self::AnyChar => one(&|_| true),
            Self::Char(expected) => one(&|c| c == *expected),
            Self::Class { negated, chars } => one(&|c| chars.contains(&c) != *negated),
            Self::Concat(a, b) => a.ends(name, start).into_iter().flat_map(|middle| b.ends(name, middle)).collect(),
            Self::Or(a, b) => &a.ends(name, start) | &b.ends(name, start),
            Self::And(a, b) => &a.ends(name, start) & &b.ends(name, start),
            Self::Not(a) => {
                let matched = a.ends(name, start);
                (start..=name.len()).filter(|end| !matched.contains(end)).collect()
            }
            Self::Repeat(a, min, max) => {
                let mut at: BTreeSet<usize> = [start].into();
                let mut reached = if *min == 0 { at.clone() } else { BTreeSet::new() };
                // More rounds than characters and the required ones bring nothing new.
                let rounds = max.unwrap_or(min + u32::try_from(name.len()).expect("it is short") + 1);
                for round in 1..=rounds {
                    at = at.into_iter().flat_map(|middle| a.ends(name, middle)).collect();
                    if round >= *min {
                        reached.extend(&at);
                    }
                }
                reached
            }
        }
    }
}

/// Wildcards by trying every way.
pub(crate) fn wildcard_matches(pattern: &[char], name: &[char]) -> bool {
    match pattern {
        [] => name.is_empty(),
        ['*', rest @ ..] => (0..=name.len()).any(|skipped| wildcard_matches(rest, &name[skipped..])),
        ['?', rest @ ..] => !name.is_empty() && wildcard_matches(rest, &name[1..]),
        ['\\', escaped, rest @ ..] => name.first() == Some(escaped) && wildcard_matches(rest, &name[1..]),
        [literal, rest @ ..] => name.first() == Some(literal) && wildcard_matches(rest, &name[1..]),
    }
}
