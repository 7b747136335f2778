//! `_field_caps`: which fields there are and what can be done with them.

use std::collections::BTreeMap;

use keyward_rest::error::ElasticError;
use keyward_rest::reply::Reply;
use keyward_xcontent::{Limits, parse};
use serde_json::{Map, Value as Json, json};

use super::super::execute::count_hits;
use super::super::failure::{parse_failure, syntax_failure};
use super::super::wildcard::matches;
use super::{body_of, snapshots};
use crate::api::targets::EXPANSION;
use crate::api::{Outcome, Request};
use crate::mapping::FieldKind;
use crate::snapshot::IndexSnapshot;

/// The fields that every document has, with whether they can be searched and aggregated.
const METADATA: &[(&str, bool, bool)] = &[
    ("_id", true, false),
    ("_index", true, true),
    ("_seq_no", true, true),
    ("_source", false, false),
    ("_version", false, true),
];

/// A field of a type: in which indices, and what can be done with it there.
#[derive(Default)]
struct Capability {
    metadata: bool,
    searchable: Vec<String>,
    not_searchable: Vec<String>,
    aggregatable: Vec<String>,
    not_aggregatable: Vec<String>,
    indices: Vec<String>,
}

impl Capability {
    fn add(&mut self, index: &str, searchable: bool, aggregatable: bool) {
        let index = index.to_owned();
        self.indices.push(index.clone());
        if searchable { &mut self.searchable } else { &mut self.not_searchable }.push(index.clone());
        if aggregatable { &mut self.aggregatable } else { &mut self.not_aggregatable }.push(index);
    }
}

/// `GET /{index}/_field_caps`
pub(crate) fn field_caps(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    let own = &[
        "index",
        "fields",
        "include_unmapped",
        "include_empty_fields",
        "filters",
        "types",
        "source",
        "source_content_type",
    ];
    request.honours(&[EXPANSION, own].concat())?;
    let (patterns, filter) = asked(request)?;
    if patterns.is_empty() {
        return Err(ElasticError::validation(["no fields specified"]));
    }
    let mut snapshots = snapshots(request)?;
    if let Some(query) = filter {
        let body = keyward_query::SearchBody { query: Some(query), size: 0, ..keyward_query::SearchBody::default() };
        let now = request.call.now.as_millis();
        let mut kept = Vec::new();
        for snapshot in snapshots {
            // An index in which nothing matches is left out, and so is one that the filter does not fit.
            if count_hits(std::slice::from_ref(&snapshot), &body, now).is_ok_and(|(count, _)| count > 0) {
                kept.push(snapshot);
            }
        }
        snapshots = kept;
    }
    let params = &request.call.call.params;
    let types: Option<Vec<&str>> = params.list("types");
    let filters: Vec<&str> = params.list("filters").unwrap_or_default();
    let known = ["+metadata", "-metadata", "-multifield", "-nested", "-parent"];
    if let Some(unknown) = filters.iter().find(|filter| !known.contains(filter)) {
        return Err(ElasticError::unsupported_construct(format!("[{unknown}] in [filters] is not supported")));
    }
    if !params.bool_or("include_empty_fields", true)? {
        return Err(ElasticError::unsupported_construct(
            "value [false] of the query parameter [include_empty_fields] is not supported",
        ));
    }
    let mut fields: BTreeMap<String, BTreeMap<&'static str, Capability>> = BTreeMap::new();
    for snapshot in &snapshots {
        for (path, kind, metadata, searchable, aggregatable) in all_fields(snapshot, &filters) {
            let wanted = patterns.iter().any(|pattern| matches(pattern, &path))
                && types.as_ref().is_none_or(|types| types.contains(&kind));
            if wanted {
                let capability = fields.entry(path).or_default().entry(kind).or_default();
                capability.metadata = metadata;
                capability.add(&snapshot.name, searchable, aggregatable);
            }
        }
    }
    let names: Vec<String> = snapshots.iter().map(|snapshot| snapshot.name.to_string()).collect();
    let include_unmapped = params.bool_or("include_unmapped", false)?;
    let shown: Map<String, Json> = fields
        .into_iter()
        .map(|(path, mut kinds)| {
            if include_unmapped {
                let with: Vec<&String> = kinds.values().flat_map(|capability| &capability.indices).collect();
                let without: Vec<String> = names.iter().filter(|name| !with.contains(name)).cloned().collect();
                if !without.is_empty() {
                    let unmapped = kinds.entry("unmapped").or_default();
                    without.iter().for_each(|index| unmapped.add(index, false, false));
                }
            }
            let several = kinds.len() > 1;
            let shown = kinds.into_iter().map(|(kind, capability)| (kind.to_owned(), show(kind, capability, several)));
            (path, Json::Object(shown.collect()))
        })
        .collect();
    Ok(Reply::ok(json!({ "indices": names, "fields": shown })).into())
}

/// The patterns of fields, and the query that indices have to have matches for.
fn asked(request: &Request<'_>) -> Result<(Vec<String>, Option<keyward_query::Query>), ElasticError> {
    let mut patterns: Vec<String> =
        request.call.call.params.list("fields").unwrap_or_default().into_iter().map(str::to_owned).collect();
    let mut filter = None;
    let bytes = body_of(request);
    if !bytes.iter().all(u8::is_ascii_whitespace) {
        let value = parse(bytes, Limits::default()).map_err(syntax_failure)?;
        let object = value.as_object().ok_or_else(|| ElasticError::parse("request body must be an object"))?;
        for field in object {
            match field.name.as_ref() {
                "index_filter" => {
                    filter = Some(keyward_query::parse_query(&field.value).map_err(|error| parse_failure(&error))?);
                }
                "fields" => {
                    let items = match field.value.as_array() {
                        Some(items) => items.iter().collect(),
                        None => vec![&field.value],
                    };
                    let texts = items.into_iter().filter_map(|item| item.as_str().map(str::to_owned));
                    patterns.extend(texts);
                }
                other => {
                    return Err(ElasticError::unsupported_construct(format!(
                        "[{other}] of _field_caps is not supported"
                    )));
                }
            }
        }
    }
    Ok((patterns, filter))
}

/// Every field of an index: path, type, whether it is metadata, searchable, aggregatable.
fn all_fields(snapshot: &IndexSnapshot, filters: &[&str]) -> Vec<(String, &'static str, bool, bool, bool)> {
    let mut fields = Vec::new();
    if !filters.contains(&"-metadata") {
        let metadata = METADATA
            .iter()
            .map(|(name, searchable, aggregatable)| ((*name).to_owned(), *name, true, *searchable, *aggregatable));
        fields.extend(metadata);
    }
    if filters.contains(&"+metadata") {
        return fields;
    }
    let mapping = &snapshot.mapping;
    for (path, field) in mapping.fields() {
        let is_sub = path.rsplit_once('.').is_some_and(|(parent, _)| mapping.field(parent).is_some());
        if is_sub && filters.contains(&"-multifield") {
            continue;
        }
        fields.push((path, field.kind.as_str(), false, field.is_indexed(), field.kind != FieldKind::Text));
    }
    if !filters.contains(&"-parent") {
        fields.extend(mapping.objects().into_iter().map(|path| (path, "object", false, false, false)));
    }
    fields
}

fn show(kind: &str, capability: Capability, several: bool) -> Json {
    let mut shown = Map::new();
    shown.insert("type".to_owned(), kind.into());
    shown.insert("metadata_field".to_owned(), capability.metadata.into());
    shown.insert("searchable".to_owned(), capability.not_searchable.is_empty().into());
    shown.insert("aggregatable".to_owned(), capability.not_aggregatable.is_empty().into());
    if several {
        shown.insert("indices".to_owned(), capability.indices.into());
    }
    // Where it is not the same everywhere, the indices in which it is not are told.
    if !capability.searchable.is_empty() && !capability.not_searchable.is_empty() {
        shown.insert("non_searchable_indices".to_owned(), capability.not_searchable.into());
    }
    if !capability.aggregatable.is_empty() && !capability.not_aggregatable.is_empty() {
        shown.insert("non_aggregatable_indices".to_owned(), capability.not_aggregatable.into());
    }
    Json::Object(shown)
}
