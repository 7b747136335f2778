//! The items of bodies that have some, with what each needs.

use crate::bulk::{self, BulkDefaults, BulkItem, BulkOperation};
use crate::catalog::rule::{Operation, Term};
use crate::catalog::source::Place;
use crate::documents::{self, DocumentsOf};
use crate::error::ElasticError;
use crate::multi_search::{self, SearchAsks};
use crate::references::references;
use crate::requirements::{Item, ItemKind, NameRole, Needed, Requirements, Subject, When, add};
use crate::targets::expressions;
use keyward_xcontent::parse;

const BULK_SHARD: &str = "indices:data/write/bulk[s]";
const AUTO_CREATE: &str = "indices:admin/auto_create";

/// Collects the items of a call.
pub(super) fn collect(subject: &Subject<'_>, requirements: &mut Requirements) -> Result<(), ElasticError> {
    let places = subject.call.endpoint.index_source.parts.iter().flat_map(|part| &part.places);
    let holds = |wanted: Place| places.clone().any(|place| *place == wanted);
    if holds(Place::BulkLines) {
        bulk(subject, requirements)
    } else if holds(Place::SearchLines) {
        searches(subject, requirements)
    } else if holds(Place::Body("docs._index")) {
        documents(subject, requirements)
    } else {
        Ok(())
    }
}

/// The index of the path or of the query, which items have that name none.
fn default<'c>(subject: &Subject<'c>) -> Option<&'c str> {
    let given = subject.call.path.get("index").or_else(|| subject.call.params.get("index"));
    given.filter(|name| !name.is_empty())
}

/// The action that the rule has for items of an operation.
fn item_action(subject: &Subject<'_>, operation: Operation) -> Option<&'static str> {
    subject.call.endpoint.actions.terms.iter().find_map(|term| match term {
        Term::Item(items) => {
            items.iter().find(|(own, _)| *own == operation || *own == Operation::Any).map(|(_, action)| *action)
        }
        _ => None,
    })
}

fn bulk(subject: &Subject<'_>, requirements: &mut Requirements) -> Result<(), ElasticError> {
    let params = &subject.call.params;
    let text = |name: &str| params.get(name).map(str::to_owned);
    let defaults = BulkDefaults {
        index: default(subject).map(str::to_owned),
        routing: text("routing"),
        pipeline: text("pipeline"),
        require_alias: params.bool_or("require_alias", false)?,
        require_data_stream: params.bool_or("require_data_stream", false)?,
        list_executed_pipelines: params.bool_or("list_executed_pipelines", false)?,
    };
    for (position, item) in bulk::scan(subject.bytes, &defaults, subject.now)?.into_iter().enumerate() {
        let needs = write_needs(&item);
        requirements.items.push(Item { position, kind: ItemKind::Bulk(item), needs });
    }
    Ok(())
}

/// What the write of one document needs on its target, in the order of the checks.
fn write_needs(item: &BulkItem) -> Vec<Needed> {
    let name = || vec![item.index.clone()];
    let mut needs = Vec::new();
    // A delete makes no index, unless the version is kept by someone else.
    let external = item.version_type.as_deref().is_some_and(|kind| kind.starts_with("external"));
    if item.operation != BulkOperation::Delete || external {
        needs.push(Needed { when: When::NameIsMissing, ..Needed::new(AUTO_CREATE, name(), NameRole::Main) });
    }
    needs.push(Needed::new(BULK_SHARD, name(), NameRole::Main));
    needs.push(Needed::new(item.operation.action(), name(), NameRole::Main));
    needs
}

fn documents(subject: &Subject<'_>, requirements: &mut Requirements) -> Result<(), ElasticError> {
    let body = subject.body.ok_or_else(|| ElasticError::parse("request body or source parameter is required"))?;
    let kind = match subject.api() {
        "mget" => DocumentsOf::Get,
        "mtermvectors" => DocumentsOf::TermVectors,
        _ => DocumentsOf::Simulation,
    };
    let action = item_action(subject, Operation::Any);
    let shown = action.unwrap_or("indices:data/write/simulate/bulk");
    for (position, item) in documents::scan(kind, body, default(subject), shown, subject.now)?.into_iter().enumerate() {
        let needs = action.map(|action| Needed::new(action, vec![item.index.clone()], NameRole::Main));
        requirements.items.push(Item { position, kind: ItemKind::Document(item), needs: needs.into_iter().collect() });
    }
    Ok(())
}

fn searches(subject: &Subject<'_>, requirements: &mut Requirements) -> Result<(), ElasticError> {
    let default = default(subject).map_or_else(|| Ok(vec!["*".to_owned()]), |list| expressions(list, subject.now))?;
    let action = item_action(subject, Operation::Any).unwrap_or("indices:data/read/search");
    let found = multi_search::scan(subject.bytes, &default, &requirements.options, subject.now)?;
    for (position, mut item) in found.into_iter().enumerate() {
        let mut needs = vec![Needed::new(action, item.indices.clone(), NameRole::Main)];
        let body = parse(subject.bytes.get(item.body.clone()).unwrap_or_default(), subject.limits)?;
        if body.get("pit").is_some() {
            return Err(ElasticError::unsupported_construct("[pit] inside of a multi search is not supported"));
        }
        item.asks = SearchAsks::of(&body);
        for reference in references(&body, subject.now)? {
            add(&mut needs, Needed::new(reference.action, vec![reference.name], NameRole::Reference));
        }
        requirements.items.push(Item { position, kind: ItemKind::Search(item), needs });
    }
    Ok(())
}
