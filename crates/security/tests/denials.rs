//! The sentences of denials, and the other ways in which a request is turned away.

#![expect(clippy::panic, reason = "what fails here fails the test")]

#[cfg(test)]
mod common;

use common::*;
use keyward_security::action::Action;
use keyward_security::authentication::{
    Authentication, AuthenticationType, RealmRef, SERVICE_ACCOUNT_REALM, Subject, SubjectKind,
};
use keyward_security::decide::{Asker, Decision, NotPermitted, check_new_alias, check_resize, decide, decide_item};
use keyward_security::index_names::{IndexFlags, IndexNames};
use keyward_security::privilege::{ApplicationPrivileges, Detail};
use keyward_security::request::{ActionRequest, AliasAddition, Content, IndicesOptions, RequestedNames, TargetTraits};
use keyward_security::resolve_aliases;
use keyward_security::role::{NameRef, Role};

fn with(notation: &str) -> Role {
    role(notation, &ApplicationPrivileges::default())
}

fn denial(asker: Asker<'_>, request: &ActionRequest) -> String {
    match decide(asker, request, &fixture_names()) {
        Decision::Denied(denial) => denial.to_string(),
        other => panic!("{other:?}"),
    }
}

fn refusal(role: &Role, request: &ActionRequest) -> String {
    match decide(Asker::new(&as_key("K1"), role), request, &fixture_names()) {
        Decision::Refused(refusal) => format!("{}: {refusal}", refusal.error_type()),
        other => panic!("{other:?}"),
    }
}

const MAIN: &str = "cluster:monitor/main";
const MAIN_LIST: &str = "this action is granted by the cluster privileges [monitor,manage,all]";

#[test]
fn subjects_are_named_by_what_they_showed() {
    let nothing = Role::empty();
    let main = plain(MAIN);
    assert_eq!(
        denial(Asker::new(&as_key("K1"), &nothing), &main),
        format!("action [{MAIN}] is unauthorized for API key id [K1] of user [bob], {MAIN_LIST}")
    );
    assert_eq!(
        denial(Asker::new(&as_user(&["ghost"]), &nothing), &main),
        format!(
            "action [{MAIN}] is unauthorized for user [bob] with effective roles [] (assigned roles [ghost] were not \
             found), {MAIN_LIST}"
        )
    );
    let two = with("I[a : read] || I[b : read]");
    assert_eq!(
        denial(Asker::new(&as_user(&["r1", "r0"]), &two), &on("indices:admin/create", "x")),
        "action [indices:admin/create] is unauthorized for user [bob] with effective roles [r0,r1] on indices [x], this \
         action is granted by the index privileges [create_index,manage,all]"
    );
    let account = Subject {
        user: user("elastic/fleet-server", &[]),
        realm: RealmRef::synthetic(SERVICE_ACCOUNT_REALM),
        kind: SubjectKind::ServiceAccount { token_name: "t".into(), token_source: "x".into() },
    };
    let account = Authentication::of(account, AuthenticationType::Token);
    assert_eq!(
        denial(Asker::new(&account, &nothing), &main),
        format!("action [{MAIN}] is unauthorized for service account [elastic/fleet-server], {MAIN_LIST}")
    );
}

#[test]
fn restricted_and_ordinary_names_are_told_apart() {
    let reader = with("I[logs-a1 : read]");
    let who = as_user(&["r0"]);
    let beginning = "action [indices:data/read/search] is unauthorized for user [bob] with effective roles [r0] on";
    let end = "this action is granted by the index privileges [read,all]";
    assert_eq!(
        denial(Asker::new(&who, &reader), &search(".security-7,logs-sec")),
        format!("{beginning} indices [logs-sec] and restricted indices [.security-7], {end}")
    );
    // What every later stage would read as "nothing" is what the sentence shows.
    assert_eq!(
        denial(Asker::new(&who, &with("C[monitor]")), &search("foo*")),
        format!("{beginning} indices [*,-*], {end}")
    );
    assert_eq!(
        denial(Asker::new(&who, &reader), &on("indices:no/such", "logs-a1")),
        "action [indices:no/such] is unauthorized for user [bob] with effective roles [r0] on indices [logs-a1], this \
         action is granted by the index privileges [all]"
    );
    assert_eq!(
        denial(Asker::new(&who, &with("C[all]")), &plain("internal:cluster/join")),
        "action [internal:cluster/join] is unauthorized for user [bob] with effective roles [r0]"
    );
}

#[test]
fn acting_as_somebody_else_takes_the_right_to() {
    let authenticate = security("user/authenticate", Detail::None);
    let service = user("svc", &["r0"]);
    let acting = Authentication::realm(service, native()).run_as(Subject::user(bob(), native()));
    let (may, may_not, bobs) = (with("R[b*]"), with("R[alice]"), with("C[monitor]"));
    let asker = |run_as_by| Asker { run_as_by, ..Asker::new(&acting, &bobs) };
    let sentence = "action [cluster:admin/xpack/security/user/authenticate] is unauthorized for user [svc] with effective \
                    roles [r0], because user [svc] is unauthorized to run as [bob]";
    assert_eq!(denial(asker(Some(&may_not)), &authenticate), sentence);
    // Without knowing the role of the one who showed the credential, the answer is no.
    assert!(denial(asker(None), &authenticate).ends_with("because user [svc] is unauthorized to run as [bob]"));
    assert!(decide(asker(Some(&may)), &authenticate, &fixture_names()).permit().is_ok());
    assert_eq!(
        denial(asker(Some(&may)), &plain("cluster:admin/settings/update")),
        "action [cluster:admin/settings/update] is unauthorized for user [svc] run as [bob] with effective roles [r0], \
         this action is granted by the cluster privileges [manage,all]"
    );
    // A limited role needs the right on both sides.
    let limited = Role::limited(&may, &may_not);
    let key = as_key("K1").run_as(Subject::user(user("eve", &[]), native()));
    let asker = Asker { run_as_by: Some(&limited), ..Asker::new(&key, &bobs) };
    assert_eq!(
        denial(asker, &authenticate),
        "action [cluster:admin/xpack/security/user/authenticate] is unauthorized for API key id [K1] of user [bob], \
         because API key id [K1] of user [bob] is unauthorized to run as [eve]"
    );
}

#[test]
fn nobody_changes_the_password_of_a_namesake() {
    let nothing = Role::empty();
    let change = |name: &str| security("user/change_password", Detail::ChangePassword { username: name.to_owned() });
    let may = |who: &Authentication, by: Option<&Role>| {
        let asker = Asker { run_as_by: by, ..Asker::new(who, &nothing) };
        decide(asker, &change("bob"), &fixture_names()).permit().is_ok()
    };
    assert!(may(&as_user(&[]), None));
    assert!(decide(Asker::new(&as_user(&[]), &nothing), &change("eve"), &fixture_names()).permit().is_err());
    assert!(!may(&as_key("K1"), None));
    assert!(!may(&Authentication::realm(bob(), RealmRef::new("corporate", "ldap")), None));
    assert!(!may(&Authentication::of(Subject::user(bob(), native()), AuthenticationType::Token), None));
    let acting = Authentication::realm(user("svc", &[]), native()).run_as(Subject::user(bob(), native()));
    assert!(!may(&acting, Some(&with("R[*]"))));
}

#[test]
fn requests_that_take_explicit_names_say_so() {
    let all = with("I[* : all]");
    for (names, reason) in [
        ("", "the action indices:data/read/get requires explicit index names, but none were provided"),
        (
            "_all",
            "the action indices:data/read/get does not support accessing all indices; the provided index expression \
             [_all] is not allowed",
        ),
        (
            "a*,b,c*",
            "the action indices:data/read/get does not support wildcards; the provided index expression(s) [a*,c*] are \
             not allowed",
        ),
        (
            "a::*",
            "the action indices:data/read/get does not support wildcard selectors; the provided index expression(s) \
             [a::*] are not allowed",
        ),
    ] {
        let traits = TargetTraits { supports_selectors: true, ..TargetTraits::EXPLICIT };
        let expressions = names.split(',').filter(|name| !name.is_empty());
        let requested = RequestedNames::new(expressions, IndicesOptions::EXPLICIT, traits);
        // A wildcard in a selector is no wildcard in the name.
        let request = ActionRequest::on(Action::from_static("indices:data/read/get"), requested);
        match decide(Asker::new(&as_key("K1"), &all), &request, &fixture_names()) {
            Decision::Denied(denial) => {
                let cause = denial.cause().map(|cause| (cause.error_type(), cause.to_string()));
                assert_eq!(cause, Some(("illegal_argument_exception", reason.to_owned())));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn selectors_are_known_ones_and_only_where_they_mean_something() {
    let all = with("I[* : all]");
    assert_eq!(
        refusal(&all, &search("ds-web::nonsense")),
        "invalid_index_name_exception: Invalid index name [ds-web::nonsense], Invalid usage of :: separator, [nonsense] \
         is not a recognized selector"
    );
    assert_eq!(
        refusal(&all, &on("indices:data/read/get", "ds-web::failures")),
        "illegal_argument_exception: Index component selectors are not supported in this context but found selector in \
         expression [ds-web::failures]"
    );
}

#[test]
fn what_would_show_hidden_documents_is_refused() {
    let hidden = with("I[logs-* : all]+q{team:x}");
    let narrow = with("I[logs-* : all]+fls{grant:[a*]}");
    let content = |request: ActionRequest, content| request.with_detail(Detail::Content(content));
    let profiled = content(search("logs-a1"), Content::Search { suggest: false, profile: true });
    assert_eq!(
        refusal(&hidden, &profiled),
        "security_exception: A search request cannot be profiled if document level security is enabled"
    );
    let names = fixture_names();
    let who = as_key("K1");
    let permitted = |role: &Role, request: &ActionRequest| decide(Asker::new(&who, role), request, &names).permit();
    assert!(permitted(&narrow, &profiled).is_ok(), "fields do not matter to a profile");
    let rewritten =
        content(across("indices:admin/validate/query", "logs-a1"), Content::ValidateQuery { rewrite: true });
    assert_eq!(
        refusal(&hidden, &rewritten),
        "security_exception: Validate with rewrite isn't supported if document level security is enabled"
    );
    let item = on("indices:data/write/update", "logs-a1").with_detail(Detail::Content(Content::BulkUpdate));
    for role in [&hidden, &narrow] {
        assert_eq!(
            refusal(role, &item),
            "security_exception: Can't execute a bulk item request with update requests embedded if field or document \
             level security is enabled"
        );
        let added = AliasAddition { alias: "logs-al".to_owned(), index: "logs-a1".to_owned() };
        let added = content(on("indices:admin/aliases", "logs-a1,logs-al"), Content::AddAliases(vec![added]));
        assert_eq!(
            refusal(role, &added),
            "security_exception: Alias requests are not allowed for users who have field or document level security \
             enabled on one of the indices"
        );
        let (source, target) = ("logs-a1".to_owned(), "logs-new".to_owned());
        let copy = content(on("indices:admin/resize", "logs-a1,logs-new"), Content::Resize { source, target });
        assert_eq!(
            refusal(role, &copy),
            "security_exception: Resize requests are not allowed for users when field or document level security is \
             enabled on the source index"
        );
    }
}

#[test]
fn new_names_carry_no_more_than_old_ones() {
    let role = with("I[idx* : read,indices:admin/aliases]; I[al : all]; I[same : read,indices:admin/aliases]");
    let name = NameRef::plain;
    assert!(check_new_alias(&role, &name("same"), &name("idx")).is_ok());
    assert!(check_new_alias(&role, &name("unknown"), &name("idx")).is_ok());
    assert!(check_new_alias(&role, &name("al"), &name("idx")).is_err());
    assert!(check_resize(&role, &name("al"), &name("idx")).is_ok());
    let denial = check_resize(&role, &name("idx"), &name("al")).expect_err("the target may do more");
    assert_eq!(
        denial.to_string(),
        "Resizing an index is not allowed when the target index has more permissions than the source index"
    );

    // An expression for the index is compared name by name.
    let names = IndexNames::builder().index("idx1", IndexFlags::default()).index("idx2", IndexFlags::default()).build();
    let addition = AliasAddition { alias: "al".to_owned(), index: "idx*".to_owned() };
    let requested = RequestedNames::new(["idx*", "al"], IndicesOptions::EXPAND_OPEN_CLOSED, TargetTraits::BROADCAST);
    let request = ActionRequest::on(Action::from_static("indices:admin/aliases"), requested)
        .with_detail(Detail::Content(Content::AddAliases(vec![addition])));
    let decision = decide(Asker::new(&as_key("K1"), &role), &request, &names);
    assert!(matches!(decision.permit(), Err(NotPermitted::Denied(_))));
}

#[test]
fn items_are_decided_about_by_their_names() {
    let (who, writer) = (as_key("K1"), with("I[logs-* : delete]"));
    let delete = |index| on("indices:data/write/delete", index);
    let names = fixture_names();
    assert!(decide(Asker::new(&who, &writer), &delete("metrics-1"), &names).permit().is_ok());
    assert!(decide_item(Asker::new(&who, &writer), &delete("metrics-1"), &names).permit().is_err());
    assert!(decide_item(Asker::new(&who, &writer), &delete("logs-a1"), &names).permit().is_ok());
}

#[test]
fn aliases_are_found_by_those_who_may() {
    let get = Action::from_static("indices:admin/aliases/get");
    let names = fixture_names();
    let found = |role: &Role, expressions: &[&str]| -> Vec<String> {
        resolve_aliases(role, &get, expressions, &names).iter().map(|name| name.to_string()).collect()
    };
    let viewer = with("I[* : view_index_metadata]");
    assert_eq!(found(&viewer, &["lo*"]), ["logs"]);
    assert_eq!(found(&viewer, &[]), ["logs"]);
    assert_eq!(found(&viewer, &[".security"]), [""; 0]);
    assert_eq!(found(&with("I[logs-* : view_index_metadata]"), &["_all"]), [""; 0]);
    assert_eq!(found(&with("I[.sec* : view_index_metadata]+r"), &["_all"]), [".security"]);
}
