//! What a request that is not understood is answered with: kind, place and words.
#![expect(clippy::unwrap_used, reason = "a test may fail so")]

use keyward_query::{ParseError, ParseErrorKind, SearchBody, parse_search_body};
use keyward_xcontent::{Limits, parse};

fn read(source: &str) -> Result<SearchBody, ParseError> {
    parse_search_body(&parse(source.as_bytes(), Limits::default()).unwrap())
}

/// Kind, place and words of an error and of what led to it.
fn show(error: &ParseError) -> String {
    let kind = match &error.kind {
        ParseErrorKind::Parsing => "parsing",
        ParseErrorKind::XContentParse => "x_content",
        ParseErrorKind::NamedObjectNotFound => "named_object",
        ParseErrorKind::IllegalArgument => "illegal_argument",
        ParseErrorKind::Parse => "parse",
        ParseErrorKind::NumberFormat => "number_format",
        ParseErrorKind::QueryShard => "query_shard",
        ParseErrorKind::Validation => "validation",
        ParseErrorKind::UnsupportedQuery { .. } => "unsupported_query",
        ParseErrorKind::UnsupportedAggregation { .. } => "unsupported_aggregation",
        ParseErrorKind::Unsupported { .. } => "unsupported",
    };
    let place = match (error.location, &error.kind) {
        (Some(location), ParseErrorKind::Parsing) => format!("@{location}"),
        _ => String::new(),
    };
    let cause = error.cause.as_ref().map(|cause| format!(" <- {}", show(cause))).unwrap_or_default();
    format!("{kind}{place}: {}{cause}", error.full_reason())
}

#[test]
fn what_is_not_understood_is_refused_by_name() {
    for (source, expected) in [
        (r#"[]"#, "parsing@[1:1]: Expected [START_OBJECT] but found [START_ARRAY]"),
        (r#"{"foo": {}}"#, "parsing@[1:9]: Unknown key for a START_OBJECT in [foo]."),
        (r#"{"size": -1}"#, "illegal_argument: [size] parameter cannot be negative but was [-1]"),
        (r#"{"highlight": {}}"#, "unsupported: [highlight] is not supported"),
        (r#"{"query": {}}"#, "illegal_argument: query malformed, empty clause found at [1:11]"),
        (r#"{"query": []}"#, "parsing@[1:11]: [_na] query malformed, must start with start_object"),
        (
            r#"{"query": {"mtch": {"a": "b"}}}"#,
            "parsing@[1:20]: unknown query [mtch] did you mean [match]? <- named_object: [1:20] unknown field [mtch]",
        ),
        (r#"{"query": {"nested": {}}}"#, "unsupported_query: [nested] query is not supported"),
        (r#"{"query": {"match": 3}}"#, "parsing@[1:21]: [match] query malformed, no start_object after query name"),
        (
            r#"{"query": {"match_all": {}, "term": {}}}"#,
            "parsing@[1:29]: [match_all] malformed query, expected [END_OBJECT] but found [FIELD_NAME]",
        ),
        (r#"{"query": {"match_all": {"x": 1}}}"#, "x_content: [1:26] [match_all] unknown field [x]"),
        (
            r#"{"query": {"term": {"a": 1, "b": 2}}}"#,
            "parsing@[1:29]: [term] query doesn't support multiple fields, found [a] and [b]",
        ),
        (r#"{"query": {"term": {"a": {"value": 1, "x": 2}}}}"#, "parsing@[1:44]: [term] query does not support [x]"),
        (r#"{"query": {"term": {"a": [1]}}}"#, "parsing@[1:26]: [term] query does not support array of values"),
        (r#"{"query": {"terms": {"a": 1}}}"#, "parsing@[1:27]: [terms] unknown token [VALUE_NUMBER] after [a]"),
        (r#"{"query": {"terms": {"a": {"index": "i"}}}}"#, "unsupported: [terms lookup] is not supported"),
        (r#"{"query": {"range": {"a": {"ge": 1}}}}"#, "parsing@[1:34]: [range] query does not support [ge]"),
        (r#"{"query": {"exists": {}}}"#, "parsing@[1:22]: [exists] must be provided with a [field]"),
        (
            r#"{"query": {"bool": {"must": [{"foo": {}}]}}}"#,
            "x_content: [1:38] [bool] failed to parse field [must] <- parsing@[1:38]: unknown query [foo] <- \
             named_object: [1:38] unknown field [foo]",
        ),
        (
            r#"{"query": {"bool": {"musst": []}}}"#,
            "x_content: [1:21] [bool] unknown field [musst] did you mean [must]?",
        ),
        (
            r#"{"query": {"query_string": {"query": "a AND"}}}"#,
            "query_shard: Failed to parse query [a AND] <- parse: Cannot parse 'a AND': Encountered \"<EOF>\"",
        ),
        (
            r#"{"query": {"match": {"a": {"query": "x", "boost": -1}}}}"#,
            "illegal_argument: negative [boost] are not allowed in [match], use a value between 0 and 1 to deboost",
        ),
        (r#"{"query": {"match": {"a": {}}}}"#, "parsing@[1:21]: No text specified for text query"),
        (
            r#"{"sort": 1}"#,
            "illegal_argument: malformed sort format, either start with array, object, or an actual string",
        ),
        (r#"{"sort": {"a": {"x": 1}}}"#, "x_content: [1:17] [field_sort] unknown field [x]"),
        (r#"{"sort": {"_script": {}}}"#, "unsupported: [_script] in [sort] is not supported"),
        (r#"{"search_after": []}"#, "illegal_argument: Values must contains at least one value."),
        (
            r#"{"_source": 1}"#,
            "parsing@[1:13]: Expected one of [VALUE_BOOLEAN, VALUE_STRING, START_ARRAY, START_OBJECT] but found [VALUE_NUMBER]",
        ),
        (r#"{"aggs": {}, "aggregations": {}}"#, "illegal_argument: Duplicate 'aggs' or 'aggregations' field"),
        (r#"{"aggs": {"a": {}}}"#, "parsing@[1:16]: Missing definition for aggregation [a]"),
        (
            r#"{"aggs": {"a]": {}}}"#,
            "parsing@[1:11]: Invalid aggregation name [a]]. Aggregation names can contain any character except '[', ']', and '>'",
        ),
        (
            r#"{"aggs": {"a": {"term": {}}}}"#,
            "parsing@[1:25]: Unknown aggregation type [term] did you mean [terms]? <- named_object: [1:25] unknown field [term]",
        ),
        (
            r#"{"aggs": {"a": {"nested": {}}}}"#,
            "unsupported_aggregation: Aggregation type [nested] of [a] is not supported",
        ),
        (
            r#"{"aggs": {"a": {"avg": {}}}}"#,
            "illegal_argument: Required one of fields [field, script], but none were specified. ",
        ),
        (
            r#"{"aggs": {"a": {"avg": {"field": "f"}, "aggs": {"b": {"avg": {"field": "f"}}}}}}"#,
            "illegal_argument: Aggregator [a] of type [avg] cannot accept sub-aggregations",
        ),
        (
            r#"{"aggs": {"a": {"terms": {"field": "f", "sze": 1}}}}"#,
            "x_content: [1:41] [terms] unknown field [sze] did you mean [size]?",
        ),
        (
            r#"{"aggs": {"a": {"terms": {"field": "f", "order": {"m": "asc"}}}}}"#,
            "illegal_argument: Invalid aggregation order path [m]. The provided aggregation [m] either does not exist, or is a pipeline aggregation and cannot be used to sort the buckets.",
        ),
        (
            r#"{"aggs": {"a": {"date_histogram": {"field": "f"}}}}"#,
            "illegal_argument: Invalid interval specified, must be non-null and non-empty for aggregation [a]",
        ),
    ] {
        let error = read(source).expect_err(source);
        assert_eq!(show(&error), expected, "{source}");
    }
}

#[test]
fn depth_and_number_of_clauses_are_bounded() {
    let deep = format!("{}{{\"match_all\":{{}}}}{}", "{\"constant_score\":{\"filter\":".repeat(40), "}}".repeat(40));
    let error = read(&format!("{{\"query\":{deep}}}")).unwrap_err();
    assert!(error.reason.starts_with("The nested depth of the query exceeds"), "{}", error.reason);
    let many = vec!["{\"match_all\":{}}"; 5000].join(",");
    let error = read(&format!("{{\"query\":{{\"bool\":{{\"should\":[{many}]}}}}}}")).unwrap_err();
    assert!(error.cause.unwrap().reason.starts_with("Query contains too many clauses"));
    let deep = format!("{}{}", "{\"a\":{\"global\":{},\"aggs\":".repeat(30), "{}".to_owned() + &"}}".repeat(30));
    assert!(read(&format!("{{\"aggs\":{deep}}}")).is_err());
}

#[test]
fn a_whole_body_is_read() {
    let body = read(
        r#"{
            "query": {"bool": {
                "must": {"match": {"title": {"query": "red fox", "operator": "and", "fuzziness": "AUTO"}}},
                "filter": [{"range": {"year": {"gte": 1990, "lt": 2000}}}, {"term": {"tag": "x"}}],
                "should": [{"multi_match": {"query": "a", "fields": ["t^2", "u"]}}],
                "must_not": {"ids": {"values": ["1", 2]}},
                "minimum_should_match": "50%", "boost": 2, "_name": "n"}},
            "from": 5, "size": 20, "sort": [{"year": "desc"}, "_score", {"title": {"order": "asc", "missing": "_first"}}],
            "search_after": [1990, 1.5, null], "_source": {"includes": ["a"], "excludes": "b"},
            "track_total_hits": 100, "min_score": 0.5, "fields": ["a", {"field": "d", "format": "yyyy"}],
            "aggs": {"g": {"terms": {"field": "genre", "size": 3, "order": {"m": "desc"}},
                     "aggs": {"m": {"avg": {"field": "rating"}}, "t": {"top_hits": {"size": 1}}}, "meta": {"k": 1}}}
        }"#,
    )
    .unwrap();
    assert_eq!((body.from, body.size, body.sort.len()), (5, 20, 3));
    assert_eq!(body.search_after.unwrap().len(), 3);
    assert_eq!(body.aggregations[0].sub.len(), 2);
    let query = body.query.unwrap();
    assert_eq!((query.boost, query.name.as_deref()), (2.0, Some("n")));
    let mut fields = Vec::new();
    query
        .try_visit::<()>(&mut |query| {
            fields.extend(query.own_fields().unwrap_or_default().into_iter().map(str::to_owned));
            Ok(())
        })
        .unwrap();
    assert_eq!(fields, ["title", "year", "tag", "t", "u"]);
}
