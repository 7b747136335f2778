//! Users: putting, showing and deleting them, their passwords, and whether they may sign in.

mod body;

use keyward_rest::{ElasticError, Reply};
use keyward_security::names::check_user_name;
use keyward_security::request::Detail;
use keyward_security::reserved::{ELASTIC, is_reserved_username, reserved_usernames};
use keyward_security::user::User;
use keyward_state::plan::PutUser;
use serde_json::{Map, Value, json};

use super::Handler;
use crate::Api;
use crate::context::Context;
use crate::error::use_case;
use crate::render;
use body::NewPassword;

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("security.put_user", |api, context| Box::pin(put(api, context))),
    ("security.get_user", |api, context| Box::pin(async move { get(api, context) })),
    ("security.delete_user", |api, context| Box::pin(delete(api, context))),
    ("security.change_password", |api, context| Box::pin(change_password(api, context))),
    ("security.enable_user", |api, context| Box::pin(set_enabled(api, context, true))),
    ("security.disable_user", |api, context| Box::pin(set_enabled(api, context, false))),
];

async fn put(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    context.call.params.refresh()?;
    let username = name_in_path(context);
    let parsed = body::put(&context.json()?, username)?;
    let mut problems = Vec::new();
    if parsed.roles.is_none() {
        problems.push("roles are missing");
    }
    if parsed.metadata.as_ref().is_some_and(|metadata| metadata.keys().any(|name| name.starts_with('_'))) {
        problems.push("metadata keys may not start with [_]");
    }
    if !problems.is_empty() {
        return Err(ElasticError::validation(problems));
    }
    context.authorize(Detail::None)?;
    if is_anonymous(api, username) {
        let text = format!("user [{username}] is anonymous and cannot be modified via the API");
        return Err(ElasticError::validation([text]));
    }
    let password = match parsed.password {
        None => None,
        Some(password) => Some(hash(api, password).await?),
    };
    let request = PutUser {
        username: username.to_owned(),
        password,
        roles: parsed.roles.unwrap_or_default().into_iter().map(Into::into).collect(),
        full_name: parsed.full_name,
        email: parsed.email,
        metadata: parsed.metadata,
        enabled: parsed.enabled,
    };
    let created = api.node().put_user(&context.authentication, request).await.map_err(use_case)?;
    Ok(Reply::ok(json!({"created": created})))
}

fn get(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    // There are no profiles, so there is nothing to add for them.
    context.call.params.bool_or("with_profile_uid", false)?;
    let names = context.call.path.list("username");
    context.authorize(Detail::None)?;
    let mut answer = Map::new();
    let mut show = |user: Option<User>| {
        if let Some(user) = user {
            answer.insert(user.username.to_string(), render::user(&user));
        }
    };
    match &names {
        Some(names) => names.iter().for_each(|name| show(find(api, context, name))),
        None => {
            reserved_usernames().for_each(|name| show(find(api, context, name)));
            if let Some(anonymous) = &api.node().config().anonymous {
                show(find(api, context, &anonymous.username));
            }
            context.view.users().for_each(|stored| show(Some(stored.user.clone())));
        }
    }
    let nobody = names.is_some() && answer.is_empty();
    let status = if nobody { http::StatusCode::NOT_FOUND } else { http::StatusCode::OK };
    Ok(Reply::json(status, Value::Object(answer)))
}

/// A built-in user, the anonymous one, or a native one.
fn find(api: &Api, context: &Context, name: &str) -> Option<User> {
    let config = api.node().config();
    if is_reserved_username(name) {
        return context.view.reserved_user(name).filter(|_| config.reserved_realm);
    }
    if let Some(anonymous) = config.anonymous.as_ref().filter(|anonymous| *anonymous.username == *name) {
        let mut metadata = Map::new();
        metadata.insert("_reserved".to_owned(), true.into());
        return Some(User {
            username: anonymous.username.clone(),
            roles: anonymous.roles.as_slice().into(),
            full_name: None,
            email: None,
            metadata: metadata.into(),
            enabled: true,
        });
    }
    context.view.user(name).map(|stored| stored.value.user.clone())
}

async fn delete(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    context.call.params.refresh()?;
    let username = name_in_path(context);
    context.authorize(Detail::None)?;
    if is_anonymous(api, username) {
        let text = format!("user [{username}] is anonymous and cannot be deleted");
        return Err(ElasticError::illegal_argument(text));
    }
    let found = api.node().delete_user(username).await.map_err(use_case)?;
    let status = if found { http::StatusCode::OK } else { http::StatusCode::NOT_FOUND };
    Ok(Reply::json(status, json!({"found": found})))
}

async fn change_password(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    context.call.params.refresh()?;
    let own = &*context.authentication.effective.user.username;
    let username = context.call.path.get("username").unwrap_or(own);
    let password = body::change_password(&context.json()?)?;
    let Some(password) = password else { return Err(ElasticError::validation(["password is missing"])) };
    context.authorize(Detail::ChangePassword { username: username.to_owned() })?;
    if is_anonymous(api, username) {
        let text = format!("user [{username}] is anonymous and cannot be modified via the API");
        return Err(ElasticError::illegal_argument(text));
    }
    if is_reserved_username(username) && !api.node().config().reserved_realm {
        let mut text = format!("user [{username}] belongs to the reserved realm which is disabled.");
        if username == ELASTIC {
            text.push_str(" In a cloud deployment, the password can be changed through the cloud console.");
        }
        return Err(ElasticError::plain_validation([text]));
    }
    let password = hash(api, password).await?;
    api.node().change_password(username, password).await.map_err(use_case)?;
    Ok(Reply::ok(json!({})))
}

async fn set_enabled(api: &Api, context: &Context, enabled: bool) -> Result<Reply, ElasticError> {
    let username = name_in_path(context);
    if !is_reserved_username(username)
        && let Some(problem) = check_user_name(username)
    {
        return Err(ElasticError::validation([problem]));
    }
    context.authorize(Detail::None)?;
    if is_anonymous(api, username) {
        let text = format!("user [{username}] is anonymous and cannot be modified using the api");
        return Err(ElasticError::illegal_argument(text));
    }
    api.node().set_user_enabled(&context.authentication, username, enabled).await.map_err(use_case)?;
    Ok(Reply::ok(json!({})))
}

fn name_in_path(context: &Context) -> &str {
    context.call.path.get("username").unwrap_or_default()
}

fn is_anonymous(api: &Api, username: &str) -> bool {
    api.node().config().anonymous.as_ref().is_some_and(|anonymous| *anonymous.username == *username)
}

/// Hashing takes time; it is done only for those who may, on the pool for it.
async fn hash(api: &Api, password: NewPassword) -> Result<keyward_security::hash::Hash, ElasticError> {
    match password {
        NewPassword::Hashed(hash) => Ok(hash),
        NewPassword::Plain(password) => {
            let made = api.node().hasher().make(&password).await;
            made.map_err(|error| use_case::<std::convert::Infallible>(error.into()))
        }
    }
}
