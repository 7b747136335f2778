//! `_resolve/index`: what names stand for.

use keyward_rest::error::ElasticError;
use keyward_rest::reply::Reply;
use keyward_security::index_names::NameKind;
use serde_json::{Map, Value, json};

use super::{Outcome, Request, targets};

/// `GET _resolve/index/{name}`
pub(super) fn resolve(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[targets::EXPANSION, &["mode"]].concat())?;
    request.only("mode", &["standard"])?;
    let catalogue = request.indices.catalogue();
    // A name that does not exist is an error like everywhere.
    targets::indices(request, &catalogue)?;
    let (mut indices, mut aliases) = (Vec::new(), Vec::new());
    let mut resolved: Vec<_> = request.permit.targets().iter().collect();
    resolved.sort_unstable_by(|one, other| one.name().cmp(other.name()));
    resolved.dedup_by(|one, other| one.name() == other.name());
    for target in resolved {
        let name = &**target.name();
        match target.kind() {
            Some(NameKind::Index) => {
                let Some(entry) = catalogue.entry(name) else { continue };
                let own: Vec<&str> = entry
                    .aliases
                    .keys()
                    .filter(|alias| request.call.aliases.contains(*alias))
                    .map(|alias| &**alias)
                    .collect();
                let mut shown = Map::new();
                shown.insert("name".to_owned(), name.into());
                if !own.is_empty() {
                    shown.insert("aliases".to_owned(), json!(own));
                }
                let mut attributes = vec!["open"];
                if entry.index.settings().is_hidden() {
                    attributes.insert(0, "hidden");
                }
                shown.insert("attributes".to_owned(), json!(attributes));
                shown.insert("mode".to_owned(), "standard".into());
                indices.push(Value::Object(shown));
            }
            Some(NameKind::Alias) => {
                let members: Vec<&str> = target.concrete().iter().map(|index| &**index).collect();
                aliases.push(json!({ "name": name, "indices": members }));
            }
            Some(NameKind::DataStream) | None => {}
        }
    }
    Ok(Reply::ok(json!({ "indices": indices, "aliases": aliases, "data_streams": [] })).into())
}
