//! Whatever a request looks like, it is read or refused, and reading it takes bounded time.

use keyward_query::date::{DateFormat, Fill, Rounding, Zone, parse_math};
use keyward_query::query::FieldNames;
use keyward_query::{QueryKind, parse_query, parse_search_body};
use keyward_xcontent::{Limits, parse};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

const NAMES: &[&str] = &[
    "query",
    "bool",
    "must",
    "should",
    "filter",
    "match",
    "term",
    "terms",
    "range",
    "gte",
    "lt",
    "value",
    "boost",
    "_name",
    "aggs",
    "aggregations",
    "sort",
    "order",
    "field",
    "size",
    "from",
    "search_after",
    "_source",
    "includes",
    "ids",
    "values",
    "exists",
    "prefix",
    "wildcard",
    "query_string",
    "simple_query_string",
    "multi_match",
    "fields",
    "date_histogram",
    "calendar_interval",
    "histogram",
    "interval",
    "filters",
    "composite",
    "sources",
    "top_hits",
    "missing",
    "dis_max",
    "queries",
    "minimum_should_match",
    "fuzziness",
    "a",
    "track_total_hits",
];

fn json_value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        (-5.0..5.0_f64).prop_map(Json::from),
        prop::sample::select(NAMES).prop_map(Json::from),
        "[a-z*?:~^\" +|()-]{0,8}".prop_map(Json::from),
    ];
    leaf.prop_recursive(6, 48, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec((prop::sample::select(NAMES), inner), 0..4).prop_map(|fields| {
                Json::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
            }),
        ]
    })
}

struct NoFields;

impl FieldNames for NoFields {
    fn matching(&self, _: &str) -> Vec<String> {
        vec!["a".to_owned(), "b".to_owned()]
    }
}

proptest! {
    #[test]
    fn any_body_is_read_or_refused(body in json_value()) {
        for body in [body.clone(), json!({"query": body}), json!({"aggs": {"x": body}}), json!({"sort": body})] {
            let text = body.to_string();
            if let Err(error) = parse_search_body(&parse(text.as_bytes(), Limits::default()).unwrap()) {
                prop_assert!(!error.full_reason().is_empty());
            }
        }
    }

    #[test]
    fn any_query_text_is_read_or_refused(text in "\\PC{0,40}", short in "[ab:()\\[\\]{}\"~^*?+|&! /\\\\-]{0,24}") {
        for text in [text, short] {
            for name in ["query_string", "simple_query_string"] {
                let body = json!({ name: {"query": text} }).to_string();
                match parse_query(&parse(body.as_bytes(), Limits::default()).unwrap()).map(|query| query.kind) {
                    Ok(QueryKind::QueryString(query)) => { query.lower(&NoFields); }
                    Ok(QueryKind::SimpleQueryString(query)) => { query.lower_simple(&NoFields); }
                    Ok(other) => prop_assert!(false, "{:?}", other),
                    // The simple language has no errors.
                    Err(_) => prop_assert_eq!(name, "query_string"),
                }
            }
        }
    }

    #[test]
    fn any_date_is_read_or_refused(text in "[0-9TZ:.|/+nowdMy-]{0,24}", format in "[yMdHmsSEaXxZ' \\[\\]-]{0,12}", now in any::<i64>()) {
        let utc = Zone::utc();
        for format in [DateFormat::parse(&format).ok(), Some(DateFormat::default())].into_iter().flatten() {
            for rounding in [Rounding::Down, Rounding::Up] {
                let _ = parse_math(&format, &text, now, rounding, &utc);
            }
            format.print(now, &utc);
        }
    }

    #[test]
    fn a_printed_date_is_read_back(millis in -62_135_596_800_000..253_402_300_800_000_i64) {
        let utc = Zone::utc();
        for format in ["strict_date_optional_time", "epoch_millis", "date_time", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "basic_date_time"] {
            let format = DateFormat::parse(format).unwrap();
            prop_assert_eq!(format.read(&format.print(millis, &utc), Fill::Earliest, &utc), Some(millis));
        }
    }
}
