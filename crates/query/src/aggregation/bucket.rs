//! Aggregations with buckets.

use keyward_xcontent::{Field, Kind, Object, Value};

use super::metric::source_with;
use super::order::{orders, with_ties};
use super::{
    AggregationKind, Bounds, BucketOrderKey, DateHistogramAggregation, DateRangeAggregation, Filters,
    FiltersAggregation, HistogramAggregation, RangeAggregation, TermsAggregation, TermsFilter,
};
use crate::date::{FixedInterval, Interval, Zone};
use crate::error::{ParseError, ParseResult};
use crate::scalar::Scalar;
use crate::sort::Order;
use crate::{parse_query, read};

pub(super) fn terms(body: &Object<'_>) -> ParseResult<AggregationKind> {
    const PARSER: &str = "terms";
    const KNOWN: &[&str] = &[
        "size",
        "shard_size",
        "min_doc_count",
        "shard_min_doc_count",
        "order",
        "include",
        "exclude",
        "show_term_doc_count_error",
        "execution_hint",
        "collect_mode",
    ];
    let (mut size, mut min_doc_count, mut order) = (10, 1, Vec::new());
    let (mut include, mut exclude, mut show_error) = (None, None, false);
    let source = source_with(PARSER, body, KNOWN, |option| {
        let value = &option.value;
        let name = option.name.as_ref();
        match name {
            "size" => {
                size = read::count(PARSER, name, value)?;
                if size == 0 {
                    return Err(ParseError::illegal_argument(
                        "[size] must be greater than 0. Found [0] in [terms]".to_owned(),
                    ));
                }
            }
            "min_doc_count" => min_doc_count = whole(PARSER, name, value)?,
            "order" => order = orders(value)?,
            "include" => include = Some(terms_filter(name, value)?),
            "exclude" => exclude = Some(terms_filter(name, value)?),
            "show_term_doc_count_error" => show_error = read::boolean(PARSER, name, value)?,
            // How the work is divided, which changes no result here: counts are always exact.
            "shard_size" => {
                read::integer(PARSER, name, value)?;
            }
            "shard_min_doc_count" => {
                whole(PARSER, name, value)?;
            }
            "execution_hint" => {
                let hint = read::text(PARSER, name, value)?;
                if !["map", "global_ordinals"].contains(&hint.as_str()) {
                    return Err(ParseError::illegal_argument(format!(
                        "Unknown `execution_hint`: [{hint}], expected any of [map, global_ordinals]"
                    )));
                }
            }
            "collect_mode" => {
                let mode = read::text(PARSER, name, value)?;
                if !["depth_first", "breadth_first"].contains(&mode.as_str()) {
                    return Err(ParseError::illegal_argument(format!("no [collect_mode] found for value [{mode}]")));
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let order = with_ties(order, BucketOrderKey::Count, Order::Descending);
    let terms = TermsAggregation {
        source,
        size,
        min_doc_count,
        order,
        include,
        exclude,
        show_term_doc_count_error: show_error,
    };
    Ok(AggregationKind::Terms(terms))
}

fn terms_filter(name: &str, value: &Value<'_>) -> ParseResult<TermsFilter> {
    match &value.kind {
        Kind::String(pattern) => Ok(TermsFilter::Regexp(pattern.to_string())),
        Kind::Array(_) => Ok(TermsFilter::Values(read::strings("terms", name, value)?)),
        Kind::Object(_) => Err(ParseError::unsupported(format!("partition] in [{name}"))),
        _ => Err(ParseError::illegal_argument(format!("Unrecognized token [{}] in {name}", value.token()))),
    }
}

fn whole(parser: &str, name: &str, value: &Value<'_>) -> ParseResult<u64> {
    let number = read::integer(parser, name, value)?;
    u64::try_from(number).map_err(|_| {
        ParseError::illegal_argument(format!(
            "[{name}] must be greater than or equal to 0. Found [{number}] in [{parser}]"
        ))
    })
}

pub(super) fn histogram(name: &str, body: &Object<'_>) -> ParseResult<AggregationKind> {
    const PARSER: &str = "histogram";
    let (mut interval, mut offset, mut min_doc_count, mut keyed) = (None, 0.0, 0, false);
    let (mut order, mut extended_bounds, mut hard_bounds) = (Vec::new(), None, None);
    let known = &["interval", "offset", "min_doc_count", "order", "extended_bounds", "hard_bounds", "keyed"];
    let source = source_with(PARSER, body, known, |option| {
        let value = &option.value;
        let name = option.name.as_ref();
        match name {
            "interval" => interval = Some(read::double(PARSER, name, value)?),
            "offset" => offset = read::double(PARSER, name, value)?,
            "min_doc_count" => min_doc_count = whole(PARSER, name, value)?,
            "order" => order = orders(value)?,
            "keyed" => keyed = read::boolean(PARSER, name, value)?,
            "extended_bounds" => extended_bounds = Some(bounds(name, value, read::double)?),
            "hard_bounds" => hard_bounds = Some(bounds(name, value, read::double)?),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let interval = interval.filter(|interval| *interval > 0.0).ok_or_else(|| {
        ParseError::illegal_argument(format!("[interval] must be >0 for histogram aggregation [{name}]"))
    })?;
    check_bounds(name, extended_bounds)?;
    let order = with_ties(order, BucketOrderKey::Key, Order::Ascending);
    let histogram =
        HistogramAggregation { source, interval, offset, min_doc_count, order, extended_bounds, hard_bounds, keyed };
    Ok(AggregationKind::Histogram(histogram))
}

fn check_bounds(name: &str, bounds: Option<(Option<f64>, Option<f64>)>) -> ParseResult<()> {
    match bounds {
        Some((Some(min), Some(max))) if min > max => Err(ParseError::illegal_argument(format!(
            "[extended_bounds.min][{min}] cannot be greater than [extended_bounds.max][{max}] for histogram \
             aggregation [{name}]"
        ))),
        _ => Ok(()),
    }
}

/// `{"min": …, "max": …}`
fn bounds<T>(
    name: &str,
    value: &Value<'_>,
    read: impl Fn(&str, &str, &Value<'_>) -> ParseResult<T>,
) -> ParseResult<(Option<T>, Option<T>)> {
    let (mut min, mut max) = (None, None);
    for option in read::object(name, value)? {
        let into = match option.name.as_ref() {
            "min" => &mut min,
            "max" => &mut max,
            _ => return Err(ParseError::unknown_field(name, option, &["min", "max"])),
        };
        if !option.value.is_null() {
            *into = Some(read(name, &option.name, &option.value)?);
        }
    }
    Ok((min, max))
}

fn scalar(parser: &str, name: &str, value: &Value<'_>) -> ParseResult<Scalar> {
    Scalar::of(value).ok_or_else(|| read::unexpected(parser, name, value))
}

pub(super) fn zone(parser: &str, value: &Value<'_>) -> ParseResult<Zone> {
    let zone: Result<_, crate::date::ZoneError> = read::text(parser, "time_zone", value)?.parse();
    zone.map_err(|error| ParseError::illegal_argument(error.to_string()))
}

/// `calendar_interval` and `fixed_interval`, of which there must be one.
pub(super) fn interval(option: &Field<'_>, interval: &mut Option<Interval>) -> ParseResult<bool> {
    let name = option.name.as_ref();
    let wrong = |error: crate::date::IntervalError| ParseError::illegal_argument(error.to_string());
    let given = match name {
        "calendar_interval" => {
            let text = read::text("date_histogram", name, &option.value)?;
            Interval::Calendar(text.parse().map_err(wrong)?)
        }
        "fixed_interval" => {
            let text = read::text("date_histogram", name, &option.value)?;
            Interval::Fixed(text.parse().map_err(wrong)?)
        }
        "interval" => {
            return Err(ParseError::illegal_argument(
                "[interval] on [date_histogram] is no longer supported, use [fixed_interval] or [calendar_interval]",
            ));
        }
        _ => return Ok(false),
    };
    if interval.replace(given).is_some() {
        return Err(ParseError::illegal_argument(
            "Cannot use [calendar_interval] with [fixed_interval] configuration option.".to_owned(),
        ));
    }
    Ok(true)
}

/// `+6h`, `-1d`, or milliseconds.
pub(super) fn offset(parser: &str, value: &Value<'_>) -> ParseResult<i64> {
    if let Some(millis) = value.as_i64() {
        return Ok(millis);
    }
    let text = read::text(parser, "offset", value)?;
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(&text)),
    };
    let interval: Result<FixedInterval, _> = rest.parse();
    match interval {
        Ok(FixedInterval(millis)) => Ok(sign * millis),
        Err(_) if rest.trim_end_matches(|c: char| c.is_ascii_alphabetic()) == "0" => Ok(0),
        Err(_) => Err(ParseError::illegal_argument(format!(
            "failed to parse setting [DateHistogramAggregationBuilder.parseOffset] with value [{rest}] as a time \
             value: unit is missing or unrecognized"
        ))),
    }
}

pub(super) fn date_histogram(name: &str, body: &Object<'_>) -> ParseResult<AggregationKind> {
    const PARSER: &str = "date_histogram";
    let (mut width, mut shift, mut time_zone, mut min_doc_count) = (None, 0, Zone::utc(), 0);
    let (mut order, mut extended_bounds, mut hard_bounds, mut keyed) = (Vec::new(), None, None, false);
    let known = &[
        "calendar_interval",
        "fixed_interval",
        "offset",
        "time_zone",
        "min_doc_count",
        "order",
        "extended_bounds",
        "hard_bounds",
        "keyed",
    ];
    let source = source_with(PARSER, body, known, |option| {
        let value = &option.value;
        let name = option.name.as_ref();
        match name {
            "offset" => shift = offset(PARSER, value)?,
            "time_zone" => time_zone = zone(PARSER, value)?,
            "min_doc_count" => min_doc_count = whole(PARSER, name, value)?,
            "order" => order = orders(value)?,
            "keyed" => keyed = read::boolean(PARSER, name, value)?,
            "extended_bounds" => extended_bounds = Some(bounds(name, value, scalar)?),
            "hard_bounds" => hard_bounds = Some(bounds(name, value, scalar)?),
            _ => return interval(option, &mut width),
        }
        Ok(true)
    })?;
    let interval = width.ok_or_else(|| {
        ParseError::illegal_argument(format!(
            "Invalid interval specified, must be non-null and non-empty for aggregation [{name}]"
        ))
    })?;
    let order = with_ties(order, BucketOrderKey::Key, Order::Ascending);
    let histogram = DateHistogramAggregation {
        source,
        interval,
        offset: shift,
        time_zone,
        min_doc_count,
        order,
        extended_bounds,
        hard_bounds,
        keyed,
    };
    Ok(AggregationKind::DateHistogram(histogram))
}

fn ranges<T>(
    parser: &str,
    value: &Value<'_>,
    read_end: impl Fn(&str, &str, &Value<'_>) -> ParseResult<T>,
) -> ParseResult<Vec<Bounds<T>>> {
    let items = value.as_array().ok_or_else(|| read::unexpected(parser, "ranges", value))?;
    if items.is_empty() {
        return Err(ParseError::illegal_argument(format!("No [ranges] specified for the [{parser}] aggregation")));
    }
    items
        .iter()
        .map(|item| {
            let mut range = Bounds { key: None, from: None, to: None };
            for option in read::object("ranges", item)? {
                let value = &option.value;
                match option.name.as_ref() {
                    "key" => range.key = Some(read::text(parser, "key", value)?),
                    "from" if value.is_null() => {}
                    "to" if value.is_null() => {}
                    "from" => range.from = Some(read_end(parser, "from", value)?),
                    "to" => range.to = Some(read_end(parser, "to", value)?),
                    _ => return Err(ParseError::unknown_field(parser, option, &["key", "from", "to"])),
                }
            }
            Ok(range)
        })
        .collect()
}

pub(super) fn range(body: &Object<'_>) -> ParseResult<AggregationKind> {
    let (mut found, mut keyed) = (Vec::new(), false);
    let source = source_with("range", body, &["ranges", "keyed"], |option| {
        match option.name.as_ref() {
            "ranges" => found = ranges("range", &option.value, read::double)?,
            "keyed" => keyed = read::boolean("range", "keyed", &option.value)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if found.is_empty() {
        return Err(ParseError::illegal_argument("No [ranges] specified for the [range] aggregation"));
    }
    Ok(AggregationKind::Range(RangeAggregation { source, ranges: found, keyed }))
}

pub(super) fn date_range(body: &Object<'_>) -> ParseResult<AggregationKind> {
    const PARSER: &str = "date_range";
    let (mut found, mut keyed, mut time_zone) = (Vec::new(), false, Zone::utc());
    let source = source_with(PARSER, body, &["ranges", "keyed", "time_zone"], |option| {
        match option.name.as_ref() {
            "ranges" => found = ranges(PARSER, &option.value, scalar)?,
            "keyed" => keyed = read::boolean(PARSER, "keyed", &option.value)?,
            "time_zone" => time_zone = zone(PARSER, &option.value)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if found.is_empty() {
        return Err(ParseError::illegal_argument("No [ranges] specified for the [date_range] aggregation"));
    }
    Ok(AggregationKind::DateRange(DateRangeAggregation { source, ranges: found, time_zone, keyed }))
}

pub(super) fn filters(body: &Object<'_>) -> ParseResult<AggregationKind> {
    const PARSER: &str = "filters";
    let (mut found, mut other_bucket, mut other_key, mut keyed) = (None, None, None, true);
    for option in body {
        let value = &option.value;
        let name = option.name.as_ref();
        match name {
            "filters" => {
                found = Some(match &value.kind {
                    Kind::Array(items) => {
                        Filters::Anonymous(items.iter().map(parse_query).collect::<ParseResult<_>>()?)
                    }
                    Kind::Object(object) => {
                        let mut named = object
                            .iter()
                            .map(|field| Ok((field.name.to_string(), parse_query(&field.value)?)))
                            .collect::<ParseResult<Vec<_>>>()?;
                        named.sort_by(|(left, _), (right, _)| left.cmp(right));
                        Filters::Named(named)
                    }
                    _ => return Err(read::unexpected(PARSER, name, value)),
                });
            }
            "other_bucket" => other_bucket = Some(read::boolean(PARSER, name, value)?),
            "other_bucket_key" => other_key = Some(read::text(PARSER, name, value)?),
            "keyed" => keyed = read::boolean(PARSER, name, value)?,
            _ => {
                return Err(ParseError::parsing(
                    value.location,
                    format!("Unexpected token {} in [{name}].", value.token()),
                ));
            }
        }
    }
    let filters = found.ok_or_else(|| ParseError::illegal_argument("[filters] cannot be empty."))?;
    let empty = match &filters {
        Filters::Named(named) => named.is_empty(),
        Filters::Anonymous(queries) => queries.is_empty(),
    };
    if empty {
        return Err(ParseError::illegal_argument("[filters] cannot be empty."));
    }
    let other = match (other_bucket, other_key) {
        (Some(false), _) | (None, None) => None,
        (_, key) => Some(key.unwrap_or_else(|| "_other_".to_owned())),
    };
    Ok(AggregationKind::Filters(FiltersAggregation { filters, other, keyed }))
}
