//! The envelope, arm by arm.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use http::{Method, StatusCode};
use keyward_rest::{Cause, ElasticError, ErrorType, RenderOptions, Reply, render};
use keyward_xcontent::{Limits, parse};
use serde_json::Value;

fn body(error: ElasticError) -> Value {
    let text = render(error.into(), &RenderOptions::default()).body;
    if text.is_empty() { Value::Null } else { serde_json::from_slice(&text).unwrap() }
}

#[test]
fn the_shapes() {
    insta::assert_json_snapshot!("illegal argument", body(ElasticError::illegal_argument("no")));
    insta::assert_json_snapshot!("validation", body(ElasticError::validation(["first", "second"])));
    insta::assert_json_snapshot!("parsing", body(ElasticError::parsing(2, 7, "missing field [enabled]")));
    insta::assert_json_snapshot!("licence", body(ElasticError::licence("advanced-remote-cluster-security")));
    insta::assert_json_snapshot!("index not found", body(ElasticError::index_not_found("logs")));
    insta::assert_json_snapshot!("unsupported route", body(ElasticError::unsupported_route("watcher.stop")));
    insta::assert_json_snapshot!("simple", body(ElasticError::simple(StatusCode::NOT_ACCEPTABLE, "text")));
    let unknown = ElasticError::unknown_route("/_security/nope?x=1", &Method::GET);
    insta::assert_json_snapshot!("unknown route", body(unknown));
    assert_eq!(body(ElasticError::empty(StatusCode::PAYLOAD_TOO_LARGE)), Value::Null);
}

#[test]
fn a_refused_key_is_told_as_elasticsearch_tells_it() {
    let schemes =
        [r#"Basic realm="security", charset="UTF-8""#, r#"Bearer realm="security""#, "ApiKey"].map(str::to_owned);
    let error = ElasticError::unauthorized(
        "unable to authenticate with provided credentials and anonymous access is not allowed for this request",
        &["API key: unable to find apikey with id kw0000000000000000id".to_owned()],
        &schemes,
    );
    let reply: Reply = error.clone().into();
    assert_eq!(reply.headers.len(), 3);
    assert!(render(reply, &RenderOptions::default()).headers.iter().all(|(name, _)| name != "x-elastic-product"));
    insta::assert_json_snapshot!("unauthorized", body(error));
    // One scheme is a plain string in the body.
    let one = body(ElasticError::unauthorized("no", &[], &["ApiKey".to_owned()]));
    assert_eq!(one["error"]["header"]["WWW-Authenticate"], "ApiKey");
}

#[test]
fn root_cause_looks_through_exceptions_of_the_product_only() {
    let restriction = Cause::new(ErrorType::RoleRestriction, "access restricted by workflow");
    let denied = body(ElasticError::forbidden("action [x] is unauthorized").caused_by(restriction));
    assert_eq!(denied["error"]["root_cause"][0]["type"], "role_restriction_exception");
    assert_eq!(denied["error"]["caused_by"]["type"], "role_restriction_exception");

    let plain = body(ElasticError::parse("x").caused_by(Cause::new(ErrorType::IllegalArgument, "y")));
    assert_eq!(plain["error"]["root_cause"][0]["type"], "parse_exception");
    assert!(plain["error"]["root_cause"][0].get("caused_by").is_none());

    let inner = Cause::new(ErrorType::XContentParse, "inner").caused_by(Cause::new(ErrorType::IllegalArgument, "deep"));
    let nested = body(ElasticError::new(ErrorType::XContentParse, "outer").caused_by(inner));
    assert_eq!(nested["error"]["root_cause"][0]["reason"], "inner");
    assert_eq!(nested["error"]["caused_by"]["caused_by"]["reason"], "deep");

    let media = Cause::new(ErrorType::Status, "why");
    let media = body(ElasticError::new(ErrorType::MediaTypeHeader, "outer").caused_by(media));
    assert_eq!(media["error"]["root_cause"][0]["type"], "media_type_header_exception");
}

#[test]
fn broken_json_says_where() {
    let error = parse(b"{\"a\": select}", Limits::default()).unwrap_err();
    let told = body(error.into());
    assert_eq!(told["error"]["type"], "x_content_parse_exception");
    assert!(told["error"]["reason"].as_str().unwrap().contains("Unrecognized token 'select'"), "{told}");
    assert_eq!(told["error"]["caused_by"]["type"], "json_parse_exception");
    let cut = body(parse(b"{\"a\":", Limits::default()).unwrap_err().into());
    assert_eq!(cut["error"]["type"], "x_content_e_o_f_exception");
    assert_eq!(cut["error"]["caused_by"]["type"], "json_e_o_f_exception");
}

#[test]
fn bugs_are_told_neutrally() {
    let error = ElasticError::internal("the secret thing broke");
    assert_eq!(error.internal_source().unwrap().to_string(), "the secret thing broke");
    let reply: Reply = error.clone().into();
    let class = reply.headers.iter().find(|(name, _)| name == "x-elastic-app-exception").unwrap();
    assert_eq!(class.1, "ElasticsearchException");
    let text = body(error).to_string();
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn details_can_be_withheld() {
    let error = ElasticError::forbidden("no").caused_by(Cause::new(ErrorType::RoleRestriction, "why"));
    let text = render(error.into_reply(false), &RenderOptions::default()).body;
    assert_eq!(text, r#"{"error":{"type":"security_exception","reason":"no"},"status":403}"#);
}

#[test]
fn every_kind_has_a_name_of_its_own() {
    let mut names: Vec<_> = ErrorType::ALL.iter().map(|kind| kind.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ErrorType::ALL.len());
    assert_eq!(ErrorType::Security.class_name(), "ElasticsearchSecurityException");
    assert_eq!(ErrorType::XContentEndOfFile.class_name(), "XContentEOFException");
    assert_eq!(ErrorType::VersionConflict.default_status().as_u16(), 409);
}
