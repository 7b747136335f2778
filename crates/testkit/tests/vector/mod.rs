//! One vector: read from the data, set up, run, compared.

use std::collections::BTreeSet;
use std::sync::Arc;

use keyward_engine::Engine;
use keyward_gateway::GatewayOptions;
use keyward_testkit::{
    Answer, Harness, HarnessOptions, RecordingEngine, Who, embedded_engine, fixture_names, open_indices,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::notation::descriptors_json;

/// The data, from the tests of the pure decision.
const VECTORS: &str = include_str!("../../../security/tests/data/vectors.json");

/// A vector as it is written down.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vector {
    pub(crate) number: u32,
    /// The descriptors of the key, and what its owner has.
    assigned: Option<String>,
    limited_by: Option<String>,
    /// Instead of a key: bob, and what he has.
    user: Option<String>,
    /// The names that there are, all open indices; without, those of the fixture.
    names: Option<Vec<String>>,
    #[serde(default)]
    destructive_wildcards: bool,
    /// Application privileges that are stored.
    privileges: Option<Value>,
    /// Whether it runs on the embedded engine too, or `"only"` there.
    embedded: Option<Value>,
    /// Documents that the embedded engine has.
    #[serde(default)]
    documents: Vec<String>,
    calls: Vec<Call>,
}

/// One request, and what is expected of it. `{K1}`, `{K2}`, `{K9}` are the ids of the key, another of bob's, and one of
/// somebody else; `{who}` is the subject as denials call it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    ask: String,
    /// JSON; a list is lines of NDJSON.
    body: Option<Value>,
    /// Who asks: `bob`, `elastic`, `K2`; without, the subject of the vector.
    #[serde(rename = "as")]
    by: Option<String>,
    status: u16,
    /// The concrete indices that the engine is permitted.
    indices: Option<BTreeSet<String>>,
    /// The sentence of a denial: action, context, granted by.
    denied: Option<[String; 3]>,
    /// The same for items of the answer.
    #[serde(default)]
    denied_items: Map<String, Value>,
    reason: Option<String>,
    reason_starts: Option<String>,
    reason_ends: Option<String>,
    reason_contains: Option<String>,
    /// Parts of the answer; null stands for what is not there.
    #[serde(default)]
    shows: Map<String, Value>,
}

/// What stands behind the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behind {
    Recorder,
    Embedded,
}

/// What came of a vector.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) answers: Vec<Answer>,
    pub(crate) problems: Vec<String>,
}

pub(crate) fn vectors() -> Vec<Vector> {
    serde_json::from_str(VECTORS).expect("the vectors are well written")
}

impl Vector {
    pub(crate) fn engines(&self) -> Vec<Behind> {
        match &self.embedded {
            None => vec![Behind::Recorder],
            Some(Value::Bool(true)) => vec![Behind::Recorder, Behind::Embedded],
            Some(_) => vec![Behind::Embedded],
        }
    }
}

/// Who there is.
struct Cast {
    subject: Who,
    /// What denials call the subject.
    called: String,
    bob: Who,
    k2: Who,
    /// What stands for what in requests and expectations.
    ids: [(&'static str, String); 4],
}

pub(crate) async fn run(vector: &Vector, behind: Behind) -> Outcome {
    let recorder = RecordingEngine::new(match &vector.names {
        Some(names) => open_indices(names),
        None => fixture_names(),
    });
    let engine: Arc<dyn Engine> = match behind {
        Behind::Recorder => Arc::clone(&recorder) as Arc<dyn Engine>,
        Behind::Embedded => embedded_engine(),
    };
    let gateway =
        GatewayOptions { destructive_requires_name: !vector.destructive_wildcards, ..GatewayOptions::default() };
    let harness = Harness::with(engine, HarnessOptions { gateway }).await;
    if behind == Behind::Embedded {
        for name in ["logs-a1", "logs-a2", "logs-sec", "metrics-1"] {
            harness.set_up(&format!("PUT /{name}"), &json!({})).await;
        }
        for document in &vector.documents {
            harness.set_up(&format!("PUT /{document}"), &json!({ "a": "x" })).await;
        }
    }
    if let Some(privileges) = &vector.privileges {
        harness.set_up("PUT /_security/privilege", privileges).await;
    }
    let cast = cast(vector, &harness).await;
    let mut outcome = Outcome { answers: Vec::new(), problems: Vec::new() };
    for call in &vector.calls {
        let line = cast.fill(&call.ask);
        let body = match &call.body {
            None => String::new(),
            Some(Value::Array(lines)) => lines.iter().map(|line| format!("{line}\n")).collect(),
            Some(body) => body.to_string(),
        };
        let body = cast.fill(&body);
        let nobody = harness.ask(&Who::Anonymous, &line, &body).await;
        if nobody.status != 401 {
            outcome.problems.push(format!("{line} by nobody: {} {}", nobody.status, nobody.text));
        }
        recorder.take();
        let who = match call.by.as_deref() {
            None => cast.subject.clone(),
            Some("bob") => cast.bob.clone(),
            Some("elastic") => Harness::elastic(),
            Some("K2") => cast.k2.clone(),
            Some(other) => panic!("who is {other}?"),
        };
        let answer = harness.ask(&who, &line, &body).await;
        let mut found = compare(call, &cast, &answer);
        if behind == Behind::Recorder {
            let recorded = recorder.take();
            let permitted: Option<&BTreeSet<String>> = recorded.first().map(|call| &call.indices);
            if recorded.len() > 1 || call.denied.is_some() && permitted.is_some_and(|indices| !indices.is_empty()) {
                // A write whose right to make an index or to grow a mapping is missing is denied by the engine.
                let by_engine = ["auto_create", "auto_put"];
                if !call.denied.iter().any(|[action, ..]| by_engine.iter().any(|end| action.ends_with(end))) {
                    found.push(format!("the engine was permitted {recorded:?}"));
                }
            }
            if call.indices.is_some() && permitted != call.indices.as_ref() {
                found.push(format!("the engine was permitted {permitted:?} instead of {:?}", call.indices));
            }
        }
        outcome.problems.extend(
            found.into_iter().map(|problem| format!("{line}: {problem}\n      {} {}", answer.status, answer.text)),
        );
        outcome.answers.push(answer);
    }
    outcome
}

/// Bob with his roles, the key of the vector, and two more keys.
async fn cast(vector: &Vector, harness: &Harness) -> Cast {
    let owner = vector.user.as_ref().or(vector.limited_by.as_ref()).expect("a user or an owner");
    let mut roles: Vec<String> = Vec::new();
    if owner == "ALL" {
        roles.push("superuser".to_owned());
    } else {
        for (name, descriptor) in descriptors_json(owner).as_object().expect("descriptors") {
            harness.set_up(&format!("PUT /_security/role/{name}"), descriptor).await;
            roles.push(name.clone());
        }
    }
    let bob = harness.put_user("bob", &roles).await;
    let assigned = vector.assigned.as_deref().unwrap_or("-");
    let descriptors = descriptors_json(assigned);
    let mut body = json!({ "name": "K1" });
    if assigned != "-" {
        body["role_descriptors"] = descriptors.clone();
    }
    let k1 = match harness.create_key(&bob, &body).await {
        Ok(key) => key,
        Err(refusal) => {
            assert_eq!(refusal.status, 403, "#{}: {}", vector.number, refusal.text);
            harness.store_key("bob", &roles, &descriptors).await
        }
    };
    let k2 = harness.store_key("bob", &roles, &descriptors).await;
    let k9 = harness.create_key(&Harness::elastic(), &json!({ "name": "K9" })).await.expect("elastic makes a key");
    let id = |key: &Who| match key {
        Who::ApiKey { id, .. } => id.clone(),
        other => panic!("{other:?} is no key"),
    };
    let (subject, called) = match vector.user {
        Some(_) => (bob.clone(), format!("user [bob] with effective roles [{}]", roles.join(","))),
        None => (k1.clone(), format!("API key id [{}] of user [bob]", id(&k1))),
    };
    let ids = [("{K1}", id(&k1)), ("{K2}", id(&k2)), ("{K9}", id(&k9)), ("{who}", called.clone())];
    Cast { subject, called, bob, k2, ids }
}

impl Cast {
    fn fill(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    fn sentence(&self, [action, context, granted]: [&str; 3]) -> String {
        let context = if context.is_empty() { String::new() } else { format!(" {context}") };
        let called = &self.called;
        format!("action [{action}] is unauthorized for {called}{context}, this action is granted by the {granted}")
    }
}

fn compare(call: &Call, cast: &Cast, answer: &Answer) -> Vec<String> {
    let mut found = Vec::new();
    let mut check = |holds: bool, what: String| {
        if !holds {
            found.push(what);
        }
    };
    check(answer.status == call.status, format!("expected {}", call.status));
    if let Some([action, context, granted]) = &call.denied {
        let sentence = cast.sentence([action, context, granted]);
        check(
            answer.reason() == sentence && answer.error_type() == "security_exception",
            format!("expected {sentence}"),
        );
    }
    let reason = answer.reason();
    let kept = |expected: &Option<String>, holds: fn(&str, &str) -> bool| {
        expected.as_ref().is_none_or(|expected| holds(reason, &cast.fill(expected)))
    };
    check(kept(&call.reason, |reason, whole| reason == whole), format!("expected {:?}", call.reason));
    check(kept(&call.reason_starts, |reason, start| reason.starts_with(start)), format!("{:?}…", call.reason_starts));
    check(kept(&call.reason_ends, |reason, end| reason.ends_with(end)), format!("…{:?}", call.reason_ends));
    check(kept(&call.reason_contains, |reason, part| reason.contains(part)), format!("…{:?}…", call.reason_contains));
    for (at, expected) in &call.shows {
        let expected: Value = serde_json::from_str(&cast.fill(&expected.to_string())).expect("JSON");
        let shown = answer.body.pointer(at).unwrap_or(&Value::Null);
        check(*shown == expected, format!("{at} is {shown} instead of {expected}"));
    }
    for (at, parts) in &call.denied_items {
        let parts: [String; 3] = serde_json::from_value(parts.clone()).expect("three parts");
        let sentence = cast.sentence([&parts[0], &parts[1], &parts[2]]);
        let item = |member: &str| answer.body.pointer(&format!("{at}{member}")).cloned().unwrap_or_default();
        check(item("/error/type") == "security_exception", format!("{at} is no denial"));
        check(item("/error/reason") == sentence, format!("{at}: expected {sentence}"));
        // Items of reads by id have no status.
        let status = item("/status");
        check(status == 403 || at.starts_with("/docs/") && status.is_null(), format!("{at}: expected 403"));
    }
    found
}
