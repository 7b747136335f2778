//! Users and passwords.

use serde_json::json;

use crate::harness::{ELASTIC, Harness};

#[tokio::test]
async fn users_come_change_and_go() {
    let harness = Harness::new().await;
    let put = async |body: &str| harness.call(ELASTIC, "PUT /_security/user/joe", body).await;
    put(r#"{"roles":["x"]}"#).await.refused(
        400,
        "validation_exception",
        "Validation Failed: 1: password must be specified unless you are updating an existing user;",
    );
    assert_eq!(put(r#"{"password":"abcdef","roles":["superuser"]}"#).await.ok(), json!({"created": true}));
    assert_eq!(put(r#"{"password":"abcdef","roles":["superuser"]}"#).await.ok(), json!({"created": false}));
    let changed = r#"{"roles":"a,b","full_name":"Joe","email":null,"metadata":{"k":1},"username":"joe"}"#;
    assert_eq!(put(changed).await.ok(), json!({"created": false}));
    let me = harness.call("joe:abcdef", "GET /_security/_authenticate", "").await.ok();
    assert_eq!(
        me.to_string(),
        json!({
            "username": "joe", "roles": ["a", "b"], "full_name": "Joe", "email": null, "metadata": {"k": 1}, "enabled": true,
            "authentication_realm": {"name": "default_native", "type": "native"},
            "lookup_realm": {"name": "default_native", "type": "native"}, "authentication_type": "realm"
        })
        .to_string()
    );
    let got = harness.call(ELASTIC, "GET /_security/user/nobody,joe", "").await.ok();
    let joe = json!({"username": "joe", "roles": ["a", "b"], "full_name": "Joe", "email": null, "metadata": {"k": 1}, "enabled": true});
    assert_eq!(got.to_string(), json!({"joe": joe}).to_string());
    let nobody = harness.call(ELASTIC, "GET /_security/user/foo,bar", "").await;
    assert_eq!((nobody.status, nobody.body), (404, json!({})));
    let all = harness.call(ELASTIC, "GET /_security/user", "").await.ok();
    let names: Vec<&String> = all.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "elastic",
            "kibana",
            "kibana_system",
            "logstash_system",
            "beats_system",
            "apm_system",
            "remote_monitoring_user",
            "joe"
        ]
    );
    assert_eq!(all["kibana"]["metadata"]["_deprecated"], true);

    let delete = async |name: &str| harness.call(ELASTIC, &format!("DELETE /_security/user/{name}"), "").await;
    assert_eq!(delete("joe").await.ok(), json!({"found": true}));
    let gone = delete("joe").await;
    assert_eq!((gone.status, gone.body), (404, json!({"found": false})));
    delete("elastic").await.refused(
        400,
        "illegal_argument_exception",
        "user [elastic] is reserved and cannot be deleted",
    );
    assert_eq!(harness.call("joe:abcdef", "GET /_security/_authenticate", "").await.status, 401);
}

#[tokio::test]
async fn bodies_that_are_refused() {
    let harness = Harness::new().await;
    let (parse, illegal) = ("parse_exception", "illegal_argument_exception");
    let (validation, request) = ("validation_exception", "action_request_validation_exception");
    let role_rule = format!(
        "Validation Failed: 1: Role {}",
        keyward_security::names::check_role_name(" ").unwrap().trim_start_matches("Role ")
    );
    for (line, body, kind, reason) in [
        ("PUT /_security/user/ada", "", parse, "request body is required"),
        ("PUT /_security/user/ada", "[]", parse, "expected an object, but found token [START_ARRAY]"),
        (
            "PUT /_security/user/ada",
            r#"{"username":"eve"}"#,
            illegal,
            "[username] in source does not match the username provided [ada]",
        ),
        (
            "PUT /_security/user/ada",
            r#"{"password":null}"#,
            parse,
            "expected field [password] to be of type string, but found [VALUE_NULL] instead",
        ),
        (
            "PUT /_security/user/ada",
            r#"{"metadata":1}"#,
            parse,
            "expected field [metadata] to be of type object, but found [VALUE_NUMBER] instead",
        ),
        (
            "PUT /_security/user/ada",
            r#"{"enabled":"true"}"#,
            parse,
            "expected field [enabled] to be of type boolean, but found [VALUE_STRING] instead",
        ),
        (
            "PUT /_security/user/ada",
            r#"{"nick":1}"#,
            parse,
            "failed to parse add user request. unexpected field [nick]",
        ),
        (
            "PUT /_security/user/ada",
            r#"{"password":"abcde"}"#,
            validation,
            "Validation Failed: 1: passwords must be at least [6] characters long;",
        ),
        (
            "PUT /_security/user/ada",
            r#"{"password":"abcdef","password_hash":"$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"}"#,
            validation,
            "Validation Failed: 1: password_hash has already been set;",
        ),
        ("PUT /_security/user/ada", r#"{"password":"abcdef"}"#, request, "Validation Failed: 1: roles are missing;"),
        (
            "PUT /_security/user/ada",
            r#"{"metadata":{"_x":1}}"#,
            request,
            "Validation Failed: 1: roles are missing;2: metadata keys may not start with [_];",
        ),
        (
            "PUT /_security/user/elastic",
            r#"{"password":"abcdef","roles":[]}"#,
            request,
            "Validation Failed: 1: user [elastic] is reserved and only the password can be changed;",
        ),
        ("PUT /_security/user/ada", r#"{"password":"abcdef","roles":[" "]}"#, request, &format!("{role_rule};")),
        ("PUT /_security/user/_password", r#"{}"#, request, "Validation Failed: 1: password is missing;"),
        (
            "PUT /_security/user/_password",
            r#"{"pw":1}"#,
            parse,
            "failed to parse change password request. unexpected field [pw]",
        ),
        (
            "PUT /_security/user/nobody/_password",
            r#"{"password":"abcdef"}"#,
            validation,
            "Validation Failed: 1: user must exist in order to change password;",
        ),
        (
            "PUT /_security/user/nobody/_disable",
            "",
            validation,
            "Validation Failed: 1: only existing users can be disabled;",
        ),
        (
            "PUT /_security/user/elastic/_disable",
            "",
            illegal,
            "users may not update the enabled status of their own account",
        ),
        (
            "PUT /_security/user/x/_enable?refresh=true",
            "",
            illegal,
            "request [/_security/user/x/_enable] contains unrecognized parameter: [refresh]",
        ),
    ] {
        harness.call(ELASTIC, line, body).await.refused(400, kind, reason);
    }
    for hash in ["plain", "{SSHA256}AbCdEf121cKRXjaHOaAp5N9fbvrOWr2tvJRZBdygIIGU6swVups=", "{MD5}x"] {
        let body = json!({"password_hash": hash, "roles": []}).to_string();
        let seen = harness.call(ELASTIC, "PUT /_security/user/ada", &body).await;
        assert_eq!((seen.status, seen.kind()), (400, illegal));
        assert!(seen.reason().starts_with("The provided password hash is not a hash"), "{}", seen.reason());
    }
}

#[tokio::test]
async fn a_hash_made_elsewhere_signs_in() {
    let harness = Harness::new().await;
    let body = r#"{"password_hash":"$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i","roles":[]}"#;
    harness.call(ELASTIC, "POST /_security/user/joe", body).await.ok();
    assert_eq!(harness.call("joe:abc", "GET /_security/_authenticate", "").await.status, 200);
    assert_eq!(harness.call("joe:abd", "GET /_security/_authenticate", "").await.status, 401);
}

#[tokio::test]
async fn passwords_are_changed_by_oneself_or_by_managers() {
    let harness = Harness::new().await;
    let joe = harness.user("joe", &[]).await;
    harness.user("jane", &[]).await;
    let new = r#"{"password":"another1"}"#;
    assert_eq!(harness.call(&joe, "PUT /_security/user/_password", new).await.ok(), json!({}));
    assert_eq!(harness.call(&joe, "GET /_security/_authenticate", "").await.status, 401);
    let joe = "joe:another1";
    assert_eq!(harness.call(joe, "POST /_security/user/joe/_password", new).await.ok(), json!({}));
    let refused = harness.call(joe, "PUT /_security/user/jane/_password", new).await;
    refused.refused(
        403,
        "security_exception",
        "action [cluster:admin/xpack/security/user/change_password] is unauthorized for user [joe] with effective roles [], \
         this action is granted by the cluster privileges [manage_security,all]",
    );
    // Not with a key, and not as somebody else.
    let (_, key) = harness.key(ELASTIC, r#"{"name":"k","role_descriptors":{"n":{"cluster":["monitor"]}}}"#).await;
    assert_eq!(harness.call(&key, "PUT /_security/user/_password", new).await.status, 403);
    harness.role("posers", r#"{"run_as":["joe"]}"#).await;
    let poser = harness.user("poser", &["posers"]).await;
    let me = harness.call_as(&poser, Some("joe"), "GET /_security/_authenticate", "").await.ok();
    assert_eq!((&me["username"], &me["authentication_type"]), (&json!("joe"), &json!("realm")));
    assert_eq!(harness.call_as(&poser, Some("joe"), "PUT /_security/user/_password", new).await.status, 403);
    // A manager may, and the old password ends at once.
    harness.call(ELASTIC, "PUT /_security/user/jane/_password", new).await.ok();
    assert_eq!(harness.call("jane:password", "GET /_security/_authenticate", "").await.status, 401);
    assert_eq!(harness.call("jane:another1", "GET /_security/_authenticate", "").await.status, 200);
    harness.call(ELASTIC, "PUT /_security/user/kibana_system/_password", new).await.ok();
    assert_eq!(harness.call("kibana_system:another1", "GET /_security/_authenticate", "").await.status, 200);
}

#[tokio::test]
async fn the_disabled_do_not_sign_in_but_their_keys_work() {
    let harness = Harness::new().await;
    harness.role("owners", r#"{"cluster":["manage_own_api_key"]}"#).await;
    let joe = harness.user("joe", &["owners"]).await;
    let (_, key) = harness.key(&joe, r#"{"name":"k"}"#).await;
    for _ in 0..2 {
        assert_eq!(harness.call(ELASTIC, "PUT /_security/user/joe/_disable", "").await.ok(), json!({}));
    }
    assert_eq!(harness.call(&joe, "GET /_security/_authenticate", "").await.status, 401);
    assert_eq!(harness.call(&key, "GET /_security/_authenticate", "").await.ok()["enabled"], true);
    harness.call(ELASTIC, "POST /_security/user/joe/_enable", "").await.ok();
    assert_eq!(harness.call(&joe, "GET /_security/_authenticate", "").await.status, 200);
    harness.role("admins", r#"{"cluster":["manage_security"]}"#).await;
    let admin = harness.user("admin", &["admins"]).await;
    let own = harness.call(&admin, "PUT /_security/user/admin/_disable", "").await;
    own.refused(400, "illegal_argument_exception", "users may not update the enabled status of their own account");
    let own = harness.call(&admin, "PUT /_security/user/admin", r#"{"enabled":false,"roles":[]}"#).await;
    let text =
        "Validation Failed: 1: native and reserved realm users may not update the enabled status of their own account;";
    own.refused(400, "action_request_validation_exception", text);
}

#[tokio::test]
async fn the_anonymous_user_is_shown_but_not_touched() {
    let harness = Harness::with(|node| Harness::anonymous(node, &["guests"]), |_| {}).await;
    let me = harness.call("", "GET /_security/_authenticate", "").await.ok();
    assert_eq!((&me["username"], &me["authentication_type"]), (&json!("_anonymous"), &json!("anonymous")));
    assert_eq!(me["authentication_realm"], json!({"name": "__anonymous", "type": "__anonymous"}));
    assert_eq!(me["roles"], json!(["guests"]));
    let joe = harness.user("joe", &["own"]).await;
    assert_eq!(harness.call(&joe, "GET /_security/_authenticate", "").await.ok()["roles"], json!(["own", "guests"]));
    let got = harness.call(ELASTIC, "GET /_security/user/_anonymous", "").await.ok();
    assert_eq!(got["_anonymous"]["metadata"], json!({"_reserved": true}));
    let put = harness.call(ELASTIC, "PUT /_security/user/_anonymous", r#"{"password":"abcdef","roles":[]}"#).await;
    let text = "Validation Failed: 1: user [_anonymous] is anonymous and cannot be modified via the API;";
    put.refused(400, "action_request_validation_exception", text);
    let deleted = harness.call(ELASTIC, "DELETE /_security/user/_anonymous", "").await;
    deleted.refused(400, "illegal_argument_exception", "user [_anonymous] is anonymous and cannot be deleted");
    let enabled = harness.call(ELASTIC, "PUT /_security/user/_anonymous/_enable", "").await;
    enabled.refused(
        400,
        "illegal_argument_exception",
        "user [_anonymous] is anonymous and cannot be modified using the api",
    );
}
