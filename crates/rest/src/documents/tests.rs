use keyward_xcontent::{Limits, parse};

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_711_151_970_500);

fn read(kind: DocumentsOf, body: &str, default: Option<&str>) -> Result<Vec<(String, Option<String>)>, String> {
    let value = parse(body.as_bytes(), Limits::default()).map_err(|error| error.to_string())?;
    let items = scan(kind, &value, default, "indices:data/read/mget[shard]", NOW);
    let items = items.map_err(|error| error.cause().reason().to_owned())?;
    Ok(items.into_iter().map(|item| (item.index, item.id)).collect())
}

fn get(body: &str, default: Option<&str>) -> Result<Vec<(String, Option<String>)>, String> {
    read(DocumentsOf::Get, body, default)
}

#[test]
fn documents_come_from_docs_or_ids_and_may_leave_the_path() {
    let pair = |index: &str, id: &str| (index.to_owned(), Some(id.to_owned()));
    assert_eq!(get(r#"{"ids":["1",2]}"#, Some("a")).unwrap(), [pair("a", "1"), pair("a", "2")]);
    let body = r#"{"docs":[{"_id":"1"},{"_index":"<b-{now/d}>","_id":"2","routing":"r","_source":["x"]}]}"#;
    assert_eq!(get(body, Some("a")).unwrap(), [pair("a", "1"), pair("b-2024.03.22", "2")]);
    let artificial = r#"{"docs":[{"_index":"a","doc":{"x":"y"}}]}"#;
    assert_eq!(read(DocumentsOf::TermVectors, artificial, None).unwrap(), [("a".to_owned(), None)]);
}

#[test]
fn what_could_hide_a_name_is_refused() {
    for body in [
        "[]",
        "{}",
        r#"{"docs":{}}"#,
        r#"{"docs":[]}"#,
        r#"{"docs":["1"]}"#,
        r#"{"docs":[{"_id":"1"}]}"#,
        r#"{"docs":[{"_index":"a"}]}"#,
        r#"{"docs":[{"_index":["a"],"_id":"1"}]}"#,
        r#"{"docs":[{"_index":"a","_id":"1","_type":"t"}]}"#,
        r#"{"docs":[{"_index":"a","_id":"1","index":"b"}]}"#,
        r#"{"docs":[{"_index":"a*","_id":"1"}]}"#,
        r#"{"docs":[{"_index":"a,b","_id":"1"}]}"#,
        r#"{"docs":[{"_index":"a","_id":["1"]}]}"#,
        r#"{"ids":["1"]}"#,
        r#"{"ids":[{}]}"#,
        r#"{"index":"a","ids":["1"]}"#,
        r#"{"docs":[{"_index":"a","_id":"1"}],"ids":["1"]}"#,
    ] {
        assert!(get(body, None).is_err(), "{body}");
    }
    assert_eq!(
        get(r#"{"docs":[{"_id":"1"}]}"#, None).unwrap_err(),
        "Validation Failed: 1: index is missing for doc 0;"
    );
    assert_eq!(get("{}", None).unwrap_err(), "Validation Failed: 1: no documents to get;");
}
