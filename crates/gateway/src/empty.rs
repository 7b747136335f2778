//! Calls that are allowed and come down to no index at all.
//!
//! Reads go to the engine with a permit for nothing, which knows the shape of their answer. Changes are answered here:
//! an engine is never asked to change nothing.

use keyward_rest::requirements::Requirements;
use keyward_rest::{Call, ElasticError, Reply};
use serde_json::{Value, json};

/// The answer to a change of nothing; nothing for a read.
pub(crate) fn answer(call: &Call, requirements: &Requirements) -> Result<Option<Reply>, ElasticError> {
    let acknowledged = || json!({ "acknowledged": true });
    let shards = || json!({ "_shards": { "total": 0, "successful": 0, "failed": 0 } });
    let body: Value = match call.endpoint.api {
        "indices.delete"
        | "indices.put_mapping"
        | "server.put_mapping_alt"
        | "indices.put_settings"
        | "indices.delete_data_stream"
        | "indices.put_data_lifecycle"
        | "indices.delete_data_lifecycle"
        | "indices.put_data_stream_options"
        | "indices.delete_data_stream_options" => acknowledged(),
        "indices.open" | "server.open_alt" => json!({ "acknowledged": true, "shards_acknowledged": true }),
        "indices.close" | "server.close_alt" => {
            json!({ "acknowledged": true, "shards_acknowledged": true, "indices": {} })
        }
        "indices.add_block" | "indices.remove_block" => {
            json!({ "acknowledged": true, "shards_acknowledged": true, "indices": [] })
        }
        "indices.refresh" | "indices.flush" | "indices.forcemerge" | "indices.clear_cache" => shards(),
        "delete_by_query" => by_query(&["deleted"]),
        "update_by_query" => by_query(&["updated", "deleted"]),
        "reindex" => by_query(&["updated", "created", "deleted"]),
        // What was to get or lose an alias is not there.
        "indices.put_alias" | "server.put_alias_alt" | "indices.delete_alias" | "indices.update_aliases" => {
            let names = requirements.whole.first().map(|needed| needed.names.join(",")).unwrap_or_default();
            return Err(ElasticError::index_not_found(&names));
        }
        _ => return Ok(None),
    };
    Ok(Some(Reply::ok(body)))
}

/// A by-query request that found nothing.
fn by_query(counts: &[&str]) -> Value {
    let mut body = json!({ "took": 0, "timed_out": false, "total": 0 });
    let rest = json!({
        "batches": 0,
        "version_conflicts": 0,
        "noops": 0,
        "retries": { "bulk": 0, "search": 0 },
        "throttled_millis": 0,
        "requests_per_second": -1.0,
        "throttled_until_millis": 0,
        "failures": [],
    });
    if let (Some(body), Value::Object(rest)) = (body.as_object_mut(), rest) {
        body.extend(counts.iter().map(|count| ((*count).to_owned(), json!(0))));
        body.extend(rest);
    }
    body
}
