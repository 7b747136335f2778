//! The framing rules of HTTP/1.1, read strictly: what two parsers could take in two ways is refused. Pure.
//!
//! The HTTP library behind this is lenient where leniency is customary (bare line feeds, both lengths at once). Every
//! head and every chunk passes here first, so that it only ever sees what leaves no choice.

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

/// A complete head, and what follows it.
pub(crate) type Head = (Vec<u8>, Framing);

/// Collects one head.
#[derive(Debug, Default)]
pub(crate) struct HeadReader {
    bytes: Vec<u8>,
    /// Where the current line begins.
    line: usize,
    /// Lines that are complete, the request line among them.
    lines: usize,
    /// Empty lines before the request line.
    leading: usize,
}

impl HeadReader {
    /// Whether nothing of a head has come yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.leading == 0
    }

    /// Takes what belongs to the head. Tells how much that was, and the head once it is complete.
    pub(crate) fn push(&mut self, input: &[u8], limits: &Limits) -> Result<(usize, Option<Head>), Fault> {
        let mut taken = 0;
        loop {
            let rest = input.get(taken..).unwrap_or_default();
            let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
                self.bytes.extend_from_slice(rest);
                self.check_size(self.bytes.len(), limits)?;
                return Ok((input.len(), None));
            };
            let length = end.saturating_add(1);
            self.bytes.extend_from_slice(rest.get(..length).unwrap_or_default());
            taken = taken.saturating_add(length);
            self.check_size(self.bytes.len().saturating_sub(2), limits)?;
            let line = self.bytes.get(self.line..).unwrap_or_default();
            let Some(line) = line.strip_suffix(b"\r\n") else { return Err(Fault::LineEnd) };
            match (line.is_empty(), self.lines) {
                // An empty line or two before a request is an old habit of clients after a body.
                (true, 0) => {
                    self.bytes.clear();
                    self.leading = self.leading.saturating_add(1);
                    if self.leading > 2 {
                        return Err(Fault::RequestLine);
                    }
                }
                (true, _) => {
                    let framing = check(&self.bytes)?;
                    return Ok((taken, Some((std::mem::take(self).bytes, framing))));
                }
                (false, _) => {
                    self.line = self.bytes.len();
                    self.lines = self.lines.saturating_add(1);
                    if self.lines > limits.header_count.saturating_add(1) {
                        return Err(Fault::TooManyHeaders);
                    }
                }
            }
        }
    }

    fn check_size(&self, length: usize, limits: &Limits) -> Result<(), Fault> {
        let line = length.saturating_sub(self.line);
        match self.lines {
            0 if line > limits.request_line => Err(Fault::LineTooLong),
            0 => Ok(()),
            _ if length > limits.headers.saturating_add(limits.request_line) => Err(Fault::HeadersTooLong),
            _ => Ok(()),
        }
    }
}

/// Checks a complete head: request line, header lines, the empty line.
fn check(head: &[u8]) -> Result<Framing, Fault> {
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    check_request_line(lines.next().unwrap_or_default())?;
    let (mut length, mut chunked, mut host) = (None, false, false);
    for line in lines.take_while(|line| !line.is_empty()) {
        let colon = line.iter().position(|byte| *byte == b':').ok_or(Fault::HeaderLine)?;
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
    let plain = |byte: &u8| byte.is_ascii_graphic() && !b"#\\<>^`".contains(byte);
    if !target.starts_with(b"/") || !target.iter().all(plain) || http::uri::PathAndQuery::try_from(target).is_err() {
        return Err(Fault::Target);
    }
    Ok(())
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
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
