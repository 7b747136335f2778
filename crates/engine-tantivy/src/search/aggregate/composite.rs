//! `composite`: buckets for combinations of values, page by page.

use std::cmp::Ordering;
use std::collections::HashMap;

use keyward_query::aggregation::{CompositeAggregation, CompositeKind, CompositeSource};
use keyward_query::date::Zone;
use keyward_query::sort::Order;
use keyward_query::{Aggregation, Scalar};
use serde_json::{Map, Value as Json};

use super::super::collect::Place;
use super::super::failure::Failure;
use super::super::sort::whole_json;
use super::super::values::{integer_to_double, truncate};
use super::field::{FieldValues, Key, Wanted};
use super::{Bucket, Buckets, Computed, Universe};

/// How many combinations one document may have.
const MAX_COMBINATIONS: usize = 10_000;

/// A part of a key: a value, or none.
type Part = Option<Key>;

pub(super) fn composite(
    universe: &Universe<'_, '_>,
    composite: &CompositeAggregation,
    sub: &[Aggregation],
    places: &[Place],
) -> Result<Computed, Failure> {
    let mut fields = Vec::new();
    for source in &composite.sources {
        let (name, wanted) = match source.kind {
            CompositeKind::Terms => ("composite", Wanted::Any),
            CompositeKind::Histogram(_) => ("composite", Wanted::Numbers),
            CompositeKind::DateHistogram { .. } => ("composite", Wanted::Dates),
        };
        fields.push(FieldValues::open(universe, &source.source, name, wanted)?);
    }
    let now = universe.shards.first().map_or(0, |shard| shard.now);
    let after = match &composite.after {
        None => None,
        Some(after) => Some(after_key(composite, &fields, after, now)?),
    };
    let mut groups: HashMap<Vec<Part>, Vec<Place>> = HashMap::new();
    for place in places {
        for key in combinations(composite, &fields, *place)? {
            let behind = after.as_ref().is_none_or(|after| compare(composite, &key, after) == Ordering::Greater);
            if behind {
                groups.entry(key).or_default().push(*place);
            }
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|(left, _), (right, _)| compare(composite, left, right));
    groups.truncate(composite.size);
    universe.count_buckets(groups.len())?;
    let mut members = Map::new();
    if let Some((last, _)) = groups.last() {
        members.insert("after_key".to_owned(), shown_key(composite, &fields, last));
    }
    let buckets = groups.into_iter().map(|(key, documents)| {
        let mut members = Map::new();
        members.insert("key".to_owned(), shown_key(composite, &fields, &key));
        Bucket::new("", members, documents).complete(universe, sub)
    });
    let buckets = buckets.collect::<Result<Vec<_>, _>>()?;
    Ok(Computed::Buckets(Buckets { type_name: "composite", members, buckets, keyed: false }))
}

fn combinations(
    composite: &CompositeAggregation,
    fields: &[FieldValues],
    place: Place,
) -> Result<Vec<Vec<Part>>, Failure> {
    let mut keys: Vec<Vec<Part>> = vec![Vec::new()];
    for (source, field) in composite.sources.iter().zip(fields) {
        let mut parts: Vec<Part> = field.keys(place)?.iter().map(|key| Some(rounded(source, key))).collect();
        parts.dedup();
        if parts.is_empty() && source.missing_bucket {
            parts.push(None);
        }
        let mut longer = Vec::new();
        for key in &keys {
            for part in &parts {
                let mut key = key.clone();
                key.push(part.clone());
                longer.push(key);
            }
        }
        if longer.len() > MAX_COMBINATIONS {
            return Err(Failure::illegal("a document has too many combinations of values for [composite]"));
        }
        keys = longer;
    }
    Ok(keys)
}

/// The value, or the interval that it is in.
fn rounded(source: &CompositeSource, key: &Key) -> Key {
    match &source.kind {
        CompositeKind::Terms => key.clone(),
        CompositeKind::Histogram(interval) => {
            let number = key.number().unwrap_or_default();
            Key::Fractional(integer_to_double(truncate((number / interval).floor())) * interval)
        }
        CompositeKind::DateHistogram { interval, time_zone, offset, .. } => {
            let millis = i64::try_from(truncate(key.number().unwrap_or_default())).unwrap_or_default();
            Key::Whole(interval.floor(millis, *offset, time_zone).unwrap_or(millis).into())
        }
    }
}

fn compare(composite: &CompositeAggregation, left: &[Part], right: &[Part]) -> Ordering {
    composite
        .sources
        .iter()
        .zip(left.iter().zip(right))
        .map(|(source, (left, right))| {
            let missing_first = source.missing_first.unwrap_or(source.order == Order::Ascending);
            match (left, right) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => {
                    if missing_first {
                        Ordering::Less
                    } else {
                        Ordering::Greater
                    }
                }
                (Some(_), None) => {
                    if missing_first {
                        Ordering::Greater
                    } else {
                        Ordering::Less
                    }
                }
                (Some(left), Some(right)) => match source.order {
                    Order::Ascending => left.cmp(right),
                    Order::Descending => right.cmp(left),
                },
            }
        })
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn after_key(
    composite: &CompositeAggregation,
    fields: &[FieldValues],
    after: &[Option<Scalar>],
    now: i64,
) -> Result<Vec<Part>, Failure> {
    composite
        .sources
        .iter()
        .zip(fields)
        .zip(after)
        .map(|((source, field), value)| {
            let Some(value) = value else {
                if source.missing_bucket {
                    return Ok(None);
                }
                return Err(Failure::illegal(format!("Missing value for [after.{}]", source.name)));
            };
            let key = match &source.kind {
                CompositeKind::Terms => field.key_of(value, &source.source.field, now)?,
                CompositeKind::Histogram(_) => Key::Fractional(value.text().parse().map_err(|_| wrong(source, value))?),
                CompositeKind::DateHistogram { format, time_zone, .. } => {
                    let millis = value.text().parse::<i64>().ok();
                    let read = || {
                        let format = format.as_ref()?;
                        format.read(value.text(), keyward_query::date::Fill::Earliest, time_zone)
                    };
                    Key::Whole(millis.or_else(read).ok_or_else(|| wrong(source, value))?.into())
                }
            };
            Ok(Some(key))
        })
        .collect()
}

fn wrong(source: &CompositeSource, value: &Scalar) -> Failure {
    Failure::illegal(format!("invalid value for [after.{}]: [{value}]", source.name))
}

fn shown_key(composite: &CompositeAggregation, fields: &[FieldValues], key: &[Part]) -> Json {
    let parts = composite.sources.iter().zip(fields).zip(key).map(|((source, field), part)| {
        let shown = match (part, &source.kind) {
            (None, _) => Json::Null,
            (Some(Key::Whole(millis)), CompositeKind::DateHistogram { format, time_zone, .. }) => match format {
                Some(format) => format.print(i64::try_from(*millis).unwrap_or_default(), time_zone).into(),
                None => whole_json(*millis),
            },
            (Some(key), _) => match (field.show(key, &Zone::utc()), field.kind) {
                // Booleans are shown as what they are.
                ((_, Some(text)), crate::mapping::FieldKind::Boolean) => (text == "true").into(),
                ((_, Some(text)), _) if field.own_format => text.into(),
                ((shown, _), _) => shown,
            },
        };
        (source.name.clone(), shown)
    });
    Json::Object(parts.collect())
}

impl std::hash::Hash for Key {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match self {
            Self::Whole(number) => number.hash(state),
            Self::Fractional(number) => number.to_bits().hash(state),
            Self::Text(text) => text.hash(state),
        }
    }
}
