//! Query parameters that nobody reads: the answer names them and suggests what may have been meant.

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
    let mut close: Vec<(f64, &str)> = candidates
        .iter()
        .map(|candidate| (similarity(name, candidate), *candidate))
        .filter(|(similarity, _)| *similarity > 0.5)
        .collect();
    close.sort_by(|left, right| right.0.total_cmp(&left.0).then_with(|| left.1.cmp(right.1)));
    close.dedup();
    let names: Vec<&str> = close.into_iter().map(|(_, candidate)| candidate).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => format!(" -> did you mean [{one}]?"),
        many => format!(" -> did you mean any of [{}]?", many.join(", ")),
    }
}

/// One minus the edit distance over the longer length.
fn similarity(left: &str, right: &str) -> f64 {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let longer = left.len().max(right.len());
    if longer == 0 {
        return 1.0;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, left) in left.iter().enumerate() {
        let mut diagonal = index;
        let mut before = index.saturating_add(1);
        let mut next = vec![before];
        for (right, above) in right.iter().zip(row.iter().skip(1)) {
            let cost = diagonal.saturating_add(usize::from(left != right));
            let cell = cost.min(above.saturating_add(1)).min(before.saturating_add(1));
            next.push(cell);
            (diagonal, before) = (*above, cell);
        }
        row = next;
    }
    let distance = row.last().copied().unwrap_or(longer);
    1.0 - f64::from(u32::try_from(distance).unwrap_or(u32::MAX)) / f64::from(u32::try_from(longer).unwrap_or(u32::MAX))
}
