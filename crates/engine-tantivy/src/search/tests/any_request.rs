//! Whatever fits the language is answered or refused, on fields of every kind.

use keyward_query::parse_search_body;
use keyward_xcontent::{Limits, parse};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::super::execute::{Form, search};
use super::{NOW, index};
use crate::snapshot::IndexSnapshot;

fn documents() -> Vec<Json> {
    vec![
        json!({"t": "red fox", "n": 3, "f": 1.5, "b": true, "d": "1999-05-05", "o": {"k": "x"}}),
        json!({"t": ["blue", "red dog"], "n": [1, -7, 9_223_372_036_854_775_807_i64], "f": 1e30, "d": ["2020-02-29", "1970-01-01"]}),
        json!({"t": "", "n": null, "f": [], "b": [true, false]}),
        json!({"t": "fox", "n": -9_223_372_036_854_775_808_i64, "f": -1e-30, "d": "9999-12-31T23:59:59.999Z"}),
        json!({}),
    ]
}

fn field() -> impl Strategy<Value = &'static str> {
    prop::sample::select(
        &["t", "t.keyword", "n", "f", "b", "d", "o.k.keyword", "o", "none", "_id", "_index", "_seq_no"][..],
    )
}

fn scalar() -> impl Strategy<Value = Json> {
    prop::sample::select(vec![
        json!(0),
        json!(3),
        json!(-1.5),
        json!(1e300),
        json!(9_223_372_036_854_775_807_i64),
        json!("red"),
        json!("1999"),
        json!("now-1d/d"),
        json!(true),
        json!("false"),
        json!(""),
        json!("fo*"),
        json!("1e5"),
        json!("-0"),
        json!("NaN"),
        json!("10.0.0.0/8"),
    ])
}

fn query() -> impl Strategy<Value = Json> {
    let named = prop::sample::select(
        &[
            "term",
            "match",
            "prefix",
            "wildcard",
            "fuzzy",
            "match_phrase",
            "match_phrase_prefix",
            "match_bool_prefix",
            "regexp",
        ][..],
    );
    prop_oneof![
        3 => (named, field(), scalar()).prop_map(|(name, field, value)| json!({name: {field: value}})),
        1 => (field(), prop::collection::vec(scalar(), 0..4)).prop_map(|(field, values)| json!({"terms": {field: values}})),
        2 => (field(), scalar(), scalar()).prop_map(|(field, from, to)| json!({"range": {field: {"gt": from, "lte": to}}})),
        1 => field().prop_map(|field| json!({"exists": {"field": field}})),
        1 => (scalar(), field()).prop_map(|(text, field)| json!({"query_string": {"query": text, "default_field": field, "default_operator": "and"}})),
        1 => (scalar(), field()).prop_map(|(text, field)| json!({"multi_match": {"query": text, "fields": [field, "t*"], "type": "most_fields"}})),
        1 => scalar().prop_map(|text| json!({"simple_query_string": {"query": text}})),
    ]
}

fn aggregation() -> impl Strategy<Value = Json> {
    let metric = prop::sample::select(
        &[
            "avg",
            "sum",
            "min",
            "max",
            "stats",
            "extended_stats",
            "value_count",
            "cardinality",
            "percentiles",
            "terms",
            "missing",
        ][..],
    );
    let interval = prop::sample::select(vec![json!(1), json!(0.1), json!(1e-300), json!(1e300), json!(7)]);
    let calendar = prop::sample::select(&["minute", "day", "week", "month", "quarter", "year"][..]);
    let zone = prop::sample::select(&["UTC", "+05:30", "Europe/Berlin", "Pacific/Apia"][..]);
    prop_oneof![
        4 => (metric, field(), prop::option::of(scalar())).prop_map(|(name, field, missing)| {
            let mut body = json!({"field": field});
            if let Some(missing) = missing {
                body["missing"] = missing;
            }
            json!({ name: body })
        }),
        2 => (field(), interval, 0..2_u8).prop_map(|(field, interval, least)| {
            json!({"histogram": {"field": field, "interval": interval, "min_doc_count": least}})
        }),
        2 => (field(), calendar, zone, 0..2_u8).prop_map(|(field, unit, zone, least)| {
            json!({"date_histogram": {"field": field, "calendar_interval": unit, "time_zone": zone, "min_doc_count": least}})
        }),
        1 => (field(), -5.0..5.0_f64).prop_map(|(field, from)| json!({"range": {"field": field, "ranges": [{"from": from}, {"to": from}]}})),
        1 => (field(), scalar()).prop_map(|(field, from)| json!({"date_range": {"field": field, "ranges": [{"from": from}]}})),
        1 => query().prop_map(|query| json!({"filter": query})),
        1 => (field(), field()).prop_map(|(one, other)| {
            json!({"composite": {"sources": [{"a": {"terms": {"field": one, "missing_bucket": true}}}, {"b": {"terms": {"field": other}}}]}})
        }),
        1 => field().prop_map(|field| json!({"top_hits": {"size": 2, "sort": [{field: "desc"}]}})),
    ]
}

/// The answer, or the status of the refusal.
fn status(indices: &[IndexSnapshot], request: &Json) -> u16 {
    let text = request.to_string();
    let Ok(body) = parse_search_body(&parse(text.as_bytes(), Limits::default()).unwrap()) else { return 400 };
    match search(indices, &body, Form { typed_keys: true, ..Form::default() }, NOW) {
        Ok(answer) => {
            serde_json::to_string(&answer).unwrap();
            200
        }
        Err(error) => error.status().as_u16(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_request_is_answered_or_refused(
        queries in prop::collection::vec(query(), 20),
        aggregations in prop::collection::vec(aggregation(), 20),
        sorts in prop::collection::vec((field(), any::<bool>(), scalar(), scalar()), 20),
    ) {
        let indices = [index("i", &documents(), 2), index("j", &[json!({"n": 0.5, "t": 7})], 1)];
        for query in queries {
            let request = json!({"query": query, "fields": ["*"], "docvalue_fields": ["*"], "post_filter": query});
            prop_assert!(status(&indices, &request) < 500, "{}", request);
        }
        for aggregation in aggregations {
            let mut nested = json!({"terms": {"field": "b"}});
            nested["aggs"] = json!({"x": aggregation});
            let request = json!({"aggs": {"x": aggregation, "y": nested}});
            prop_assert!(status(&indices, &request) < 500, "{}", request);
        }
        for (field, descending, missing, after) in sorts {
            let order = if descending { "desc" } else { "asc" };
            let sort = json!([{field: {"order": order, "missing": missing, "unmapped_type": "long"}}]);
            for request in [json!({"sort": sort}), json!({"sort": sort, "search_after": [after]})] {
                prop_assert!(status(&indices, &request) < 500, "{}", request);
            }
        }
    }
}
