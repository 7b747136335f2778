//! Query parameters that nobody reads: the answer names them and suggests what may have been meant.

use keyward_xcontent::{did_you_mean, suggest};

use crate::catalog::BodyKind;
use crate::classify::Call;
use crate::error::ElasticError;

/// What every endpoint reads.
const GLOBAL: [&str; 5] = ["error_trace", "filter_path", "format", "human", "pretty"];
/// What the cat family reads beside that.
const CAT: [&str; 6] = ["bytes", "h", "help", "s", "time", "v"];
/// What endpoints read whose body may stand in the query string.
const SOURCE: [&str; 2] = ["source", "source_content_type"];

pub(crate) fn check(call: &Call) -> Result<(), ElasticError> {
    let known = known(call);
    let mut unknown: Vec<&str> =
        call.params.iter().map(|(name, _)| name).filter(|name| !known.contains(name)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    unknown.sort_unstable();
    let candidates: Vec<&str> = known.iter().copied().chain(call.path.iter().map(|(name, _)| name)).collect();
    let listed: Vec<String> = unknown.iter().map(|name| format!("[{name}]{}", suggestion(name, &candidates))).collect();
    let plural = if listed.len() > 1 { "s" } else { "" };
    Err(ElasticError::illegal_argument(format!(
        "request [{}] contains unrecognized parameter{plural}: {}",
        call.raw_path,
        listed.join(", ")
    )))
}

fn known(call: &Call) -> Vec<&'static str> {
    let endpoint = call.endpoint;
    let mut known: Vec<&'static str> = endpoint.parameters.iter().map(|parameter| parameter.name).collect();
    known.extend(GLOBAL);
    if endpoint.is_cat() {
        known.extend(CAT);
    }
    if matches!(endpoint.body, BodyKind::Source | BodyKind::RequiredSource | BodyKind::NdjsonSource) {
        known.extend(SOURCE);
    }
    known
}

fn suggestion(name: &str, candidates: &[&str]) -> String {
    let close = suggest(name, candidates.iter().copied());
    did_you_mean(&close).map(|clause| format!(" -> {clause}")).unwrap_or_default()
}
