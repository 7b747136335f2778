//! The parameters of a search. They win over the body.

use super::parse::{check_time, negative, up_to};
use super::{FetchField, SearchBody, SourceFilter, TrackTotalHits};
use crate::error::{ParseError, ParseErrorKind, ParseResult};
use crate::query::{Operator, Query, operator_of, query_of_uri};
use crate::sort::parse_uri_sort;

/// Where parameters come from.
pub trait Parameters {
    /// The value of a parameter, decoded; empty where only its name was given.
    fn get(&self, name: &str) -> Option<&str>;
}

/// Puts what the parameters say into a search.
pub fn apply_parameters(body: &mut SearchBody, parameters: &dyn Parameters) -> ParseResult<()> {
    let get = |name: &str| parameters.get(name);
    if let Some(query) = query_of_parameters(parameters)? {
        body.query = Some(query);
    }
    if let Some(text) = get("from") {
        body.from = negative("from", integer("from", text)?)?;
    }
    if let Some(text) = get("size") {
        body.size = negative("size", integer("size", text)?)?;
    }
    if let Some(text) = get("sort") {
        body.sort = parse_uri_sort(text)?;
    }
    let source = SourceFilter::of_parameters(get("_source"), get("_source_includes"), get("_source_excludes"));
    if let Some(source) = source {
        body.source = source;
    }
    if let Some(text) = get("track_total_hits") {
        body.track_total_hits = match text {
            "true" | "" => TrackTotalHits::Exactly,
            "false" => TrackTotalHits::No,
            number => up_to(integer("track_total_hits", number)?)?,
        };
    }
    if let Some(value) = boolean(parameters, "track_scores")? {
        body.track_scores = value;
    }
    if let Some(value) = boolean(parameters, "version")? {
        body.version = value;
    }
    if let Some(value) = boolean(parameters, "seq_no_primary_term")? {
        body.seq_no_primary_term = value;
    }
    if let Some(text) = get("docvalue_fields") {
        body.docvalue_fields = text.split(',').filter(|name| !name.is_empty()).map(FetchField::new).collect();
    }
    match get("stored_fields") {
        None | Some("") => {}
        Some("_none_") => body.no_stored_fields = true,
        Some(_) => return Err(ParseError::unsupported("stored_fields")),
    }
    if let Some(text) = get("timeout") {
        check_time("timeout", text)?;
    }
    if let Some(text) = get("terminate_after")
        && integer("terminate_after", text)? != 0
    {
        return Err(ParseError::unsupported("terminate_after"));
    }
    for name in ["explain", "include_named_queries_score", "force_synthetic_source"] {
        if boolean(parameters, name)? == Some(true) {
            return Err(ParseError::unsupported(name));
        }
    }
    for name in ["scroll", "suggest_field", "suggest_text", "suggest_mode", "suggest_size", "_slice"] {
        if get(name).is_some() {
            return Err(ParseError::unsupported(name));
        }
    }
    match get("search_type") {
        None | Some("query_then_fetch" | "dfs_query_then_fetch") => {}
        Some(other) => return Err(ParseError::illegal_argument(format!("No search type for [{other}]"))),
    }
    Ok(())
}

/// The query of the parameter `q` with those that say how to read it; nothing without `q`.
pub fn query_of_parameters(parameters: &dyn Parameters) -> ParseResult<Option<Query>> {
    let operator = parameters.get("default_operator").map(operator_of).transpose()?.unwrap_or(Operator::Or);
    let lenient = boolean(parameters, "lenient")?;
    if boolean(parameters, "analyze_wildcard")? == Some(true) {
        return Err(ParseError::unsupported("analyze_wildcard=true"));
    }
    let Some(text) = parameters.get("q") else { return Ok(None) };
    let analyzer = parameters.get("analyzer").map(str::to_owned);
    query_of_uri(text, parameters.get("df"), operator, lenient, analyzer).map(Some)
}

fn boolean(parameters: &dyn Parameters, name: &str) -> ParseResult<Option<bool>> {
    match parameters.get(name) {
        None => Ok(None),
        Some("true" | "") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(other) => Err(ParseError::illegal_argument(format!(
            "Failed to parse value [{other}] as only [true] or [false] are allowed."
        ))),
    }
}

fn integer(name: &str, text: &str) -> ParseResult<i64> {
    text.parse().map_err(|_| {
        let cause = ParseError::new(ParseErrorKind::NumberFormat, format!("For input string: \"{text}\""));
        ParseError::illegal_argument(format!("Failed to parse int parameter [{name}] with value [{text}]"))
            .caused_by(cause)
    })
}
