//! The licence that is shown. Nothing has to be bought; the type is a setting.

use keyward_rest::{ElasticError, Reply};
use keyward_security::request::Detail;
use keyward_security::time::Timestamp;
use serde_json::{Map, Value, json};

use super::Handler;
use crate::Api;
use crate::config::LicenceType;
use crate::context::Context;
use crate::render::iso_time;

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("license.get", |api, context| Box::pin(async move { get(api, context) })),
    ("license.get_basic_status", |api, context| Box::pin(async move { basic_status(api, context) })),
    ("license.get_trial_status", |_, context| Box::pin(async move { trial_status(context) })),
];

/// A licence other than a basic one has an end; this one's is far away.
const ISSUED: Timestamp = Timestamp::from_millis(1_767_225_600_000);
const EXPIRY: Timestamp = Timestamp::from_millis(4_102_444_799_999);
const UID: &str = "00000000-0000-4000-8000-000000000000";

fn get(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    if !context.call.params.bool_or("accept_enterprise", true)? {
        return Err(ElasticError::illegal_argument("The [accept_enterprise] parameters may not be false"));
    }
    context.call.params.bool_or("local", false)?;
    context.authorize(Detail::None)?;
    let config = api.config();
    let kind = config.licence;
    let mut licence = Map::new();
    let mut put = |name: &str, value: Value| licence.insert(name.to_owned(), value);
    put("status", "active".into());
    put("uid", UID.into());
    put("type", kind.as_str().into());
    put("issue_date", iso_time(ISSUED).into());
    put("issue_date_in_millis", ISSUED.as_millis().into());
    if kind != LicenceType::Basic {
        put("expiry_date", iso_time(EXPIRY).into());
        put("expiry_date_in_millis", EXPIRY.as_millis().into());
    }
    if kind == LicenceType::Enterprise {
        put("max_nodes", Value::Null);
        put("max_resource_units", 1000.into());
    } else {
        put("max_nodes", 1000.into());
        put("max_resource_units", Value::Null);
    }
    put("issued_to", config.cluster_name.as_str().into());
    put("issuer", "keyward".into());
    put("start_date_in_millis", if kind == LicenceType::Basic { (-1).into() } else { ISSUED.as_millis().into() });
    Ok(Reply::ok(json!({"license": licence})))
}

/// The licence in the list of features.
pub(super) fn summary(api: &Api) -> Value {
    let kind = api.config().licence;
    let mut licence = Map::new();
    let mut put = |name: &str, value: Value| licence.insert(name.to_owned(), value);
    put("uid", UID.into());
    put("type", kind.as_str().into());
    put("mode", kind.as_str().into());
    put("status", "active".into());
    if kind != LicenceType::Basic {
        put("expiry_date_in_millis", EXPIRY.as_millis().into());
    }
    Value::Object(licence)
}

fn basic_status(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    context.authorize(Detail::None)?;
    Ok(Reply::ok(json!({"eligible_to_start_basic": api.config().licence != LicenceType::Basic})))
}

fn trial_status(context: &Context) -> Result<Reply, ElasticError> {
    context.authorize(Detail::None)?;
    // The type is a setting, which no request changes.
    Ok(Reply::ok(json!({"eligible_to_start_trial": false})))
}
