//! The framing rules of HTTP/1.1, read strictly: what two parsers could take in two ways is refused. Pure.
//!
//! The HTTP library behind this is lenient where leniency is customary (bare line feeds, both lengths at once). Every
//! head and every chunk passes here first, so that it only ever sees what leaves no choice.

use bytes::BytesMut;

use crate::config::Limits;
use crate::transport::fault::Fault;

/// How the body after a head is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// So many bytes; without a length none.
    Length(u64),
    /// Chunks.
    Chunked,
}

/// The method of the request that stands in for a refused one. No client can send it: it is refused itself.
pub(crate) const SUBSTITUTE: &str = "KEYWARD-REFUSED";

/// Collects one head.
#[derive(Debug, Default)]
pub(crate) struct HeadReader {
    /// What came so far, when the head did not come in one piece.
    bytes: Vec<u8>,
    progress: Progress,
}

/// How far a head has been read.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// Where the head begins: after empty lines.
    start: usize,
    /// Where the current line begins.
    line: usize,
    /// Where the header lines begin, once the request line is complete.
    headers: usize,
    /// Lines that are complete, the request line among them.
    lines: usize,
    /// Empty lines before the request line.
    leading: usize,
}

impl HeadReader {
    /// Whether nothing of a head has come yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Takes what belongs to the head. Tells how much that was and, once the head is complete, what follows it; the
    /// head itself is put at the end of `out` then.
    pub(crate) fn push(
        &mut self,
        input: &[u8],
        limits: &Limits,
        out: &mut BytesMut,
    ) -> Result<(usize, Option<Framing>), Fault> {
        let before = self.bytes.len();
        if before > 0 {
            self.bytes.extend_from_slice(input);
        }
        let text = if before > 0 { &*self.bytes } else { input };
        let Some(end) = self.progress.read(text, limits)? else {
            if before == 0 {
                self.bytes.extend_from_slice(input);
            }
            return Ok((input.len(), None));
        };
        let head = text.get(self.progress.start..end).unwrap_or_default();
        let framing = check(head)?;
        out.extend_from_slice(head);
        *self = Self::default();
        Ok((end.saturating_sub(before), Some(framing)))
    }
}

impl Progress {
    /// Reads lines up to the empty one after the head; tells where that ends.
    fn read(&mut self, text: &[u8], limits: &Limits) -> Result<Option<usize>, Fault> {
        loop {
            let rest = text.get(self.line..).unwrap_or_default();
            let Some(end) = memchr::memchr(b'\n', rest) else {
                self.check_size(rest.len(), limits)?;
                return Ok(None);
            };
            let Some(length) = end.checked_sub(1).filter(|at| rest.get(*at) == Some(&b'\r')) else {
                // A line that is too long is that first of all.
                self.check_size(end, limits)?;
                return Err(Fault::LineEnd);
            };
            self.check_size(length, limits)?;
            self.line = self.line.saturating_add(end).saturating_add(1);
            match (length, self.lines) {
                // An empty line or two before a request is an old habit of clients after a body.
                (0, 0) => {
                    self.start = self.line;
                    self.leading = self.leading.saturating_add(1);
                    if self.leading > 2 {
                        return Err(Fault::RequestLine);
                    }
                }
                (0, _) => return Ok(Some(self.line)),
                (_, read) => {
                    if read == 0 {
                        self.headers = self.line;
                    }
                    self.lines = self.lines.saturating_add(1);
                    if self.lines > limits.header_count.saturating_add(1) {
                        return Err(Fault::TooManyHeaders);
                    }
                }
            }
        }
    }

    /// Checks the bounds with so much of the current line at hand.
    fn check_size(&self, line: usize, limits: &Limits) -> Result<(), Fault> {
        let headers = self.line.saturating_add(line).saturating_sub(self.headers);
        match self.lines {
            0 if line > limits.request_line => Err(Fault::LineTooLong),
            0 => Ok(()),
            _ if headers > limits.headers => Err(Fault::HeadersTooLong),
            _ => Ok(()),
        }
    }
}

/// Checks a complete head: request line, header lines, the empty line.
fn check(head: &[u8]) -> Result<Framing, Fault> {
    let (mut length, mut chunked, mut host) = (None, false, false);
    let (first, mut rest) = next_line(head);
    check_request_line(first)?;
    loop {
        let (line, after) = next_line(rest);
        if line.is_empty() {
            break;
        }
        rest = after;
        let colon = memchr::memchr(b':', line).ok_or(Fault::HeaderLine)?;
        let (name, value) = line.split_at_checked(colon).ok_or(Fault::HeaderLine)?;
        let value = trim(value.get(1..).unwrap_or_default());
        if name.is_empty() || !name.iter().copied().all(is_token) || !value.iter().copied().all(is_value) {
            return Err(Fault::HeaderLine);
        }
        if name.eq_ignore_ascii_case(b"content-length") {
            if length.is_some() {
                return Err(Fault::ContentLength);
            }
            length = Some(number(value).ok_or(Fault::ContentLength)?);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Fault::TransferEncoding);
            }
            chunked = true;
        } else if name.eq_ignore_ascii_case(b"host") {
            if host {
                return Err(Fault::Host);
            }
            host = true;
        }
    }
    match (length, chunked) {
        (Some(_), true) => Err(Fault::BothLengths),
        (_, true) => Ok(Framing::Chunked),
        (length, false) => Ok(Framing::Length(length.unwrap_or(0))),
    }
}

/// The first line of a text in which every line ends as it should, and what comes after it.
fn next_line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    let (line, rest) = text.split_at_checked(end).unwrap_or((text, &[]));
    (line.strip_suffix(b"\r").unwrap_or(line), rest.get(1..).unwrap_or_default())
}

fn check_request_line(line: &[u8]) -> Result<(), Fault> {
    let mut parts = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Fault::RequestLine);
    };
    if method.is_empty() || method.len() > 32 || !method.iter().copied().all(is_token) {
        return Err(Fault::Method);
    }
    if method == SUBSTITUTE.as_bytes() || method == b"CONNECT" {
        return Err(Fault::Method);
    }
    let (name, number) = version.split_at_checked(5).ok_or(Fault::RequestLine)?;
    if name != b"HTTP/" {
        return Err(Fault::RequestLine);
    }
    if number != b"1.1" {
        return Err(Fault::Version);
    }
    let plain = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'\\' | b'<' | b'>' | b'^' | b'`');
    if !target.starts_with(b"/") || !target.iter().all(plain) || http::uri::PathAndQuery::try_from(target).is_err() {
        return Err(Fault::Target);
    }
    Ok(())
}

fn is_token(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' | b'.' | b'!' | b'#'..=b'\'' | b'*' | b'+'
        | b'^' | b'`' | b'|' | b'~')
}

fn is_value(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = value {
        value = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// A length: digits alone, at most eighteen.
fn number(value: &[u8]) -> Option<u64> {
    if value.is_empty() || value.len() > 18 || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

/// Follows a chunked body.
#[derive(Debug, Default)]
pub(crate) struct ChunkReader {
    at: ChunkPart,
}

#[derive(Debug)]
enum ChunkPart {
    /// The line with the size: what was read of it.
    Size(Vec<u8>),
    /// Content, so many bytes more.
    Content(u64),
    /// The two bytes after content.
    End(u8),
    /// A line after the last chunk: how much was read of all, and of this one whether anything and its last byte.
    Trailer { all: usize, line: Vec<u8> },
}

impl Default for ChunkPart {
    fn default() -> Self {
        Self::Size(Vec::new())
    }
}

/// A chunk that is not well-formed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadChunk;

/// The most that a size line, and all trailers together, may take.
const LINE: usize = 4096;

impl ChunkReader {
    /// Takes what belongs to the body. Tells how much that was, and whether the body is complete.
    pub(crate) fn push(&mut self, input: &[u8]) -> Result<(usize, bool), BadChunk> {
        let mut taken: usize = 0;
        while let Some(rest) = input.get(taken..).filter(|rest| !rest.is_empty()) {
            match &mut self.at {
                ChunkPart::Content(left) => {
                    let here = u64::try_from(rest.len()).unwrap_or(u64::MAX).min(*left);
                    *left = left.saturating_sub(here);
                    taken = taken.saturating_add(usize::try_from(here).unwrap_or(usize::MAX));
                    if *left == 0 {
                        self.at = ChunkPart::End(b'\r');
                    }
                }
                ChunkPart::End(expected) => {
                    if rest.first() != Some(expected) {
                        return Err(BadChunk);
                    }
                    taken = taken.saturating_add(1);
                    self.at = if *expected == b'\r' { ChunkPart::End(b'\n') } else { ChunkPart::default() };
                }
                ChunkPart::Size(line) => {
                    let complete = fill(line, rest, &mut taken)?;
                    if complete {
                        self.at = match size(line)? {
                            0 => ChunkPart::Trailer { all: 0, line: Vec::new() },
                            size => ChunkPart::Content(size),
                        };
                    }
                }
                ChunkPart::Trailer { all, line } => {
                    if fill(line, rest, &mut taken)? {
                        let text = line.strip_suffix(b"\r\n").ok_or(BadChunk)?;
                        if text.is_empty() {
                            return Ok((taken, true));
                        }
                        let colon = text.iter().position(|byte| *byte == b':').ok_or(BadChunk)?;
                        let (name, value) = text.split_at_checked(colon).ok_or(BadChunk)?;
                        if name.is_empty()
                            || !name.iter().copied().all(is_token)
                            || !value.iter().copied().all(is_value)
                        {
                            return Err(BadChunk);
                        }
                        *all = all.saturating_add(line.len());
                        if *all > LINE {
                            return Err(BadChunk);
                        }
                        line.clear();
                    }
                }
            }
        }
        Ok((taken, false))
    }
}

/// Adds to a line up to its end; tells whether that was reached.
fn fill(line: &mut Vec<u8>, rest: &[u8], taken: &mut usize) -> Result<bool, BadChunk> {
    let end = rest.iter().position(|byte| *byte == b'\n');
    let length = end.map_or(rest.len(), |end| end.saturating_add(1));
    line.extend_from_slice(rest.get(..length).unwrap_or_default());
    *taken = taken.saturating_add(length);
    if line.len() > LINE { Err(BadChunk) } else { Ok(end.is_some()) }
}

/// A size line: hexadecimal digits; extensions are let pass when they are plain text.
fn size(line: &[u8]) -> Result<u64, BadChunk> {
    let line = line.strip_suffix(b"\r\n").ok_or(BadChunk)?;
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
    let extension = line.get(digits.len()..).unwrap_or_default();
    if digits.is_empty() || digits.len() > 15 || !extension.iter().copied().all(is_value) {
        return Err(BadChunk);
    }
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(BadChunk);
    }
    let digits = std::str::from_utf8(digits).map_err(|_| BadChunk)?;
    u64::from_str_radix(digits, 16).map_err(|_| BadChunk)
}

#[cfg(test)]
mod tests;
