use proptest::prelude::*;

use super::*;

fn read_text(text: &str) -> Result<serde_json::Value, String> {
    parse(text.as_bytes(), Limits::default())
        .map(|value| value.to_json())
        .map_err(|error| format!("{} {error}", error.location))
}

fn refusal(text: &str) -> String {
    read_text(text).expect_err(text)
}

#[test]
fn values_keep_their_order_and_their_places() {
    let source = b"{\n  \"b\": [1, -2.50, \"x\"],\n  \"a\" : {\"c\": null}\n}";
    let value = parse(source, Limits::default()).unwrap();
    let object = value.as_object().unwrap();
    let names: Vec<_> = object.iter().map(|field| (field.name.as_ref(), field.location.to_string())).collect();
    assert_eq!(names, [("b", "[2:3]".to_owned()), ("a", "[3:3]".to_owned())]);
    let b = object.get("b").unwrap();
    assert_eq!(b.location.to_string(), "[2:8]");
    assert_eq!(b.raw(source), b"[1, -2.50, \"x\"]");
    assert_eq!(b.as_array().unwrap()[1].as_number().unwrap().text(), "-2.50");
    assert_eq!(value.get("a").unwrap().get("c").unwrap().token().to_string(), "VALUE_NULL");
    assert_eq!(value.raw(source), source);
}

#[test]
fn carriage_returns_end_lines_once() {
    let value = parse(b"[\r\n1,\r2]", Limits::default()).unwrap();
    let places: Vec<_> = value.as_array().unwrap().iter().map(|item| item.location.to_string()).collect();
    assert_eq!(places, ["[2:1]", "[3:1]"]);
}

#[test]
fn errors_say_what_and_where() {
    let token = "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
    assert_eq!(refusal("select 1"), format!("[1:8] Unrecognized token 'select': {token}"));
    assert_eq!(refusal("{\"a\":NaN}"), format!("[1:10] Unrecognized token 'NaN': {token}"));
    assert_eq!(refusal("tru"), format!("[1:4] Unrecognized token 'tru': {token}"));
    assert_eq!(refusal(""), "[1:1] Unexpected end of file");
    assert_eq!(refusal("{\"a\":"), "[1:6] Unexpected end of file");
    assert_eq!(refusal("{\"a"), "[1:4] Unexpected end of file");
    assert_eq!(refusal("{\"a\":1,\"a\":2}"), "[1:11] Duplicate field 'a'");
    assert_eq!(
        refusal("{\"a\" 1}"),
        "[1:7] Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value"
    );
    assert_eq!(
        refusal("[1 2]"),
        "[1:5] Unexpected character ('2' (code 50)): was expecting comma to separate Array entries"
    );
}

#[test]
fn what_lenient_readers_accept_is_refused() {
    let hazards = [
        "{\"a\":1,}",
        "[1,]",
        "[,1]",
        "{,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":'x'}",
        "// note\n{}",
        "{/* note */}",
        "{} // note",
        "{\"a\":/**/1}",
        "{}{}",
        "{} x",
        "01",
        "-01",
        "+1",
        "-",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x10",
        "1a",
        "Infinity",
        "-Infinity",
        "\u{feff}{}",
        "\"\t\"",
        "\"\n\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\\ud800x\"",
        "1e999",
        "-1e999",
        "nul",
        "nullx",
        "[1}",
        "{\"a\":1]",
        "]",
        "\u{a0}1",
        "\"a\" \"b\"",
    ];
    for text in hazards {
        assert!(read_text(text).is_err(), "{text} must be refused");
    }
    assert!(parse(b"\"\xff\"", Limits::default()).is_err());
    assert!(parse(b"\"\xc0\xaf\"", Limits::default()).is_err(), "overlong");
    assert!(parse(b"\xef\xbb\xbf{}", Limits::default()).is_err(), "byte order mark");
    assert!(parse(b"{\0\"\0a\0\"\0:\x001\0}\0", Limits::default()).is_err(), "UTF-16");
}

#[test]
fn broken_utf8_has_its_place() {
    let error = parse(b"{\n \"\xff\"}", Limits::default()).unwrap_err();
    assert_eq!((error.location.line, error.location.column), (2, 3));
    assert_eq!(error.kind, SyntaxErrorKind::InvalidUtf8);
}

#[test]
fn duplicates_are_compared_after_unescaping_and_at_every_level() {
    assert!(read_text(r#"{"_index":1,"\u005findex":2}"#).is_err());
    assert!(read_text(r#"[{"x":{"a":1,"\u0061":2}}]"#).is_err());
    let many: Vec<String> = (0..100).map(|n| format!("\"f{n}\":{n}")).collect();
    let joined = many.join(",");
    assert!(read_text(&format!("{{{joined}}}")).is_ok());
    for n in [0, 11, 12, 13, 99] {
        assert_eq!(
            parse(format!("{{{joined},\"f{n}\":0}}").as_bytes(), Limits::default()).unwrap_err().kind,
            SyntaxErrorKind::DuplicateField { name: format!("f{n}") }
        );
    }
}

#[test]
fn depth_is_bounded_whatever_is_asked_for() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(read_text(&nested(1000)).is_ok());
    assert_eq!(refusal(&nested(1001)), "[1:1001] Document nesting depth (1001) exceeds the maximum allowed (1000)");
    let objects = "{\"a\":".repeat(1_000_000);
    assert!(matches!(
        parse(objects.as_bytes(), Limits { max_depth: usize::MAX }).unwrap_err().kind,
        SyntaxErrorKind::TooDeep { limit: 1000 }
    ));
    assert!(parse(b"[[1]]", Limits { max_depth: 1 }).is_err());
}

#[test]
fn numbers_keep_their_text() {
    let value =
        parse(b"[123456789012345678901234567890, 1.10, 18446744073709551615, -9223372036854775808]", Limits::default());
    let value = value.unwrap();
    let items = value.as_array().unwrap();
    assert_eq!(items[0].as_number().unwrap().text(), "123456789012345678901234567890");
    assert_eq!(items[0].as_u64(), None);
    assert_eq!(items[1].as_number().unwrap().text(), "1.10");
    assert_eq!(items[2].as_u64(), Some(u64::MAX));
    assert_eq!(items[3].as_i64(), Some(i64::MIN));
    assert!(read_text(&"9".repeat(300)).is_ok());
    assert!(read_text(&"9".repeat(400)).is_err());
    assert!(read_text(&format!("0.{}", "1".repeat(999))).is_err());
}

#[test]
fn booleans_may_be_written_as_strings_where_asked() {
    let value = parse(br#"["true", "false", true, "yes", 1]"#, Limits::default()).unwrap();
    let read: Vec<_> = value.as_array().unwrap().iter().map(Value::as_lenient_bool).collect();
    assert_eq!(read, [Some(true), Some(false), Some(true), None, None]);
}

#[test]
fn an_owned_value_is_the_same_value() {
    let source = br#"{"a":[1,{"b":"\n"}],"c":null,"d":true}"#.to_vec();
    let value = parse(&source, Limits::default()).unwrap();
    let owned = value.clone().into_owned();
    assert_eq!(owned, value);
    drop(value);
    assert_eq!(owned.get("a").unwrap().raw(&source), br#"[1,{"b":"\n"}]"#);
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<u64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(serde_json::Value::from),
        any::<String>().prop_map(serde_json::Value::from),
        "[\\x00-\\x7f\u{2028}é😀\"\\\\]{0,8}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(6, 64, 16, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..20)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Text that is nearly JSON: pieces of it in any order.
fn nearly_json() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"b\"",
        "\"\\u0061\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "1",
        "-0",
        "0.5",
        "1e5",
        "1E-400",
        "1e400",
        "00",
        "null",
        "true",
        "false",
        "nan",
        " ",
        "\n",
        "\r",
        "\t",
        "\"",
        "\\",
        "/",
        "/*",
        "é",
        "\u{feff}",
        "-",
        ".",
        "e",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Whether an object in serde_json's eyes would have lost a field to a duplicate.
fn counts_agree(text: &str, value: &serde_json::Value) -> bool {
    struct Counted(usize);
    impl<'de> serde::Deserialize<'de> for Counted {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(Counter)
        }
    }
    struct Counter;
    impl<'de> serde::de::Visitor<'de> for Counter {
        type Value = Counted;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("anything")
        }
        fn visit_unit<E>(self) -> Result<Counted, E> {
            Ok(Counted(0))
        }
        fn visit_bool<E>(self, _: bool) -> Result<Counted, E> {
            Ok(Counted(0))
        }
        fn visit_i64<E>(self, _: i64) -> Result<Counted, E> {
            Ok(Counted(0))
        }
        fn visit_u64<E>(self, _: u64) -> Result<Counted, E> {
            Ok(Counted(0))
        }
        fn visit_f64<E>(self, _: f64) -> Result<Counted, E> {
            Ok(Counted(0))
        }
        fn visit_str<E>(self, _: &str) -> Result<Counted, E> {
            Ok(Counted(0))
        }
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Counted, A::Error> {
            let mut sum = 0;
            while let Some(Counted(inner)) = seq.next_element()? {
                sum += inner;
            }
            Ok(Counted(sum))
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Counted, A::Error> {
            let mut sum = 0;
            while let Some((_, Counted(inner))) = map.next_entry::<String, Counted>()? {
                sum += inner + 1;
            }
            Ok(Counted(sum))
        }
    }
    fn count(value: &serde_json::Value) -> usize {
        match value {
            serde_json::Value::Array(items) => items.iter().map(count).sum(),
            serde_json::Value::Object(map) => map.values().map(|value| count(value) + 1).sum(),
            _ => 0,
        }
    }
    serde_json::from_str::<Counted>(text).unwrap().0 == count(value)
}

proptest! {
    #[test]
    fn what_serde_json_writes_is_read_as_it_was(value in json(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        prop_assert_eq!(read_text(&text), Ok(value));
    }

    #[test]
    fn the_two_readers_agree_on_what_is_json(text in nearly_json()) {
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(value) if counts_agree(&text, &value) => prop_assert_eq!(read_text(&text), Ok(value)),
            Ok(_) => prop_assert!(refusal(&text).contains("Duplicate field")),
            Err(_) => prop_assert!(read_text(&text).is_err()),
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let ours = parse(&bytes, Limits::default()).is_ok();
        prop_assert_eq!(ours, serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
    }

    #[test]
    fn every_span_reads_as_its_own_value(value in json()) {
        let text = serde_json::to_string(&value).unwrap();
        let value = parse(text.as_bytes(), Limits::default()).unwrap();
        let mut pending = vec![&value];
        while let Some(value) = pending.pop() {
            let again = parse(value.raw(text.as_bytes()), Limits::default()).unwrap();
            prop_assert_eq!(again.to_json(), value.to_json());
            pending.extend(value.as_array().unwrap_or_default());
            pending.extend(value.as_object().into_iter().flatten().map(|field| &field.value));
        }
    }
}
