//! Roles, application privileges and checks of privileges, from the request line to the answer.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use keyward_api::{Api, ApiConfig, Context, LicenceType, NodeAddresses};
use keyward_node::{Clock, Entropy, Node, NodeConfig};
use keyward_rest::{Payload, Reply, classify};
use keyward_security::authentication::{Authentication, RealmRef};
use keyward_security::secret::Secret;
use keyward_security::time::Timestamp;
use keyward_security::user::User;
use keyward_store::MemoryStore;
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_millis(1_786_868_000_000);

/// The API over a node with a store in memory.
struct Server(Api);

impl Server {
    async fn start() -> Self {
        Self::licensed(LicenceType::Enterprise).await
    }

    async fn licensed(licence: LicenceType) -> Self {
        let config = NodeConfig { bootstrap_password: Some(Secret::new("changeme")), ..NodeConfig::default() };
        let store = Arc::new(MemoryStore::new());
        let node = Node::start(store, config, Clock::fixed(NOW), Entropy::counted()).await.unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 9200));
        let config = ApiConfig {
            cluster_name: "kw".to_owned(),
            cluster_uuid: "u".repeat(22),
            node_name: "node-1".to_owned(),
            node_id: "n".repeat(22),
            addresses: NodeAddresses { bound: vec![address], publish: address },
            max_content_length: 1 << 20,
            https: false,
            licence,
            build_hash: "0".repeat(40),
            build_date: "2026-06-01T00:00:00.000000000Z".to_owned(),
            started: NOW,
        };
        Self(Api::new(node, config))
    }

    /// A call by a user with these roles; status and document of the answer.
    async fn call(&self, roles: &[&str], line: &str, body: impl ToString) -> (u16, Value) {
        let user = User {
            username: "ada".into(),
            roles: roles.iter().map(|role| Arc::from(*role)).collect(),
            full_name: None,
            email: None,
            metadata: Arc::default(),
            enabled: true,
        };
        let who = Authentication::realm(user, RealmRef::new("default_native", "native"));
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let reply = match self.answer(who, method.parse().unwrap(), path, query, body.to_string()).await {
            Ok(reply) => reply,
            Err(error) => error.into_reply(true),
        };
        let document = match reply.payload {
            Payload::Json(document) | Payload::Error(document) => document,
            other => panic!("no document: {other:?}"),
        };
        (reply.status.as_u16(), document)
    }

    async fn answer(
        &self,
        who: Authentication,
        method: Method,
        path: &str,
        query: Option<&str>,
        body: String,
    ) -> Result<Reply, keyward_rest::ElasticError> {
        let call = classify(&method, path, query).map_err(|error| match error {
            keyward_rest::Unroutable::Error(error) => error,
            other => panic!("{other:?}"),
        })?;
        let body = call.body(Bytes::from(body))?;
        let node = self.0.node();
        let view = Arc::clone(&node.view());
        let role = node.role_of(&view, &who).unwrap();
        let authentication = Arc::new(who);
        let context = Context { view, authentication, role, run_as_by: None, call, body, now: NOW };
        self.0.handle(context).await
    }

    /// A call by a superuser that must go well.
    async fn does(&self, line: &str, body: impl ToString) -> Value {
        let (status, answer) = self.call(&["superuser"], line, body).await;
        assert_eq!(status, 200, "{line}: {answer}");
        answer
    }

    /// The refusal of a call by a superuser: `status type: reason`.
    async fn refuses(&self, line: &str, body: impl ToString) -> String {
        self.refuses_to(&["superuser"], line, body).await
    }

    async fn refuses_to(&self, roles: &[&str], line: &str, body: impl ToString) -> String {
        let (status, answer) = self.call(roles, line, body).await;
        let text = |member: &str| {
            answer.pointer(&format!("/error/{member}")).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        format!("{status} {}: {}", text("type"), text("reason"))
    }
}

const LOGS: &str = r#"{"cluster":["monitor"],"indices":[{"names":["logs-*"],"privileges":["read"],
    "field_security":{"grant":["*"],"except":["secret"]},"query":{"term":{"team":7}}}],"description":"on call"}"#;

#[tokio::test]
async fn a_role_is_put_shown_used_and_deleted() {
    let server = Server::start().await;
    assert_eq!(server.does("PUT /_security/role/ops", LOGS).await, json!({"role": {"created": true}}));
    assert_eq!(
        server.does("POST /_security/role/ops?refresh=wait_for", LOGS).await,
        json!({"role": {"created": false}})
    );
    let shown = server.does("GET /_security/role/ops", "").await;
    assert_eq!(
        shown.to_string(),
        r#"{"ops":{"cluster":["monitor"],"indices":[{"names":["logs-*"],"privileges":["read"],"field_security":{"grant":["*"],"except":["secret"]},"query":"{\"term\":{\"team\":7}}","allow_restricted_indices":false}],"applications":[],"run_as":[],"metadata":{},"transient_metadata":{"enabled":true},"description":"on call"}}"#
    );
    // What is shown can be put again.
    let again = shown["ops"].to_string();
    assert_eq!(server.does("PUT /_security/role/ops", again).await, json!({"role": {"created": false}}));

    let body = json!({"cluster": ["monitor", "manage"], "index": [{"names": ["logs-1"], "privileges": ["read"]}]});
    let (status, checked) = server.call(&["ops"], "POST /_security/user/_has_privileges", &body).await;
    assert_eq!((status, &checked["cluster"]), (200, &json!({"monitor": true, "manage": false})));

    assert_eq!(server.does("DELETE /_security/role/ops", "").await, json!({"found": true}));
    assert_eq!(server.call(&["superuser"], "DELETE /_security/role/ops", "").await, (404, json!({"found": false})));
    assert_eq!(server.call(&["superuser"], "GET /_security/role/ops", "").await, (404, json!({})));
    let (_, checked) = server.call(&["ops"], "POST /_security/user/_has_privileges", &body).await;
    assert_eq!(checked["has_all_requested"], false);
    assert_eq!(checked["cluster"], json!({"monitor": false, "manage": false}));
}

#[tokio::test]
async fn all_roles_are_reserved_and_native_ones() {
    let server = Server::start().await;
    server.does("PUT /_security/role/zebra", "{}").await;
    let all = server.does("GET /_security/role", "").await;
    let names: Vec<&String> = all.as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 30);
    assert!(names.is_sorted() && names[29] == "zebra");
    assert_eq!(all["superuser"]["transient_metadata"], json!({}));
    assert_eq!(all["viewer"]["metadata"]["_reserved"], true);
    let some = server.does("GET /_security/role/zebra,nobody,viewer", "").await;
    assert_eq!(some.as_object().unwrap().keys().collect::<Vec<_>>(), ["viewer", "zebra"]);
}

#[tokio::test]
async fn roles_are_refused_in_known_words() {
    let server = Server::start().await;
    let put = "PUT /_security/role/r";
    assert_eq!(server.refuses(put, "").await, "400 parse_exception: request body is required");
    assert_eq!(
        server.refuses(put, "[]").await,
        "400 parse_exception: failed to parse role [r]. expected an object but found [START_ARRAY] instead"
    );
    assert_eq!(
        server.refuses(put, r#"{"restriction":{}}"#).await,
        "400 parse_exception: failed to parse role [r]. unexpected field [restriction]"
    );
    assert_eq!(
        server
            .refuses(put, r#"{"metadata":{"_a":1},"indices":[{"names":["a::failures"],"privileges":["read"]}]}"#)
            .await,
        "400 action_request_validation_exception: Validation Failed: 1: selectors [::] are not allowed in the index \
         name expression [a::failures];2: role descriptor metadata keys may not start with [_];"
    );
    assert_eq!(
        server.refuses("PUT /_security/role/superuser", "{}").await,
        "400 action_request_validation_exception: Validation Failed: 1: Role [superuser] is reserved and may not be \
         used.;"
    );
    assert_eq!(
        server.refuses("DELETE /_security/role/superuser", "").await,
        "400 illegal_argument_exception: role [superuser] is reserved and cannot be deleted"
    );
    let long = format!("PUT /_security/role/{}", "x".repeat(508));
    assert!(server.refuses(&long, "{}").await.starts_with(
        "400 action_request_validation_exception: Validation Failed: 1: Role names must be at least 1 and no more than \
         507 characters."
    ));
    let longer = format!("PUT /_security/role/{}", "x".repeat(1025));
    assert!(server.refuses(&longer, "{}").await.starts_with(
        "400 validation_exception: Validation Failed: 1: Role names must be at least 1 and no more than 1024 characters."
    ));
    assert_eq!(
        server
            .refuses(put, r#"{"indices":[{"names":["a"],"privileges":["read"],"query":"{\"has_child\":{}}"}]}"#)
            .await,
        "400 illegal_argument_exception: has_child query isn't supported as part of a role query"
    );
    let (_, strings) = server.call(&["superuser"], put, r#"{"cluster":"all"}"#).await;
    assert_eq!(
        strings["error"]["caused_by"]["reason"],
        "could not parse [cluster] field. expected a string array but found [VALUE_STRING] value instead"
    );
}

#[tokio::test]
async fn hiding_documents_or_fields_takes_a_licence() {
    let server = Server::licensed(LicenceType::Basic).await;
    let refused = "403 security_exception: current license is non-compliant for [field and document level security]";
    assert_eq!(server.refuses("PUT /_security/role/ops", LOGS).await, refused);
    // Whoever may not put roles learns that first.
    assert!(
        server.refuses_to(&[], "PUT /_security/role/ops", LOGS).await.starts_with("403 security_exception: action")
    );
    server.does("PUT /_security/role/ops", r#"{"indices":[{"names":["a"],"privileges":["read"]}]}"#).await;
}

#[tokio::test]
async fn malformed_requests_are_refused_before_powerless_callers() {
    let server = Server::start().await;
    let put = "PUT /_security/role/r";
    assert!(server.refuses_to(&[], put, "{").await.starts_with("400 "));
    assert!(server.refuses_to(&[], put, r#"{"cluster":["x"]}"#).await.starts_with("400 action_request_validation"));
    assert!(server.refuses_to(&[], "PUT /_security/role/superuser", "{}").await.starts_with("400 "));
    assert!(server.refuses_to(&[], "PUT /_security/role/r?nope=1", "{}").await.starts_with("400 "));
    assert_eq!(
        server.refuses_to(&[], put, "{}").await,
        "403 security_exception: action [cluster:admin/xpack/security/role/put] is unauthorized for user [ada] with \
         effective roles [], this action is granted by the cluster privileges [manage_security,all]"
    );
    // What is reserved is found out by the deletion itself, and so only by those who may delete.
    assert!(server.refuses_to(&[], "DELETE /_security/role/superuser", "").await.starts_with("403 "));
    for line in [
        "GET /_security/role",
        "GET /_security/role/superuser",
        "POST /_security/role/r/_clear_cache",
        "GET /_security/privilege",
        "GET /_security/privilege/_builtin",
        "DELETE /_security/privilege/app/read",
        "POST /_security/privilege/app/_clear_cache",
    ] {
        assert!(
            server.refuses_to(&["editor"], line, "").await.starts_with("403 security_exception: action ["),
            "{line}"
        );
    }
}

#[tokio::test]
async fn whoever_manages_some_roles_manages_no_others() {
    let server = Server::start().await;
    let manager = json!({"global": {"role": {"manage": {"indices": [{"names": ["team-*"], "privileges": ["read"]}]}}}});
    server.does("PUT /_security/role/manager", manager).await;
    let within = json!({"indices": [{"names": ["team-a"], "privileges": ["read"]}]});
    let beyond = json!({"indices": [{"names": ["team-a", "x"], "privileges": ["read"]}]});
    let (status, _) = server.call(&["manager"], "PUT /_security/role/team-r", within).await;
    assert_eq!(status, 200);
    assert!(server.refuses_to(&["manager"], "PUT /_security/role/team-r", beyond).await.starts_with("403 "));
    assert!(server.refuses_to(&["manager"], "DELETE /_security/role/team-r", "").await.starts_with("403 "));
}

#[tokio::test]
async fn application_privileges_are_put_shown_used_and_deleted() {
    let server = Server::start().await;
    let body = json!({
        "kibana-.kibana": {"read": {"actions": ["saved:x/get"], "metadata": {"a": 1}}, "all": {"actions": ["saved:*"]}},
        "myapp": {"read": {"actions": ["data:read/*"]}},
    });
    assert_eq!(
        server.does("PUT /_security/privilege", &body).await.to_string(),
        r#"{"kibana-.kibana":{"all":{"created":true},"read":{"created":true}},"myapp":{"read":{"created":true}}}"#
    );
    assert_eq!(server.does("POST /_security/privilege", &body).await["myapp"]["read"]["created"], false);
    assert_eq!(
        server.does("GET /_security/privilege/kibana-.kibana/read", "").await.to_string(),
        r#"{"kibana-.kibana":{"read":{"application":"kibana-.kibana","name":"read","actions":["saved:x/get"],"metadata":{"a":1}}}}"#
    );
    assert_eq!(server.does("GET /_security/privilege", "").await.as_object().unwrap().len(), 2);
    assert_eq!(server.does("GET /_security/privilege/kib*", "").await.as_object().unwrap().len(), 1);
    assert_eq!(server.does("GET /_security/privilege/other", "").await, json!({}));
    assert_eq!(server.call(&["superuser"], "GET /_security/privilege/myapp/write", "").await, (404, json!({})));

    // Roles mean what is stored, and follow it at once.
    let role = json!({"applications": [{"application": "myapp", "privileges": ["read"], "resources": ["*"]}]});
    server.does("PUT /_security/role/user", role).await;
    let asks = json!({"application": [{"application": "myapp", "privileges": ["data:read/x"], "resources": ["r"]}]});
    let check = "GET /_security/user/_has_privileges";
    assert_eq!(server.call(&["user"], check, &asks).await.1["has_all_requested"], true);
    server.does("PUT /_security/privilege", json!({"myapp": {"read": {"actions": ["data:write/*"]}}})).await;
    assert_eq!(server.call(&["user"], check, &asks).await.1["has_all_requested"], false);

    let deleted = server.does("DELETE /_security/privilege/myapp/read,nope", "").await;
    assert_eq!(deleted, json!({"myapp": {"read": {"found": true}, "nope": {"found": false}}}));
    let again = server.call(&["superuser"], "DELETE /_security/privilege/myapp/read", "").await;
    assert_eq!(again, (404, json!({"myapp": {"read": {"found": false}}})));
}

#[tokio::test]
async fn application_privileges_are_refused_in_known_words() {
    let server = Server::start().await;
    let put = "PUT /_security/privilege";
    for (body, expected) in [
        (json!([]), "400 parse_exception: expected object but found START_ARRAY instead"),
        (
            json!({"app": 1}),
            "400 parse_exception: expected the value for app to be an object, but found VALUE_NUMBER instead",
        ),
        (
            json!({}),
            "400 action_request_validation_exception: Validation Failed: 1: At least one application privilege must be \
             provided;",
        ),
        (
            json!({"app": {"read": {"actions": []}}}),
            "400 action_request_validation_exception: Validation Failed: 1: Application privileges must have at least \
             one action;",
        ),
        (
            json!({"app": {"Read": {"actions": ["x"], "metadata": {"_a": 1}}}}),
            "400 action_request_validation_exception: Validation Failed: 1: Application privilege names must match the \
             pattern ^[a-z][a-zA-Z0-9_.-]*$ (found 'Read');2: action [x] must contain one of [ '/' , '*' , ':' ];3: \
             metadata keys may not start with [_] (in privilege app Read);",
        ),
        (
            json!({"app": {"read": {"actions": ["a:b"], "application": "other"}}}),
            "400 illegal_argument_exception: privilege application [other] in source does not match the provided \
             application [app]",
        ),
        (
            json!({"app": {"read": {"actions": ["a:b"], "name": "write"}}}),
            "400 illegal_argument_exception: privilege name [write] in source does not match the provided name [read]",
        ),
    ] {
        assert_eq!(server.refuses(put, &body).await, expected, "{body}");
    }
    assert!(server.refuses("GET /_security/privilege/a*b", "").await.starts_with("400 action_request_validation"));
}

#[tokio::test]
async fn managers_of_an_application_manage_no_other() {
    let server = Server::start().await;
    let manager = json!({"global": {"application": {"manage": {"applications": ["kibana-*"]}}}});
    server.does("PUT /_security/role/manager", manager).await;
    let (own, other) =
        (json!({"kibana-x": {"a": {"actions": ["a:b"]}}}), json!({"other": {"a": {"actions": ["a:b"]}}}));
    assert_eq!(server.call(&["manager"], "PUT /_security/privilege", own).await.0, 200);
    assert_eq!(server.call(&["manager"], "PUT /_security/privilege", other).await.0, 403);
    assert_eq!(server.call(&["manager"], "GET /_security/privilege/kibana-x", "").await.0, 200);
    assert_eq!(server.call(&["manager"], "GET /_security/privilege", "").await.0, 403);
    assert_eq!(server.call(&["manager"], "DELETE /_security/privilege/kibana-x/a", "").await.0, 200);
}

#[tokio::test]
async fn built_in_privileges_are_listed_by_alphabet() {
    let server = Server::start().await;
    let listed = server.does("GET /_security/privilege/_builtin", "").await;
    assert_eq!(listed.as_object().unwrap().keys().collect::<Vec<_>>(), ["cluster", "index", "remote_cluster"]);
    assert_eq!(listed["remote_cluster"], json!(["monitor_enrich", "monitor_stats"]));
    for (list, length) in [("cluster", 66), ("index", 28)] {
        let names: Vec<&str> = listed[list].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(names.len(), length);
        assert!(names.is_sorted());
    }
}

#[tokio::test]
async fn everybody_checks_and_lists_their_own_privileges() {
    let server = Server::start().await;
    let body = json!({"cluster": ["monitor"]});
    let (status, own) = server.call(&[], "GET /_security/user/_has_privileges", &body).await;
    assert_eq!(
        (status, own.to_string().as_str()),
        (
            200,
            r#"{"username":"ada","has_all_requested":false,"cluster":{"monitor":false},"index":{},"application":{}}"#
        )
    );
    assert_eq!(server.call(&[], "POST /_security/user/ada/_has_privileges", &body).await.0, 200);
    assert!(
        server
            .refuses_to(&[], "POST /_security/user/bob/_has_privileges", &body)
            .await
            .starts_with("403 security_exception: action [cluster:admin/xpack/security/user/has_privileges] is")
    );
    assert_eq!(
        server.refuses("POST /_security/user/bob/_has_privileges", &body).await,
        "400 illegal_argument_exception: users may only check the privileges of their own account"
    );
    assert_eq!(
        server.refuses_to(&[], "POST /_security/user/_has_privileges", "{}").await,
        "400 parse_exception: failed to parse privileges check [ada]. All privilege fields \
         [cluster,index,applications] are missing"
    );
    assert_eq!(
        server.refuses_to(&[], "POST /_security/user/_has_privileges", "").await,
        "400 parse_exception: request body or source parameter is required"
    );
    assert!(
        server
            .refuses("POST /_security/user/_has_privileges", r#"{"cluster":["bogus"]}"#)
            .await
            .starts_with("400 illegal_argument_exception: unknown cluster privilege [bogus].")
    );
    let (status, listed) = server.call(&["inference_user"], "GET /_security/user/_privileges", "").await;
    assert_eq!(
        (status, listed.to_string().as_str()),
        (200, r#"{"cluster":["monitor_inference"],"global":[],"indices":[],"applications":[],"run_as":[]}"#)
    );
}

#[tokio::test]
async fn caches_are_cleared_by_all_nodes() {
    let server = Server::start().await;
    for line in ["POST /_security/role/a,b/_clear_cache", "POST /_security/privilege/app/_clear_cache"] {
        let answer = server.does(line, "").await;
        let id = "n".repeat(22);
        let expected = json!({
            "_nodes": {"total": 1, "successful": 1, "failed": 0},
            "cluster_name": "kw",
            "nodes": {id: {"name": "node-1"}},
        });
        assert_eq!(answer.to_string(), expected.to_string());
    }
}
