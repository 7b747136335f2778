//! `composite`: buckets for combinations of values.

use keyward_xcontent::{Field, Object, Value};

use super::bucket::{interval, offset, zone};
use super::metric::source_with;
use super::{AggregationKind, CompositeAggregation, CompositeKind, CompositeSource};
use crate::date::{DateFormat, Zone};
use crate::error::{ParseError, ParseResult};
use crate::read;
use crate::scalar::Scalar;
use crate::sort::Order;

const PARSER: &str = "composite";

pub(super) fn composite(body: &Object<'_>) -> ParseResult<AggregationKind> {
    let (mut sources, mut size, mut after) = (Vec::new(), 10, None);
    for option in body {
        let value = &option.value;
        let failed = |cause| ParseError::failed_field(PARSER, &option.name, value, cause);
        match option.name.as_ref() {
            "sources" => {
                let items = value.as_array().ok_or_else(|| failed(read::unexpected(PARSER, "sources", value)))?;
                sources = items.iter().map(source).collect::<ParseResult<Vec<_>>>().map_err(failed)?;
            }
            "size" => size = read::count(PARSER, "size", value).map_err(failed)?,
            "after" => after = Some(read::object("after", value).map_err(failed)?),
            _ => return Err(ParseError::unknown_field(PARSER, option, &["sources", "size", "after"])),
        }
    }
    if sources.is_empty() {
        return Err(ParseError::illegal_argument("Composite [sources] cannot be null or empty"));
    }
    if size == 0 {
        return Err(ParseError::illegal_argument("[size] must be greater than 0. Found [0] in [composite]"));
    }
    if let Some((index, again)) = sources.iter().enumerate().find(|(index, part): &(usize, &CompositeSource)| {
        sources.iter().take(*index).any(|other| other.name == part.name)
    }) {
        let _ = index;
        return Err(ParseError::illegal_argument(format!(
            "Composite source names must be unique, found duplicates: [{}]",
            again.name
        )));
    }
    let after = after.map(|after| after_key(&sources, after)).transpose()?;
    Ok(AggregationKind::Composite(CompositeAggregation { sources, size, after }))
}

fn after_key(sources: &[CompositeSource], after: &Object<'_>) -> ParseResult<Vec<Option<Scalar>>> {
    if after.len() != sources.len() {
        return Err(ParseError::illegal_argument(format!(
            "[after] has {} value(s) but [sources] has {}",
            after.len(),
            sources.len()
        )));
    }
    sources
        .iter()
        .map(|part| {
            let value = after
                .get(&part.name)
                .ok_or_else(|| ParseError::illegal_argument(format!("Missing value for [after.{}]", part.name)))?;
            match Scalar::of(value) {
                Some(scalar) => Ok(Some(scalar)),
                None if value.is_null() => Ok(None),
                None => Err(ParseError::illegal_argument(format!(
                    "Invalid value type for [after.{}]: {}",
                    part.name,
                    value.token()
                ))),
            }
        })
        .collect()
}

fn source(value: &Value<'_>) -> ParseResult<CompositeSource> {
    let one = |object: &'_ Object<'_>| object.len() == 1;
    let object = read::object("sources", value)?;
    let [named] = object.fields() else {
        return Err(ParseError::parsing(value.location, "a source of a composite has one name"));
    };
    let definition = read::object(&named.name, &named.value)?;
    if !one(definition) {
        return Err(ParseError::parsing(named.value.location, "a source of a composite has one type"));
    }
    let [typed] = definition.fields() else {
        return Err(ParseError::parsing(named.value.location, "a source of a composite has one type"));
    };
    let options = read::object(&typed.name, &typed.value)?;
    source_of(named, typed, options)
}

fn source_of(named: &Field<'_>, typed: &Field<'_>, options: &Object<'_>) -> ParseResult<CompositeSource> {
    let kind = typed.name.as_ref();
    let (mut order, mut missing_bucket, mut missing_first) = (Order::Ascending, false, None);
    let (mut number_interval, mut width, mut time_zone, mut shift) = (None, None, Zone::utc(), 0);
    if !["terms", "histogram", "date_histogram"].contains(&kind) {
        if kind == "geotile_grid" {
            return Err(ParseError::unsupported("geotile_grid] of aggregation [composite"));
        }
        return Err(ParseError::parsing(typed.location, format!("invalid source type: {kind}")));
    }
    let source = source_with(kind, options, &["order", "missing_bucket", "missing_order"], |option| {
        let value = &option.value;
        match (option.name.as_ref(), kind) {
            ("order", _) => {
                order = match read::text(kind, "order", value)?.to_ascii_lowercase().as_str() {
                    "asc" => Order::Ascending,
                    "desc" => Order::Descending,
                    other => return Err(ParseError::illegal_argument(format!("Unknown order [{other}]"))),
                };
            }
            ("missing_bucket", _) => missing_bucket = read::boolean(kind, "missing_bucket", value)?,
            ("missing_order", _) => {
                missing_first = match read::text(kind, "missing_order", value)?.to_ascii_lowercase().as_str() {
                    "first" => Some(true),
                    "last" => Some(false),
                    "default" => None,
                    other => return Err(ParseError::illegal_argument(format!("Unknown missing order [{other}]"))),
                };
            }
            ("interval", "histogram") => number_interval = Some(read::double(kind, "interval", value)?),
            ("time_zone", "date_histogram") => time_zone = zone(kind, value)?,
            ("offset", "date_histogram") => shift = offset(kind, value)?,
            (_, "date_histogram") => return interval(option, &mut width),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if missing_first.is_some() && !missing_bucket {
        return Err(ParseError::illegal_argument("[missing_order] requires [missing_bucket] to be true"));
    }
    let kind = match kind {
        "terms" => CompositeKind::Terms,
        "histogram" => {
            let interval = number_interval.filter(|interval| *interval > 0.0);
            CompositeKind::Histogram(interval.ok_or_else(|| {
                ParseError::illegal_argument("[interval] must be greater than 0 for [histogram] source")
            })?)
        }
        _ => {
            let interval = width.ok_or_else(|| {
                ParseError::illegal_argument("Invalid interval specified, must be non-null and non-empty")
            })?;
            let format = source.format.as_deref().map(DateFormat::parse).transpose();
            let format = format.map_err(|error| ParseError::illegal_argument(error.to_string()))?;
            CompositeKind::DateHistogram { interval, time_zone, offset: shift, format }
        }
    };
    Ok(CompositeSource { name: named.name.to_string(), source, kind, order, missing_bucket, missing_first })
}
