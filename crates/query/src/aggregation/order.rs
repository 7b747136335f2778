//! `order`: by what buckets are ordered.

use keyward_xcontent::Value;

use super::{Aggregation, AggregationKind, BucketOrder, BucketOrderKey, MetricKind};
use crate::error::{ParseError, ParseResult};
use crate::read;
use crate::sort::Order;

/// Reads `order`: an object, or an array of them.
pub(super) fn orders(value: &Value<'_>) -> ParseResult<Vec<BucketOrder>> {
    let one = |value: &Value<'_>| -> ParseResult<BucketOrder> {
        let object = read::object("order", value)?;
        let [field] = object.fields() else {
            return Err(ParseError::parsing(value.location, "Must specify at least one field for [order]"));
        };
        let order = match read::text("order", &field.name, &field.value)?.to_ascii_lowercase().as_str() {
            "asc" => Order::Ascending,
            "desc" => Order::Descending,
            other => {
                return Err(ParseError::parsing(field.value.location, format!("Unknown order direction [{other}]")));
            }
        };
        let by = match field.name.as_ref() {
            "_count" => BucketOrderKey::Count,
            "_key" => BucketOrderKey::Key,
            path => metric_path(path),
        };
        Ok(BucketOrder { by, order })
    };
    match value.as_array() {
        Some(items) => items.iter().map(one).collect(),
        None => Ok(vec![one(value)?]),
    }
}

fn metric_path(path: &str) -> BucketOrderKey {
    let mut names: Vec<String> = path.split('>').map(|name| name.trim().to_owned()).collect();
    let mut value = None;
    if let Some(last) = names.last_mut() {
        if let Some((name, key)) = last.strip_suffix(']').and_then(|last| last.split_once('[')) {
            value = Some(key.to_owned());
            *last = name.to_owned();
        } else if let Some((name, key)) = last.rsplit_once('.') {
            value = Some(key.to_owned());
            *last = name.to_owned();
        }
    }
    BucketOrderKey::Metric { path: names, value }
}

/// The order with what breaks ties behind it.
pub(super) fn with_ties(mut order: Vec<BucketOrder>, default: BucketOrderKey, direction: Order) -> Vec<BucketOrder> {
    if order.is_empty() {
        order.push(BucketOrder { by: default, order: direction });
    }
    if !order.iter().any(|order| order.by == BucketOrderKey::Key) {
        order.push(BucketOrder { by: BucketOrderKey::Key, order: Order::Ascending });
    }
    order
}

/// Whether the metrics that buckets are ordered by exist below them.
pub(super) fn check_orders(aggregation: &Aggregation) -> ParseResult<()> {
    let orders = match &aggregation.kind {
        AggregationKind::Terms(terms) => &terms.order,
        AggregationKind::Histogram(histogram) => &histogram.order,
        AggregationKind::DateHistogram(histogram) => &histogram.order,
        _ => return Ok(()),
    };
    for order in orders {
        let BucketOrderKey::Metric { path, value } = &order.by else { continue };
        let shown = path.join(">");
        let invalid = |problem: String| {
            ParseError::illegal_argument(format!("Invalid aggregation order path [{shown}]. {problem}"))
        };
        let mut level = &aggregation.sub;
        let mut names = path.iter().peekable();
        while let Some(name) = names.next() {
            let found = level.iter().find(|sub| sub.name == *name).ok_or_else(|| {
                invalid(format!(
                    "The provided aggregation [{name}] either does not exist, or is a pipeline aggregation and cannot be used to sort the buckets."
                ))
            })?;
            if names.peek().is_some() {
                if !matches!(
                    found.kind,
                    AggregationKind::Filter(_) | AggregationKind::Missing(_) | AggregationKind::Global
                ) {
                    return Err(invalid(format!(
                        "Buckets can only be sorted on a sub-aggregator path that is built out of zero or more single-bucket aggregations within the path and a final single-bucket or a metrics aggregation at the path end. Sub-path [{name}] points to non single-bucket aggregation"
                    )));
                }
                level = &found.sub;
                continue;
            }
            let fits = match (&found.kind, value.as_deref()) {
                (AggregationKind::Metric(MetricKind::Stats, _), Some(key)) => {
                    ["count", "min", "max", "avg", "sum"].contains(&key)
                }
                (AggregationKind::Metric(MetricKind::ExtendedStats, _), Some(key)) => EXTENDED.contains(&key),
                (AggregationKind::Metric(MetricKind::Stats | MetricKind::ExtendedStats, _), None) => {
                    return Err(invalid(
                        "When ordering on a multi-value metrics aggregation a metric name must be specified."
                            .to_owned(),
                    ));
                }
                (AggregationKind::Metric(..) | AggregationKind::Cardinality(_), key) => {
                    key.is_none_or(|key| key == "value")
                }
                (AggregationKind::Percentiles(percentiles), Some(key)) => {
                    key.parse::<f64>().is_ok_and(|key| percentiles.points.contains(&key))
                }
                (AggregationKind::Filter(_) | AggregationKind::Missing(_) | AggregationKind::Global, key) => {
                    key.is_none_or(|key| key == "_count" || key == "doc_count")
                }
                _ => false,
            };
            if !fits {
                return Err(invalid(format!(
                    "Unknown value key [{}] for aggregation [{name}]",
                    value.as_deref().unwrap_or("value")
                )));
            }
        }
    }
    Ok(())
}

const EXTENDED: &[&str] = &[
    "count",
    "min",
    "max",
    "avg",
    "sum",
    "sum_of_squares",
    "variance",
    "variance_population",
    "variance_sampling",
    "std_deviation",
    "std_deviation_population",
    "std_deviation_sampling",
    "std_upper",
    "std_lower",
];
