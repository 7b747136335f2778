//! `top_hits`: the best documents of a bucket.

use keyward_query::SearchBody;
use keyward_query::aggregation::TopHitsAggregation;
use serde_json::{Map, Value as Json, json};

use super::super::collect::{self, Hit, Place};
use super::super::failure::Failure;
use super::super::hits::{self, NamedQueries, View};
use super::super::sort::{Lane, score_json};
use super::{Computed, Universe};

pub(super) fn top_hits(
    universe: &Universe<'_, '_>,
    top: &TopHitsAggregation,
    places: &[Place],
) -> Result<Computed, Failure> {
    // What a search with the same options would say about scores and sort values.
    let body = SearchBody { sort: top.sort.clone(), track_scores: top.track_scores, ..SearchBody::default() };
    let sorts = collect::sorts(&body);
    let mut lanes = Vec::new();
    for shard in universe.shards {
        lanes.push(sorts.iter().map(|sort| Lane::new(shard, sort)).collect::<Result<Vec<_>, _>>()?);
    }
    let mut found = Vec::new();
    let mut max_score: Option<f32> = None;
    for place in places {
        let (Some(shard), Some(lanes)) = (universe.shards.get(place.shard), lanes.get(place.shard)) else { continue };
        let score = universe.scores.get(place).copied().unwrap_or_default();
        max_score = Some(max_score.map_or(score, |best| best.max(score)));
        found.push(Hit::new(shard, *place, score, lanes)?);
    }
    if let Some(lanes) = lanes.first() {
        collect::sort_hits(&mut found, lanes);
    }
    let by_score = collect::by_score_alone(&body);
    let view = View {
        source: &top.source,
        fields: &[],
        docvalue_fields: &[],
        version: top.version,
        seq_no_primary_term: top.seq_no_primary_term,
        scores: collect::scores_are_shown(&body),
        sort: !by_score,
        bare: false,
    };
    let mut shown = Vec::new();
    for hit in found.iter().skip(top.from).take(top.size) {
        let number = hit.place.shard;
        if let (Some(shard), Some(lanes)) = (universe.shards.get(number), lanes.get(number)) {
            let hit = hits::show(shard, hit, lanes, &view, &NamedQueries::none())?;
            shown.push(serde_json::to_value(hit).unwrap_or(Json::Null));
        }
    }
    let max_score = match max_score {
        Some(score) if (by_score || top.track_scores) && !shown.is_empty() => score_json(score),
        _ => Json::Null,
    };
    let mut members = Map::new();
    members.insert(
        "hits".to_owned(),
        json!({ "total": { "value": places.len(), "relation": "eq" }, "max_score": max_score, "hits": shown }),
    );
    Ok(Computed::Values { members, numbers: Vec::new() })
}
