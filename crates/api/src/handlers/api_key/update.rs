//! Changing keys: one, or several at once.

use std::sync::Arc;

use keyward_rest::{Cause, ElasticError, Reply};
use keyward_security::api_key::UpdateApiKey;
use keyward_security::request::Detail;
use keyward_state::plan::UpdatedApiKeys;
use serde_json::{Map, Value, json};

use super::{body, check};
use crate::Api;
use crate::context::Context;
use crate::error::{Refusal, use_case};

pub(super) async fn one(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    let request = if context.body.is_empty() { UpdateApiKey::default() } else { body::update(&context.json()?)? };
    check(request.validate())?;
    let id = context.call.path.get("id").unwrap_or_default().to_owned();
    let outcome = update(api, context, &[id], request).await?;
    match outcome.errors.into_iter().next() {
        Some((_, error)) => Err(error.into_error()),
        None => Ok(Reply::ok(json!({"updated": !outcome.updated.is_empty()}))),
    }
}

pub(super) async fn many(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    let (ids, request) = body::update_many(&context.json()?)?;
    let mut problems = request.validate();
    if ids.is_empty() {
        problems.push("Field [ids] cannot be empty".to_owned());
    }
    check(problems)?;
    let outcome = update(api, context, &ids, request).await?;
    let mut answer = Map::new();
    answer.insert("updated".to_owned(), outcome.updated.into());
    answer.insert("noops".to_owned(), outcome.noops.into());
    if !outcome.errors.is_empty() {
        let count = outcome.errors.len();
        let details: Map<String, Value> =
            outcome.errors.into_iter().map(|(id, error)| (id, Cause::from(error.into_error()).to_json())).collect();
        answer.insert("errors".to_owned(), json!({"count": count, "details": details}));
    }
    Ok(Reply::ok(Value::Object(answer)))
}

async fn update(
    api: &Api,
    context: &Context,
    ids: &[String],
    request: UpdateApiKey,
) -> Result<UpdatedApiKeys, ElasticError> {
    context.authorize(Detail::UpdateApiKey)?;
    let who = Arc::clone(&context.authentication);
    api.node().update_api_keys(&who, ids, request).await.map_err(use_case)
}
