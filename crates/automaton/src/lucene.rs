//! Lucene's regular expressions, with every optional operator on: `~` complement, `&` intersection, `@` any string,
//! `#` nothing, `"…"` literal text, `<n-m>` decimal intervals, and the shorthand classes `\d \s \w` and their opposites.
//!
//! The grammar has surprises, and they are kept: `~ab*` is (`~a`) followed by `b*`, an operator where an operand is
//! due is an ordinary character (`|` in `a||b`, `*` in `*a`), and there are no anchors because the whole name has to
//! match.

use crate::{
    limit::MAX_NESTING,
    syntax::{CharSet, LAST, Syntax},
};

/// What is wrong with a regular expression; positions count characters from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegexError {
    /// It ends where more is due.
    #[error("unexpected end-of-string")]
    UnexpectedEnd,
    /// It goes on where it should end.
    #[error("end-of-string expected at position {0}")]
    TrailingText(usize),
    /// A closing character is missing.
    #[error("expected '{what}' at position {position}")]
    Expected {
        /// The missing character.
        what: char,
        /// Where.
        position: usize,
    },
    /// A repetition has no number.
    #[error("integer expected at position {0}")]
    IntegerExpected(usize),
    /// A repetition or interval bound is too large a number.
    #[error("number out of range at position {0}")]
    NumberTooLarge(usize),
    /// `{n,m}` with n greater than m.
    #[error("invalid repetition range(out of order): {min}..{max}")]
    RepetitionOutOfOrder {
        /// The lower bound.
        min: u32,
        /// The upper bound.
        max: u32,
    },
    /// A class range whose end is before its start.
    #[error("invalid range: from ({from}) cannot be > to ({to})")]
    RangeOutOfOrder {
        /// The code point it starts with.
        from: u32,
        /// The code point it ends with.
        to: u32,
    },
    /// `<…>` that is not two numbers with a dash between them.
    #[error("interval syntax error at position {0}")]
    Interval(usize),
    /// An escape that means nothing.
    #[error("invalid character class \\{0}")]
    UnknownEscape(char),
    /// Groups or complements within each other beyond the limit.
    #[error("nested more than {MAX_NESTING} deep")]
    TooDeep,
}

/// Parses the text between the slashes.
pub(crate) fn parse(text: &str) -> Result<Syntax, RegexError> {
    if text.is_empty() {
        return Ok(Syntax::empty_string());
    }
    let mut parser = Parser { chars: text.chars().collect(), at: 0, depth: 0 };
    let syntax = parser.union()?;
    if parser.peek().is_some() {
        return Err(RegexError::TrailingText(parser.at));
    }
    Ok(syntax)
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.at += 1;
        }
        found
    }

    fn next(&mut self) -> Result<char, RegexError> {
        let c = self.peek().ok_or(RegexError::UnexpectedEnd)?;
        self.at += 1;
        Ok(c)
    }

    fn expect(&mut self, what: char) -> Result<(), RegexError> {
        if self.take(what) { Ok(()) } else { Err(RegexError::Expected { what, position: self.at }) }
    }

    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T, RegexError>) -> Result<T, RegexError> {
        if self.depth >= MAX_NESTING {
            return Err(RegexError::TooDeep);
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }

    fn union(&mut self) -> Result<Syntax, RegexError> {
        let mut parts = vec![self.intersection()?];
        while self.take('|') {
            parts.push(self.intersection()?);
        }
        Ok(only_or(parts, Syntax::Or))
    }

    fn intersection(&mut self) -> Result<Syntax, RegexError> {
        let mut parts = vec![self.concatenation()?];
        while self.take('&') {
            parts.push(self.concatenation()?);
        }
        Ok(only_or(parts, Syntax::And))
    }

    fn concatenation(&mut self) -> Result<Syntax, RegexError> {
        let mut parts = vec![self.repetition()?];
        while !matches!(self.peek(), None | Some(')' | '|' | '&')) {
            parts.push(self.repetition()?);
        }
        Ok(only_or(parts, Syntax::Concat))
    }

    fn repetition(&mut self) -> Result<Syntax, RegexError> {
        let mut inner = self.complement()?;
        let mut layers = 0;
        while let Some(operator @ ('?' | '*' | '+' | '{')) = self.peek() {
            self.at += 1;
            let (min, max) = match operator {
                '?' => (0, Some(1)),
                '*' => (0, None),
                '+' => (1, None),
                _ => self.bounds()?,
            };
            layers += 1;
            if layers + self.depth > MAX_NESTING {
                return Err(RegexError::TooDeep);
            }
            inner = Syntax::Repeat { inner: Box::new(inner), min, max };
        }
        Ok(inner)
    }

    /// What follows a `{`.
    fn bounds(&mut self) -> Result<(u32, Option<u32>), RegexError> {
        let min = self.number()?.ok_or(RegexError::IntegerExpected(self.at))?;
        let max = if self.take(',') { self.number()? } else { Some(min) };
        self.expect('}')?;
        match max {
            Some(max) if min > max => Err(RegexError::RepetitionOutOfOrder { min, max }),
            _ => Ok((min, max)),
        }
    }

    fn number(&mut self) -> Result<Option<u32>, RegexError> {
        let start = self.at;
        let mut value: u32 = 0;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            self.at += 1;
            value = value
                .checked_mul(10)
                .and_then(|value| value.checked_add(digit))
                .filter(|&value| i32::try_from(value).is_ok())
                .ok_or(RegexError::NumberTooLarge(start))?;
        }
        Ok((self.at > start).then_some(value))
    }

    fn complement(&mut self) -> Result<Syntax, RegexError> {
        let mut negated = 0;
        while self.take('~') {
            negated += 1;
        }
        let inner = self.class_or_simple()?;
        // Twice not is not at all.
        Ok(if negated % 2 == 1 { Syntax::Not(Box::new(inner)) } else { inner })
    }

    fn class_or_simple(&mut self) -> Result<Syntax, RegexError> {
        if !self.take('[') {
            return self.simple();
        }
        let negated = self.take('^');
        let mut ranges = Vec::new();
        loop {
            self.class_item(&mut ranges)?;
            if matches!(self.peek(), None | Some(']')) {
                break;
            }
        }
        self.expect(']')?;
        let set = CharSet::from_ranges(ranges);
        Ok(Syntax::Chars(if negated { set.complement() } else { set }))
    }

    fn class_item(&mut self, ranges: &mut Vec<(u32, u32)>) -> Result<(), RegexError> {
        if let Some(set) = self.shorthand()? {
            ranges.extend_from_slice(set.ranges());
            return Ok(());
        }
        let from = u32::from(self.character()?);
        let to = if self.take('-') { u32::from(self.character()?) } else { from };
        if from > to {
            return Err(RegexError::RangeOutOfOrder { from, to });
        }
        ranges.push((from, to));
        Ok(())
    }

    /// `\d` and its kin, if that is what comes next. A backslash before another letter is refused, as it may mean
    /// something in a dialect that this is not.
    fn shorthand(&mut self) -> Result<Option<CharSet>, RegexError> {
        if self.peek() != Some('\\') {
            return Ok(None);
        }
        let Some(&letter) = self.chars.get(self.at + 1) else { return Ok(None) };
        let single = |c: char| (u32::from(c), u32::from(c));
        let range = |from: char, to: char| (u32::from(from), u32::from(to));
        let ranges = match letter.to_ascii_lowercase() {
            'd' => vec![range('0', '9')],
            's' => vec![range('\t', '\n'), single('\r'), single(' ')],
            'w' => vec![range('0', '9'), range('A', 'Z'), single('_'), range('a', 'z')],
            _ if letter.is_ascii_alphabetic() => return Err(RegexError::UnknownEscape(letter)),
            _ => return Ok(None),
        };
        self.at += 2;
        let set = CharSet::from_ranges(ranges);
        Ok(Some(if letter.is_ascii_uppercase() { set.complement() } else { set }))
    }

    fn simple(&mut self) -> Result<Syntax, RegexError> {
        match self.peek() {
            Some('.') => {
                self.at += 1;
                Ok(Syntax::Chars(CharSet::all()))
            }
            Some('#') => {
                self.at += 1;
                Ok(Syntax::Nothing)
            }
            Some('@') => {
                self.at += 1;
                Ok(Syntax::AnyString)
            }
            Some('"') => {
                self.at += 1;
                let text = self.until('"')?;
                Ok(Syntax::Concat(text.into_iter().map(Syntax::char).collect()))
            }
            Some('(') => {
                self.at += 1;
                if self.take(')') {
                    return Ok(Syntax::empty_string());
                }
                let inner = self.deeper(Self::union)?;
                self.expect(')')?;
                Ok(inner)
            }
            Some('<') => {
                self.at += 1;
                self.interval()
            }
            _ => match self.shorthand()? {
                Some(set) => Ok(Syntax::Chars(set)),
                None => Ok(Syntax::char(self.character()?)),
            },
        }
    }

    fn character(&mut self) -> Result<char, RegexError> {
        self.take('\\');
        self.next()
    }

    /// The text up to the next `end`, which is consumed.
    fn until(&mut self, end: char) -> Result<Vec<char>, RegexError> {
        let mut text = Vec::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            if c == end {
                return Ok(text);
            }
            text.push(c);
        }
        Err(RegexError::Expected { what: end, position: self.at })
    }

    fn interval(&mut self) -> Result<Syntax, RegexError> {
        let text: String = self.until('>')?.into_iter().collect();
        let error = RegexError::Interval(self.at.saturating_sub(1));
        let (low, high) = text.split_once('-').ok_or_else(|| error.clone())?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(low) || !digits(high) {
            return Err(error);
        }
        let parse = |text: &str| text.parse::<i32>().map_err(|_| error.clone());
        let (min, max) = (parse(low)?, parse(high)?);
        let width = if low.len() == high.len() { Some(low.len()) } else { None };
        let (min, max) = (min.min(max).to_string(), min.max(max).to_string());
        Ok(decimal_interval(&min, &max, width))
    }
}

fn only_or(mut parts: Vec<Syntax>, many: fn(Vec<Syntax>) -> Syntax) -> Syntax {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            many(parts)
        }
    }
}

/// Decimal numbers from `min` to `max`: of exactly `width` digits, or with any number of leading zeros.
fn decimal_interval(min: &str, max: &str, width: Option<usize>) -> Syntax {
    let width_of_digits = width.unwrap_or(max.len());
    let pad = |text: &str| -> Vec<u32> {
        let zeros = width_of_digits.saturating_sub(text.len());
        std::iter::repeat_n(0, zeros).chain(text.chars().filter_map(|c| c.to_digit(10))).collect()
    };
    let padded = between(&pad(min), &pad(max));
    if width.is_some() {
        return padded;
    }
    // Without a fixed width the same numbers may be written with fewer or more leading zeros: strip the zeros of the
    // padded form from either side of the equation. A string s is a number in the interval iff some 0…0 + s, or s
    // without some of its zeros, has the padded form.
    let zeros = |min| Syntax::Repeat { inner: Box::new(Syntax::char('0')), min, max: None };
    let mut forms = vec![Syntax::Concat(vec![zeros(0), padded.clone()])];
    let (low, high) = (pad(min), pad(max));
    for skipped in 1..width_of_digits {
        // The first `skipped` digits of the padded form are zeros that are not written.
        if low.iter().take(skipped).any(|&digit| digit != 0) {
            break;
        }
        let rest_low: Vec<u32> = low.iter().skip(skipped).copied().collect();
        let rest_high: Vec<u32> = if high.iter().take(skipped).all(|&digit| digit == 0) {
            high.iter().skip(skipped).copied().collect()
        } else {
            vec![9; width_of_digits - skipped]
        };
        forms.push(between(&rest_low, &rest_high));
    }
    Syntax::Or(forms)
}

/// Digit strings of one length from `low` to `high`.
fn between(low: &[u32], high: &[u32]) -> Syntax {
    let digits = |from: u32, to: u32| {
        Syntax::Chars(CharSet::from_ranges(vec![(u32::from('0') + from, (u32::from('0') + to).min(LAST))]))
    };
    let any = |count: usize| {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Syntax::Repeat { inner: Box::new(digits(0, 9)), min: count, max: Some(count) }
    };
    let (Some((&first_low, rest_low)), Some((&first_high, rest_high))) = (low.split_first(), high.split_first()) else {
        return Syntax::empty_string();
    };
    if first_low == first_high {
        return Syntax::Concat(vec![digits(first_low, first_low), between(rest_low, rest_high)]);
    }
    if first_low > first_high {
        return Syntax::Nothing;
    }
    let nines = vec![9; rest_low.len()];
    let nulls = vec![0; rest_high.len()];
    let mut parts = vec![
        Syntax::Concat(vec![digits(first_low, first_low), between(rest_low, &nines)]),
        Syntax::Concat(vec![digits(first_high, first_high), between(&nulls, rest_high)]),
    ];
    if first_low + 1 < first_high {
        parts.push(Syntax::Concat(vec![digits(first_low + 1, first_high - 1), any(rest_low.len())]));
    }
    Syntax::Or(parts)
}
