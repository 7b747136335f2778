//! Generated documents and queries: the engine finds what the reference finds, in the order that it says.

use std::collections::BTreeMap;

use keyward_query::parse_query;
use keyward_xcontent::{Limits, parse};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::super::values::truncate;
use super::reference::{Value, matches, values};
use super::{found, ids, index, run};

const WORDS: &[&str] = &["red", "fox", "Blue", "dog", "sea", "redder"];

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(WORDS).prop_map(str::to_owned)
}

fn sentence() -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 0..5).prop_map(|words| words.join(" "))
}

fn day() -> impl Strategy<Value = String> {
    (1998..2001, 1..13_u8, 1..29_u8).prop_map(|(year, month, day)| format!("{year}-{month:02}-{day:02}"))
}

/// One value, several, none, or the absence of a value.
fn some<S>(one: S) -> impl Strategy<Value = Option<Json>>
where
    S: Strategy<Value = Json> + Clone + 'static,
{
    prop_oneof![
        4 => one.clone().prop_map(Some),
        1 => prop::collection::vec(one, 0..4).prop_map(|many| Some(Json::Array(many))),
        1 => Just(Some(Json::Null)),
        2 => Just(None),
    ]
}

fn document() -> impl Strategy<Value = Json> {
    let number = prop_oneof![
        (-5..20_i64).prop_map(Json::from),
        (-5.0..20.0_f64).prop_map(|number| json!((number * 4.0).round() / 4.0 + 0.0)),
        (0..9_i64).prop_map(|number| Json::from(number.to_string())),
    ];
    let text = prop_oneof![4 => sentence().prop_map(Json::from), 1 => (1000..1005_i64).prop_map(Json::from)];
    (
        some(text.boxed()),
        some(number.boxed()),
        some(any::<bool>().prop_map(Json::from)),
        some(day().prop_map(Json::from).boxed()),
        some(word().prop_map(Json::from).boxed()),
    )
        .prop_map(|(text, number, boolean, day, word)| {
            let fields = [("t", text), ("n", number), ("b", boolean), ("d", day), ("k", word)];
            let present = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            Json::Object(present.collect::<Map<_, _>>())
        })
}

/// Documents of which the first says what the fields are.
fn documents() -> impl Strategy<Value = Vec<Json>> {
    let first = prop_oneof![Just(json!(3)), Just(json!(2.5))]
        .prop_map(|number| json!({"t": "red fox", "n": number, "b": true, "d": "1999-05-05", "k": "fox"}));
    (first, prop::collection::vec(document(), 0..14)).prop_map(|(first, mut others)| {
        others.insert(0, first);
        others
    })
}

fn leaf() -> impl Strategy<Value = Json> {
    let field = || prop::sample::select(&["t", "t.keyword", "k", "k.keyword"][..]);
    let end = || prop::sample::select(&["gt", "gte", "lt", "lte"][..]);
    prop_oneof![
        Just(json!({"match_all": {}})),
        (field(), word()).prop_map(|(field, word)| json!({"term": {field: word.to_lowercase()}})),
        (field(), prop::collection::vec(word(), 0..3)).prop_map(|(field, words)| json!({"terms": {field: words}})),
        (field(), sentence(), any::<bool>()).prop_map(|(field, text, and)| {
            json!({"match": {field: {"query": text, "operator": if and { "and" } else { "or" }}}})
        }),
        (sentence(), prop::sample::select(&["2", "-1", "60%"][..]))
            .prop_map(|(text, minimum)| json!({"match": {"t": {"query": text, "minimum_should_match": minimum}}})),
        (word(), word()).prop_map(|(one, other)| json!({"match_phrase": {"t": format!("{one} {other}")}})),
        (field(), prop::sample::select(&["r", "re", "B", "redd", ""][..]))
            .prop_map(|(field, prefix)| json!({"prefix": {field: prefix}})),
        (field(), prop::sample::select(&["r*d", "?o?", "*e*", "f?x", "B*"][..]))
            .prop_map(|(field, pattern)| json!({"wildcard": {field: pattern}})),
        (-5..20_i64).prop_map(|number| json!({"term": {"n": number}})),
        (-20..80_i64).prop_map(|quarters| json!({"term": {"n": quarters as f64 / 4.0}})),
        (end(), -20..80_i64).prop_map(|(end, quarters)| json!({"range": {"n": {end: quarters as f64 / 4.0}}})),
        (-5..10_i64, 0..10_i64).prop_map(|(from, length)| json!({"range": {"n": {"gte": from, "lt": from + length}}})),
        (end(), day(), 4..11_usize).prop_map(|(end, day, length)| {
            let length = if length < 7 {
                4
            } else if length < 10 {
                7
            } else {
                10
            };
            json!({"range": {"d": {end: day.get(..length).unwrap()}}})
        }),
        day().prop_map(|day| json!({"term": {"d": day}})),
        any::<bool>().prop_map(|value| json!({"term": {"b": value}})),
        (field(), end(), word()).prop_map(|(field, end, word)| json!({"range": {field: {end: word}}})),
        prop::sample::select(&["t", "n", "b", "d", "k", "k.keyword", "x"][..])
            .prop_map(|field| json!({"exists": {"field": field}})),
        prop::collection::vec(0..20_u8, 0..4)
            .prop_map(|ids| json!({"ids": {"values": ids.iter().map(u8::to_string).collect::<Vec<_>>()}})),
    ]
}

fn query() -> impl Strategy<Value = Json> {
    leaf().prop_recursive(3, 16, 3, |inner| {
        let some = || prop::collection::vec(inner.clone(), 0..3);
        prop_oneof![
            (some(), some(), some(), some(), prop::option::of(0..3_u8)).prop_map(
                |(must, filter, should, must_not, minimum)| {
                    let mut body = json!({"must": must, "filter": filter, "should": should, "must_not": must_not});
                    if let Some(minimum) = minimum {
                        body["minimum_should_match"] = minimum.into();
                    }
                    json!({ "bool": body })
                }
            ),
            inner.clone().prop_map(|query| json!({"constant_score": {"filter": query}})),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|queries| json!({"dis_max": {"queries": queries}})),
        ]
    })
}

fn numbers(values: Vec<Value>) -> Vec<f64> {
    values.into_iter().filter_map(|value| if let Value::Number(number) = value { Some(number) } else { None }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn finds_what_the_reference_finds(
        documents in documents(),
        per_segment in 1..6_usize,
        queries in prop::collection::vec(query(), 12),
    ) {
        let index = [index("i", &documents, per_segment)];
        for query in queries {
            let text = query.to_string();
            let tree = parse_query(&parse(text.as_bytes(), Limits::default()).unwrap()).unwrap();
            let expected: Vec<String> = documents
                .iter()
                .enumerate()
                .filter(|(number, document)| matches(&index[0].mapping, &number.to_string(), document, &tree))
                .map(|(number, _)| number.to_string())
                .collect();
            prop_assert_eq!(&found(&index, query.clone()), &expected, "{}", query);
            // Scored or not, the same documents are found.
            let mut scored = ids(&index, &json!({"query": query, "size": 100}));
            scored.sort_by_key(|id| id.parse::<usize>().unwrap());
            prop_assert_eq!(scored, expected, "{} with scores", query);
        }
    }

    #[test]
    fn sorts_and_pages_as_the_reference_does(
        documents in documents(),
        per_segment in 1..6_usize,
        field in prop::sample::select(&["n", "d", "b", "k.keyword", "t.keyword"][..]),
        descending in any::<bool>(),
        missing_first in any::<bool>(),
        page in 1..5_usize,
    ) {
        let index = [index("i", &documents, per_segment)];
        let key = |document: &Json| -> Option<(f64, String)> {
            let mut keys: Vec<(f64, String)> = values(&index[0].mapping, document, field)
                .into_iter()
                .map(|value| match value {
                    Value::Number(number) => (number, String::new()),
                    Value::Text(text) => (0.0, text),
                    Value::Words(_) => unreachable!(),
                })
                .collect();
            keys.sort_by(|left, right| left.0.total_cmp(&right.0).then_with(|| left.1.cmp(&right.1)));
            if descending { keys.pop() } else { keys.into_iter().next() }
        };
        let mut expected: Vec<(usize, Option<(f64, String)>)> = documents.iter().map(key).enumerate().collect();
        expected.sort_by(|(_, left), (_, right)| match (left, right) {
            (Some(left), Some(right)) => {
                let ordering = left.0.total_cmp(&right.0).then_with(|| left.1.cmp(&right.1));
                if descending { ordering.reverse() } else { ordering }
            }
            (None, None) => std::cmp::Ordering::Equal,
            (None, Some(_)) => if missing_first { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater },
            (Some(_), None) => if missing_first { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Less },
        });
        let expected: Vec<String> = expected.into_iter().map(|(number, _)| number.to_string()).collect();
        let sort = json!([
            {field: {"order": if descending { "desc" } else { "asc" }, "missing": if missing_first { "_first" } else { "_last" }}},
            "_doc"
        ]);
        prop_assert_eq!(&ids(&index, &json!({"sort": sort, "size": 100})), &expected);
        let mut paged = Vec::new();
        let mut request = json!({"sort": sort, "size": page});
        loop {
            let answer = run(&index, &request);
            let hits = answer["hits"]["hits"].as_array().unwrap().clone();
            let Some(last) = hits.last() else { break };
            request["search_after"] = last["sort"].clone();
            paged.extend(hits.iter().map(|hit| hit["_id"].as_str().unwrap().to_owned()));
            prop_assert!(paged.len() <= documents.len(), "a page came twice: {:?}", paged);
        }
        prop_assert_eq!(paged, expected);
    }

    #[test]
    fn aggregates_as_the_reference_does(documents in documents(), per_segment in 1..6_usize) {
        let index = [index("i", &documents, per_segment)];
        let mapping = &index[0].mapping;
        let answer = run(&index, &json!({"size": 0, "aggs": {
            "k": {"terms": {"field": "k.keyword", "size": 100, "order": {"_key": "asc"}}, "aggs": {"n": {"stats": {"field": "n"}}}},
            "h": {"histogram": {"field": "n", "interval": 4, "min_doc_count": 1}},
            "m": {"missing": {"field": "d"}},
            "c": {"cardinality": {"field": "n"}}
        }}));
        let aggregations = &answer["aggregations"];
        let mut groups: BTreeMap<String, Vec<&Json>> = BTreeMap::new();
        let (mut histogram, mut different): (BTreeMap<i64, u64>, Vec<f64>) = (BTreeMap::new(), Vec::new());
        for document in &documents {
            let mut keys: Vec<String> = values(mapping, document, "k.keyword")
                .into_iter()
                .filter_map(|value| if let Value::Text(text) = value { Some(text) } else { None })
                .collect();
            keys.sort();
            keys.dedup();
            keys.into_iter().for_each(|key| groups.entry(key).or_default().push(document));
            let own = numbers(values(mapping, document, "n"));
            let mut buckets: Vec<i64> = own.iter().map(|number| i64::try_from(truncate((number / 4.0).floor())).unwrap()).collect();
            buckets.sort_unstable();
            buckets.dedup();
            buckets.into_iter().for_each(|bucket| *histogram.entry(bucket).or_default() += 1);
            different.extend(own);
        }
        different.sort_by(f64::total_cmp);
        different.dedup();
        prop_assert_eq!(&aggregations["c"]["value"], &json!(different.len()));
        let without = documents.iter().filter(|document| values(mapping, document, "d").is_empty()).count();
        prop_assert_eq!(&aggregations["m"]["doc_count"], &json!(without));
        let expected: Vec<Json> =
            histogram.iter().map(|(bucket, count)| json!({"key": *bucket as f64 * 4.0, "doc_count": count})).collect();
        prop_assert_eq!(&aggregations["h"]["buckets"], &Json::Array(expected));
        let buckets = aggregations["k"]["buckets"].as_array().unwrap();
        prop_assert_eq!(buckets.len(), groups.len());
        for (bucket, (key, documents)) in buckets.iter().zip(&groups) {
            prop_assert_eq!(&bucket["key"], &json!(key));
            prop_assert_eq!(&bucket["doc_count"], &json!(documents.len()));
            let own: Vec<f64> =
                documents.iter().flat_map(|document| numbers(values(mapping, document, "n"))).collect();
            prop_assert_eq!(&bucket["n"]["count"], &json!(own.len()));
            prop_assert!((bucket["n"]["sum"].as_f64().unwrap() - own.iter().sum::<f64>()).abs() < 1e-6);
            let max = own.iter().copied().reduce(f64::max);
            prop_assert_eq!(&bucket["n"]["max"], &json!(max));
        }
    }
}
