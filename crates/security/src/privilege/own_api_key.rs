//! `manage_own_api_key`: the rules by which a request about API keys concerns the caller's own ones.

use std::sync::LazyLock;

use keyward_automaton::Automaton;

use super::Detail;
use super::named::compiled_in;
use crate::action::Action;
use crate::api_key::ApiKeyId;
use crate::authentication::Authentication;

/// Its name among the cluster privileges.
pub(crate) const NAME: &str = "manage_own_api_key";

static ACTIONS: LazyLock<Automaton> = LazyLock::new(|| compiled_in(&["cluster:admin/xpack/security/api_key/*"]));

/// Whether the privilege permits the request. What it does not know it does not permit.
pub(crate) fn permits(action: &Action, detail: &Detail, authentication: &Authentication) -> bool {
    if !ACTIONS.matches(action.as_str()) {
        return false;
    }
    let caller_is_key = authentication.as_api_key().is_some();
    match detail {
        Detail::CreateApiKey | Detail::UpdateApiKey => true,
        Detail::GetApiKey { id, username, realm, owner, with_limited_by, .. } => {
            !(caller_is_key && *with_limited_by)
                && owns(authentication, id.as_deref(), username.as_deref(), realm.as_deref(), *owner)
        }
        Detail::QueryApiKey { only_mine, with_limited_by } => !(caller_is_key && *with_limited_by) && *only_mine,
        Detail::InvalidateApiKey { ids, username, realm, owner, .. } => {
            let owns = |id| owns(authentication, id, username.as_deref(), realm.as_deref(), *owner);
            if ids.is_empty() { owns(None) } else { ids.iter().all(|id| owns(Some(id))) }
        }
        Detail::None
        | Detail::SameUser { .. }
        | Detail::ChangePassword { .. }
        | Detail::Applications(_)
        | Detail::ProfileData { .. }
        | Detail::PutRole { .. }
        | Detail::DeleteRole { .. }
        | Detail::Content(_) => false,
    }
}

/// Whether the keys that a request means can only be the caller's own. A key owns nothing but itself.
fn owns(
    authentication: &Authentication,
    id: Option<&str>,
    username: Option<&str>,
    realm: Option<&str>,
    owner: bool,
) -> bool {
    if let Some(key) = authentication.as_api_key() {
        return id.is_some_and(|id| ApiKeyId::parse(id) == key.id);
    }
    if owner {
        return true;
    }
    let named = |text: &&str| !text.trim().is_empty();
    match (username.filter(named), realm.filter(named)) {
        (Some(username), Some(realm)) => authentication.effective.owns(username, realm),
        _ => false,
    }
}
