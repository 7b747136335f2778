use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_711_151_970_500);

fn read(body: &str) -> Result<Vec<(&'static str, String)>, String> {
    let value = parse(body.as_bytes(), Limits::default()).unwrap();
    let found = references(&value, NOW).map_err(|error| error.cause().reason().to_owned())?;
    Ok(found.into_iter().map(|reference| (reference.action, reference.name)).collect())
}

fn gets(body: &str) -> Vec<String> {
    read(body).unwrap().into_iter().filter(|(action, _)| *action == GET).map(|(_, name)| name).collect()
}

#[test]
fn lookups_are_found_wherever_they_stand() {
    let lookup = r#"{"terms":{"user":{"index":"users","id":"1","path":"ids"}}}"#;
    for place in [
        r#"{"query":Q}"#,
        r#"{"post_filter":Q}"#,
        r#"{"query":{"bool":{"must":[{"nested":{"path":"a","query":Q}}]}}}"#,
        r#"{"knn":{"field":"v","filter":Q}}"#,
        r#"{"knn":[{"field":"v","filter":[Q]}]}"#,
        r#"{"rescore":[{"query":{"rescore_query":Q}}]}"#,
        r#"{"retriever":{"rrf":{"retrievers":[{"standard":{"query":Q}}]}}}"#,
        r#"{"sub_searches":[{"query":Q}]}"#,
        r#"{"aggs":{"a":{"filter":Q}}}"#,
        r#"{"aggs":{"a":{"filters":{"filters":{"x":Q}}}}}"#,
        r#"{"aggs":{"a":{"significant_terms":{"field":"x","background_filter":Q}}}}"#,
        r#"{"highlight":{"fields":{"x":{"highlight_query":Q}}}}"#,
        r#"{"collapse":{"field":"x","inner_hits":{"query":Q}}}"#,
        r#"{"index_filter":Q}"#,
        r#"{"query":{"function_score":{"functions":[{"filter":Q}]}}}"#,
        r#"{"requests":[{"request":{"query":Q}}]}"#,
        r#"{"source":{"index":"a","query":Q}}"#,
        r#"{"actions":[{"add":{"filter":Q}}]}"#,
        r#"{"unheard_of":{"place":Q}}"#,
    ] {
        assert_eq!(gets(&place.replace('Q', lookup)), ["users"], "{place}");
    }
    assert_eq!(
        gets(&r#"{"query":Q}"#.replace('Q', &lookup.replace("terms", "\\u0074erms").replace("index", "\\u0069ndex"))),
        ["users"]
    );
}

#[test]
fn each_construct_has_its_action() {
    let mlt = r#"{"query":{"more_like_this":{"like":[{"_index":"docs","_id":"1"},"text"],"unlike":{"_index":"u","_id":"2"}}}}"#;
    assert_eq!(
        read(mlt).unwrap(),
        [
            (TERM_VECTORS, "docs".to_owned()),
            (TERM_VECTORS_OF_SHARD, "docs".to_owned()),
            (TERM_VECTORS, "u".to_owned()),
            (TERM_VECTORS_OF_SHARD, "u".to_owned())
        ]
    );
    assert_eq!(gets(r#"{"percolate":{"field":"q","index":"<a-{now/y{uuuu}}>","id":"7"}}"#), ["a-2024"]);
    assert_eq!(gets(r#"{"shape":{"loc":{"indexed_shape":{"id":"de"}}}}"#), ["shapes"]);
    assert_eq!(gets(r#"{"geo_shape":{"loc":{"indexed_shape":{"id":"de","index":"s"}}}}"#), ["s"]);
    let runtime = r#"{"runtime_mappings":{"h":{"type":"lookup","target_index":"hosts"}}}"#;
    assert_eq!(read(runtime).unwrap(), [(SEARCH, "hosts".to_owned())]);
}

#[test]
fn wrapped_queries_are_looked_into_or_refused() {
    let wrap = |inner: &str| {
        let encoded = base64::engine::general_purpose::STANDARD.encode(inner);
        format!(r#"{{"wrapper":{{"query":"{encoded}"}}}}"#)
    };
    let lookup = r#"{"terms":{"u":{"index":"users","id":"1","path":"i"}}}"#;
    assert_eq!(gets(&wrap(&wrap(lookup))), ["users"]);
    let mut nested = lookup.to_owned();
    for _ in 0..6 {
        nested = wrap(&nested);
    }
    assert!(read(&nested).is_err());
    assert!(read(r#"{"wrapper":{"query":"!!"}}"#).is_err());
    assert!(read(&wrap("not json")).is_err());
}

#[test]
fn plain_terms_and_documents_are_no_lookups() {
    assert!(read(r#"{"query":{"terms":{"user":["a","b"],"boost":1}}}"#).unwrap().is_empty());
    assert!(read(r#"{"aggs":{"x":{"terms":{"field":"f","order":{"index":"asc"}}}}}"#).unwrap().is_empty());
    let percolated = r#"{"percolate":{"field":"q","document":{"terms":{"x":{"index":"i","id":"1"}}}}}"#;
    assert!(read(percolated).unwrap().is_empty());
    assert!(read(r#"{"query":{"terms":{"u":{"index":1,"id":"1"}}}}"#).is_err());
}
