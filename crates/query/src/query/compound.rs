//! Queries made of queries: `bool`, `constant_score`, `dis_max`, `boosting`.

use keyward_xcontent::{Field, Kind, Object, Value};

use super::parse::Parser;
use super::term_level::common;
use super::{BoolQuery, BoostingQuery, DisMaxQuery, Query, QueryKind};
use crate::error::{ParseError, ParseResult};
use crate::read;

const BOOL_FIELDS: &[&str] =
    &["must", "should", "must_not", "filter", "minimum_should_match", "adjust_pure_negative", "boost", "_name"];

pub(super) fn bool_query(parser: &mut Parser, body: &Object<'_>) -> ParseResult<Query> {
    let mut query = Query::match_all();
    let mut clauses = BoolQuery::default();
    for field in body {
        let failed = |cause| ParseError::failed_field("bool", &field.name, &field.value, cause);
        let into = match field.name.as_ref() {
            "must" => &mut clauses.must,
            "filter" => &mut clauses.filter,
            "should" => &mut clauses.should,
            // The camel-case spelling is as old as the query itself.
            "must_not" | "mustNot" => &mut clauses.must_not,
            "minimum_should_match" => {
                if !field.value.is_null() {
                    let text = read::text("bool", "minimum_should_match", &field.value).map_err(failed)?;
                    clauses.minimum_should_match = Some(text.parse().map_err(failed)?);
                }
                continue;
            }
            "adjust_pure_negative" => {
                if !read::boolean("bool", "adjust_pure_negative", &field.value)? {
                    return Err(ParseError::unsupported("adjust_pure_negative=false] of [bool"));
                }
                continue;
            }
            "boost" => {
                query.boost = read::boost("bool", &field.value)?;
                continue;
            }
            "_name" => {
                query.name = Some(read::text("bool", "_name", &field.value)?);
                continue;
            }
            _ => return Err(ParseError::unknown_field("bool", field, BOOL_FIELDS)),
        };
        into.extend(several(parser, field).map_err(failed)?);
    }
    query.kind = QueryKind::Bool(clauses);
    Ok(query)
}

/// One query or an array of them.
fn several(parser: &mut Parser, field: &Field<'_>) -> ParseResult<Vec<Query>> {
    match &field.value.kind {
        Kind::Array(items) => items.iter().map(|item| parser.query(item)).collect(),
        _ => Ok(vec![parser.query(&field.value)?]),
    }
}

pub(super) fn constant_score(parser: &mut Parser, body: &Object<'_>, at: &Value<'_>) -> ParseResult<Query> {
    let mut query = Query::match_all();
    let mut filter = None;
    for field in body {
        match (field.name.as_ref(), &field.value.kind) {
            ("filter", Kind::Object(_)) => filter = Some(Box::new(parser.query(&field.value)?)),
            (_, Kind::Array(_)) => {
                return Err(ParseError::parsing(field.value.location, "unexpected token [START_ARRAY]"));
            }
            _ => common("constant_score", field, &mut query)?,
        }
    }
    let filter =
        filter.ok_or_else(|| ParseError::parsing(at.location, "[constant_score] requires a 'filter' element"))?;
    query.kind = QueryKind::ConstantScore(filter);
    Ok(query)
}

pub(super) fn dis_max(parser: &mut Parser, body: &Object<'_>, at: &Value<'_>) -> ParseResult<Query> {
    let mut query = Query::match_all();
    let mut dis_max = DisMaxQuery { queries: Vec::new(), tie_breaker: 0.0 };
    let mut found = false;
    for field in body {
        match field.name.as_ref() {
            "queries" => {
                found = true;
                dis_max.queries.extend(several(parser, field)?);
            }
            "tie_breaker" => {
                dis_max.tie_breaker = read::single(read::double("dis_max", "tie_breaker", &field.value)?);
            }
            _ => common("dis_max", field, &mut query)?,
        }
    }
    if !found {
        return Err(ParseError::parsing(at.location, "[dis_max] requires 'queries' field with at least one clause"));
    }
    query.kind = QueryKind::DisMax(dis_max);
    Ok(query)
}

pub(super) fn boosting(parser: &mut Parser, body: &Object<'_>, at: &Value<'_>) -> ParseResult<Query> {
    let mut query = Query::match_all();
    let (mut positive, mut negative, mut negative_boost) = (None, None, None);
    for field in body {
        match field.name.as_ref() {
            "positive" => positive = Some(Box::new(parser.query(&field.value)?)),
            "negative" => negative = Some(Box::new(parser.query(&field.value)?)),
            "negative_boost" => {
                negative_boost = Some(read::single(read::double("boosting", "negative_boost", &field.value)?));
            }
            _ => common("boosting", field, &mut query)?,
        }
    }
    let missing = |text: &str| ParseError::parsing(at.location, text.to_owned());
    let positive = positive.ok_or_else(|| missing("[boosting] query requires 'positive' query to be set'"))?;
    let negative = negative.ok_or_else(|| missing("[boosting] query requires 'negative' query to be set'"))?;
    let negative_boost = negative_boost
        .filter(|boost| *boost >= 0.0)
        .ok_or_else(|| missing("[boosting] query requires 'negative_boost' to be set to be a positive value'"))?;
    query.kind = QueryKind::Boosting(BoostingQuery { positive, negative, negative_boost });
    Ok(query)
}
