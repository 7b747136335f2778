//! Reading the body of a search.

use keyward_xcontent::{Field, Value};

use super::{FetchField, SearchBody, SourceFilter, TrackTotalHits};
use crate::aggregation::parse_aggregations;
use crate::error::{ParseError, ParseResult};
use crate::sort::{parse_search_after, parse_sort};
use crate::{parse_query, read};

/// Members that Elasticsearch has and this product has not.
const ELSEWHERE: &[&str] = &[
    "collapse",
    "ext",
    "highlight",
    "indices_boost",
    "knn",
    "pit",
    "rank",
    "rescore",
    "retriever",
    "runtime_mappings",
    "script_fields",
    "slice",
    "sub_searches",
    "suggest",
];

/// Reads the body of a search.
pub fn parse_search_body(value: &Value<'_>) -> ParseResult<SearchBody> {
    let Some(object) = value.as_object() else {
        return Err(ParseError::parsing(
            value.location,
            format!("Expected [START_OBJECT] but found [{}]", value.token()),
        ));
    };
    let mut body = SearchBody::default();
    let mut aggregations = None;
    for field in object {
        if ["aggs", "aggregations"].contains(&field.name.as_ref()) {
            if aggregations.replace(parse_aggregations(&field.value)?).is_some() {
                return Err(ParseError::illegal_argument("Duplicate 'aggs' or 'aggregations' field"));
            }
            continue;
        }
        member(&mut body, field)?;
    }
    body.aggregations = aggregations.unwrap_or_default();
    Ok(body)
}

fn member(body: &mut SearchBody, field: &Field<'_>) -> ParseResult<()> {
    const PARSER: &str = "search";
    let value = &field.value;
    let name = field.name.as_ref();
    match name {
        "query" => body.query = Some(parse_query(value)?),
        "post_filter" => body.post_filter = Some(parse_query(value)?),
        "from" => body.from = not_negative(name, value)?,
        "size" => body.size = not_negative(name, value)?,
        "sort" => body.sort = parse_sort(value)?,
        "search_after" => body.search_after = Some(parse_search_after(value)?),
        "_source" => body.source = SourceFilter::parse(value)?,
        "track_total_hits" => body.track_total_hits = track_total_hits(value)?,
        "min_score" => body.min_score = Some(read::single(read::double(PARSER, name, value)?)),
        "fields" => body.fields = FetchField::parse_all(name, value)?,
        "docvalue_fields" => body.docvalue_fields = FetchField::parse_all(name, value)?,
        "track_scores" => body.track_scores = read::boolean(PARSER, name, value)?,
        "version" => body.version = read::boolean(PARSER, name, value)?,
        "seq_no_primary_term" => body.seq_no_primary_term = read::boolean(PARSER, name, value)?,
        "stored_fields" => match read::strings(PARSER, name, value)?.as_slice() {
            [] => {}
            [one] if one == "_none_" => body.no_stored_fields = true,
            _ => return Err(ParseError::unsupported(name)),
        },
        "explain" | "profile" => {
            if read::boolean(PARSER, name, value)? {
                return Err(ParseError::unsupported(name));
            }
        }
        "terminate_after" => {
            if read::count(PARSER, name, value)? != 0 {
                return Err(ParseError::unsupported(name));
            }
        }
        // A search is done before its time is over, and statistics are kept by nobody.
        "timeout" => {
            let text = read::text(PARSER, name, value)?;
            check_time(name, &text)?;
        }
        "stats" => {
            read::strings(PARSER, name, value)?;
        }
        _ if ELSEWHERE.contains(&name) => return Err(ParseError::unsupported(name)),
        _ => {
            return Err(ParseError::parsing(
                value.location,
                format!("Unknown key for a {} in [{name}].", value.token()),
            ));
        }
    }
    Ok(())
}

fn not_negative(name: &str, value: &Value<'_>) -> ParseResult<usize> {
    let number = read::integer("search", name, value)?;
    negative(name, number)
}

pub(super) fn negative(name: &str, number: i64) -> ParseResult<usize> {
    if number < 0 {
        return Err(ParseError::illegal_argument(format!("[{name}] parameter cannot be negative but was [{number}]")));
    }
    i32::try_from(number)
        .ok()
        .and_then(|number| usize::try_from(number).ok())
        .ok_or_else(|| ParseError::illegal_argument(format!("Value [{number}] is out of range for an integer")))
}

fn track_total_hits(value: &Value<'_>) -> ParseResult<TrackTotalHits> {
    match value.as_lenient_bool() {
        Some(true) => Ok(TrackTotalHits::Exactly),
        Some(false) => Ok(TrackTotalHits::No),
        None => up_to(read::integer("search", "track_total_hits", value)?),
    }
}

pub(super) fn up_to(number: i64) -> ParseResult<TrackTotalHits> {
    match number {
        -1 => Ok(TrackTotalHits::No),
        _ => u64::try_from(number).map(TrackTotalHits::UpTo).map_err(|_| {
            ParseError::illegal_argument(format!(
                "[track_total_hits] parameter must be positive or equals to -1, got {number}"
            ))
        }),
    }
}

/// A length of time such as `10s`; `-1` for none.
pub(super) fn check_time(name: &str, text: &str) -> ParseResult<()> {
    let units = ["nanos", "micros", "ms", "s", "m", "h", "d"];
    let known = text == "-1"
        || text == "0"
        || units.iter().any(|unit| {
            text.strip_suffix(unit).is_some_and(|count| !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit()))
        });
    if known {
        return Ok(());
    }
    Err(ParseError::illegal_argument(format!(
        "failed to parse setting [{name}] with value [{text}] as a time value: unit is missing or unrecognized"
    )))
}
