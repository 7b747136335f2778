//! Making a key like another one that the caller shows.

use http::StatusCode;
use keyward_rest::{Cause, ElasticError, ErrorType, Reply};
use keyward_security::authentication::AuthenticationFailure;
use keyward_security::credentials::{ApiKeyCredential, Credentials};
use keyward_security::request::Detail;

use super::{body, check, told};
use crate::Api;
use crate::context::Context;
use crate::error::use_case;

pub(super) async fn clone(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    context.call.params.refresh()?;
    let (source, request) = body::clone(&context.json()?)?;
    let source = source.filter(|text| !text.is_empty());
    let mut problems = Vec::new();
    if source.is_none() {
        problems.push("api key credential is required".to_owned());
    }
    problems.extend(request.validate());
    check(problems)?;
    context.authorize(Detail::None)?;

    let encoded = source.as_ref().map(|source| source.expose().as_bytes()).unwrap_or_default();
    let credential = ApiKeyCredential::parse(encoded)
        .map_err(|error| ElasticError::new(ErrorType::Status, format!("invalid API key credential: {error}")))?;
    // Shown keys are checked like those of a request, by the same rules in the same order.
    let shown = Credentials::ApiKey(credential);
    let authenticated = api.node().authenticate(&context.view, &shown, None, context.now).await;
    let source = match authenticated {
        Ok(authentication) => authentication.as_api_key().cloned(),
        Err(AuthenticationFailure::Overloaded) => return Err(ElasticError::rejected("server is too busy to respond")),
        Err(failure) => return Err(refused(&detail(&failure, &context.call.uri))),
    };
    let Some(source) = source else { return Err(refused("invalid API key credential")) };
    let created = api.node().clone_api_key(&source, request).await.map_err(use_case)?;
    Ok(told(&created))
}

/// What the mechanism for keys noted, without its name.
fn detail(failure: &AuthenticationFailure, uri: &str) -> String {
    match failure.details().first() {
        Some(detail) => detail.strip_prefix("API key: ").unwrap_or(detail).to_owned(),
        None => failure.reason(uri).into_owned(),
    }
}

fn refused(detail: &str) -> ElasticError {
    ElasticError::security(StatusCode::FORBIDDEN, "Failed to clone API key")
        .caused_by(Cause::new(ErrorType::Security, detail))
}
