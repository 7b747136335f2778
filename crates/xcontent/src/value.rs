//! A document, borrowed from its bytes and in written order.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::location::Location;
use crate::number::Number;

/// A value with its place in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value<'a> {
    /// Where its first byte stands.
    pub location: Location,
    /// Its bytes in the document.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Kind<'a>,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as written.
    Number(Number<'a>),
    /// A string, unescaped.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Value<'a>>),
    /// An object.
    Object(Object<'a>),
}

/// An object: its fields in written order. No two have the same name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Object<'a> {
    pub(crate) entries: Vec<Field<'a>>,
}

/// One field of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its name, unescaped.
    pub name: Cow<'a, str>,
    /// Where the name's opening quote stands.
    pub location: Location,
    /// Its value.
    pub value: Value<'a>,
}

/// The first token of a value, under Elasticsearch's name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Token {
    /// `START_OBJECT`
    StartObject,
    /// `START_ARRAY`
    StartArray,
    /// `VALUE_STRING`
    ValueString,
    /// `VALUE_NUMBER`
    ValueNumber,
    /// `VALUE_BOOLEAN`
    ValueBoolean,
    /// `VALUE_NULL`
    ValueNull,
}

// === impl Value ===

impl<'a> Value<'a> {
    /// The token that the value begins with.
    pub fn token(&self) -> Token {
        match &self.kind {
            Kind::Null => Token::ValueNull,
            Kind::Bool(_) => Token::ValueBoolean,
            Kind::Number(_) => Token::ValueNumber,
            Kind::String(_) => Token::ValueString,
            Kind::Array(_) => Token::StartArray,
            Kind::Object(_) => Token::StartObject,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The boolean, if it is one or one of the strings `"true"` and `"false"`, as Elasticsearch's boolean fields read.
    pub fn as_lenient_bool(&self) -> Option<bool> {
        match self.as_str() {
            Some("true") => Some(true),
            Some("false") => Some(false),
            Some(_) => None,
            None => self.as_bool(),
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<&Number<'a>> {
        match &self.kind {
            Kind::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The integer, if it is one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.as_i64()
    }

    /// The integer, if it is one that fits.
    pub fn as_u64(&self) -> Option<u64> {
        self.as_number()?.as_u64()
    }

    /// The number as a double, if it is a number.
    pub fn as_f64(&self) -> Option<f64> {
        Some(self.as_number()?.as_f64())
    }

    /// The elements, if it is an array.
    pub fn as_array(&self) -> Option<&[Value<'a>]> {
        match &self.kind {
            Kind::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Object<'a>> {
        match &self.kind {
            Kind::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The value of a field, if this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.as_object()?.get(name)
    }

    /// The value's own bytes. `source` must be the bytes that were parsed; anything else gives nothing useful.
    pub fn raw<'s>(&self, source: &'s [u8]) -> &'s [u8] {
        source.get(self.span.clone()).unwrap_or_default()
    }

    /// The same value for an answer. Numbers beyond 64 bits become doubles; [`Value::raw`] keeps them as they are.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.kind {
            Kind::Null => serde_json::Value::Null,
            Kind::Bool(value) => (*value).into(),
            Kind::Number(number) => number.to_json(),
            Kind::String(text) => serde_json::Value::String(text.clone().into_owned()),
            Kind::Array(items) => items.iter().map(Value::to_json).collect(),
            Kind::Object(object) => serde_json::Value::Object(object.to_json()),
        }
    }

    /// The same value, independent of the bytes that it was read from.
    pub fn into_owned(self) -> Value<'static> {
        let kind = match self.kind {
            Kind::Null => Kind::Null,
            Kind::Bool(value) => Kind::Bool(value),
            Kind::Number(number) => Kind::Number(number.into_owned()),
            Kind::String(text) => Kind::String(Cow::Owned(text.into_owned())),
            Kind::Array(items) => Kind::Array(items.into_iter().map(Value::into_owned).collect()),
            Kind::Object(object) => Kind::Object(object.into_owned()),
        };
        Value { location: self.location, span: self.span, kind }
    }
}

// === impl Object ===

impl<'a> Object<'a> {
    /// The fields in written order.
    pub fn fields(&self) -> &[Field<'a>] {
        &self.entries
    }

    /// The fields in written order.
    pub fn iter(&self) -> std::slice::Iter<'_, Field<'a>> {
        self.entries.iter()
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.field(name).map(|field| &field.value)
    }

    /// A field with the place of its name.
    pub fn field(&self, name: &str) -> Option<&Field<'a>> {
        self.entries.iter().find(|field| field.name == name)
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The same object for an answer.
    pub fn to_json(&self) -> serde_json::Map<String, serde_json::Value> {
        self.entries.iter().map(|field| (field.name.clone().into_owned(), field.value.to_json())).collect()
    }

    fn into_owned(self) -> Object<'static> {
        let entries = self.entries.into_iter().map(|field| Field {
            name: Cow::Owned(field.name.into_owned()),
            location: field.location,
            value: field.value.into_owned(),
        });
        Object { entries: entries.collect() }
    }
}

impl<'o, 'a> IntoIterator for &'o Object<'a> {
    type Item = &'o Field<'a>;
    type IntoIter = std::slice::Iter<'o, Field<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

// === impl Token ===

impl Token {
    /// Elasticsearch's name of the token.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StartObject => "START_OBJECT",
            Self::StartArray => "START_ARRAY",
            Self::ValueString => "VALUE_STRING",
            Self::ValueNumber => "VALUE_NUMBER",
            Self::ValueBoolean => "VALUE_BOOLEAN",
            Self::ValueNull => "VALUE_NULL",
        }
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
