//! Queries for analyzed text on one field: the `match` family.

use keyward_xcontent::{Field, Object, Value};

use super::term_level::{Given, common, single_field};
use super::{
    Fuzziness, FuzzyOptions, MatchPhrasePrefixQuery, MatchPhraseQuery, MatchQuery, Operator, Query, QueryKind,
    ZeroTerms,
};
use crate::error::{ParseError, ParseResult};
use crate::read;
use crate::scalar::Scalar;

pub(super) fn match_query(body: &Object<'_>, at: &Value<'_>) -> ParseResult<Query> {
    let (query, options) = match_options("match", body, at)?;
    Ok(Query { kind: QueryKind::Match(options), ..query })
}

pub(super) fn match_bool_prefix(body: &Object<'_>, at: &Value<'_>) -> ParseResult<Query> {
    let (query, options) = match_options("match_bool_prefix", body, at)?;
    Ok(Query { kind: QueryKind::MatchBoolPrefix(options), ..query })
}

fn match_options(parser: &'static str, body: &Object<'_>, at: &Value<'_>) -> ParseResult<(Query, MatchQuery)> {
    let (field, given) = single_field(parser, body, at)?;
    let mut query = Query::match_all();
    let mut options = MatchQuery::new(field.name.to_string(), Scalar::Boolean(false));
    options.query = match given {
        Given::Value(value) => text_of(parser, value, field)?,
        Given::Options(given) => {
            let mut text = None;
            for option in given {
                if option.name == "query" {
                    text = Some(text_of(parser, &option.value, option)?);
                } else if !match_option(parser, option, &mut options)? {
                    common(parser, option, &mut query)?;
                }
            }
            text.ok_or_else(|| no_text(at))?
        }
    };
    Ok((query, options))
}

/// Reads an option that `match`, `match_bool_prefix` and `multi_match` share. `false`: it is none.
pub(super) fn match_option(parser: &str, option: &Field<'_>, options: &mut MatchQuery) -> ParseResult<bool> {
    let value = &option.value;
    match option.name.as_ref() {
        "operator" => options.operator = operator(parser, value)?,
        "minimum_should_match" => {
            options.minimum_should_match =
                if value.is_null() { None } else { Some(read::text(parser, "minimum_should_match", value)?.parse()?) };
        }
        "analyzer" => options.analyzer = Some(read::text(parser, "analyzer", value)?),
        "fuzziness" => {
            options.fuzzy.get_or_insert(FuzzyOptions::DEFAULT).fuzziness = fuzziness(parser, value)?;
        }
        // Without fuzziness these three mean nothing, and are not an error.
        "prefix_length" => {
            let length = read::count(parser, "prefix_length", value)?;
            fuzzy_detail(options, |fuzzy| fuzzy.prefix_length = length);
        }
        "max_expansions" => {
            let count = read::count(parser, "max_expansions", value)?;
            options.max_expansions = count;
            fuzzy_detail(options, |fuzzy| fuzzy.max_expansions = count);
        }
        "fuzzy_transpositions" => {
            let allowed = read::boolean(parser, "fuzzy_transpositions", value)?;
            fuzzy_detail(options, |fuzzy| fuzzy.transpositions = allowed);
        }
        "zero_terms_query" => options.zero_terms = zero_terms(parser, value)?,
        "lenient" => options.lenient = read::boolean(parser, "lenient", value)?,
        "auto_generate_synonyms_phrase_query" => {
            // There are no synonyms.
            read::boolean(parser, "auto_generate_synonyms_phrase_query", value)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Details may come before the fuzziness itself; without any they are kept with nought edits.
fn fuzzy_detail(options: &mut MatchQuery, set: impl FnOnce(&mut FuzzyOptions)) {
    set(options.fuzzy.get_or_insert(FuzzyOptions { fuzziness: Fuzziness::Edits(0), ..FuzzyOptions::DEFAULT }));
}

pub(super) fn match_phrase(body: &Object<'_>, at: &Value<'_>) -> ParseResult<Query> {
    let (query, phrase, _) = phrase_options("match_phrase", body, at)?;
    Ok(Query { kind: QueryKind::MatchPhrase(phrase), ..query })
}

pub(super) fn match_phrase_prefix(body: &Object<'_>, at: &Value<'_>) -> ParseResult<Query> {
    let (query, phrase, max_expansions) = phrase_options("match_phrase_prefix", body, at)?;
    Ok(Query { kind: QueryKind::MatchPhrasePrefix(MatchPhrasePrefixQuery { phrase, max_expansions }), ..query })
}

fn phrase_options(
    parser: &'static str,
    body: &Object<'_>,
    at: &Value<'_>,
) -> ParseResult<(Query, MatchPhraseQuery, usize)> {
    let (field, given) = single_field(parser, body, at)?;
    let mut query = Query::match_all();
    let mut phrase = MatchPhraseQuery {
        field: field.name.to_string(),
        query: Scalar::Boolean(false),
        slop: 0,
        analyzer: None,
        zero_terms: ZeroTerms::None,
        lenient: false,
    };
    let mut max_expansions = 50;
    phrase.query = match given {
        Given::Value(value) => text_of(parser, value, field)?,
        Given::Options(given) => {
            let mut text = None;
            for option in given {
                let value = &option.value;
                match option.name.as_ref() {
                    "query" => text = Some(text_of(parser, value, option)?),
                    "slop" => phrase.slop = slop(parser, value)?,
                    "analyzer" => phrase.analyzer = Some(read::text(parser, "analyzer", value)?),
                    "zero_terms_query" => phrase.zero_terms = zero_terms(parser, value)?,
                    "max_expansions" if parser == "match_phrase_prefix" => {
                        max_expansions = read::count(parser, "max_expansions", value)?;
                    }
                    _ => common(parser, option, &mut query)?,
                }
            }
            text.ok_or_else(|| no_text(at))?
        }
    };
    Ok((query, phrase, max_expansions))
}

fn text_of(parser: &str, value: &Value<'_>, field: &Field<'_>) -> ParseResult<Scalar> {
    if value.is_null() {
        return Err(ParseError::illegal_argument(format!("[{parser}] requires query value")));
    }
    Scalar::of(value).ok_or_else(|| {
        ParseError::parsing(
            value.location,
            format!("[{parser}] unknown token [{}] after [{}]", value.token(), field.name),
        )
    })
}

fn no_text(at: &Value<'_>) -> ParseError {
    ParseError::parsing(at.location, "No text specified for text query")
}

pub(super) fn slop(parser: &str, value: &Value<'_>) -> ParseResult<u32> {
    u32::try_from(read::count(parser, "slop", value)?)
        .map_err(|_| ParseError::illegal_argument("No negative slop allowed."))
}

pub(super) fn operator(parser: &str, value: &Value<'_>) -> ParseResult<Operator> {
    operator_of(&read::text(parser, "operator", value)?)
}

/// `and` or `or`, however written.
pub(crate) fn operator_of(text: &str) -> ParseResult<Operator> {
    match text.to_ascii_lowercase().as_str() {
        "or" => Ok(Operator::Or),
        "and" => Ok(Operator::And),
        _ => Err(ParseError::illegal_argument(format!(
            "No enum constant org.elasticsearch.index.query.Operator.{}",
            text.to_uppercase()
        ))),
    }
}

fn zero_terms(parser: &str, value: &Value<'_>) -> ParseResult<ZeroTerms> {
    let text = read::text(parser, "zero_terms_query", value)?;
    match text.to_ascii_lowercase().as_str() {
        "none" => Ok(ZeroTerms::None),
        "all" => Ok(ZeroTerms::All),
        _ => Err(ParseError::parsing(value.location, format!("Unsupported zero_terms_query value [{text}]"))),
    }
}

/// `0`, `1`, `2`, `AUTO`, `AUTO:3,6`
pub(super) fn fuzziness(parser: &str, value: &Value<'_>) -> ParseResult<Fuzziness> {
    let text = read::text(parser, "fuzziness", value)?;
    let upper = text.to_ascii_uppercase();
    if upper == "AUTO" {
        return Ok(Fuzziness::Auto(3, 6));
    }
    if let Some(bounds) = upper.strip_prefix("AUTO:") {
        let wrong = || ParseError::illegal_argument(format!("failed to find low and high distance values in {text}"));
        let (low, high) = bounds.split_once(',').ok_or_else(wrong)?;
        let low: usize = low.trim().parse().map_err(|_| wrong())?;
        let high: usize = high.trim().parse().map_err(|_| wrong())?;
        if low > high {
            return Err(ParseError::illegal_argument(format!(
                "fuzziness wrongly configured, must be: lowDistance > 0, highDistance > 0 and lowDistance <= \
                 highDistance, got low: {low} and high: {high}"
            )));
        }
        return Ok(Fuzziness::Auto(low, high));
    }
    match text.parse::<f64>() {
        Ok(0.0) => Ok(Fuzziness::Edits(0)),
        Ok(1.0) => Ok(Fuzziness::Edits(1)),
        Ok(2.0) => Ok(Fuzziness::Edits(2)),
        _ => Err(ParseError::illegal_argument(format!("Invalid fuzziness value: {text}"))),
    }
}
