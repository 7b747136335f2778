//! Whose results are whose: scrolls, asynchronous searches and other things that one request leaves for the next.

use crate::authentication::{Authentication, NATIVE_REALM_TYPE, RealmRef, SubjectKind};

const FILE_REALM_TYPE: &str = "file";

/// Whether `caller` may go on with what `creator` began. A key shares with nobody, not even with its owner or with
/// another key of the same owner; under run-as, those who act are compared.
pub fn can_access_resources_of(caller: &Authentication, creator: &Authentication) -> bool {
    let (caller, creator) = (&caller.effective, &creator.effective);
    let same_principal = caller.user.username == creator.user.username;
    match (&caller.kind, &creator.kind) {
        (SubjectKind::ApiKey(caller), SubjectKind::ApiKey(creator)) => caller.id == creator.id,
        (SubjectKind::ServiceAccount { .. }, SubjectKind::ServiceAccount { .. }) => same_principal,
        (SubjectKind::User, SubjectKind::User) => same_principal && same_realm(&caller.realm, &creator.realm),
        (SubjectKind::ApiKey(_) | SubjectKind::ServiceAccount { .. } | SubjectKind::User, _) => false,
    }
}

/// Whether users of one name in the two realms are one person. There is only one native and one file realm, whatever
/// they are called.
fn same_realm(a: &RealmRef, b: &RealmRef) -> bool {
    let only_one = |kind: &str| kind == NATIVE_REALM_TYPE || kind == FILE_REALM_TYPE;
    let same_domain = a.domain.as_ref().zip(b.domain.as_ref()).is_some_and(|(a, b)| a.name == b.name);
    same_domain || (a.kind == b.kind && (a.name == b.name || only_one(&a.kind)))
}
