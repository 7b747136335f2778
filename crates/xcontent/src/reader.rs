//! The reader: bytes to a [`Value`], strictly and without recursion.
//!
//! Open arrays and objects live on a stack of their own, so that a body can only run into the depth limit and never
//! into the end of the thread's stack.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::location::Location;
use crate::number::Number;
use crate::value::{Field, Kind, Object, Value};

/// Nesting beyond this is refused whatever [`Limits`] say: values are dropped and written recursively.
const DEEPEST: usize = 1000;
/// Numbers with more characters than this are refused.
const LONGEST_NUMBER: usize = 1000;
/// Bare words are shown up to this many characters.
const LONGEST_TOKEN: usize = 256;
/// Objects with more fields than this look for duplicates by hash.
const FEW_FIELDS: usize = 12;

const VALUE: &str = "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/// What a document may cost. Its size is for the caller to limit.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How deep arrays and objects may nest; more than 1000 counts as 1000.
    pub max_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_depth: DEEPEST }
    }
}

/// Reads one JSON value with nothing but white space around it.
///
/// # Errors
///
/// Everything that is not strict JSON, see [`SyntaxErrorKind`].
pub fn parse(source: &[u8], limits: Limits) -> Result<Value<'_>, SyntaxError> {
    let text = std::str::from_utf8(source).map_err(|error| {
        let before = source.get(..error.valid_up_to()).unwrap_or_default();
        SyntaxError { location: end_of(before), kind: SyntaxErrorKind::InvalidUtf8 }
    })?;
    let mut reader = Reader::new(text);
    let value = read(&mut reader, limits.max_depth.min(DEEPEST))?;
    reader.skip_white_space();
    match reader.peek() {
        None => Ok(value),
        Some(b'/') => Err(reader.unexpected_here("comments are not accepted")),
        Some(_) => Err(reader.fail(SyntaxErrorKind::TrailingContent)),
    }
}

/// The place just after the last of some bytes.
fn end_of(bytes: &[u8]) -> Location {
    let line = memchr::memchr_iter(b'\n', bytes).count();
    let column = bytes.len() - memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1);
    Location { line: clamp(line + 1), column: clamp(column + 1) }
}

fn clamp(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// An array or object whose end has not come yet.
enum Open<'a> {
    Array { location: Location, start: usize, items: Vec<Value<'a>> },
    Object { location: Location, start: usize, entries: Vec<Field<'a>>, seen: Seen<'a>, next: Option<Name<'a>> },
}

/// A field's name, while its value is read.
struct Name<'a> {
    text: Cow<'a, str>,
    location: Location,
}

/// The names of an object so far: looked for one by one while they are few, by hash from then on.
#[derive(Default)]
struct Seen<'a> {
    hashed: Option<HashSet<Cow<'a, str>>>,
}

impl<'a> Seen<'a> {
    /// Notes a name; `false` if it was there already.
    fn insert(&mut self, entries: &[Field<'a>], name: Cow<'a, str>) -> bool {
        if entries.len() < FEW_FIELDS {
            return entries.iter().all(|field| field.name != name);
        }
        let hashed =
            self.hashed.get_or_insert_with(|| entries.iter().map(|field| field.name.clone()).collect::<HashSet<_>>());
        hashed.insert(name)
    }
}

fn read<'a>(reader: &mut Reader<'a>, max_depth: usize) -> Result<Value<'a>, SyntaxError> {
    let mut stack: Vec<Open<'a>> = Vec::new();
    loop {
        // A value has to begin here.
        reader.skip_white_space();
        let location = reader.location();
        let start = reader.position;
        let kind = match reader.peek() {
            Some(open @ (b'{' | b'[')) => {
                if stack.len() >= max_depth {
                    return Err(reader.fail(SyntaxErrorKind::TooDeep { limit: max_depth }));
                }
                reader.advance();
                reader.skip_white_space();
                if open == b'[' {
                    if reader.peek() == Some(b']') {
                        reader.advance();
                        Kind::Array(Vec::new())
                    } else {
                        stack.push(Open::Array { location, start, items: Vec::new() });
                        continue;
                    }
                } else if reader.peek() == Some(b'}') {
                    reader.advance();
                    Kind::Object(Object::default())
                } else {
                    let (entries, mut seen) = (Vec::new(), Seen::default());
                    let next = Some(read_name(reader, &entries, &mut seen)?);
                    stack.push(Open::Object { location, start, entries, seen, next });
                    continue;
                }
            }
            _ => reader.scalar()?,
        };
        let mut value = Value { location, span: start..reader.position, kind };

        // A value is complete: give it to what is open, and close what ends with it.
        loop {
            let Some(open) = stack.pop() else { return Ok(value) };
            reader.skip_white_space();
            match open {
                Open::Array { location, start, mut items } => {
                    items.push(value);
                    match reader.peek() {
                        Some(b',') => {
                            reader.advance();
                            stack.push(Open::Array { location, start, items });
                            break;
                        }
                        Some(b']') => {
                            reader.advance();
                            value = Value { location, span: start..reader.position, kind: Kind::Array(items) };
                        }
                        _ => return Err(reader.unexpected_here("was expecting comma to separate Array entries")),
                    }
                }
                Open::Object { location, start, mut entries, mut seen, next } => {
                    if let Some(name) = next {
                        entries.push(Field { name: name.text, location: name.location, value });
                    }
                    match reader.peek() {
                        Some(b',') => {
                            reader.advance();
                            reader.skip_white_space();
                            let next = Some(read_name(reader, &entries, &mut seen)?);
                            stack.push(Open::Object { location, start, entries, seen, next });
                            break;
                        }
                        Some(b'}') => {
                            reader.advance();
                            let kind = Kind::Object(Object { entries });
                            value = Value { location, span: start..reader.position, kind };
                        }
                        _ => return Err(reader.unexpected_here("was expecting comma to separate Object entries")),
                    }
                }
            }
        }
    }
}

fn read_name<'a>(reader: &mut Reader<'a>, entries: &[Field<'a>], seen: &mut Seen<'a>) -> Result<Name<'a>, SyntaxError> {
    let location = reader.location();
    if reader.peek() != Some(b'"') {
        return Err(reader.unexpected_here("was expecting double-quote to start field name"));
    }
    let text = reader.string()?;
    if !seen.insert(entries, text.clone()) {
        return Err(reader.fail(SyntaxErrorKind::DuplicateField { name: text.into_owned() }));
    }
    reader.skip_white_space();
    if reader.peek() != Some(b':') {
        return Err(reader.unexpected_here("was expecting a colon to separate field name and value"));
    }
    reader.advance();
    Ok(Name { text, location })
}

/// A position in the document.
pub(crate) struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    pub(crate) position: usize,
    line: usize,
    line_start: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, bytes: text.as_bytes(), position: 0, line: 1, line_start: 0 }
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    pub(crate) fn advance(&mut self) {
        self.position += 1;
    }

    /// The bytes from here on.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    /// A part of the document; nothing for a range that would cut a character.
    pub(crate) fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    /// Where the next byte stands.
    fn location(&self) -> Location {
        Location { line: clamp(self.line), column: clamp(self.position - self.line_start + 1) }
    }

    /// An error here: the location is that of the next byte, as Elasticsearch counts.
    pub(crate) fn fail(&self, kind: SyntaxErrorKind) -> SyntaxError {
        SyntaxError { location: self.location(), kind }
    }

    /// The error for the next character, or for there being none.
    pub(crate) fn unexpected_here(&mut self, expected: &'static str) -> SyntaxError {
        let Some(character) = self.slice(self.position..self.bytes.len()).chars().next() else {
            return self.fail(SyntaxErrorKind::UnexpectedEnd);
        };
        let expected = if character == '/' { "comments are not accepted" } else { expected };
        self.position += character.len_utf8();
        self.fail(SyntaxErrorKind::UnexpectedCharacter { character, expected })
    }

    fn skip_white_space(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' => {}
                b'\n' => {
                    self.line += 1;
                    self.line_start = self.position + 1;
                }
                b'\r' => {
                    // A carriage return ends a line too; together with a line feed they end one.
                    if self.bytes.get(self.position + 1) != Some(&b'\n') {
                        self.line += 1;
                        self.line_start = self.position + 1;
                    }
                }
                _ => return,
            }
            self.position += 1;
        }
    }

    fn scalar(&mut self) -> Result<Kind<'a>, SyntaxError> {
        match self.peek() {
            Some(b'"') => Ok(Kind::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number(self.number()?)),
            Some(_) => self.word(),
            None => Err(self.fail(SyntaxErrorKind::UnexpectedEnd)),
        }
    }

    /// `null`, `true`, `false`, or the error for any other word.
    fn word(&mut self) -> Result<Kind<'a>, SyntaxError> {
        let rest = self.slice(self.position..self.bytes.len());
        let length = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        let word = self.slice(self.position..self.position + length);
        let kind = match word {
            "" => return Err(self.unexpected_here(VALUE)),
            "null" => Kind::Null,
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            _ => {
                let shown: String = word.chars().take(LONGEST_TOKEN).collect();
                let token = if shown.len() < word.len() { shown + "..." } else { shown };
                // The word and the character that ended it have been read when the error is noticed.
                self.position += length + usize::from(length < rest.len());
                return Err(self.fail(SyntaxErrorKind::UnrecognizedToken { token }));
            }
        };
        self.position += length;
        Ok(kind)
    }

    fn number(&mut self) -> Result<Number<'a>, SyntaxError> {
        let start = self.position;
        let mut fits = true;
        if self.peek() == Some(b'-') {
            self.advance();
        }
        match self.peek() {
            Some(b'0') => {
                self.advance();
                if matches!(self.peek(), Some(b'0'..=b'9')) {
                    return Err(self.invalid_number("Leading zeroes not allowed"));
                }
            }
            Some(b'1'..=b'9') => self.digits(),
            None => return Err(self.fail(SyntaxErrorKind::UnexpectedEnd)),
            Some(_) => return Err(self.invalid_number("expected digit (0-9) to follow minus sign")),
        }
        if self.peek() == Some(b'.') {
            self.advance();
            self.required_digits("Decimal point not followed by a digit")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            fits = false;
            self.advance();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.advance();
            }
            self.required_digits("Exponent indicator not followed by a digit")?;
        }
        let text = self.slice(start..self.position);
        if text.len() > LONGEST_NUMBER {
            return Err(self.fail(SyntaxErrorKind::NumberTooLong { length: text.len(), limit: LONGEST_NUMBER }));
        }
        let number = Number::new(text);
        // Without an exponent it takes more than 300 digits to leave the range of a double.
        if (!fits || text.len() > 300) && !number.as_f64().is_finite() {
            return Err(self.fail(SyntaxErrorKind::NumberOutOfRange));
        }
        if let Some(character) = self.slice(self.position..self.bytes.len()).chars().next()
            && is_word(character)
        {
            return Err(self.unexpected_here("expected a separator after a number"));
        }
        Ok(number)
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.advance();
        }
    }

    fn required_digits(&mut self, problem: &'static str) -> Result<(), SyntaxError> {
        match self.peek() {
            Some(b'0'..=b'9') => {
                self.digits();
                Ok(())
            }
            None => Err(self.fail(SyntaxErrorKind::UnexpectedEnd)),
            Some(_) => Err(self.invalid_number(problem)),
        }
    }

    fn invalid_number(&self, problem: &'static str) -> SyntaxError {
        self.fail(SyntaxErrorKind::InvalidNumber { problem })
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

#[cfg(test)]
mod tests;
