//! What every subject may do about itself, without any privilege.

use crate::action::Action;
use crate::api_key::ApiKeyId;
use crate::authentication::{AuthenticationType, NATIVE_REALM_TYPE, RESERVED_REALM};
use crate::decide::Asker;
use crate::request::Detail;

const ASYNC_STATUS: &str = "cluster:monitor/async_search/status";
const ASYNC_SUBMIT: Action = Action::from_static("indices:data/read/async_search/submit");

/// Whether the asker may do this because it concerns nobody else.
pub(super) fn permits(asker: Asker<'_>, action: &Action, detail: &Detail) -> bool {
    let own = |username: &str| *asker.who.effective.user.username == *username;
    match (action.as_str(), detail) {
        ("cluster:admin/xpack/security/user/authenticate", _) => true,
        (
            "cluster:admin/xpack/security/user/has_privileges" | "cluster:admin/xpack/security/user/list_privileges",
            Detail::SameUser { username },
        ) => own(username),
        ("cluster:admin/xpack/security/user/change_password", Detail::ChangePassword { username }) => {
            own(username) && has_password_here(asker)
        }
        (
            "cluster:admin/xpack/security/api_key/get",
            Detail::GetApiKey { id: Some(id), with_limited_by: false, .. },
        ) => asker.who.as_api_key().is_some_and(|key| ApiKeyId::parse(id) == key.id),
        (ASYNC_STATUS, _) => asker.role.allows_somewhere(&ASYNC_SUBMIT),
        _ => false,
    }
}

/// Whether the asker proved who it is to a realm whose passwords are kept here. A user of another realm, or somebody
/// who acts as another, must not set the password of a user who merely has the same name.
fn has_password_here(asker: Asker<'_>) -> bool {
    let kind = &*asker.who.effective.realm.kind;
    asker.who.kind == AuthenticationType::Realm
        && !asker.who.is_run_as()
        && asker.who.as_api_key().is_none()
        && (kind == NATIVE_REALM_TYPE || kind == RESERVED_REALM)
}
