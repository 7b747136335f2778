//! What this server is: the greeting at the root and the feature lists that clients and dashboards look at.

use keyward_rest::{ElasticError, Reply};
use keyward_security::request::Detail;
use keyward_security::role::RoleDescriptor;
use serde_json::{Map, Value, json};

use super::{Handler, licence};
use crate::Api;
use crate::context::Context;

/// The version that answers are compatible with.
pub(super) const VERSION: &str = "9.5.0";

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("info", |api, context| Box::pin(async move { root(api, context) })),
    ("ping", |api, context| Box::pin(async move { root(api, context) })),
    ("xpack.info", |api, context| Box::pin(async move { xpack(api, context) })),
    ("xpack.usage", |api, context| Box::pin(async move { usage(api, context) })),
];

fn root(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    context.authorize(Detail::None)?;
    let config = api.config();
    Ok(Reply::ok(json!({
        "name": config.node_name,
        "cluster_name": config.cluster_name,
        "cluster_uuid": config.cluster_uuid,
        "version": {
            "number": VERSION,
            "build_flavor": "default",
            "build_type": "tar",
            "build_hash": config.build_hash,
            "build_date": config.build_date,
            "build_snapshot": false,
            "lucene_version": "10.4.0",
            "minimum_wire_compatibility_version": "8.19.0",
            "minimum_index_compatibility_version": "8.0.0"
        },
        "tagline": "You Know, for Search"
    })))
}

/// Features that clients ask after. What is not here is said not to be.
const ABSENT: [&str; 14] = [
    "aggregate_metric",
    "analytics",
    "ccr",
    "enrich",
    "eql",
    "esql",
    "graph",
    "ilm",
    "logstash",
    "ml",
    "rollup",
    "searchable_snapshots",
    "transform",
    "watcher",
];

fn xpack(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    let categories = context.call.params.list("categories").unwrap_or_default();
    for category in &categories {
        if !matches!(*category, "_all" | "build" | "license" | "features") {
            let text = format!("unknown category [{category}], expected one of [_all, build, features, license]");
            return Err(ElasticError::illegal_argument(text));
        }
    }
    let human = context.call.params.bool_or("human", true)?;
    context.authorize(Detail::None)?;
    let wanted =
        |category: &str| categories.is_empty() || categories.contains(&"_all") || categories.contains(&category);
    let config = api.config();
    let mut answer = Map::new();
    if wanted("build") {
        answer.insert("build".to_owned(), json!({"hash": config.build_hash, "date": config.build_date}));
    }
    if wanted("license") {
        answer.insert("license".to_owned(), licence::summary(api));
    }
    if wanted("features") {
        let mut features: Vec<(&str, bool)> = ABSENT.iter().map(|name| (*name, false)).collect();
        features.push(("security", true));
        features.sort_unstable();
        let features: Map<String, Value> = features
            .into_iter()
            .map(|(name, here)| (name.to_owned(), json!({"available": here, "enabled": here})))
            .collect();
        answer.insert("features".to_owned(), Value::Object(features));
    }
    if human {
        answer.insert("tagline".to_owned(), "You know, for X".into());
    }
    Ok(Reply::ok(Value::Object(answer)))
}

/// The realm types that Elasticsearch knows.
const REALM_TYPES: [&str; 11] =
    ["active_directory", "file", "jwt", "kerberos", "ldap", "native", "oidc", "pki", "reserved", "saml", "_es_api_key"];

fn usage(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    context.authorize(Detail::None)?;
    let node = api.node().config();
    let view = &context.view;
    let mut realms = Map::new();
    for kind in REALM_TYPES.iter().filter(|kind| **kind != "_es_api_key") {
        let found = match *kind {
            "native" => Some((node.native_realm.name.to_string(), 2, view.users().len())),
            "reserved" if node.reserved_realm => Some(("reserved".to_owned(), -100, 0)),
            _ => None,
        };
        let entry = match found {
            Some((name, order, size)) => {
                json!({"available": true, "enabled": true, "name": [name], "order": [order], "size": [size]})
            }
            None => json!({"available": false, "enabled": false}),
        };
        realms.insert((*kind).to_owned(), entry);
    }
    let has = |test: fn(&RoleDescriptor) -> bool| view.roles().any(|(_, role)| test(&role.value));
    let count = |test: fn(&RoleDescriptor) -> bool| view.roles().filter(|(_, role)| test(&role.value)).count();
    let native_roles = json!({
        "size": view.roles().len(),
        "fls": has(|role| role.indices.iter().any(|entry| entry.field_security.is_some())),
        "dls": has(|role| role.indices.iter().any(|entry| entry.query.is_some())),
        "remote_indices": count(|role| !role.remote_indices.is_empty()),
        "remote_cluster": count(|role| !role.remote_cluster.is_empty()),
    });
    let file_roles = json!({"size": 0, "fls": false, "dls": false, "remote_indices": 0, "remote_cluster": 0});
    Ok(Reply::ok(json!({"security": {
        "available": true,
        "enabled": true,
        "realms": realms,
        "roles": {"native": native_roles, "file": file_roles},
        "role_mapping": {"native": {"size": 0, "enabled": 0}},
        "ssl": {"http": {"enabled": api.config().https}, "transport": {"enabled": false}},
        "token_service": {"enabled": node.tokens},
        "api_key_service": {"enabled": node.api_keys.enabled},
        "audit": {"enabled": false},
        "ipfilter": {"http": false, "transport": false},
        "anonymous": {"enabled": node.anonymous.is_some()},
        "fips_140": {"enabled": false},
        "operator_privileges": {"available": false, "enabled": false}
    }})))
}
