//! From a permit's names to indices.

use std::sync::Arc;

use keyward_rest::error::ElasticError;
use keyward_rest::params::Params;
use keyward_security::decide::Permit;

use super::Request;
use crate::catalogue::{Catalogue, Entry};
use crate::index::Index;

/// The parameters by which expressions are expanded: the decision has honoured them.
pub(crate) const EXPANSION: &[&str] = &["ignore_unavailable", "allow_no_indices", "expand_wildcards"];

/// The permit's indices, in order of name.
///
/// # Errors
///
/// 404 for a name that does not exist, unless `ignore_unavailable` is set.
pub(crate) fn indices(request: &Request<'_>, catalogue: &Catalogue) -> Result<Vec<Entry>, ElasticError> {
    let lenient = request.flag("ignore_unavailable", false)?;
    if let Some(missing) = request.permit.missing()
        && !lenient
    {
        return Err(ElasticError::index_not_found(missing.name()));
    }
    let mut entries = Vec::new();
    for name in request.permit.concrete() {
        match catalogue.entry(name) {
            Some(entry) => entries.push(entry.clone()),
            // It was there when the call was decided about.
            None if lenient => {}
            None => return Err(ElasticError::index_not_found(name)),
        }
    }
    Ok(entries)
}

/// The one index of a request that reads one document.
pub(super) fn single(permit: &Permit, catalogue: &Catalogue) -> Result<Arc<Index>, ElasticError> {
    let [target] = permit.targets() else {
        return Err(ElasticError::internal("a request for one index was permitted for another number of names"));
    };
    match target.concrete() {
        [] => Err(ElasticError::index_not_found(target.name())),
        [name] => catalogue.index(name).cloned().ok_or_else(|| ElasticError::index_not_found(target.name())),
        several => Err(ElasticError::illegal_argument(format!(
            "alias [{}] has more than one index associated with it [{}], can't execute a single index op",
            target.name(),
            several.join(", ")
        ))),
    }
}

/// The header of answers that tell how many shards took part: all of them, and no copies.
pub(super) fn shards<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> serde_json::Value {
    let (mut total, mut successful) = (0u64, 0u64);
    for entry in entries {
        let settings = entry.index.settings();
        total += u64::from(settings.shards) * (1 + u64::from(settings.replicas));
        successful += u64::from(settings.shards);
    }
    serde_json::json!({ "total": total, "successful": successful, "failed": 0 })
}

/// Refuses time limits that cannot be read. What they limit takes no time here.
pub(super) fn check_times(params: &Params) -> Result<(), ElasticError> {
    for name in ["timeout", "master_timeout"] {
        params.time(name)?;
    }
    Ok(())
}
