use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_711_151_970_500);

fn read(body: &str) -> Result<Vec<BulkItem>, String> {
    let defaults = BulkDefaults::default();
    scan(body.as_bytes(), &defaults, NOW).map_err(|error| error.cause().reason().to_owned())
}

fn refusal(body: &str) -> String {
    read(body).expect_err(body)
}

#[test]
fn items_are_found_with_their_sources() {
    let body = "{\"create\":{\"_index\":\"a\"}}\n{\"x\":1}\n{\"delete\":{\"_index\":\"b\",\"_id\":2}}\r\n{\"update\":{\"_index\":\"<c-{now/d}>\",\"_id\":\"3\"}}\n{\"doc\":{}}\r\n";
    let items = read(body).unwrap();
    let seen: Vec<_> = items
        .iter()
        .map(|item| {
            let source = item.source.clone().map(|range| body.get(range).unwrap());
            (item.operation, item.index.as_str(), item.id.as_deref(), source)
        })
        .collect();
    assert_eq!(
        seen,
        [
            (BulkOperation::Create, "a", None, Some("{\"x\":1}")),
            (BulkOperation::Delete, "b", Some("2"), None),
            (BulkOperation::Update, "c-2024.03.22", Some("3"), Some("{\"doc\":{}}")),
        ]
    );
}

#[test]
fn an_index_action_can_be_a_create() {
    let items = read("{\"index\":{\"_index\":\"a\",\"op_type\":\"create\"}}\n{}\n").unwrap();
    assert_eq!((items[0].operation, items[0].keyword), (BulkOperation::Create, "index"));
    assert!(refusal("{\"create\":{\"_index\":\"a\",\"op_type\":\"index\"}}\n{}\n").contains("opType"));
    assert!(
        refusal("{\"delete\":{\"_index\":\"a\",\"_id\":\"1\",\"op_type\":\"index\"}}\n").contains("unknown parameter")
    );
}

#[test]
fn defaults_are_of_the_request_and_items_win_over_them() {
    let defaults = BulkDefaults {
        index: Some("base".to_owned()),
        routing: Some("r".to_owned()),
        pipeline: Some("p".to_owned()),
        require_alias: true,
        ..BulkDefaults::default()
    };
    let body = b"{\"index\":{}}\n{}\n{\"index\":{\"_index\":\"other\",\"routing\":\"s\",\"pipeline\":\"q\",\"require_alias\":false}}\n{}\n";
    let items = scan(body, &defaults, NOW).unwrap();
    let seen: Vec<_> = items
        .iter()
        .map(|i| (i.index.as_str(), i.routing.as_deref(), i.pipeline.as_deref(), i.require_alias))
        .collect();
    assert_eq!(seen, [("base", Some("r"), Some("p"), true), ("other", Some("s"), Some("q"), false)]);
}

#[test]
fn metadata_is_read_by_type() {
    let items = read(
        "{\"index\":{\"_index\":\"a\",\"version\":\"3\",\"version_type\":\"external\",\"if_seq_no\":4,\"if_primary_term\":1,\
         \"dynamic_templates\":{\"f\":\"t\"},\"require_data_stream\":\"true\"}}\n{}\n{\"update\":{\"_index\":\"a\",\"_id\":\
         \"1\",\"retry_on_conflict\":2,\"_source\":[\"x\"]}}\n{}\n",
    )
    .unwrap();
    assert_eq!((items[0].version, items[0].version_type.as_deref()), (Some(3), Some("external")));
    assert_eq!((items[0].if_seq_no, items[0].if_primary_term), (Some(4), Some(1)));
    assert_eq!(items[0].dynamic_templates, Some(serde_json::json!({"f": "t"})));
    assert!(items[0].require_data_stream);
    assert_eq!((items[1].retry_on_conflict, items[1].source_filter.clone()), (Some(2), Some(serde_json::json!(["x"]))));
}

#[test]
fn hazards_are_refused_for_the_whole_body() {
    let line = |metadata: &str| format!("{{\"index\":{metadata}}}\n{{}}\n");
    for body in [
        String::new(),
        "{\"index\":{\"_index\":\"a\"}}\n{}".to_owned(),
        "{\"index\":{\"_index\":\"a\"}}\n".to_owned(),
        "{\"index\":{\"_index\":\"a\"}}\n\n".to_owned(),
        "{\"index\":{\"_index\":\"a\"}}\n\n{}\n".to_owned(),
        "\n{\"index\":{\"_index\":\"a\"}}\n{}\n".to_owned(),
        "{\"index\":{\"_index\":\"a\"}}\n{}\n\n".to_owned(),
        "{\"index\":{\"_index\":\"a\"},\"delete\":{\"_index\":\"b\"}}\n{}\n".to_owned(),
        "{}\n{}\n".to_owned(),
        "[]\n{}\n".to_owned(),
        "{\"index\":[]}\n{}\n".to_owned(),
        "{\"index\":null}\n{}\n".to_owned(),
        "{\"frobnicate\":{\"_index\":\"a\"}}\n{}\n".to_owned(),
        "{\"Index\":{\"_index\":\"a\"}}\n{}\n".to_owned(),
        "// note\n{\"index\":{\"_index\":\"a\"}}\n{}\n".to_owned(),
        "{\"index\":{\"_index\":\"a\"}} {}\n{}\n".to_owned(),
        "\u{feff}{\"index\":{\"_index\":\"a\"}}\n{}\n".to_owned(),
        "{\"delete\":{\"_index\":\"a\"}}\n".to_owned(),
        "{\"update\":{\"_index\":\"a\"}}\n{}\n".to_owned(),
        line("{\"_index\":\"a\",\"_index\":\"b\"}"),
        line("{\"_index\":\"a\",\"\\u005findex\":\"b\"}"),
        line("{\"_index\":[\"a\"]}"),
        line("{\"_index\":1}"),
        line("{\"_index\":null}"),
        line("{\"_index\":\"\"}"),
        line("{\"_index\":\"a\",\"_type\":\"t\"}"),
        line("{\"index_id\":\"a\"}"),
        line("{\"_index\":\"a\",\"unknown\":1}"),
        line("{\"_index\":\"a*\"}"),
        line("{\"_index\":\"_all\"}"),
        line("{\"_index\":\"a,b\"}"),
        line("{\"_index\":\"a/b\"}"),
        line("{\"_index\":\"a%2fb\"}"),
        line("{\"_index\":\" a\"}"),
        line("{\"_index\":\"a\\u0000\"}"),
        line("{\"_index\":\"<a-{now\"}"),
        line("{\"_index\":\"a\",\"_id\":{}}"),
        line("{\"_index\":\"a\",\"_id\":\"\"}"),
        line(&format!("{{\"_index\":\"a\",\"_id\":\"{}\"}}", "x".repeat(513))),
        line(&format!("{{\"_index\":\"{}\"}}", "x".repeat(256))),
        line("{\"_index\":\"a\",\"version\":1.5}"),
        line("{\"_index\":\"a\",\"require_alias\":\"yes\"}"),
        line("{\"_index\":\"a\",\"dynamic_templates\":{\"f\":1}}"),
        line("{}"),
    ] {
        assert!(read(&body).is_err(), "{body}");
    }
}

#[test]
fn texts_name_the_line() {
    let ok = "{\"index\":{\"_index\":\"a\"}}\n{}\n";
    assert_eq!(
        refusal(&format!("{ok}{{\"index\":{{\"_index\":\"a\",\"_type\":\"t\"}}}}\n{{}}\n")),
        "Action/metadata line [3] contains an unknown parameter [_type]"
    );
    assert_eq!(
        refusal("{\"x\":{}}\n{}\n"),
        "Malformed action/metadata line [1], expected one of [create, delete, index, update] but found [x]"
    );
    assert_eq!(
        refusal("{\"index\":{\"_index\":[]}}\n{}\n"),
        "Malformed action/metadata line [1], expected a simple value for field [_index] but found [START_ARRAY]"
    );
    assert_eq!(refusal("{\"index\":{}}\n{}\n"), "Validation Failed: 1: index is missing;");
    assert_eq!(
        refusal("{\"delete\":{}}\n{\"index\":{}}\n{}\n"),
        "Validation Failed: 1: index is missing;2: id is missing;3: index is missing;"
    );
    assert_eq!(refusal("{\"index\":{}}\n{}"), "The bulk request must be terminated by a newline [\\n]");
}

/// The plainest bulk reader there can be: every line as JSON, one after the other.
fn plain(body: &str) -> Option<Vec<(String, String, Option<String>)>> {
    let mut rest = body.strip_suffix('\n')?.split('\n');
    let mut items = Vec::new();
    while let Some(line) = rest.next() {
        let action: serde_json::Value = serde_json::from_str(line).ok()?;
        let (keyword, metadata) = action.as_object()?.iter().next()?;
        let source = if keyword == "delete" { None } else { Some(rest.next()?.to_owned()) };
        items.push((keyword.clone(), metadata["_index"].as_str()?.to_owned(), source));
    }
    Some(items)
}

proptest::proptest! {
    #[test]
    fn whatever_is_accepted_is_read_as_the_plainest_reader_reads_it(
        parts in proptest::collection::vec(proptest::sample::select(vec![
            "{\"index\":{\"_index\":\"a\"}}\n", "{\"create\":{\"_index\":\"b\",\"_id\":\"1\"}}\n",
            "{\"delete\":{\"_index\":\"c\",\"_id\":\"1\"}}\n", "{\"update\":{\"_index\":\"d\",\"_id\":\"1\"}}\n", "{\"x\":1}\n",
            "not json\n", "\n", "{}", "{\"index\":{\"_index\":\"a\",\"_index\":\"b\"}}\n", " \n", "\u{2028}\n",
        ]), 0..8)
    ) {
        let body = parts.concat();
        if let Ok(items) = read(&body) {
            let seen: Vec<_> = items.iter().map(|item| {
                let source = item.source.clone().map(|range| body.get(range).unwrap().to_owned());
                (item.keyword.to_owned(), item.index.clone(), source)
            }).collect();
            proptest::prop_assert_eq!(Some(seen), plain(&body));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..64)) {
        let _ = scan(&bytes, &BulkDefaults::default(), NOW);
    }
}
