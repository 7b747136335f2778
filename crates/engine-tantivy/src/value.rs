//! The values of a field: from what a document says to what is indexed.

use keyward_query::date::{DEFAULT_FORMAT, DateFormat, Fill, Zone};
use keyward_xcontent::{Kind, Number, Value};
use thiserror::Error;

use crate::mapping::{FieldKind, LeafField};

/// The longest keyword that can be indexed, in bytes.
const LONGEST_TERM: usize = 32_766;

/// A value as it is put into the index; what it means is said by the field's kind (see `schema`).
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Indexed {
    Text(String),
    Keyword(String),
    Signed(i64),
    Unsigned(u64),
    Fractional(f64),
    Boolean(bool),
}

/// Why a value is none of its field's kind.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason}")]
pub(crate) struct ValueError {
    /// What is wrong.
    pub(crate) reason: String,
    /// Whether `ignore_malformed` lets it pass.
    pub(crate) malformed: bool,
}

/// Reads one value that is neither `null` nor an array. `None`: there is nothing to index, and that is right.
pub(crate) fn read(field: &LeafField, path: &str, value: &Value<'_>) -> Result<Option<Indexed>, ValueError> {
    let kind = field.kind;
    match kind {
        FieldKind::Text => Ok(Some(Indexed::Text(text(value)?))),
        FieldKind::Keyword => keyword(field, path, text(value)?),
        FieldKind::Boolean => boolean(value).map(|value| Some(Indexed::Boolean(value))),
        FieldKind::Date => date(field, value).map(|millis| Some(Indexed::Signed(millis))),
        FieldKind::Ip => {
            let text = text(value)?;
            let address = ip_term(&text).ok_or_else(|| malformed(format!("'{text}' is not an IP string literal.")))?;
            Ok(Some(Indexed::Keyword(address)))
        }
        _ if kind.is_integral() => integral(field, value),
        _ => fractional(field, value),
    }
}

/// What is indexed for an explicit `null`.
pub(crate) fn null_value(field: &LeafField) -> Option<Indexed> {
    let stored = field.null_value.as_ref()?.to_string();
    let value = keyward_xcontent::parse(stored.as_bytes(), keyward_xcontent::Limits::default()).ok()?;
    read(field, "", &value).ok().flatten()
}

/// Whether a value can stand in for `null` in a field.
pub(crate) fn check_null_value(field: &LeafField, value: &Value<'_>) -> Result<(), String> {
    read(field, "", value).map(|_| ()).map_err(|error| error.reason)
}

/// An address as it is indexed: 32 hexadecimal digits of its IPv6 form.
pub(crate) fn ip_term(text: &str) -> Option<String> {
    use std::net::IpAddr;
    let address = match text.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    Some(format!("{:032x}", address.to_bits()))
}

fn text(value: &Value<'_>) -> Result<String, ValueError> {
    match &value.kind {
        Kind::String(text) => Ok(text.clone().into_owned()),
        Kind::Number(number) => Ok(number.text().to_owned()),
        Kind::Bool(value) => Ok(value.to_string()),
        _ => Err(not_a_value(value)),
    }
}

fn keyword(field: &LeafField, path: &str, text: String) -> Result<Option<Indexed>, ValueError> {
    if let Some(limit) = field.ignore_above
        && text.encode_utf16().count() > usize::try_from(limit).unwrap_or(usize::MAX)
    {
        return Ok(None);
    }
    if text.len() > LONGEST_TERM {
        return Err(ValueError {
            reason: format!(
                "Document contains at least one immense term in field=\"{path}\" (whose UTF8 encoding is longer than the max length {LONGEST_TERM}), all of which were skipped. Please correct the analyzer to not produce such terms."
            ),
            malformed: false,
        });
    }
    Ok(Some(Indexed::Keyword(text)))
}

fn boolean(value: &Value<'_>) -> Result<bool, ValueError> {
    match &value.kind {
        Kind::Bool(value) => Ok(*value),
        Kind::String(text) => match text.as_ref() {
            "true" => Ok(true),
            "false" | "" => Ok(false),
            other => Err(malformed(format!("Failed to parse value [{other}] as only [true] or [false] are allowed."))),
        },
        Kind::Number(number) => {
            Err(malformed(format!("Failed to parse value [{}] as only [true] or [false] are allowed.", number.text())))
        }
        _ => Err(not_a_value(value)),
    }
}

fn date(field: &LeafField, value: &Value<'_>) -> Result<i64, ValueError> {
    let text = match &value.kind {
        Kind::String(text) => text.as_ref(),
        Kind::Number(number) => number.text(),
        _ => return Err(not_a_value(value)),
    };
    let (format, name) = match &field.format {
        None => (Ok(DateFormat::default()), DEFAULT_FORMAT),
        Some(name) => (DateFormat::parse(name), name.as_str()),
    };
    format
        .ok()
        .and_then(|format| format.read(text, Fill::Earliest, &Zone::utc()))
        .ok_or_else(|| malformed(format!("failed to parse date field [{text}] with format [{name}]")))
}

fn integral(field: &LeafField, value: &Value<'_>) -> Result<Option<Indexed>, ValueError> {
    let coerce = field.coerce.unwrap_or(true) && field.kind != FieldKind::UnsignedLong;
    let text = match &value.kind {
        Kind::Number(number) => number.text(),
        Kind::String(text) if coerce && text.is_empty() => return Ok(None),
        Kind::String(_) if !coerce && field.kind != FieldKind::UnsignedLong => {
            return Err(malformed(format!("{} value passed as String", capitalized(field.kind))));
        }
        Kind::String(text) => text.as_ref(),
        _ => return Err(not_a_value(value)),
    };
    let (whole, exact) = whole_number(text).ok_or_else(|| malformed(format!("For input string: \"{text}\"")))?;
    if !exact && !coerce {
        return Err(malformed(format!("{text} cannot be converted to {} without data loss", capitalized(field.kind))));
    }
    let out_of_range = || malformed(format!("Value [{text}] is out of range for {}", with_article(field.kind)));
    let (least, greatest) = field.kind.integral_range().unwrap_or((0, 0));
    let whole = whole.filter(|whole| (least..=greatest).contains(whole)).ok_or_else(out_of_range)?;
    if field.kind == FieldKind::UnsignedLong {
        return u64::try_from(whole).map(|value| Some(Indexed::Unsigned(value))).map_err(|_| out_of_range());
    }
    i64::try_from(whole).map(|value| Some(Indexed::Signed(value))).map_err(|_| out_of_range())
}

/// The whole part of a number, `None` beyond 128 bits, and whether it is the number. `None` if it is no number.
fn whole_number(text: &str) -> Option<(Option<i128>, bool)> {
    if let Ok(whole) = text.parse::<i128>() {
        return Some((Some(whole), true));
    }
    let value = decimal(text)?;
    let whole = value.trunc();
    // Within ±2^100 the conversion is exact; beyond, no kind has room.
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    let as_integer = (whole.abs() < 1e30).then_some(whole as i128);
    Some((as_integer, whole == value))
}

/// A number by the grammar of JSON or a plain decimal: no `inf`, no `nan`.
fn decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E')) {
        return None;
    }
    text.parse::<f64>().ok()
}

fn fractional(field: &LeafField, value: &Value<'_>) -> Result<Option<Indexed>, ValueError> {
    let coerce = field.coerce.unwrap_or(true);
    let text = match &value.kind {
        Kind::Number(number) => Number::text(number),
        Kind::String(text) if coerce && text.is_empty() => return Ok(None),
        Kind::String(_) if !coerce => {
            return Err(malformed(format!("{} value passed as String", capitalized(field.kind))));
        }
        Kind::String(text) => text.as_ref(),
        _ => return Err(not_a_value(value)),
    };
    let number = decimal(text).ok_or_else(|| malformed(format!("For input string: \"{text}\"")))?;
    let rounded = field.kind.round(number);
    if !rounded.is_finite() {
        return Err(malformed(format!("[{}] supports only finite values, but got [{text}]", field.kind.as_str())));
    }
    Ok(Some(Indexed::Fractional(rounded)))
}

fn not_a_value(value: &Value<'_>) -> ValueError {
    malformed(format!("Can't get text on a {} at {}:{}", value.token(), value.location.line, value.location.column))
}

fn capitalized(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Long | FieldKind::UnsignedLong => "Long",
        FieldKind::Integer => "Integer",
        FieldKind::Short => "Short",
        FieldKind::Byte => "Byte",
        FieldKind::Double => "Double",
        FieldKind::Float => "Float",
        _ => "Number",
    }
}

fn with_article(kind: FieldKind) -> String {
    match kind {
        FieldKind::Integer => "an integer".to_owned(),
        FieldKind::UnsignedLong => "an unsigned long".to_owned(),
        other => format!("a {}", other.as_str()),
    }
}

fn malformed(reason: String) -> ValueError {
    ValueError { reason, malformed: true }
}
