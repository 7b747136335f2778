//! Queries, orders and pages on a few films.

use serde_json::{Value as Json, json};

use super::{found, ids, index, run};
use crate::snapshot::IndexSnapshot;

fn films() -> IndexSnapshot {
    let films = [
        json!({"Title": "The Land Girls", "US Gross": 146083, "Release Date": "Jun 12 1998", "IMDB Rating": 6.1, "Distributor": "Gramercy", "tags": ["war", "drama"], "seen": true, "on": "1998-06-12"}),
        json!({"Title": "First Love, Last Rites", "US Gross": 10876, "Release Date": "Aug 07 1998", "IMDB Rating": 6.9, "Distributor": "Strand", "seen": false, "on": "1998-08-07T10:00:00Z"}),
        json!({"Title": "Four Rooms", "US Gross": 4301000, "IMDB Rating": 6.4, "Distributor": "Miramax", "tags": ["comedy"], "on": "1995-12-25"}),
        json!({"Title": 1776, "US Gross": 0, "IMDB Rating": 7, "Distributor": "Sony", "on": null}),
        json!({"Title": "The Land of the Girls", "US Gross": null, "IMDB Rating": null, "Distributor": null, "tags": ["drama", "Land"]}),
        json!({"Title": "2012", "US Gross": 166112167.5, "Distributor": "Sony", "nested": {"a": {"b": "deep"}}}),
    ];
    index("films", &films, 2)
}

#[test]
fn queries_find_what_they_should() {
    let films = [films()];
    for (query, expected) in [
        (json!({"match_all": {}}), &["0", "1", "2", "3", "4", "5"][..]),
        (json!({"match": {"Title": "land girls"}}), &["0", "4"]),
        (json!({"match": {"Title": {"query": "land rooms", "operator": "and"}}}), &[]),
        (json!({"match": {"Title": {"query": "the land rooms", "minimum_should_match": 2}}}), &["0", "4"]),
        (json!({"match": {"Title": {"query": "gorls", "fuzziness": 1}}}), &["0", "4"]),
        (json!({"match": {"Title": 1776}}), &["3"]),
        (json!({"match": {"Title": "..."}}), &[]),
        (json!({"match": {"Title": {"query": "...", "zero_terms_query": "all"}}}), &["0", "1", "2", "3", "4", "5"]),
        (json!({"match_phrase": {"Title": "land girls"}}), &["0"]),
        (json!({"match_phrase": {"Title": {"query": "land girls", "slop": 2}}}), &["0", "4"]),
        (json!({"match_phrase_prefix": {"Title": "the land gi"}}), &["0"]),
        (json!({"match_bool_prefix": {"Title": "rooms gi"}}), &["0", "2", "4"]),
        (json!({"multi_match": {"query": "sony 2012", "fields": ["Title", "Dis*"]}}), &["3", "5"]),
        (json!({"multi_match": {"query": "drama"}}), &["0", "4"]),
        (json!({"term": {"Title": "land"}}), &["0", "4"]),
        (json!({"term": {"Title": "Land"}}), &[]),
        (json!({"term": {"Title.keyword": "The Land Girls"}}), &["0"]),
        (json!({"term": {"Title.keyword": {"value": "the land girls", "case_insensitive": true}}}), &["0"]),
        (json!({"term": {"tags.keyword": "drama"}}), &["0", "4"]),
        (json!({"term": {"seen": false}}), &["1"]),
        (json!({"term": {"seen": "true"}}), &["0"]),
        (json!({"term": {"US Gross": 146083}}), &["0"]),
        // The first one decided that they are whole.
        (json!({"term": {"US Gross": 166112167}}), &["5"]),
        (json!({"term": {"US Gross": 166112167.5}}), &[]),
        (json!({"term": {"IMDB Rating": 6.1}}), &["0"]),
        (json!({"terms": {"Distributor.keyword": ["Sony", "Miramax"]}}), &["2", "3", "5"]),
        (json!({"range": {"US Gross": {"gt": 0, "lte": 146083}}}), &["0", "1"]),
        (json!({"range": {"US Gross": {"gte": 10875.5, "lt": "146083"}}}), &["1"]),
        (json!({"range": {"IMDB Rating": {"gte": 6.4, "lt": 7}}}), &["1", "2"]),
        (json!({"range": {"on": {"gte": "1998"}}}), &["0", "1"]),
        (json!({"range": {"on": {"lte": "1998-06-12||/M"}}}), &["0", "2"]),
        (json!({"range": {"on": {"gte": "07/08/1998", "format": "dd/MM/yyyy"}}}), &["1"]),
        (json!({"range": {"on": {"lt": "now-20y"}}}), &["0", "1", "2"]),
        (json!({"term": {"on": "1998-08-07T10:00:00Z"}}), &["1"]),
        (json!({"match": {"on": "1998-06-12"}}), &["0"]),
        (json!({"range": {"Distributor.keyword": {"gte": "M", "lt": "Sp"}}}), &["2", "3", "5"]),
        (json!({"exists": {"field": "Distributor"}}), &["0", "1", "2", "3", "5"]),
        (json!({"exists": {"field": "nested"}}), &["5"]),
        (json!({"exists": {"field": "nested.a.b"}}), &["5"]),
        (json!({"exists": {"field": "none"}}), &[]),
        (json!({"prefix": {"Distributor.keyword": "S"}}), &["1", "3", "5"]),
        (json!({"prefix": {"Title": "gir"}}), &["0", "4"]),
        (json!({"wildcard": {"Title.keyword": "*Land*s"}}), &["0", "4"]),
        (json!({"wildcard": {"Distributor.keyword": {"value": "s?ny", "case_insensitive": true}}}), &["3", "5"]),
        (json!({"regexp": {"Distributor.keyword": "S(ony|trand)"}}), &["1", "3", "5"]),
        (json!({"fuzzy": {"Distributor.keyword": "Sonny"}}), &["3", "5"]),
        (json!({"ids": {"values": ["4", "1", "77"]}}), &["1", "4"]),
        (json!({"term": {"_id": "2"}}), &["2"]),
        (json!({"term": {"_index": "films"}}), &["0", "1", "2", "3", "4", "5"]),
        (json!({"bool": {}}), &["0", "1", "2", "3", "4", "5"]),
        (json!({"bool": {"must_not": {"term": {"Title": "the"}}}}), &["1", "2", "3", "5"]),
        (
            json!({"bool": {"filter": {"exists": {"field": "tags"}}, "should": {"term": {"tags": "war"}}}}),
            &["0", "2", "4"],
        ),
        (
            json!({"bool": {"filter": {"exists": {"field": "tags"}}, "should": {"term": {"tags": "war"}}, "minimum_should_match": 1}}),
            &["0"],
        ),
        (
            json!({"bool": {"should": [{"term": {"tags": "war"}}, {"term": {"tags": "drama"}}, {"term": {"tags": "land"}}], "minimum_should_match": "67%"}}),
            &["0", "4"],
        ),
        (json!({"bool": {"should": [], "must": []}}), &["0", "1", "2", "3", "4", "5"]),
        (json!({"constant_score": {"filter": {"term": {"tags": "comedy"}}}}), &["2"]),
        (json!({"dis_max": {"queries": [{"term": {"tags": "comedy"}}, {"term": {"tags": "war"}}]}}), &["0", "2"]),
        (
            json!({"boosting": {"positive": {"match": {"Title": "land"}}, "negative": {"term": {"tags": "war"}}, "negative_boost": 0.2}}),
            &["0", "4"],
        ),
        (json!({"query_string": {"query": "title:x OR Title:(land AND girls) -tags:war"}}), &["4"]),
        (json!({"query_string": {"query": "US\\ Gross:>4000000"}}), &["2", "5"]),
        (json!({"query_string": {"query": "sony"}}), &["3", "5"]),
        (json!({"query_string": {"query": "GIR*", "default_field": "Title"}}), &["0", "4"]),
        (json!({"query_string": {"query": "_exists_:seen"}}), &["0", "1"]),
        (json!({"query_string": {"query": "*"}}), &["0", "1", "2", "3", "4", "5"]),
        (json!({"query_string": {"query": "on:[1998-01-01 TO *]"}}), &["0", "1"]),
        (json!({"simple_query_string": {"query": "land + -war"}}), &["4"]),
        (
            json!({"simple_query_string": {"query": "\"four rooms\" | strand", "fields": ["Title", "Distributor"]}}),
            &["1", "2"],
        ),
    ] {
        assert_eq!(found(&films, query.clone()), expected, "{query}");
    }
}

#[test]
fn what_does_not_fit_the_field_is_refused() {
    let films = [films()];
    for (request, kind, reason) in [
        (
            json!({"query": {"term": {"US Gross": "many"}}}),
            "query_shard_exception",
            "failed to create query: For input string: \"many\"",
        ),
        (
            json!({"query": {"range": {"on": {"gte": "yesterday"}}}}),
            "parse_exception",
            "failed to parse date field [yesterday] with format [strict_date_optional_time||epoch_millis]: [failed to parse date field [yesterday] with format [strict_date_optional_time||epoch_millis]]",
        ),
        (
            json!({"query": {"prefix": {"US Gross": "1"}}}),
            "query_shard_exception",
            "Can only use prefix queries on keyword, text and wildcard fields - not on [US Gross] which is of type [long]",
        ),
        (json!({"sort": "none"}), "query_shard_exception", "No mapping found for [none] in order to sort on"),
        (
            json!({"sort": "Title"}),
            "illegal_argument_exception",
            "Fielddata is disabled on [Title] in [films]. Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so these operations are disabled by default. Please use a keyword field instead. Alternatively, set fielddata=true on [Title] in order to load field data by uninverting the inverted index. Note that this can use significant memory.",
        ),
        (
            json!({"from": 9999, "size": 2}),
            "illegal_argument_exception",
            "Result window is too large, from + size must be less than or equal to: [10000] but was [10001]. See the scroll api for a more efficient way to request large data sets. This limit can be set by changing the [index.max_result_window] index level setting.",
        ),
        (
            json!({"aggs": {"a": {"avg": {"field": "Distributor.keyword"}}}}),
            "illegal_argument_exception",
            "Field [Distributor.keyword] of type [keyword] is not supported for aggregation [avg]",
        ),
    ] {
        let answer = run(&films, &request);
        assert_eq!(answer["status"], 400, "{request} {answer}");
        assert_eq!(answer["error"]["type"], "search_phase_execution_exception", "{request}");
        assert_eq!(answer["error"]["root_cause"][0]["type"], kind, "{request}");
        assert_eq!(answer["error"]["root_cause"][0]["reason"], reason, "{request}");
        assert_eq!(answer["error"]["failed_shards"][0]["index"], "films", "{request}");
    }
}

#[test]
fn hits_come_in_the_order_asked_for() {
    let films = [films()];
    for (request, expected) in [
        (json!({"sort": "US Gross"}), &["3", "1", "0", "2", "5", "4"][..]),
        (json!({"sort": {"US Gross": "desc"}}), &["5", "2", "0", "1", "3", "4"]),
        (json!({"sort": {"US Gross": {"order": "desc", "missing": "_first"}}}), &["4", "5", "2", "0", "1", "3"]),
        (json!({"sort": {"US Gross": {"missing": 20000}}}), &["3", "1", "4", "0", "2", "5"]),
        (json!({"sort": [{"Distributor.keyword": "desc"}, {"US Gross": "desc"}]}), &["1", "5", "3", "2", "0", "4"]),
        (json!({"sort": {"Distributor.keyword": {"missing": "_first"}}}), &["4", "0", "2", "3", "5", "1"]),
        (json!({"sort": [{"tags.keyword": "asc"}, "_doc"]}), &["4", "2", "0", "1", "3", "5"]),
        (json!({"sort": {"tags.keyword": {"order": "asc", "mode": "max"}}}), &["2", "4", "0", "1", "3", "5"]),
        (json!({"sort": "on"}), &["2", "0", "1", "3", "4", "5"]),
        (
            json!({"sort": [{"nothing": {"unmapped_type": "long"}}, {"IMDB Rating": "desc"}]}),
            &["3", "1", "2", "0", "4", "5"],
        ),
        (json!({"from": 1, "size": 2, "sort": "US Gross"}), &["1", "0"]),
        (json!({"size": 0}), &[]),
        (json!({"sort": ["US Gross"], "search_after": [146083]}), &["2", "5", "4"]),
        (json!({"sort": [{"Distributor.keyword": "desc"}], "search_after": ["Nobody"]}), &["2", "0", "4"]),
        (json!({"sort": [{"Distributor.keyword": "asc"}, "_doc"], "search_after": ["Sony", 3]}), &["5", "1", "4"]),
        (json!({"sort": ["on"], "search_after": ["1998-06-12"]}), &["1", "3", "4", "5"]),
        (json!({"query": {"match": {"Title": "girls"}}}), &["0", "4"]),
        (json!({"post_filter": {"term": {"tags": "drama"}}}), &["0", "4"]),
        (json!({"query": {"match": {"Title": "land"}}, "min_score": 100}), &[]),
    ] {
        assert_eq!(ids(&films, &request), expected, "{request}");
    }
}

#[test]
fn hits_show_what_is_asked_for() {
    let films = [films()];
    let answer = run(
        &films,
        &json!({
            "query": {"bool": {"must": {"term": {"Distributor.keyword": {"value": "Gramercy", "_name": "who"}}}}},
            "_source": ["Ti*", "tags"], "version": true, "seq_no_primary_term": true,
            "fields": ["on", "IMDB*", {"field": "on", "format": "yyyy"}],
            "docvalue_fields": [{"field": "on", "format": "yyyy/MM"}, "seen", "tags.keyword"],
            "sort": [{"US Gross": "desc"}, {"IMDB Rating": "asc"}, {"on": {"format": "yyyy-MM-dd"}}], "track_scores": true
        }),
    );
    let hit = &answer["hits"]["hits"][0];
    assert_eq!(
        hit,
        &json!({
            "_index": "films", "_id": "0", "_version": 1, "_seq_no": 0, "_primary_term": 1, "_score": hit["_score"],
            "_source": {"Title": "The Land Girls", "tags": ["war", "drama"]},
            "fields": {"IMDB Rating": [6.1], "on": ["1998/06"], "seen": [true], "tags.keyword": ["drama", "war"]},
            "sort": [146083, 6.1, "1998-06-12"],
            "matched_queries": ["who"]
        })
    );
    assert_eq!(answer["hits"]["max_score"], hit["_score"]);
    assert_eq!(answer["hits"]["total"], json!({"value": 1, "relation": "eq"}));
    assert_eq!(answer["_shards"], json!({"total": 1, "successful": 1, "skipped": 0, "failed": 0}));
    let plain = run(&films, &json!({"query": {"ids": {"values": ["5"]}}, "sort": "Title.keyword"}));
    assert_eq!(plain["hits"]["max_score"], Json::Null);
    assert_eq!(plain["hits"]["hits"][0]["_score"], Json::Null);
    assert_eq!(plain["hits"]["hits"][0]["sort"], json!(["2012"]));
}

#[test]
fn totals_are_counted_as_far_as_asked() {
    let films = [films()];
    let total = |track: Json| run(&films, &json!({"track_total_hits": track, "size": 1}))["hits"].get("total").cloned();
    assert_eq!(total(json!(true)), Some(json!({"value": 6, "relation": "eq"})));
    assert_eq!(total(json!(6)), Some(json!({"value": 6, "relation": "eq"})));
    assert_eq!(total(json!(3)), Some(json!({"value": 3, "relation": "gte"})));
    assert_eq!(total(json!(false)), None);
}

#[test]
fn several_indices_are_one() {
    let one = index("a", &[json!({"n": 3, "t": "x y"}), json!({"n": 1})], 1);
    let other = index("b", &[json!({"n": 2.5, "t": "x"}), json!({"m": "z"})], 5);
    let both = [one, other];
    let answer = run(&both, &json!({"sort": [{"n": "desc"}], "query": {"exists": {"field": "n"}}}));
    let hits: Vec<_> = answer["hits"]["hits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| (hit["_index"].clone(), hit["sort"].clone()))
        .collect();
    assert_eq!(hits, [(json!("a"), json!([3])), (json!("b"), json!([2.5])), (json!("a"), json!([1]))]);
    // What one of them refuses is told beside the hits of the other.
    let partial = run(&both, &json!({"sort": "m.keyword"}));
    assert_eq!(partial["_shards"]["failed"], 1);
    assert_eq!(partial["_shards"]["failures"][0]["index"], "a");
    assert_eq!(
        partial["_shards"]["failures"][0]["reason"]["reason"],
        "No mapping found for [m.keyword] in order to sort on"
    );
    assert_eq!(partial["hits"]["total"]["value"], 2);
    assert_eq!(found(&both, json!({"term": {"_index": "b"}})).len(), 2);
    let none: [IndexSnapshot; 0] = [];
    let nothing = run(&none, &json!({"aggs": {"a": {"avg": {"field": "n"}}}}));
    assert_eq!(nothing["hits"], json!({"total": {"value": 0, "relation": "eq"}, "max_score": null, "hits": []}));
}

#[test]
fn scores_are_those_of_elasticsearch() {
    // Lengths 2, 4, 1, without any: the average is over the three that have the field.
    let index = index(
        "s",
        &[
            json!({"t": "quick fox"}),
            json!({"t": ["the quick", "quick fox"]}),
            json!({"t": "dog"}),
            json!({"u": "quick"}),
        ],
        2,
    );
    let answer = run(&[index], &json!({"query": {"match": {"t": "quick"}}}));
    let rarity = (1.0_f64 + (3.0 - 2.0 + 0.5) / (2.0 + 0.5)).ln();
    let score = |frequency: f64, length: f64| {
        2.2 * rarity * frequency / (frequency + 1.2 * (0.25 + 0.75 * length / (7.0 / 3.0)))
    };
    let hits = answer["hits"]["hits"].as_array().unwrap();
    assert_eq!(hits[0]["_id"], "1");
    assert!((hits[0]["_score"].as_f64().unwrap() - score(2.0, 4.0)).abs() < 1e-6);
    assert!((hits[1]["_score"].as_f64().unwrap() - score(1.0, 2.0)).abs() < 1e-6);
    assert_eq!(answer["hits"]["max_score"], hits[0]["_score"]);
}
