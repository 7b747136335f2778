//! Aggregations: what is computed over the documents that a query matches.
//!
//! A bucket is the list of its documents, and what is below it is computed over that list: no partial results, nothing
//! to merge, every count exact.

mod bucket;
mod composite;
mod field;
mod histogram;
mod metric;
mod order;
mod range;
mod show;
mod terms;
mod top_hits;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use keyward_query::aggregation::{Aggregation, AggregationKind};
use keyward_query::query::Query;
use keyward_rest::error::Cause;
use keyward_rest::error_type::ErrorType;
use serde_json::{Map, Value as Json};

pub(super) use show::show;

use super::collect::Place;
use super::evaluate::Evaluator;
use super::failure::Failure;
use super::matched::{Docs, Matched};
use super::shard::Shard;

/// How many buckets an answer may have.
const MAX_BUCKETS: usize = 65_536;

/// What aggregations are computed over.
pub(super) struct Universe<'u, 's> {
    shards: &'u [Shard<'s>],
    scores: HashMap<Place, f32>,
    /// What the queries of filters match, each looked for once.
    filters: RefCell<HashMap<*const Query, Rc<Vec<Vec<Matched>>>>>,
    buckets: Cell<usize>,
}

/// The result of an aggregation.
#[derive(Debug, Clone)]
pub(super) enum Computed {
    /// Members of the answer, and the numbers that buckets can be ordered by.
    Values { members: Map<String, Json>, numbers: Vec<(String, f64)> },
    /// One bucket.
    Single(Bucket),
    /// Several.
    Buckets(Buckets),
}

/// Several buckets.
#[derive(Debug, Clone)]
pub(super) struct Buckets {
    /// The type as `typed_keys` gives it.
    type_name: &'static str,
    /// Members before the buckets.
    members: Map<String, Json>,
    buckets: Vec<Bucket>,
    /// Whether they are shown as an object, by name.
    keyed: bool,
}

/// A bucket.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    /// Its name where buckets are shown as an object.
    name: String,
    /// Its members before the count.
    members: Map<String, Json>,
    documents: Vec<Place>,
    below: Vec<Computed>,
}

impl<'u, 's> Universe<'u, 's> {
    /// Scores are kept only where hits are shown that have some.
    pub(super) fn new(shards: &'u [Shard<'s>], documents: &[(Place, f32)], aggregations: &[Aggregation]) -> Self {
        let scores = if shows_hits(aggregations) { documents.iter().copied().collect() } else { HashMap::new() };
        Self { shards, scores, filters: RefCell::default(), buckets: Cell::new(0) }
    }

    /// The documents that a query matches.
    fn filter(&self, query: &Query, places: &[Place]) -> Result<Vec<Place>, Failure> {
        let key = std::ptr::from_ref(query);
        let known = self.filters.borrow().get(&key).cloned();
        let matched = match known {
            Some(matched) => matched,
            None => {
                let each = self.shards.iter().map(|shard| Evaluator::new(shard).query(query, 1.0, false));
                let matched = Rc::new(each.collect::<Result<Vec<_>, _>>()?);
                self.filters.borrow_mut().insert(key, Rc::clone(&matched));
                matched
            }
        };
        let is_in = |place: &Place| match matched.get(place.shard).and_then(|one| one.get(place.segment)) {
            Some(Matched { docs: Docs::All, .. }) => true,
            Some(Matched { docs: Docs::These(docs), .. }) => docs.binary_search(&place.doc).is_ok(),
            None => false,
        };
        Ok(places.iter().filter(|place| is_in(place)).copied().collect())
    }

    /// Every document that there is.
    fn everything(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for (number, shard) in self.shards.iter().enumerate() {
            for (segment, reader) in shard.segments().iter().enumerate() {
                places.extend(reader.doc_ids_alive().map(|doc| Place { shard: number, segment, doc }));
            }
        }
        places
    }

    fn count_buckets(&self, more: usize) -> Result<(), Failure> {
        let count = self.buckets.get().saturating_add(more);
        self.buckets.set(count);
        if count > MAX_BUCKETS {
            return Err(Failure::Shard(
                Cause::new(
                    ErrorType::TooManyBuckets,
                    format!(
                        "Trying to create too many buckets. Must be less than or equal to: [{MAX_BUCKETS}] but was \
                         [{count}]. This limit can be set by changing the [search.max_buckets] cluster level setting."
                    ),
                )
                .with_extra("max_buckets", MAX_BUCKETS),
            ));
        }
        Ok(())
    }
}

impl Bucket {
    fn new(name: impl Into<String>, members: Map<String, Json>, documents: Vec<Place>) -> Self {
        Self { name: name.into(), members, documents, below: Vec::new() }
    }

    /// The same bucket with what is computed below it.
    fn complete(mut self, universe: &Universe<'_, '_>, sub: &[Aggregation]) -> Result<Self, Failure> {
        if self.below.is_empty() && !sub.is_empty() {
            self.below = compute(universe, sub, self.documents.clone())?;
        }
        Ok(self)
    }
}

fn shows_hits(aggregations: &[Aggregation]) -> bool {
    let shows = |aggregation: &Aggregation| {
        matches!(aggregation.kind, AggregationKind::TopHits(_)) || shows_hits(&aggregation.sub)
    };
    aggregations.iter().any(shows)
}

/// Computes aggregations over documents, in order.
pub(super) fn compute(
    universe: &Universe<'_, '_>,
    aggregations: &[Aggregation],
    places: Vec<Place>,
) -> Result<Vec<Computed>, Failure> {
    aggregations.iter().map(|aggregation| one(universe, aggregation, &places)).collect()
}

fn one(universe: &Universe<'_, '_>, aggregation: &Aggregation, places: &[Place]) -> Result<Computed, Failure> {
    let sub = &aggregation.sub;
    match &aggregation.kind {
        AggregationKind::Terms(terms) => terms::terms(universe, terms, sub, places),
        AggregationKind::Histogram(histogram) => histogram::histogram(universe, histogram, sub, places),
        AggregationKind::DateHistogram(histogram) => histogram::date_histogram(universe, histogram, sub, places),
        AggregationKind::Range(range) => range::range(universe, range, sub, places),
        AggregationKind::DateRange(range) => range::date_range(universe, range, sub, places),
        AggregationKind::Filter(query) => {
            let documents = universe.filter(query, places)?;
            bucket::single(universe, documents, sub)
        }
        AggregationKind::Filters(filters) => bucket::filters(universe, filters, sub, places),
        AggregationKind::Missing(source) => bucket::missing(universe, source, sub, places),
        AggregationKind::Global => bucket::single(universe, universe.everything(), sub),
        AggregationKind::Composite(composite) => composite::composite(universe, composite, sub, places),
        AggregationKind::Metric(kind, source) => metric::metric(universe, *kind, source, places),
        AggregationKind::Cardinality(source) => metric::cardinality(universe, source, places),
        AggregationKind::Percentiles(percentiles) => metric::percentiles(universe, percentiles, places),
        AggregationKind::PercentileRanks(ranks) => metric::percentile_ranks(universe, ranks, places),
        AggregationKind::TopHits(top) => top_hits::top_hits(universe, top, places),
    }
}
