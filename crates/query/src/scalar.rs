//! A single value in a request: what a term is compared with, where a range ends.

use std::fmt;

use keyward_xcontent::{Kind, Value};

/// A string, number or boolean, as written. What it means depends on the field that it is held against.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// `true` or `false`
    Boolean(bool),
    /// A number, as its text.
    Number(Box<str>),
    /// A string.
    String(Box<str>),
}

impl Scalar {
    /// A string.
    pub fn string(text: impl Into<Box<str>>) -> Self {
        Self::String(text.into())
    }

    /// A whole number.
    pub fn integer(value: i64) -> Self {
        Self::Number(value.to_string().into())
    }

    /// The value, unless it is an object, an array or `null`.
    pub fn of(value: &Value<'_>) -> Option<Self> {
        match &value.kind {
            Kind::Bool(value) => Some(Self::Boolean(*value)),
            Kind::Number(number) => Some(Self::Number(number.text().into())),
            Kind::String(text) => Some(Self::String(text.as_ref().into())),
            Kind::Null | Kind::Array(_) | Kind::Object(_) => None,
        }
    }

    /// The value as a string field reads it.
    pub fn text(&self) -> &str {
        match self {
            Self::Boolean(true) => "true",
            Self::Boolean(false) => "false",
            Self::Number(text) | Self::String(text) => text,
        }
    }

    /// The value for an answer.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Boolean(value) => (*value).into(),
            Self::String(text) => text.as_ref().into(),
            Self::Number(text) => text
                .parse::<i64>()
                .map(serde_json::Value::from)
                .or_else(|_| text.parse::<u64>().map(serde_json::Value::from))
                .or_else(|_| text.parse::<f64>().map(serde_json::Value::from))
                .unwrap_or(serde_json::Value::Null),
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
