//! Aggregations: the tree.

mod bucket;
mod composite;
mod metric;
mod order;
mod parse;

pub use parse::{AGGREGATION_NAMES, parse_aggregations};

use crate::body::SourceFilter;
use crate::date::{DateFormat, Interval, Zone};
use crate::query::Query;
use crate::scalar::Scalar;
use crate::sort::{Order, Sort};

/// How deep aggregations may be nested.
pub const MAX_AGGREGATION_DEPTH: usize = 20;

/// An aggregation with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregation {
    /// The name that the request gives it.
    pub name: String,
    /// What it computes.
    pub kind: AggregationKind,
    /// What it computes for each of its buckets.
    pub sub: Vec<Aggregation>,
    /// `meta`: given back as it is.
    pub meta: Option<serde_json::Map<String, serde_json::Value>>,
}

/// What an aggregation computes.
#[derive(Debug, Clone, PartialEq)]
pub enum AggregationKind {
    /// A bucket for each value.
    Terms(TermsAggregation),
    /// A bucket for each interval of numbers.
    Histogram(HistogramAggregation),
    /// A bucket for each interval of time.
    DateHistogram(DateHistogramAggregation),
    /// A bucket for each of the given ranges of numbers.
    Range(RangeAggregation),
    /// A bucket for each of the given ranges of dates.
    DateRange(DateRangeAggregation),
    /// One bucket: what a query matches.
    Filter(Box<Query>),
    /// A bucket for each query.
    Filters(FiltersAggregation),
    /// One bucket: documents without a value.
    Missing(ValueSource),
    /// One bucket: every document, whatever the query.
    Global,
    /// Buckets for combinations of values, page by page.
    Composite(CompositeAggregation),
    /// One number or a few.
    Metric(MetricKind, ValueSource),
    /// How many different values there are.
    Cardinality(ValueSource),
    /// The values below which so many percent lie.
    Percentiles(PercentilesAggregation),
    /// How many percent lie below given values.
    PercentileRanks(PercentilesAggregation),
    /// The best documents.
    TopHits(TopHitsAggregation),
}

/// The simple metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// `avg`
    Avg,
    /// `sum`
    Sum,
    /// `min`
    Min,
    /// `max`
    Max,
    /// `stats`
    Stats,
    /// `extended_stats`
    ExtendedStats,
    /// `value_count`
    ValueCount,
}

/// Where values come from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ValueSource {
    /// The field.
    pub field: String,
    /// What documents without a value have instead.
    pub missing: Option<Scalar>,
    /// How values are shown.
    pub format: Option<String>,
    /// `sigma` of `extended_stats`.
    pub sigma: Option<f64>,
}

/// `terms`
#[derive(Debug, Clone, PartialEq)]
pub struct TermsAggregation {
    /// Where values come from.
    pub source: ValueSource,
    /// How many buckets at most.
    pub size: usize,
    /// Buckets with fewer documents are left out.
    pub min_doc_count: u64,
    /// The order of the buckets. Ties are broken by key, ascending.
    pub order: Vec<BucketOrder>,
    /// Which values get a bucket.
    pub include: Option<TermsFilter>,
    /// Which do not.
    pub exclude: Option<TermsFilter>,
    /// Whether each bucket tells how wrong its count may be. It never is.
    pub show_term_doc_count_error: bool,
}

/// Values that are let in or kept out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TermsFilter {
    /// These.
    Values(Vec<String>),
    /// Those that a regular expression matches.
    Regexp(String),
}

/// By what buckets are ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketOrder {
    /// What is compared.
    pub by: BucketOrderKey,
    /// In which direction.
    pub order: Order,
}

/// By what buckets are ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BucketOrderKey {
    /// `_count`
    Count,
    /// `_key`
    Key,
    /// A metric below the bucket: the names on the way to it, and which of its numbers.
    Metric {
        /// The names of the aggregations, the outermost first.
        path: Vec<String>,
        /// `stats.max`: the number; not said: the only one.
        value: Option<String>,
    },
}

/// `histogram`
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramAggregation {
    /// Where values come from.
    pub source: ValueSource,
    /// The width of a bucket.
    pub interval: f64,
    /// Where the buckets begin, from zero on.
    pub offset: f64,
    /// Buckets with fewer documents are left out.
    pub min_doc_count: u64,
    /// The order of the buckets.
    pub order: Vec<BucketOrder>,
    /// Buckets that are there even where there are no values.
    pub extended_bounds: Option<(Option<f64>, Option<f64>)>,
    /// Buckets outside are left out.
    pub hard_bounds: Option<(Option<f64>, Option<f64>)>,
    /// Whether buckets are given as an object.
    pub keyed: bool,
}

/// `date_histogram`
#[derive(Debug, Clone, PartialEq)]
pub struct DateHistogramAggregation {
    /// Where values come from.
    pub source: ValueSource,
    /// The width of a bucket.
    pub interval: Interval,
    /// How far the buckets are moved on, in milliseconds.
    pub offset: i64,
    /// The zone whose calendar it is.
    pub time_zone: Zone,
    /// Buckets with fewer documents are left out.
    pub min_doc_count: u64,
    /// The order of the buckets.
    pub order: Vec<BucketOrder>,
    /// Buckets that are there even where there are no values: dates or date mathematics.
    pub extended_bounds: Option<(Option<Scalar>, Option<Scalar>)>,
    /// Buckets outside are left out.
    pub hard_bounds: Option<(Option<Scalar>, Option<Scalar>)>,
    /// Whether buckets are given as an object.
    pub keyed: bool,
}

/// `range`
#[derive(Debug, Clone, PartialEq)]
pub struct RangeAggregation {
    /// Where values come from.
    pub source: ValueSource,
    /// The ranges: the lower end is in, the upper is not.
    pub ranges: Vec<Bounds<f64>>,
    /// Whether buckets are given as an object.
    pub keyed: bool,
}

/// `date_range`
#[derive(Debug, Clone, PartialEq)]
pub struct DateRangeAggregation {
    /// Where values come from.
    pub source: ValueSource,
    /// The ranges: the lower end is in, the upper is not. Dates or date mathematics.
    pub ranges: Vec<Bounds<Scalar>>,
    /// The zone of dates that name none.
    pub time_zone: Zone,
    /// Whether buckets are given as an object.
    pub keyed: bool,
}

/// A range with a name or without.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds<T> {
    /// The name of its bucket; not said: made of its ends.
    pub key: Option<String>,
    /// The lower end.
    pub from: Option<T>,
    /// The upper end.
    pub to: Option<T>,
}

/// `filters`
#[derive(Debug, Clone, PartialEq)]
pub struct FiltersAggregation {
    /// The queries, with their names if they have any.
    pub filters: Filters,
    /// The name of the bucket for what no query matches, if there is to be one.
    pub other: Option<String>,
    /// Whether buckets are given as an object, if the filters have names.
    pub keyed: bool,
}

/// Queries with names or without.
#[derive(Debug, Clone, PartialEq)]
pub enum Filters {
    /// By name, in order of names.
    Named(Vec<(String, Query)>),
    /// In their order.
    Anonymous(Vec<Query>),
}

/// `composite`
#[derive(Debug, Clone, PartialEq)]
pub struct CompositeAggregation {
    /// What the keys are made of.
    pub sources: Vec<CompositeSource>,
    /// How many buckets at most.
    pub size: usize,
    /// The key after which the page begins, in order of the sources.
    pub after: Option<Vec<Option<Scalar>>>,
}

/// A part of a composite key.
#[derive(Debug, Clone, PartialEq)]
pub struct CompositeSource {
    /// Its name.
    pub name: String,
    /// Where values come from.
    pub source: ValueSource,
    /// What is made of them.
    pub kind: CompositeKind,
    /// In which direction.
    pub order: Order,
    /// Whether documents without a value get a bucket of their own.
    pub missing_bucket: bool,
    /// Where that bucket goes: `Some(true)` first, `Some(false)` last, not said: first if ascending.
    pub missing_first: Option<bool>,
}

/// What a part of a composite key is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum CompositeKind {
    /// The values themselves.
    Terms,
    /// Intervals of numbers.
    Histogram(f64),
    /// Intervals of time.
    DateHistogram {
        /// The width.
        interval: Interval,
        /// The zone whose calendar it is.
        time_zone: Zone,
        /// How far they are moved on, in milliseconds.
        offset: i64,
        /// How they are shown.
        format: Option<DateFormat>,
    },
}

/// `percentiles` and `percentile_ranks`
#[derive(Debug, Clone, PartialEq)]
pub struct PercentilesAggregation {
    /// Where values come from.
    pub source: ValueSource,
    /// The percents, or the values.
    pub points: Vec<f64>,
    /// Whether the answer is an object.
    pub keyed: bool,
}

/// `top_hits`
#[derive(Debug, Clone, PartialEq)]
pub struct TopHitsAggregation {
    /// How many are left out at the front.
    pub from: usize,
    /// How many there are.
    pub size: usize,
    /// Their order; empty: the best first.
    pub sort: Vec<Sort>,
    /// What is shown of each.
    pub source: SourceFilter,
    /// The options of hits that there are elsewhere too.
    pub version: bool,
    /// Whether sequence numbers are shown.
    pub seq_no_primary_term: bool,
    /// Whether scores are computed even if hits are sorted otherwise.
    pub track_scores: bool,
}

impl AggregationKind {
    /// The name of the type in a request.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Terms(_) => "terms",
            Self::Histogram(_) => "histogram",
            Self::DateHistogram(_) => "date_histogram",
            Self::Range(_) => "range",
            Self::DateRange(_) => "date_range",
            Self::Filter(_) => "filter",
            Self::Filters(_) => "filters",
            Self::Missing(_) => "missing",
            Self::Global => "global",
            Self::Composite(_) => "composite",
            Self::Metric(kind, _) => kind.type_name(),
            Self::Cardinality(_) => "cardinality",
            Self::Percentiles(_) => "percentiles",
            Self::PercentileRanks(_) => "percentile_ranks",
            Self::TopHits(_) => "top_hits",
        }
    }

    /// Whether it has buckets, and so can have aggregations below it.
    pub fn has_buckets(&self) -> bool {
        !matches!(
            self,
            Self::Metric(..)
                | Self::Cardinality(_)
                | Self::Percentiles(_)
                | Self::PercentileRanks(_)
                | Self::TopHits(_)
        )
    }

    /// The fields that it takes values from itself; not those in queries and sub-aggregations.
    pub fn own_fields(&self) -> Vec<&str> {
        match self {
            Self::Terms(terms) => vec![&terms.source.field],
            Self::Histogram(histogram) => vec![&histogram.source.field],
            Self::DateHistogram(histogram) => vec![&histogram.source.field],
            Self::Range(range) => vec![&range.source.field],
            Self::DateRange(range) => vec![&range.source.field],
            Self::Missing(source) | Self::Metric(_, source) | Self::Cardinality(source) => vec![&source.field],
            Self::Percentiles(percentiles) | Self::PercentileRanks(percentiles) => vec![&percentiles.source.field],
            Self::Composite(composite) => composite.sources.iter().map(|part| part.source.field.as_str()).collect(),
            Self::Filter(_) | Self::Filters(_) | Self::Global | Self::TopHits(_) => Vec::new(),
        }
    }

    /// The queries in it.
    pub fn queries(&self) -> Vec<&Query> {
        match self {
            Self::Filter(query) => vec![query],
            Self::Filters(filters) => match &filters.filters {
                Filters::Named(named) => named.iter().map(|(_, query)| query).collect(),
                Filters::Anonymous(queries) => queries.iter().collect(),
            },
            _ => Vec::new(),
        }
    }
}

impl MetricKind {
    /// The name of the type in a request.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Avg => "avg",
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
            Self::Stats => "stats",
            Self::ExtendedStats => "extended_stats",
            Self::ValueCount => "value_count",
        }
    }
}
