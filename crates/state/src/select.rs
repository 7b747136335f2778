//! Finding the keys that a request means.

use std::collections::HashSet;

use keyward_security::api_key::{ApiKeyId, GetApiKeys, InvalidateApiKeys, NameFilter};
use keyward_security::authentication::Authentication;

use crate::keys::KeyRef;
use crate::view::View;

/// Filters over keys; all that are given must pass.
#[derive(Clone, Debug, Default)]
pub struct KeySelection<'a> {
    ids: Option<HashSet<ApiKeyId>>,
    name: Option<NameFilter>,
    principal: Option<&'a str>,
    realms: Option<Vec<&'a str>>,
}

impl<'a> KeySelection<'a> {
    /// What a request to show keys means when `who` asks.
    pub fn of_get(request: &'a GetApiKeys, who: &'a Authentication) -> Self {
        let ids = given(request.id.as_deref()).map(|id| HashSet::from([ApiKeyId::parse(id)]));
        let user = (request.username.as_deref(), request.realm_name.as_deref());
        Self::new(ids, request.name.as_deref(), user, request.owner.then_some(who))
    }

    /// What a request to invalidate keys means when `who` asks.
    pub fn of_invalidate(request: &'a InvalidateApiKeys, who: &'a Authentication) -> Self {
        let ids = (!request.ids.is_empty()).then(|| request.ids.iter().map(|id| ApiKeyId::parse(id)).collect());
        let user = (request.username.as_deref(), request.realm_name.as_deref());
        Self::new(ids, request.name.as_deref(), user, request.owner.then_some(who))
    }

    /// The keys that belong to the effective subject.
    pub fn owned_by(who: &'a Authentication) -> Self {
        Self::new(None, None, (None, None), Some(who))
    }

    fn new(
        ids: Option<HashSet<ApiKeyId>>,
        name: Option<&str>,
        (username, realm): (Option<&'a str>, Option<&'a str>),
        owner: Option<&'a Authentication>,
    ) -> Self {
        let name = name.and_then(NameFilter::parse);
        match owner {
            Some(who) => {
                let subject = &who.effective;
                Self { ids, name, principal: Some(&subject.user.username), realms: Some(subject.owner_realms()) }
            }
            None => Self { ids, name, principal: given(username), realms: given(realm).map(|realm| vec![realm]) },
        }
    }

    /// Whether a key passes all filters.
    pub fn matches(&self, key: &KeyRef<'_>) -> bool {
        let creator = key.creator();
        self.ids.as_ref().is_none_or(|ids| ids.contains(&key.id()))
            && self.name.as_ref().is_none_or(|name| name.matches(key.name()))
            && self.principal.is_none_or(|principal| *creator.principal == *principal)
            && self.realms.as_ref().is_none_or(|realms| realms.contains(&&*creator.realm.name))
    }

    /// The keys of a view that pass, in the order of creation.
    pub fn select<'v>(&self, view: &'v View) -> Vec<KeyRef<'v>> {
        let passes = |key: &KeyRef<'v>| self.matches(key);
        match (&self.ids, self.principal) {
            (Some(ids), _) => {
                let mut keys: Vec<KeyRef<'v>> = ids.iter().filter_map(|id| view.api_key(id)).filter(passes).collect();
                keys.sort_by_cached_key(|key| (key.creation(), key.id()));
                keys
            }
            (None, Some(principal)) => view.api_keys().of_principal(principal).filter(passes).collect(),
            (None, None) => view.api_keys().iter().filter(passes).collect(),
        }
    }
}

/// Blank text counts as absent.
fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}
