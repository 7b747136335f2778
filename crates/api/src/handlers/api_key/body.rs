//! The bodies of requests about API keys.

use std::time::Duration;

use keyward_rest::params::parse_time_value;
use keyward_rest::{ElasticError, TimeValue};
use keyward_security::api_key::{CreateApiKey, InvalidateApiKeys};
use keyward_security::role::RoleDescriptors;
use keyward_security::role::descriptor::{DescriptorContext, DescriptorError, DescriptorErrorKind};
use keyward_xcontent::{Accepts, FieldCause, Known, ObjectParser, Value};

const CREATE: ObjectParser = ObjectParser::new(
    "api_key_request",
    &[
        Known::required("name", Accepts::STRING),
        Known::optional("role_descriptors", Accepts::OBJECT.or(Accepts::ARRAY)),
        Known::optional("expiration", Accepts::STRING),
        Known::optional("metadata", Accepts::OBJECT),
    ],
);

const INVALIDATE: ObjectParser = ObjectParser::new(
    "invalidate_api_key",
    &[
        Known::optional("realm_name", Accepts::STRING),
        Known::optional("username", Accepts::STRING),
        Known::optional("ids", Accepts::STRING_ARRAY),
        Known::optional("name", Accepts::STRING),
        Known::optional("owner", Accepts::BOOLEAN),
    ],
);

/// A request to make a key.
pub(super) fn create(body: &Value<'_>) -> Result<CreateApiKey, ElasticError> {
    let mut request = CreateApiKey::default();
    let mut expiration = None;
    CREATE.parse(body, |field, value| {
        match field {
            "name" => request.name = text(value),
            "role_descriptors" => request.role_descriptors = descriptors(value)?,
            "expiration" => expiration = value.as_str(),
            "metadata" => request.metadata = value.as_object().map(keyward_xcontent::Object::to_json),
            _ => {}
        }
        Ok(())
    })?;
    // The whole is put together after it is read, so this is an error of the whole.
    request.lifetime = expiration.map(lifetime).transpose().map_err(|error| CREATE.build_failed(error))?;
    Ok(request)
}

/// A request to invalidate keys.
pub(super) fn invalidate(body: &Value<'_>) -> Result<InvalidateApiKeys, ElasticError> {
    let fields = INVALIDATE.read(body)?;
    let owned = |name: &str| fields.str(name).map(str::to_owned);
    let ids = fields.strings("ids")?;
    let owner = fields.bool("owner")?.unwrap_or(false);
    if let Some(ids) = &ids {
        check_ids(ids).map_err(|text| INVALIDATE.build_failed(FieldCause::IllegalArgument(text)))?;
    }
    Ok(InvalidateApiKeys {
        ids: ids.unwrap_or_default().into_iter().map(str::to_owned).collect(),
        name: owned("name"),
        realm_name: owned("realm_name"),
        username: owned("username"),
        owner,
    })
}

fn check_ids(ids: &[&str]) -> Result<(), String> {
    if ids.is_empty() {
        return Err("Validation Failed: 1: Field [ids] cannot be an empty array;".to_owned());
    }
    let blank: Vec<String> =
        ids.iter().enumerate().filter(|(_, id)| id.trim().is_empty()).map(|(at, _)| at.to_string()).collect();
    let (id, position) = match blank.as_slice() {
        [] => return Ok(()),
        [_] => ("id", "position"),
        _ => ("ids", "positions"),
    };
    let blank = blank.join(", ");
    Err(format!("Field [ids] must not contain blank id, but got blank {id} at index {position}: [{blank}]"))
}

fn text(value: &Value<'_>) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn descriptors(value: &Value<'_>) -> Result<RoleDescriptors, FieldCause> {
    if value.as_array().is_some() {
        let text = "[role_descriptors] doesn't support arrays. Use a single object with multiple fields.";
        return Err(FieldCause::Parse(text.to_owned()));
    }
    RoleDescriptors::parse(value, DescriptorContext::ApiKey).map_err(descriptor_error)
}

fn descriptor_error(error: DescriptorError) -> FieldCause {
    match error.kind() {
        DescriptorErrorKind::Parse => FieldCause::Parse(error.to_string()),
        DescriptorErrorKind::IllegalArgument => FieldCause::IllegalArgument(error.to_string()),
    }
}

/// In how many seconds a key ends. What is less than a second does not count; the sentinel `-1` is a time already past.
fn lifetime(text: &str) -> Result<i64, FieldCause> {
    match parse_time_value(text, "expiration") {
        Ok(TimeValue::Of(duration)) => Ok(seconds(duration)),
        // Rounded to whole seconds, minus one of any small unit is none.
        Ok(TimeValue::MinusOne) => Ok(minus_one(text)),
        Err(error) => Err(FieldCause::IllegalArgument(error.cause().reason().to_owned())),
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// The whole seconds of `-1` in the unit it is written with.
fn minus_one(text: &str) -> i64 {
    let unit = text.trim().trim_start_matches('-').trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
    match unit.to_ascii_lowercase().as_str() {
        "s" => -1,
        "m" => -60,
        "h" => -3600,
        "d" => -86_400,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{check_ids, lifetime};

    #[test]
    fn lifetimes_are_whole_seconds() {
        for (text, expected) in [
            ("1d", 86_400),
            ("1500ms", 1),
            ("1ms", 0),
            ("0", 0),
            ("-1", 0),
            ("-1s", -1),
            ("-1d", -86_400),
            ("-1ms", 0),
            (" 2 h ", 7200),
        ] {
            assert_eq!(lifetime(text).ok(), Some(expected), "{text}");
        }
        for text in ["10", "1w", "soon", "1.5d", "-2d", "xd", ""] {
            assert!(lifetime(text).is_err(), "{text}");
        }
    }

    #[test]
    fn blank_ids_are_counted() {
        assert!(check_ids(&["a"]).is_ok());
        assert_eq!(
            check_ids(&["a", " "]).unwrap_err(),
            "Field [ids] must not contain blank id, but got blank id at index position: [1]"
        );
        assert!(check_ids(&["", "b", ""]).unwrap_err().ends_with("blank ids at index positions: [0, 2]"));
    }
}
