//! For each API a request that is well-formed, so that nothing but the lack of privileges can be in its way.

use keyward_rest::{BodyKind, Endpoint};

/// Query parameters without which a request is not well-formed.
pub(crate) fn query(api: &str) -> Option<&'static str> {
    Some(match api {
        "security.get_api_key" => "id=x1",
        "server.delete_index_root" | "server.close_alt" | "server.open_alt" => "index=logs",
        _ => return None,
    })
}

/// A body that is well-formed.
pub(crate) fn body(endpoint: &Endpoint) -> &'static str {
    match (endpoint.api, endpoint.body) {
        (_, BodyKind::None) => "",
        ("mget" | "mtermvectors", _) => r#"{"docs":[{"_index":"logs","_id":"1"}]}"#,
        ("update", _) => r#"{"doc":{"a":1}}"#,
        ("simulate.ingest", _) => r#"{"docs":[{"_index":"logs","_source":{}}]}"#,
        ("indices.update_aliases", _) => r#"{"actions":[{"add":{"index":"logs","alias":"all-logs"}}]}"#,
        ("security.bulk_update_api_keys", _) => r#"{"ids":["x1"]}"#,
        ("security.clone_api_key", _) => r#"{"api_key":"eDE6eA==","name":"k"}"#,
        ("security.grant_api_key", _) => {
            r#"{"grant_type":"password","username":"u","password":"p","api_key":{"name":"k"}}"#
        }
        ("security.change_password", _) => r#"{"password":"powerless"}"#,
        ("security.create_api_key", _) => r#"{"name":"k"}"#,
        ("security.has_privileges", _) => r#"{"cluster":["monitor"]}"#,
        ("security.invalidate_api_key", _) => r#"{"ids":["x1"]}"#,
        ("security.put_privileges", _) => r#"{"myapp":{"read":{"actions":["data:read"]}}}"#,
        ("security.put_user", _) => r#"{"password":"long-enough","roles":[]}"#,
        (_, BodyKind::Ndjson) => "{\"index\":{\"_index\":\"logs\"}}\n{\"a\":1}\n",
        (_, BodyKind::NdjsonSource) => "{\"index\":\"logs\"}\n{}\n",
        (_, BodyKind::Optional | BodyKind::Source | BodyKind::Any) => "",
        (_, BodyKind::Required | BodyKind::RequiredSource | BodyKind::Text | BodyKind::Binary) => "{}",
    }
}
