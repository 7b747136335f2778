//! The bodies of requests about API keys.

use std::time::Duration;

use keyward_rest::params::parse_time_value;
use keyward_rest::{ElasticError, TimeValue};
use keyward_security::api_key::{CloneApiKey, CloneExpiration, CreateApiKey, InvalidateApiKeys, UpdateApiKey};
use keyward_security::role::RoleDescriptors;
use keyward_security::role::descriptor::{DescriptorContext, DescriptorError, DescriptorErrorKind};
use keyward_security::secret::Secret;
use keyward_xcontent::{Accepts, FieldCause, Known, ObjectError, ObjectParser, Value};

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

const UPDATE: ObjectParser = ObjectParser::new(
    "update_api_key_request_payload",
    &[
        Known::optional("role_descriptors", Accepts::OBJECT.or(Accepts::ARRAY)),
        Known::optional("metadata", Accepts::OBJECT),
        Known::optional("expiration", Accepts::STRING),
    ],
);

const UPDATE_MANY: ObjectParser = ObjectParser::new(
    "bulk_update_api_key_request",
    &[
        Known::required("ids", Accepts::STRING_ARRAY),
        Known::optional("role_descriptors", Accepts::OBJECT.or(Accepts::ARRAY)),
        Known::optional("metadata", Accepts::OBJECT),
        Known::optional("expiration", Accepts::STRING),
    ],
);

const CLONE: ObjectParser = ObjectParser::new(
    "clone_api_key_request",
    &[
        Known::optional("api_key", Accepts::STRING),
        Known::optional("name", Accepts::STRING),
        Known::optional("expiration", Accepts::STRING_OR_NULL),
        Known::optional("metadata", Accepts::OBJECT),
    ],
);

const GRANT: ObjectParser = ObjectParser::new(
    "grant_api_key_request",
    &[
        Known::optional("grant_type", Accepts::STRING),
        Known::optional("username", Accepts::STRING),
        Known::optional("password", Accepts::STRING),
        Known::optional("access_token", Accepts::STRING),
        Known::optional("client_authentication", Accepts::OBJECT),
        Known::optional("run_as", Accepts::STRING),
        Known::optional("api_key", Accepts::OBJECT),
    ],
);

const CLIENT_AUTHENTICATION: ObjectParser = ObjectParser::new(
    "client_authentication",
    &[Known::optional("scheme", Accepts::STRING), Known::required("value", Accepts::STRING)],
);

/// The only scheme by which a client vouches for a token.
pub(super) const SHARED_SECRET: &str = "SharedSecret";

/// A request to make a key.
pub(super) fn create(body: &Value<'_>) -> Result<CreateApiKey, ObjectError> {
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

/// A request to change one key.
pub(super) fn update(body: &Value<'_>) -> Result<UpdateApiKey, ElasticError> {
    Ok(changes(&UPDATE, body)?.1)
}

/// A request to change several keys: which, and how.
pub(super) fn update_many(body: &Value<'_>) -> Result<(Vec<String>, UpdateApiKey), ElasticError> {
    Ok(changes(&UPDATE_MANY, body)?)
}

fn changes(parser: &ObjectParser, body: &Value<'_>) -> Result<(Vec<String>, UpdateApiKey), ObjectError> {
    let mut request = UpdateApiKey::default();
    let (mut ids, mut expiration) = (Vec::new(), None);
    parser.parse(body, |field, value| {
        match field {
            "ids" => ids = strings(value)?,
            "role_descriptors" => request.role_descriptors = Some(descriptors(value)?),
            "expiration" => expiration = value.as_str(),
            "metadata" => request.metadata = value.as_object().map(keyward_xcontent::Object::to_json),
            _ => {}
        }
        Ok(())
    })?;
    if let Some(text) = expiration {
        request.lifetime = Some(lifetime(text).map_err(|error| parser.build_failed(error))?);
        request.ends_at_once = !is_some_time(text);
    }
    Ok((ids, request))
}

/// A request to copy a key: the key, where one is given, and how the copy differs.
pub(super) fn clone(body: &Value<'_>) -> Result<(Option<Secret>, CloneApiKey), ElasticError> {
    let mut request = CloneApiKey::default();
    let (mut source, mut expiration) = (None, None);
    CLONE.parse(body, |field, value| {
        match field {
            "api_key" => source = value.as_str().map(Secret::new),
            "name" => request.name = text(value),
            "expiration" => expiration = Some(value.as_str()),
            "metadata" => request.metadata = value.as_object().map(keyward_xcontent::Object::to_json),
            _ => {}
        }
        Ok(())
    })?;
    request.expiration = match expiration {
        None => CloneExpiration::AsSource,
        Some(None) => CloneExpiration::Never,
        Some(Some(text)) if is_sentinel(text) => CloneExpiration::Never,
        Some(Some(text)) => CloneExpiration::In(lifetime(text).map_err(|error| CLONE.build_failed(error))?),
    };
    Ok((source, request))
}

/// A request to make a key for somebody whose credential is at hand.
#[derive(Debug, Default)]
pub(super) struct Grant {
    pub(super) grant_type: Option<String>,
    pub(super) username: Option<String>,
    pub(super) password: Option<Secret>,
    pub(super) access_token: Option<Secret>,
    pub(super) client_authentication_scheme: Option<String>,
    pub(super) run_as: Option<String>,
    pub(super) api_key: CreateApiKey,
}

pub(super) fn grant(body: &Value<'_>) -> Result<Grant, ElasticError> {
    let mut grant = Grant::default();
    GRANT.parse(body, |field, value| {
        match field {
            "grant_type" => grant.grant_type = Some(text(value)),
            "username" => grant.username = Some(text(value)),
            "password" => grant.password = value.as_str().map(Secret::new),
            "access_token" => grant.access_token = value.as_str().map(Secret::new),
            "client_authentication" => {
                let fields = CLIENT_AUTHENTICATION.read(value).map_err(nested)?;
                let scheme = fields.str("scheme").unwrap_or(SHARED_SECRET);
                grant.client_authentication_scheme = Some(scheme.to_owned());
            }
            "run_as" => grant.run_as = Some(text(value)),
            "api_key" => grant.api_key = create(value).map_err(nested)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(grant)
}

fn nested(error: ObjectError) -> FieldCause {
    FieldCause::Object(Box::new(error))
}

fn strings(value: &Value<'_>) -> Result<Vec<String>, FieldCause> {
    let Some(items) = value.as_array() else { return Ok(vec![text(value)]) };
    let one = |item: &Value<'_>| {
        let refused = || FieldCause::IllegalArgument(format!("Can't get text on a {}", item.token()));
        item.as_str().map(str::to_owned).ok_or_else(refused)
    };
    items.iter().map(one).collect()
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

/// Whether a time is longer than none.
fn is_some_time(text: &str) -> bool {
    matches!(parse_time_value(text, "expiration"), Ok(TimeValue::Of(duration)) if !duration.is_zero())
}

/// Whether a time is the bare sentinel, and no minus one of some unit.
fn is_sentinel(text: &str) -> bool {
    let digits = text.trim().strip_prefix('-').unwrap_or_default();
    digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.trim_start_matches('0') == "1"
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
