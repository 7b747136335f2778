//! A number as it was written.

use std::borrow::Cow;

/// A JSON number, kept as its text: nothing is lost by reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number<'a> {
    text: Cow<'a, str>,
}

impl<'a> Number<'a> {
    /// INVARIANT: `text` is a number by the grammar of JSON, and its value is finite as a double.
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text: Cow::Borrowed(text) }
    }

    pub(crate) fn into_owned(self) -> Number<'static> {
        Number { text: Cow::Owned(self.text.into_owned()) }
    }

    /// The number as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it was written without fraction and exponent.
    pub fn is_integer(&self) -> bool {
        !self.text.contains(['.', 'e', 'E'])
    }

    /// Its value, if it was written as an integer that fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.text.parse().ok()
    }

    /// Its value, if it was written as an integer that fits.
    pub fn as_u64(&self) -> Option<u64> {
        self.text.parse().ok()
    }

    /// Its value as the nearest double.
    pub fn as_f64(&self) -> f64 {
        self.text.parse().unwrap_or(f64::NAN)
    }

    /// The same number for an answer: an integer where it fits 64 bits, a double otherwise.
    pub fn to_json(&self) -> serde_json::Value {
        if self.is_integer() && self.text != "-0" {
            if let Some(value) = self.as_u64() {
                return value.into();
            }
            if let Some(value) = self.as_i64() {
                return value.into();
            }
        }
        self.as_f64().into()
    }
}
