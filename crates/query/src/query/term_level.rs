//! Queries for values as they are: `term`, `terms`, `range`, `exists`, `prefix`, `wildcard`, `regexp`, `fuzzy`, `ids`.

use keyward_xcontent::{Field, Kind, Object, Value};

use super::full_text::fuzziness;
use super::{FuzzyOptions, FuzzyQuery, PatternQuery, Query, QueryKind, RangeEnd, RangeQuery, TermQuery, TermsQuery};
use crate::error::{ParseError, ParseResult};
use crate::read;
use crate::scalar::Scalar;

/// What stands under the name of the field: just the value, or an object of options.
pub(super) enum Given<'v, 'a> {
    Value(&'v Value<'a>),
    Options(&'v Object<'a>),
}

/// The one field of a query that has one.
pub(super) fn single_field<'v, 'a>(
    parser: &str,
    body: &'v Object<'a>,
    at: &Value<'_>,
) -> ParseResult<(&'v Field<'a>, Given<'v, 'a>)> {
    let Some((field, others)) = body.fields().split_first() else {
        return Err(ParseError::parsing(at.location, format!("[{parser}] query malformed, no field name was given")));
    };
    if let Some(other) = others.first() {
        return Err(ParseError::parsing(
            other.location,
            format!("[{parser}] query doesn't support multiple fields, found [{}] and [{}]", field.name, other.name),
        ));
    }
    let given = match &field.value.kind {
        Kind::Object(options) => Given::Options(options),
        Kind::Array(_) => {
            return Err(ParseError::parsing(
                field.value.location,
                format!("[{parser}] query does not support array of values"),
            ));
        }
        _ => Given::Value(&field.value),
    };
    if field.name.is_empty() {
        return Err(ParseError::illegal_argument("field name is null or empty"));
    }
    Ok((field, given))
}

fn required(parser: &str, name: &str, value: &Value<'_>) -> ParseResult<Scalar> {
    if value.is_null() {
        return Err(ParseError::illegal_argument("value cannot be null"));
    }
    Scalar::of(value).ok_or_else(|| read::unexpected(parser, name, value))
}

pub(super) fn term(body: &Object<'_>, at: &Value<'_>) -> ParseResult<Query> {
    let (field, given) = single_field("term", body, at)?;
    let mut query = Query::match_all();
    let mut case_insensitive = false;
    let value = match given {
        Given::Value(value) => required("term", "value", value)?,
        Given::Options(options) => {
            let mut value = None;
            for option in options {
                match option.name.as_ref() {
                    "value" | "term" => value = Some(required("term", "value", &option.value)?),
                    "case_insensitive" => case_insensitive = read::boolean("term", "case_insensitive", &option.value)?,
                    _ => common("term", option, &mut query)?,
                }
            }
            value.ok_or_else(|| ParseError::illegal_argument("value cannot be null"))?
        }
    };
    query.kind = QueryKind::Term(TermQuery { field: field.name.to_string(), value, case_insensitive, lenient: false });
    Ok(query)
}

pub(super) fn terms(body: &Object<'_>, at: &Value<'_>) -> ParseResult<Query> {
    let mut query = Query::match_all();
    let mut found: Option<TermsQuery> = None;
    for field in body {
        match &field.value.kind {
            Kind::Array(_) | Kind::Object(_) if found.is_some() => {
                return Err(ParseError::parsing(field.location, "[terms] query does not support multiple fields"));
            }
            Kind::Array(items) => {
                let values = items
                    .iter()
                    .map(|item| match &item.kind {
                        Kind::Null => Err(ParseError::parsing(item.location, "No value specified for terms query")),
                        _ => Scalar::of(item).ok_or_else(|| read::unexpected("terms", &field.name, item)),
                    })
                    .collect::<ParseResult<Vec<_>>>()?;
                if values.len() > 65_536 {
                    return Err(ParseError::illegal_argument(format!(
                        "The number of terms [{}] used in the Terms Query request has exceeded the allowed maximum of \
                         [65536]. This maximum can be set by changing the [index.max_terms_count] index level setting.",
                        values.len()
                    )));
                }
                found = Some(TermsQuery { field: field.name.to_string(), values });
            }
            Kind::Object(_) => return Err(ParseError::unsupported("terms lookup")),
            _ => match field.name.as_ref() {
                "boost" | "_name" => common("terms", field, &mut query)?,
                name => {
                    return Err(ParseError::parsing(
                        field.value.location,
                        format!("[terms] unknown token [{}] after [{name}]", field.value.token()),
                    ));
                }
            },
        }
    }
    let found = found.ok_or_else(|| {
        ParseError::parsing(
            at.location,
            "[terms] query requires a field name, followed by array of terms or a document lookup specification",
        )
    })?;
    query.kind = QueryKind::Terms(found);
    Ok(query)
}

pub(super) fn range(body: &Object<'_>, at: &Value<'_>) -> ParseResult<Query> {
    let (field, given) = single_field("range", body, at)?;
    let Given::Options(options) = given else {
        return Err(ParseError::parsing(
            field.value.location,
            format!("[range] query does not support [{}]", field.name),
        ));
    };
    let mut query = Query::match_all();
    let mut range = RangeQuery {
        field: field.name.to_string(),
        from: None,
        to: None,
        format: None,
        time_zone: None,
        relation: false,
        lenient: false,
    };
    let end = |option: &Field<'_>, inclusive| -> ParseResult<Option<RangeEnd>> {
        if option.value.is_null() {
            return Ok(None);
        }
        let value = Scalar::of(&option.value).ok_or_else(|| read::unexpected("range", &option.name, &option.value))?;
        Ok(Some(RangeEnd { value, inclusive }))
    };
    for option in options {
        match option.name.as_ref() {
            "gt" => range.from = end(option, false)?,
            "gte" => range.from = end(option, true)?,
            "lt" => range.to = end(option, false)?,
            "lte" => range.to = end(option, true)?,
            "format" => range.format = Some(read::text("range", "format", &option.value)?),
            "time_zone" => {
                let text = read::text("range", "time_zone", &option.value)?;
                range.time_zone = Some(
                    text.parse()
                        .map_err(|error: crate::date::ZoneError| ParseError::illegal_argument(error.to_string()))?,
                );
            }
            "relation" => {
                let relation = read::text("range", "relation", &option.value)?;
                if !["intersects", "contains", "within"].contains(&relation.to_ascii_lowercase().as_str()) {
                    return Err(ParseError::illegal_argument(format!("{relation} is not a valid relation")));
                }
                range.relation = true;
            }
            _ => common("range", option, &mut query)?,
        }
    }
    query.kind = QueryKind::Range(range);
    Ok(query)
}

pub(super) fn exists(body: &Object<'_>, at: &Value<'_>) -> ParseResult<Query> {
    let mut query = Query::match_all();
    let mut name = None;
    for field in body {
        match field.name.as_ref() {
            "field" => name = Some(read::text("exists", "field", &field.value)?),
            _ => common("exists", field, &mut query)?,
        }
    }
    let field = name
        .filter(|name| !name.is_empty())
        .ok_or_else(|| ParseError::parsing(at.location, "[exists] must be provided with a [field]"))?;
    query.kind = QueryKind::Exists { field };
    Ok(query)
}

/// `prefix`, `wildcard` and `regexp`
pub(super) fn pattern(parser: &'static str, body: &Object<'_>, at: &Value<'_>) -> ParseResult<Query> {
    let (field, given) = single_field(parser, body, at)?;
    let mut query = Query::match_all();
    let mut case_insensitive = false;
    let value = match given {
        Given::Value(value) => required(parser, "value", value)?,
        Given::Options(options) => {
            let mut value = None;
            for option in options {
                match option.name.as_ref() {
                    "value" => value = Some(required(parser, "value", &option.value)?),
                    "wildcard" if parser == "wildcard" => value = Some(required(parser, "value", &option.value)?),
                    "prefix" if parser == "prefix" => value = Some(required(parser, "value", &option.value)?),
                    "case_insensitive" => case_insensitive = read::boolean(parser, "case_insensitive", &option.value)?,
                    // How terms are rewritten changes scores; only the way that gives all the same is there.
                    "rewrite" => rewrite(parser, &option.value)?,
                    "flags" if parser == "regexp" => {
                        let flags = read::text(parser, "flags", &option.value)?;
                        if flags != "ALL" {
                            return Err(ParseError::unsupported(format!("flags={flags}] of [regexp")));
                        }
                    }
                    "max_determinized_states" if parser == "regexp" => {
                        read::count(parser, "max_determinized_states", &option.value)?;
                    }
                    _ => common(parser, option, &mut query)?,
                }
            }
            value.ok_or_else(|| ParseError::illegal_argument("value cannot be null"))?
        }
    };
    let pattern = PatternQuery {
        field: field.name.to_string(),
        value: value.text().to_owned(),
        case_insensitive,
        normalize: false,
        lenient: false,
    };
    query.kind = match parser {
        "prefix" => QueryKind::Prefix(pattern),
        "wildcard" => QueryKind::Wildcard(pattern),
        _ => QueryKind::Regexp(pattern),
    };
    Ok(query)
}

fn rewrite(parser: &str, value: &Value<'_>) -> ParseResult<()> {
    match read::text(parser, "rewrite", value)?.as_str() {
        "constant_score" | "constant_score_blended" | "constant_score_boolean" => Ok(()),
        other => Err(ParseError::unsupported(format!("rewrite={other}] of [{parser}"))),
    }
}

pub(super) fn fuzzy(body: &Object<'_>, at: &Value<'_>) -> ParseResult<Query> {
    let (field, given) = single_field("fuzzy", body, at)?;
    let mut query = Query::match_all();
    let mut options = FuzzyOptions::DEFAULT;
    let value = match given {
        Given::Value(value) => required("fuzzy", "value", value)?,
        Given::Options(given) => {
            let mut value = None;
            for option in given {
                match option.name.as_ref() {
                    "value" | "term" => value = Some(required("fuzzy", "value", &option.value)?),
                    "fuzziness" => options.fuzziness = fuzziness("fuzzy", &option.value)?,
                    "prefix_length" => {
                        options.prefix_length = read::count("fuzzy", "prefix_length", &option.value)?;
                    }
                    "max_expansions" => {
                        options.max_expansions = read::count("fuzzy", "max_expansions", &option.value)?;
                    }
                    "transpositions" => {
                        options.transpositions = read::boolean("fuzzy", "transpositions", &option.value)?;
                    }
                    _ => common("fuzzy", option, &mut query)?,
                }
            }
            value.ok_or_else(|| ParseError::illegal_argument("value cannot be null"))?
        }
    };
    query.kind = QueryKind::Fuzzy(FuzzyQuery {
        field: field.name.to_string(),
        value,
        options,
        normalize: false,
        lenient: false,
    });
    Ok(query)
}

pub(super) fn ids(body: &Object<'_>) -> ParseResult<Query> {
    let mut query = Query::match_all();
    let mut ids = Vec::new();
    for field in body {
        match field.name.as_ref() {
            "values" => {
                ids = read::strings("ids", "values", &field.value)
                    .map_err(|cause| ParseError::failed_field("ids", "values", &field.value, cause))?;
            }
            "boost" => query.boost = read::boost("ids", &field.value)?,
            "_name" => query.name = Some(read::text("ids", "_name", &field.value)?),
            _ => return Err(ParseError::unknown_field("ids", field, &["values", "boost", "_name"])),
        }
    }
    query.kind = QueryKind::Ids(ids);
    Ok(query)
}

/// The options that every query has.
pub(super) fn common(parser: &str, option: &Field<'_>, query: &mut Query) -> ParseResult<()> {
    match option.name.as_ref() {
        "boost" => query.boost = read::boost(parser, &option.value)?,
        "_name" => query.name = Some(read::text(parser, "_name", &option.value)?),
        _ => return Err(read::not_supported(parser, option)),
    }
    Ok(())
}
