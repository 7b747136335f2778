//! Which handler answers which endpoint. Every endpoint of our own is either here or in [`UNSERVED`].

mod api_key;
mod authenticate;
mod has_privileges;
mod info;
mod licence;
mod nodes;
mod privilege;
mod role;
mod user;

use std::future::Future;
use std::pin::Pin;

use keyward_rest::{ElasticError, Reply};

use crate::Api;
use crate::context::Context;

/// What a handler gives: an answer, some time.
pub(crate) type Answer<'a> = Pin<Box<dyn Future<Output = Result<Reply, ElasticError>> + Send + 'a>>;

/// Answers the calls of one endpoint.
pub(crate) type Handler = for<'a> fn(&'a Api, &'a Context) -> Answer<'a>;

/// The families of handlers.
const FAMILIES: &[&[(&str, Handler)]] = &[
    api_key::HANDLERS,
    authenticate::HANDLERS,
    has_privileges::HANDLERS,
    info::HANDLERS,
    licence::HANDLERS,
    nodes::HANDLERS,
    privilege::HANDLERS,
    role::HANDLERS,
    user::HANDLERS,
];

/// Endpoints of our own that are not served (yet). Whoever may use them is answered 501.
pub const UNSERVED: &[&str] = &[
    "security.activate_user_profile",
    "security.bulk_delete_role",
    "security.bulk_put_role",
    "security.clear_cached_service_tokens",
    "security.create_cross_cluster_api_key",
    "security.create_service_token",
    "security.delegate_pki",
    "security.delete_role_mapping",
    "security.delete_service_token",
    "security.disable_user_profile",
    "security.enable_user_profile",
    "security.enroll_kibana",
    "security.enroll_node",
    "security.get_role_mapping",
    "security.get_service_accounts",
    "security.get_service_credentials",
    "security.get_settings",
    "security.get_token",
    "security.get_user_profile",
    "security.has_privileges_user_profile",
    "security.invalidate_token",
    "security.oidc_authenticate",
    "security.oidc_logout",
    "security.oidc_prepare_authentication",
    "security.put_role_mapping",
    "security.query_role",
    "security.query_user",
    "security.saml_authenticate",
    "security.saml_complete_logout",
    "security.saml_invalidate",
    "security.saml_logout",
    "security.saml_prepare_authentication",
    "security.saml_service_provider_metadata",
    "security.suggest_user_profiles",
    "security.update_cross_cluster_api_key",
    "security.update_settings",
    "security.update_user_profile_data",
];

/// The handler of an endpoint.
pub(crate) fn find(api: &str) -> Option<Handler> {
    FAMILIES.iter().copied().flatten().find(|(name, _)| *name == api).map(|(_, handler)| *handler)
}

/// Whether an endpoint is one of those that end with the service for API keys.
pub(crate) fn is_about_api_keys(api: &str) -> bool {
    api.starts_with("security.")
        && (api.ends_with("api_key") || api.ends_with("api_keys") || api.ends_with("api_key_cache"))
}

#[cfg(test)]
mod tests {
    use keyward_rest::{Owner, catalog};

    use super::{FAMILIES, UNSERVED, find, is_about_api_keys};

    /// What the pipeline itself answers.
    const BEFORE_US: [&str; 3] = ["keyward.alive", "keyward.ready", "keyward.metrics"];

    #[test]
    fn every_endpoint_of_ours_is_served_or_listed() {
        let mut lost = Vec::new();
        for endpoint in catalog().endpoints().iter().filter(|endpoint| endpoint.owner == Owner::Keyward) {
            let api = endpoint.api;
            let places = [find(api).is_some(), UNSERVED.contains(&api), BEFORE_US.contains(&api)];
            if places.into_iter().filter(|here| *here).count() != 1 {
                lost.push((api, places));
            }
        }
        assert_eq!(lost, []);
    }

    #[test]
    fn nothing_is_listed_that_does_not_exist() {
        let served = FAMILIES.iter().copied().flatten().map(|(name, _)| *name);
        for api in served.chain(UNSERVED.iter().copied()) {
            let rows = catalog().api(api);
            assert!(!rows.is_empty(), "{api} is not in the catalogue");
            for row in rows {
                assert_eq!(row.owner, Owner::Keyward, "{api}");
                assert!(!row.actions.every_action().is_empty(), "{api} needs no action");
            }
        }
    }

    #[test]
    fn handlers_have_one_action_to_decide_about() {
        for (api, _) in FAMILIES.iter().copied().flatten() {
            for row in catalog().api(api) {
                assert_eq!(row.actions.every_action().len(), 1, "{api}");
                assert!(row.actions.main_action().is_some(), "{api}");
            }
        }
    }

    #[test]
    fn the_endpoints_about_api_keys() {
        let about: Vec<&str> = UNSERVED.iter().copied().filter(|api| is_about_api_keys(api)).collect();
        assert_eq!(about.len(), 2);
        assert!(is_about_api_keys("security.create_api_key") && is_about_api_keys("security.clear_api_key_cache"));
        assert!(!is_about_api_keys("security.get_user"));
    }
}
