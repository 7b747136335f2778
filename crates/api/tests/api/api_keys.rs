//! API keys; the numbers are those of the cases in the contract's sheet.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{ELASTIC, Harness, NOW};

const CREATE: &str = "POST /_security/api_key";
const INVALIDATE: &str = "DELETE /_security/api_key";
const FAILED: &str = "Validation Failed: ";

async fn with_own_manager() -> (Harness, String) {
    let harness = Harness::new().await;
    harness.role("owners", r#"{"cluster":["manage_own_api_key"]}"#).await;
    let ada = harness.user("ada", &["owners"]).await;
    (harness, ada)
}

fn ids(list: &Value) -> Vec<&str> {
    list["api_keys"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn creating_1_2_7_9_to_11_15_16_28() {
    let (harness, ada) = with_own_manager().await;
    let created = harness.call(&ada, CREATE, r#"{"name":"k1"}"#).await.ok();
    let members: Vec<&String> = created.as_object().unwrap().keys().collect();
    assert_eq!(members, ["id", "name", "api_key", "encoded"]);
    assert_eq!(created["id"].as_str().unwrap().len(), 20);
    assert_eq!(created["api_key"].as_str().unwrap().len(), 22);
    assert_eq!(created["encoded"].as_str().unwrap().len(), 60);
    harness.call(&ada, "PUT /_security/api_key?refresh=wait_for", r#"{"name":"k1","role_descriptors":{}}"#).await.ok();
    let got = harness.call(ELASTIC, "GET /_security/api_key?name=k1", "").await.ok();
    assert_eq!(got["api_keys"].as_array().unwrap().len(), 2);
    let shown = json!({
        "id": created["id"], "name": "k1", "type": "rest", "creation": NOW.as_millis(), "invalidated": false,
        "username": "ada", "realm": "default_native", "realm_type": "native", "metadata": {}, "role_descriptors": {}
    });
    assert_eq!(got["api_keys"][0].to_string(), shown.to_string());

    let long = format!(r#"{{"name":"{}"}}"#, "n".repeat(256));
    for body in [
        long.as_str(),
        r#"{"name":"k","metadata":{"x":{"_y":1}}}"#,
        r#"{"name":"k","role_descriptors":{"r":{"restriction":{}}}}"#,
        r#"{"name":"ключ 🔑"}"#,
    ] {
        harness.call(&ada, CREATE, body).await.ok();
    }
    for (expiration, millis) in
        [("1d", 86_400_000), ("1500ms", 1000), ("1ms", 0), ("0", 0), ("-1", 0), ("-1d", -86_400_000)]
    {
        let body = json!({"name": "k", "expiration": expiration}).to_string();
        let created = harness.call(&ada, CREATE, &body).await.ok();
        assert_eq!(created["expiration"], NOW.as_millis() + millis, "{expiration}");
    }
    let body = r#"{"name":"x","role_descriptors":{"r":{"index":[{"names":"a-*","privileges":["read"]}]}},
        "metadata":{"tier":2,"nested":{"a":[1,2.5,null,true]}}}"#;
    let (id, _) = harness.key(&ada, body).await;
    let got = harness.call(ELASTIC, &format!("GET /_security/api_key?id={id}&with_limited_by=true"), "").await.ok();
    let key = &got["api_keys"][0];
    assert_eq!(key["metadata"], json!({"tier":2,"nested":{"a":[1,2.5,null,true]}}));
    let expected = json!({"r": {
        "cluster": [], "indices": [{"names": ["a-*"], "privileges": ["read"], "allow_restricted_indices": false}],
        "applications": [], "run_as": [], "metadata": {}, "transient_metadata": {"enabled": true}
    }});
    assert_eq!(key["role_descriptors"].to_string(), expected.to_string());
    assert_eq!(key["limited_by"][0]["owners"]["cluster"], json!(["manage_own_api_key"]));
    assert_eq!(key["limited_by"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn requests_to_create_that_are_refused_3_to_8_12_to_14_17_18_21() {
    let (harness, ada) = with_own_manager().await;
    let long = format!(r#"{{"name":"{}"}}"#, "n".repeat(257));
    let restricted = r#"{"restriction":{"workflows":["search_application_query"]}}"#;
    let mixed = format!(r#"{{"name":"k","role_descriptors":{{"a":{restricted},"b":{{}}}}}}"#);
    let several = format!(r#"{{"name":"k","role_descriptors":{{"a":{restricted},"b":{restricted}}}}}"#);
    let (validation, illegal) = ("action_request_validation_exception", "illegal_argument_exception");
    for (body, kind, reason) in [
        ("{}", illegal, "Required [name]"),
        (r#"{"name":""}"#, validation, "Validation Failed: 1: api key name is required;"),
        (r#"{"name":" k"}"#, validation, "Validation Failed: 1: api key name may not begin or end with whitespace;"),
        (r#"{"name":"_k"}"#, validation, "Validation Failed: 1: api key name may not begin with an underscore;"),
        (long.as_str(), validation, "Validation Failed: 1: api key name may not be more than 256 characters long;"),
        (
            r#"{"name":"k","metadata":{"_x":1}}"#,
            validation,
            "Validation Failed: 1: API key metadata keys may not start with [_];",
        ),
        (
            r#"{"name":" k","metadata":{"_x":1}}"#,
            validation,
            "Validation Failed: 1: api key name may not begin or end with whitespace;2: API key metadata keys may not start with [_];",
        ),
        (mixed.as_str(), illegal, "combining role descriptors with and without restriction is not supported"),
        (several.as_str(), illegal, "more than one role descriptor with restriction is not supported"),
        (
            r#"{"nam":"k"}"#,
            "x_content_parse_exception",
            "[1:2] [api_key_request] unknown field [nam] did you mean [name]?",
        ),
        (
            r#"{"name":"k","expiration":null}"#,
            "x_content_parse_exception",
            "[1:26] [api_key_request] expiration doesn't support values of type: VALUE_NULL",
        ),
        (
            r#"{"name":"k","expiration":86400}"#,
            "x_content_parse_exception",
            "[1:26] [api_key_request] expiration doesn't support values of type: VALUE_NUMBER",
        ),
    ] {
        harness.call(&ada, CREATE, body).await.refused(400, kind, reason);
    }
    let wrapped = harness.call(&ada, CREATE, r#"{"name":"k","expiration":"10"}"#).await;
    wrapped.refused(
        400,
        "x_content_parse_exception",
        "Failed to build [api_key_request] after last required field arrived",
    );
    assert_eq!(
        wrapped.body["error"]["caused_by"]["reason"],
        "failed to parse setting [expiration] with value [10] as a time value: unit is missing or unrecognized"
    );
    let described = harness.call(&ada, CREATE, r#"{"name":"k","role_descriptors":{"r":{"description":"d"}}}"#).await;
    assert_eq!((described.status, described.kind()), (400, "x_content_parse_exception"));
    assert_eq!(described.reason(), "[1:32] [api_key_request] failed to parse field [role_descriptors]");
    assert_eq!(
        described.body["error"]["caused_by"]["reason"],
        "failed to parse role [r]. unexpected field [description]"
    );
    let array = harness.call(&ada, CREATE, r#"{"name":"k","role_descriptors":[]}"#).await;
    let text = "[role_descriptors] doesn't support arrays. Use a single object with multiple fields.";
    assert_eq!(array.body["error"]["caused_by"]["reason"], text);
    harness.call(&ada, CREATE, "").await.refused(400, "parse_exception", "request body is required");
    let unknown = harness.call(&ada, "POST /_security/api_key?refresh=soon", r#"{"name":"k"}"#).await;
    unknown.refused(400, "illegal_argument_exception", "Unknown value for refresh: [soon].");

    // Without the privilege a bad request is still a bad request, and a good one is refused.
    harness.role("watchers", r#"{"cluster":["monitor"]}"#).await;
    let eve = harness.user("eve", &["watchers"]).await;
    assert_eq!(harness.call(&eve, CREATE, r#"{"name":""}"#).await.status, 400);
    harness.call(&eve, CREATE, r#"{"name":"k"}"#).await.refused(
        403,
        "security_exception",
        "action [cluster:admin/xpack/security/api_key/create] is unauthorized for user [eve] with effective roles [watchers], \
         this action is granted by the cluster privileges [manage_own_api_key,manage_api_key,manage_security,all]",
    );
}

#[tokio::test]
async fn keys_made_with_keys_19_20() {
    let (harness, ada) = with_own_manager().await;
    let (parent_id, parent) = harness.key(&ada, r#"{"name":"p"}"#).await;
    let text = "creating derived api keys requires an explicit role descriptor that is empty (has no privileges)";
    for body in [
        r#"{"name":"c"}"#,
        r#"{"name":"c","role_descriptors":{}}"#,
        r#"{"name":"c","role_descriptors":{"a":{"cluster":["monitor"]}}}"#,
        r#"{"name":"c","role_descriptors":{"a":{},"b":{"cluster":["all"]}}}"#,
    ] {
        harness.call(&parent, CREATE, body).await.refused(400, "illegal_argument_exception", text);
    }
    let (child_id, child) = harness.key(&parent, r#"{"name":"c","role_descriptors":{"a":{}}}"#).await;
    let got = harness.call(&child, &format!("GET /_security/api_key?id={child_id}"), "").await.ok();
    assert_eq!(got["api_keys"][0]["username"], "ada");
    assert_eq!(got["api_keys"][0]["realm"], "_es_api_key");
    assert_eq!(got["api_keys"][0]["realm_type"], "_es_api_key");
    assert_eq!(harness.call(&child, "GET /_security/_authenticate", "").await.status, 200);
    assert_eq!(harness.call(&child, CREATE, r#"{"name":"d","role_descriptors":{"a":{}}}"#).await.status, 403);
    // It is not among the owner's keys.
    let own = harness.call(&ada, "GET /_security/api_key?owner=true", "").await.ok();
    assert_eq!(ids(&own), [parent_id.as_str()]);
}

#[tokio::test]
async fn the_owners_roles_without_what_they_are_for_22() {
    let (harness, _) = with_own_manager().await;
    harness.role("told", r#"{"cluster":["manage_own_api_key"],"description":"secret plans"}"#).await;
    let joe = harness.user("joe", &["told", "gone"]).await;
    let (id, _) = harness.key(&joe, r#"{"name":"k"}"#).await;
    let got = harness.call(ELASTIC, &format!("GET /_security/api_key?id={id}&with_limited_by=true"), "").await.ok();
    let limited_by = got["api_keys"][0]["limited_by"][0].as_object().unwrap();
    assert_eq!(limited_by.keys().collect::<Vec<_>>(), ["told"]);
    assert!(limited_by["told"].get("description").is_none());
}

#[tokio::test]
async fn anonymous_roles_are_everybodys() {
    let harness = Harness::with(|node| Harness::anonymous(node, &["guests"]), |_| {}).await;
    harness.role("guests", r#"{"cluster":["manage_own_api_key"]}"#).await;
    let joe = harness.user("joe", &[]).await;
    let (id, _) = harness.key(&joe, r#"{"name":"k"}"#).await;
    let got = harness.call(ELASTIC, &format!("GET /_security/api_key?id={id}&with_limited_by=true"), "").await.ok();
    assert!(got["api_keys"][0]["limited_by"][0].get("guests").is_some());
    let (id, _) = harness.key("", r#"{"name":"k"}"#).await;
    let got = harness.call(ELASTIC, &format!("GET /_security/api_key?id={id}"), "").await.ok();
    assert_eq!(
        (&got["api_keys"][0]["username"], &got["api_keys"][0]["realm"]),
        (&json!("_anonymous"), &json!("__anonymous"))
    );
}

#[tokio::test]
async fn getting_29_to_40() {
    let (harness, ada) = with_own_manager().await;
    harness.role("managers", r#"{"cluster":["manage_api_key"]}"#).await;
    let boss = harness.user("boss", &["managers"]).await;
    let (own, own_key) = harness.key(&ada, r#"{"name":"nightly-1","expiration":"1h"}"#).await;
    let (foreign, boss_key) = harness.key(&boss, r#"{"name":"weekly"}"#).await;
    let get = async |who: &str, query: &str| harness.call(who, &format!("GET /_security/api_key{query}"), "").await;

    let missing = get(&boss, "?id=unknown").await;
    assert_eq!((missing.status, missing.body), (404, json!({"api_keys": []})));
    assert_eq!(get(&boss, "?name=unknown").await.ok(), json!({"api_keys": []}));
    for query in ["", "?owner=false&active_only=true", &format!("?id={own}"), "?id=", "?username=ada", "?name=nightly*"]
    {
        assert_eq!(get(&ada, query).await.status, 403, "{query}");
    }
    assert_eq!(ids(&get(&boss, "").await.ok()).len(), 2);
    assert_eq!(ids(&get(&boss, "?id=").await.ok()).len(), 2);
    assert_eq!(ids(&get(&ada, "?owner=true").await.ok()), [own.as_str()]);
    assert_eq!(ids(&get(&ada, "?owner").await.ok()), [own.as_str()]);
    assert_eq!(ids(&get(&ada, "?username=ada&realm_name=default_native").await.ok()), [own.as_str()]);
    assert_eq!(get(&ada, "?username=boss&realm_name=default_native").await.status, 403);
    assert_eq!(ids(&get(&boss, "?name=nightly*").await.ok()), [own.as_str()]);
    assert_eq!(ids(&get(&boss, "?name=*").await.ok()).len(), 2);
    assert_eq!(ids(&get(&boss, "?name=*ly").await.ok()).len(), 0);
    assert_eq!(ids(&get(&boss, "?realm_name=default_native&username=boss").await.ok()), [foreign.as_str()]);
    let other = get(&ada, &format!("?id={foreign}&owner=true")).await;
    assert_eq!((other.status, other.body), (404, json!({"api_keys": []})));
    for (query, text) in [
        ("?id=X&name=Y", "1: only one of [api key id, api key name] can be specified;"),
        (
            "?username=u&owner=true",
            "1: neither username nor realm-name may be specified when retrieving owned API keys;",
        ),
        (
            "?id=X&realm_name=r",
            "1: username or realm name must not be specified when the api key id or api key name is specified;",
        ),
    ] {
        get(&ada, query).await.refused(400, "action_request_validation_exception", &format!("{FAILED}{text}"));
    }
    get(&ada, "?owner=maybe").await.refused(
        400,
        "illegal_argument_exception",
        "Failed to parse value [maybe] as only [true] or [false] are allowed.",
    );

    // A key may read itself, but not its owner's permissions, unless it may read everything.
    assert_eq!(ids(&get(&own_key, &format!("?id={own}")).await.ok()), [own.as_str()]);
    assert_eq!(get(&own_key, &format!("?id={own}&with_limited_by=true")).await.status, 403);
    assert_eq!(get(&own_key, "?owner=true").await.status, 403);
    let all = get(&boss_key, &format!("?id={foreign}&with_limited_by=true")).await.ok();
    assert!(all["api_keys"][0]["limited_by"][0].get("managers").is_some());

    harness.call(&ada, INVALIDATE, &json!({"ids": [own], "owner": true}).to_string()).await.ok();
    let shown = get(&ada, "?owner=true").await.ok();
    assert_eq!(
        (&shown["api_keys"][0]["invalidated"], &shown["api_keys"][0]["invalidation"]),
        (&json!(true), &json!(NOW.as_millis()))
    );
    assert_eq!(get(&ada, "?owner=true&active_only=true").await.ok(), json!({"api_keys": []}));
    assert_eq!(get(&ada, &format!("?id={own}&owner=true&active_only=true")).await.status, 404);
}

#[tokio::test]
async fn using_keys_99_to_106() {
    let (harness, ada) = with_own_manager().await;
    let (id, key) = harness.key(&ada, r#"{"name":"k","expiration":"1h"}"#).await;
    let me = async |header: &str| harness.call(header, "GET /_security/_authenticate", "").await;
    assert_eq!(me(&key.replace("ApiKey", "apikey")).await.status, 200);
    let detail = async |header: &str| {
        let seen = me(header).await;
        assert_eq!(seen.status, 401);
        seen.body["error"]["additional_unsuccessful_credentials"].as_str().unwrap_or_default().to_owned()
    };
    let wrong = {
        use base64::Engine;
        format!("ApiKey {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:wrong")))
    };
    assert_eq!(detail("ApiKey id:secret").await, "API key: Illegal base64 character 3a");
    assert_eq!(detail("ApiKey OnNlY3JldA==").await, "API key: invalid ApiKey value");
    assert_eq!(detail("ApiKey aWQ6YWFh").await, "API key: unable to find apikey with id id");
    assert_eq!(detail(&wrong).await, format!("API key: invalid credentials for API key [{id}]"));
    // The owner goes; the key stays.
    harness.call(ELASTIC, "DELETE /_security/user/ada", "").await.ok();
    assert_eq!(me(&key).await.ok()["username"], "ada");
    // Expiry is seen with the right secret only, invalidation with any.
    harness.pass(Duration::from_secs(3600));
    assert_eq!(detail(&key).await, "API key: api key is expired");
    assert_eq!(detail(&wrong).await, format!("API key: invalid credentials for API key [{id}]"));
    harness.call(ELASTIC, INVALIDATE, &json!({"ids": id}).to_string()).await.ok();
    assert_eq!(detail(&wrong).await, format!("API key: api key [{id}] has been invalidated"));

    let body = r#"{"name":"r","role_descriptors":{"r":{"cluster":["all"],"restriction":{"workflows":["search_application_query"]}}}}"#;
    let (id, restricted) = harness.key(ELASTIC, body).await;
    let seen = harness.call(&restricted, &format!("GET /_security/api_key?id={id}"), "").await;
    assert_eq!((seen.status, seen.kind()), (403, "security_exception"));
    assert_eq!(seen.body["error"]["caused_by"]["reason"], "access restricted by workflow");
    assert_eq!(me(&restricted).await.status, 403);
}

#[tokio::test]
async fn invalidating_73_to_79_82_83() {
    let (harness, ada) = with_own_manager().await;
    harness.role("managers", r#"{"cluster":["manage_api_key"]}"#).await;
    let boss = harness.user("boss", &["managers"]).await;
    let nothing = json!({"invalidated_api_keys": [], "previously_invalidated_api_keys": [], "error_count": 0});
    let call = async |who: &str, body: &str| harness.call(who, INVALIDATE, body).await;
    assert_eq!(call(&boss, r#"{"ids":["unknown"]}"#).await.ok(), nothing);
    let (one, _) = harness.key(&ada, r#"{"name":"one","expiration":"1ms"}"#).await;
    let by_id = json!({"ids": [one]}).to_string();
    let done = call(&boss, &by_id).await.ok();
    assert_eq!(done["invalidated_api_keys"], json!([one]));
    assert_eq!(done.as_object().unwrap().len(), 3);
    assert_eq!(call(&boss, &by_id).await.ok(), nothing);

    let one_of =
        "One of [api key id(s), api key name, username, realm name] must be specified if [owner] flag is false";
    for (body, text) in [
        ("{}", one_of),
        (r#"{"owner":"false","name":" "}"#, one_of),
        (
            r#"{"ids":["a"],"username":"u"}"#,
            "username or realm name must not be specified when the api key id(s) or api key name are specified",
        ),
        (
            r#"{"owner":true,"realm_name":"r"}"#,
            "neither username nor realm-name may be specified when invalidating owned API keys",
        ),
        (r#"{"ids":["a"],"name":"n"}"#, "only one of [api key id(s), api key name] can be specified"),
    ] {
        let text = format!("{FAILED}1: {text};");
        call(&ada, body).await.refused(400, "action_request_validation_exception", &text);
    }
    let empty = call(&ada, r#"{"ids":[]}"#).await;
    empty.refused(
        400,
        "x_content_parse_exception",
        "Failed to build [invalidate_api_key] after last required field arrived",
    );
    let cause = &empty.body["error"]["caused_by"]["reason"];
    assert_eq!(cause, "Validation Failed: 1: Field [ids] cannot be an empty array;");
    call(&ada, r#"{"id":"x"}"#).await.refused(
        400,
        "x_content_parse_exception",
        "[1:2] [invalidate_api_key] unknown field [id] did you mean [ids]?",
    );

    let (two, _) = harness.key(&ada, r#"{"name":"two"}"#).await;
    let (three, _) = harness.key(&boss, r#"{"name":"three"}"#).await;
    for body in [
        r#"{"username":"ada"}"#,
        &json!({"ids": [two]}).to_string(),
        r#"{"name":"two"}"#,
        r#"{"username":"boss","realm_name":"default_native"}"#,
    ] {
        let seen = call(&ada, body).await;
        assert_eq!(seen.status, 403, "{body}");
        assert!(seen.reason().ends_with("[manage_api_key,manage_security,all]"), "{}", seen.reason());
    }
    let foreign = json!({"ids": [three], "owner": true}).to_string();
    assert_eq!(call(&ada, &foreign).await.ok(), nothing);
    let own = call(&ada, r#"{"username":"ada","realm_name":"default_native"}"#).await.ok();
    assert_eq!(own["invalidated_api_keys"], json!([two]));
    let realm = call(&boss, r#"{"realm_name":"default_native"}"#).await.ok();
    assert_eq!(realm["invalidated_api_keys"], json!([three]));
}

#[tokio::test]
async fn a_key_invalidates_itself_and_nothing_else() {
    let (harness, ada) = with_own_manager().await;
    let (id, key) = harness.key(&ada, r#"{"name":"k"}"#).await;
    let (other, _) = harness.key(&ada, r#"{"name":"o"}"#).await;
    for body in [json!({"ids": [id, other]}), json!({"owner": true}), json!({"name": "k"})] {
        assert_eq!(harness.call(&key, INVALIDATE, &body.to_string()).await.status, 403, "{body}");
    }
    let body = json!({"ids": [id], "owner": true}).to_string();
    let done = harness.call(&key, INVALIDATE, &body).await.ok();
    assert_eq!(done["invalidated_api_keys"], json!([id]));
    assert_eq!(harness.call(&key, "GET /_security/_authenticate", "").await.status, 401);
}

#[tokio::test]
async fn caches_are_cleared_and_switched_off_is_off() {
    let harness = Harness::new().await;
    let seen = harness.call(ELASTIC, "POST /_security/api_key/a,b/_clear_cache", "").await.ok();
    assert_eq!(
        seen.to_string(),
        r#"{"_nodes":{"total":1,"successful":1,"failed":0},"cluster_name":"keyward","nodes":{"n0yWd3VbQxqS7kP1tL5mRg":{"name":"keyward-0"}}}"#
    );
    let harness = Harness::with(|node| node.api_keys.enabled = false, |_| {}).await;
    // Before the body is looked at, and before it is asked who may.
    for line in [CREATE, INVALIDATE, "GET /_security/api_key", "GET /_security/_query/api_key"] {
        let body = if line == CREATE || line == INVALIDATE { "{nonsense" } else { "" };
        let seen = harness.call(ELASTIC, line, body).await;
        seen.refused(400, "feature_not_enabled_exception", "api keys are not enabled");
        assert_eq!(seen.body["error"]["disabled.feature"], "api_keys");
    }
}
