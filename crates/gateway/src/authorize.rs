//! The decisions about a call: of the whole, in the order of its needs, and of each item.
//!
//! A call often needs several actions on the same names. Each is decided on what the client wrote, so that an explicit
//! name which lacks any of them ends the call; what wildcards found counts only as far as every action is granted on
//! it. The permit that leaves here covers exactly that.

use std::collections::HashSet;
use std::sync::Arc;

use keyward_engine::CallItem;
use keyward_rest::catalog::Scope;
use keyward_rest::requirements::{Item, ItemKind, NameRole, Needed, Requirements, When};
use keyward_rest::targets::remote_cluster;
use keyward_rest::{Call, Cause, ElasticError, ErrorType};
use keyward_security::action::Action;
use keyward_security::decide::{Asker, Decision, NotPermitted, Permit, decide, decide_item};
use keyward_security::index_names::{IndexNames, NameKind};
use keyward_security::privilege::Detail;
use keyward_security::request::{ActionRequest, Content, IndicesOptions, RequestedNames, TargetTraits, Targets};
use keyward_security::resolve_aliases;

use crate::items::{OfTarget, Rights};
use crate::splice::Refused;
use crate::{hidden, reserved, traits};

/// A call as it is decided about.
pub(crate) struct Authorizer<'a> {
    pub(crate) asker: Asker<'a>,
    pub(crate) call: &'a Call,
    pub(crate) requirements: &'a Requirements,
    pub(crate) names: &'a IndexNames,
}

/// A call that is allowed as a whole.
#[derive(Debug)]
pub(crate) struct Authorized {
    /// What it may work on.
    pub(crate) permit: Permit,
    /// The aliases that it may show or change.
    pub(crate) aliases: Vec<Arc<str>>,
    /// It comes down to no index at all.
    pub(crate) is_empty: bool,
    /// Why it must not be carried out although it is allowed: one of its actions could show what is hidden.
    pub(crate) hidden: Result<(), ElasticError>,
}

/// The decisions about one role of names.
#[derive(Default)]
struct Group<'n> {
    needs: Vec<&'n Needed>,
    permits: Vec<(Permit, bool)>,
}

impl Authorizer<'_> {
    /// Refuses everybody but those who may do anything.
    pub(crate) fn superuser(&self) -> Result<(), ElasticError> {
        let api = self.call.endpoint.api;
        for action in [format!("cluster:admin/unclassified/{api}"), format!("indices:admin/unclassified/{api}")] {
            let action = Action::new(&action);
            let request = if action.is_cluster() {
                ActionRequest::plain(action)
            } else {
                ActionRequest::on(action, RequestedNames::explicit(["unclassified"]))
            };
            decide(self.asker, &request, self.names).permit()?;
        }
        Ok(())
    }

    /// Decides about the whole of the call.
    pub(crate) fn whole(&self) -> Result<Authorized, ElasticError> {
        let joined = self.joined();
        let (mut unnamed, mut aliases) = (None, Vec::new());
        let [mut main, mut dest, mut alias] = [Group::default(), Group::default(), Group::default()];
        for needed in &joined {
            if needed.when == When::NameIsMissing {
                self.missing(needed)?;
                continue;
            }
            let (permit, is_empty) = self.decide(needed, &needed.names, self.options(needed))?;
            if needed.names.is_empty() || needed.action.is_name_only() {
                unnamed.get_or_insert(permit);
                continue;
            }
            let group = match needed.role {
                NameRole::Main | NameRole::Source => &mut main,
                NameRole::Dest => &mut dest,
                NameRole::Alias => &mut alias,
                NameRole::Reference => {
                    hidden::check_reference(&permit)?;
                    continue;
                }
            };
            group.needs.push(needed);
            group.permits.push((permit, is_empty));
        }
        for (needed, (permit, _)) in alias.needs.iter().zip(&alias.permits) {
            aliases.extend(alias_names(permit, &needed.names));
        }
        if alias.permits.is_empty() && traits::concerns_aliases(self.call.endpoint.api) {
            let action = main.needs.first().map(|needed| needed.action.clone());
            let all = action.map(|action| resolve_aliases(self.asker.role, &action, &[], self.names));
            aliases = all.unwrap_or_default();
        }
        aliases.sort_unstable();
        aliases.dedup();
        joined.iter().try_for_each(reserved::check)?;
        let mut every = main.permits.iter().chain(&dest.permits).chain(&alias.permits);
        let hidden = every.try_for_each(|(permit, _)| hidden::check(self.call, permit));
        let narrowed = match self.narrowed(main)? {
            Some(main) => Some(main),
            // A call about aliases alone works on what is behind them.
            None => self.narrowed(alias)?,
        };
        let (permit, is_empty) = match (narrowed, unnamed) {
            (Some(narrowed), _) => narrowed,
            (None, Some(unnamed)) => (unnamed, false),
            (None, None) => (self.without_needs()?, false),
        };
        Ok(Authorized { permit, aliases, is_empty, hidden })
    }

    /// The needs of the whole; where source and target belong to one operation, as one.
    fn joined(&self) -> Vec<Needed> {
        let mut joined: Vec<Needed> = Vec::new();
        for needed in &self.requirements.whole {
            let same = |other: &&mut Needed| {
                other.action == needed.action && other.when == needed.when && other.role == NameRole::Main
            };
            let is_target = needed.role == NameRole::Dest && traits::joins_target(self.call);
            match joined.iter_mut().find(same) {
                Some(source) if is_target => source.names.extend(needed.names.iter().cloned()),
                _ => joined.push(needed.clone()),
            }
        }
        joined
    }

    fn options(&self, needed: &Needed) -> IndicesOptions {
        let options = self.requirements.options;
        match needed.role {
            NameRole::Alias => {
                IndicesOptions { expand_open: true, expand_closed: true, expand_hidden: true, ..options }
            }
            NameRole::Reference | NameRole::Dest => IndicesOptions::EXPLICIT,
            NameRole::Main | NameRole::Source => options,
        }
    }

    fn decide(
        &self,
        needed: &Needed,
        names: &[String],
        options: IndicesOptions,
    ) -> Result<(Permit, bool), ElasticError> {
        let traits = traits::of(self.call, needed);
        let detail = traits::detail(self.call, self.requirements, needed);
        let request = request(&needed.action, names, options, traits, detail)?;
        Ok(permit(decide(self.asker, &request, self.names))?)
    }

    /// Decides about the making of what does not exist.
    fn missing(&self, needed: &Needed) -> Result<(), ElasticError> {
        let missing: Vec<&String> = needed.names.iter().filter(|name| self.names.get(name).is_none()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let request = ActionRequest::on(needed.action.clone(), RequestedNames::explicit(missing));
        decide(self.asker, &request, self.names).permit()?;
        Ok(())
    }

    /// The permit of a group, for what all its decisions have in common.
    fn narrowed(&self, group: Group<'_>) -> Result<Option<(Permit, bool)>, ElasticError> {
        let mut permits = group.permits.into_iter();
        let (Some((first, is_empty)), Some(needed)) = (permits.next(), group.needs.first()) else { return Ok(None) };
        let rest: Vec<HashSet<String>> = permits.map(|(permit, _)| expressions(&permit).collect()).collect();
        let common: Vec<String> =
            expressions(&first).filter(|name| rest.iter().all(|others| others.contains(name))).collect();
        if is_empty || common.len() == first.targets().len() {
            return Ok(Some((first, is_empty)));
        }
        // Nothing in common: the call finds nothing, as if its wildcards had matched nothing.
        let common = if common.is_empty() { nothing() } else { common };
        let options = IndicesOptions { allow_no_indices: true, ..self.requirements.options };
        let options = IndicesOptions { expand_open: true, ..options };
        self.decide(needed, &common, options).map(Some)
    }

    /// Endpoints that need nothing are few, and marked so in the catalogue.
    fn without_needs(&self) -> Result<Permit, ElasticError> {
        if self.call.endpoint.scope != Scope::None {
            self.superuser()?;
        }
        let action = Action::from_static("cluster:monitor/help");
        Ok(Permit::internal(&action, "the list of cat routes is open to everybody who has been authenticated"))
    }

    /// Decides about an item on which the call depends.
    pub(crate) fn item(&self, item: Item) -> Result<CallItem, ElasticError> {
        let (permit, rights) = self.one(&item, &mut Rights::default(), true)?;
        let (may_create_index, may_update_mapping) = rights;
        Ok(CallItem { item, permit, may_create_index, may_update_mapping })
    }

    /// Decides about all items, one by one.
    pub(crate) fn items(&self, waiting: Vec<Item>, allowed: &mut Vec<CallItem>, refused: &mut Vec<Refused>) {
        let mut rights = Rights::default();
        for item in waiting {
            match self.one(&item, &mut rights, false) {
                Ok((permit, (may_create_index, may_update_mapping))) => {
                    allowed.push(CallItem { item, permit, may_create_index, may_update_mapping });
                }
                Err(error) => refused.push(Refused { item, error }),
            }
        }
    }

    fn one(&self, item: &Item, rights: &mut Rights, is_alone: bool) -> Result<(Permit, OfTarget), ElasticError> {
        let mut last = None;
        for needed in item.needs.iter().filter(|needed| needed.when == When::Always) {
            if needed.action.as_str() == BULK_SHARD {
                rights.shard_writes(self, needed)?;
                continue;
            }
            let (options, traits) = match &item.kind {
                _ if needed.role == NameRole::Reference => (IndicesOptions::EXPLICIT, traits::of(self.call, needed)),
                ItemKind::Search(search) => (search.options, TargetTraits::SEARCH),
                ItemKind::Bulk(_) | ItemKind::Document(_) => (IndicesOptions::EXPLICIT, TargetTraits::EXPLICIT),
            };
            let detail = item_detail(item, needed, is_alone);
            let request = request(&needed.action, &needed.names, options, traits, detail)?;
            let (permit, _) = permit(decide_item(self.asker, &request, self.names))?;
            if needed.role == NameRole::Reference {
                hidden::check_reference(&permit)?;
            } else {
                last = Some(permit);
            }
        }
        item.needs.iter().try_for_each(reserved::check)?;
        let permit = last.ok_or_else(|| ElasticError::forbidden("the item asks for nothing that can be decided"))?;
        let rights = match &item.kind {
            ItemKind::Bulk(write) => rights.of_target(self, &write.index)?,
            // Reading makes nothing.
            ItemKind::Document(_) | ItemKind::Search(_) => (Ok(()), Ok(())),
        };
        Ok((permit, rights))
    }
}

const BULK_SHARD: &str = "indices:data/write/bulk[s]";
const UPDATE: &str = "indices:data/write/update";
const SEARCH: &str = "indices:data/read/search";

fn item_detail(item: &Item, needed: &Needed, is_alone: bool) -> Detail {
    match &item.kind {
        ItemKind::Search(search) if needed.action.as_str() == SEARCH && needed.role != NameRole::Reference => {
            Detail::Content(Content::Search { suggest: search.asks.suggest, profile: search.asks.profile })
        }
        ItemKind::Bulk(_) if needed.action.as_str() == UPDATE && !is_alone => Detail::Content(Content::BulkUpdate),
        _ => Detail::None,
    }
}

/// The expressions that stand for nothing whatever there is.
fn nothing() -> Vec<String> {
    vec!["*".to_owned(), "-*".to_owned()]
}

/// A request to the decision. Other clusters are known to nobody here.
fn request(
    action: &Action,
    names: &[String],
    options: IndicesOptions,
    traits: TargetTraits,
    detail: Detail,
) -> Result<ActionRequest, ElasticError> {
    if names.is_empty() || action.is_cluster() {
        return Ok(ActionRequest { action: action.clone(), targets: Targets::None, detail });
    }
    let requested = if traits.allows_remote {
        let mut local: Vec<String> = Vec::with_capacity(names.len());
        for name in names {
            match remote_cluster(name) {
                None => local.push(name.clone()),
                // A pattern of clusters matches none.
                Some(cluster) if cluster.contains('*') => {}
                Some(cluster) => {
                    let text = format!("no such remote cluster: [{cluster}]");
                    return Err(Cause::new(ErrorType::NoSuchRemoteCluster, text).into());
                }
            }
        }
        let local = if local.is_empty() { nothing() } else { local };
        RequestedNames::new(local, options, traits)
    } else {
        RequestedNames::new(names, options, traits)
    };
    Ok(ActionRequest { action: action.clone(), targets: Targets::Names(requested), detail })
}

/// The permit of a decision, and whether it is for nothing.
fn permit(decision: Decision) -> Result<(Permit, bool), NotPermitted> {
    let is_empty = matches!(decision, Decision::Empty(_));
    decision.permit().map(|permit| (permit, is_empty))
}

fn expressions(permit: &Permit) -> impl Iterator<Item = String> {
    permit.targets().iter().map(|target| target.expression())
}

/// The aliases among what a permit is for, and the names that were given outright, whatever they name: an engine tells
/// why they cannot be aliases, or makes them.
fn alias_names(permit: &Permit, given: &[String]) -> impl Iterator<Item = Arc<str>> {
    let outright = |name: &str| given.iter().any(|given| given == name);
    let targets = permit.targets().iter();
    targets
        .filter(move |target| matches!(target.kind(), Some(NameKind::Alias)) || outright(target.name()))
        .map(|target| target.name().clone())
}
