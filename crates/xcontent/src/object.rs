//! Objects read against a table of known fields, with the errors of Elasticsearch's declarative parsers.

use crate::object_error::{FieldCause, ObjectError};
use crate::suggest::suggest;
use crate::value::{Field, Object, Token, Value};

/// The kinds of value that a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepts(u8);

/// A field that a parser knows.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    name: &'static str,
    accepts: Accepts,
    required: bool,
}

/// A parser of one kind of object: its name, as it stands in errors, and the fields that it knows.
///
/// ```
/// use keyward_xcontent::{Accepts, FieldCause, Known, Limits, ObjectParser, parse};
///
/// const PARSER: ObjectParser = ObjectParser::new(
///     "api_key_request",
///     &[Known::required("name", Accepts::STRING), Known::optional("metadata", Accepts::OBJECT)],
/// );
/// let value = parse(br#"{"nam": "ci"}"#, Limits::default()).unwrap();
/// let error = PARSER.read(&value).unwrap_err();
/// assert_eq!(error.to_string(), "[api_key_request] unknown field [nam] did you mean [name]?");
/// assert_eq!(error.location().unwrap().to_string(), "[1:2]");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ObjectParser {
    name: &'static str,
    fields: &'static [Known],
}

/// The fields of an object that its parser has accepted: all known, of the right kinds, the required ones there.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'o, 'a> {
    parser: &'static str,
    object: &'o Object<'a>,
}

// === impl Accepts ===

impl Accepts {
    /// An object.
    pub const OBJECT: Self = Self(1);
    /// An array.
    pub const ARRAY: Self = Self(1 << 1);
    /// A string.
    pub const STRING: Self = Self(1 << 2);
    /// A number, but no string that holds one.
    pub const NUMBER_ONLY: Self = Self(1 << 3);
    /// `true` or `false`, but no string that holds one.
    pub const BOOLEAN_ONLY: Self = Self(1 << 4);
    /// `null`.
    pub const NULL: Self = Self(1 << 5);
    /// A number, or a string that holds one: Elasticsearch's `INT`, `LONG`, `FLOAT`.
    pub const NUMBER: Self = Self::NUMBER_ONLY.or(Self::STRING);
    /// A boolean, or a string that holds one: Elasticsearch's `BOOLEAN`.
    pub const BOOLEAN: Self = Self::BOOLEAN_ONLY.or(Self::STRING);
    /// An array of strings, or a single one: Elasticsearch's `STRING_ARRAY`.
    pub const STRING_ARRAY: Self = Self::ARRAY.or(Self::STRING);
    /// A string, or `null`.
    pub const STRING_OR_NULL: Self = Self::STRING.or(Self::NULL);
    /// An array of objects, or a single one: Elasticsearch's `OBJECT_ARRAY`.
    pub const OBJECT_ARRAY: Self = Self::OBJECT.or(Self::ARRAY);
    /// An object, or `null`.
    pub const OBJECT_OR_NULL: Self = Self::OBJECT.or(Self::NULL);
    /// Any string, number, boolean or `null`: Elasticsearch's `VALUE`.
    pub const SCALAR: Self = Self::STRING.or(Self::NUMBER_ONLY).or(Self::BOOLEAN_ONLY).or(Self::NULL);
    /// Anything.
    pub const ANY: Self = Self::SCALAR.or(Self::OBJECT).or(Self::ARRAY);

    /// What either takes.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a value that begins with this token is taken.
    pub fn takes(self, token: Token) -> bool {
        let one = match token {
            Token::StartObject => Self::OBJECT,
            Token::StartArray => Self::ARRAY,
            Token::ValueString => Self::STRING,
            Token::ValueNumber => Self::NUMBER_ONLY,
            Token::ValueBoolean => Self::BOOLEAN_ONLY,
            Token::ValueNull => Self::NULL,
        };
        self.0 & one.0 != 0
    }
}

// === impl Known ===

impl Known {
    /// A field that may be missing.
    pub const fn optional(name: &'static str, accepts: Accepts) -> Self {
        Self { name, accepts, required: false }
    }

    /// A field that must be there.
    pub const fn required(name: &'static str, accepts: Accepts) -> Self {
        Self { name, accepts, required: true }
    }
}

// === impl ObjectParser ===

impl ObjectParser {
    /// A parser from its name and its fields.
    pub const fn new(name: &'static str, fields: &'static [Known]) -> Self {
        Self { name, fields }
    }

    /// Its name, as it stands in errors.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Reads an object field by field, in written order: each is checked against the table and given to `take`; the
    /// first error ends it. What `take` refuses becomes "failed to parse field". Required fields are looked for at the
    /// end. This is the way to read where an early bad field must win over a late unknown one, as in Elasticsearch.
    ///
    /// # Errors
    ///
    /// Any [`ObjectError`] but [`ObjectError::Build`].
    pub fn parse<'v, 'a, F>(&self, value: &'v Value<'a>, mut take: F) -> Result<(), ObjectError>
    where
        F: FnMut(&'static str, &'v Value<'a>) -> Result<(), FieldCause>,
    {
        let object = self.object(value)?;
        for field in object {
            let known = self.check(field)?;
            take(known.name, &field.value).map_err(|source| self.failed(known.name, &field.value, source))?;
        }
        self.require(object)
    }

    /// Checks a whole object first and hands out its fields after that.
    ///
    /// # Errors
    ///
    /// [`ObjectError::NotAnObject`], [`ObjectError::UnknownField`], [`ObjectError::WrongKind`] and
    /// [`ObjectError::Missing`].
    pub fn read<'v, 'a>(&self, value: &'v Value<'a>) -> Result<Fields<'v, 'a>, ObjectError> {
        let object = self.object(value)?;
        for field in object {
            self.check(field)?;
        }
        self.require(object)?;
        Ok(Fields { parser: self.name, object })
    }

    /// The error for fields that are wrong together.
    pub fn build_failed(&self, source: impl Into<FieldCause>) -> ObjectError {
        ObjectError::Build { parser: self.name, source: source.into() }
    }

    fn object<'v, 'a>(&self, value: &'v Value<'a>) -> Result<&'v Object<'a>, ObjectError> {
        value.as_object().ok_or_else(|| ObjectError::NotAnObject {
            parser: self.name,
            location: value.location,
            token: value.token(),
        })
    }

    fn check(&self, field: &Field<'_>) -> Result<&'static Known, ObjectError> {
        let Some(known) = self.fields.iter().find(|known| known.name == field.name) else {
            return Err(ObjectError::UnknownField {
                parser: self.name,
                field: field.name.clone().into_owned(),
                location: field.location,
                suggestions: suggest(&field.name, self.fields.iter().map(|known| known.name)),
            });
        };
        let token = field.value.token();
        if known.accepts.takes(token) {
            Ok(known)
        } else {
            let (parser, location) = (self.name, field.value.location);
            Err(ObjectError::WrongKind { parser, field: known.name.to_owned(), location, token })
        }
    }

    fn require(&self, object: &Object<'_>) -> Result<(), ObjectError> {
        let missing = self.fields.iter().filter(|known| known.required && object.get(known.name).is_none());
        let fields: Vec<&'static str> = missing.map(|known| known.name).collect();
        if fields.is_empty() { Ok(()) } else { Err(ObjectError::Missing { fields }) }
    }

    fn failed(&self, field: &str, value: &Value<'_>, source: FieldCause) -> ObjectError {
        ObjectError::Field { parser: self.name, field: field.to_owned(), location: value.location, source }
    }
}

// === impl Fields ===

impl<'o, 'a> Fields<'o, 'a> {
    /// A field's value.
    pub fn get(&self, name: &str) -> Option<&'o Value<'a>> {
        self.object.get(name)
    }

    /// A field's string.
    pub fn str(&self, name: &str) -> Option<&'o str> {
        self.get(name)?.as_str()
    }

    /// A field read by a function of its own; what that refuses becomes "failed to parse field".
    ///
    /// # Errors
    ///
    /// [`ObjectError::Field`].
    pub fn parse<T>(
        &self,
        name: &str,
        read: impl FnOnce(&'o Value<'a>) -> Result<T, FieldCause>,
    ) -> Result<Option<T>, ObjectError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        read(value).map(Some).map_err(|source| ObjectError::Field {
            parser: self.parser,
            field: name.to_owned(),
            location: value.location,
            source,
        })
    }

    /// A boolean field, also written as the string `"true"` or `"false"`.
    ///
    /// # Errors
    ///
    /// [`ObjectError::Field`] for another string.
    pub fn bool(&self, name: &str) -> Result<Option<bool>, ObjectError> {
        self.parse(name, |value| {
            value.as_lenient_bool().ok_or_else(|| {
                let shown = value.as_str().unwrap_or_else(|| value.token().as_str());
                FieldCause::IllegalArgument(format!(
                    "Failed to parse value [{shown}] as only [true] or [false] are allowed."
                ))
            })
        })
    }

    /// A field that is an array of strings or a single string.
    ///
    /// # Errors
    ///
    /// [`ObjectError::Field`] if an element is no string.
    pub fn strings(&self, name: &str) -> Result<Option<Vec<&'o str>>, ObjectError> {
        self.parse(name, |value| match value.as_array() {
            Some(items) => items
                .iter()
                .map(|item| item.as_str().ok_or_else(|| FieldCause::IllegalArgument(not_text(item.token()))))
                .collect(),
            None => Ok(value.as_str().into_iter().collect()),
        })
    }
}

fn not_text(token: Token) -> String {
    format!("Can't get text on a {token}")
}

#[cfg(test)]
mod tests;
