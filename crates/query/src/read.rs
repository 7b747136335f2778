//! Reading options: a value of the wrong kind is refused in the words of Elasticsearch's older, hand-written parsers.

use keyward_xcontent::{Field, Object, Token, Value};

use crate::error::{ParseError, ParseErrorKind, ParseResult};
use crate::scalar::Scalar;

/// A value of the wrong kind for what it is.
pub(crate) fn unexpected(parser: &str, name: &str, value: &Value<'_>) -> ParseError {
    ParseError::parsing(value.location, format!("[{parser}] unexpected token [{}] for [{name}]", value.token()))
}

/// An option that a hand-written parser does not know.
pub(crate) fn not_supported(parser: &str, field: &Field<'_>) -> ParseError {
    ParseError::parsing(field.value.location, format!("[{parser}] query does not support [{}]", field.name))
}

/// A string, or a number or boolean as its text.
pub(crate) fn text(parser: &str, name: &str, value: &Value<'_>) -> ParseResult<String> {
    Scalar::of(value).map(|scalar| scalar.text().to_owned()).ok_or_else(|| unexpected(parser, name, value))
}

/// A boolean, or one of the strings `true` and `false`.
pub(crate) fn boolean(parser: &str, name: &str, value: &Value<'_>) -> ParseResult<bool> {
    match value.as_lenient_bool() {
        Some(value) => Ok(value),
        None => match value.as_str() {
            Some(text) => Err(ParseError::illegal_argument(format!(
                "Failed to parse value [{text}] as only [true] or [false] are allowed."
            ))),
            None => Err(unexpected(parser, name, value)),
        },
    }
}

/// A number, or a string that holds one.
pub(crate) fn double(parser: &str, name: &str, value: &Value<'_>) -> ParseResult<f64> {
    match value.as_f64() {
        Some(number) => Ok(number),
        None => match value.as_str() {
            Some(text) => text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| bad_number(text)),
            None => Err(unexpected(parser, name, value)),
        },
    }
}

/// A whole number, or a string that holds one. A fraction is refused.
pub(crate) fn integer(parser: &str, name: &str, value: &Value<'_>) -> ParseResult<i64> {
    let text = match Scalar::of(value) {
        Some(Scalar::Boolean(_)) | None => return Err(unexpected(parser, name, value)),
        Some(Scalar::Number(text) | Scalar::String(text)) => text,
    };
    if let Ok(number) = text.parse() {
        return Ok(number);
    }
    // 10.0 is a whole number.
    match text.parse::<f64>() {
        Ok(number) if number.fract() == 0.0 && number.abs() < 9.0e15 => {
            format!("{number:.0}").parse().map_err(|_| bad_number(&text))
        }
        Ok(_) => Err(ParseError::illegal_argument(format!("{text} cannot be converted to Integer without data loss"))),
        Err(_) => Err(bad_number(&text)),
    }
}

/// A whole number that is no less than nothing and that 32 bits hold.
pub(crate) fn count(parser: &str, name: &str, value: &Value<'_>) -> ParseResult<usize> {
    let number = integer(parser, name, value)?;
    if number < 0 {
        return Err(ParseError::illegal_argument(format!("[{name}] must be greater than or equal to 0, got {number}")));
    }
    i32::try_from(number)
        .ok()
        .and_then(|number| usize::try_from(number).ok())
        .ok_or_else(|| ParseError::illegal_argument(format!("Value [{number}] is out of range for an integer")))
}

/// What a score is multiplied with.
pub(crate) fn boost(parser: &str, value: &Value<'_>) -> ParseResult<f32> {
    let number = double(parser, "boost", value)?;
    if number < 0.0 {
        return Err(ParseError::illegal_argument(format!(
            "negative [boost] are not allowed in [{parser}], use a value between 0 and 1 to deboost"
        )));
    }
    Ok(single(number))
}

/// The nearest number of single precision.
#[expect(clippy::cast_possible_truncation, reason = "scores are of single precision; `as` rounds to the nearest")]
pub(crate) fn single(number: f64) -> f32 {
    number as f32
}

/// A string, or an array of strings.
pub(crate) fn strings(parser: &str, name: &str, value: &Value<'_>) -> ParseResult<Vec<String>> {
    match value.as_array() {
        None => Ok(vec![text(parser, name, value)?]),
        Some(items) => items.iter().map(|item| text(parser, name, item)).collect(),
    }
}

/// The object, or the error of a parser that wants one.
pub(crate) fn object<'v, 'a>(what: &str, value: &'v Value<'a>) -> ParseResult<&'v Object<'a>> {
    value.as_object().ok_or_else(|| {
        ParseError::parsing(
            value.location,
            format!("Expected [{}] but found [{}] in [{what}]", Token::StartObject, value.token()),
        )
    })
}

fn bad_number(text: &str) -> ParseError {
    ParseError::new(ParseErrorKind::NumberFormat, format!("For input string: \"{text}\""))
}
