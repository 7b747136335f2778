use super::*;
use crate::{Limits, parse};

const INNER: ObjectParser = ObjectParser::new("inner", &[Known::required("id", Accepts::STRING)]);
const OUTER: ObjectParser = ObjectParser::new(
    "outer",
    &[
        Known::required("name", Accepts::STRING),
        Known::required("ids", Accepts::STRING_ARRAY),
        Known::optional("owner", Accepts::BOOLEAN),
        Known::optional("inner", Accepts::OBJECT),
    ],
);

fn refusal(text: &str) -> String {
    let value = parse(text.as_bytes(), Limits::default()).unwrap();
    let result = OUTER.parse(&value, |name, value| match name {
        "inner" => INNER.read(value).map(drop).map_err(FieldCause::from),
        _ => Ok(()),
    });
    let error = result.expect_err(text);
    let place = error.location().map_or_else(String::new, |location| format!("{location} "));
    let cause = error.cause().map_or_else(String::new, |cause| format!(" / {cause}"));
    format!("{place}{error}{cause}")
}

#[test]
fn the_texts_are_elasticsearch_s() {
    assert_eq!(refusal(r#"{"nam":"x"}"#), "[1:2] [outer] unknown field [nam] did you mean [name]?");
    assert_eq!(refusal(r#"{"zzzzz":"x"}"#), "[1:2] [outer] unknown field [zzzzz]");
    assert_eq!(refusal(r#"{"name":{}}"#), "[1:9] [outer] name doesn't support values of type: START_OBJECT");
    assert_eq!(refusal(r#"{"name":null}"#), "[1:9] [outer] name doesn't support values of type: VALUE_NULL");
    assert_eq!(refusal("[]"), "[1:1] [outer] Expected START_OBJECT but was: START_ARRAY");
    assert_eq!(refusal("{}"), "Required [name, ids]");
    assert_eq!(refusal(r#"{"ids":[]}"#), "Required [name]");
    assert_eq!(
        refusal(r#"{"inner":{"id":1}}"#),
        "[1:10] [outer] failed to parse field [inner] / [inner] id doesn't support values of type: VALUE_NUMBER"
    );
    assert_eq!(
        OUTER.build_failed(INNER.build_failed(FieldCause::Parse("no".to_owned()))).to_string(),
        "Failed to build [outer] after last required field arrived"
    );
}

#[test]
fn the_first_wrong_field_as_written_wins() {
    assert!(refusal(r#"{"inner":{},"x":1}"#).contains("failed to parse field [inner]"));
    assert!(refusal(r#"{"x":1,"inner":{}}"#).contains("unknown field [x]"));
}

#[test]
fn accepted_fields_are_read_by_kind() {
    let value = parse(br#"{"name":"n","ids":["a","b"],"owner":"true"}"#, Limits::default()).unwrap();
    let fields = OUTER.read(&value).unwrap();
    assert_eq!(fields.str("name"), Some("n"));
    assert_eq!(fields.strings("ids").unwrap().unwrap(), ["a", "b"]);
    assert_eq!(fields.bool("owner").unwrap(), Some(true));
    assert_eq!(fields.parse("inner", |_| Ok(())).unwrap(), None);

    let value = parse(br#"{"name":"n","ids":"a","owner":"yes"}"#, Limits::default()).unwrap();
    let fields = OUTER.read(&value).unwrap();
    assert_eq!(fields.strings("ids").unwrap().unwrap(), ["a"]);
    assert_eq!(fields.bool("owner").unwrap_err().to_string(), "[outer] failed to parse field [owner]");

    let value = parse(br#"{"name":"n","ids":[1]}"#, Limits::default()).unwrap();
    assert!(OUTER.read(&value).unwrap().strings("ids").is_err());
}
