//! Index expressions as requests write them: lists, exclusions, selectors, other clusters, `_all`; and the options that
//! say how wildcards expand.
//!
//! What an expression *means* for a caller is decided elsewhere (`security::resolve`); here it is only read.

use keyward_security::request::IndicesOptions;
use keyward_security::time::Timestamp;

use crate::classify::Call;
use crate::date_math::{evaluate, is_date_math};
use crate::error::ElasticError;
use crate::error_type::ErrorType;

/// Names longer than this (in bytes) are refused.
const LONGEST_NAME: usize = 255;

/// Reads a list of index expressions as a path or a string writes it: parts at commas, date math evaluated with `now`.
///
/// # Errors
///
/// 400 for a part that cannot be a name or a pattern.
pub fn expressions(list: &str, now: Timestamp) -> Result<Vec<String>, ElasticError> {
    split(list).into_iter().map(|part| expression(part, now)).collect()
}

/// Reads one index expression.
///
/// # Errors
///
/// 400 if it cannot be a name or a pattern.
pub fn expression(part: &str, now: Timestamp) -> Result<String, ElasticError> {
    let problem = if part.is_empty() {
        Some("must not be empty")
    } else if part.trim() != part {
        Some("must not begin or end with white space")
    } else if part.contains(char::is_control) {
        Some("must not contain control characters")
    } else {
        None
    };
    if let Some(problem) = problem {
        return Err(invalid(part, problem));
    }
    let name = evaluate(part, now)?;
    let problem = if name.contains('%') {
        // One decoding has been done. What would decode once more could be read differently further on.
        Some("must not contain '%'")
    } else if name.contains(['/', '\\']) {
        Some("must not contain the following characters ['/','\\']")
    } else if name.len() > LONGEST_NAME {
        Some("index name is too long")
    } else {
        None
    };
    problem.map_or(Ok(name), |problem| Err(invalid(part, problem)))
}

/// Reads a name where a wildcard, a list, a selector or another cluster has no place: the address of a document, the
/// target of a write.
///
/// # Errors
///
/// 400 if it is anything but one exact name.
pub fn exact_name(text: &str, action: &str, now: Timestamp) -> Result<String, ElasticError> {
    let name = expression(text, now)?;
    if name == "_all" {
        return Err(ElasticError::illegal_argument(format!(
            "the action {action} does not support accessing all indices; the provided index expression [{text}] is not \
             allowed"
        )));
    }
    if name.contains('*') {
        return Err(ElasticError::illegal_argument(format!(
            "the action {action} does not support wildcards; the provided index expression(s) [{text}] are not allowed"
        )));
    }
    if name.contains([',', '"', '<', '>', '|', '?', ' ', '#']) {
        let characters = r#"[' ','"','*',',','/','<','>','?','\','|']"#;
        return Err(invalid(&name, &format!("must not contain the following characters {characters}")));
    }
    Ok(name)
}

/// Cuts a list at its commas; those inside of date math are part of it.
fn split(list: &str) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), list);
    loop {
        let cut = if rest.starts_with('<') || rest.starts_with("-<") {
            rest.find('>').and_then(|end| rest.get(end..)?.find(',').map(|comma| end + comma))
        } else {
            rest.find(',')
        };
        match cut.and_then(|cut| rest.split_at_checked(cut)) {
            Some((part, after)) => {
                parts.push(part);
                rest = after.strip_prefix(',').unwrap_or(after);
            }
            None => {
                parts.push(rest);
                return parts;
            }
        }
    }
}

fn invalid(name: &str, problem: &str) -> ElasticError {
    ElasticError::new(ErrorType::InvalidIndexName, format!("Invalid index name [{name}], {problem}"))
        .with_extra("index_uuid", "_na_")
        .with_extra("index", name)
}

/// The cluster that an expression names, if it names one: `cluster:name`. Date math and selectors have colons of their
/// own.
pub fn remote_cluster(expression: &str) -> Option<&str> {
    if is_date_math(expression) {
        return None;
    }
    let name = expression.strip_prefix('-').unwrap_or(expression);
    let (cluster, rest) = name.split_once(':')?;
    (!rest.starts_with(':')).then_some(cluster)
}

/// Whether expressions stand for all indices: none at all, `_all`, or `*`.
pub fn is_all<S: AsRef<str>>(expressions: &[S]) -> bool {
    match expressions {
        [] => true,
        [one] => matches!(one.as_ref(), "_all" | "*"),
        _ => false,
    }
}

/// How the wildcards of a call expand: what the endpoint does by default, changed by the query parameters.
///
/// # Errors
///
/// 400 for values that the parameters do not take.
pub fn options(call: &Call) -> Result<IndicesOptions, ElasticError> {
    let mut options = defaults(call.endpoint.api);
    let params = &call.params;
    if let Some(value) = params.get("expand_wildcards") {
        expand_wildcards(&mut options, value.split(','))?;
    }
    if call.endpoint.reads("ignore_unavailable") || params.contains("ignore_unavailable") {
        options.ignore_unavailable = params.bool_or("ignore_unavailable", options.ignore_unavailable)?;
    }
    options.allow_no_indices = params.bool_or("allow_no_indices", options.allow_no_indices)?;
    Ok(options)
}

/// Sets what wildcards expand to from the words of `expand_wildcards`.
///
/// # Errors
///
/// 400 for another word.
pub fn expand_wildcards<'w>(
    options: &mut IndicesOptions,
    words: impl IntoIterator<Item = &'w str>,
) -> Result<(), ElasticError> {
    (options.expand_open, options.expand_closed, options.expand_hidden) = (false, false, false);
    for word in words {
        match word.trim() {
            "open" => options.expand_open = true,
            "closed" => options.expand_closed = true,
            "hidden" => options.expand_hidden = true,
            "all" => (options.expand_open, options.expand_closed, options.expand_hidden) = (true, true, true),
            "none" => (options.expand_open, options.expand_closed, options.expand_hidden) = (false, false, false),
            other => return Err(ElasticError::illegal_argument(format!("No valid expand wildcard value [{other}]"))),
        }
    }
    Ok(())
}

fn defaults(api: &str) -> IndicesOptions {
    let mut options = IndicesOptions::EXPAND_OPEN;
    match api {
        "cat.aliases"
        | "cat.indices"
        | "indices.get_alias"
        | "indices.exists_alias"
        | "server.get_alias_alt"
        | "server.exists_alias_alt" => (options.expand_closed, options.expand_hidden) = (true, true),
        "indices.delete" => {
            options.expand_closed = true;
            options.ignore_aliases = true;
        }
        "indices.data_streams_stats" => options.expand_closed = true,
        "indices.open" | "server.open_alt" => (options.expand_open, options.expand_closed) = (false, true),
        "indices.put_settings" | "search_shards" => options.allow_no_indices = false,
        "eql.search" => options.ignore_unavailable = true,
        _ => {}
    }
    options
}

#[cfg(test)]
mod tests;
