//! Queries on several fields: `multi_match`, `query_string`, `simple_query_string`.

use keyward_xcontent::{Location, Object, Value};

use super::full_text::{fuzziness, match_option, operator, slop};
use super::syntax::{self, Features};
use super::term_level::common;
use super::{
    BoostedField, FuzzyOptions, MatchQuery, MultiMatchKind, MultiMatchQuery, Operator, Query, QueryKind,
    QueryStringQuery,
};
use crate::error::{ParseError, ParseErrorKind, ParseResult};
use crate::read;
use crate::scalar::Scalar;

pub(super) fn multi_match(body: &Object<'_>) -> ParseResult<Query> {
    const NAME: &str = "multi_match";
    let mut query = Query::match_all();
    let mut text = None;
    let mut multi = MultiMatchQuery {
        fields: Vec::new(),
        kind: MultiMatchKind::default(),
        options: MatchQuery::new("", Scalar::Boolean(false)),
        slop: 0,
        tie_breaker: None,
    };
    for option in body {
        let value = &option.value;
        match option.name.as_ref() {
            "query" => text = Scalar::of(value),
            "fields" => multi.fields = boosted_fields(NAME, value)?,
            "type" => multi.kind = kind(NAME, value)?,
            "slop" => multi.slop = slop(NAME, value)?,
            "tie_breaker" => multi.tie_breaker = Some(read::single(read::double(NAME, "tie_breaker", value)?)),
            _ if match_option(NAME, option, &mut multi.options)? => {}
            _ => common(NAME, option, &mut query)?,
        }
    }
    multi.options.query = text.ok_or_else(|| {
        ParseError::parsing(
            body.fields().first().map_or(Location::START, |f| f.location),
            "No text specified for multi_match query",
        )
    })?;
    let fuzzy = multi.options.fuzzy.is_some_and(|fuzzy| fuzzy.fuzziness != super::Fuzziness::Edits(0));
    if fuzzy && matches!(multi.kind, MultiMatchKind::Phrase | MultiMatchKind::PhrasePrefix) {
        return Err(ParseError::parsing(
            body.fields().first().map_or(Location::START, |field| field.location),
            "Fuzziness not allowed for type [phrase] or [phrase_prefix]",
        ));
    }
    query.kind = QueryKind::MultiMatch(multi);
    Ok(query)
}

fn kind(parser: &str, value: &Value<'_>) -> ParseResult<MultiMatchKind> {
    let text = read::text(parser, "type", value)?;
    Ok(match text.to_ascii_lowercase().as_str() {
        "best_fields" | "boolean" => MultiMatchKind::BestFields,
        "most_fields" => MultiMatchKind::MostFields,
        "phrase" => MultiMatchKind::Phrase,
        "phrase_prefix" => MultiMatchKind::PhrasePrefix,
        "bool_prefix" => MultiMatchKind::BoolPrefix,
        "cross_fields" => return Err(ParseError::unsupported(format!("type=cross_fields] of [{parser}"))),
        _ => {
            return Err(ParseError::parsing(
                value.location,
                format!("failed to parse [{parser}] query type [{text}]. unknown type."),
            ));
        }
    })
}

fn boosted_fields(parser: &str, value: &Value<'_>) -> ParseResult<Vec<BoostedField>> {
    read::strings(parser, "fields", value)?.iter().map(|text| boosted_field(text)).collect()
}

/// `name` or `name^3`
pub(crate) fn boosted_field(text: &str) -> ParseResult<BoostedField> {
    match text.rsplit_once('^') {
        None => Ok(BoostedField { field: text.to_owned(), boost: 1.0 }),
        Some((field, boost)) => match boost.parse::<f32>() {
            Ok(boost) if boost.is_finite() => Ok(BoostedField { field: field.to_owned(), boost }),
            _ => Err(ParseError::new(ParseErrorKind::NumberFormat, format!("For input string: \"{boost}\""))),
        },
    }
}

fn blank(query: String) -> QueryStringQuery {
    QueryStringQuery {
        query,
        syntax: syntax::SyntaxNode::Nothing,
        fields: Vec::new(),
        operator: Operator::Or,
        analyzer: None,
        minimum_should_match: None,
        lenient: None,
        fuzzy: FuzzyOptions::DEFAULT,
        phrase_slop: 0,
        time_zone: None,
        kind: MultiMatchKind::BestFields,
        tie_breaker: None,
    }
}

pub(super) fn query_string(body: &Object<'_>) -> ParseResult<Query> {
    const NAME: &str = "query_string";
    let mut query = Query::match_all();
    let mut options = blank(String::new());
    let mut text = None;
    let mut default_field = None;
    for option in body {
        let value = &option.value;
        match option.name.as_ref() {
            "query" => text = Some(read::text(NAME, "query", value)?),
            "default_field" => default_field = Some(read::text(NAME, "default_field", value)?),
            "fields" => options.fields = boosted_fields(NAME, value)?,
            "default_operator" => options.operator = operator(NAME, value)?,
            "analyzer" => options.analyzer = Some(read::text(NAME, "analyzer", value)?),
            "minimum_should_match" => {
                options.minimum_should_match = Some(read::text(NAME, "minimum_should_match", value)?.parse()?);
            }
            "lenient" => options.lenient = Some(read::boolean(NAME, "lenient", value)?),
            "fuzziness" => options.fuzzy.fuzziness = fuzziness(NAME, value)?,
            "fuzzy_prefix_length" => {
                options.fuzzy.prefix_length = read::count(NAME, "fuzzy_prefix_length", value)?;
            }
            "fuzzy_max_expansions" => {
                options.fuzzy.max_expansions = read::count(NAME, "fuzzy_max_expansions", value)?;
            }
            "fuzzy_transpositions" => {
                options.fuzzy.transpositions = read::boolean(NAME, "fuzzy_transpositions", value)?;
            }
            "phrase_slop" => options.phrase_slop = slop(NAME, value)?,
            "time_zone" => {
                let zone: Result<_, crate::date::ZoneError> = read::text(NAME, "time_zone", value)?.parse();
                options.time_zone = Some(zone.map_err(|error| ParseError::illegal_argument(error.to_string()))?);
            }
            "type" => options.kind = kind(NAME, value)?,
            "tie_breaker" => options.tie_breaker = Some(read::single(read::double(NAME, "tie_breaker", value)?)),
            "allow_leading_wildcard" => required_value(NAME, "allow_leading_wildcard", value, true)?,
            "analyze_wildcard" => required_value(NAME, "analyze_wildcard", value, false)?,
            "auto_generate_synonyms_phrase_query" => {
                read::boolean(NAME, "auto_generate_synonyms_phrase_query", value)?;
            }
            // What would be counted in positions by analyzers that leave words out; here none does.
            "enable_position_increments" => {
                read::boolean(NAME, "enable_position_increments", value)?;
            }
            _ => common(NAME, option, &mut query)?,
        }
    }
    let text = text.ok_or_else(|| {
        ParseError::parsing(
            body.fields().first().map_or(Location::START, |field| field.location),
            "[query_string] must be provided with a [query]",
        )
    })?;
    if let Some(field) = default_field {
        if !options.fields.is_empty() {
            return Err(ParseError::illegal_argument(
                "cannot use [fields] parameter in conjunction with [default_field]",
            ));
        }
        options.fields = default_fields(field);
    }
    let built = query_string_query(text, options)?;
    query.kind = built.kind;
    Ok(query)
}

/// The fields that a default field stands for: `*` is all that can be searched, as if none were named.
fn default_fields(field: String) -> Vec<BoostedField> {
    if field == "*" { Vec::new() } else { vec![BoostedField { field, boost: 1.0 }] }
}

/// An option of which only one value is supported.
fn required_value(parser: &str, name: &str, value: &Value<'_>, only: bool) -> ParseResult<()> {
    let given = read::boolean(parser, name, value)?;
    if given == only { Ok(()) } else { Err(ParseError::unsupported(format!("{name}={given}] of [{parser}"))) }
}

fn query_string_query(text: String, mut options: QueryStringQuery) -> ParseResult<Query> {
    options.syntax = syntax::lucene::parse(&text, options.operator).map_err(|problem| {
        let cause = ParseError::new(ParseErrorKind::Parse, format!("Cannot parse '{text}': {problem}"));
        ParseError::new(ParseErrorKind::QueryShard, format!("Failed to parse query [{text}]")).caused_by(cause)
    })?;
    options.query = text;
    Ok(Query::new(QueryKind::QueryString(options)))
}

/// The query of the parameter `q` with those beside it.
pub(crate) fn query_of_uri(
    text: &str,
    default_field: Option<&str>,
    operator: Operator,
    lenient: Option<bool>,
    analyzer: Option<String>,
) -> ParseResult<Query> {
    let mut options = blank(String::new());
    options.operator = operator;
    options.lenient = lenient;
    options.analyzer = analyzer;
    options.fields = default_field.map(|field| default_fields(field.to_owned())).unwrap_or_default();
    query_string_query(text.to_owned(), options)
}

pub(super) fn simple_query_string(body: &Object<'_>) -> ParseResult<Query> {
    const NAME: &str = "simple_query_string";
    let mut query = Query::match_all();
    let mut options = blank(String::new());
    let mut text = None;
    let mut features = Features::all();
    for option in body {
        let value = &option.value;
        match option.name.as_ref() {
            "query" => text = Some(read::text(NAME, "query", value)?),
            "fields" => options.fields = boosted_fields(NAME, value)?,
            "default_operator" => options.operator = operator(NAME, value)?,
            "analyzer" => options.analyzer = Some(read::text(NAME, "analyzer", value)?),
            "minimum_should_match" => {
                options.minimum_should_match = Some(read::text(NAME, "minimum_should_match", value)?.parse()?);
            }
            "lenient" => options.lenient = Some(read::boolean(NAME, "lenient", value)?),
            "flags" => features = flags(&read::text(NAME, "flags", value)?)?,
            "fuzzy_prefix_length" => {
                options.fuzzy.prefix_length = read::count(NAME, "fuzzy_prefix_length", value)?;
            }
            "fuzzy_max_expansions" => {
                options.fuzzy.max_expansions = read::count(NAME, "fuzzy_max_expansions", value)?;
            }
            "fuzzy_transpositions" => {
                options.fuzzy.transpositions = read::boolean(NAME, "fuzzy_transpositions", value)?;
            }
            "analyze_wildcard" => required_value(NAME, "analyze_wildcard", value, false)?,
            "auto_generate_synonyms_phrase_query" => {
                read::boolean(NAME, "auto_generate_synonyms_phrase_query", value)?;
            }
            "quote_field_suffix" => return Err(ParseError::unsupported("quote_field_suffix] of [simple_query_string")),
            "boost" | "_name" => common(NAME, option, &mut query)?,
            other => {
                return Err(ParseError::parsing(
                    value.location,
                    format!("[simple_query_string] unsupported field [{other}]"),
                ));
            }
        }
    }
    options.query = text.ok_or_else(|| {
        ParseError::parsing(
            body.fields().first().map_or(Location::START, |field| field.location),
            "[simple_query_string] query text missing",
        )
    })?;
    options.syntax = syntax::simple::parse(&options.query, options.operator, features);
    query.kind = QueryKind::SimpleQueryString(options);
    Ok(query)
}

fn flags(text: &str) -> ParseResult<Features> {
    let mut features = Features::none();
    for flag in text.split('|') {
        match flag {
            "ALL" => features = Features::all(),
            "NONE" => features = Features::none(),
            "AND" => features.and = true,
            "OR" => features.or = true,
            "NOT" => features.not = true,
            "PREFIX" => features.prefix = true,
            "PHRASE" => features.phrase = true,
            "PRECEDENCE" => features.precedence = true,
            "ESCAPE" => features.escape = true,
            "WHITESPACE" => features.whitespace = true,
            "FUZZY" => features.fuzzy = true,
            "NEAR" | "SLOP" => features.near = true,
            _ => {
                return Err(ParseError::illegal_argument(format!("Unknown simple_query_string flag [{flag}]")));
            }
        }
    }
    Ok(features)
}
