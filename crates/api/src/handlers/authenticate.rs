//! Who somebody is: `_authenticate`.

use http::StatusCode;
use keyward_rest::{ElasticError, Reply};
use keyward_security::authentication::{AuthenticationType, Json, RealmRef, SubjectKind};
use keyward_security::request::Detail;
use serde::Serialize;

use super::Handler;
use crate::Api;
use crate::context::Context;

pub(super) const HANDLERS: &[(&str, Handler)] =
    &[("security.authenticate", |api, context| Box::pin(async move { authenticate(api, context) }))];

fn authenticate(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    let who = &context.authentication;
    let subject = &who.effective;
    let user = &subject.user;
    if who.kind == AuthenticationType::Internal {
        return Err(ElasticError::illegal_argument(format!("user [{}] is internal", user.username)));
    }
    context.authorize(Detail::SameUser { username: user.username.to_string() })?;

    let managed_by = "elasticsearch";
    let token = match &subject.kind {
        SubjectKind::ServiceAccount { token_name, token_source } => {
            Some(Token { name: Some(token_name), kind: Some(token_source), managed_by })
        }
        SubjectKind::User | SubjectKind::ApiKey(_) if who.kind == AuthenticationType::Token => {
            Some(Token { name: None, kind: None, managed_by })
        }
        SubjectKind::User | SubjectKind::ApiKey(_) => None,
    };
    let answer = Answer {
        username: &user.username,
        roles: roles(api, context),
        full_name: user.full_name.as_deref(),
        email: user.email.as_deref(),
        token,
        metadata: &user.metadata,
        enabled: user.enabled,
        authentication_realm: realm(&who.authenticating.realm),
        lookup_realm: realm(&subject.realm),
        authentication_type: who.kind.as_str(),
        api_key: subject.as_api_key().map(|key| Key { id: key.id.to_string(), name: &key.name, managed_by }),
    };
    let mut text = Vec::with_capacity(512);
    serde_json::to_writer(&mut text, &answer).map_err(ElasticError::internal)?;
    Ok(Reply::raw(StatusCode::OK, text))
}

/// The answer, written as it is: this is what programs ask most.
#[derive(Serialize)]
struct Answer<'a> {
    username: &'a str,
    roles: Vec<&'a str>,
    full_name: Option<&'a str>,
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<Token<'a>>,
    metadata: &'a Json,
    enabled: bool,
    authentication_realm: Realm<'a>,
    lookup_realm: Realm<'a>,
    authentication_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<Key<'a>>,
}

#[derive(Serialize)]
struct Token<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    managed_by: &'a str,
}

#[derive(Serialize)]
struct Realm<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<&'a str>,
}

#[derive(Serialize)]
struct Key<'a> {
    id: String,
    name: &'a str,
    managed_by: &'a str,
}

/// The roles by name; those of the anonymous user are everybody's, and come after one's own.
fn roles<'a>(api: &'a Api, context: &'a Context) -> Vec<&'a str> {
    let who = &context.authentication;
    let mut roles: Vec<&str> = who.effective.user.roles.iter().map(AsRef::as_ref).collect();
    let shares = matches!(who.effective.kind, SubjectKind::User) && who.kind != AuthenticationType::Anonymous;
    if let Some(anonymous) = api.node().config().anonymous.as_ref().filter(|_| shares) {
        roles.extend(anonymous.roles.iter().map(|role| &**role));
    }
    roles
}

fn realm(realm: &RealmRef) -> Realm<'_> {
    Realm { name: &realm.name, kind: &realm.kind, domain: realm.domain.as_ref().map(|domain| &*domain.name) }
}
