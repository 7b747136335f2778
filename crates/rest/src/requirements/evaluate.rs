//! The action expression of a row, applied to one call.

use keyward_security::action::Action;
use keyward_xcontent::Value;

use crate::bulk::{BulkItem, BulkOperation};
use crate::catalog::rule::{Condition, Term};
use crate::error::ElasticError;
use crate::requirements::names::{self, CallNames};
use crate::requirements::{
    AliasAction, AliasChange, Item, ItemKind, NameRole, Needed, OpaqueKind, Requirements, Subject, When, add, aliases,
    write,
};

const ENRICH_POLICY: &str = "cluster:monitor/xpack/enrich/esql/resolve_policy";
const BULK_SHARD: &str = "indices:data/write/bulk[s]";
const SEARCH: &str = "indices:data/read/search";

/// Index actions whose requests carry no names: they go by id, or start something that is authorised for itself.
const NAMELESS: &[&str] = &[
    "indices:data/read/scroll",
    "indices:data/read/scroll/clear",
    "indices:data/read/close_point_in_time",
    "indices:data/read/async_search/submit",
    "indices:data/read/async_search/get",
    "indices:data/read/async_search/delete",
    "indices:data/read/sql/close_cursor",
    "indices:data/write/reindex",
];

/// Collects what the call needs as a whole.
pub(super) fn collect(subject: &Subject<'_>, requirements: &mut Requirements) -> Result<(), ElasticError> {
    let endpoint = subject.call.endpoint;
    let mut names =
        if endpoint.scope == crate::catalog::Scope::Cluster { CallNames::default() } else { names::collect(subject)? };
    alias_changes(subject, &mut names, requirements)?;
    redirects(subject, &mut names);

    let has_items = !requirements.items.is_empty();
    let mut rule = Evaluation { subject, names: &names, whole: &mut requirements.whole, has_items, held: false };
    for term in &endpoint.actions.terms {
        rule.term(term, None)?;
    }
    removed_indices(requirements);
    if names.opaque.iter().any(|opaque| opaque.kind == OpaqueKind::EnrichPolicy) {
        add(&mut requirements.whole, Needed::new(ENRICH_POLICY, Vec::new(), NameRole::Main));
    }
    sources_of_stored_queries(subject, &names, requirements)?;
    if let Some(index) = names.of(NameRole::Main).first()
        && let Some(item) = write::document(subject, index)?
    {
        requirements.document = Some(write_of(item, &mut requirements.whole));
    }
    requirements.opaque = names.opaque;
    Ok(())
}

/// The rule of a row as it is applied.
struct Evaluation<'e, 'c> {
    subject: &'e Subject<'c>,
    names: &'e CallNames,
    whole: &'e mut Vec<Needed>,
    has_items: bool,
    /// Whether the condition before held.
    held: bool,
}

impl Evaluation<'_, '_> {
    fn term(&mut self, term: &Term, role: Option<NameRole>) -> Result<(), ElasticError> {
        match term {
            Term::Action(action) => self.action(action, role),
            Term::Item(_) => {}
            Term::If(condition, inner) => {
                let holds = match condition {
                    Condition::Otherwise => !self.held,
                    other => self.holds(*other)?,
                };
                self.held = holds;
                if holds {
                    if *condition == Condition::ScrollIdAll {
                        // The cluster action stands in place of the plain one.
                        self.whole.clear();
                    }
                    self.term(inner, role)?;
                }
            }
            // Items have their own.
            Term::Missing(_) if self.has_items => {}
            Term::Missing(inner) => {
                let (role, names) = self.names.written();
                for action in plain(inner) {
                    let needed = Needed { when: When::NameIsMissing, ..Needed::new(action, names.clone(), role) };
                    self.before_shard_writes(needed);
                }
            }
            Term::Aliases(inner) => {
                let aliases = self.names.of(NameRole::Alias);
                if !aliases.is_empty() {
                    for action in plain(inner) {
                        let (role, indices) = self.names.written();
                        add(self.whole, Needed::new(action, indices, role));
                        add(self.whole, Needed::new(action, aliases.clone(), NameRole::Alias));
                    }
                }
            }
            Term::Source(inner) => {
                if self.names.has(NameRole::Source) {
                    self.term(inner, Some(NameRole::Source))?;
                }
            }
            Term::Dest(inner) => self.term(inner, Some(NameRole::Dest))?,
            Term::Refresh(inner) => {
                if self.subject.call.params.bool_or("refresh", false)? {
                    let role = self.names.written().0;
                    self.term(inner, Some(role))?;
                }
            }
            Term::Inner(inner) => {
                if !self.goes_with_the_main_action() {
                    self.term(inner, role)?;
                }
            }
        }
        Ok(())
    }

    fn action(&mut self, name: &str, role: Option<NameRole>) {
        let action = Action::new(name);
        if action.is_cluster() || NAMELESS.contains(&name) {
            return add(self.whole, Needed::new(name, Vec::new(), NameRole::Main));
        }
        if self.has_items {
            // The rest is decided item by item.
            if action.is_name_only() {
                add(self.whole, Needed::new(name, Vec::new(), NameRole::Main));
            }
            return;
        }
        let all = [NameRole::Main, NameRole::Source, NameRole::Dest, NameRole::Alias];
        let has_alias_term =
            self.subject.call.endpoint.actions.terms.iter().any(|term| matches!(term, Term::Aliases(_)));
        let mut named = false;
        for own in all {
            let wanted = role.map_or(own != NameRole::Alias || !has_alias_term, |role| role == own);
            if wanted && self.names.has(own) {
                add(self.whole, Needed::new(name, self.names.of(own), own));
                named = true;
            }
        }
        if !named {
            add(self.whole, Needed::new(name, Vec::new(), NameRole::Main));
        }
    }

    /// Puts a need before the first that the writes of a shard have.
    fn before_shard_writes(&mut self, needed: Needed) {
        let at = self.whole.iter().position(|other| other.action.as_str() == BULK_SHARD);
        self.whole.insert(at.unwrap_or(self.whole.len()), needed);
    }

    /// Query languages run steps of their own under the main action.
    fn goes_with_the_main_action(&self) -> bool {
        let api = self.subject.api();
        api.starts_with("eql.") || api.starts_with("esql.") || self.names.is_catalog || self.names.is_continuation
    }

    fn holds(&self, condition: Condition) -> Result<bool, ElasticError> {
        let body = |name: &str| self.subject.field(name);
        Ok(match condition {
            Condition::Otherwise => !self.held,
            Condition::CreateOrNoId => write::is_create(self.subject)?,
            Condition::ScrollIdAll => self.names.opaque.iter().any(|opaque| opaque.id == "_all"),
            Condition::ContextIndexGiven | Condition::IndexGiven => self.names.has(NameRole::Main),
            Condition::RefreshTokenGrant => {
                body("grant_type").and_then(Value::as_str).is_some_and(|grant| grant == "refresh_token")
            }
            // Needed on the removed indices only, see `removed_indices`.
            Condition::RemoveIndex => false,
            Condition::CatalogStatement => self.names.is_catalog,
            Condition::DestCreate => {
                body("dest").and_then(|dest| dest.get("op_type")).is_some_and(|kind| kind.as_str() != Some("index"))
            }
            Condition::ScriptDeletes => body("script").is_some_and(|script| !script.is_null()),
            Condition::UpsertOfMissing => ["upsert", "doc_as_upsert", "scripted_upsert"]
                .iter()
                .any(|name| body(name).is_some_and(|value| value.as_lenient_bool() != Some(false))),
        })
    }
}

/// The actions of a term without conditions of its own.
fn plain(term: &Term) -> Vec<&'static str> {
    match term {
        Term::Action(action) => vec![action],
        _ => Vec::new(),
    }
}

/// Takes the changes of aliases from the path or the body into the names.
fn alias_changes(
    subject: &Subject<'_>,
    names: &mut CallNames,
    requirements: &mut Requirements,
) -> Result<(), ElasticError> {
    match subject.api() {
        "indices.update_aliases" => {
            for change in aliases::actions(subject)? {
                names.by_role.push((NameRole::Main, change.indices.clone()));
                names.by_role.push((NameRole::Alias, change.aliases.clone()));
                requirements.aliases.push(change);
            }
        }
        "indices.put_alias" | "server.put_alias_alt" | "indices.create" => {
            let (indices, aliases) = (names.of(NameRole::Main), names.of(NameRole::Alias));
            if !aliases.is_empty() {
                requirements.aliases.push(AliasAction { change: AliasChange::Add, indices, aliases });
            }
        }
        _ => {}
    }
    Ok(())
}

/// Takes into account what sends documents elsewhere than the names say.
fn redirects(subject: &Subject<'_>, names: &mut CallNames) {
    if subject.api() != "reindex" {
        return;
    }
    // What another cluster holds is not read with rights of this one.
    if subject.field("source").is_some_and(|source| source.get("remote").is_some()) {
        names.by_role.retain(|(role, _)| *role != NameRole::Source);
    }
    // A script can change the destination of every document.
    if subject.field("script").is_some_and(|script| !script.is_null()) {
        names.by_role.retain(|(role, _)| *role != NameRole::Dest);
        names.by_role.push((NameRole::Dest, vec!["*".to_owned()]));
    }
}

/// A stored object that will read indices later needs them to be readable now.
fn sources_of_stored_queries(
    subject: &Subject<'_>,
    names: &CallNames,
    requirements: &mut Requirements,
) -> Result<(), ElasticError> {
    match subject.api() {
        "enrich.put_policy" => {
            for kind in ["match", "geo_match", "range"] {
                let Some(indices) = subject.field(kind).and_then(|policy| policy.get("indices")) else { continue };
                for item in indices.as_array().unwrap_or(std::slice::from_ref(indices)) {
                    let list = item.as_str().ok_or_else(|| ElasticError::parse("[indices] has to hold strings"))?;
                    let names = crate::targets::expressions(list, subject.now)?;
                    add(&mut requirements.whole, Needed::new(SEARCH, names, NameRole::Main));
                }
            }
        }
        "esql.put_view" => {
            let inside: Vec<String> = names.by_role.iter().skip(1).flat_map(|(_, names)| names.clone()).collect();
            let own: Vec<String> = names.by_role.first().map(|(_, names)| names.clone()).unwrap_or_default();
            requirements.whole.clear();
            add(&mut requirements.whole, Needed::new("indices:admin/esql/view/put", own, NameRole::Main));
            add(&mut requirements.whole, Needed::new("indices:data/read/esql", inside, NameRole::Main));
        }
        _ => {}
    }
    Ok(())
}

/// The write of one document with the needs that its target has. They leave the needs of the whole call, where those
/// that are decided by name alone stay.
fn write_of(item: BulkItem, whole: &mut Vec<Needed>) -> Item {
    let of_target = |needed: &Needed| needed.when == When::NameIsMissing || needed.action.as_str() == BULK_SHARD;
    let at = whole.iter().position(of_target).unwrap_or(whole.len());
    let mut needs = whole.split_off(at);
    if item.operation == BulkOperation::Delete {
        // The action of the request is decided by its name alone; that of the item has to hold for the target.
        needs.push(Needed::new(item.operation.action(), vec![item.index.clone()], NameRole::Main));
    }
    Item { position: 0, kind: ItemKind::Bulk(item), needs }
}

/// Indices that an update of aliases removes have to be deletable.
fn removed_indices(requirements: &mut Requirements) {
    for change in requirements.aliases.iter().filter(|change| change.change == AliasChange::RemoveIndex) {
        let needed = Needed::new("indices:admin/delete", change.indices.clone(), NameRole::Main);
        add(&mut requirements.whole, needed);
    }
}
