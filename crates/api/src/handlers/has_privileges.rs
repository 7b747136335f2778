//! What one may do: checking privileges and listing one's own.

use keyward_rest::{ElasticError, Reply};
use keyward_security::has_privileges::PrivilegesToCheck;
use keyward_security::request::Detail;

use super::Handler;
use crate::context::Context;
use crate::{Api, role_error};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("security.has_privileges", |api, context| Box::pin(async move { check(api, context) })),
    ("security.get_user_privileges", |_, context| Box::pin(async move { list(context) })),
];

/// `GET _security/user/_has_privileges`, `GET _security/user/{user}/_has_privileges`
fn check(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    let username = context.call.path.get("user").unwrap_or(username_of(context));
    let wanted = PrivilegesToCheck::parse(&context.json()?, username).map_err(role_error::privileges_to_check)?;
    let problems = wanted.validate();
    if !problems.is_empty() {
        return Err(ElasticError::validation(problems));
    }
    context.authorize(Detail::SameUser { username: username.to_owned() })?;
    if username != username_of(context) {
        return Err(ElasticError::illegal_argument("users may only check the privileges of their own account"));
    }
    let stored = api.node().application_privileges(&context.view);
    let result = context.role.check_privileges(&wanted, &stored).map_err(role_error::check_privileges)?;
    Ok(Reply::ok(result.to_json(username)))
}

/// `GET _security/user/_privileges`
fn list(context: &Context) -> Result<Reply, ElasticError> {
    context.authorize(Detail::SameUser { username: username_of(context).to_owned() })?;
    let listed = context.role.list_privileges().map_err(|error| ElasticError::illegal_argument(error.to_string()))?;
    Ok(Reply::ok(listed))
}

/// The name of the one who acts.
fn username_of(context: &Context) -> &str {
    &context.authentication.effective.user.username
}
