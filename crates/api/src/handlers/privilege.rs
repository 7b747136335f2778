//! Application privileges: put, get, delete; and the names of the built-in privileges.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::StatusCode;
use keyward_rest::{ElasticError, Reply};
use keyward_security::privilege::{
    ApplicationPrivilege, NamedIn, REMOTE_CLUSTER_PRIVILEGES, check_application_name, listed_cluster_privileges,
    listed_index_privileges,
};
use keyward_security::request::Detail;
use keyward_state::plan::PrivilegeOutcomes;
use serde_json::{Map, Value, json};

use super::Handler;
use crate::context::Context;
use crate::error::use_case;
use crate::{Api, render, role_error};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("security.put_privileges", |api, context| Box::pin(put(api, context))),
    ("security.get_privileges", |api, context| Box::pin(async move { get(api, context) })),
    ("security.delete_privileges", |api, context| Box::pin(delete(api, context))),
    ("security.clear_cached_privileges", |api, context| Box::pin(async move { clear_cache(api, context) })),
    ("security.get_builtin_privileges", |_, context| Box::pin(async move { builtin(context) })),
];

/// `PUT _security/privilege`
async fn put(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    context.call.params.refresh()?;
    let privileges = ApplicationPrivilege::parse_body(&context.json()?).map_err(role_error::privilege_body)?;
    let problems = ApplicationPrivilege::validate(&privileges);
    if !problems.is_empty() {
        return Err(ElasticError::validation(problems));
    }
    let applications: BTreeSet<&str> = privileges.iter().map(|privilege| &*privilege.application).collect();
    context.authorize(Detail::Applications(applications.into_iter().map(str::to_owned).collect()))?;
    let privileges: Vec<Arc<ApplicationPrivilege>> = privileges.into_iter().map(Arc::new).collect();
    let outcomes = api.node().put_privileges(&privileges).await.map_err(use_case)?;
    Ok(Reply::ok(answer(&outcomes, "created")))
}

/// `GET _security/privilege`, `…/{application}`, `…/{application}/{name}`
fn get(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    let application = context.call.path.get("application");
    let names = context.call.path.list("name").filter(|names| !names.is_empty());
    if let Some(application) = application {
        check_application_name(application, NamedIn::Role)
            .map_err(|error| ElasticError::validation([error.to_string()]))?;
    }
    context.authorize(Detail::Applications(application.map(str::to_owned).into_iter().collect()))?;
    let stored = api.node().application_privileges(&context.view);
    let wanted: Option<BTreeSet<&Arc<str>>> =
        application.map(|application| stored.applications_matching(application).collect());
    let found = stored.iter().filter(|privilege| {
        wanted.as_ref().is_none_or(|wanted| wanted.contains(&privilege.application))
            && names.as_ref().is_none_or(|names| names.contains(&&*privilege.name))
    });
    let mut body: Map<String, Value> = Map::new();
    for privilege in found {
        let application = body.entry(&*privilege.application).or_insert_with(|| json!({}));
        if let Some(application) = application.as_object_mut() {
            application.insert(privilege.name.to_string(), privilege.to_json());
        }
    }
    let status = if body.is_empty() && names.is_some() { StatusCode::NOT_FOUND } else { StatusCode::OK };
    Ok(Reply::json(status, body))
}

/// `DELETE _security/privilege/{application}/{name}`
async fn delete(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    context.call.params.refresh()?;
    let application = context.call.path.get("application").unwrap_or_default();
    let names = context.call.path.list("name").unwrap_or_default();
    context.authorize(Detail::Applications(vec![application.to_owned()]))?;
    let outcomes = api.node().delete_privileges(application, &names).await.map_err(use_case)?;
    let found = outcomes.values().flat_map(|names| names.values()).any(|found| *found);
    let status = if found { StatusCode::OK } else { StatusCode::NOT_FOUND };
    Ok(Reply::json(status, answer(&outcomes, "found")))
}

/// `POST _security/privilege/{application}/_clear_cache`: nothing is ever stale here, so there is nothing to clear.
fn clear_cache(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    context.authorize(Detail::None)?;
    Ok(Reply::ok(render::cleared(api.config())))
}

/// `GET _security/privilege/_builtin`
fn builtin(context: &Context) -> Result<Reply, ElasticError> {
    context.authorize(Detail::None)?;
    Ok(Reply::ok(json!({
        "cluster": listed_cluster_privileges(),
        "index": listed_index_privileges(),
        "remote_cluster": REMOTE_CLUSTER_PRIVILEGES,
    })))
}

fn answer(outcomes: &PrivilegeOutcomes, member: &str) -> Value {
    let outcome = |outcome: &bool| Value::Object([(member.to_owned(), (*outcome).into())].into_iter().collect());
    let applications = outcomes.iter().map(|(application, names)| {
        let names: Map<String, Value> = names.iter().map(|(name, made)| (name.to_string(), outcome(made))).collect();
        (application.to_string(), Value::Object(names))
    });
    Value::Object(applications.collect())
}
