//! The decision vectors of the authorization contract, one by one, over its fixture names.
//!
//! A vector that is about a call with several parts is a sequence of decisions here, in the order in which the server
//! makes them. Vectors about an endpoint are tested through the pure function that decides them. Who asks is data, and so
//! is what a client sees of it: the testkit runs the same vectors over HTTP.

#![expect(clippy::expect_used, clippy::panic, reason = "what fails here fails the test")]

#[cfg(test)]
mod common;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use common::*;
use keyward_security::action::Action;
use keyward_security::authentication::Authentication;
use keyward_security::can_access_resources_of;
use keyward_security::decide::{Asker, Decision, Permit, decide, decide_item};
use keyward_security::has_privileges::PrivilegesToCheck;
use keyward_security::index_names::{IndexFlags, IndexNames};
use keyward_security::privilege::{ApplicationPrivileges, Detail};
use keyward_security::request::{ActionRequest, AliasAddition, Content, IndicesOptions};
use keyward_security::role::Role;
use keyward_xcontent::{Limits, parse};
use serde_json::{Value, json};

/// What a vector expects of one decision.
enum Expect<'e> {
    /// 200 on exactly these targets, in any order.
    On(&'e [&'e str]),
    /// 200 for something without names.
    Yes,
    /// 200 on nothing.
    Empty,
    NotFound(&'e str),
    /// 400 with this text.
    Refused(&'e str),
    /// 403 with exactly this sentence.
    Denied(&'e str),
    /// 403 that ends so.
    DeniedWith(&'e str),
}
use Expect::{Denied, DeniedWith, Empty, NotFound, On, Refused, Yes};

/// Who asks, over which names.
struct Scene {
    number: u32,
    who: Authentication,
    role: Role,
    workflow: Option<&'static str>,
    names: IndexNames,
}

impl Scene {
    fn decide(&self, request: &ActionRequest) -> Decision {
        let asker = Asker { who: &self.who, role: &self.role, run_as_by: None, workflow: self.workflow };
        decide(asker, request, &self.names)
    }

    #[track_caller]
    fn expect(&self, request: &ActionRequest, expected: Expect<'_>) -> &Self {
        let number = self.number;
        let decision = self.decide(request);
        match (&expected, &decision) {
            (Yes, Decision::Permitted(permit)) => assert!(permit.targets().is_empty(), "#{number}: {permit:?}"),
            (On(expected), Decision::Permitted(permit)) => {
                let found: BTreeSet<String> = permit.targets().iter().map(|target| target.expression()).collect();
                let expected: BTreeSet<String> = expected.iter().map(|name| (*name).to_owned()).collect();
                assert_eq!(found, expected, "#{number}");
            }
            (Empty, Decision::Empty(_)) => {}
            (NotFound(index), Decision::NotFound(missing)) => assert_eq!(missing.index(), *index, "#{number}"),
            (Refused(text), Decision::Refused(refusal)) => assert_eq!(refusal.to_string(), *text, "#{number}"),
            (Denied(text), Decision::Denied(denial)) => assert_eq!(denial.to_string(), *text, "#{number}"),
            (DeniedWith(end), Decision::Denied(denial)) => {
                assert!(denial.to_string().ends_with(end), "#{number}: {denial}");
            }
            _ => panic!("#{number}: {decision:?}"),
        }
        self
    }

    #[track_caller]
    fn permit(&self, request: &ActionRequest) -> Permit {
        let number = self.number;
        self.decide(request).permit().unwrap_or_else(|reason| panic!("#{number}: {reason}"))
    }

    fn on_names(self, names: IndexNames) -> Self {
        Self { names, ..self }
    }
}

/// The vectors as data, shared with the tests over HTTP: who asks for what, and what comes of it.
static VECTORS: LazyLock<Vec<Value>> =
    LazyLock::new(|| serde_json::from_str(include_str!("data/vectors.json")).expect("the vectors are well written"));

/// What the data say about who asks.
fn set_up(number: u32, member: &str) -> &'static str {
    let vector = VECTORS.iter().find(|vector| vector["number"] == number).expect("there is such a vector");
    vector[member].as_str().unwrap_or_else(|| panic!("#{number} has no {member}"))
}

/// The key K1 of a vector, with its assigned descriptors and what its owner had.
fn key(number: u32) -> Scene {
    key_with(number, set_up(number, "assigned"), set_up(number, "limited_by"))
}

fn key_with(number: u32, assigned: &str, limited_by: &str) -> Scene {
    let role = key_role(assigned, limited_by, &ApplicationPrivileges::default());
    Scene { number, who: as_key("K1"), role, workflow: None, names: fixture_names() }
}

/// The user bob of a vector.
fn bob(number: u32) -> Scene {
    bob_with(number, set_up(number, "user"))
}

fn bob_with(number: u32, notation: &str) -> Scene {
    let role = role(notation, &ApplicationPrivileges::default());
    Scene { number, who: as_user(&["r0"]), role, workflow: None, names: fixture_names() }
}

/// The sentence of a denial for K1 on names, by index privileges.
fn k1(action: &str, names: &str, granted_by: &str) -> String {
    format!(
        "action [{action}] is unauthorized for API key id [K1] of user [bob] on indices [{names}], this action is \
         granted by the index privileges [{granted_by}]"
    )
}

fn k1_cluster(action: &str, granted_by: &str) -> String {
    format!(
        "action [{action}] is unauthorized for API key id [K1] of user [bob], this action is granted by the cluster \
         privileges [{granted_by}]"
    )
}

const READERS: &str = "read,all";
const CREATE_KEY: &str = "cluster:admin/xpack/security/api_key/create";
const OWN_KEYS: &str = "manage_own_api_key,manage_api_key,manage_security,all";

#[test]
fn combination_of_sides() {
    key(1).expect(&search("logs-a1"), On(&["logs-a1"]));
    key(2).expect(&search("metrics-1"), Denied(&k1(SEARCH, "metrics-1", READERS)));
    key(3).expect(&search("logs-a1"), Denied(&k1(SEARCH, "logs-a1", READERS)));
    key(4).expect(&search(""), Empty);
    key(5).expect(&plain("cluster:monitor/main"), Denied(&k1_cluster("cluster:monitor/main", "monitor,manage,all")));
    key(6).expect(&plain("cluster:monitor/main"), Yes);
    key(7).expect(
        &plain("cluster:admin/settings/update"),
        Denied(&k1_cluster("cluster:admin/settings/update", "manage,all")),
    );
    key(8).expect(&security("api_key/create", Detail::CreateApiKey), Denied(&k1_cluster(CREATE_KEY, OWN_KEYS)));
    key(9).expect(&search("logs*"), On(&["logs-a1"]));
    key(10).expect(&search("logs-a1,metrics-1"), On(&["logs-a1", "metrics-1"]));
    key(11).expect(
        &on("indices:data/write/index", "logs-a1"),
        Denied(&k1("indices:data/write/index", "logs-a1", "create_doc,create,index,write,all")),
    );
    key(12).expect(&search("logs-a1"), On(&["logs-a1"]));
}

#[test]
fn names_and_patterns() {
    let a1 = |number| key(number);
    a1(13).expect(&search("logs-a1,logs-sec"), Denied(&k1(SEARCH, "logs-sec", READERS)));
    let ignoring = IndicesOptions { ignore_unavailable: true, ..IndicesOptions::EXPAND_OPEN };
    a1(14).expect(&search_with("logs-a1,logs-sec", ignoring), On(&["logs-a1"]));
    a1(15).expect(&search("logs-a*,-logs-a2"), On(&["logs-a1"]));
    a1(16).expect(&search("nope*"), Empty);
    let needing = IndicesOptions { allow_no_indices: false, ..IndicesOptions::EXPAND_OPEN };
    a1(17).expect(&search_with("nope*", needing), NotFound("nope*"));
    a1(18).expect(&search("nope"), Denied(&k1(SEARCH, "nope", READERS)));

    let missing = key(19).permit(&search("nope"));
    let missing = missing.missing().expect("it does not exist");
    assert_eq!((&**missing.name(), missing.concrete().len()), ("nope", 0), "#19");

    let all = |number| key(number);
    all(20).expect(&search(""), On(&["logs", "logs-a1", "logs-a2", "logs-sec", "metrics-1", "ds-web"]));
    all(21).expect(&search(".hid*"), On(&[".hid-1"]));
    let hidden = IndicesOptions { expand_hidden: true, ..IndicesOptions::EXPAND_OPEN };
    all(22).expect(&search_with("*hid*", hidden), On(&[".hid-1"]));

    let alias = key(23).permit(&search("logs"));
    assert_eq!(alias.concrete().iter().map(|index| &**index).collect::<Vec<_>>(), ["logs-a1", "logs-a2"], "#23");
    key(24).expect(&search("logs-a1"), Denied(&k1(SEARCH, "logs-a1", READERS)));
    key(25).expect(&search("logs"), Denied(&k1(SEARCH, "logs", READERS)));
    key(26).expect(&search(""), On(&["logs"]));

    let (backing, failures) = (".ds-ds-web-2026.01.01-000001", ".fs-ds-web-2026.01.01-000002");
    key(27).expect(&search(backing), On(&[backing]));
    key(28).expect(&search("ds-web"), Denied(&k1(SEARCH, "ds-web", READERS)));
    key(29).expect(
        &search("ds-web::failures"),
        Denied(
            "action [indices:data/read/search] is unauthorized for API key id [K1] of user [bob] on indices \
             [ds-web::failures], this action is granted by the index privileges [read,all] for data access, or by \
             [read_failure_store] for access with the [::failures] selector",
        ),
    );
    key(30).expect(&search("ds-web::failures"), On(&["ds-web::failures"]));
    key(31).expect(&search("ds-web"), Denied(&k1(SEARCH, "ds-web", READERS)));
    key(32).expect(&search(failures), On(&[failures]));

    key(33).expect(&search("logs-a1"), On(&["logs-a1"]));
    key(34).expect(&search("logs-sec"), Denied(&k1(SEARCH, "logs-sec", READERS)));
    key(35).expect(&search("logs-a1"), Denied(&k1(SEARCH, "logs-a1", READERS)));
    key(36).expect(&search("logs-2026.01.01"), Denied(&k1(SEARCH, "logs-2026.01.01", READERS)));
    key(37).expect(
        &on("indices:admin/delete", "logs-a1"),
        Denied(&k1("indices:admin/delete", "logs-a1", "delete_index,manage,all")),
    );
    key(38).expect(&across("indices:admin/delete", "logs-*"), On(&["logs-a1", "logs-a2"]));
    // The name in the path of the health check is not looked at.
    key(39).expect(&on("cluster:monitor/health", "logs-a1"), Yes);
    key(40).expect(&plain("cluster:monitor/health"), Yes).expect(
        &across("indices:monitor/settings/get", ""),
        DeniedWith(", this action is granted by the index privileges [monitor,view_index_metadata,manage,all]"),
    );
}

const BULK: &str = "indices:data/write/bulk";
const BULK_SHARD: &str = "indices:data/write/bulk[s]";
const ITEM_CREATE: &str = "indices:data/write/index:op_type/create";
const ITEM_INDEX: &str = "indices:data/write/index:op_type/index";
const INDEX: &str = "indices:data/write/index";
const DELETE: &str = "indices:data/write/delete";
const AUTO_CREATE: &str = "indices:admin/auto_create";
const AUTO_PUT: &str = "indices:admin/mapping/auto_put";
#[test]
fn the_names_of_items_count_whatever_their_action_is_called() {
    let scene = key_with(44, "I[logs-* : delete]", "ALL");
    scene.expect(&on(DELETE, "metrics-1"), Yes);
    let item = |name: &str| decide_item(Asker::new(&scene.who, &scene.role), &on(DELETE, name), &scene.names);
    assert!(matches!(item("logs-a1"), Decision::Permitted(permit) if permit.targets().len() == 1));
    let Decision::Denied(denial) = item("metrics-1") else { panic!("metrics-1 is not covered") };
    assert_eq!(denial.to_string(), k1(DELETE, "metrics-1", "delete,write,all"));
    assert!(matches!(
        decide_item(Asker::new(&scene.who, &scene.role), &plain(DELETE), &scene.names),
        Decision::Denied(_)
    ));
}

const BULK_LIST: &str = "create_doc,create,delete,index,write,all";

#[test]
fn writes() {
    let appender = |number| key(number);
    appender(41)
        .expect(&on(INDEX, "logs-a1"), Yes)
        .expect(&on(BULK_SHARD, "logs-a1"), On(&["logs-a1"]))
        .expect(&on(ITEM_CREATE, "logs-a1"), On(&["logs-a1"]));
    let overwrite = k1(ITEM_INDEX, "logs-a1", "create,index,write,all");
    appender(42)
        .expect(&on(INDEX, "logs-a1"), Yes)
        .expect(&on(BULK_SHARD, "logs-a1"), On(&["logs-a1"]))
        .expect(&on(ITEM_INDEX, "logs-a1"), Denied(&overwrite));
    appender(43)
        .expect(&plain(BULK), Yes)
        .expect(&on(ITEM_CREATE, "logs-a1"), On(&["logs-a1"]))
        .expect(&on(ITEM_INDEX, "logs-a1"), Denied(&overwrite));
    appender(44)
        .expect(&on(BULK_SHARD, "logs-a1"), On(&["logs-a1"]))
        .expect(&on(DELETE, "logs-a1"), Denied(&k1(DELETE, "logs-a1", "delete,write,all")));
    appender(45).expect(
        &on("indices:data/write/update", "logs-a1"),
        Denied(&k1("indices:data/write/update", "logs-a1", "index,write,all")),
    );
    appender(46)
        .expect(&plain(BULK), Yes)
        .expect(&on(BULK_SHARD, "logs-a1"), On(&["logs-a1"]))
        .expect(&on(BULK_SHARD, "metrics-1"), Denied(&k1(BULK_SHARD, "metrics-1", BULK_LIST)));
    let legacy = appender(47).permit(&on(AUTO_PUT, "logs-a1"));
    let [warning] = legacy.warnings() else { panic!("#47: {:?}", legacy.warnings()) };
    assert!(warning.starts_with("the index privilege [create_doc] allowed the update mapping action ["), "{warning}");
    key(48).expect(&on(AUTO_PUT, "ds-web"), Denied(&k1(AUTO_PUT, "ds-web", "auto_configure,manage,write,all")));
    key(49).expect(&on(AUTO_PUT, "ds-web"), On(&["ds-web"]));
    key(50)
        .expect(&on(INDEX, "new-1"), Yes)
        .expect(&on(AUTO_CREATE, "new-1"), Denied(&k1(AUTO_CREATE, "new-1", "auto_configure,create_index,manage,all")));
    key(51)
        .expect(&on(INDEX, "new-1"), Yes)
        .expect(&on(AUTO_CREATE, "new-1"), On(&["new-1"]))
        .expect(&on(BULK_SHARD, "new-1"), On(&["new-1"]))
        .expect(&on(ITEM_INDEX, "new-1"), On(&["new-1"]));
    key(52)
        .expect(&on(INDEX, "logs-a1"), Yes)
        .expect(&on(BULK_SHARD, "logs-a1"), On(&["logs-a1"]))
        .expect(&on(ITEM_INDEX, "logs-a1"), On(&["logs-a1"]));
    key(53).expect(&on(DELETE, "logs-a1"), Denied(&k1(DELETE, "logs-a1", "delete,write,all")));

    let copy = IndexNames::builder().index("a", IndexFlags::default()).index("b", IndexFlags::default()).build();
    const REINDEX: &str = "indices:data/write/reindex";
    key(54)
        .on_names(copy.clone())
        .expect(&plain(REINDEX), Yes)
        .expect(&search("a"), On(&["a"]))
        .expect(&on(BULK_SHARD, "b"), On(&["b"]))
        .expect(&on(ITEM_INDEX, "b"), On(&["b"]));
    key(55)
        .on_names(copy)
        .expect(&plain(REINDEX), DeniedWith(", this action is granted by the index privileges [write,all]"));
    key(56)
        .expect(&across("indices:data/write/update/byquery", "logs-a1"), On(&["logs-a1"]))
        .expect(&search("logs-a1"), Denied(&k1(SEARCH, "logs-a1", READERS)));
}

#[test]
fn raw_actions_and_multi_part_reads() {
    const GET: &str = "indices:data/read/get";
    const MGET: &str = "indices:data/read/mget";
    let getter = |number| key(number);
    getter(57)
        .expect(&on(GET, "logs-a1"), On(&["logs-a1"]))
        .expect(&on("indices:data/read/get[s]", "logs-a1"), On(&["logs-a1"]));
    getter(58).expect(&plain(MGET), DeniedWith(", this action is granted by the index privileges [read,all]"));
    let reader = |number| key(number);
    const MGET_SHARD: &str = "indices:data/read/mget[shard]";
    reader(59)
        .expect(&plain(MGET), Yes)
        .expect(&on(MGET_SHARD, "logs-a1"), On(&["logs-a1"]))
        .expect(&on(MGET_SHARD, "logs-sec"), Denied(&k1(MGET_SHARD, "logs-sec", READERS)));
    reader(60)
        .expect(&plain("indices:data/read/msearch"), Yes)
        .expect(&search("logs-a1"), On(&["logs-a1"]))
        .expect(&search("logs-sec"), Denied(&k1(SEARCH, "logs-sec", READERS)));
    key(61).expect(&plain("cluster:monitor/nodes/stats"), Yes);
    key(62).expect(&plain("cluster:monitor/main"), Yes);
    for (number, notation, beginning) in [
        (63, "C[bogus]", "unknown cluster privilege [bogus]. a privilege must be either one of the predefined cluster"),
        (64, "I[x : cluster:monitor/*]", "unknown index privilege [cluster:monitor/*]. a privilege must be either one"),
    ] {
        let descriptors = descriptors(notation);
        let problems: Vec<String> = descriptors.iter().flat_map(|(_, descriptor)| descriptor.validate()).collect();
        assert!(matches!(problems.as_slice(), [only] if only.starts_with(beginning)), "#{number}: {problems:?}");
        assert!(Role::compile(&descriptors, &ApplicationPrivileges::default()).is_err(), "#{number}");
    }
}

fn with_id(id: &str, with_limited_by: bool) -> ActionRequest {
    let detail = Detail::GetApiKey {
        id: Some(id.to_owned()),
        name: None,
        username: None,
        realm: None,
        owner: false,
        with_limited_by,
    };
    security("api_key/get", detail)
}

fn owned() -> ActionRequest {
    let (id, name, username, realm) = (None, None, None, None);
    security("api_key/get", Detail::GetApiKey { id, name, username, realm, owner: true, with_limited_by: false })
}

fn invalidate(ids: &[&str], owner: bool) -> ActionRequest {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    let detail = Detail::InvalidateApiKey { ids, name: None, username: None, realm: None, owner };
    security("api_key/invalidate", detail)
}

fn bob_denied(action: &str, granted_by: &str) -> String {
    format!(
        "action [cluster:admin/xpack/security/{action}] is unauthorized for user [bob] with effective roles [r0], this \
         action is granted by the cluster privileges [{granted_by}]"
    )
}

#[test]
fn management_of_api_keys() {
    bob(65).expect(&owned(), Yes);
    bob(66).expect(
        &with_id("K1", false),
        Denied(&bob_denied("api_key/get", "read_security,manage_api_key,manage_security,all")),
    );
    let (username, realm) = (Some("bob".to_owned()), Some("native1".to_owned()));
    let named = Detail::GetApiKey { id: None, name: None, username, realm, owner: false, with_limited_by: false };
    bob(67).expect(&security("api_key/get", named), Yes);
    let query = security("api_key/query", Detail::QueryApiKey { only_mine: false, with_limited_by: false });
    assert!(bob(68).permit(&query).only_own_api_keys(), "#68");
    assert!(!bob_with(68, "C[manage_api_key]").permit(&query).only_own_api_keys(), "#68");
    bob_with(68, "C[monitor]").expect(
        &query,
        Denied(&bob_denied("api_key/query", "manage_own_api_key,read_security,manage_api_key,manage_security,all")),
    );
    bob(69).expect(&invalidate(&["K9"], true), Yes);
    let grant = Action::new("cluster:admin/xpack/security/api_key/grant");
    bob(70).expect(
        &ActionRequest::plain(grant),
        Denied(&bob_denied("api_key/grant", "grant_api_key,manage_api_key,manage_security,all")),
    );

    let own = |number| key(number);
    let powerless = |number| key_with(number, "I[x : none]", "{}");
    own(71).expect(&with_id("K1", false), Yes);
    powerless(72).expect(&with_id("K1", false), Yes);
    powerless(72).expect(&with_id("K2", false), DeniedWith("[read_security,manage_api_key,manage_security,all]"));
    for scene in [own(73), powerless(73)] {
        scene.expect(&with_id("K1", true), DeniedWith("[read_security,manage_api_key,manage_security,all]"));
    }
    own(74).expect(&owned(), DeniedWith("[read_security,manage_api_key,manage_security,all]"));
    own(75).expect(&invalidate(&["K1"], false), Yes);
    own(76).expect(&invalidate(&["K1", "K2"], false), DeniedWith("privileges [manage_api_key,manage_security,all]"));
    powerless(77).expect(&security("user/authenticate", Detail::None), Yes);
    bob(78).expect(
        &security("cross_cluster/api_key/create", Detail::None),
        Denied(&bob_denied("cross_cluster/api_key/create", "manage_security,all")),
    );
    bob(79).expect(&security("api_key/get", get_keys()), Yes);
}

/// The queries of each side on an index, and whether some fields are hidden.
fn queries_on(permit: &Permit, index: &str) -> Vec<Vec<String>> {
    let access = permit.access().of(index).expect("the permit covers the index");
    let sets = access.documents.iter().flat_map(|documents| documents.sets());
    sets.map(|set| set.iter().map(|query| query.to_string()).collect()).collect()
}

#[test]
fn restricted_indices() {
    let denied = "action [indices:data/read/search] is unauthorized for API key id [K1] of user [bob] on restricted \
                  indices [.security-7], this action is granted by the index privileges [read,all]";
    let search = search(".security-7");
    key(80).expect(&search, Denied(denied));
    key(81).expect(&search, Denied(denied));
    key(82).expect(&search, On(&[".security-7"]));
    key(83).expect(&search, Denied(denied));
}

const TEAM_X: &str = r#"{"term":{"team":"x"}}"#;

#[test]
fn documents_and_fields() {
    let search_a1 = search("logs-a1");
    let both = key(84).permit(&search_a1);
    assert_eq!(queries_on(&both, "logs-a1"), [[TEAM_X], [r#"{"term":{"env":"prod"}}"#]], "#84");
    let lifted = key(85).permit(&search_a1);
    assert!(!lifted.is_restricted_by_documents_or_fields(), "#85");
    let active = key(86).permit(&search_a1);
    assert_eq!(queries_on(&active, "logs-a1"), [[TEAM_X]], "#86");
    let caps = key(87).permit(&across("indices:data/read/field_caps", "logs-a1"));
    assert!(!caps.is_restricted_by_documents_or_fields(), "#87");
    let either = key(88).permit(&search_a1);
    assert_eq!(queries_on(&either, "logs-a1"), [[TEAM_X, r#"{"term":{"team":"y"}}"#]], "#88");

    let seen = |permit: &Permit, field: &str| {
        let access = permit.access().of("logs-a1").expect("the permit covers the index");
        access.fields.as_ref().is_none_or(|fields| fields.grants(field))
    };
    let narrow = key(89);
    let narrow = narrow.permit(&on("indices:data/read/get", "logs-a1"));
    let visible: Vec<&str> = ["ab", "ac", "bb", "_id"].into_iter().filter(|field| seen(&narrow, field)).collect();
    assert_eq!(visible, ["ab", "_id"], "#89");
    let hiding = key(90).permit(&search_a1);
    assert!(!seen(&hiding, "ssn") && seen(&hiding, "name"), "#90");

    let hidden = |number| key(number);
    hidden(91).expect(
        &on("indices:data/write/update", "logs-a1"),
        Refused("Can't execute an update request if field or document level security is enabled"),
    );
    let content = |suggest| Detail::Content(Content::Search { suggest, profile: false });
    hidden(92).expect(
        &search("logs-a1").with_detail(content(true)),
        Refused("Suggest isn't supported if document level security is enabled"),
    );
    hidden(93).expect(&search("logs-a1").with_detail(content(false)), On(&["logs-a1"]));

    let addition = AliasAddition { alias: "al".to_owned(), index: "idx".to_owned() };
    let names = IndexNames::builder().index("idx", IndexFlags::default()).build();
    key(94).on_names(names).expect(
        &on("indices:admin/aliases", "idx,al").with_detail(Detail::Content(Content::AddAliases(vec![addition]))),
        Denied("Adding an alias is not allowed when the alias has more permissions than any of the indices"),
    );
}

#[test]
fn ownership_of_results() {
    // 95, 96: whose scroll and asynchronous search it is.
    assert!(can_access_resources_of(&as_key("K1"), &as_key("K1")));
    assert!(!can_access_resources_of(&as_key("K2"), &as_key("K1")), "#95");
    assert!(!can_access_resources_of(&as_key("K1"), &as_user(&[])), "#96");
    assert!(!can_access_resources_of(&as_user(&[]), &as_key("K1")), "#96");
    assert!(can_access_resources_of(&as_user(&[]), &as_user(&["other"])));
    // A point in time belongs to nobody: the search that uses it is decided about by names.
    key(97).expect(&search("logs-a1"), On(&["logs-a1"])).expect(&plain("indices:data/read/close_point_in_time"), Yes);
}

#[test]
fn workflows() {
    const WORKFLOW: &str = "search_application_query";
    let names = IndexNames::builder().index("app", IndexFlags::default()).build();
    let restricted = |number, workflow| {
        let scene = key(number).on_names(names.clone());
        Scene { workflow, ..scene }
    };
    let by_workflow = |decision: Decision| match decision {
        Decision::Denied(denial) => {
            let cause = denial.cause().map(|cause| (cause.error_type(), cause.to_string()));
            assert_eq!(cause, Some(("role_restriction_exception", "access restricted by workflow".to_owned())));
            assert!(denial.indices().is_empty() && !denial.to_string().contains(" on indices "), "{denial}");
        }
        other => panic!("{other:?}"),
    };
    by_workflow(restricted(98, None).decide(&search("app")));
    restricted(99, Some(WORKFLOW))
        .expect(&on("indices:data/read/xpack/application/search_application/search", "app"), On(&["app"]))
        .expect(&search("app"), On(&["app"]));
    by_workflow(restricted(100, None).decide(&security("user/authenticate", Detail::None)));
}

/// What a role answers to a body of `_has_privileges`.
fn check(role: &Role, stored: &ApplicationPrivileges, body: &Value) -> Value {
    let text = body.to_string();
    let value = parse(text.as_bytes(), Limits::default()).expect("it is JSON");
    let wanted = PrivilegesToCheck::parse(&value, "bob").expect("it is a body");
    role.check_privileges(&wanted, stored).expect("it can be checked").to_json("bob")
}

/// The role of a vector's key among stored application privileges.
fn key_of(number: u32, stored: &ApplicationPrivileges) -> Role {
    key_role(set_up(number, "assigned"), set_up(number, "limited_by"), stored)
}

#[test]
fn privilege_checks() {
    let none = ApplicationPrivileges::default();
    let index = |names: &str, privileges: &[&str], restricted: bool| json!({ "index": [{ "names": [names], "privileges": privileges, "allow_restricted_indices": restricted }] });
    for (number, body, expected) in [
        (101, index("logs-a1", &["read", "write"], false), true),
        (102, index("/[ab].*/", &["read"], false), false),
        (103, index("log*", &["read"], false), false),
        (104, index("*", &["all"], false), true),
        (105, index("*", &["all"], true), false),
        (106, index(".security-7", &["read"], false), false),
    ] {
        let answer = check(&key_of(number, &none), &none, &body);
        assert_eq!(answer["has_all_requested"], json!(expected), "#{number}: {answer}");
    }
    let answer = check(&key_of(107, &none), &none, &json!({ "cluster": ["monitor", "manage"] }));
    assert_eq!(answer["cluster"], json!({ "monitor": true, "manage": false }), "#107");
    assert_eq!(answer["has_all_requested"], json!(false), "#107");
    let answer = check(&key_of(108, &none), &none, &json!({ "cluster": ["manage_own_api_key"] }));
    assert_eq!(answer["has_all_requested"], json!(true), "#108");

    let kibana = stored(&[("kibana-.kibana", "feature.x.read", "saved:x/get")]);
    let reader = key_of(109, &kibana);
    let asks = |application: &str, privileges: &[&str], resource: &str| json!({ "application": [{ "application": application, "privileges": privileges, "resources": [resource] }] });
    let answer = check(&reader, &kibana, &asks("kibana-.kibana", &["saved:x/get"], "space:default"));
    assert_eq!(answer["has_all_requested"], json!(true), "#109");
    let answer = check(&reader, &kibana, &asks("kibana-.kibana", &["saved:x/get"], "*"));
    assert_eq!(answer["has_all_requested"], json!(false), "#110");
    let unregistered = key_of(111, &none);
    let answer = check(&unregistered, &none, &asks("app", &["foo", "bar"], "x"));
    assert_eq!(answer["application"]["app"]["x"], json!({ "foo": true, "bar": false }), "#111");
    let limited = key_of(112, &none);
    let answer = check(&limited, &none, &asks("app", &["bar"], "x"));
    assert_eq!(answer["has_all_requested"], json!(false), "#112");

    let error = key_of(113, &none).list_privileges().expect_err("it is limited");
    assert!(error.to_string().starts_with("Cannot retrieve privileges for API keys with assigned role"), "#113");
    assert!(key_role("-", "C[monitor]", &none).list_privileges().is_ok(), "#113");
}
