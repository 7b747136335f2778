//! API keys: making, showing and invalidating them.

mod body;
mod clone;
mod grant;
mod query;
mod update;

use keyward_rest::{ElasticError, Reply};
use keyward_security::api_key::{CreatedApiKey, GetApiKeys};
use keyward_security::has_privileges::PrivilegesToCheck;
use keyward_security::request::Detail;
use keyward_state::KeySelection;
use serde_json::{Map, Value, json};

use super::Handler;
use crate::Api;
use crate::context::Context;
use crate::error::use_case;
use crate::render::{ApiKeyWriter, cleared};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("security.create_api_key", |api, context| Box::pin(create(api, context))),
    ("security.get_api_key", |_, context| Box::pin(scan(context, get))),
    ("security.invalidate_api_key", |api, context| Box::pin(invalidate(api, context))),
    ("security.query_api_keys", |_, context| Box::pin(scan(context, query::query))),
    ("security.update_api_key", |api, context| Box::pin(update::one(api, context))),
    ("security.bulk_update_api_keys", |api, context| Box::pin(update::many(api, context))),
    ("security.clone_api_key", |api, context| Box::pin(clone::clone(api, context))),
    ("security.grant_api_key", |api, context| Box::pin(grant::grant(api, context))),
    ("security.clear_api_key_cache", |api, context| Box::pin(async move { clear_cache(api, context) })),
];

async fn create(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    // Whatever it says: the key is there for everybody before the answer is given.
    context.call.params.refresh()?;
    let request = body::create(&context.json()?)?;
    check(request.validate())?;
    context.authorize(Detail::CreateApiKey)?;
    let created = api.node().create_api_key(&context.authentication, request).await.map_err(use_case)?;
    Ok(told(&created))
}

/// What the owner of a new key is told.
fn told(created: &CreatedApiKey) -> Reply {
    let mut answer = Map::new();
    let mut put = |name: &str, value: Value| answer.insert(name.to_owned(), value);
    put("id", created.id.to_string().into());
    put("name", created.name.as_str().into());
    if let Some(expiration) = created.expiration {
        put("expiration", expiration.as_millis().into());
    }
    put("api_key", created.secret.expose().into());
    put("encoded", created.encoded().expose().into());
    Reply::ok(Value::Object(answer))
}

fn get(context: &Context) -> Result<Reply, ElasticError> {
    let params = &context.call.params;
    // There are no profiles, so there is nothing to add for them.
    params.bool_or("with_profile_uid", false)?;
    let request = GetApiKeys {
        id: context.text("id"),
        name: context.text("name"),
        realm_name: context.text("realm_name"),
        username: context.text("username"),
        owner: params.bool_or("owner", false)?,
        with_limited_by: params.bool_or("with_limited_by", false)?,
        active_only: params.bool_or("active_only", false)?,
    };
    check(request.validate())?;
    context.authorize(Detail::GetApiKey {
        id: request.id.clone(),
        name: request.name.clone(),
        username: request.username.clone(),
        realm: request.realm_name.clone(),
        owner: request.owner,
        with_limited_by: request.with_limited_by,
    })?;
    let selection = KeySelection::of_get(&request, &context.authentication);
    let mut writer = ApiKeyWriter::default();
    let mut json = r#"{"api_keys":["#.to_owned();
    let mut found = false;
    for key in selection.select(&context.view) {
        if request.active_only && !key.is_active(context.now) {
            continue;
        }
        if found {
            json.push(',');
        }
        found = true;
        writer.write(&mut json, &key, request.with_limited_by);
    }
    json.push_str("]}");
    let status = if request.id.is_some() && !found { http::StatusCode::NOT_FOUND } else { http::StatusCode::OK };
    Ok(Reply::raw(status, json))
}

async fn invalidate(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    let request = body::invalidate(&context.json()?)?;
    check(request.validate())?;
    context.authorize(Detail::InvalidateApiKey {
        ids: request.ids.clone(),
        name: request.name.clone(),
        username: request.username.clone(),
        realm: request.realm_name.clone(),
        owner: request.owner,
    })?;
    let manages_security = manages_security(api, context)?;
    let outcome =
        api.node().invalidate_api_keys(&context.authentication, request, manages_security).await.map_err(use_case)?;
    let ids =
        |ids: &[keyward_security::api_key::ApiKeyId]| -> Vec<String> { ids.iter().map(ToString::to_string).collect() };
    let mut answer = Map::new();
    answer.insert("invalidated_api_keys".to_owned(), ids(&outcome.invalidated).into());
    answer.insert("previously_invalidated_api_keys".to_owned(), ids(&outcome.previously_invalidated).into());
    answer.insert("error_count".to_owned(), outcome.refused.len().into());
    if !outcome.refused.is_empty() {
        let refused = outcome.refused.iter().map(|id| {
            let reason = format!(
                "Cannot invalidate cross-cluster API key [{id}]. This requires [manage_security] cluster privilege or higher"
            );
            json!({"type": "security_exception", "reason": reason})
        });
        answer.insert("error_details".to_owned(), refused.collect());
    }
    Ok(Reply::ok(Value::Object(answer)))
}

/// Whether the one who acts holds `manage_security` or more: keys between clusters are only theirs to revoke.
fn manages_security(api: &Api, context: &Context) -> Result<bool, ElasticError> {
    let wanted = PrivilegesToCheck { cluster: vec!["manage_security".into()], ..PrivilegesToCheck::default() };
    let stored = api.node().application_privileges(&context.view);
    let held = context.role.check_privileges(&wanted, &stored).map_err(ElasticError::internal)?;
    Ok(held.cluster.iter().all(|(_, granted)| *granted) && !held.cluster.is_empty())
}

/// Keys are found where they are kept, so nothing is forgotten here; the answer is the one that clients wait for.
fn clear_cache(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    context.authorize(Detail::None)?;
    Ok(Reply::ok(cleared(api.config())))
}

/// From how many keys on looking at all of them takes long enough to keep others waiting.
const MANY_KEYS: usize = 20_000;

/// Answers a call that may have to look at every key: beside the threads that answer others, when there are many.
async fn scan(context: &Context, answer: fn(&Context) -> Result<Reply, ElasticError>) -> Result<Reply, ElasticError> {
    if context.view.api_keys().len() < MANY_KEYS {
        return answer(context);
    }
    let context = context.clone();
    tokio::task::spawn_blocking(move || answer(&context)).await.map_err(ElasticError::internal)?
}

fn check(problems: Vec<String>) -> Result<(), ElasticError> {
    if problems.is_empty() { Ok(()) } else { Err(ElasticError::validation(problems)) }
}
