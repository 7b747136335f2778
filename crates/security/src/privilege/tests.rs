//! The tables against the order that their own patterns imply, and against the lists of known denials.

use super::*;
use crate::action::Action;
use crate::authentication::{Authentication, RealmRef};
use crate::role::cluster_privileges_granting;
use crate::user::User;

const INDEX_ORDER: &str = "none create_doc create create_view delete_view read_view_metadata auto_configure \
    create_index delete delete_index index maintenance manage_data_stream_lifecycle manage_follow_index manage_ilm \
    manage_leader_index manage_view monitor view_index_metadata cross_cluster_replication \
    cross_cluster_replication_internal manage read read_cross_cluster write all";

const CLUSTER_ORDER: &str = "manage_own_api_key manage_data_stream_global_retention \
    monitor_data_stream_global_retention none cancel_task clone_api_key cross_cluster_replication cross_cluster_search \
    delegate_pki grant_api_key manage_autoscaling manage_index_templates manage_logstash_pipelines manage_oidc \
    manage_saml manage_search_application manage_search_query_rules manage_search_synonyms manage_service_account \
    manage_token manage_user_profile monitor_connector monitor_enrich monitor_esql monitor_inference monitor_ml \
    monitor_reindex monitor_rollup monitor_snapshot monitor_stats monitor_text_structure monitor_watcher \
    post_behavioral_analytics_event read_ccr read_connector_secrets read_fleet_secrets read_ilm read_named_credentials \
    read_pipeline read_project_routing read_security read_slm transport_client write_connector_secrets \
    write_fleet_secrets create_snapshot manage_behavioral_analytics manage_ccr manage_connector manage_enrich \
    manage_ilm manage_inference manage_ml manage_named_credentials manage_project_routing manage_reindex manage_rollup \
    manage_slm manage_watcher monitor_data_frame_transforms monitor_transform manage_ingest_pipelines manage_pipeline \
    manage_api_key manage_data_frame_transforms manage_transform manage_security monitor manage all";

fn bob() -> Authentication {
    let user = User {
        username: "bob".into(),
        roles: std::sync::Arc::from([]),
        full_name: None,
        email: None,
        metadata: std::sync::Arc::default(),
        enabled: true,
    };
    Authentication::realm(user, RealmRef::new("native1", "native"))
}

#[test]
fn the_tables_are_complete() {
    assert_eq!(cluster_privileges().len(), 70);
    assert_eq!(index_privileges().len(), 28);
    assert_eq!(listed_index_privileges().len(), 28);
    let listed = listed_cluster_privileges();
    assert_eq!(listed.len(), 66);
    assert!(!listed.contains(&"manage_project_routing") && !listed.contains(&"read_named_credentials"));
}

#[test]
fn cluster_ranks_follow_from_the_patterns() {
    let implied = |one: &NamedClusterPrivilege| {
        cluster_privileges().iter().filter(|other| one.name() != other.name() && one.implies(other).unwrap()).count()
    };
    let mut computed: Vec<(usize, &str)> = cluster_privileges().iter().map(|one| (implied(one), one.name())).collect();
    computed.sort_unstable();
    let computed: Vec<&str> = computed.into_iter().map(|(_, name)| name).collect();
    assert_eq!(computed, CLUSTER_ORDER.split_whitespace().collect::<Vec<_>>());
    assert_eq!(computed, cluster_privileges().iter().map(NamedClusterPrivilege::name).collect::<Vec<_>>());
}

#[test]
fn index_ranks_follow_from_the_patterns() {
    let order = |failures_only: bool| {
        let of_kind = |one: &&NamedIndexPrivilege| (one.class() == SelectorClass::Failures) == failures_only;
        let all: Vec<_> = index_privileges().iter().filter(of_kind).collect();
        let within = |one: &NamedIndexPrivilege| {
            let others = all.iter().filter(|other| other.name() != one.name());
            others.filter(|other| one.actions().is_subset_of(other.actions()).unwrap()).count()
        };
        let mut computed: Vec<_> = all.iter().map(|one| (std::cmp::Reverse(within(one)), one.name())).collect();
        computed.sort_unstable();
        let computed: Vec<&str> = computed.into_iter().map(|(_, name)| name).collect();
        assert_eq!(computed, all.iter().map(|one| one.name()).collect::<Vec<_>>());
        computed
    };
    assert_eq!(order(false), INDEX_ORDER.split_whitespace().collect::<Vec<_>>());
    assert_eq!(order(true), ["manage_failure_store", "read_failure_store"]);
}

#[test]
fn index_denials_list_what_is_known() {
    let metadata = "view_index_metadata,manage,all";
    let cases = [
        ("indices:data/read/search", "read,all", "read_failure_store"),
        ("indices:data/read/esql", "read,read_cross_cluster,all", "read_failure_store"),
        (
            "indices:data/read/field_caps",
            "view_index_metadata,manage,read,all",
            "manage_failure_store,read_failure_store",
        ),
        (
            "indices:admin/resolve/index",
            "view_index_metadata,manage,read,all",
            "manage_failure_store,read_failure_store",
        ),
        ("indices:data/write/bulk", "create_doc,create,delete,index,write,all", ""),
        ("indices:data/write/bulk[s]", "create_doc,create,delete,index,write,all", ""),
        ("indices:data/write/index", "create_doc,create,index,write,all", ""),
        ("indices:data/write/index:op_type/create", "create_doc,create,index,write,all", ""),
        ("indices:data/write/simulate/bulk", "create_doc,create,index,write,all", ""),
        ("indices:data/write/index:op_type/index", "create,index,write,all", ""),
        ("indices:data/write/update", "index,write,all", ""),
        ("indices:data/write/update/byquery", "index,write,all", ""),
        ("indices:data/write/delete", "delete,write,all", ""),
        ("indices:data/write/reindex", "write,all", ""),
        ("indices:admin/create", "create_index,manage,all", "manage_failure_store"),
        ("indices:admin/data_stream/create", "create_index,manage,all", "manage_failure_store"),
        ("indices:admin/auto_create", "auto_configure,create_index,manage,all", "manage_failure_store"),
        ("indices:admin/delete", "delete_index,manage,all", "manage_failure_store"),
        ("indices:admin/data_stream/delete", "delete_index,manage,all", "manage_failure_store"),
        ("indices:admin/get", metadata, "manage_failure_store"),
        ("indices:admin/mappings/get", metadata, "manage_failure_store"),
        ("indices:admin/aliases/get", metadata, "manage_failure_store"),
        ("indices:admin/validate/query", metadata, "manage_failure_store"),
        ("indices:admin/data_stream/get", metadata, "manage_failure_store"),
        ("indices:admin/mapping/put", "manage,all", "manage_failure_store"),
        ("indices:admin/settings/update", "manage,all", "manage_failure_store"),
        ("indices:admin/aliases", "manage,all", "manage_failure_store"),
        ("indices:admin/open", "manage,all", "manage_failure_store"),
        ("indices:admin/resize", "manage,all", "manage_failure_store"),
        ("indices:admin/analyze", "manage,all", "manage_failure_store"),
        ("indices:admin/mapping/auto_put", "auto_configure,manage,write,all", "manage_failure_store"),
        ("indices:monitor/settings/get", "monitor,view_index_metadata,manage,all", "manage_failure_store"),
        ("indices:monitor/stats", "monitor,cross_cluster_replication,manage,all", "manage_failure_store"),
        ("indices:admin/refresh", "maintenance,manage,all", "manage_failure_store"),
        ("indices:admin/forcemerge", "maintenance,manage,all", "manage_failure_store"),
        ("indices:admin/rollover", "manage_follow_index,manage,all", "manage_failure_store"),
        ("indices:admin/close", "manage_follow_index,manage,all", "manage_failure_store"),
        ("indices:admin/xpack/ccr/put_follow", "manage_follow_index,manage,all", "manage_failure_store"),
        (
            "indices:admin/shards/search_shards",
            "view_index_metadata,manage,read_cross_cluster,all",
            "manage_failure_store",
        ),
        (
            "indices:admin/resolve/cluster",
            "view_index_metadata,manage,read,read_cross_cluster,all",
            "manage_failure_store",
        ),
        ("indices:admin/ilm/explain", "manage_ilm,view_index_metadata,manage,all", "manage_failure_store"),
        (
            "indices:admin/data_stream/lifecycle/get",
            "manage_data_stream_lifecycle,view_index_metadata,manage,all",
            "manage_failure_store",
        ),
        ("indices:admin/data_stream/lifecycle/put", "manage_data_stream_lifecycle,manage,all", "manage_failure_store"),
        ("indices:admin/esql/view/put", "create_view,manage_view,manage,all", "manage_failure_store"),
        ("indices:admin/esql/view/get", "read_view_metadata,manage_view,manage,all", "manage_failure_store"),
    ];
    for (action, data, failures) in cases {
        let list = |selector| index_privileges_granting(&Action::new(action), selector).join(",");
        assert_eq!((&*list(Selector::Data), &*list(Selector::Failures)), (data, failures), "{action}");
    }
}

#[test]
fn cluster_denials_list_what_is_known() {
    let s = "cluster:admin/xpack/security/";
    let cases = [
        ("cluster:monitor/main", "monitor,manage,all"),
        ("cluster:monitor/health", "monitor,manage,all"),
        ("cluster:monitor/state", "cross_cluster_replication,read_ccr,transport_client,manage_ccr,monitor,manage,all"),
        ("cluster:monitor/stats", "cross_cluster_search,monitor_stats,monitor,manage,all"),
        ("cluster:admin/tasks/cancel", "cancel_task,manage,all"),
        ("cluster:admin/settings/update", "manage,all"),
        ("cluster:admin/snapshot/restore", "manage,all"),
        ("indices:admin/index_template/get", "manage_index_templates,monitor,manage,all"),
        ("cluster:admin/component_template/get", "manage_index_templates,monitor,manage,all"),
        ("indices:admin/index_template/put", "manage_index_templates,manage,all"),
        ("cluster:admin/ingest/pipeline/get", "read_pipeline,manage_ingest_pipelines,manage_pipeline,manage,all"),
        ("cluster:admin/ingest/pipeline/put", "manage_ingest_pipelines,manage_pipeline,manage,all"),
        ("cluster:admin/ilm/get", "read_ilm,manage_ilm,manage,all"),
        ("cluster:admin/slm/get", "read_slm,manage_slm,manage,all"),
        ("cluster:admin/snapshot/create", "create_snapshot,manage,all"),
        ("cluster:admin/snapshot/get", "monitor_snapshot,create_snapshot,manage,all"),
        ("cluster:monitor/xpack/ml/job/get", "monitor_ml,manage_ml,monitor,manage,all"),
        ("cluster:monitor/xpack/inference/post", "monitor_inference,manage_inference,monitor,manage,all"),
        ("cluster:admin/xpack/enrich/get", "monitor_enrich,manage_enrich,manage,all"),
        ("cluster:admin/xpack/watcher/watch/put", "manage_watcher,manage,all"),
        ("cluster:monitor/reindex/list", "monitor_reindex,manage_reindex,monitor,manage,all"),
        ("S/api_key/clone", "clone_api_key,manage_api_key,manage_security,all"),
        ("S/api_key/grant", "grant_api_key,manage_api_key,manage_security,all"),
        ("S/cross_cluster/api_key/create", "manage_security,all"),
        ("S/role/put", "manage_security,all"),
        ("S/role/get", "read_security,manage_security,all"),
        ("S/profile/has_privileges", "manage_user_profile,read_security,manage_security,all"),
        ("S/user/has_privileges", "read_ccr,read_security,manage_ccr,manage_security,all"),
        ("S/token/create", "manage_token,manage_security,all"),
        ("S/token/invalidate", "delegate_pki,manage_saml,manage_token,manage_security,all"),
        ("S/delegate_pki", "delegate_pki,all"),
        ("S/service_account/get", "manage_service_account,read_security,manage_security,all"),
        ("S/service_account/token/create", "manage_service_account,manage_security,all"),
    ];
    for (action, expected) in cases {
        let action = Action::new(&action.replace("S/", s));
        let list = cluster_privileges_granting(&action, &Detail::None, &bob()).join(",");
        assert_eq!(list, expected, "{action}");
    }
}

#[test]
fn denials_about_keys_depend_on_the_request() {
    let get = |owner: bool, username: Option<&str>, realm: Option<&str>| Detail::GetApiKey {
        id: Some("K1".to_owned()),
        name: None,
        username: username.map(str::to_owned),
        realm: realm.map(str::to_owned),
        owner,
        with_limited_by: false,
    };
    let invalidate = |ids: &[&str], owner: bool| Detail::InvalidateApiKey {
        ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        name: None,
        username: None,
        realm: None,
        owner,
    };
    let all = "manage_own_api_key,manage_api_key,manage_security,all";
    let read = "read_security,manage_api_key,manage_security,all";
    let own_read = "manage_own_api_key,read_security,manage_api_key,manage_security,all";
    let cases = [
        ("create", Detail::CreateApiKey, all),
        ("update", Detail::UpdateApiKey, all),
        ("get", get(false, None, None), read),
        ("get", get(false, Some("bob"), None), read),
        ("get", get(false, Some("bob"), Some("other")), read),
        ("get", get(false, Some("eve"), Some("native1")), read),
        ("get", get(false, Some("bob"), Some("native1")), own_read),
        ("get", get(true, None, None), own_read),
        ("query", Detail::QueryApiKey { only_mine: true, with_limited_by: false }, own_read),
        ("query", Detail::QueryApiKey { only_mine: false, with_limited_by: false }, read),
        ("invalidate", invalidate(&["K9"], false), "manage_api_key,manage_security,all"),
        ("invalidate", invalidate(&["K9"], true), all),
        ("invalidate", invalidate(&[], false), "manage_api_key,manage_security,all"),
        ("grant", Detail::None, "grant_api_key,manage_api_key,manage_security,all"),
        ("create", Detail::None, "manage_api_key,manage_security,all"),
    ];
    for (action, detail, expected) in cases {
        let name = Action::new(&format!("cluster:admin/xpack/security/api_key/{action}"));
        assert_eq!(cluster_privileges_granting(&name, &detail, &bob()).join(","), expected, "{action} {detail:?}");
    }
}

#[test]
fn texts_resolve_to_names_or_patterns() {
    assert_eq!(ClusterPrivilege::resolve("Monitor").unwrap().text(), "monitor");
    let pattern = ClusterPrivilege::resolve("cluster:admin/snapshot/delete").unwrap();
    assert!(pattern.actions().matches("cluster:admin/snapshot/delete[n]"));
    assert!(!pattern.actions().matches("cluster:admin/snapshot/get"));
    assert!(ClusterPrivilege::resolve("indices:admin/template/put").is_ok());
    assert!(ClusterPrivilege::resolve("indices:data/read/get").is_err());
    let pattern = IndexPrivilege::resolve("indices:data/read/get").unwrap();
    assert!(pattern.actions().matches("indices:data/read/get[s]"));
    assert!(!pattern.actions().matches("indices:data/read/mget"));
    assert_eq!(pattern.class(), SelectorClass::Data);
    assert!(IndexPrivilege::resolve("cluster:monitor/*").is_err());
    assert_eq!(IndexPrivilege::resolve("all").unwrap().class(), SelectorClass::Every);
}

#[test]
fn unknown_texts_are_refused_with_all_names() {
    let text = ClusterPrivilege::resolve("Bogus").unwrap_err().to_string();
    assert!(
        text.starts_with(
            "unknown cluster privilege [bogus]. a privilege must be either one of the predefined cluster \
             privilege names [manage_own_api_key,manage_data_stream_global_retention,"
        ),
        "{text}"
    );
    assert!(text.ends_with("monitor,manage,all] or a pattern over one of the available cluster actions"), "{text}");
    let text = IndexPrivilege::resolve("x").unwrap_err().to_string();
    assert!(
        text.starts_with(
            "unknown index privilege [x]. a privilege must be either one of the predefined fixed indices privileges \
             [all,auto_configure,create,"
        ),
        "{text}"
    );
    assert!(
        text.ends_with("view_index_metadata,write] or a pattern over one of the available index actions"),
        "{text}"
    );
}
