//! The searches of a `_msearch` body: a header line and a body line for each.

use std::ops::Range;

use keyward_security::request::IndicesOptions;
use keyward_security::time::Timestamp;
use keyward_xcontent::{Field, Limits, Value, lines, parse};

use crate::error::ElasticError;
use crate::targets::{expand_wildcards, expression, expressions};

/// One search of a body.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchItem {
    /// The index expressions: those of the header, else those of the request; date math evaluated.
    pub indices: Vec<String>,
    /// How its wildcards expand.
    pub options: IndicesOptions,
    /// The bytes of the header line, which may be empty.
    pub header: Range<usize>,
    /// The bytes of the body line.
    pub body: Range<usize>,
    /// What the search asks for beside hits.
    pub asks: SearchAsks,
}

/// What a search asks for that cannot be had where documents are hidden.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SearchAsks {
    /// Suggestions.
    pub suggest: bool,
    /// A profile.
    pub profile: bool,
}

impl SearchAsks {
    /// What the body of a search asks for. Whatever is not plainly a "no" counts.
    pub(crate) fn of(body: &Value<'_>) -> Self {
        let asks = |name: &str| body.get(name).is_some_and(|value| value.as_lenient_bool() != Some(false));
        Self { suggest: asks("suggest"), profile: asks("profile") }
    }
}

/// The keys of a header that have no bearing on what is read, under every spelling.
const PLAIN_KEYS: &[&str] = &[
    "search_type",
    "searchType",
    "request_cache",
    "requestCache",
    "ccs_minimize_roundtrips",
    "preference",
    "routing",
    "allow_partial_search_results",
    "ignore_throttled",
    "ignoreThrottled",
];

/// Reads the header lines of a body.
///
/// # Errors
///
/// 400 for a line of another form or a key that is not known.
pub(crate) fn scan(
    body: &[u8],
    default: &[String],
    options: &IndicesOptions,
    now: Timestamp,
) -> Result<Vec<SearchItem>, ElasticError> {
    if body.is_empty() {
        return Err(ElasticError::parse("request body or source parameter is required"));
    }
    if body.last() != Some(&b'\n') {
        return Err(ElasticError::illegal_argument("The msearch request must be terminated by a newline [\\n]"));
    }
    let mut rest = lines(body);
    let mut items = Vec::new();
    while let Some(header) = rest.next() {
        let search = rest.next().filter(|line| !line.is_empty()).ok_or_else(|| {
            ElasticError::illegal_argument("a header line of the msearch request is not followed by a search")
        })?;
        let mut item = SearchItem {
            indices: default.to_vec(),
            options: *options,
            header: header.range,
            body: search.range,
            asks: SearchAsks::default(),
        };
        let bytes = body.get(item.header.clone()).unwrap_or_default();
        if !bytes.is_empty() {
            read_header(bytes, &mut item, now)?;
        }
        items.push(item);
    }
    Ok(items)
}

fn read_header(bytes: &[u8], item: &mut SearchItem, now: Timestamp) -> Result<(), ElasticError> {
    let value = parse(bytes, Limits { max_depth: 20 })?;
    let object = value.as_object().ok_or_else(|| {
        ElasticError::illegal_argument(format!(
            "expected START_OBJECT but found [{}] in an msearch header",
            value.token()
        ))
    })?;
    let mut named = Vec::new();
    for field in object {
        let meaning = match &*field.name {
            "index" | "indices" => {
                let names = strings(field)?;
                item.indices = match field.value.as_str() {
                    Some(list) => expressions(list, now)?,
                    None => names.iter().map(|name| expression(name, now)).collect::<Result<_, _>>()?,
                };
                if item.indices.is_empty() {
                    item.indices.push("*".to_owned());
                }
                "index"
            }
            "expand_wildcards" | "expandWildcards" => {
                expand_wildcards(&mut item.options, strings(field)?.iter().flat_map(|words| words.split(',')))?;
                "expand_wildcards"
            }
            "ignore_unavailable" | "ignoreUnavailable" => {
                item.options.ignore_unavailable = flag(field)?;
                "ignore_unavailable"
            }
            "allow_no_indices" | "allowNoIndices" => {
                item.options.allow_no_indices = flag(field)?;
                "allow_no_indices"
            }
            plain if PLAIN_KEYS.contains(&plain) => continue,
            other => {
                let text = format!("key [{other}] is not supported in the metadata section");
                return Err(ElasticError::illegal_argument(text));
            }
        };
        if named.contains(&meaning) {
            let text = format!("key [{}] is given under two spellings in the metadata section", field.name);
            return Err(ElasticError::illegal_argument(text));
        }
        named.push(meaning);
    }
    Ok(())
}

fn strings<'f>(field: &'f Field<'_>) -> Result<Vec<&'f str>, ElasticError> {
    let wrong = || {
        let text = format!("[{}] has to be a string or an array of strings in the metadata section", field.name);
        ElasticError::illegal_argument(text)
    };
    match (field.value.as_str(), field.value.as_array()) {
        (Some(one), _) => Ok(vec![one]),
        (None, Some(many)) => many.iter().map(|one| one.as_str().ok_or_else(wrong)).collect(),
        (None, None) if field.value.is_null() && field.name == "index" => Ok(Vec::new()),
        (None, None) => Err(wrong()),
    }
}

fn flag(field: &Field<'_>) -> Result<bool, ElasticError> {
    field.value.as_lenient_bool().ok_or_else(|| {
        let text = format!("[{}] has to be a boolean in the metadata section", field.name);
        ElasticError::illegal_argument(text)
    })
}

#[cfg(test)]
mod tests;
