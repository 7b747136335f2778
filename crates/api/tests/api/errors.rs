//! Whole error bodies, as clients get them.

use crate::harness::{ELASTIC, Harness};

#[tokio::test]
async fn error_bodies() {
    let harness = Harness::new().await;
    let eve = harness.user("eve", &[]).await;
    let mut seen = String::new();
    for (who, line, body) in [
        (ELASTIC, "POST /_security/api_key", ""),
        (ELASTIC, "POST /_security/api_key", "{"),
        (ELASTIC, "POST /_security/api_key", "[]"),
        (ELASTIC, "POST /_security/api_key", r#"{"name":"k","name":"k"}"#),
        (ELASTIC, "POST /_security/api_key", r#"{"name":"k","nam":1}"#),
        (ELASTIC, "POST /_security/api_key", r#"{"name":1}"#),
        (ELASTIC, "POST /_security/api_key", "{}"),
        (ELASTIC, "POST /_security/api_key", r#"{"name":"_","metadata":{"_a":1}}"#),
        (ELASTIC, "POST /_security/api_key", r#"{"name":"k","expiration":"1.5d"}"#),
        (ELASTIC, "POST /_security/api_key", r#"{"name":"k","role_descriptors":{"r":{"indices":{}}}}"#),
        (ELASTIC, "POST /_security/api_key", r#"{"name":"k","role_descriptors":{"r":{"cluster":["nope"]}}}"#),
        (ELASTIC, "DELETE /_security/api_key", r#"{"ids":[""," "]}"#),
        (ELASTIC, "DELETE /_security/api_key", r#"{"ids":["a"],"owner":"perhaps"}"#),
        (ELASTIC, "GET /_security/api_key?id=a&name=b&owner=true&username=c", ""),
        (ELASTIC, "GET /_security/api_key?onwer=true", ""),
        (ELASTIC, "PUT /_security/user/ada", r#"{"roles":[1],"password":"abcdef"}"#),
        (ELASTIC, "PUT /_security/user/ada", r#"{"password_hash":"plain"}"#),
        (ELASTIC, "PUT /_security/user/%20", r#"{"password":"abcdef","roles":["ok"," bad"],"enabled":false}"#),
        (ELASTIC, "PUT /_security/user/nobody/_enable", ""),
        (ELASTIC, "DELETE /_security/user/kibana", ""),
        (ELASTIC, "GET /_xpack?categories=what", ""),
        (ELASTIC, "GET /_nodes/http,what/os,what", ""),
        (ELASTIC, "POST /_security/oauth2/token", "{}"),
        (&eve, "DELETE /_security/api_key", r#"{"owner":true}"#),
        (&eve, "GET /_security/api_key?owner=true", ""),
        (&eve, "GET /_security/user", ""),
        (&eve, "GET /_xpack", ""),
        (&eve, "GET /_security/service", ""),
        ("", "GET /_security/user", ""),
        ("eve:wrong", "GET /_security/user", ""),
        ("ApiKey aWQ6YWFh", "GET /_security/user", ""),
        ("Basic !", "GET /_security/user", ""),
    ] {
        let answer = harness.call(who, line, body).await;
        let who = who.split(':').next().unwrap();
        seen.push_str(&format!("# {who} {line} {body}\n{} {:#}\n\n", answer.status, answer.body));
    }
    insta::assert_snapshot!(seen);
}
