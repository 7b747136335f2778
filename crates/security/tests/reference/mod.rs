//! A slow model of the decision, written from the authorization contract and not from the code: no automata, nothing
//! computed beforehand, every pattern tried by backtracking.

pub(crate) mod matching;
pub(crate) mod role;
pub(crate) mod world;

use std::collections::{BTreeMap, BTreeSet};

use keyward_security::authentication::{Authentication, SubjectKind};
use keyward_security::privilege::Detail;
use keyward_security::request::{ActionRequest, Content, RequestedNames};
use role::{Side, Tables, is_restricted};
use world::{Kind, World};

/// Fields that visibility is compared on.
pub(crate) const FIELDS: &[&str] = &["a", "ab", "a.b", "bb", "ssn", "_id", "_source"];

/// What a decision comes to, in comparable form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Permitted { targets: BTreeSet<String>, access: BTreeMap<String, Seen>, only_own: bool },
    Empty,
    NotFound(String),
    Refused(String),
    Denied(String),
}

/// What may be seen of an index: the query sets, and the visible ones among [`FIELDS`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) queries: Vec<BTreeSet<String>>,
    pub(crate) fields: Vec<&'static str>,
}

/// Who asks.
pub(crate) struct Asker<'a> {
    pub(crate) who: &'a Authentication,
    pub(crate) role_names: &'a [String],
    pub(crate) sides: &'a [Side],
    /// Under run-as: the sides of the one who was authenticated.
    pub(crate) run_as_by: Option<&'a [Side]>,
    pub(crate) workflow: Option<&'static str>,
}

const NAME_ONLY: &[&str] = &[
    "indices:data/write/bulk",
    "indices:data/write/simulate/bulk",
    "indices:data/write/index",
    "indices:data/write/delete",
    "indices:data/read/mget",
    "indices:data/read/mtv",
    "indices:data/read/msearch",
    "indices:data/read/msearch/template",
    "indices:data/read/search/template",
    "indices:data/read/mpercolate",
    "indices:data/write/reindex",
    "indices:data/read/sql",
    "indices:data/read/sql/translate",
    "indices:data/read/esql",
    "indices:data/read/esql/compute",
];

const WITHOUT_NAMES: &[&str] = &[
    "indices:data/read/scroll/clear",
    "indices:data/read/sql/close_cursor",
    "indices:data/read/async_search/submit",
    "indices:data/read/async_search/get",
    "indices:data/read/async_search/delete",
    "indices:data/read/eql/async/get",
    "indices:data/read/esql/async/get",
    "indices:data/read/esql/async/stop",
    "indices:data/read/sql/async/get",
    "indices:data/read/close_point_in_time",
];

/// The decision about a request, or about an item of one: items are always decided about by their names.
pub(crate) fn decide(
    tables: &Tables,
    world: &World,
    asker: &Asker<'_>,
    request: &ActionRequest,
    item: bool,
) -> Outcome {
    let action = request.action.as_str();
    let deny = |names: &[String]| Outcome::Denied(sentence(tables, asker, request, &request.detail, names));
    if !asker.sides.iter().all(|side| side.usable_in(asker.workflow)) {
        return deny(&[]);
    }
    let acting_as = &asker.who.effective.user.username;
    if let Some(by) = asker.run_as_by
        && !by.iter().all(|side| side.may_run_as(acting_as))
    {
        let user = format!("user [{}]", asker.who.authenticating.user.username);
        return Outcome::Denied(format!(
            "action [{action}] is unauthorized for {user} with effective roles [runner], because {user} is unauthorized \
             to run as [{acting_as}]"
        ));
    }
    let is_cluster = action.starts_with("cluster:")
        || action.starts_with("indices:admin/template/")
        || action.starts_with("indices:admin/index_template/");
    if item && (is_cluster || request.targets.names().is_none()) {
        return deny(&[]);
    }
    if is_cluster {
        return cluster(tables, asker, request);
    }
    let is_proxy = action.starts_with("internal:transport/proxy/indices:");
    if !action.starts_with("indices:") && !is_proxy {
        return deny(&[]);
    }
    let granted_somewhere = asker.sides.iter().all(|side| side.grants_somewhere(tables, action));
    let unnamed = Outcome::Permitted { targets: BTreeSet::new(), access: BTreeMap::new(), only_own: false };
    let written = |requested: &RequestedNames| -> Vec<String> {
        requested.expressions.iter().map(|expression| expression.as_str().to_owned()).collect()
    };
    let names = request.targets.names();
    if !item && (is_proxy || NAME_ONLY.contains(&action)) {
        return if granted_somewhere { unnamed } else { deny(&names.map(written).unwrap_or_default()) };
    }
    let Some(requested) = names else {
        let follows = WITHOUT_NAMES.contains(&action) || (action == "indices:data/read/scroll" && granted_somewhere);
        return if follows { unnamed } else { deny(&[]) };
    };
    if !requested.traits.allows_remote && !granted_somewhere {
        return deny(&written(requested));
    }
    let granted = |name: &str, failures: bool| {
        asker.sides.iter().all(|side| !side.granting(tables, world, action, name, failures).is_empty())
    };
    let resolution = Resolution { world, requested, granted: &granted };
    let resources = match resolution.resources() {
        Ok(resources) if !resources.is_empty() => resources,
        Ok(_) if requested.options.allow_no_indices => {
            return if granted_somewhere { Outcome::Empty } else { deny(&["*".to_owned(), "-*".to_owned()]) };
        }
        Ok(_) => {
            let all = written(requested).join(",");
            return Outcome::NotFound(if all.is_empty() { "_all".to_owned() } else { all });
        }
        Err(Wrong::NotFound(name)) => return Outcome::NotFound(name),
        Err(Wrong::Refused(text)) => return Outcome::Refused(text),
        Err(Wrong::NotExplicit) => return deny(&[]),
    };
    let denied: Vec<String> = resources
        .iter()
        .filter(|(name, failures)| !granted(name, *failures))
        .map(|(name, failures)| {
            // As the request wrote it.
            let ways =
                if *failures { vec![format!("{name}::failures")] } else { vec![name.clone(), format!("{name}::data")] };
            written(requested).into_iter().find(|text| ways.contains(text)).unwrap_or_else(|| ways[0].clone())
        })
        .collect();
    if !denied.is_empty() {
        return deny(&denied);
    }
    let access = access(tables, world, asker.sides, action, &resources);
    if let Some(text) = refusal(action, &request.detail, &access) {
        return Outcome::Refused(text.to_owned());
    }
    let targets = resources
        .iter()
        .map(|(name, failures)| if *failures { format!("{name}::failures") } else { name.clone() })
        .collect();
    let access = access.into_iter().filter(|(_, seen)| seen.is_restricted()).collect();
    Outcome::Permitted { targets, access, only_own: false }
}

fn cluster(tables: &Tables, asker: &Asker<'_>, request: &ActionRequest) -> Outcome {
    let action = request.action.as_str();
    let permits = |detail: &Detail| {
        asker.sides.iter().all(|side| side.permits_cluster(tables, action, detail, asker.who))
            || self_service(tables, asker, action, detail)
    };
    let permitted = |only_own| Outcome::Permitted { targets: BTreeSet::new(), access: BTreeMap::new(), only_own };
    if permits(&request.detail) {
        return permitted(false);
    }
    let mut detail = request.detail.clone();
    if let Detail::QueryApiKey { only_mine, .. } = &mut detail {
        *only_mine = true;
        if permits(&detail) {
            return permitted(true);
        }
    }
    Outcome::Denied(sentence(tables, asker, request, &detail, &[]))
}

fn self_service(tables: &Tables, asker: &Asker<'_>, action: &str, detail: &Detail) -> bool {
    let subject = &asker.who.effective;
    let is_user = matches!(subject.kind, SubjectKind::User) && asker.run_as_by.is_none();
    match (action.strip_prefix("cluster:admin/xpack/security/"), detail) {
        (Some("user/authenticate"), _) => true,
        (Some("user/has_privileges" | "user/list_privileges"), Detail::SameUser { username }) => {
            *username == *subject.user.username
        }
        (Some("user/change_password"), Detail::ChangePassword { username }) => {
            is_user && *username == *subject.user.username && ["native", "reserved"].contains(&&*subject.realm.kind)
        }
        (Some("api_key/get"), Detail::GetApiKey { id: Some(id), with_limited_by: false, .. }) => {
            asker.who.as_api_key().is_some_and(|key| key.id.to_string() == *id)
        }
        _ => {
            action == "cluster:monitor/async_search/status"
                && asker.sides.iter().all(|side| side.grants_somewhere(tables, "indices:data/read/async_search/submit"))
        }
    }
}

enum Wrong {
    NotFound(String),
    Refused(String),
    NotExplicit,
}

struct Resolution<'a> {
    world: &'a World,
    requested: &'a RequestedNames,
    granted: &'a dyn Fn(&str, bool) -> bool,
}

impl Resolution<'_> {
    fn resources(&self) -> Result<Vec<(String, bool)>, Wrong> {
        let options = &self.requested.options;
        let wildcards = options.expand_open || options.expand_closed || options.expand_hidden;
        let texts: Vec<&str> = self.requested.expressions.iter().map(|expression| expression.as_str()).collect();
        let bare = |text: &str| text.rsplit_once("::").map_or(text.to_owned(), |(name, _)| name.to_owned());
        if !self.requested.traits.replaceable {
            let mut found = Vec::new();
            for text in &texts {
                let (name, components) = self.split(text)?;
                found.extend(components.iter().map(|failures| (name.clone(), *failures)));
            }
            let wrong = texts.is_empty()
                || (texts.len() == 1 && bare(texts[0]) == "_all")
                || texts.iter().any(|text| text.contains('*'));
            return if wrong { Err(Wrong::NotExplicit) } else { Ok(found) };
        }
        let all = match texts.as_slice() {
            [] => true,
            [only] => bare(only) == "_all" || (bare(only) == "*" && wildcards),
            _ => false,
        };
        if all {
            let components = match texts.first() {
                Some(text) => self.split(text)?.1,
                None => vec![false],
            };
            return Ok(if wildcards { self.matching("*", &components) } else { Vec::new() });
        }
        let mut found: Vec<(String, bool)> = Vec::new();
        let mut wildcard_seen = false;
        for text in texts {
            let (name, components) = self.split(text)?;
            let (minus, name) = match name.strip_prefix('-') {
                Some(rest) if wildcard_seen => (true, rest.to_owned()),
                _ => (false, name),
            };
            let matched = if name.contains('*') && wildcards {
                wildcard_seen = true;
                let matched = self.matching(&name, &components);
                if matched.is_empty() && !minus && !options.allow_no_indices {
                    return Err(Wrong::NotFound(name));
                }
                matched
            } else {
                self.named(&name, text.ends_with("::*"), minus, &components)
            };
            if minus {
                found.retain(|known| !matched.contains(known));
            } else {
                for resource in matched {
                    if !found.contains(&resource) {
                        found.push(resource);
                    }
                }
            }
        }
        Ok(found)
    }

    fn named(&self, name: &str, every: bool, minus: bool, components: &[bool]) -> Vec<(String, bool)> {
        let all = components.iter().map(|failures| (name.to_owned(), *failures));
        let ignoring = self.requested.options.ignore_unavailable;
        if minus {
            all.collect()
        } else if every {
            let existing = all.filter(|(_, failures)| !failures || self.world.has_failures(name));
            let granted: Vec<_> = existing.filter(|(name, failures)| (self.granted)(name, *failures)).collect();
            if granted.is_empty() && !ignoring { vec![(name.to_owned(), false)] } else { granted }
        } else {
            all.filter(|(name, failures)| !ignoring || (self.granted)(name, *failures)).collect()
        }
    }

    /// The name and, for each component asked for, whether it is the failures.
    fn split(&self, text: &str) -> Result<(String, Vec<bool>), Wrong> {
        let Some((name, selector)) = text.rsplit_once("::") else { return Ok((text.to_owned(), vec![false])) };
        if !self.requested.traits.supports_selectors {
            return Err(Wrong::Refused(format!(
                "Index component selectors are not supported in this context but found selector in expression [{text}]"
            )));
        }
        let components = match selector {
            "data" => vec![false],
            "failures" => vec![true],
            "*" => vec![false, true],
            _ => {
                return Err(Wrong::Refused(format!(
                    "Invalid index name [{text}], Invalid usage of :: separator, [{selector}] is not a recognized selector"
                )));
            }
        };
        Ok((name.to_owned(), components))
    }

    fn matching(&self, pattern: &str, components: &[bool]) -> Vec<(String, bool)> {
        let mut found = Vec::new();
        for name in self.world.names.keys() {
            for &failures in components {
                let has = !failures || self.world.has_failures(name);
                if has
                    && matching::requested(pattern, name)
                    && self.visible(pattern, name)
                    && (self.granted)(name, failures)
                {
                    found.push((name.clone(), failures));
                }
            }
        }
        found
    }

    fn visible(&self, pattern: &str, name: &str) -> bool {
        let options = &self.requested.options;
        let known = &self.world.names[name];
        let shown = !known.hidden || options.expand_hidden || (pattern.starts_with('.') && name.starts_with('.'));
        let by_kind = match known.kind {
            Kind::Alias { .. } => !options.ignore_aliases,
            Kind::Stream { .. } => self.requested.traits.includes_data_streams,
            Kind::Index { closed: true } => options.expand_closed,
            Kind::Index { closed: false } => options.expand_open,
        };
        shown && by_kind
    }
}

impl Seen {
    fn is_restricted(&self) -> bool {
        !self.queries.is_empty() || self.fields.len() < FIELDS.len()
    }
}

fn access(
    tables: &Tables,
    world: &World,
    sides: &[Side],
    action: &str,
    resources: &[(String, bool)],
) -> BTreeMap<String, Seen> {
    let behind = |index: &str| -> Vec<&(String, bool)> {
        let leads = |(name, failures): &&(String, bool)| world.concrete(name, *failures).iter().any(|at| at == index);
        resources.iter().filter(leads).collect()
    };
    let concrete: BTreeSet<String> =
        resources.iter().flat_map(|(name, failures)| world.concrete(name, *failures)).collect();
    let seen = |index: &String| {
        let (mut queries, mut fields) = (Vec::new(), FIELDS.to_vec());
        for side in sides {
            let groups: Vec<_> = behind(index)
                .iter()
                .flat_map(|(name, failures)| side.granting(tables, world, action, name, *failures))
                .collect();
            if groups.iter().all(|group| group.queries.is_some()) {
                queries.push(groups.iter().flat_map(|group| group.queries.clone()).flatten().collect());
            }
            fields.retain(|field| groups.iter().any(|group| group.shows(field)));
        }
        Seen { queries, fields }
    };
    concrete.iter().map(|index| (index.clone(), seen(index))).collect()
}

fn refusal(action: &str, detail: &Detail, access: &BTreeMap<String, Seen>) -> Option<&'static str> {
    let documents = access.values().any(|seen| !seen.queries.is_empty());
    let anything = access.values().any(Seen::is_restricted);
    match detail {
        Detail::Content(Content::Search { suggest: true, .. }) if documents => {
            Some("Suggest isn't supported if document level security is enabled")
        }
        Detail::Content(Content::Search { profile: true, .. }) if documents => {
            Some("A search request cannot be profiled if document level security is enabled")
        }
        _ if action == "indices:data/write/update" && anything => {
            Some("Can't execute an update request if field or document level security is enabled")
        }
        _ => None,
    }
}

fn sentence(tables: &Tables, asker: &Asker<'_>, request: &ActionRequest, detail: &Detail, names: &[String]) -> String {
    let action = request.action.as_str();
    let who = match asker.who.as_api_key() {
        Some(key) => format!("API key id [{}] of user [{}]", key.id, asker.who.effective.user.username),
        None => {
            let mut roles = asker.role_names.to_vec();
            roles.sort();
            let authenticated = &asker.who.authenticating.user.username;
            let acting = if asker.run_as_by.is_some() {
                format!(" run as [{}]", asker.who.effective.user.username)
            } else {
                String::new()
            };
            format!("user [{authenticated}]{acting} with effective roles [{}]", roles.join(","))
        }
    };
    let base = |name: &String| name.rsplit_once("::").map_or(name.clone(), |(name, _)| name.to_owned());
    let (restricted, plain): (Vec<String>, Vec<String>) =
        names.iter().cloned().partition(|name| is_restricted(&base(name)));
    let context = match (plain.is_empty(), restricted.is_empty()) {
        (true, true) => String::new(),
        (false, true) => format!(" on indices [{}]", plain.join(",")),
        (true, false) => format!(" on restricted indices [{}]", restricted.join(",")),
        (false, false) => {
            format!(" on indices [{}] and restricted indices [{}]", plain.join(","), restricted.join(","))
        }
    };
    let is_cluster = action.starts_with("cluster:")
        || action.starts_with("indices:admin/template/")
        || action.starts_with("indices:admin/index_template/");
    let (kind, list) = if is_cluster {
        ("cluster", tables.cluster_privileges_granting(action, detail, asker.who))
    } else {
        ("index", tables.index_privileges_granting(action, false))
    };
    let mut granted = String::new();
    if !list.is_empty() {
        granted = format!(", this action is granted by the {kind} privileges [{}]", list.join(","));
        let failures = if is_cluster { Vec::new() } else { tables.index_privileges_granting(action, true) };
        if !failures.is_empty() && names.iter().any(|name| name.ends_with("::failures")) {
            granted +=
                &format!(" for data access, or by [{}] for access with the [::failures] selector", failures.join(","));
        }
    }
    format!("action [{action}] is unauthorized for {who}{context}{granted}")
}
