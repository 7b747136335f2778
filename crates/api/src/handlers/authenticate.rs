//! Who somebody is: `_authenticate`.

use keyward_rest::{ElasticError, Reply};
use keyward_security::authentication::{AuthenticationType, RealmRef, SubjectKind};
use keyward_security::request::Detail;
use serde_json::{Map, Value, json};

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

    let mut answer = Map::new();
    let mut put = |name: &str, value: Value| answer.insert(name.to_owned(), value);
    put("username", user.username.as_ref().into());
    put("roles", roles(api, context).into());
    put("full_name", user.full_name.as_deref().into());
    put("email", user.email.as_deref().into());
    match &subject.kind {
        SubjectKind::ServiceAccount { token_name, token_source } => {
            let (name, source) = (token_name.as_ref(), token_source.as_ref());
            put("token", json!({"name": name, "type": source, "managed_by": "elasticsearch"}));
        }
        SubjectKind::User | SubjectKind::ApiKey(_) if who.kind == AuthenticationType::Token => {
            put("token", json!({"managed_by": "elasticsearch"}));
        }
        SubjectKind::User | SubjectKind::ApiKey(_) => {}
    }
    put("metadata", Value::Object(user.metadata.as_ref().clone()));
    put("enabled", user.enabled.into());
    put("authentication_realm", realm(&who.authenticating.realm));
    put("lookup_realm", realm(&subject.realm));
    put("authentication_type", who.kind.as_str().into());
    if let Some(key) = subject.as_api_key() {
        let (id, name) = (key.id.to_string(), key.name.as_ref());
        put("api_key", json!({"id": id, "name": name, "managed_by": "elasticsearch"}));
    }
    Ok(Reply::ok(Value::Object(answer)))
}

/// The roles by name; those of the anonymous user are everybody's, and come after one's own.
fn roles(api: &Api, context: &Context) -> Vec<String> {
    let who = &context.authentication;
    let mut roles: Vec<String> = who.effective.user.roles.iter().map(ToString::to_string).collect();
    let shares = matches!(who.effective.kind, SubjectKind::User) && who.kind != AuthenticationType::Anonymous;
    if let Some(anonymous) = api.node().config().anonymous.as_ref().filter(|_| shares) {
        roles.extend(anonymous.roles.iter().map(ToString::to_string));
    }
    roles
}

fn realm(realm: &RealmRef) -> Value {
    let (name, kind) = (realm.name.as_ref(), realm.kind.as_ref());
    match &realm.domain {
        None => json!({"name": name, "type": kind}),
        Some(domain) => json!({"name": name, "type": kind, "domain": domain.name.as_ref()}),
    }
}
