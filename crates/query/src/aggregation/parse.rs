//! From the body of a request to aggregations: names, types, what is below what.

use keyward_xcontent::{Field, Kind, Object, Value};

use super::{Aggregation, AggregationKind, MAX_AGGREGATION_DEPTH, MetricKind, bucket, composite, metric, order};
use crate::error::{ParseError, ParseErrorKind, ParseResult, suggestion};
use crate::parse_query;

/// The aggregations that can be asked for.
pub const AGGREGATION_NAMES: &[&str] = &[
    "avg",
    "cardinality",
    "composite",
    "date_histogram",
    "date_range",
    "extended_stats",
    "filter",
    "filters",
    "global",
    "histogram",
    "max",
    "min",
    "missing",
    "percentile_ranks",
    "percentiles",
    "range",
    "stats",
    "sum",
    "terms",
    "top_hits",
    "value_count",
];

/// The aggregations that Elasticsearch has beside them.
const ELSEWHERE: &[&str] = &[
    "adjacency_matrix",
    "auto_date_histogram",
    "boxplot",
    "categorize_text",
    "children",
    "diversified_sampler",
    "frequent_item_sets",
    "geo_bounds",
    "geo_centroid",
    "geo_distance",
    "geo_line",
    "geohash_grid",
    "geohex_grid",
    "geotile_grid",
    "ip_prefix",
    "ip_range",
    "matrix_stats",
    "median_absolute_deviation",
    "multi_terms",
    "nested",
    "parent",
    "random_sampler",
    "rare_terms",
    "rate",
    "reverse_nested",
    "sampler",
    "scripted_metric",
    "significant_terms",
    "significant_text",
    "string_stats",
    "time_series",
    "top_metrics",
    "t_test",
    "variable_width_histogram",
    "weighted_avg",
];

/// Those among them that work on the results of others.
const PIPELINES: &[&str] = &[
    "avg_bucket",
    "bucket_correlation",
    "bucket_count_ks_test",
    "bucket_script",
    "bucket_selector",
    "bucket_sort",
    "change_point",
    "cumulative_cardinality",
    "cumulative_sum",
    "derivative",
    "extended_stats_bucket",
    "inference",
    "max_bucket",
    "min_bucket",
    "moving_fn",
    "moving_percentiles",
    "normalize",
    "percentiles_bucket",
    "serial_diff",
    "stats_bucket",
    "sum_bucket",
];

/// Reads `aggs`.
pub fn parse_aggregations(value: &Value<'_>) -> ParseResult<Vec<Aggregation>> {
    level(value, 1)
}

fn level(value: &Value<'_>, depth: usize) -> ParseResult<Vec<Aggregation>> {
    let Kind::Object(object) = &value.kind else {
        return Err(ParseError::parsing(
            value.location,
            format!(
                "Unexpected token {} in [aggs]: aggregations definitions must start with the name of the aggregation.",
                value.token()
            ),
        ));
    };
    if depth > MAX_AGGREGATION_DEPTH {
        return Err(ParseError::illegal_argument(format!(
            "Aggregations are nested too deeply: more than [{MAX_AGGREGATION_DEPTH}] levels"
        )));
    }
    object.iter().map(|field| one(field, depth)).collect()
}

fn one(field: &Field<'_>, depth: usize) -> ParseResult<Aggregation> {
    let name = field.name.as_ref();
    if name.is_empty() || name.contains(['[', ']', '>']) {
        return Err(ParseError::parsing(
            field.location,
            format!(
                "Invalid aggregation name [{name}]. Aggregation names can contain any character except '[', ']', and '>'"
            ),
        ));
    }
    let Kind::Object(definition) = &field.value.kind else {
        return Err(ParseError::parsing(
            field.value.location,
            format!(
                "Aggregation definition for [{name} starts with a [{}], expected a [START_OBJECT].",
                field.value.token()
            ),
        ));
    };
    let mut found: Option<(&str, AggregationKind)> = None;
    let (mut sub, mut meta) = (None, None);
    for part in definition {
        let value = &part.value;
        let Kind::Object(body) = &value.kind else {
            return Err(ParseError::parsing(
                value.location,
                format!("Expected [START_OBJECT] under [{}], but got a [{}] in [{name}]", part.name, value.token()),
            ));
        };
        match part.name.as_ref() {
            "meta" => meta = Some(body.to_json()),
            "aggs" | "aggregations" => {
                if sub.is_some() {
                    return Err(ParseError::parsing(
                        part.location,
                        format!("Found two sub aggregation definitions under [{name}]"),
                    ));
                }
                sub = Some(level(value, depth + 1)?);
            }
            kind => {
                if let Some((earlier, _)) = found {
                    return Err(ParseError::parsing(
                        part.location,
                        format!("Found two aggregation type definitions in [{name}]: [{earlier}] and [{kind}]"),
                    ));
                }
                found = Some((kind, aggregation(name, kind, body, part)?));
            }
        }
    }
    let Some((kind_name, kind)) = found else {
        return Err(ParseError::parsing(field.value.location, format!("Missing definition for aggregation [{name}]")));
    };
    let sub = sub.unwrap_or_default();
    if !sub.is_empty() && !kind.has_buckets() {
        return Err(ParseError::illegal_argument(format!(
            "Aggregator [{name}] of type [{kind_name}] cannot accept sub-aggregations"
        )));
    }
    if matches!(kind, AggregationKind::Global) && depth > 1 {
        return Err(ParseError::illegal_argument(format!(
            "Aggregator [{name}] of type [global] can only be at the top level, aggregation [{name}] cannot be a \
             sub-aggregation"
        )));
    }
    let aggregation = Aggregation { name: name.to_owned(), kind, sub, meta };
    order::check_orders(&aggregation)?;
    Ok(aggregation)
}

fn aggregation(name: &str, kind: &str, body: &Object<'_>, at: &Field<'_>) -> ParseResult<AggregationKind> {
    Ok(match kind {
        "terms" => bucket::terms(body)?,
        "histogram" => bucket::histogram(name, body)?,
        "date_histogram" => bucket::date_histogram(name, body)?,
        "range" => bucket::range(body)?,
        "date_range" => bucket::date_range(body)?,
        "filter" => AggregationKind::Filter(Box::new(parse_query(&at.value)?)),
        "filters" => bucket::filters(body)?,
        "missing" => AggregationKind::Missing(metric::source("missing", body, &[])?),
        "global" => match body.fields().first() {
            None => AggregationKind::Global,
            Some(option) => return Err(ParseError::unknown_field("global", option, &[])),
        },
        "composite" => composite::composite(body)?,
        "avg" => metric::metric(MetricKind::Avg, body)?,
        "sum" => metric::metric(MetricKind::Sum, body)?,
        "min" => metric::metric(MetricKind::Min, body)?,
        "max" => metric::metric(MetricKind::Max, body)?,
        "stats" => metric::metric(MetricKind::Stats, body)?,
        "extended_stats" => metric::metric(MetricKind::ExtendedStats, body)?,
        "value_count" => metric::metric(MetricKind::ValueCount, body)?,
        "cardinality" => metric::cardinality(body)?,
        "percentiles" => metric::percentiles(body)?,
        "percentile_ranks" => metric::percentile_ranks(body)?,
        "top_hits" => metric::top_hits(body)?,
        _ => {
            let pipeline = PIPELINES.contains(&kind);
            if pipeline || ELSEWHERE.contains(&kind) {
                let error_kind = ParseErrorKind::UnsupportedAggregation {
                    name: name.to_owned(),
                    aggregation: kind.to_owned(),
                    pipeline,
                };
                let reason = format!("Aggregation type [{kind}] of [{name}] is not supported");
                return Err(ParseError { location: Some(at.value.location), ..ParseError::new(error_kind, reason) });
            }
            let not_found = ParseError {
                location: Some(at.value.location),
                ..ParseError::new(ParseErrorKind::NamedObjectNotFound, format!("unknown field [{kind}]"))
            };
            let suffix = suggestion(kind, AGGREGATION_NAMES);
            return Err(ParseError::parsing(at.value.location, format!("Unknown aggregation type [{kind}]{suffix}"))
                .caused_by(not_found));
        }
    })
}
