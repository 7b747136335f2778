//! Changing, copying and granting keys; the numbers are those of the cases in the contract's sheet.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{ELASTIC, Harness, NOW};

const BULK: &str = "POST /_security/api_key/_bulk_update";
const CLONE: &str = "POST /_security/api_key/clone";
const GRANT: &str = "POST /_security/api_key/grant";

async fn owners() -> (Harness, String) {
    let harness = Harness::new().await;
    harness.role("owners", r#"{"cluster":["manage_own_api_key"]}"#).await;
    let ada = harness.user("ada", &["owners"]).await;
    (harness, ada)
}

async fn shown(harness: &Harness, id: &str) -> Value {
    let path = format!("GET /_security/api_key?id={id}&with_limited_by=true");
    harness.call(ELASTIC, &path, "").await.ok()["api_keys"][0].clone()
}

#[tokio::test]
async fn updating_59_to_66_69_107() {
    let (harness, ada) = owners().await;
    let (id, key) =
        harness.key(&ada, r#"{"name":"k","metadata":{"a":1},"role_descriptors":{"r":{"cluster":["monitor"]}}}"#).await;
    let put = async |who: &str, body: &str| harness.call(who, &format!("PUT /_security/api_key/{id}"), body).await;
    let updated = |yes: bool| json!({"updated": yes});
    for body in ["", "{}", r#"{"metadata":{"a":1}}"#, r#"{"role_descriptors":{"r":{"cluster":["monitor"]}}}"#] {
        assert_eq!(put(&ada, body).await.ok(), updated(false), "{body}");
    }
    harness.role("owners", r#"{"cluster":["manage_own_api_key","monitor"]}"#).await;
    assert_eq!(shown(&harness, &id).await["limited_by"][0]["owners"]["cluster"], json!(["manage_own_api_key"]));
    assert_eq!(put(&ada, "{}").await.ok(), updated(true));
    assert_eq!(put(&ada, "{}").await.ok(), updated(false));
    assert_eq!(
        shown(&harness, &id).await["limited_by"][0]["owners"]["cluster"],
        json!(["manage_own_api_key", "monitor"])
    );
    for _ in 0..2 {
        assert_eq!(put(&ada, r#"{"expiration":"1d"}"#).await.ok(), updated(true));
    }
    assert_eq!(shown(&harness, &id).await["expiration"], NOW.as_millis() + 86_400_000);
    assert_eq!(put(&ada, r#"{"metadata":{}}"#).await.ok(), updated(true));
    assert_eq!(put(&ada, r#"{"metadata":{}}"#).await.ok(), updated(false));
    assert_eq!(put(&ada, r#"{"role_descriptors":{}}"#).await.ok(), updated(true));
    let now = shown(&harness, &id).await;
    assert_eq!((&now["metadata"], &now["role_descriptors"]), (&json!({}), &json!({})));
    // The secret is the same, and with it the key inherits again.
    assert_eq!(harness.call(&key, "GET /_security/_authenticate", "").await.status, 200);
    assert_eq!(harness.call(&key, "GET /", "").await.status, 200);

    let nobodys = format!("no API key owned by requesting user found for ID [{id}]");
    put(ELASTIC, "{}").await.refused(404, "resource_not_found_exception", &nobodys);
    let run_as = harness.call_as(ELASTIC, Some("ada"), &format!("PUT /_security/api_key/{id}"), "{}").await;
    assert_eq!(run_as.ok(), updated(false));
    put(&key, "{}").await.refused(
        400,
        "illegal_argument_exception",
        "authentication via API key not supported: only the owner user can update an API key",
    );
    for expiration in ["0", "-1", "-1d", "0s"] {
        let seen = put(&ada, &json!({"expiration": expiration}).to_string()).await;
        let text = "Validation Failed: 1: API key expiration must be in the future;";
        seen.refused(400, "action_request_validation_exception", text);
    }
    put(&ada, r#"{"name":"other"}"#).await.refused(
        400,
        "x_content_parse_exception",
        "[1:2] [update_api_key_request_payload] unknown field [name]",
    );
    // Less than a second is some time, and none after rounding.
    assert_eq!(put(&ada, r#"{"expiration":"1ms"}"#).await.ok(), updated(true));
    harness.pass(Duration::from_millis(1));
    let ended = format!("cannot update expired API key [{id}]");
    put(&ada, "{}").await.refused(400, "illegal_argument_exception", &ended);
}

#[tokio::test]
async fn updating_many_67_68() {
    let (harness, ada) = owners().await;
    let (good, _) = harness.key(&ada, r#"{"name":"good"}"#).await;
    let (same, _) = harness.key(&ada, r#"{"name":"same","metadata":{"x":1}}"#).await;
    let (dead, _) = harness.key(&ada, r#"{"name":"dead"}"#).await;
    harness.call(&ada, "DELETE /_security/api_key", &json!({"ids": [dead], "owner": true}).to_string()).await.ok();
    let body = json!({"ids": [good, same, "nope", dead, good], "metadata": {"x": 1}}).to_string();
    let seen = harness.call(&ada, BULK, &body).await.ok();
    let expected = json!({
        "updated": [good], "noops": [same],
        "errors": {"count": 2, "details": {
            "nope": {"type": "resource_not_found_exception", "reason": "no API key owned by requesting user found for ID [nope]"},
            dead.as_str(): {"type": "illegal_argument_exception", "reason": format!("cannot update invalidated API key [{dead}]")}
        }}
    });
    assert_eq!(seen.to_string(), expected.to_string());
    let seen = harness.call(&ada, BULK, &json!({"ids": good}).to_string()).await.ok();
    assert_eq!(seen, json!({"updated": [], "noops": [good]}));
    let empty = harness.call(&ada, BULK, r#"{"ids":[]}"#).await;
    empty.refused(400, "action_request_validation_exception", "Validation Failed: 1: Field [ids] cannot be empty;");
    harness.call(&ada, BULK, "{}").await.refused(400, "illegal_argument_exception", "Required [ids]");
    let described = harness.call(&ada, BULK, r#"{"ids":["a"],"role_descriptors":{"r":{"description":"d"}}}"#).await;
    assert_eq!(
        described.body["error"]["caused_by"]["reason"],
        "failed to parse role [r]. unexpected field [description]"
    );
}

#[tokio::test]
async fn cloning_94_to_98_109_110() {
    let (harness, ada) = owners().await;
    harness.role("cloners", r#"{"cluster":["clone_api_key"]}"#).await;
    let cleo = harness.user("cleo", &["cloners"]).await;
    let body =
        r#"{"name":"src","expiration":"1h","metadata":{"team":"x"},"role_descriptors":{"r":{"cluster":["monitor"]}}}"#;
    let (id, key) = harness.key(&ada, body).await;
    let encoded = key.strip_prefix("ApiKey ").unwrap();
    let clone = async |who: &str, change: Value| {
        let mut body = json!({"api_key": encoded, "name": "copy"});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        harness.call(who, CLONE, &body.to_string()).await
    };
    let copy = clone(&cleo, json!({})).await.ok();
    let copied = shown(&harness, copy["id"].as_str().unwrap()).await;
    let source = shown(&harness, &id).await;
    for member in ["username", "realm", "realm_type", "expiration", "role_descriptors", "limited_by"] {
        assert_eq!(copied[member], source[member], "{member}");
    }
    assert_eq!((&copied["name"], &copied["metadata"]), (&json!("copy"), &json!({"team": "x", "_cloned_from": id})));
    let header = format!("ApiKey {}", copy["encoded"].as_str().unwrap());
    // Independent of its source from now on, and valid by itself.
    let once = clone(&cleo, json!({"metadata": {}, "expiration": null})).await.ok();
    let once = shown(&harness, once["id"].as_str().unwrap()).await;
    assert_eq!((&once["metadata"], once.get("expiration")), (&json!({"_cloned_from": id}), None));
    assert!(clone(&cleo, json!({"expiration": "-1"})).await.ok().get("expiration").is_none());
    assert_eq!(clone(&cleo, json!({"expiration": "2h"})).await.ok()["expiration"], NOW.as_millis() + 7_200_000);
    assert_eq!(clone(&cleo, json!({"expiration": "-1s"})).await.ok()["expiration"], NOW.as_millis() - 1000);

    let nameless = harness.call(&cleo, CLONE, &json!({"api_key": encoded}).to_string()).await;
    nameless.refused(400, "action_request_validation_exception", "Validation Failed: 1: api key name is required;");
    let reserved = clone(&cleo, json!({"metadata": {"_cloned_from": "x"}})).await;
    let text = "Validation Failed: 1: API key metadata keys may not start with [_];";
    reserved.refused(400, "action_request_validation_exception", text);
    let none = harness.call(&cleo, CLONE, r#"{"name":"x"}"#).await;
    none.refused(400, "action_request_validation_exception", "Validation Failed: 1: api key credential is required;");
    let unreadable = clone(&cleo, json!({"api_key": "%"})).await;
    assert_eq!((unreadable.status, unreadable.kind()), (400, "status_exception"));
    assert!(unreadable.reason().starts_with("invalid API key credential: "), "{}", unreadable.reason());
    let seen = clone(&ada, json!({})).await;
    assert_eq!(seen.status, 403);
    assert!(seen.reason().ends_with("[clone_api_key,manage_api_key,manage_security,all]"), "{}", seen.reason());

    let cause = |seen: &crate::harness::Seen| {
        assert_eq!((seen.status, seen.kind(), seen.reason()), (403, "security_exception", "Failed to clone API key"));
        seen.body["error"]["caused_by"]["reason"].as_str().unwrap().to_owned()
    };
    let wrong = {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(format!("{id}:wrong"))
    };
    let seen = clone(&cleo, json!({"api_key": wrong})).await;
    assert_eq!(cause(&seen), format!("invalid credentials for API key [{id}]"));
    harness.pass(Duration::from_secs(3600));
    assert_eq!(cause(&clone(&cleo, json!({})).await), "api key is expired");
    harness.call(ELASTIC, "DELETE /_security/api_key", &json!({"ids": id}).to_string()).await.ok();
    assert_eq!(cause(&clone(&cleo, json!({})).await), format!("api key [{id}] has been invalidated"));
    assert_eq!(harness.call(&header, "GET /_security/_authenticate", "").await.status, 401); // it ended with its source
}

#[tokio::test]
async fn granting_23_to_27_72() {
    let (harness, ada) = owners().await;
    harness.role("granters", r#"{"cluster":["grant_api_key"]}"#).await;
    harness.role("posers", r#"{"run_as":["bot"]}"#).await;
    let granter = harness.user("granter", &["granters"]).await;
    harness.user("ines", &["posers"]).await;
    let bot = harness.user("bot", &["owners"]).await;
    let grant = async |who: &str, change: Value| {
        let mut body =
            json!({"grant_type": "password", "username": "ines", "password": "password", "api_key": {"name": "g"}});
        for (name, value) in change.as_object().unwrap() {
            if value.is_null() {
                body.as_object_mut().unwrap().shift_remove(name);
            } else {
                body[name] = value.clone();
            }
        }
        harness.call(who, GRANT, &body.to_string()).await
    };
    let id = |created: Value| created["id"].as_str().unwrap().to_owned();
    let for_ines = id(grant(&granter, json!({})).await.ok());
    let key = shown(&harness, &for_ines).await;
    assert_eq!((&key["username"], &key["realm"]), (&json!("ines"), &json!("default_native")));
    assert!(key["limited_by"][0].get("posers").is_some());
    let for_bot = id(grant(&granter, json!({"run_as": "bot"})).await.ok());
    assert_eq!(shown(&harness, &for_bot).await["username"], "bot");
    // The granted key is its owner's, not the granter's.
    let update = format!("PUT /_security/api_key/{for_bot}");
    assert_eq!(harness.call(&bot, &update, r#"{"metadata":{"a":1}}"#).await.ok(), json!({"updated": true}));
    let seen = harness.call(ELASTIC, &update, "{}").await;
    assert_eq!(seen.status, 404);

    let wrong = grant(&granter, json!({"password": "wrong"})).await;
    wrong.refused(403, "security_exception", "Failed to authenticate api key grant");
    let cause = wrong.body["error"]["caused_by"]["reason"].as_str().unwrap();
    assert!(cause.starts_with("unable to authenticate user [ines] for REST request"), "{cause}");
    for target in ["ada", "nobody"] {
        let seen = grant(&granter, json!({"run_as": target})).await;
        assert_eq!(seen.status, 403, "{}", seen.body);
        assert!(seen.reason().contains(&format!("is unauthorized to run as [{target}]")), "{}", seen.reason());
    }
    let seen = grant(&ada, json!({"username": "ada"})).await;
    assert_eq!(seen.status, 403);
    assert!(seen.reason().ends_with("[grant_api_key,manage_api_key,manage_security,all]"), "{}", seen.reason());

    for (change, problems) in [
        (json!({"api_key": null}), "1: api key name is required;"),
        (json!({"grant_type": null}), "1: [grant_type] is required;"),
        (json!({"grant_type": "magic"}), "1: grant_type [magic] is not supported;"),
        (
            json!({"username": null, "password": ""}),
            "1: [username] is required for grant_type [password];2: [password] is required for grant_type [password];",
        ),
        (json!({"access_token": "t"}), "1: [access_token] is not supported for grant_type [password];"),
        (
            json!({"grant_type": "access_token"}),
            "1: [access_token] is required for grant_type [access_token];2: [username] is not supported for grant_type [access_token];3: [password] is not supported for grant_type [access_token];",
        ),
        (
            json!({"client_authentication": {"value": "v"}}),
            "1: [client_authentication] is not supported for grant_type [password];",
        ),
        (
            json!({"grant_type": "access_token", "username": null, "password": null, "access_token": "t",
                "client_authentication": {"value": "v", "scheme": "other"}}),
            "1: [client_authentication.scheme] must be set to [SharedSecret];",
        ),
    ] {
        let seen = grant(&granter, change).await;
        seen.refused(400, "action_request_validation_exception", &format!("Validation Failed: {problems}"));
    }
    let nameless = grant(&granter, json!({"api_key": {}})).await;
    assert!(
        nameless.reason().ends_with("[grant_api_key_request] failed to parse field [api_key]"),
        "{}",
        nameless.reason()
    );
    assert_eq!(nameless.body["error"]["caused_by"]["reason"], "Required [name]");
    let token = json!({"grant_type": "access_token", "username": null, "password": null, "access_token": "t"});
    grant(&granter, token).await.refused(403, "security_exception", "Failed to authenticate api key grant");
}
