//! Buckets by queries, and by the absence of values.

use keyward_query::Aggregation;
use keyward_query::aggregation::{Filters, FiltersAggregation, ValueSource};
use serde_json::Map;

use super::super::collect::Place;
use super::super::failure::Failure;
use super::field::{FieldValues, Wanted};
use super::{Bucket, Buckets, Computed, Universe};

/// One bucket.
pub(super) fn single(
    universe: &Universe<'_, '_>,
    documents: Vec<Place>,
    sub: &[Aggregation],
) -> Result<Computed, Failure> {
    Ok(Computed::Single(Bucket::new("", Map::new(), documents).complete(universe, sub)?))
}

pub(super) fn filters(
    universe: &Universe<'_, '_>,
    filters: &FiltersAggregation,
    sub: &[Aggregation],
    places: &[Place],
) -> Result<Computed, Failure> {
    let (queries, keyed) = match &filters.filters {
        Filters::Named(named) => {
            (named.iter().map(|(name, query)| (name.as_str(), query)).collect::<Vec<_>>(), filters.keyed)
        }
        Filters::Anonymous(queries) => (queries.iter().map(|query| ("", query)).collect(), false),
    };
    let mut buckets = Vec::new();
    let mut others: std::collections::BTreeSet<Place> = places.iter().copied().collect();
    for (name, query) in queries {
        let documents = universe.filter(query, places)?;
        documents.iter().for_each(|place| {
            others.remove(place);
        });
        buckets.push(named(name, documents, keyed).complete(universe, sub)?);
    }
    if let Some(name) = &filters.other {
        buckets.push(named(name, others.into_iter().collect(), keyed).complete(universe, sub)?);
    }
    universe.count_buckets(buckets.len())?;
    Ok(Computed::Buckets(Buckets { type_name: "filters", members: Map::new(), buckets, keyed }))
}

fn named(name: &str, documents: Vec<Place>, keyed: bool) -> Bucket {
    let mut members = Map::new();
    if !keyed && !name.is_empty() && name != "_other_" {
        members.insert("key".to_owned(), name.into());
    }
    Bucket::new(name, members, documents)
}

pub(super) fn missing(
    universe: &Universe<'_, '_>,
    source: &ValueSource,
    sub: &[Aggregation],
    places: &[Place],
) -> Result<Computed, Failure> {
    let field = FieldValues::open(universe, source, "missing", Wanted::Any)?;
    let without = |place: &&Place| !field.has(**place) && !field.has_missing();
    single(universe, places.iter().filter(without).copied().collect(), sub)
}
