//! What a concrete call needs to be granted: which actions, on which names.
//!
//! The catalogue says it in general (the action expression and the index source of a row); here the path, the query and
//! the body of one call are put into it. The outcome is data for the decision, in the order in which Elasticsearch
//! would come to each check. Nothing is decided here.
//!
//! A body that cannot be read is refused here with 400, before anything is decided, as in Elasticsearch.

mod aliases;
mod evaluate;
mod items;
mod names;
mod write;

use keyward_security::action::Action;
use keyward_security::request::IndicesOptions;
use keyward_security::time::Timestamp;
use keyward_xcontent::{Limits, Value, parse};

use crate::bulk::BulkItem;
use crate::catalog::source::Place;
use crate::catalog::{BodyKind, Confidence, Owner, Scope};
use crate::classify::Call;
use crate::documents::DocumentItem;
use crate::error::ElasticError;
use crate::multi_search::{SearchAsks, SearchItem};
use crate::references::references;
use crate::targets::options;

pub use aliases::{AliasAction, AliasChange};

/// What a call needs.
#[derive(Clone, Debug)]
pub struct Requirements {
    /// What has to be granted for the call as a whole, in order: the first refusal ends it.
    pub whole: Vec<Needed>,
    /// The items of the body. Each is decided for itself, and a refused one is answered in its place.
    pub items: Vec<Item>,
    /// The write of a call that writes one document, in the form of a bulk item; a refusal ends the call.
    pub document: Option<Item>,
    /// What the body of a search asks for beside hits.
    pub asks: SearchAsks,
    /// Changes of aliases that the call asks for.
    pub aliases: Vec<AliasAction>,
    /// How the wildcards of the call's names expand.
    pub options: IndicesOptions,
    /// Ids that stand for names which were fixed when the id was made.
    pub opaque: Vec<Opaque>,
    /// No action is known for the endpoint: for superusers only.
    pub is_unclassified: bool,
}

/// One action to be granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// The action.
    pub action: Action,
    /// The index expressions it has to be granted on, date math evaluated. None for an action that is decided without
    /// names.
    pub names: Vec<String>,
    /// What the names are to the call.
    pub role: NameRole,
    /// When it applies.
    pub when: When,
}

/// What names are to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameRole {
    /// What the call is about.
    Main,
    /// What is read, where something else is written.
    Source,
    /// What is written, where something else is read.
    Dest,
    /// Names of aliases.
    Alias,
    /// Names inside of queries.
    Reference,
}

/// When a need applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum When {
    /// In any case.
    Always,
    /// On those of its names that do not exist.
    NameIsMissing,
}

/// One item of a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its place among the items, from zero.
    pub position: usize,
    /// What it asks for.
    pub kind: ItemKind,
    /// What has to be granted for it, in order.
    pub needs: Vec<Needed>,
}

/// What an item asks for.
#[expect(clippy::large_enum_variant, reason = "bulk items are the many, and a box would cost each an allocation")]
#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// A write.
    Bulk(BulkItem),
    /// A document or its term vectors.
    Document(DocumentItem),
    /// A search.
    Search(SearchItem),
}

/// An id that stands for something which was authorised before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opaque {
    /// What it stands for.
    pub kind: OpaqueKind,
    /// The id as the client gave it.
    pub id: String,
}

/// What an id stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpaqueKind {
    /// A scroll.
    Scroll,
    /// A point in time.
    PointInTime,
    /// An asynchronous request.
    Async,
    /// A cursor of an SQL query.
    Cursor,
    /// A policy by which documents are enriched.
    EnrichPolicy,
}

// === impl Needed ===

impl Needed {
    fn new(action: &str, names: Vec<String>, role: NameRole) -> Self {
        Self { action: Action::new(action), names, role, when: When::Always }
    }
}

// === impl Item ===

impl Item {
    /// The index expressions of the item.
    pub fn names(&self) -> &[String] {
        match &self.kind {
            ItemKind::Bulk(item) => std::slice::from_ref(&item.index),
            ItemKind::Document(item) => std::slice::from_ref(&item.index),
            ItemKind::Search(item) => &item.indices,
        }
    }
}

/// Works out what a call needs. `body` is the body that counts (see [`Call::body`]).
///
/// # Errors
///
/// 400 for a body or a name that cannot be read, and for a request that contradicts itself.
pub fn requirements(call: &Call, body: &[u8], now: Timestamp, limits: Limits) -> Result<Requirements, ElasticError> {
    let endpoint = call.endpoint;
    let options = options(call)?;
    let mut requirements = Requirements {
        whole: Vec::new(),
        items: Vec::new(),
        document: None,
        asks: SearchAsks::default(),
        aliases: Vec::new(),
        options,
        opaque: Vec::new(),
        is_unclassified: false,
    };
    if endpoint.actions.is_unknown() || endpoint.confidence == Confidence::Unknown {
        requirements.is_unclassified = endpoint.scope != Scope::None || endpoint.confidence == Confidence::Unknown;
        return Ok(requirements);
    }
    let parsed = if reads_document(call) && !body.is_empty() { Some(parse(body, limits)?) } else { None };
    requirements.asks = parsed.as_ref().map(SearchAsks::of).unwrap_or_default();
    requirements.asks.suggest |= call.params.contains("suggest_text") || call.params.contains("suggest_field");
    let subject = Subject { call, bytes: body, body: parsed.as_ref(), now, limits };
    items::collect(&subject, &mut requirements)?;
    evaluate::collect(&subject, &mut requirements)?;
    if let Some(body) = &parsed
        && holds_queries(call)
    {
        for reference in references(body, now)? {
            add(&mut requirements.whole, Needed::new(reference.action, vec![reference.name], NameRole::Reference));
        }
    }
    Ok(requirements)
}

/// A call as the parts of this module look at it.
struct Subject<'c> {
    call: &'c Call,
    bytes: &'c [u8],
    body: Option<&'c Value<'c>>,
    now: Timestamp,
    limits: Limits,
}

impl<'c> Subject<'c> {
    fn api(&self) -> &'static str {
        self.call.endpoint.api
    }

    /// A field at the top of the body.
    fn field(&self, name: &str) -> Option<&'c Value<'c>> {
        self.body?.get(name)
    }
}

/// Adds a need, unless the same action with the same role is there: then the names join those.
fn add(whole: &mut Vec<Needed>, needed: Needed) {
    let same = |other: &&mut Needed| {
        (&other.action, other.role, other.when) == (&needed.action, needed.role, needed.when)
            && other.names.is_empty() == needed.names.is_empty()
    };
    match whole.iter_mut().find(same) {
        None => whole.push(needed),
        Some(other) => {
            for name in needed.names {
                if !other.names.contains(&name) {
                    other.names.push(name);
                }
            }
        }
    }
}

/// Whether the body is one JSON value that is read before anything is decided.
fn reads_document(call: &Call) -> bool {
    let endpoint = call.endpoint;
    let is_json = matches!(
        endpoint.body,
        BodyKind::Optional | BodyKind::Required | BodyKind::Source | BodyKind::RequiredSource | BodyKind::Any
    );
    // The document of a write is the engine's to read, and the security API reads its own bodies.
    let is_document = matches!(endpoint.api, "index" | "create");
    let mut places = endpoint.index_source.parts.iter().flat_map(|part| &part.places);
    let is_lines = places.any(|place| matches!(place, Place::BulkLines | Place::SearchLines));
    let names_inside = endpoint.index_source.looks_into_body() || takes_ids(call);
    is_json && !is_document && !is_lines && (endpoint.owner == Owner::Engine || names_inside)
}

/// Whether Query DSL may stand in the body.
fn holds_queries(call: &Call) -> bool {
    let endpoint = call.endpoint;
    let of_documents = matches!(
        endpoint.api,
        "update"
            | "mget"
            | "mtermvectors"
            | "termvectors"
            | "simulate.ingest"
            | "indices.put_mapping"
            | "server.put_mapping_alt"
            | "indices.put_settings"
    );
    endpoint.scope != Scope::Cluster && !of_documents
}

/// Whether the body may give ids that stand for something.
fn takes_ids(call: &Call) -> bool {
    let mut places = call.endpoint.index_source.parts.iter().flat_map(|part| &part.places);
    places.any(|place| matches!(place, Place::Opaque(_)))
}
