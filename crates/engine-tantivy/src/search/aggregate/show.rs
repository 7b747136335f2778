//! Results as they are shown.

use keyward_query::Aggregation;
use keyward_query::aggregation::AggregationKind;
use serde_json::{Map, Value as Json};

use super::{Bucket, Computed};

/// Aggregations by their names.
pub(in crate::search) fn show(aggregations: &[Aggregation], computed: &[Computed], typed: bool) -> Json {
    Json::Object(members(aggregations, computed, typed))
}

fn members(aggregations: &[Aggregation], computed: &[Computed], typed: bool) -> Map<String, Json> {
    let each = aggregations.iter().zip(computed).map(|(aggregation, computed)| {
        let name = if typed {
            format!("{}#{}", type_name(aggregation, computed), aggregation.name)
        } else {
            aggregation.name.clone()
        };
        (name, Json::Object(one(aggregation, computed, typed)))
    });
    each.collect()
}

fn type_name(aggregation: &Aggregation, computed: &Computed) -> &'static str {
    match (computed, &aggregation.kind) {
        (Computed::Buckets(buckets), _) => buckets.type_name,
        (_, AggregationKind::Percentiles(_)) => "tdigest_percentiles",
        (_, AggregationKind::PercentileRanks(_)) => "tdigest_percentile_ranks",
        (_, kind) => kind.type_name(),
    }
}

fn one(aggregation: &Aggregation, computed: &Computed, typed: bool) -> Map<String, Json> {
    let mut shown = Map::new();
    if let Some(meta) = &aggregation.meta {
        shown.insert("meta".to_owned(), Json::Object(meta.clone()));
    }
    match computed {
        Computed::Values { members, .. } => shown.extend(members.clone()),
        Computed::Single(bucket) => shown.extend(bucket_members(aggregation, bucket, typed)),
        Computed::Buckets(buckets) => {
            shown.extend(buckets.members.clone());
            let each = buckets.buckets.iter();
            let list = if buckets.keyed {
                let named =
                    each.map(|bucket| (bucket.name.clone(), Json::Object(bucket_members(aggregation, bucket, typed))));
                Json::Object(named.collect())
            } else {
                Json::Array(each.map(|bucket| Json::Object(bucket_members(aggregation, bucket, typed))).collect())
            };
            shown.insert("buckets".to_owned(), list);
        }
    }
    shown
}

fn bucket_members(aggregation: &Aggregation, bucket: &Bucket, typed: bool) -> Map<String, Json> {
    let mut shown = bucket.members.clone();
    shown.insert("doc_count".to_owned(), bucket.documents.len().into());
    if let Some(error) = shown.shift_remove("doc_count_error_upper_bound") {
        shown.insert("doc_count_error_upper_bound".to_owned(), error);
    }
    shown.extend(members(&aggregation.sub, &bucket.below, typed));
    shown
}

/// A double as Java writes it: always with a point, with an exponent where it is very great or very small.
pub(super) fn double_text(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-3..1e7).contains(&size) {
        let text = format!("{number:E}");
        return match text.split_once('E') {
            Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
            _ => text,
        };
    }
    let text = number.to_string();
    if text.contains('.') { text } else { format!("{text}.0") }
}

#[cfg(test)]
mod tests {
    use super::double_text;

    #[test]
    fn doubles_are_written_as_java_does() {
        for (number, text) in
            [(50.0, "50.0"), (99.9, "99.9"), (1e7, "1.0E7"), (1.5e-4, "1.5E-4"), (0.0, "0.0"), (-3.25, "-3.25")]
        {
            assert_eq!(double_text(number), text);
        }
    }
}
