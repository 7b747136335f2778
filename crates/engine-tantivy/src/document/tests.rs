//! What documents come to, by kind of field, and what they are refused for.

use keyward_xcontent::{Limits, Value};
use proptest::prelude::*;

use super::*;

fn value(text: &str) -> Value<'_> {
    keyward_xcontent::parse(text.as_bytes(), Limits::default()).unwrap()
}

fn mapping(properties: &str) -> Mapping {
    Mapping::parse(&value(&format!("{{\"properties\":{properties}}}"))).unwrap()
}

fn read(mapping: &Mapping, document: &str) -> Result<ParsedDocument, DocumentError> {
    parse(mapping, "1", value(document).as_object().unwrap())
}

/// What is indexed of `{"f": VALUE}` where `f` is mapped so.
fn indexed(field: &str, given: &str) -> Result<Vec<OwnedValue>, String> {
    let mapping = mapping(&format!("{{\"f\":{field}}}"));
    let document = read(&mapping, &format!("{{\"f\":{given}}}")).map_err(|error| match error {
        DocumentError::Value { cause, .. } => cause.reason,
        other => other.to_string(),
    })?;
    assert_eq!(document.grown, None);
    let values = document.exact.get("f").or(document.full.get("f")).cloned().unwrap_or_default();
    assert_eq!(document.field_names.contains("f"), !values.is_empty());
    Ok(values)
}

fn text(text: &str) -> OwnedValue {
    OwnedValue::Str(text.to_owned())
}

#[test]
fn numbers_are_coerced_and_bounded() {
    let whole = |field: &str, given: &str| indexed(&format!("{{\"type\":\"{field}\"}}"), given);
    assert_eq!(whole("long", "5"), Ok(vec![OwnedValue::I64(5)]));
    assert_eq!(whole("long", "\"5\""), Ok(vec![OwnedValue::I64(5)]));
    assert_eq!(whole("long", "-5.9"), Ok(vec![OwnedValue::I64(-5)]));
    assert_eq!(whole("integer", "1e3"), Ok(vec![OwnedValue::I64(1000)]));
    assert_eq!(whole("long", "[1,null,[2]]"), Ok(vec![OwnedValue::I64(1), OwnedValue::I64(2)]));
    assert_eq!(whole("long", "9223372036854775807"), Ok(vec![OwnedValue::I64(i64::MAX)]));
    assert_eq!(
        whole("long", "9223372036854775808"),
        Err("Value [9223372036854775808] is out of range for a long".into())
    );
    assert_eq!(whole("long", "1e300"), Err("Value [1e300] is out of range for a long".into()));
    assert_eq!(whole("byte", "128"), Err("Value [128] is out of range for a byte".into()));
    assert_eq!(whole("integer", "\"abc\""), Err("For input string: \"abc\"".into()));
    assert_eq!(whole("long", "\"\""), Ok(vec![]));
    assert_eq!(whole("long", "true"), Err("Can't get text on a VALUE_BOOLEAN at 1:6".into()));
    assert_eq!(whole("unsigned_long", "18446744073709551615"), Ok(vec![OwnedValue::U64(u64::MAX)]));
    assert!(whole("unsigned_long", "-1").is_err());
    assert_eq!(whole("double", "\"1.5\""), Ok(vec![OwnedValue::F64(1.5)]));
    assert_eq!(whole("float", "0.1"), Ok(vec![OwnedValue::F64(f64::from(0.1f32))]));
    assert_eq!(whole("half_float", "1e5"), Err("[half_float] supports only finite values, but got [1e5]".into()));
    assert!(whole("double", "\"NaN\"").is_err());
    let strict = |given: &str| indexed(r#"{"type":"long","coerce":false}"#, given);
    assert_eq!(strict("\"5\""), Err("Long value passed as String".into()));
    assert_eq!(strict("1.5"), Err("1.5 cannot be converted to Long without data loss".into()));
    assert_eq!(strict("1.0"), Ok(vec![OwnedValue::I64(1)]));
}

#[test]
fn strings_dates_booleans_and_addresses() {
    assert_eq!(indexed(r#"{"type":"keyword"}"#, r#"["a",1.50,true]"#), Ok(vec![text("a"), text("1.50"), text("true")]));
    assert_eq!(indexed(r#"{"type":"keyword","ignore_above":2}"#, r#"["ab","abc"]"#), Ok(vec![text("ab")]));
    assert_eq!(indexed(r#"{"type":"text"}"#, "\"A b\""), Ok(vec![text("A b")]));
    assert_eq!(indexed(r#"{"type":"text","index":false}"#, "\"A b\""), Ok(vec![]));
    assert_eq!(indexed(r#"{"type":"keyword","index":false}"#, "\"a\""), Ok(vec![text("a")]));
    assert_eq!(indexed(r#"{"type":"text"}"#, "{}"), Err("Can't get text on a START_OBJECT at 1:6".into()));
    assert_eq!(
        indexed(r#"{"type":"date"}"#, r#"["1970-01-01T00:00:01Z",5]"#),
        Ok(vec![OwnedValue::I64(1000), OwnedValue::I64(5)])
    );
    assert_eq!(
        indexed(r#"{"type":"date"}"#, "\"soon\""),
        Err("failed to parse date field [soon] with format [strict_date_optional_time||epoch_millis]".into())
    );
    assert_eq!(indexed(r#"{"type":"date","format":"yyyy"}"#, "\"1970\""), Ok(vec![OwnedValue::I64(0)]));
    assert_eq!(
        indexed(r#"{"type":"boolean"}"#, r#"[true,"false",""]"#),
        Ok(vec![true, false, false].into_iter().map(OwnedValue::Bool).collect())
    );
    assert_eq!(
        indexed(r#"{"type":"boolean"}"#, "1"),
        Err("Failed to parse value [1] as only [true] or [false] are allowed.".into())
    );
    assert_eq!(indexed(r#"{"type":"ip"}"#, "\"::1\""), Ok(vec![text("00000000000000000000000000000001")]));
    assert_eq!(indexed(r#"{"type":"ip"}"#, "\"1.2.3.4\""), Ok(vec![text("00000000000000000000ffff01020304")]));
    assert_eq!(indexed(r#"{"type":"ip"}"#, "\"1.2.3\""), Err("'1.2.3' is not an IP string literal.".into()));
    let long = format!("\"{}\"", "x".repeat(32_767));
    assert!(
        indexed(r#"{"type":"keyword"}"#, &long).unwrap_err().starts_with("Document contains at least one immense term")
    );
}

#[test]
fn nulls_and_malformed_values() {
    assert_eq!(indexed(r#"{"type":"keyword","null_value":"none"}"#, "[null,\"a\"]"), Ok(vec![text("none"), text("a")]));
    assert_eq!(indexed(r#"{"type":"long"}"#, "null"), Ok(vec![]));
    assert_eq!(indexed(r#"{"type":"long","ignore_malformed":true}"#, "[\"x\",3]"), Ok(vec![OwnedValue::I64(3)]));
    assert!(indexed(r#"{"type":"long","ignore_malformed":true}"#, "{}").is_err());
}

#[test]
fn objects_in_arrays_and_dotted_names_come_to_the_same() {
    let mapping = mapping(
        r#"{"o":{"properties":{"n":{"type":"long"},"t":{"type":"text","fields":{"raw":{"type":"keyword"}}}}}}"#,
    );
    let one = read(&mapping, r#"{"o":[{"n":1},{"n":2,"t":"X"}]}"#).unwrap();
    let other = read(&mapping, r#"{"o.n":[1,2],"o":{"t":"X"}}"#).unwrap();
    assert_eq!(one, other);
    assert_eq!(one.exact["o.n"].len(), 2);
    assert_eq!(one.exact["o.t.raw"], [text("X")]);
    assert_eq!(one.full["o.t"], [text("X")]);
    assert_eq!(
        read(&mapping, r#"{"o":5}"#).unwrap_err().to_string(),
        "[1:6] object mapping for [o] tried to parse field [o] as object, but found a concrete value"
    );
    assert!(read(&mapping, r#"{"o.n.x":5}"#).is_err());
}

#[test]
fn new_fields_are_guessed_once() {
    let grown = |document: &str| {
        read(&Mapping::default(), document).unwrap().grown.map(|grown| grown.to_json()["properties"].to_string())
    };
    assert_eq!(grown(r#"{"a":[null,1,2.5]}"#).unwrap(), r#"{"a":{"type":"long"}}"#);
    assert_eq!(
        grown(r#"{"a":{"b.c":true}}"#).unwrap(),
        r#"{"a":{"properties":{"b":{"properties":{"c":{"type":"boolean"}}}}}}"#
    );
    assert_eq!(grown(r#"{"a":{}}"#).unwrap(), r#"{"a":{"type":"object"}}"#);
    assert_eq!(grown(r#"{"a":[],"b":null}"#), None);
    assert_eq!(grown(r#"{"a":"2024-01-01T10:00:00Z"}"#).unwrap(), r#"{"a":{"type":"date"}}"#);
    assert!(grown(r#"{"a":"2024"}"#).unwrap().contains("text"), "a bare number is no date");
    // A later element decides nothing, and may not fit.
    assert!(read(&Mapping::default(), r#"{"a":[1,"x"]}"#).is_err());
    for (document, refused) in [
        (r#"{"":1}"#, "field name cannot be an empty string"),
        (r#"{"a..b":1}"#, "field name cannot contain only whitespaces"),
        ("{\"a\\u0001\":1}", "control characters"),
    ] {
        let error = read(&Mapping::default(), document).unwrap_err().to_string();
        assert!(error.contains(refused), "{error}");
    }
    let deep = format!("{}1{}", "{\"a\":".repeat(22), "}".repeat(22));
    assert!(matches!(read(&Mapping::default(), &deep), Err(DocumentError::Growth(MergeError::Depth { .. }))));
    let dotted = format!("{{\"{}\":1}}", vec!["a"; 500].join("."));
    assert!(matches!(read(&Mapping::default(), &dotted), Err(DocumentError::Growth(MergeError::Depth { .. }))));
}

#[test]
fn strict_and_disabled_objects() {
    let mapping = mapping(
        r#"{"s":{"dynamic":"strict","properties":{"a":{"type":"long"}}},"off":{"enabled":false},"f":{"dynamic":false}}"#,
    );
    assert_eq!(
        read(&mapping, r#"{"s":{"b":1}}"#).unwrap_err().to_string(),
        "[1:7] mapping set to strict, dynamic introduction of [b] within [s] is not allowed"
    );
    read(&mapping, r#"{"s":{"b":null}}"#).unwrap();
    let document = read(&mapping, r#"{"off":{"x":[{"y":1}]},"f":{"z":{"q":1}}}"#).unwrap();
    assert_eq!(document, ParsedDocument::default());
}

#[test]
fn what_was_accepted_is_accepted_again_under_a_later_mapping() {
    let mapping = mapping(r#"{"n":{"type":"long"},"s":{"dynamic":"strict"}}"#);
    let document =
        parse_again(&mapping, "1", value(r#"{"n":"abc","s":{"x":1},"new":1,"m":{"n":2}}"#).as_object().unwrap());
    assert_eq!(document, ParsedDocument::default());
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Into::into),
        "[a-z0-9:/. -]{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::hash_map("[a-c.]{0,4}", inner, 0..4)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    /// A document that is accepted is accepted again under the mapping that it has grown, adds nothing more, and comes
    /// to the same.
    #[test]
    fn growing_is_done_once(fields in proptest::collection::hash_map("[a-c.]{0,4}", any_json(), 0..5)) {
        let document = serde_json::Value::Object(fields.into_iter().collect()).to_string();
        if let Ok(first) = read(&Mapping::default(), &document) {
            let mapping = first.grown.clone().unwrap_or_default();
            let second = read(&mapping, &document).unwrap();
            prop_assert_eq!(&second.grown, &None);
            prop_assert_eq!(&second.exact, &first.exact);
            prop_assert_eq!(&second.full, &first.full);
            let stored = mapping.to_json().to_string();
            prop_assert_eq!(Mapping::parse(&value(&stored)).unwrap(), mapping.clone());
            let again = parse_again(&mapping, "1", value(&document).as_object().unwrap());
            prop_assert_eq!(again.exact, first.exact);
        }
    }
}
