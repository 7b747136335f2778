//! Which keys a request means: the parameters of get and invalidate, and the combinations that are refused.

/// A filter over names: exact, or with one final `*` a prefix. Stars elsewhere mean themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameFilter {
    /// This name.
    Exact(String),
    /// Names that begin so.
    Prefix(String),
}

impl NameFilter {
    /// Reads the text of a request; blank text is no filter.
    pub fn parse(text: &str) -> Option<Self> {
        if text.trim().is_empty() {
            return None;
        }
        Some(match text.strip_suffix('*') {
            Some(prefix) => Self::Prefix(prefix.to_owned()),
            None => Self::Exact(text.to_owned()),
        })
    }

    /// Whether a name passes.
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Self::Exact(exact) => name == exact,
            Self::Prefix(prefix) => name.starts_with(prefix),
        }
    }
}

/// A request to show keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetApiKeys {
    /// Of this id.
    pub id: Option<String>,
    /// Of this name, or with a final `*` this beginning.
    pub name: Option<String>,
    /// Made in this realm.
    pub realm_name: Option<String>,
    /// Made for this user.
    pub username: Option<String>,
    /// The caller's.
    pub owner: bool,
    /// Together with the owner's permissions.
    pub with_limited_by: bool,
    /// Neither invalidated nor expired.
    pub active_only: bool,
}

impl GetApiKeys {
    /// What is wrong with the combination.
    pub fn validate(&self) -> Vec<String> {
        let (id, name) = (given(self.id.as_ref()), given(self.name.as_ref()));
        let user = given(self.realm_name.as_ref()) || given(self.username.as_ref());
        let mut problems = Vec::new();
        if (id || name) && user {
            problems
                .push("username or realm name must not be specified when the api key id or api key name is specified");
        }
        if self.owner && user {
            problems.push("neither username nor realm-name may be specified when retrieving owned API keys");
        }
        if id && name {
            problems.push("only one of [api key id, api key name] can be specified");
        }
        problems.into_iter().map(str::to_owned).collect()
    }
}

/// A request to invalidate keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvalidateApiKeys {
    /// Of these ids; none means that ids are no part of the request.
    pub ids: Vec<String>,
    /// Of this name, or with a final `*` this beginning.
    pub name: Option<String>,
    /// Made in this realm.
    pub realm_name: Option<String>,
    /// Made for this user.
    pub username: Option<String>,
    /// The caller's.
    pub owner: bool,
}

impl InvalidateApiKeys {
    /// What is wrong with the combination.
    pub fn validate(&self) -> Vec<String> {
        let (ids, name) = (!self.ids.is_empty(), given(self.name.as_ref()));
        let user = given(self.realm_name.as_ref()) || given(self.username.as_ref());
        let mut problems = Vec::new();
        if !ids && !name && !user && !self.owner {
            problems.push(
                "One of [api key id(s), api key name, username, realm name] must be specified if [owner] flag is false",
            );
        }
        if (ids || name) && user {
            problems.push(
                "username or realm name must not be specified when the api key id(s) or api key name are specified",
            );
        }
        if self.owner && user {
            problems.push("neither username nor realm-name may be specified when invalidating owned API keys");
        }
        if ids && name {
            problems.push("only one of [api key id(s), api key name] can be specified");
        }
        problems.into_iter().map(str::to_owned).collect()
    }
}

/// What was done about a request to invalidate keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvalidatedApiKeys {
    /// Invalidated now.
    pub invalidated: Vec<super::ApiKeyId>,
    /// Invalidated by somebody else between being found and being written.
    pub previously_invalidated: Vec<super::ApiKeyId>,
    /// Left alone: keys between clusters, which the caller may not invalidate.
    pub refused: Vec<super::ApiKeyId>,
}

/// Blank text counts as absent.
fn given(text: Option<&String>) -> bool {
    text.is_some_and(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::{GetApiKeys, InvalidateApiKeys, NameFilter};

    #[test]
    fn only_a_final_star_is_special() {
        let passes = |filter: &str, name: &str| NameFilter::parse(filter).unwrap().matches(name);
        assert!(passes("foo*", "foobar") && passes("*", "") && passes("foo**", "foo*x") && passes("a*b", "a*b"));
        assert!(!passes("foo**", "foox") && !passes("a*b", "axb") && !passes("*b", "ab") && !passes("foo", "foobar"));
        assert_eq!(NameFilter::parse(" "), None);
    }

    #[test]
    fn combinations_are_judged_in_order() {
        let some = |text: &str| Some(text.to_owned());
        let get =
            GetApiKeys { id: some("i"), name: some("n"), username: some("u"), owner: true, ..GetApiKeys::default() };
        assert_eq!(get.validate().len(), 3);
        assert!(GetApiKeys { id: some("i"), name: some(" "), ..GetApiKeys::default() }.validate().is_empty());
        assert!(GetApiKeys::default().validate().is_empty());
        let nothing = InvalidateApiKeys { name: some(""), ..InvalidateApiKeys::default() };
        assert!(nothing.validate()[0].starts_with("One of [api key id(s)"));
        let all = InvalidateApiKeys {
            ids: vec!["i".into()],
            name: some("n"),
            realm_name: some("r"),
            owner: true,
            username: None,
        };
        assert_eq!(all.validate().len(), 3);
        let ids = InvalidateApiKeys { ids: vec!["i".into()], owner: true, ..InvalidateApiKeys::default() };
        assert!(ids.validate().is_empty());
    }
}
