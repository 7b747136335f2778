//! The order of buckets.

use std::cmp::Ordering;

use keyward_query::Aggregation;
use keyward_query::aggregation::{BucketOrder, BucketOrderKey};
use keyward_query::sort::Order;

use super::super::values::count_to_double;
use super::field::Key;
use super::{Bucket, Computed};

/// Whether buckets are ordered by what is computed below them.
pub(super) fn needs_metrics(orders: &[BucketOrder]) -> bool {
    orders.iter().any(|order| matches!(order.by, BucketOrderKey::Metric { .. }))
}

/// Puts buckets in order.
pub(super) fn sort(buckets: &mut [(Key, Bucket)], orders: &[BucketOrder], sub: &[Aggregation]) {
    buckets.sort_by(|(left_key, left), (right_key, right)| {
        orders
            .iter()
            .map(|order| {
                let ordering = match &order.by {
                    BucketOrderKey::Count => left.documents.len().cmp(&right.documents.len()),
                    BucketOrderKey::Key => left_key.cmp(right_key),
                    BucketOrderKey::Metric { path, value } => {
                        return by_metric(
                            metric(left, sub, path, value.as_deref()),
                            metric(right, sub, path, value.as_deref()),
                            order.order,
                        );
                    }
                };
                directed(ordering, order.order)
            })
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    });
}

fn directed(ordering: Ordering, order: Order) -> Ordering {
    match order {
        Order::Ascending => ordering,
        Order::Descending => ordering.reverse(),
    }
}

/// Buckets without a number come last in either direction.
fn by_metric(left: Option<f64>, right: Option<f64>, order: Order) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) => directed(left.total_cmp(&right), order),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

fn metric(bucket: &Bucket, sub: &[Aggregation], path: &[String], value: Option<&str>) -> Option<f64> {
    let (name, rest) = path.split_first()?;
    let place = sub.iter().position(|aggregation| aggregation.name == *name)?;
    let (aggregation, computed) = (sub.get(place)?, bucket.below.get(place)?);
    match (computed, rest.is_empty()) {
        (Computed::Single(single), false) => metric(single, &aggregation.sub, rest, value),
        (Computed::Single(single), true) => Some(count_to_double(single.documents.len())),
        (Computed::Values { numbers, .. }, true) => {
            let wanted = value.unwrap_or("value");
            let found = numbers.iter().find(|(name, _)| {
                // Percentiles may be written in more than one way: 50 is 50.0.
                name == wanted
                    || matches!((name.parse::<f64>(), wanted.parse::<f64>()), (Ok(one), Ok(two)) if one == two)
            });
            found.map(|(_, number)| *number).filter(|number| !number.is_nan())
        }
        _ => None,
    }
}
