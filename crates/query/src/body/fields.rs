//! `fields` and `docvalue_fields`: values that are shown beside the source.

use keyward_xcontent::{Kind, Value};

use crate::error::{ParseError, ParseResult};
use crate::read;

/// A field or pattern of fields whose values are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchField {
    /// The name or pattern.
    pub field: String,
    /// How dates are shown.
    pub format: Option<String>,
    /// Whether fields are shown that are in the source and not mapped.
    pub include_unmapped: bool,
}

impl FetchField {
    /// A name or pattern with nothing else said.
    pub fn new(field: impl Into<String>) -> Self {
        Self { field: field.into(), format: None, include_unmapped: false }
    }

    /// Reads an array of names and objects.
    pub(super) fn parse_all(parser: &str, value: &Value<'_>) -> ParseResult<Vec<Self>> {
        let Kind::Array(items) = &value.kind else {
            return Err(ParseError::parsing(
                value.location,
                format!("Unknown key for a {} in [{parser}].", value.token()),
            ));
        };
        items.iter().map(|item| Self::parse(parser, item)).collect()
    }

    fn parse(parser: &str, value: &Value<'_>) -> ParseResult<Self> {
        if let Some(name) = value.as_str() {
            return Ok(Self::new(name));
        }
        let mut field = Self::new("");
        for option in read::object(parser, value)? {
            match option.name.as_ref() {
                "field" => field.field = read::text(parser, "field", &option.value)?,
                "format" => field.format = Some(read::text(parser, "format", &option.value)?),
                "include_unmapped" => {
                    field.include_unmapped = read::boolean(parser, "include_unmapped", &option.value)?;
                }
                _ => {
                    return Err(ParseError::unknown_field(
                        "field_and_format",
                        option,
                        &["field", "format", "include_unmapped"],
                    ));
                }
            }
        }
        if field.field.is_empty() {
            return Err(ParseError::illegal_argument("Required [field]"));
        }
        Ok(field)
    }
}
