//! Newline-delimited JSON, split into its lines.

use std::iter::FusedIterator;
use std::ops::Range;

/// One line of a newline-delimited body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it stands in the body: without its line feed and without one carriage return before that.
    pub range: Range<usize>,
    /// Whether a line feed ended it. Only the last line of a body can be without one.
    pub terminated: bool,
}

impl Line {
    /// Whether nothing stands between the line's ends (white space counts as something).
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }
}

/// The lines of a body; see [`lines`].
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    body: &'a [u8],
    position: usize,
}

/// Splits a body at line feeds. A carriage return counts only directly before a line feed; nothing else ends a line.
/// A body that ends with a line feed has no further, empty line after it.
pub fn lines(body: &[u8]) -> Lines<'_> {
    Lines { body, position: 0 }
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        let rest = self.body.get(self.position..).filter(|rest| !rest.is_empty())?;
        let start = self.position;
        match memchr::memchr(b'\n', rest) {
            Some(length) => {
                let content = rest.get(..length).unwrap_or_default();
                let shown = content.strip_suffix(b"\r").unwrap_or(content);
                self.position = start + length + 1;
                Some(Line { range: start..start + shown.len(), terminated: true })
            }
            None => {
                self.position = self.body.len();
                Some(Line { range: start..self.body.len(), terminated: false })
            }
        }
    }
}

impl FusedIterator for Lines<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(body: &str) -> Vec<(String, bool)> {
        lines(body.as_bytes()).map(|line| (body.get(line.range).unwrap().to_owned(), line.terminated)).collect()
    }

    #[test]
    fn a_carriage_return_belongs_to_the_line_feed_and_only_there() {
        assert_eq!(split("a\r\nb\rc\n"), [("a".to_owned(), true), ("b\rc".to_owned(), true)]);
    }

    #[test]
    fn the_last_line_may_lack_its_line_feed_and_says_so() {
        assert_eq!(split("a\nb"), [("a".to_owned(), true), ("b".to_owned(), false)]);
        assert_eq!(split("a\r"), [("a\r".to_owned(), false)]);
    }

    #[test]
    fn blank_lines_are_seen() {
        assert_eq!(split("\n\r\n"), [(String::new(), true), (String::new(), true)]);
        assert_eq!(split(""), []);
    }
}
