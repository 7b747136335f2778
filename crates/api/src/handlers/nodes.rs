//! The nodes of the cluster, of which this is the one that answers; and what is said node by node.

use keyward_rest::{ElasticError, Reply};
use keyward_security::request::Detail;
use serde_json::{Map, Value, json};

use super::Handler;
use super::info::VERSION;
use crate::Api;
use crate::context::Context;
use crate::render::nodes_header;

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("nodes.info", |api, context| Box::pin(async move { info(api, context) })),
    ("security.get_stats", |api, context| Box::pin(async move { stats(api, context) })),
    ("security.clear_cached_realms", |api, context| Box::pin(async move { clear_realms(api, context) })),
];

/// The parts of a node's description that can be asked for. Of most there is nothing to say here.
const METRICS: [&str; 16] = [
    "_all",
    "_none",
    "aggregations",
    "http",
    "indices",
    "ingest",
    "jvm",
    "os",
    "plugins",
    "process",
    "remote_cluster_server",
    "search_pipelines",
    "settings",
    "thread_pool",
    "transport",
    "features",
];

fn info(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    let path = &context.call.path;
    let (mut nodes, mut metrics) = (path.list("node_id"), path.list("metric"));
    // One segment alone is read as parts if it names nothing but parts, and as nodes otherwise.
    let only_metrics = |list: &[&str]| !list.is_empty() && list.iter().all(|one| METRICS.contains(one));
    match (&nodes, &metrics) {
        (Some(list), None) if only_metrics(list) => std::mem::swap(&mut nodes, &mut metrics),
        (None, Some(list)) if !only_metrics(list) => std::mem::swap(&mut nodes, &mut metrics),
        _ => {}
    }
    let unknown = metrics.iter().flatten().find(|metric| !METRICS.contains(metric));
    if let Some(metric) = unknown {
        let text = format!("request [{}] contains unrecognized metric: [{metric}]", context.call.raw_path);
        return Err(ElasticError::illegal_argument(text));
    }
    context.authorize(Detail::None)?;
    let config = api.config();
    let meant = nodes.is_none_or(|nodes| nodes.iter().any(|filter| names_this_node(filter, api)));
    let with_http = metrics.is_none_or(|metrics| metrics.contains(&"http") || metrics.contains(&"_all"));
    let mut described = Map::new();
    if meant {
        described.insert(config.node_id.clone(), describe(api, with_http));
    }
    let mut answer = nodes_header(config, described.len());
    answer.insert("nodes".to_owned(), Value::Object(described));
    Ok(Reply::ok(Value::Object(answer)))
}

fn describe(api: &Api, with_http: bool) -> Value {
    let config = api.config();
    let publish = config.addresses.publish;
    let mut node = json!({
        "name": config.node_name,
        "transport_address": publish.to_string(),
        "host": publish.ip().to_string(),
        "ip": publish.ip().to_string(),
        "version": VERSION,
        "transport_version": 9_500_000,
        "index_version": 9_500_000,
        "component_versions": {},
        "build_flavor": "default",
        "build_type": "tar",
        "build_hash": config.build_hash,
        "roles": ["data", "ingest", "master"],
        "attributes": {},
    });
    if let (true, Some(node)) = (with_http, node.as_object_mut()) {
        let bound: Vec<String> = config.addresses.bound.iter().map(ToString::to_string).collect();
        let http = json!({
            "bound_address": bound,
            "publish_address": publish.to_string(),
            "max_content_length_in_bytes": config.max_content_length,
        });
        node.insert("http".to_owned(), http);
    }
    node
}

/// Whether a node filter means the only node there is.
fn names_this_node(filter: &str, api: &Api) -> bool {
    let config = api.config();
    match filter {
        "_all" | "_local" | "_master" | "*" => true,
        "master:true" | "data:true" | "ingest:true" | "voting_only:false" | "coordinating_only:false" => true,
        _ => {
            let host = config.addresses.publish.ip().to_string();
            [&config.node_id, &config.node_name, &host].into_iter().any(|name| glob(filter, name))
        }
    }
}

/// `*` stands for any text.
fn glob(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn stats(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    context.authorize(Detail::None)?;
    let none = json!({
        "count": 0, "memory": "0b", "memory_in_bytes": 0, "hits": 0, "misses": 0, "evictions": 0,
        "hits_time_in_millis": 0, "misses_time_in_millis": 0
    });
    let mut nodes = Map::new();
    nodes.insert(api.config().node_id.clone(), json!({"roles": {"dls": {"bit_set_cache": none}}}));
    Ok(Reply::ok(json!({"nodes": nodes})))
}

/// Forgets passwords that were found right. An unknown realm is an error of the node, not of the request.
fn clear_realms(api: &Api, context: &Context) -> Result<Reply, ElasticError> {
    let named = context.call.path.list("realms").unwrap_or_default();
    context.authorize(Detail::None)?;
    let node = api.node().config();
    let known = |realm: &str| {
        matches!(realm, "_all" | "*")
            || *realm == *node.native_realm.name
            || (realm == keyward_security::authentication::RESERVED_REALM && node.reserved_realm)
    };
    let config = api.config();
    match named.iter().find(|realm| !known(realm)) {
        None => {
            api.node().hasher().forget_all();
            Ok(Reply::ok(crate::render::cleared(config)))
        }
        Some(unknown) => {
            let failure = json!({
                "type": "failed_node_exception",
                "reason": format!("Failed node [{}]", config.node_id),
                "node_id": config.node_id,
                "caused_by": {
                    "type": "illegal_argument_exception",
                    "reason": format!("could not find active realm [{unknown}]")
                }
            });
            Ok(Reply::ok(json!({
                "_nodes": {"total": 1, "successful": 0, "failed": 1, "failures": [failure]},
                "cluster_name": config.cluster_name,
                "nodes": {}
            })))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, name) in
            [("*", ""), ("a*", "a"), ("*b", "ab"), ("a*c*e", "abcde"), ("abc", "abc"), ("a**c", "abc")]
        {
            assert!(glob(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("a", "ab"), ("a*c", "ab"), ("", "a"), ("ab*ba", "aba")] {
            assert!(!glob(pattern, name), "{pattern} {name}");
        }
    }
}
