//! `_cluster/health`.

use http::StatusCode;
use keyward_rest::error::ElasticError;
use keyward_rest::reply::Reply;
use serde_json::{Map, Value, json};

use super::source::matches;
use super::targets::check_times;
use super::{Outcome, Request};
use crate::catalogue::{Catalogue, Entry};

/// How some indices are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Health {
    /// Shards that are there: all first copies.
    pub(super) active: u64,
    /// Shards that are not: all other copies.
    pub(super) unassigned: u64,
    /// Shards of indices that do not work.
    pub(super) failed: u64,
}

/// How these indices are.
pub(super) fn health_of<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Health {
    let mut health = Health::default();
    for entry in entries {
        let settings = entry.index.settings();
        let shards = u64::from(settings.shards);
        health.unassigned += shards * u64::from(settings.replicas);
        if entry.index.is_available() {
            health.active += shards;
        } else {
            health.failed += shards;
        }
    }
    health
}

// === impl Health ===

impl Health {
    /// `green`, `yellow` or `red`.
    pub(super) fn status(&self) -> &'static str {
        match (self.failed, self.unassigned) {
            (0, 0) => "green",
            (0, _) => "yellow",
            _ => "red",
        }
    }

    /// How much of all shards is there.
    pub(super) fn percent(&self) -> f64 {
        let all = self.active + self.unassigned + self.failed;
        if all == 0 {
            return 100.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "a percentage")]
        let percent = self.active as f64 * 100.0 / all as f64;
        percent
    }
}

/// `GET _cluster/health`
///
/// The decision is about the cluster: it has no names, and whoever may ask may ask about any index.
pub(super) fn cluster_health(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[
        "expand_wildcards",
        "level",
        "local",
        "master_timeout",
        "timeout",
        "wait_for_active_shards",
        "wait_for_events",
        "wait_for_nodes",
        "wait_for_no_initializing_shards",
        "wait_for_no_relocating_shards",
        "wait_for_status",
    ])?;
    check_times(&request.call.call.params)?;
    let level = request.param("level").unwrap_or("cluster");
    if !matches!(level, "cluster" | "indices") {
        return Err(ElasticError::unsupported_construct(format!(
            "value [{level}] of the query parameter [level] is not supported"
        )));
    }
    let catalogue = request.indices.catalogue();
    let (entries, is_missing) = wanted(request, &catalogue);
    let health = health_of(entries.iter().copied());
    let status = if is_missing { "red" } else { health.status() };
    // Nothing that is waited for comes by waiting: there is one node, and its shards are as they are.
    let timed_out = is_missing || !is_met(request, &health, status)?;
    let code = if timed_out { StatusCode::REQUEST_TIMEOUT } else { StatusCode::OK };
    let mut shown = Map::new();
    shown.insert("cluster_name".to_owned(), request.cluster_name.into());
    shown.insert("status".to_owned(), status.into());
    shown.insert("timed_out".to_owned(), timed_out.into());
    shown.insert("number_of_nodes".to_owned(), 1.into());
    shown.insert("number_of_data_nodes".to_owned(), 1.into());
    shown.insert("active_primary_shards".to_owned(), health.active.into());
    shown.insert("active_shards".to_owned(), health.active.into());
    shown.insert("relocating_shards".to_owned(), 0.into());
    shown.insert("initializing_shards".to_owned(), 0.into());
    shown.insert("unassigned_shards".to_owned(), (health.unassigned + health.failed).into());
    shown.insert("unassigned_primary_shards".to_owned(), health.failed.into());
    for name in [
        "delayed_unassigned_shards",
        "number_of_pending_tasks",
        "number_of_in_flight_fetch",
        "task_max_waiting_in_queue_millis",
    ] {
        shown.insert(name.to_owned(), 0.into());
    }
    shown.insert("active_shards_percent_as_number".to_owned(), health.percent().into());
    if level == "indices" {
        let indices: Map<String, Value> =
            entries.into_iter().map(|entry| (entry.index.name.to_string(), of_index(entry))).collect();
        shown.insert("indices".to_owned(), indices.into());
    }
    Ok(Reply::json(code, shown).into())
}

fn of_index(entry: &Entry) -> Value {
    let health = health_of([entry]);
    json!({
        "status": health.status(),
        "number_of_shards": entry.index.settings().shards,
        "number_of_replicas": entry.index.settings().replicas,
        "active_primary_shards": health.active,
        "active_shards": health.active,
        "relocating_shards": 0,
        "initializing_shards": 0,
        "unassigned_shards": health.unassigned + health.failed,
        "unassigned_primary_shards": health.failed,
    })
}

/// The indices of the path, and whether one that is named outright is not there.
fn wanted<'c>(request: &Request<'_>, catalogue: &'c Catalogue) -> (Vec<&'c Entry>, bool) {
    let Some(names) = request.call.call.path.list("index") else { return (catalogue.entries().collect(), false) };
    let is_wanted = |name: &str, pattern: &str| pattern == "_all" || matches(pattern, name);
    let entries = catalogue
        .entries()
        .filter(|entry| {
            names.iter().any(|pattern| {
                is_wanted(&entry.index.name, pattern) || entry.aliases.keys().any(|alias| is_wanted(alias, pattern))
            })
        })
        .collect();
    let is_missing = names.iter().any(|name| {
        !name.contains('*')
            && *name != "_all"
            && catalogue.index(name).is_none()
            && !catalogue.aliases().contains_key(*name)
    });
    (entries, is_missing)
}

fn is_met(request: &Request<'_>, health: &Health, status: &str) -> Result<bool, ElasticError> {
    let rank = |status: &str| ["green", "yellow", "red"].iter().position(|known| *known == status);
    if let Some(wanted) = request.param("wait_for_status") {
        let wanted = wanted.to_ascii_lowercase();
        let Some(wanted) = rank(&wanted) else {
            return Err(ElasticError::illegal_argument(format!("unknown cluster health status [{wanted}]")));
        };
        if rank(status).is_none_or(|now| now > wanted) {
            return Ok(false);
        }
    }
    request.flag("wait_for_no_relocating_shards", false)?;
    request.flag("wait_for_no_initializing_shards", false)?;
    request.only("wait_for_events", &["immediate", "urgent", "high", "normal", "low", "languid"])?;
    if let Some(nodes) = request.param("wait_for_nodes")
        && !one_node_is(nodes)?
    {
        return Ok(false);
    }
    match request.param("wait_for_active_shards") {
        None => Ok(true),
        Some("all") => Ok(health.unassigned + health.failed == 0),
        Some(number) => {
            let wanted: u64 = number
                .parse()
                .map_err(|_| ElasticError::illegal_argument(format!("cannot parse ActiveShardCount[{number}]")))?;
            Ok(health.active >= wanted)
        }
    }
}

/// Whether one node is what is waited for: `1`, `>=1`, `ge(1)` and so on.
fn one_node_is(wanted: &str) -> Result<bool, ElasticError> {
    let wrong = || ElasticError::illegal_argument(format!("cannot read the number of nodes [{wanted}]"));
    // The longer signs first: `>=` begins like `>`.
    for prefix in [">=", "<=", ">", "<", "ge(", "le(", "gt(", "lt("] {
        let Some(number) = wanted.strip_prefix(prefix) else { continue };
        let number = if prefix.ends_with('(') { number.strip_suffix(')').ok_or_else(wrong)? } else { number };
        let number: u64 = number.trim().parse().map_err(|_| wrong())?;
        return Ok(match prefix {
            ">=" | "ge(" => number <= 1,
            "<=" | "le(" => number >= 1,
            ">" | "gt(" => number < 1,
            _ => number > 1,
        });
    }
    wanted.parse::<u64>().map(|number| number == 1).map_err(|_| wrong())
}
