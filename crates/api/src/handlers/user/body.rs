//! The bodies of requests about users. They are read member by member, and the first mistake is the one that is told.

use keyward_rest::ElasticError;
use keyward_security::authentication::Json;
use keyward_security::hash::{Algorithm, Hash};
use keyward_security::secret::Secret;
use keyward_xcontent::{Field, Object, Value};

/// The least characters of a password.
const SHORTEST_PASSWORD: usize = 6;

/// A password as it is given.
#[derive(Debug)]
pub(super) enum NewPassword {
    /// In words.
    Plain(Secret),
    /// Hashed elsewhere.
    Hashed(Hash),
}

/// The body of a request to put a user.
#[derive(Debug)]
pub(super) struct PutUserBody {
    pub(super) password: Option<NewPassword>,
    pub(super) roles: Option<Vec<String>>,
    pub(super) full_name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) metadata: Option<Json>,
    pub(super) enabled: bool,
}

pub(super) fn put(body: &Value<'_>, username: &str) -> Result<PutUserBody, ElasticError> {
    let mut parsed =
        PutUserBody { password: None, roles: None, full_name: None, email: None, metadata: None, enabled: true };
    for field in object(body)? {
        let value = &field.value;
        match &*field.name {
            "username" => {
                if string(field)? != username {
                    return Err(ElasticError::illegal_argument(format!(
                        "[username] in source does not match the username provided [{username}]"
                    )));
                }
            }
            "password" | "password_hash" => set_password(&mut parsed.password, field)?,
            "roles" => parsed.roles = Some(roles(field)?),
            "full_name" => parsed.full_name = string_or_null(field)?,
            "email" => parsed.email = string_or_null(field)?,
            "metadata" => {
                let metadata = value.as_object().ok_or_else(|| wrong_kind(field, "object"))?;
                parsed.metadata = Some(metadata.to_json());
            }
            "enabled" => parsed.enabled = value.as_bool().ok_or_else(|| wrong_kind(field, "boolean"))?,
            unknown => {
                return Err(ElasticError::parse(format!(
                    "failed to parse add user request. unexpected field [{unknown}]"
                )));
            }
        }
    }
    Ok(parsed)
}

pub(super) fn change_password(body: &Value<'_>) -> Result<Option<NewPassword>, ElasticError> {
    let mut password = None;
    for field in object(body)? {
        match &*field.name {
            "password" | "password_hash" => set_password(&mut password, field)?,
            unknown => {
                return Err(ElasticError::parse(format!(
                    "failed to parse change password request. unexpected field [{unknown}]"
                )));
            }
        }
    }
    Ok(password)
}

fn set_password(slot: &mut Option<NewPassword>, field: &Field<'_>) -> Result<(), ElasticError> {
    let text = string(field)?;
    let password = if &*field.name == "password" {
        if text.chars().count() < SHORTEST_PASSWORD {
            return Err(ElasticError::plain_validation([format!(
                "passwords must be at least [{SHORTEST_PASSWORD}] characters long"
            )]));
        }
        NewPassword::Plain(Secret::new(text))
    } else {
        let hash = Hash::parse(text).ok().filter(Hash::is_fit_for_passwords);
        NewPassword::Hashed(hash.ok_or_else(|| ElasticError::illegal_argument(unusable_hash()))?)
    };
    if slot.is_some() {
        return Err(ElasticError::plain_validation(["password_hash has already been set"]));
    }
    *slot = Some(password);
    Ok(())
}

fn unusable_hash() -> String {
    format!(
        "The provided password hash is not a hash or it could not be resolved to a supported hash algorithm. \
         The supported password hash algorithms are [{}]",
        Algorithm::password_algorithm_names().join(", ")
    )
}

/// An array of names, or one text with commas.
fn roles(field: &Field<'_>) -> Result<Vec<String>, ElasticError> {
    if let Some(text) = field.value.as_str() {
        return Ok(text.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect());
    }
    let refused = |found: &str| {
        let name = &field.name;
        ElasticError::parse(format!(
            "could not parse [{name}] field. expected a string array but found {found} value instead"
        ))
    };
    let items = field.value.as_array().ok_or_else(|| refused(&format!("[{}]", field.value.token())))?;
    items
        .iter()
        .map(|item| item.as_str().map(str::to_owned).ok_or_else(|| refused(&format!("[{}]", item.token()))))
        .collect()
}

fn object<'v, 'a>(body: &'v Value<'a>) -> Result<&'v Object<'a>, ElasticError> {
    body.as_object()
        .ok_or_else(|| ElasticError::parse(format!("expected an object, but found token [{}]", body.token())))
}

fn string<'v>(field: &'v Field<'_>) -> Result<&'v str, ElasticError> {
    field.value.as_str().ok_or_else(|| wrong_kind(field, "string"))
}

fn string_or_null(field: &Field<'_>) -> Result<Option<String>, ElasticError> {
    if field.value.is_null() { Ok(None) } else { string(field).map(|text| Some(text.to_owned())) }
}

fn wrong_kind(field: &Field<'_>, kind: &str) -> ElasticError {
    let (name, found) = (&field.name, field.value.token());
    ElasticError::parse(format!("expected field [{name}] to be of type {kind}, but found [{found}] instead"))
}
