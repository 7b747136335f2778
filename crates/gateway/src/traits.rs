//! What kinds of names a call takes, and what of its content bears on the decision.

use keyward_rest::Call;
use keyward_rest::requirements::{AliasChange, NameRole, Needed, Requirements};
use keyward_security::privilege::Detail;
use keyward_security::request::{AliasAddition, Content, TargetTraits};

const ALIASES: &str = "indices:admin/aliases";
const RESIZE: &str = "indices:admin/resize";
const SEARCH: &str = "indices:data/read/search";
const VALIDATE: &str = "indices:admin/validate/query";

/// Calls whose names are exact, in the path.
const EXACT: &[&str] = &[
    "create",
    "delete",
    "exists",
    "exists_source",
    "explain",
    "get",
    "get_source",
    "index",
    "indices.clone",
    "indices.create",
    "indices.create_data_stream",
    "indices.downsample",
    "indices.promote_data_stream",
    "indices.rollover",
    "indices.shrink",
    "indices.split",
    "termvectors",
    "update",
];

/// Calls that can go to other clusters as well.
const REMOTE: &[&str] = &[
    "async_search.submit",
    "count",
    "eql.search",
    "field_caps",
    "indices.resolve_cluster",
    "indices.resolve_index",
    "msearch",
    "msearch_template",
    "open_point_in_time",
    "search",
    "search_mvt",
    "search_template",
];

/// The nature of the names that a call gives for a need.
pub(crate) fn of(call: &Call, needed: &Needed) -> TargetTraits {
    let api = call.endpoint.api;
    match needed.role {
        NameRole::Reference => TargetTraits { supports_selectors: true, ..TargetTraits::EXPLICIT },
        NameRole::Alias => TargetTraits::BROADCAST,
        _ if EXACT.contains(&api) => TargetTraits::EXPLICIT,
        NameRole::Dest => TargetTraits::EXPLICIT,
        NameRole::Main | NameRole::Source if REMOTE.contains(&api) => TargetTraits::SEARCH,
        // A data stream has a request of its own that deletes it.
        _ if api == "indices.delete" => TargetTraits { includes_data_streams: false, ..TargetTraits::BROADCAST },
        _ => TargetTraits::BROADCAST,
    }
}

/// What of a call's content the decision about an action has to know.
pub(crate) fn detail(call: &Call, requirements: &Requirements, needed: &Needed) -> Detail {
    let names = |role: NameRole| {
        let of_action = requirements.whole.iter().filter(|other| other.action == needed.action && other.role == role);
        of_action.flat_map(|needed| needed.names.first()).next().cloned()
    };
    match needed.action.as_str() {
        SEARCH if needed.role != NameRole::Reference => {
            let asks = requirements.asks;
            Detail::Content(Content::Search { suggest: asks.suggest, profile: asks.profile })
        }
        VALIDATE => {
            let rewrite = call.params.get("rewrite").is_some_and(|value| value != "false");
            Detail::Content(Content::ValidateQuery { rewrite })
        }
        ALIASES if needed.role != NameRole::Alias => Detail::Content(Content::AddAliases(additions(requirements))),
        RESIZE => match (names(NameRole::Main), names(NameRole::Dest)) {
            (Some(source), Some(target)) => Detail::Content(Content::Resize { source, target }),
            _ => Detail::None,
        },
        _ => Detail::None,
    }
}

/// Every pair of alias and index that a call would join.
fn additions(requirements: &Requirements) -> Vec<AliasAddition> {
    let added = requirements.aliases.iter().filter(|change| change.change == AliasChange::Add);
    added
        .flat_map(|change| {
            change.aliases.iter().flat_map(|alias| {
                change.indices.iter().map(|index| AliasAddition { alias: alias.clone(), index: index.clone() })
            })
        })
        .collect()
}

/// Whether a call names source and target of one operation, which one decision covers.
pub(crate) fn joins_target(call: &Call) -> bool {
    matches!(
        call.endpoint.api,
        "indices.clone" | "indices.shrink" | "indices.split" | "indices.rollover" | "indices.downsample"
    )
}

/// Whether a call shows or changes aliases.
pub(crate) fn concerns_aliases(api: &str) -> bool {
    matches!(
        api,
        "cat.aliases"
            | "indices.delete_alias"
            | "indices.exists_alias"
            | "indices.get"
            | "indices.get_alias"
            | "indices.put_alias"
            | "indices.resolve_index"
            | "indices.update_aliases"
            | "server.exists_alias_alt"
            | "server.get_alias_alt"
            | "server.put_alias_alt"
    )
}
