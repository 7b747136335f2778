//! Making a key for somebody else, whose credential the caller holds.

use std::sync::Arc;

use http::StatusCode;
use keyward_rest::{Cause, ElasticError, ErrorType, Reply};
use keyward_security::authentication::{Authentication, AuthenticationFailure};
use keyward_security::credentials::Credentials;
use keyward_security::request::Detail;

use super::body::{self, Grant, SHARED_SECRET};
use super::{check, told};
use crate::Api;
use crate::context::Context;
use crate::error::use_case;

pub(super) async fn grant(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    context.call.params.refresh()?;
    let grant = body::grant(&context.json()?)?;
    let mut problems = grant.api_key.validate();
    problems.extend(validate(&grant));
    check(problems)?;
    context.authorize(Detail::None)?;

    let granted = authenticate(api, context, &grant).await?;
    let created = api.node().create_api_key(&granted, grant.api_key).await.map_err(use_case)?;
    Ok(told(&created))
}

/// Which members a kind of grant has, and which it must not have.
fn validate(grant: &Grant) -> Vec<String> {
    let text = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
    let username = ("username", text(grant.username.as_deref()));
    let password = ("password", text(grant.password.as_ref().map(|password| password.expose())));
    let token = ("access_token", text(grant.access_token.as_ref().map(|token| token.expose())));
    let (kind, needed, foreign) = match grant.grant_type.as_deref() {
        None | Some("") => return vec!["[grant_type] is required".to_owned()],
        Some(kind @ "password") => (kind, vec![username, password], vec![token]),
        Some(kind @ "access_token") => (kind, vec![token], vec![username, password]),
        Some(unknown) => return vec![format!("grant_type [{unknown}] is not supported")],
    };
    let mut problems = Vec::new();
    for (name, _) in needed.iter().filter(|(_, given)| !given) {
        problems.push(format!("[{name}] is required for grant_type [{kind}]"));
    }
    for (name, _) in foreign.iter().filter(|(_, given)| *given) {
        problems.push(format!("[{name}] is not supported for grant_type [{kind}]"));
    }
    match grant.client_authentication_scheme.as_deref() {
        Some(_) if kind == "password" => {
            problems.push("[client_authentication] is not supported for grant_type [password]".to_owned());
        }
        Some(scheme) if scheme != SHARED_SECRET => {
            problems.push(format!("[client_authentication.scheme] must be set to [{SHARED_SECRET}]"));
        }
        _ => {}
    }
    problems
}

/// Who the key will belong to. The caller's own identity plays no part in it.
async fn authenticate(api: &Api, context: &Context, grant: &Grant) -> Result<Authentication, ElasticError> {
    let credentials = match (&grant.username, &grant.password, &grant.access_token) {
        (Some(username), Some(password), _) => {
            Credentials::Basic { username: username.clone(), password: password.clone() }
        }
        (_, _, Some(token)) => Credentials::Bearer(token.clone()),
        _ => Credentials::None,
    };
    let (node, view) = (api.node(), &context.view);
    let run_as = grant.run_as.as_deref();
    let granted = match node.authenticate(view, &credentials, run_as, context.now).await {
        Ok(granted) => granted,
        Err(AuthenticationFailure::Overloaded) => return Err(ElasticError::rejected("server is too busy to respond")),
        Err(failure) => {
            let cause = Cause::new(ErrorType::Security, failure.reason(&context.call.uri));
            let refused = ElasticError::security(StatusCode::FORBIDDEN, "Failed to authenticate api key grant");
            return Err(refused.caused_by(cause));
        }
    };
    let Some(target) = run_as else { return Ok(granted) };
    if *granted.effective.user.username != *target {
        let text = "the provided grant credentials do not support run-as";
        return Err(ElasticError::new(ErrorType::Status, text));
    }
    // Everybody may see who he is; so what this decides is whether one may act as the other.
    let action = "cluster:admin/xpack/security/user/authenticate";
    let asking = Context {
        role: node.role_of(view, &granted).map_err(ElasticError::internal)?,
        run_as_by: node.run_as_role_of(view, &granted).map_err(ElasticError::internal)?,
        authentication: Arc::new(granted.clone()),
        ..context.clone()
    };
    asking.decide(action, Detail::SameUser { username: target.to_owned() })?;
    Ok(granted)
}
