//! What can be wrong with a request before it is one.

use http::StatusCode;
use keyward_rest::{ElasticError, ErrorType};

/// A request head that is refused, whatever it meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No `METHOD TARGET VERSION` in single blanks.
    RequestLine,
    /// A method of impossible characters.
    Method,
    /// A target that is no path, or holds characters that belong escaped.
    Target,
    /// Another version than HTTP/1.1.
    Version,
    /// A request line beyond its limit.
    LineTooLong,
    /// Header lines beyond their limit.
    HeadersTooLong,
    /// More header lines than allowed.
    TooManyHeaders,
    /// A header line without a colon, with a bad name, folded, or with control characters.
    HeaderLine,
    /// A line that does not end with a carriage return and a line feed.
    LineEnd,
    /// A `Content-Length` that is no number, or more than one.
    ContentLength,
    /// A `Transfer-Encoding` other than `chunked`, or more than one.
    TransferEncoding,
    /// Both lengths.
    BothLengths,
    /// More than one `Host`.
    Host,
    /// The head did not arrive in time.
    TooSlow,
}

impl Fault {
    const ALL: [Self; 14] = [
        Self::RequestLine,
        Self::Method,
        Self::Target,
        Self::Version,
        Self::LineTooLong,
        Self::HeadersTooLong,
        Self::TooManyHeaders,
        Self::HeaderLine,
        Self::LineEnd,
        Self::ContentLength,
        Self::TransferEncoding,
        Self::BothLengths,
        Self::Host,
        Self::TooSlow,
    ];

    /// A word for it, which stands in the substitute request.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::RequestLine => "request-line",
            Self::Method => "method",
            Self::Target => "target",
            Self::Version => "version",
            Self::LineTooLong => "line-too-long",
            Self::HeadersTooLong => "headers-too-long",
            Self::TooManyHeaders => "too-many-headers",
            Self::HeaderLine => "header-line",
            Self::LineEnd => "line-end",
            Self::ContentLength => "content-length",
            Self::TransferEncoding => "transfer-encoding",
            Self::BothLengths => "both-lengths",
            Self::Host => "host",
            Self::TooSlow => "too-slow",
        }
    }

    /// The fault of a word.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.word() == word)
    }

    /// The answer.
    pub(crate) fn into_error(self, limits: &crate::config::Limits) -> ElasticError {
        let bad = |text: &str| ElasticError::illegal_argument(text);
        match self {
            Self::RequestLine => bad("the request line is not a method, a target and a version"),
            Self::Method => bad("the method of the request line is not a token"),
            Self::Target => bad("the target of the request line is not a well-formed path"),
            Self::Version => ElasticError::simple(StatusCode::HTTP_VERSION_NOT_SUPPORTED, "only HTTP/1.1 is supported"),
            Self::LineTooLong => ElasticError::new(
                ErrorType::TooLongHttpLine,
                format!("An HTTP line is larger than {} bytes.", limits.request_line),
            ),
            Self::HeadersTooLong => ElasticError::new(
                ErrorType::TooLongHttpHeader,
                format!("HTTP header is larger than {} bytes.", limits.headers),
            ),
            Self::TooManyHeaders => ElasticError::new(
                ErrorType::TooLongHttpHeader,
                format!("HTTP header has more than {} lines.", limits.header_count),
            ),
            Self::HeaderLine => bad("a header line is malformed"),
            Self::LineEnd => bad("a line of the request head does not end with a carriage return and a line feed"),
            Self::ContentLength => bad("the header [Content-Length] is not one number"),
            Self::TransferEncoding => bad("the header [Transfer-Encoding] is not [chunked]"),
            Self::BothLengths => bad("both [Content-Length] and [Transfer-Encoding] are given"),
            Self::Host => bad("multiple values for single-valued header [Host]."),
            Self::TooSlow => ElasticError::simple(StatusCode::REQUEST_TIMEOUT, "the request did not arrive in time"),
        }
    }
}
