//! `range` and `date_range`: a bucket for each of the given ranges.

use keyward_query::aggregation::{Bounds, DateRangeAggregation, RangeAggregation};
use keyward_query::date::{Rounding, parse_math};
use keyward_query::{Aggregation, Scalar};
use serde_json::Map;

use super::super::collect::Place;
use super::super::failure::Failure;
use super::super::values::to_double;
use super::field::{FieldValues, Wanted};
use super::show::double_text;
use super::{Bucket, Buckets, Computed, Universe};

pub(super) fn range(
    universe: &Universe<'_, '_>,
    range: &RangeAggregation,
    sub: &[Aggregation],
    places: &[Place],
) -> Result<Computed, Failure> {
    let field = FieldValues::open(universe, &range.source, "range", Wanted::Numbers)?;
    let ranges = range.ranges.iter().map(|bounds| Range {
        key: bounds.key.clone(),
        from: bounds.from.map(|from| (from, double_text(from))),
        to: bounds.to.map(|to| (to, double_text(to))),
    });
    finish(
        universe,
        &field,
        ranges.collect(),
        Shown { keyed: range.keyed, texts: false, type_name: "range" },
        sub,
        places,
    )
}

pub(super) fn date_range(
    universe: &Universe<'_, '_>,
    range: &DateRangeAggregation,
    sub: &[Aggregation],
    places: &[Place],
) -> Result<Computed, Failure> {
    let field = FieldValues::open(universe, &range.source, "date_range", Wanted::Dates)?;
    let now = universe.shards.first().map_or(0, |shard| shard.now);
    let end = |end: &Option<Scalar>| -> Result<Option<(f64, String)>, Failure> {
        let Some(end) = end else { return Ok(None) };
        let millis = match end {
            Scalar::Number(number) => number.parse::<i64>().ok(),
            _ => None,
        };
        let millis = match millis {
            Some(millis) => millis,
            None => parse_math(&field.format, end.text(), now, Rounding::Down, &range.time_zone)
                .map_err(|error| Failure::illegal(error.to_string()))?,
        };
        Ok(Some((to_double(millis), field.format.print(millis, &range.time_zone))))
    };
    let ranges = range
        .ranges
        .iter()
        .map(|Bounds { key, from, to }| Ok(Range { key: key.clone(), from: end(from)?, to: end(to)? }));
    let ranges = ranges.collect::<Result<Vec<_>, Failure>>()?;
    let shown = Shown { keyed: range.keyed, texts: true, type_name: "date_range" };
    finish(universe, &field, ranges, shown, sub, places)
}

/// A range with its ends as they are shown.
struct Range {
    key: Option<String>,
    from: Option<(f64, String)>,
    to: Option<(f64, String)>,
}

struct Shown {
    keyed: bool,
    /// Whether ends are shown as text too.
    texts: bool,
    type_name: &'static str,
}

fn finish(
    universe: &Universe<'_, '_>,
    field: &FieldValues,
    mut ranges: Vec<Range>,
    shown: Shown,
    sub: &[Aggregation],
    places: &[Place],
) -> Result<Computed, Failure> {
    ranges.sort_by(|left, right| {
        let from = |range: &Range| range.from.as_ref().map_or(f64::NEG_INFINITY, |(from, _)| *from);
        let to = |range: &Range| range.to.as_ref().map_or(f64::INFINITY, |(to, _)| *to);
        from(left).total_cmp(&from(right)).then_with(|| to(left).total_cmp(&to(right)))
    });
    let values: Vec<(Place, Vec<f64>)> = places.iter().map(|place| (*place, field.doubles(*place))).collect();
    let mut buckets = Vec::new();
    for range in ranges {
        let is_in = |value: &f64| {
            range.from.as_ref().is_none_or(|(from, _)| value >= from)
                && range.to.as_ref().is_none_or(|(to, _)| value < to)
        };
        let documents = values.iter().filter(|(_, values)| values.iter().any(is_in)).map(|(place, _)| *place);
        let text = |end: &Option<(f64, String)>| end.as_ref().map_or("*".to_owned(), |(_, text)| text.clone());
        let key = range.key.clone().unwrap_or_else(|| format!("{}-{}", text(&range.from), text(&range.to)));
        let mut members = Map::new();
        if !shown.keyed {
            members.insert("key".to_owned(), key.as_str().into());
        }
        for (name, end) in [("from", &range.from), ("to", &range.to)] {
            if let Some((value, text)) = end {
                members.insert(name.to_owned(), (*value).into());
                if shown.texts {
                    members.insert(format!("{name}_as_string"), text.as_str().into());
                }
            }
        }
        buckets.push(Bucket::new(key, members, documents.collect()).complete(universe, sub)?);
    }
    universe.count_buckets(buckets.len())?;
    Ok(Computed::Buckets(Buckets { type_name: shown.type_name, members: Map::new(), buckets, keyed: shown.keyed }))
}
