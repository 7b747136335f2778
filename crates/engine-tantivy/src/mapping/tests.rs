//! What mappings are refused for, and how they are joined.

use keyward_xcontent::Limits;

use super::*;

fn parse(text: &str) -> Result<Mapping, MappingError> {
    Mapping::parse(&keyward_xcontent::parse(text.as_bytes(), Limits::default()).unwrap())
}

fn joined(one: &str, other: &str) -> Result<String, String> {
    let merged = merge(&parse(one).unwrap(), &parse(other).unwrap());
    merged.map(|mapping| mapping.to_json().to_string()).map_err(|error| error.to_string())
}

fn field(definition: &str) -> String {
    format!("{{\"properties\":{{\"f\":{definition}}}}}")
}

#[test]
fn every_parameter_is_honoured_or_refused_by_name() {
    for (definition, text) in [
        (
            r#"{"type":"keyword","doc_values":false}"#,
            "value [false] of parameter [doc_values] on field [f] is not supported",
        ),
        (
            r#"{"type":"text","analyzer":"english"}"#,
            "value [english] of parameter [analyzer] on field [f] is not supported",
        ),
        (
            r#"{"type":"keyword","normalizer":"lowercase"}"#,
            "parameter [normalizer] on field [f] of type [keyword] is not supported",
        ),
        (r#"{"type":"text","copy_to":"g"}"#, "parameter [copy_to] on field [f] of type [text] is not supported"),
        (r#"{"type":"geo_point"}"#, "field type [geo_point], declared on field [f], is not supported"),
        (r#"{"properties":{},"subobjects":false}"#, "parameter [subobjects] on object [f] is not supported"),
    ] {
        assert_eq!(parse(&field(definition)), Err(MappingError::Unsupported(text.to_owned())), "{definition}");
    }
    for (definition, text) in [
        (r#"{"type":"long","ignore_above":5}"#, "unknown parameter [ignore_above] on mapper [f] of type [long]"),
        (r#"{"type":"keyword","ignore_above":-1}"#, "[ignore_above] must be positive, got [-1]"),
        (r#"{"index":true}"#, "No type specified for field [f]"),
        (r#"{"type":"long","null_value":"x"}"#, "Failed to parse [null_value] of field [f]: For input string: \"x\""),
        (
            r#"{"type":"text","fields":{"a.b":{"type":"keyword"}}}"#,
            "Field name [a.b] which is a multi field of [f] cannot contain '.'",
        ),
        ("5", "Expected map for property [fields] on field [f] but got a class java.lang.Number"),
    ] {
        assert_eq!(parse(&field(definition)), Err(MappingError::Malformed(text.to_owned())), "{definition}");
    }
    for mapping in [
        r#"{"dynamic":"runtime"}"#,
        r#"{"dynamic_templates":[{"a":{}}]}"#,
        r#"{"_source":{"enabled":false}}"#,
        r#"{"_routing":{"required":true}}"#,
        r#"{"runtime":{"r":{"type":"long"}}}"#,
    ] {
        assert!(matches!(parse(mapping), Err(MappingError::Unsupported(_))), "{mapping}");
    }
    assert_eq!(
        parse(r#"{"propertys":{"a":1}}"#),
        Err(MappingError::Malformed("Root mapping definition has unsupported parameters:  [propertys : {a=1}]".into()))
    );
    // What changes nothing is taken.
    parse(&field(r#"{"type":"text","analyzer":"standard","norms":true,"store":false,"index":true}"#)).unwrap();
    parse(r#"{"_source":{"enabled":true},"_routing":{"required":false},"dynamic_templates":[],"dynamic":true}"#)
        .unwrap();
}

#[test]
fn joining_adds_and_never_changes_a_kind() {
    let long = field(r#"{"type":"long"}"#);
    assert_eq!(
        joined(&long, r#"{"dynamic":"strict","properties":{"a.b":{"type":"ip"}}}"#).unwrap(),
        r#"{"dynamic":"strict","properties":{"a":{"properties":{"b":{"type":"ip"}}},"f":{"type":"long"}}}"#
    );
    assert_eq!(
        joined(&long, &field(r#"{"type":"integer"}"#)).unwrap_err(),
        "mapper [f] cannot be changed from type [long] to [integer]"
    );
    assert_eq!(
        joined(&long, &field(r#"{"properties":{}}"#)).unwrap_err(),
        "can't merge a non object mapping [f] with an object mapping"
    );
    assert!(joined(&long, &field(r#"{"type":"long","index":false}"#)).is_err());
    assert!(joined(&field(r#"{"type":"date"}"#), &field(r#"{"type":"date","format":"yyyy"}"#)).is_err());
    assert!(
        joined(&field(r#"{"type":"object","enabled":false}"#), &field(r#"{"type":"object","enabled":true}"#)).is_err()
    );
    // What may change takes the newer value; multi-fields are added.
    assert_eq!(
        joined(
            &field(r#"{"type":"keyword","ignore_above":5,"fields":{"a":{"type":"text"}}}"#),
            &field(r#"{"type":"keyword","fields":{"b":{"type":"long"}}}"#)
        )
        .unwrap(),
        field(r#"{"type":"keyword","fields":{"a":{"type":"text"},"b":{"type":"long"}}}"#)
    );
}

#[test]
fn paths_find_fields() {
    let mapping = parse(r#"{"properties":{"o":{"properties":{"t":{"type":"text","fields":{"raw":{"type":"keyword"}}}}},"n":{"type":"long"}}}"#).unwrap();
    assert_eq!(mapping.field("o.t.raw").map(|field| field.kind), Some(FieldKind::Keyword));
    assert_eq!(mapping.field("o"), None);
    assert_eq!(mapping.field("o.t.raw.x"), None);
    assert_eq!(mapping.fields().iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["n", "o.t", "o.t.raw"]);
    assert_eq!(mapping.objects(), ["o"]);
    assert_eq!(mapping.total_fields(), 4);
}
