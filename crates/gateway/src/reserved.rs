//! Names under which Elasticsearch keeps its security state. Here that state is in no index: reading such a name finds
//! nothing, and making one is refused, so that nobody takes a made-up one for the real thing.

use keyward_rest::ElasticError;
use keyward_rest::requirements::Needed;

/// Refuses to make or change what has a reserved name. To be asked after the decision.
pub(crate) fn check(needed: &Needed) -> Result<(), ElasticError> {
    let action = needed.action.as_str();
    let only_looks = ["indices:data/read/", "indices:monitor/", "indices:admin/resolve/"]
        .iter()
        .any(|family| action.starts_with(family))
        || action.ends_with("/get");
    match needed.names.iter().find(|name| is_reserved(name)) {
        Some(name) if action.starts_with("indices:") && !only_looks => Err(ElasticError::forbidden(format!(
            "action [{action}] is refused on indices [{name}]: the name is reserved, and the security state of this \
             server is not kept in an index"
        ))),
        _ => Ok(()),
    }
}

fn is_reserved(name: &str) -> bool {
    name.strip_prefix(".security").is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', ':', '*']))
}
