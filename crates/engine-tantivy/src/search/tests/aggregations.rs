//! Aggregations on a few sales.

use serde_json::{Value as Json, json};

use super::{index, run};
use crate::snapshot::IndexSnapshot;

fn sales() -> IndexSnapshot {
    let sales = [
        json!({"type": "hat", "price": 200, "date": "2015-01-01", "promoted": true, "rating": 1.5}),
        json!({"type": "t-shirt", "price": 200, "date": "2015-01-01", "promoted": true, "rating": 2.5}),
        json!({"type": "bag", "price": 150, "date": "2015-01-01", "promoted": true}),
        json!({"type": "hat", "price": 50, "date": "2015-02-01", "promoted": false, "rating": 4.0}),
        json!({"type": "t-shirt", "price": 10, "date": "2015-02-01", "promoted": true}),
        json!({"type": "hat", "price": 200, "date": "2015-04-01", "tags": ["a", "b", "a"]}),
        json!({"price": 175, "date": "2015-04-01", "tags": ["b"]}),
    ];
    index("sales", &sales, 3)
}

fn aggregate(request: Json) -> Json {
    run(&[sales()], &json!({"size": 0, "aggs": request}))["aggregations"].clone()
}

#[test]
fn terms() {
    assert_eq!(
        aggregate(json!({"t": {"terms": {"field": "type.keyword"}, "meta": {"k": 1}}})),
        json!({"t": {"meta": {"k": 1}, "doc_count_error_upper_bound": 0, "sum_other_doc_count": 0, "buckets": [
            {"key": "hat", "doc_count": 3}, {"key": "t-shirt", "doc_count": 2}, {"key": "bag", "doc_count": 1}]}})
    );
    assert_eq!(
        aggregate(
            json!({"t": {"terms": {"field": "type.keyword", "size": 1, "order": {"p": "asc"}, "missing": "none"},
            "aggs": {"p": {"sum": {"field": "price"}}}}})
        ),
        json!({"t": {"doc_count_error_upper_bound": 0, "sum_other_doc_count": 6, "buckets": [
            {"key": "bag", "doc_count": 1, "p": {"value": 150.0}}]}})
    );
    assert_eq!(
        aggregate(json!({"p": {"terms": {"field": "price", "order": {"_key": "desc"}, "min_doc_count": 2}},
            "b": {"terms": {"field": "promoted"}}, "r": {"terms": {"field": "rating", "size": 1}},
            "d": {"terms": {"field": "date", "size": 1, "format": "yyyy-MM"}},
            "m": {"terms": {"field": "tags.keyword", "include": "a|b", "exclude": ["a"]}},
            "z": {"terms": {"field": "type.keyword", "min_doc_count": 0, "include": ["bag", "hat"], "order": {"_key": "asc"}}},
            "u": {"terms": {"field": "nothing"}}})),
        json!({
            "p": {"doc_count_error_upper_bound": 0, "sum_other_doc_count": 0, "buckets": [{"key": 200, "doc_count": 3}]},
            "b": {"doc_count_error_upper_bound": 0, "sum_other_doc_count": 0, "buckets": [
                {"key": 1, "key_as_string": "true", "doc_count": 4}, {"key": 0, "key_as_string": "false", "doc_count": 1}]},
            "r": {"doc_count_error_upper_bound": 0, "sum_other_doc_count": 2, "buckets": [{"key": 1.5, "doc_count": 1}]},
            "d": {"doc_count_error_upper_bound": 0, "sum_other_doc_count": 4, "buckets": [
                {"key": 1420070400000_i64, "key_as_string": "2015-01", "doc_count": 3}]},
            "m": {"doc_count_error_upper_bound": 0, "sum_other_doc_count": 0, "buckets": [{"key": "b", "doc_count": 2}]},
            "z": {"doc_count_error_upper_bound": 0, "sum_other_doc_count": 0, "buckets": [
                {"key": "bag", "doc_count": 1}, {"key": "hat", "doc_count": 3}]},
            "u": {"doc_count_error_upper_bound": 0, "sum_other_doc_count": 0, "buckets": []}
        })
    );
}

#[test]
fn histograms() {
    assert_eq!(
        aggregate(json!({"h": {"histogram": {"field": "price", "interval": 50}}}))["h"]["buckets"],
        json!([{"key": 0.0, "doc_count": 1}, {"key": 50.0, "doc_count": 1}, {"key": 100.0, "doc_count": 0},
            {"key": 150.0, "doc_count": 2}, {"key": 200.0, "doc_count": 3}])
    );
    assert_eq!(
        aggregate(
            json!({"h": {"histogram": {"field": "price", "interval": 100, "offset": 10, "min_doc_count": 1, "keyed": true,
            "order": {"_count": "desc"}}}})
        )["h"]["buckets"],
        json!({"110.0": {"key": 110.0, "doc_count": 5}, "10.0": {"key": 10.0, "doc_count": 2}})
    );
    assert_eq!(
        aggregate(json!({"h": {"histogram": {"field": "price", "interval": 100, "extended_bounds": {"min": -100, "max": 300}}}}))
            ["h"]["buckets"].as_array().unwrap().iter().map(|bucket| bucket["key"].as_f64().unwrap()).collect::<Vec<_>>(),
        [-100.0, 0.0, 100.0, 200.0, 300.0]
    );
    assert_eq!(
        aggregate(json!({"d": {"date_histogram": {"field": "date", "calendar_interval": "month"},
            "aggs": {"s": {"sum": {"field": "price"}}}}}))["d"]["buckets"],
        json!([
            {"key_as_string": "2015-01-01T00:00:00.000Z", "key": 1420070400000_i64, "doc_count": 3, "s": {"value": 550.0}},
            {"key_as_string": "2015-02-01T00:00:00.000Z", "key": 1422748800000_i64, "doc_count": 2, "s": {"value": 60.0}},
            {"key_as_string": "2015-03-01T00:00:00.000Z", "key": 1425168000000_i64, "doc_count": 0, "s": {"value": 0.0}},
            {"key_as_string": "2015-04-01T00:00:00.000Z", "key": 1427846400000_i64, "doc_count": 2, "s": {"value": 375.0}}
        ])
    );
    assert_eq!(
        aggregate(
            json!({"d": {"date_histogram": {"field": "date", "fixed_interval": "90d", "format": "yyyy-MM-dd", "keyed": true,
            "time_zone": "+01:00", "min_doc_count": 1}}})
        )["d"]["buckets"],
        json!({"2014-11-06": {"key_as_string": "2014-11-06", "key": 1415228400000_i64, "doc_count": 5},
            "2015-02-04": {"key_as_string": "2015-02-04", "key": 1423004400000_i64, "doc_count": 2}})
    );
}

#[test]
fn ranges_and_filters() {
    assert_eq!(
        aggregate(
            json!({"r": {"range": {"field": "price", "ranges": [{"from": 100, "to": 200}, {"to": 100}, {"from": 200, "key": "dear"}]}}})
        )["r"]["buckets"],
        json!([{"key": "*-100.0", "to": 100.0, "doc_count": 2}, {"key": "100.0-200.0", "from": 100.0, "to": 200.0, "doc_count": 2},
            {"key": "dear", "from": 200.0, "doc_count": 3}])
    );
    assert_eq!(
        aggregate(
            json!({"r": {"date_range": {"field": "date", "format": "MM-yyyy", "keyed": true, "ranges": [{"to": "02-2015||/M"}, {"from": "02-2015"}]}}})
        )["r"]["buckets"],
        json!({"*-02-2015": {"to": 1422748800000.0, "to_as_string": "02-2015", "doc_count": 3},
            "02-2015-*": {"from": 1422748800000.0, "from_as_string": "02-2015", "doc_count": 4}})
    );
    assert_eq!(
        aggregate(json!({
            "f": {"filter": {"term": {"type": "hat"}}, "aggs": {"a": {"avg": {"field": "price"}}}},
            "n": {"filters": {"filters": {"hats": {"match": {"type": "hat"}}, "bags": {"match": {"type": "bag"}}}, "other_bucket_key": "rest"}},
            "a": {"filters": {"filters": [{"match": {"type": "hat"}}]}},
            "m": {"missing": {"field": "type.keyword"}}, "g": {"global": {}}
        })),
        json!({
            "f": {"doc_count": 3, "a": {"value": 150.0}},
            "n": {"buckets": {"bags": {"doc_count": 1}, "hats": {"doc_count": 3}, "rest": {"doc_count": 3}}},
            "a": {"buckets": [{"doc_count": 3}]}, "m": {"doc_count": 1}, "g": {"doc_count": 7}
        })
    );
}

#[test]
fn metrics() {
    assert_eq!(
        aggregate(json!({
            "s": {"stats": {"field": "price"}}, "n": {"stats": {"field": "nothing"}}, "c": {"cardinality": {"field": "type.keyword"}},
            "v": {"value_count": {"field": "tags.keyword"}}, "d": {"min": {"field": "date"}}, "x": {"avg": {"field": "rating", "missing": 0}},
            "p": {"percentiles": {"field": "price", "percents": [50, 99.9]}}, "l": {"percentiles": {"field": "price", "percents": [0], "keyed": false}},
            "r": {"percentile_ranks": {"field": "price", "values": [150]}}, "e": {"max": {"field": "nothing"}}
        })),
        json!({
            "s": {"count": 7, "min": 10.0, "max": 200.0, "avg": 985.0 / 7.0, "sum": 985.0},
            "n": {"count": 0, "min": null, "max": null, "avg": null, "sum": 0.0},
            "c": {"value": 3}, "v": {"value": 3}, "d": {"value": 1420070400000.0, "value_as_string": "2015-01-01T00:00:00.000Z"},
            "x": {"value": 8.0 / 7.0}, "p": {"values": {"50.0": 175.0, "99.9": 200.0}}, "l": {"values": [{"key": 0.0, "value": 10.0}]},
            "r": {"values": {"150.0": 250.0 / 7.0}}, "e": {"value": null}
        })
    );
    let extended = aggregate(json!({"e": {"extended_stats": {"field": "rating"}}}))["e"].clone();
    assert_eq!(extended["count"], 3);
    assert!((extended["variance"].as_f64().unwrap() - 1.055_555_555).abs() < 1e-6);
    assert!(
        (extended["std_deviation_bounds"]["upper"].as_f64().unwrap() - (8.0 / 3.0 + 2.0 * 1.055_555_555_f64.sqrt()))
            .abs()
            < 1e-6
    );
}

#[test]
fn top_hits_and_composites() {
    let top = aggregate(json!({"t": {"terms": {"field": "type.keyword", "size": 1}, "aggs": {
        "h": {"top_hits": {"size": 1, "sort": [{"price": "asc"}], "_source": ["price"]}}}}}));
    assert_eq!(
        top["t"]["buckets"][0]["h"]["hits"],
        json!({"total": {"value": 3, "relation": "eq"}, "max_score": null, "hits": [
            {"_index": "sales", "_id": "3", "_score": null, "_source": {"price": 50}, "sort": [50]}]})
    );
    let sources = json!([{"m": {"date_histogram": {"field": "date", "calendar_interval": "1M", "format": "yyyy-MM"}}},
        {"t": {"terms": {"field": "type.keyword", "order": "desc", "missing_bucket": true}}}]);
    let page = aggregate(json!({"c": {"composite": {"size": 3, "sources": sources}}}))["c"].clone();
    assert_eq!(
        page,
        json!({"after_key": {"m": "2015-01", "t": "bag"}, "buckets": [
            {"key": {"m": "2015-01", "t": "t-shirt"}, "doc_count": 1}, {"key": {"m": "2015-01", "t": "hat"}, "doc_count": 1},
            {"key": {"m": "2015-01", "t": "bag"}, "doc_count": 1}]})
    );
    let next =
        aggregate(json!({"c": {"composite": {"size": 10, "sources": sources, "after": page["after_key"]}}}))["c"]
            .clone();
    assert_eq!(
        next["buckets"],
        json!([{"key": {"m": "2015-02", "t": "t-shirt"}, "doc_count": 1}, {"key": {"m": "2015-02", "t": "hat"}, "doc_count": 1},
            {"key": {"m": "2015-04", "t": "hat"}, "doc_count": 1}, {"key": {"m": "2015-04", "t": null}, "doc_count": 1}])
    );
}
