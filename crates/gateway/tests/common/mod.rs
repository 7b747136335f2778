//! What the tests share: roles in a short notation, the names of the decision vectors, and an engine that writes down
//! what it is given.

#![allow(dead_code, clippy::allow_attributes, reason = "each test uses a part of it")]

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::Method;
use keyward_engine::{BoxFuture, DataCall, Engine, EngineError};
use keyward_gateway::{Gateway, GatewayOptions};
use keyward_rest::requirements::ItemKind;
use keyward_rest::{ElasticError, Reply, classify};
use keyward_security::authentication::{Authentication, Json, RealmRef};
use keyward_security::decide::{Asker, Permitted};
use keyward_security::index_names::{IndexFlags, IndexNames};
use keyward_security::privilege::ApplicationPrivileges;
use keyward_security::role::descriptor::{DescriptorContext, RoleDescriptors};
use keyward_security::role::{Role, reserved_role};
use keyward_security::time::Timestamp;
use keyward_security::user::User;
use keyward_xcontent::{Limits, parse};
use serde_json::{Map, Value, json};

/// 2024-03-22T23:59:30.5Z.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_711_151_970_500);

/// What an engine was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) api: String,
    pub(crate) action: String,
    pub(crate) targets: Vec<String>,
    pub(crate) aliases: Vec<String>,
    /// Of each item: its position, the action and targets of its permit.
    pub(crate) items: Vec<(usize, String, Vec<String>)>,
    /// Of each item: whether its index may be made, whether its mapping may grow.
    pub(crate) rights: Vec<(bool, bool)>,
    pub(crate) body: Vec<u8>,
}

/// An engine that notes what it is given and answers in the right shape, each item with its position.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) names: Arc<IndexNames>,
    pub(crate) given: Mutex<Vec<Given>>,
    /// Answers as text instead of a value.
    pub(crate) writes_text: bool,
    /// Leaves out an item.
    pub(crate) loses_items: bool,
    pub(crate) unsupported: Vec<&'static str>,
}

impl Engine for Recorder {
    fn call(&self, call: Permitted<DataCall>, body: Bytes) -> BoxFuture<'_, Result<Reply, EngineError>> {
        let (call, permit) = call.into_parts();
        let targets = |permit: &keyward_security::decide::Permit| -> Vec<String> {
            permit.targets().iter().map(|target| target.expression()).collect()
        };
        let api = call.call.endpoint.api;
        let item = |item: &keyward_engine::CallItem| {
            (item.item.position, item.permit.action().as_str().to_owned(), targets(&item.permit))
        };
        self.given.lock().expect("nobody panicked").push(Given {
            api: api.to_owned(),
            action: permit.action().as_str().to_owned(),
            targets: targets(&permit),
            aliases: call.aliases.iter().map(|alias| alias.to_string()).collect(),
            items: call.items.iter().map(item).collect(),
            rights: call
                .items
                .iter()
                .map(|item| (item.may_create_index.is_ok(), item.may_update_mapping.is_ok()))
                .collect(),
            body: body.to_vec(),
        });
        let mut items: Vec<Value> = call
            .items
            .iter()
            .map(|item| match &item.item.kind {
                ItemKind::Bulk(write) => json!({ write.keyword: { "at": item.item.position, "status": 201 } }),
                ItemKind::Document(_) | ItemKind::Search(_) => json!({ "at": item.item.position }),
            })
            .collect();
        if self.loses_items {
            items.pop();
        }
        let answer = match api {
            "bulk" => json!({ "took": 1, "errors": false, "items": items }),
            "msearch" => json!({ "took": 1, "responses": items }),
            "mget" | "mtermvectors" => json!({ "docs": items }),
            _ => json!({ "engine": api }),
        };
        let reply = if self.writes_text {
            let text = answer.to_string().replace("\"took\":1", "\"took\":12345678901234567890123");
            Reply::raw(http::StatusCode::OK, text)
        } else {
            Reply::ok(answer)
        };
        Box::pin(async move { Ok(reply) })
    }

    fn names(&self) -> Arc<IndexNames> {
        Arc::clone(&self.names)
    }

    fn supports(&self, api: &str) -> bool {
        !self.unsupported.contains(&api)
    }
}

/// A gateway before a recorder, and somebody who asks.
pub(crate) struct Scene {
    pub(crate) engine: Arc<Recorder>,
    pub(crate) gateway: Gateway,
    who: Authentication,
    role: Role,
}

impl Scene {
    pub(crate) fn new(role: &str) -> Self {
        Self::with(role, Recorder::default(), GatewayOptions::default())
    }

    pub(crate) fn with(notation: &str, recorder: Recorder, options: GatewayOptions) -> Self {
        let names = if recorder.names.is_empty() { fixture_names() } else { IndexNames::clone(&recorder.names) };
        let engine = Arc::new(Recorder { names: Arc::new(names), ..recorder });
        let gateway = Gateway::new(Arc::clone(&engine) as Arc<dyn Engine>, options);
        let user = User {
            username: "bob".into(),
            roles: Arc::new([Arc::from("r0")]),
            full_name: None,
            email: None,
            metadata: Arc::new(Json::new()),
            enabled: true,
        };
        let who = Authentication::realm(user, RealmRef::new("native1", "native"));
        Self { engine, gateway, who, role: role(notation) }
    }

    pub(crate) fn asks(&self, method: &str, url: &str, body: &str) -> Result<Reply, ElasticError> {
        let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
        let method: Method = method.parse().expect("a method");
        let call = classify(&method, path, query).unwrap_or_else(|unroutable| panic!("{url}: {unroutable:?}"));
        let body = call.body(Bytes::copy_from_slice(body.as_bytes()))?;
        let asker = Asker { workflow: call.endpoint.workflow, ..Asker::new(&self.who, &self.role) };
        let mut answer = pin!(self.gateway.handle(asker, call, body, NOW));
        match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer,
            Poll::Pending => panic!("nothing here waits"),
        }
    }

    /// The status and text of a refusal. Nothing may have reached the engine.
    #[track_caller]
    pub(crate) fn refuses(&self, method: &str, url: &str, body: &str) -> (u16, String) {
        let before = self.given().len();
        let error = self.asks(method, url, body).expect_err(url);
        assert_eq!(self.given().len(), before, "{url} reached the engine");
        (error.status().as_u16(), error.cause().reason().to_owned())
    }

    /// What the engine was given by a call that is allowed.
    #[track_caller]
    pub(crate) fn passes(&self, method: &str, url: &str, body: &str) -> Given {
        let before = self.given().len();
        if let Err(error) = self.asks(method, url, body) {
            panic!("{url}: {error}");
        }
        let given = self.given();
        assert_eq!(given.len(), before + 1, "{url} did not reach the engine");
        given.last().expect("one more").clone()
    }

    /// The answer of a call.
    #[track_caller]
    pub(crate) fn answer(&self, method: &str, url: &str, body: &str) -> Value {
        let reply = self.asks(method, url, body).unwrap_or_else(|error| panic!("{url}: {error}"));
        match reply.payload {
            keyward_rest::Payload::Json(value) => value,
            keyward_rest::Payload::Raw { json } => serde_json::from_slice(&json).expect("JSON"),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn given(&self) -> Vec<Given> {
        self.engine.given.lock().expect("nobody panicked").clone()
    }
}

/// The names of the decision vectors.
pub(crate) fn fixture_names() -> IndexNames {
    let open = IndexFlags::default();
    IndexNames::builder()
        .index("logs-a1", open)
        .index("logs-a2", open)
        .index("logs-sec", open)
        .index("metrics-1", open)
        .index(".hid-1", IndexFlags { hidden: true, ..open })
        .index("logs-old", IndexFlags { closed: true, ..open })
        .alias("logs", ["logs-a1", "logs-a2"], None, false)
        .data_stream("ds-web", [".ds-ds-web-2026.01.01-000001"], [".fs-ds-web-2026.01.01-000002"], false)
        .index(".security-7", open)
        .alias(".security", [".security-7"], None, true)
        .build()
}

/// `C[x,y]` cluster privileges; `I[names : privileges]` an index entry, `+q` with a query, `+f` with hidden fields, `+r` with restricted names;
/// entries are separated by `;`. `ALL` is a superuser.
pub(crate) fn role(notation: &str) -> Role {
    let stored = ApplicationPrivileges::default();
    if notation == "ALL" {
        let superuser = reserved_role("superuser").expect("there is a superuser");
        let descriptors = RoleDescriptors::new(vec![(superuser.name().clone(), superuser.descriptor().clone())]);
        return Role::compile(&descriptors, &stored).expect("it compiles");
    }
    let (mut cluster, mut indices) = (Vec::new(), Vec::new());
    for entry in notation.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
        let (kind, rest) = entry.split_once('[').expect("an entry opens a bracket");
        let (inside, flag) = rest.split_once(']').expect("an entry closes its bracket");
        let list = |text: &str| text.split(',').map(|item| item.trim().to_owned()).collect::<Vec<_>>();
        if kind == "C" {
            cluster = list(inside);
            continue;
        }
        let (names, privileges) = inside.split_once(" : ").expect("names and privileges");
        let mut entry = json!({ "names": list(names), "privileges": list(privileges) });
        match flag {
            "" => {}
            "+q" => entry["query"] = json!("{\"term\":{\"team\":\"x\"}}"),
            "+f" => entry["field_security"] = json!({ "grant": ["*"], "except": ["secret"] }),
            "+r" => entry["allow_restricted_indices"] = json!(true),
            other => panic!("what is {other}?"),
        }
        indices.push(entry);
    }
    let descriptor = json!({ "cluster": cluster, "indices": indices, "applications": [], "run_as": [] });
    let mut all = Map::new();
    all.insert("r0".to_owned(), descriptor);
    let text = Value::Object(all).to_string();
    let value = parse(text.as_bytes(), Limits::default()).expect("it is JSON");
    let descriptors = RoleDescriptors::parse(&value, DescriptorContext::ApiKey).expect("a descriptor");
    Role::compile(&descriptors, &stored).expect("it compiles")
}
