//! The privilege matrix: every action of the catalogue against every named privilege and every reserved role.
//!
//! `matrix.txt` is the golden text; a change of a table, a role or the catalogue shows there as a readable difference.
//! `KEYWARD_REGENERATE=1 cargo test -p keyward-rest --test matrix` writes it anew.
//!
//! For each action: the named privileges that grant it, in the order of denials (`failures:` those that grant it on
//! failure stores alone), and the roles that grant it. A `?` marks what depends on the request beside the action. Index
//! actions are put to each role for the names of `PROBES`; `logs-1` is any ordinary index, and the names after a role
//! are those on which it grants the action.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use keyward_rest::catalog::catalog;
use keyward_security::action::Action;
use keyward_security::authentication::{Authentication, RealmRef};
use keyward_security::privilege::{
    ApplicationPrivileges, Detail, Selector, cluster_privileges, index_privileges_granting,
};
use keyward_security::role::{NameRef, Role, RoleDescriptors, reserved_roles};
use keyward_security::user::User;

const PROBES: &[&str] = &[
    "logs-1",
    ".hidden-1",
    ".security-7",
    ".kibana_1",
    ".monitoring-beats-1",
    "metricbeat-1",
    "metrics-kibana-1",
    ".ml-anomalies-1",
    ".ml-annotations-1",
    ".watches",
    ".watcher-history-1",
    ".enrich-1",
    ".logstash",
    ".management-beats",
    ".slo-observability.1",
    ".siem-signals-1",
    ".alerts-1",
    "observability-annotations",
    "profiling-1",
];

fn actions() -> BTreeSet<&'static str> {
    catalog().endpoints().iter().flat_map(|endpoint| endpoint.actions.every_action()).collect()
}

fn somebody() -> Authentication {
    let user = User {
        username: "somebody".into(),
        roles: Arc::from([]),
        full_name: None,
        email: None,
        metadata: Arc::default(),
        enabled: true,
    };
    Authentication::realm(user, RealmRef::new("default_native", "native"))
}

/// Requests that the request-aware rules like best.
fn favourable() -> [Detail; 7] {
    let application = || vec!["kibana-.kibana".to_owned()];
    [
        Detail::CreateApiKey,
        Detail::UpdateApiKey,
        Detail::GetApiKey { id: None, name: None, username: None, realm: None, owner: true, with_limited_by: false },
        Detail::QueryApiKey { only_mine: true, with_limited_by: false },
        Detail::InvalidateApiKey { ids: Vec::new(), name: None, username: None, realm: None, owner: true },
        Detail::Applications(application()),
        Detail::ProfileData { applications: application() },
    ]
}

/// `Some("")` for a plain grant, `Some("?")` for one that depends on the request.
fn cluster_grant(role: &Role, action: &Action, who: &Authentication) -> Option<&'static str> {
    if role.check_cluster(action, &Detail::None, who) {
        return Some("");
    }
    favourable().iter().any(|detail| role.check_cluster(action, detail, who)).then_some("?")
}

fn matrix() -> String {
    let who = somebody();
    let roles: Vec<(&str, Role)> = reserved_roles()
        .iter()
        .map(|role| {
            let descriptors = RoleDescriptors::new(vec![(role.name().clone(), Arc::clone(role.descriptor()))]);
            (&**role.name(), Role::compile(&descriptors, &ApplicationPrivileges::default()).unwrap())
        })
        .collect();
    let mut text = String::new();
    for name in actions() {
        let action = Action::from_static(name);
        writeln!(text, "{name}").unwrap();
        if action.is_cluster() {
            let privileges = cluster_privileges().iter().filter(|named| named.actions().matches(name));
            let privileges = privileges.map(|named| match named.is_request_aware() {
                true => format!("{}?", named.name()),
                false => named.name().to_owned(),
            });
            line(&mut text, "privileges", privileges);
            let granting = roles.iter().filter_map(|(name, role)| {
                let mark = cluster_grant(role, &action, &who)?;
                Some(format!("{name}{mark}"))
            });
            line(&mut text, "roles", granting);
        } else if action.is_index() {
            let named = |selector| index_privileges_granting(&action, selector).into_iter().map(str::to_owned);
            line(&mut text, "privileges", named(Selector::Data));
            line(&mut text, "failures", named(Selector::Failures));
            for (role, compiled) in &roles {
                let covers = |name: &&&str| compiled.covers(&NameRef::plain(name), Selector::Data, &action);
                line(&mut text, &format!("role {role}"), PROBES.iter().filter(covers).map(|name| (*name).to_owned()));
            }
        } else {
            line(&mut text, "nobody", ["".to_owned()].into_iter());
        }
    }
    text
}

fn line(text: &mut String, label: &str, entries: impl Iterator<Item = String>) {
    let entries: Vec<String> = entries.collect();
    if !entries.is_empty() {
        writeln!(text, "  {label}: {}", entries.join(" ")).unwrap();
    }
}

#[test]
fn the_matrix_is_as_written() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/matrix.txt");
    let found = matrix();
    if std::env::var_os("KEYWARD_REGENERATE").is_some() {
        std::fs::write(&path, &found).unwrap();
        return;
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    if golden == found {
        return;
    }
    let differences: Vec<String> = golden
        .lines()
        .zip(found.lines())
        .enumerate()
        .filter(|(_, (golden, found))| golden != found)
        .take(10)
        .map(|(at, (golden, found))| format!("line {}:\n  -{golden}\n  +{found}", at + 1))
        .collect();
    panic!(
        "the privilege matrix has changed ({} lines, {} before). If that is meant, write it anew with \
         KEYWARD_REGENERATE=1 and look at the difference.\n{}",
        found.lines().count(),
        golden.lines().count(),
        differences.join("\n")
    );
}

/// Things that must hold whatever the tables say.
#[test]
fn the_matrix_keeps_its_promises() {
    let who = somebody();
    let superuser = keyward_security::role::superuser_role();
    for name in actions() {
        let action = Action::from_static(name);
        assert!(action.is_cluster() || action.is_index(), "{name} belongs to no family");
        if action.is_cluster() {
            assert!(superuser.check_cluster(&action, &Detail::None, &who), "superuser lacks {name}");
            assert!(!Role::empty().check_cluster(&action, &Detail::None, &who), "nobody has {name}");
        } else {
            assert!(superuser.covers(&NameRef::plain("logs-1"), Selector::Data, &action), "superuser lacks {name}");
            let restricted = superuser.covers(&NameRef::plain(".security-7"), Selector::Data, &action);
            assert!(
                !(restricted && name.starts_with("indices:data/write")),
                "superuser writes restricted names: {name}"
            );
        }
    }
    // Reserved roles other than superuser cannot touch what they would have to be superusers for.
    for role in reserved_roles().iter().filter(|role| &**role.name() != "superuser") {
        let descriptors = RoleDescriptors::new(vec![(role.name().clone(), Arc::clone(role.descriptor()))]);
        let compiled = Role::compile(&descriptors, &ApplicationPrivileges::default()).unwrap();
        for action in ["user/put", "role/put", "role/delete", "api_key/grant", "cross_cluster/api_key/create"] {
            let granted = compiled.check_cluster(
                &Action::new(&format!("cluster:admin/xpack/security/{action}")),
                &Detail::None,
                &who,
            );
            let may = &**role.name() == "kibana_system" && action == "api_key/grant";
            assert_eq!(granted, may, "{} {action}", role.name());
        }
        assert!(!compiled.covers(
            &NameRef::plain(".security-7"),
            Selector::Data,
            &Action::from_static("indices:data/read/search")
        ));
    }
}
