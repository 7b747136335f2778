//! Texts of errors, the two printed forms, and what printing and parsing do to each other.

use keyward_xcontent::{Limits, parse};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read(text: &str, context: DescriptorContext) -> Result<RoleDescriptor, DescriptorError> {
    RoleDescriptor::parse("R", &parse(text.as_bytes(), Limits::default()).unwrap(), context)
}

fn role(text: &str) -> RoleDescriptor {
    read(text, DescriptorContext::Role).unwrap()
}

fn refused(text: &str, context: DescriptorContext) -> String {
    let error = read(text, context).unwrap_err();
    match error.caused_by() {
        Some(cause) => format!("{error} <- {cause}"),
        None => error.to_string(),
    }
}

#[test]
fn shapes_are_refused_in_known_words() {
    let index = "failed to parse indices privileges for role [R].";
    let cases = [
        ("[]", "failed to parse role [R]. expected an object but found [START_ARRAY] instead".to_owned()),
        (r#"{"indexes":[]}"#, "failed to parse role [R]. unexpected field [indexes]".to_owned()),
        (
            r#"{"cluster":"all"}"#,
            "failed to parse role [R] <- could not parse [cluster] field. expected a string array but found \
             [VALUE_STRING] value instead"
                .to_owned(),
        ),
        (
            r#"{"run_as":null}"#,
            "failed to parse role [R] <- could not parse [run_as] field. expected a string array but found null value \
             instead"
                .to_owned(),
        ),
        (
            r#"{"cluster":["a",1]}"#,
            "failed to parse role [R] <- could not parse [cluster] field. expected a string array but one of the value \
             in the array is [VALUE_NUMBER]"
                .to_owned(),
        ),
        (
            r#"{"metadata":"x"}"#,
            "expected field [metadata] to be of type object, but found [VALUE_STRING] instead".to_owned(),
        ),
        (
            r#"{"transient_metadata":1}"#,
            "expected field [transient_metadata] to be of type object, but found [VALUE_NUMBER] instead".to_owned(),
        ),
        (
            r#"{"indices":{}}"#,
            format!("{index} expected field [indices] value to be an array, but found [START_OBJECT] instead"),
        ),
        (
            r#"{"index":"x"}"#,
            format!("{index} expected field [index] value to be an array, but found [VALUE_STRING] instead"),
        ),
        (
            r#"{"indices":["x"]}"#,
            format!(
                "{index} expected field [indices] value to be an array of objects, but found an array element of type \
                 [VALUE_STRING]"
            ),
        ),
        (r#"{"indices":[{"names":[]}]}"#, format!("{index} [names] cannot be an empty array")),
        (
            r#"{"indices":[{"names":1}]}"#,
            format!(
                "{index} expected field [names] value to be a string or an array of strings, but found [VALUE_NUMBER] \
                 instead"
            ),
        ),
        (
            r#"{"indices":[{"allow_restricted_indices":"true"}]}"#,
            format!(
                "{index} expected field [allow_restricted_indices] value to be a boolean, but found [VALUE_STRING] \
                 instead"
            ),
        ),
        (
            r#"{"indices":[{"query":true}]}"#,
            format!(
                "{index} expected field [query] value to be null, a string, an array, or an object, but found \
                 [VALUE_BOOLEAN] instead"
            ),
        ),
        (r#"{"indices":[{"field_security":{"grant":null}}]}"#, format!("{index} grant must not be null.")),
        (
            r#"{"indices":[{"field_security":{"x":[]}}]}"#,
            format!("{index} \"field_security\" only accepts options grant and except, but got: x"),
        ),
        (r#"{"indices":[{"field_security":{}}]}"#, format!("{index} \"field_security\" must not be empty.")),
        (
            r#"{"indices":[{"field_security":[]}]}"#,
            format!("{index} expected START_OBJECT but got START_ARRAY in \"field_security\"."),
        ),
        (
            r#"{"indices":[{"field_security":{"except":["a"]}}]}"#,
            format!("{index} field_security requires grant if except is given"),
        ),
        (
            r#"{"indices":[{"field_security":{"grant":["a*"],"except":["b","c"]}}]}"#,
            "failed to parse indices privileges for role [R] - Exceptions for field permissions must be a subset of \
             the granted fields but b,c is not a subset of a*"
                .to_owned(),
        ),
        (
            r#"{"indices":[{"fields":["a"]}]}"#,
            "[\"fields\": [...]] format has changed for field permissions in role [R], use [\"field_security\": \
             {\"grant\":[...],\"except\":[...]}] instead"
                .to_owned(),
        ),
        (r#"{"indices":[{"name":"x"}]}"#, format!("{index} unexpected field [name]")),
        (r#"{"indices":[{"clusters":["x"]}]}"#, format!("{index} unexpected field [clusters]")),
        (r#"{"indices":[{"implicitly_granted":true}]}"#, format!("{index} unexpected field [implicitly_granted]")),
        (r#"{"indices":[{"privileges":["read"]}]}"#, format!("{index} missing required [names] field")),
        (r#"{"indices":[{"names":"x"}]}"#, format!("{index} missing required [privileges] field")),
        (
            r#"{"indices":[{"names":"x","privileges":[]}]}"#,
            "indices privileges must define at least one privilege".to_owned(),
        ),
        (
            r#"{"remote_indices":[{"names":"x","privileges":["read"]}]}"#,
            "failed to parse remote indices privileges for role [R]. missing required [clusters] field".to_owned(),
        ),
        (
            r#"{"remote_cluster":{}}"#,
            "failed to parse remote_cluster for role [R]. expected field [remote_cluster] value to be an array, but \
             found [START_OBJECT] instead"
                .to_owned(),
        ),
        (
            r#"{"remote_cluster":[{"privileges":["monitor_enrich","x"],"clusters":["c"]}]}"#,
            "failed to parse remote_cluster for role [R]. [monitor_enrich, monitor_stats] are the only values allowed \
             for [privileges] within [remote_cluster]. Found [monitor_enrich, x]"
                .to_owned(),
        ),
        (
            r#"{"remote_cluster":[{"privileges":["monitor_enrich"]}]}"#,
            "failed to parse remote_cluster for role [R]. [clusters] must be defined when [privileges] are defined "
                .to_owned(),
        ),
        (
            r#"{"remote_cluster":[{"clusters":["c"]}]}"#,
            "failed to parse remote_cluster for role [R]. [privileges] must be defined when [clusters] are defined "
                .to_owned(),
        ),
        (
            r#"{"applications":[{"application":"app","resources":["*"]}]}"#,
            "failed to parse application privileges for role [R]. missing required [privileges] field".to_owned(),
        ),
        (
            r#"{"applications":[{"application":"app","privileges":["a"]}]}"#,
            "failed to parse application privileges for role [R]. missing required [resources] field".to_owned(),
        ),
        (
            r#"{"applications":[{"privileges":["a"],"resources":["*"]}]}"#,
            "application privileges must have an application name".to_owned(),
        ),
        (
            r#"{"applications":[{"application":"app","privileges":[],"resources":["*"]}]}"#,
            "application privileges must define at least one privilege".to_owned(),
        ),
        (
            r#"{"applications":[{"application":"app","privileges":["a"],"resources":[]}]}"#,
            "application privileges must refer to at least one resource".to_owned(),
        ),
        (r#"{"restriction":{}}"#, "failed to parse role [R]. unexpected field [restriction]".to_owned()),
        (
            r#"{"global":[]}"#,
            "failed to parse privilege. expected [START_OBJECT] but found [START_ARRAY] instead".to_owned(),
        ),
        (
            r#"{"global":{"x":{}}}"#,
            "failed to parse privilege. expected one of [application,profile,role] but found [x] instead".to_owned(),
        ),
        (
            r#"{"global":{"application":{"x":{}}}}"#,
            "failed to parse privilege. expected field name [manage] but found [x] instead".to_owned(),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refused(text, DescriptorContext::Role), expected, "{text}");
    }
}

#[test]
fn keys_take_restrictions_but_no_descriptions() {
    let cases = [
        (r#"{"description":"d"}"#, "failed to parse role [R]. unexpected field [description]"),
        (
            r#"{"restriction":[]}"#,
            "failed to parse restriction for role [R]. expected field [restriction] value to be an object, but found \
             an element of type [START_ARRAY]",
        ),
        (r#"{"restriction":{"x":[]}}"#, "failed to parse restriction for role [R]. unexpected field [x]"),
        (
            r#"{"restriction":{"workflows":[]}}"#,
            "failed to parse restriction for role [R]. [workflows] cannot be an empty array",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refused(text, DescriptorContext::ApiKey), expected, "{text}");
    }
    assert_eq!(read(r#"{"restriction":{}}"#, DescriptorContext::ApiKey).unwrap().restriction, None);
    let restricted = r#"{"restriction":{"workflows":["search_application_query"]}}"#;
    assert!(read(restricted, DescriptorContext::ApiKey).unwrap().restriction.is_some());
}

#[test]
fn kinds_of_errors() {
    let kind = |text| read(text, DescriptorContext::Role).unwrap_err().kind();
    assert_eq!(kind("[]"), DescriptorErrorKind::Parse);
    assert_eq!(kind(r#"{"indices":[{"names":"x","privileges":[]}]}"#), DescriptorErrorKind::IllegalArgument);
}

#[test]
fn contents_are_judged_in_known_words() {
    let cases: [(&str, &[&str]); 15] = [
        ("{}", &[]),
        (
            r#"{"cluster":["bogus","all"]}"#,
            &["unknown cluster privilege [bogus]. a privilege must be either one of th"],
        ),
        (
            r#"{"indices":[{"names":"x","privileges":["cluster:monitor/*"]}]}"#,
            &["unknown index privilege [cluster:monitor/*]. a privilege must be eithe"],
        ),
        (
            r#"{"indices":[{"names":["a::failures"],"privileges":["read"]}]}"#,
            &["selectors [::] are not allowed in the index name expression [a::failur"],
        ),
        (
            r#"{"indices":[{"names":["a,b"],"privileges":["read"]}]}"#,
            &["commas [,] are not allowed in the index name expression [a,b]"],
        ),
        (r#"{"indices":[{"names":["/x"],"privileges":["read"]}]}"#, &["invalid regular expression pattern [/x]"]),
        (
            r#"{"remote_indices":[{"names":"x","privileges":["read"],"clusters":[""]}]}"#,
            &["remote index cluster alias cannot be an empty string"],
        ),
        (
            r#"{"remote_indices":[{"names":"x","privileges":["read_failure_store"],"clusters":["c"]}]}"#,
            &["remote index privileges cannot contain privileges that grant access to"],
        ),
        (
            r#"{"applications":[{"application":"a*b","privileges":["x y"],"resources":["*"]}]}"#,
            &[
                "Application name patterns only support trailing wildcards (found 'a*b'",
                "Application privilege names and actions must match the pattern ^\\p{Gr",
            ],
        ),
        (
            r#"{"run_as":["/a"],"applications":[{"application":"app","privileges":["x"],"resources":["/b"]}]}"#,
            &["invalid pattern [/b].", "invalid pattern [/a]."],
        ),
        (
            r#"{"global":{"role":{"manage":{"indices":[{"names":["/a"],"privileges":["x"]}]}}}}"#,
            &["unknown index privilege [x].", "invalid pattern [/a]."],
        ),
        (r#"{"metadata":{"_x":1}}"#, &["role descriptor metadata keys may not start with [_]"]),
        (r#"{"metadata":{"x":{"_y":1}}}"#, &[]),
        (r#"{"indices":[{"names":"x","privileges":["none"]}]}"#, &[]),
        (
            r#"{"cluster":["x"],"metadata":{"_x":1}}"#,
            &[
                "unknown cluster privilege [x]. a privilege must be either one of the p",
                "role descriptor metadata keys may not start with [_]",
            ],
        ),
    ];
    for (text, expected) in cases {
        let found = role(text).validate();
        assert_eq!(found.len(), expected.len(), "{text}: {found:?}");
        for (found, start) in found.iter().zip(expected) {
            assert!(found.starts_with(start), "{text}: {found}");
        }
    }
    let long = RoleDescriptor { description: Some("d".repeat(1001).into()), ..RoleDescriptor::default() };
    assert_eq!(long.validate(), ["Role description must be less than 1000 characters."]);
    let workflows = vec!["x".into(), " Search_Application_Query ".into()];
    let restricted = RoleDescriptor { restriction: Some(Restriction { workflows }), ..RoleDescriptor::default() };
    assert_eq!(
        restricted.validate(),
        ["Unknown workflow [x]. A workflow must be one of the predefined workflow names [search_application_query]."]
    );
}

#[test]
fn names_of_roles() {
    for name in ["a", "a b", "ops_1", &"x".repeat(507)] {
        assert_eq!(RoleNameError::check(name), Ok(()), "{name}");
    }
    for name in ["", " a", "a ", "a\tb", "ä"] {
        assert!(RoleNameError::check_syntax(name).is_err(), "{name}");
    }
    let text = |name: &str| RoleNameError::check(name).unwrap_err().to_string();
    assert!(text(&"x".repeat(508)).starts_with("Role names must be at least 1 and no more than 507 characters. They"));
    assert_eq!(RoleNameError::check_syntax(&"x".repeat(1024)), Ok(()));
    let text = RoleNameError::check_syntax("").unwrap_err().to_string();
    assert!(text.starts_with("Role names must be at least 1 and no more than 1024 characters. They can"), "{text}");
}

#[test]
fn a_minimal_descriptor_comes_back_whole() {
    let read = role(r#"{"index":[{"names":"a*","privileges":["read"],"query":{"term":{"a":1.50}}}],"type":"role"}"#);
    let expected = r#"{"cluster":[],"indices":[{"names":["a*"],"privileges":["read"],"query":"{\"term\":{\"a\":1.50}}","allow_restricted_indices":false}],"applications":[],"run_as":[],"metadata":{},"transient_metadata":{"enabled":true}}"#;
    assert_eq!(read.to_json(DescriptorForm::Api).to_string(), expected);
    let stored = r#"{"indices":[{"names":["a*"],"privileges":["read"],"query":"{\"term\":{\"a\":1.50}}"}]}"#;
    assert_eq!(read.to_json(DescriptorForm::Stored).to_string(), stored);
}

#[test]
fn members_are_printed_in_one_order() {
    let text = r#"{"description":"d","remote_cluster":[{"clusters":["c"],"privileges":["monitor_stats"]}],
        "remote_indices":[{"clusters":"c","names":"i","privileges":["read"],"field_security":{"grant":["*"],"except":["x"]}}],
        "metadata":{"k":[1,null]},"run_as":["u"],"applications":[{"resources":["*"],"privileges":["p"],"application":"app"}],
        "global":{"profile":{"write":{"applications":["a*"]}},"application":{"manage":{"applications":["b"]}}},
        "cluster":["all"],"transient_metadata":{"enabled":false}}"#;
    let printed = role(text).to_json(DescriptorForm::Api);
    let expected = json!({
        "cluster": ["all"],
        "global": {
            "application": {"manage": {"applications": ["b"]}},
            "profile": {"write": {"applications": ["a*"]}},
            "role": {},
        },
        "indices": [],
        "applications": [{"application": "app", "privileges": ["p"], "resources": ["*"]}],
        "run_as": ["u"],
        "metadata": {"k": [1, null]},
        "transient_metadata": {"enabled": true},
        "remote_indices": [{
            "names": ["i"], "privileges": ["read"], "field_security": {"grant": ["*"], "except": ["x"]},
            "allow_restricted_indices": false, "clusters": ["c"],
        }],
        "remote_cluster": [{"privileges": ["monitor_stats"], "clusters": ["c"]}],
        "description": "d",
    });
    assert_eq!(printed.to_string(), expected.to_string());
}

#[test]
fn identity_is_that_of_the_contents() {
    let set = |text: &str| {
        RoleDescriptors::parse(&parse(text.as_bytes(), Limits::default()).unwrap(), DescriptorContext::ApiKey).unwrap()
    };
    let one = set(r#"{"r":{"indices":[{"names":"a","privileges":["read"],"allow_restricted_indices":false}]}}"#);
    let same = set(r#"{"r":{"index":[{"privileges":["read"],"names":["a"]}],"cluster":[]}}"#);
    let other = set(r#"{"r":{"index":[{"privileges":["read"],"names":["b"]}]}}"#);
    assert_eq!(one.id(), same.id());
    assert_ne!(one.id(), other.id());
    assert_eq!(RoleDescriptors::default().stored_text(), "{}");
}

fn texts() -> impl Strategy<Value = Vec<Arc<str>>> {
    prop::collection::vec("[a-z*\"\\\\é]{1,5}".prop_map(Arc::from), 1..3)
}

fn any_indices() -> impl Strategy<Value = IndicesPrivileges> {
    let fields = prop::option::of(
        prop::option::of(texts())
            .prop_filter_map("not empty", |grant| Some(FieldSecurity { grant: Some(grant?), except: None })),
    );
    (texts(), texts(), fields, prop::option::of("[ -~]{1,9}"), any::<bool>()).prop_map(
        |(names, privileges, field_security, query, allow_restricted_indices)| IndicesPrivileges {
            names,
            privileges,
            field_security,
            query: query.map(Arc::from),
            allow_restricted_indices,
        },
    )
}

fn any_global() -> impl Strategy<Value = Vec<GlobalPrivilege>> {
    let managed = (texts(), texts()).prop_map(|(names, privileges)| ManagedRoleIndices { names, privileges });
    let parts =
        (prop::option::of(texts()), prop::option::of(texts()), prop::option::of(prop::collection::vec(managed, 0..2)));
    parts.prop_map(|(manage, write, roles)| {
        let manage = manage.map(|applications| GlobalPrivilege::ManageApplications { applications });
        let write = write.map(|applications| GlobalPrivilege::WriteProfileData { applications });
        let roles = roles.map(|indices| GlobalPrivilege::ManageRoles { indices });
        manage.into_iter().chain(write).chain(roles).collect()
    })
}

prop_compose! {
    fn any_role()(
        lists in (prop::option::of(texts()), prop::option::of(texts()), prop::option::of(texts())),
        global in any_global(),
        indices in prop::collection::vec(any_indices(), 0..3),
        applications in prop::collection::vec((texts(), texts()), 0..2),
        remote in prop::collection::vec((any_indices(), texts()), 0..2),
        remote_cluster in prop::collection::vec(texts(), 0..2),
        metadata in prop::collection::btree_map("[a-z_]{0,3}", any::<i64>(), 0..3),
        description in prop::option::of("[ -~é]{1,9}"),
    ) -> RoleDescriptor {
        let (cluster, run_as, workflows) = lists;
        RoleDescriptor {
            cluster: cluster.unwrap_or_default(),
            global,
            indices,
            applications: applications
                .into_iter()
                .map(|(privileges, resources)| ApplicationResourcePrivileges { application: "app".into(), privileges, resources })
                .collect(),
            run_as: run_as.unwrap_or_default(),
            metadata: metadata.into_iter().map(|(key, value)| (key, value.into())).collect(),
            remote_indices: remote.into_iter().map(|(indices, clusters)| RemoteIndicesPrivileges { indices, clusters }).collect(),
            remote_cluster: remote_cluster
                .into_iter()
                .map(|clusters| RemoteClusterPrivileges { privileges: vec!["monitor_stats".into()], clusters })
                .collect(),
            restriction: workflows.map(|workflows| Restriction { workflows }),
            description: description.map(Arc::from),
            transient: Transient::Enabled,
        }
    }
}

proptest! {
    #[test]
    fn printing_and_parsing_is_identity(role in any_role()) {
        for form in [DescriptorForm::Api, DescriptorForm::Stored] {
            let printed = role.to_json(form).to_string();
            prop_assert_eq!(&read(&printed, DescriptorContext::Stored).unwrap(), &role);
        }
        let all = RoleDescriptors::new(vec![("r".into(), Arc::new(role))]);
        prop_assert_eq!(RoleDescriptors::parse_stored(&all.stored_text()).unwrap(), all);
    }
}
