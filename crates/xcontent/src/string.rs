//! Strings of the reader: borrowed where they hold no escape, unescaped otherwise.

use std::borrow::Cow;

use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::reader::Reader;

impl<'a> Reader<'a> {
    /// Reads a string; the next byte is its opening quote.
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, SyntaxError> {
        self.advance();
        let mut owned: Option<String> = None;
        loop {
            let run = self.position;
            // Everything up to the next byte that means something is taken as it is. It is UTF-8 already.
            let stop = self.rest().iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            let Some(length) = stop else {
                self.position += self.rest().len();
                return Err(self.fail(SyntaxErrorKind::UnexpectedEnd));
            };
            self.position += length;
            let plain = self.slice(run..self.position);
            match self.peek() {
                Some(b'"') => {
                    self.advance();
                    return Ok(match owned {
                        None => Cow::Borrowed(plain),
                        Some(text) => Cow::Owned(text + plain),
                    });
                }
                Some(b'\\') => {
                    let text = owned.get_or_insert_default();
                    text.push_str(plain);
                    self.advance();
                    let character = self.escape()?;
                    text.push(character);
                }
                Some(code) => {
                    self.advance();
                    return Err(self.fail(SyntaxErrorKind::ControlCharacter { code }));
                }
                None => return Err(self.fail(SyntaxErrorKind::UnexpectedEnd)),
            }
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Result<char, SyntaxError> {
        let Some(byte) = self.peek() else { return Err(self.fail(SyntaxErrorKind::UnexpectedEnd)) };
        let plain = match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.advance();
                return self.unicode_escape();
            }
            _ => {
                let character = std::str::from_utf8(self.rest()).ok().and_then(|rest| rest.chars().next());
                let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
                return Err(self.fail(SyntaxErrorKind::InvalidEscape { character }));
            }
        };
        self.advance();
        Ok(plain)
    }

    /// Reads the four digits after `\u`, and the second half of a pair where they are the first.
    fn unicode_escape(&mut self) -> Result<char, SyntaxError> {
        let first = self.four_digits()?;
        if let Some(character) = char::from_u32(first) {
            return Ok(character);
        }
        if !(0xd800..0xdc00).contains(&first) || !self.rest().starts_with(b"\\u") {
            return Err(self.fail(SyntaxErrorKind::LoneSurrogate));
        }
        self.position += 2;
        let second = self.four_digits()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(self.fail(SyntaxErrorKind::LoneSurrogate));
        }
        let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        char::from_u32(code).ok_or_else(|| self.fail(SyntaxErrorKind::LoneSurrogate))
    }

    fn four_digits(&mut self) -> Result<u32, SyntaxError> {
        let mut code = 0;
        for _ in 0..4 {
            match self.peek().map(char::from) {
                None => return Err(self.fail(SyntaxErrorKind::UnexpectedEnd)),
                Some(character) => match character.to_digit(16) {
                    Some(digit) => code = code * 16 + digit,
                    None => return Err(self.unexpected_here("expected a hex-digit for character escape sequence")),
                },
            }
            self.advance();
        }
        Ok(code)
    }
}
