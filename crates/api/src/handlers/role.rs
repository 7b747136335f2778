//! Roles: put, get, delete.

use std::sync::Arc;

use http::StatusCode;
use keyward_rest::{ElasticError, Reply};
use keyward_security::request::Detail;
use keyward_security::role::descriptor::{DescriptorContext, DescriptorForm, RoleNameError};
use keyward_security::role::{IndicesPrivileges, RoleDescriptor, reserved_role, reserved_roles};
use keyward_state::plan;
use serde_json::{Map, Value, json};

use super::Handler;
use crate::context::Context;
use crate::error::use_case;
use crate::{Api, render, role_error, role_query};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("security.put_role", |api, context| Box::pin(put(api, context))),
    ("security.get_role", |_, context| Box::pin(async move { get(context) })),
    ("security.delete_role", |api, context| Box::pin(delete(api, context))),
    ("security.clear_cached_roles", |api, context| Box::pin(async move { clear_cache(api, context) })),
];

/// `PUT _security/role/{name}`
async fn put(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    context.call.params.refresh()?;
    let name = name(context);
    RoleNameError::check_syntax(name).map_err(role_error::role_name)?;
    let descriptor = RoleDescriptor::parse(name, &context.json()?, DescriptorContext::Role);
    let descriptor = Arc::new(descriptor.map_err(role_error::descriptor)?);
    let problems = problems(name, &descriptor);
    if !problems.is_empty() {
        return Err(ElasticError::validation(problems));
    }
    context.authorize(Detail::PutRole { name: name.to_owned(), descriptor: Arc::clone(&descriptor) })?;
    check_licence(api, &descriptor)?;
    role_query::check(&descriptor)?;
    let created = api.node().put_role(name, &descriptor).await.map_err(use_case)?;
    Ok(Reply::ok(json!({"role": {"created": created}})))
}

/// Hiding documents or fields is a licensed feature.
fn check_licence(api: &Api, descriptor: &RoleDescriptor) -> Result<(), ElasticError> {
    const FEATURE: &str = "field and document level security";
    let remote = descriptor.remote_indices.iter().map(|entry| &entry.indices);
    let hides = |entry: &IndicesPrivileges| entry.query.is_some() || entry.field_security.is_some();
    if descriptor.indices.iter().chain(remote).any(hides) && !api.config().licence.includes(FEATURE) {
        return Err(ElasticError::licence(FEATURE));
    }
    Ok(())
}

fn problems(name: &str, descriptor: &RoleDescriptor) -> Vec<String> {
    let mut problems: Vec<String> =
        RoleNameError::check(name).err().map(|error| error.to_string()).into_iter().collect();
    if reserved_role(name).is_some() {
        problems.push(plan::PutRoleError::Reserved(name.to_owned()).to_string());
    }
    problems.extend(descriptor.validate());
    problems
}

/// `GET _security/role`, `GET _security/role/{name}`
fn get(context: &Context) -> Result<Reply, ElasticError> {
    context.call.params.bool("include_implicit")?;
    context.authorize(Detail::None)?;
    let named = context.call.path.list("name").filter(|names| !names.is_empty());
    let mut found: Vec<(&str, &RoleDescriptor)> = match &named {
        Some(names) => names.iter().filter_map(|name| Some((*name, find(context, name)?))).collect(),
        None => {
            let reserved = reserved_roles().iter().map(|role| (&**role.name(), &**role.descriptor()));
            reserved.chain(context.view.roles().map(|(name, role)| (&**name, &*role.value))).collect()
        }
    };
    found.sort_unstable_by_key(|(name, _)| *name);
    let status = if found.is_empty() && named.is_some() { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let body: Map<String, Value> =
        found.into_iter().map(|(name, role)| (name.to_owned(), role.to_json(DescriptorForm::Api))).collect();
    Ok(Reply::json(status, body))
}

fn find<'c>(context: &'c Context, name: &str) -> Option<&'c RoleDescriptor> {
    match reserved_role(name) {
        Some(role) => Some(role.descriptor()),
        None => context.view.role(name).map(|role| &*role.value),
    }
}

/// `DELETE _security/role/{name}`
async fn delete(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    context.call.params.refresh()?;
    let name = name(context);
    context.authorize(Detail::DeleteRole { name: name.to_owned() })?;
    let found = api.node().delete_role(name).await.map_err(use_case)?;
    let status = if found { StatusCode::OK } else { StatusCode::NOT_FOUND };
    Ok(Reply::json(status, json!({"found": found})))
}

/// `POST _security/role/{name}/_clear_cache`: nothing is ever stale here, so there is nothing to clear.
fn clear_cache(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    context.authorize(Detail::None)?;
    Ok(Reply::ok(render::cleared(api.config())))
}

fn name(context: &Context) -> &str {
    context.call.path.get("name").unwrap_or_default()
}
