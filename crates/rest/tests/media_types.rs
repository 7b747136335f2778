//! `Accept` and `Content-Type`.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use keyward_rest::media_type::Format;
use keyward_rest::{BodyKind, ElasticError, MediaTypes};

fn read(accept: Option<&str>, content_type: Option<&str>) -> Result<MediaTypes, ElasticError> {
    MediaTypes::read(accept, content_type, content_type.is_some())
}

fn cause(accept: Option<&str>, content_type: Option<&str>) -> String {
    let error = read(accept, content_type).unwrap_err();
    assert_eq!((error.status().as_u16(), error.cause().kind().name()), (400, "media_type_header_exception"));
    format!("{} <- {}", error.cause().reason(), error.cause().cause().unwrap().reason())
}

#[test]
fn syntax_errors_name_the_header() {
    assert_eq!(
        cause(None, Some("nonsense")),
        "Invalid media-type value on headers [Content-Type] <- invalid media-type [nonsense]"
    );
    assert_eq!(
        cause(Some("nonsense"), None),
        "Invalid media-type value on headers [Accept] <- invalid media-type [nonsense]"
    );
}

#[test]
fn versions_must_exist_and_match() {
    let v = |number: u32| format!("application/vnd.elasticsearch+json; compatible-with={number}");
    assert_eq!(
        cause(Some(&v(7)), None),
        "Invalid media-type value on headers [Accept] <- Accept version must be either version 9 or 8, but found 7. \
         Accept=application/vnd.elasticsearch+json;compatible-with=7"
    );
    assert!(cause(Some(&v(9)), Some("application/json")).contains(
        "A compatible version is required on both Content-Type and Accept headers if either one has requested a \
         compatible version. Accept=application/vnd.elasticsearch+json;compatible-with=9, Content-Type=application/json"
    ));
    assert!(cause(Some(&v(8)), Some("application/json")).contains("and the compatible versions must match"));
    assert!(cause(Some(&v(8)), Some(&v(9))).contains("and the compatible versions must match"));
    assert!(cause(None, Some(&v(9))).contains("Accept=null"));
    assert!(read(Some(&v(8)), Some(&v(8))).is_ok());
    // Without a body the type of it does not count.
    assert!(MediaTypes::read(Some(&v(8)), Some("application/json"), false).is_ok());
}

#[test]
fn only_json_may_be_sent() {
    let check = |content_type: Option<&str>, body: BodyKind| {
        read(None, content_type).unwrap().check_body(body).map_err(|error| (error.status().as_u16(), error.to_json()))
    };
    let missing = check(None, BodyKind::Optional).unwrap_err();
    assert_eq!(missing.0, 406);
    assert_eq!(missing.1.unwrap().to_string(), r#"{"error":"Content-Type header is missing","status":406}"#);
    let xml = check(Some("text/xml"), BodyKind::Optional).unwrap_err();
    assert_eq!(
        xml.1.unwrap().to_string(),
        r#"{"error":"Content-Type header [text/xml] is not supported","status":406}"#
    );
    for refused in [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/yaml",
        "application/cbor",
        "application/smile",
        "application/x-ndjson",
        "application/json; charset=utf-16",
        "application/json; charset=iso-8859-1",
        "application/json;compatible-with=9",
        "application/vnd.elasticsearch+*",
    ] {
        assert_eq!(check(Some(refused), BodyKind::Optional).unwrap_err().0, 406, "{refused}");
    }
    for taken in ["application/json", "application/json; charset=UTF-8", "APPLICATION/JSON", "application/*"] {
        assert!(check(Some(taken), BodyKind::Optional).is_ok(), "{taken}");
    }
    assert!(check(Some("application/x-ndjson"), BodyKind::Ndjson).is_ok());
    assert!(check(Some("application/json"), BodyKind::Ndjson).is_ok());
}

#[test]
fn the_answer_s_type_follows_format_accept_and_body() {
    let header = |accept: Option<&str>, content_type: Option<&str>, format: Option<&str>| {
        read(accept, content_type).unwrap().response(format).unwrap().header()
    };
    assert_eq!(header(None, None, None), "application/json");
    assert_eq!(header(Some("text/html"), None, None), "application/json");
    assert_eq!(header(Some("text/html, */*;q=0.1"), None, None), "application/json");
    assert_eq!(header(Some("application/yaml"), None, None), "application/yaml");
    assert_eq!(header(Some("application/yaml"), None, Some("json")), "application/json");
    assert_eq!(header(Some("application/json"), None, Some("yaml")), "application/yaml");
    assert_eq!(
        header(Some("application/vnd.elasticsearch+json; compatible-with=9"), None, None),
        "application/vnd.elasticsearch+json;compatible-with=9"
    );
    let lines = Some("application/vnd.elasticsearch+x-ndjson; compatible-with=8");
    assert_eq!(
        header(Some("application/vnd.elasticsearch+json; compatible-with=8"), lines, None),
        "application/vnd.elasticsearch+json;compatible-with=8"
    );
    assert_eq!(read(Some("application/cbor"), None).unwrap().response(None).unwrap_err().status().as_u16(), 406);
    assert_eq!(read(None, None).unwrap().response(Some("smile")).unwrap_err().status().as_u16(), 406);
    assert_eq!(read(None, None).unwrap().response(Some("txt")).unwrap().format, Format::Json);
}
