//! Calls through the gateway: what reaches the engine, with which permit, and what never does.

#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "what fails here fails the test")]

mod common;

use common::{Recorder, Scene};
use keyward_gateway::GatewayOptions;

#[track_caller]
fn denied(answer: (u16, String), action: &str) {
    assert_eq!(answer.0, 403, "{}", answer.1);
    assert!(answer.1.starts_with(&format!("action [{action}] is unauthorized for user [bob]")), "{}", answer.1);
}

const SEARCH: &str = "indices:data/read/search";

#[test]
fn searches_reach_the_engine_with_the_names_that_are_permitted() {
    let scene = Scene::new("I[logs-a1 : read]");
    let given = scene.passes("GET", "/logs*/_search", "");
    assert_eq!((given.api.as_str(), given.action.as_str()), ("search", SEARCH));
    assert_eq!(given.targets, ["logs-a1"]);
    assert_eq!(scene.passes("GET", "/logs-a*,-logs-a2/_search", "").targets, ["logs-a1"]);
    assert_eq!(scene.passes("GET", "/logs-a1,logs-sec/_search?ignore_unavailable=true", "").targets, ["logs-a1"]);
    assert_eq!(scene.passes("GET", "/_search", "").targets, ["logs-a1"]);
    let answer = scene.refuses("GET", "/logs-a1,logs-sec/_search", "");
    assert!(answer.1.contains("on indices [logs-sec]"), "{}", answer.1);
    denied(answer, SEARCH);
    denied(scene.refuses("GET", "/nope/_search", ""), SEARCH);
}

#[test]
fn a_search_that_finds_no_index_reaches_the_engine_with_nothing() {
    let scene = Scene::new("I[logs-a1 : read]");
    assert!(scene.passes("GET", "/nope*/_search", "").targets.is_empty());
    assert_eq!(scene.refuses("GET", "/nope*/_search?allow_no_indices=false", "").0, 404);
    denied(Scene::new("C[monitor]").refuses("GET", "/_search", ""), SEARCH);
    assert!(scene.passes("GET", "/_search?expand_wildcards=none", "").targets.is_empty());
}

#[test]
fn bodies_are_read_before_anything_is_decided() {
    let powerless = Scene::new("C[none]");
    assert_eq!(powerless.refuses("POST", "/logs-a1/_search", "{\"query\":").0, 400);
    assert_eq!(powerless.refuses("POST", "/_bulk", "{\"index\":{}}\n{}\n").0, 400);
    denied(powerless.refuses("POST", "/logs-a1/_search", "{\"query\":{}}"), SEARCH);
}

#[test]
fn names_inside_of_bodies_need_rights_of_their_own() {
    let lookup = r#"{"query":{"terms":{"u":{"index":"metrics-1","id":"1","path":"p"}}}}"#;
    let scene = Scene::new("I[logs-a1 : read]");
    denied(scene.refuses("POST", "/logs-a1/_search", lookup), "indices:data/read/get");
    assert_eq!(
        Scene::new("I[logs-a1,metrics-1 : read]").passes("POST", "/logs-a1/_search", lookup).targets,
        ["logs-a1"]
    );
    let (status, text) =
        Scene::new("I[logs-a1 : read];I[metrics-1 : read]+q").refuses("POST", "/logs-a1/_search", lookup);
    assert_eq!(status, 403);
    assert!(text.contains("metrics-1") && text.contains("hidden"), "{text}");
    let more = r#"{"query":{"more_like_this":{"like":[{"_index":"metrics-1","_id":"1"}]}}}"#;
    denied(scene.refuses("POST", "/logs-a1/_search", more), "indices:data/read/mtv[shard]");
    let wildcard = lookup.replace("metrics-1", "met*");
    assert_eq!(Scene::new("ALL").refuses("POST", "/logs-a1/_search", &wildcard).0, 403);
}

#[test]
fn other_clusters_are_nobody_s() {
    let scene = Scene::new("ALL");
    let (status, text) = scene.refuses("GET", "/other:logs/_search", "");
    assert_eq!((status, text.as_str()), (404, "no such remote cluster: [other]"));
    assert!(scene.passes("GET", "/*:logs/_search", "").targets.is_empty());
    assert_eq!(scene.passes("GET", "/*:logs,logs-a1/_search", "").targets, ["logs-a1"]);
}

#[test]
fn single_documents_are_written_as_their_role_says() {
    let appender = Scene::new("I[logs-* : create_doc]");
    let given = appender.passes("POST", "/logs-a1/_doc", "{\"a\":1}");
    assert_eq!(given.items, [(0, "indices:data/write/index:op_type/create".to_owned(), vec!["logs-a1".to_owned()])]);
    assert_eq!(given.rights, [(false, true)], "no new index, but new fields by the old rule");
    assert_eq!(given.body, b"{\"a\":1}");
    denied(appender.refuses("PUT", "/logs-a1/_doc/1", "{}"), "indices:data/write/index:op_type/index");
    denied(appender.refuses("POST", "/logs-a1/_update/1", "{\"doc\":{}}"), "indices:data/write/update");
    denied(appender.refuses("PUT", "/metrics-1/_create/1", "{}"), "indices:data/write/bulk[s]");
    denied(appender.refuses("DELETE", "/logs-a1/_doc/1", ""), "indices:data/write/delete");
    denied(Scene::new("I[logs-* : read]").refuses("PUT", "/logs-a1/_doc/1", "{}"), "indices:data/write/index");
    denied(Scene::new("I[logs-* : index]").refuses("DELETE", "/logs-a1/_doc/1", ""), "indices:data/write/delete");

    let deleter = Scene::new("I[logs-a1 : delete];I[logs-a2 : index]");
    assert_eq!(deleter.passes("DELETE", "/logs-a1/_doc/1", "").items[0].2, ["logs-a1"]);
    denied(deleter.refuses("DELETE", "/logs-a2/_doc/1", ""), "indices:data/write/delete");

    let stream = Scene::new("I[ds-web : create_doc]").passes("POST", "/ds-web/_doc", "{}");
    assert_eq!(stream.rights, [(false, false)]);
    let writer = Scene::new("I[new-* : write,create_index]").passes("PUT", "/new-1/_doc/1", "{}");
    assert_eq!(
        (writer.rights.as_slice(), writer.items[0].2.as_slice()),
        (&[(true, true)][..], &["new-1".to_owned()][..])
    );
    assert_eq!(
        Scene::new("I[logs-a* : write]").passes("PUT", "/%3Clogs-a%7Bnow%7Byyyy%7D%7D%3E/_doc/1", "{}").items[0].2,
        ["logs-a2024"]
    );
}

#[test]
fn several_actions_on_wildcards_leave_what_all_of_them_cover() {
    // Everybody who may delete by query everywhere but read one index only deletes from that one.
    let scene = Scene::new("I[logs-* : indices:data/write/*];I[logs-a1 : read]");
    let given = scene.passes("POST", "/logs-*/_delete_by_query", "{\"query\":{\"match_all\":{}}}");
    assert_eq!(
        (given.action.as_str(), given.targets),
        ("indices:data/write/delete/byquery", vec!["logs-a1".to_owned()])
    );
    denied(scene.refuses("POST", "/logs-a2/_delete_by_query", "{\"query\":{}}"), SEARCH);
    denied(scene.refuses("POST", "/logs-a1,logs-a2/_delete_by_query", "{\"query\":{}}"), SEARCH);
    let apart = Scene::new("I[logs-a2 : indices:data/write/*];I[logs-a1 : read]");
    let answer = apart.answer("POST", "/logs-a*/_delete_by_query", "{\"query\":{}}");
    assert_eq!((answer["total"].as_i64(), answer["deleted"].as_i64()), (Some(0), Some(0)));
    assert!(apart.given().is_empty());
    denied(Scene::new("I[logs-* : write]").refuses("POST", "/logs-a1/_update_by_query", ""), SEARCH);
}

#[test]
fn cat_and_cluster_routes_need_all_their_actions() {
    denied(Scene::new("C[monitor]").refuses("GET", "/_cat/indices", ""), "indices:monitor/settings/get");
    denied(Scene::new("I[* : monitor]").refuses("GET", "/_cat/indices", ""), "cluster:monitor/state");
    let given = Scene::new("C[monitor];I[logs-a* : monitor]").passes("GET", "/_cat/indices", "");
    assert_eq!((given.action.as_str(), given.targets.len()), ("indices:monitor/settings/get", 2));
    let some =
        Scene::new("C[monitor];I[* : view_index_metadata];I[logs-a1 : monitor]").passes("GET", "/_cat/indices", "");
    assert_eq!(some.targets, ["logs-a1"]);
    let health = Scene::new("C[monitor]").passes("GET", "/_cluster/health/logs-a1", "");
    assert_eq!(health.action, "cluster:monitor/health");
    assert_eq!(Scene::new("C[none]").passes("GET", "/_cat", "").api, "cat.help");
}

#[test]
fn aliases_are_told_apart_from_what_they_stand_for() {
    let scene = Scene::new("I[logs,logs-a1 : view_index_metadata]");
    let given = scene.passes("GET", "/_alias", "");
    assert_eq!((given.targets, given.aliases), (vec!["logs".into(), "logs-a1".to_owned()], vec!["logs".to_owned()]));
    assert_eq!(scene.passes("GET", "/_alias/l*", "").aliases, ["logs"]);
    assert_eq!(scene.passes("GET", "/logs-a1/_alias/nothing*", "").aliases, Vec::<String>::new());
    denied(scene.refuses("GET", "/_alias/hidden-one", ""), "indices:admin/aliases/get");
    assert_eq!(Scene::new("ALL").passes("GET", "/_alias/hidden-one", "").aliases, ["hidden-one"]);
    assert_eq!(scene.passes("GET", "/_cat/aliases/lo*", "").aliases, ["logs"]);
    assert_eq!(
        Scene::new("ALL").passes("PUT", "/logs-a2/_alias/logs-a1", "").aliases,
        ["logs-a1"],
        "the engine says why not"
    );
}

#[test]
fn an_alias_must_not_have_more_rights_than_its_index() {
    let more = "Adding an alias is not allowed when the alias has more permissions than any of the indices";
    let body = r#"{"actions":[{"add":{"index":"logs-a1","alias":"al"}}]}"#;
    let scene = Scene::new("I[logs-a1 : read,indices:admin/aliases];I[al : all]");
    assert_eq!(scene.refuses("POST", "/_aliases", body), (403, more.to_owned()));
    assert_eq!(scene.refuses("PUT", "/logs-a1/_alias/al", ""), (403, more.to_owned()));
    let fair = Scene::new("I[logs-a1,al : manage]");
    let given = fair.passes("POST", "/_aliases", body);
    assert_eq!((given.targets, given.aliases), (vec!["logs-a1".to_owned()], vec!["al".to_owned()]));
    denied(Scene::new("I[logs-a1 : manage]").refuses("PUT", "/logs-a1/_alias/al", ""), "indices:admin/aliases");
    let (status, text) = Scene::new("I[logs-a1 : manage]+q;I[al : manage]+q").refuses("PUT", "/logs-a1/_alias/al", "");
    assert_eq!(status, 400);
    assert!(text.starts_with("Alias requests are not allowed"), "{text}");
    let created = Scene::new("I[new-1 : create_index,indices:admin/aliases];I[al : all]");
    assert_eq!(created.refuses("PUT", "/new-1", r#"{"aliases":{"al":{}}}"#), (403, more.to_owned()));
}

#[test]
fn a_copy_must_not_have_more_rights_than_its_source() {
    let scene = Scene::new("I[logs-a1 : manage];I[copy : all]");
    let (status, text) = scene.refuses("POST", "/logs-a1/_clone/copy", "");
    assert_eq!(status, 403);
    assert!(text.starts_with("Resizing an index is not allowed"), "{text}");
    assert_eq!(
        Scene::new("I[logs-a1,copy : manage]").passes("POST", "/logs-a1/_clone/copy", "").targets,
        ["logs-a1", "copy"]
    );
    denied(Scene::new("I[logs-a1 : manage]").refuses("POST", "/logs-a1/_clone/copy", ""), "indices:admin/resize");
}

#[test]
fn changes_of_nothing_never_reach_the_engine() {
    let options = GatewayOptions { destructive_requires_name: false, ..GatewayOptions::default() };
    let scene = Scene::with("I[logs-a* : delete_index,manage]", Recorder::default(), options);
    assert_eq!(scene.passes("DELETE", "/logs-*", "").targets, ["logs-a1", "logs-a2"]);
    let before = scene.given().len();
    assert_eq!(scene.answer("DELETE", "/nope*", "")["acknowledged"], true);
    assert_eq!(scene.answer("POST", "/nope*/_refresh", "")["_shards"]["total"], 0);
    assert_eq!(scene.answer("PUT", "/nope*/_mapping", "{}")["acknowledged"], true);
    assert_eq!(scene.answer("POST", "/nope*/_close", "")["acknowledged"], true);
    assert_eq!(scene.refuses("PUT", "/nope*/_settings", "{}").0, 404);
    assert_eq!(scene.given().len(), before);
}

#[test]
fn destruction_takes_names() {
    let scene = Scene::new("ALL");
    for url in ["/logs-*", "/_all", "/*", "/logs-a1,logs-s*"] {
        let answer = scene.refuses("DELETE", url, "");
        assert_eq!(answer, (400, "Wildcard expressions or all indices are not allowed".to_owned()), "{url}");
    }
    assert_eq!(scene.refuses("POST", "/_all/_close", "").0, 400);
    assert_eq!(scene.passes("DELETE", "/logs-a1", "").targets, ["logs-a1"]);
}

#[test]
fn what_is_not_served_says_so_to_those_who_would_be_allowed_only() {
    let recorder = || Recorder { unsupported: vec!["search"], ..Recorder::default() };
    let scene = Scene::with("I[logs-a1 : read]", recorder(), GatewayOptions::default());
    assert_eq!(scene.refuses("GET", "/logs-a1/_search", "").0, 501);
    denied(scene.refuses("GET", "/logs-sec/_search", ""), SEARCH);
    assert_eq!(Scene::new("ALL").refuses("POST", "/_sql", "{\"query\":\"SELECT a FROM b\"}").0, 501);
    denied(Scene::new("C[monitor]").refuses("PUT", "/_ilm/policy/p", "{}"), "cluster:admin/ilm/put");
    assert_eq!(Scene::new("C[all];I[* : read]").refuses("GET", "/logs/type/1", "").0, 403, "no known action");
    assert_eq!(Scene::new("ALL").refuses("GET", "/logs/type/1", "").0, 501);
}

#[test]
fn what_is_hidden_is_not_shown_by_an_engine_that_cannot_hide_it() {
    for restriction in ["+q", "+f"] {
        let scene = Scene::new(&format!("I[logs-a1 : all]{restriction};I[metrics-1 : all]"));
        for (method, url) in [
            ("GET", "/logs-a1/_search"),
            ("GET", "/logs*/_search"),
            ("GET", "/_search"),
            ("GET", "/logs-a1/_doc/1"),
            ("GET", "/logs-a1/_source/1"),
            ("HEAD", "/logs-a1/_doc/1"),
            ("GET", "/logs-a1/_count"),
            ("GET", "/logs-a1/_mapping"),
            ("GET", "/logs-a1/_field_caps?fields=*"),
            ("GET", "/logs-a1"),
            ("GET", "/logs-a1/_termvectors/1"),
            ("GET", "/logs-a1/_explain/1"),
            ("POST", "/logs-a1/_delete_by_query"),
            ("GET", "/_cat/count/logs-a1"),
            ("GET", "/logs-a1/_validate/query"),
        ] {
            let (status, text) = scene.refuses(method, url, "");
            assert_eq!(status, 403, "{url}: {text}");
            assert!(text.contains("not enforced by this server's engine") && text.contains("logs-a1"), "{url}: {text}");
        }
        assert_eq!(scene.passes("GET", "/metrics-1/_search", "").targets, ["metrics-1"]);
        assert_eq!(scene.passes("PUT", "/logs-a1/_doc/1", "{}").items.len(), 1, "writing goes on");
        assert_eq!(scene.passes("DELETE", "/logs-a1/_doc/1", "").items.len(), 1);
        let (status, text) = scene.refuses("POST", "/logs-a1/_update/1", "{\"doc\":{}}");
        assert_eq!(
            (status, text.as_str()),
            (400, "Can't execute an update request if field or document level security is enabled")
        );
    }
    // The delete is not restricted, the search that finds what to delete is.
    let apart = Scene::new("I[logs-* : write];I[logs-a1 : read]+q");
    let (status, text) = apart.refuses("POST", "/logs-a1/_delete_by_query", "{\"query\":{}}");
    assert!(status == 403 && text.contains("action [indices:data/read/search] is refused"), "{text}");

    let scene = Scene::new("I[logs-a1 : all]+q");
    assert_eq!(scene.refuses("POST", "/logs-a1/_search", "{\"suggest\":{\"s\":{}}}").0, 400);
    assert_eq!(scene.refuses("POST", "/logs-a1/_search", "{\"profile\":true}").0, 400);
    assert_eq!(scene.refuses("GET", "/logs-a1/_validate/query?rewrite=true", "").0, 400);
    assert_eq!(scene.refuses("POST", "/logs-a1/_search", "{\"profile\":false}").0, 403);
}

#[test]
fn reading_and_writing_apart_are_decided_apart() {
    let body = r#"{"source":{"index":"logs-a1"},"dest":{"index":"metrics-1"}}"#;
    assert_eq!(
        Scene::new("I[logs-a1 : read];I[metrics-1 : write]").passes("POST", "/_reindex", body).targets,
        ["logs-a1"]
    );
    denied(
        Scene::new("I[logs-a1 : read];I[metrics-1 : index]").refuses("POST", "/_reindex", body),
        "indices:data/write/reindex",
    );
    denied(
        Scene::new("I[logs-a1 : read];I[logs-a2 : write]").refuses("POST", "/_reindex", body),
        "indices:data/write/bulk[s]",
    );
    denied(Scene::new("I[metrics-1 : write]").refuses("POST", "/_reindex", body), SEARCH);
    let new = body.replace("metrics-1", "new-1");
    denied(
        Scene::new("I[logs-a1 : read];I[new-1 : write]").refuses("POST", "/_reindex", &new),
        "indices:admin/auto_create",
    );
    let script = r#"{"source":{"index":"logs-a1"},"dest":{"index":"metrics-1"},"script":{"source":"x"}}"#;
    assert_eq!(Scene::new("I[logs-a1 : read];I[metrics-1 : write]").refuses("POST", "/_reindex", script).0, 403);
}

#[test]
fn ids_stand_for_nothing_without_somebody_who_keeps_them() {
    let (status, text) = Scene::new("ALL").refuses("POST", "/_search", r#"{"pit":{"id":"x"}}"#);
    assert_eq!((status, text.as_str()), (400, "[pit] is not supported in a search"));
}

#[test]
fn reserved_names_are_never_made() {
    let scene = Scene::new("I[* : all]+r");
    for (method, url, body) in [
        ("PUT", "/.security-9", ""),
        ("PUT", "/.security/_doc/1", "{}"),
        ("POST", "/.security-7/_update/1", "{\"doc\":{}}"),
        ("DELETE", "/.security-7", ""),
        ("PUT", "/logs-a1/_alias/.security", ""),
        ("PUT", "/new-1", "{\"aliases\":{\".security-tokens\":{}}}"),
        ("POST", "/logs-a1/_clone/.security-profile-8", ""),
        ("PUT", "/.security-7/_mapping", "{}"),
    ] {
        let (status, text) = scene.refuses(method, url, body);
        assert!(status == 403 && text.contains("the name is reserved"), "{url}: {status} {text}");
    }
    assert_eq!(scene.passes("GET", "/.security-7/_search", "").targets, [".security-7"]);
    assert_eq!(scene.passes("PUT", "/.securityish/_doc/1", "{}").items.len(), 1);
    let answer = scene.answer(
        "POST",
        "/_bulk",
        "{\"index\":{\"_index\":\".security-7\"}}\n{}\n{\"index\":{\"_index\":\"a\"}}\n{}\n",
    );
    assert_eq!(
        (&answer["items"][0]["index"]["status"], &answer["items"][1]["index"]["status"]),
        (&403.into(), &201.into())
    );
    denied(Scene::new("ALL").refuses("PUT", "/.security-9", ""), "indices:admin/create");
}
