//! `histogram` and `date_histogram`: a bucket for each interval.

use std::collections::BTreeMap;

use keyward_query::aggregation::{BucketOrder, DateHistogramAggregation, HistogramAggregation};
use keyward_query::date::{Rounding, parse_math};
use keyward_query::{Aggregation, Scalar};
use serde_json::Map;

use super::super::collect::Place;
use super::super::failure::Failure;
use super::super::values::{integer_to_double, truncate};
use super::field::{FieldValues, Key, Wanted};
use super::{Bucket, Buckets, Computed, MAX_BUCKETS, Universe, order};

pub(super) fn histogram(
    universe: &Universe<'_, '_>,
    histogram: &HistogramAggregation,
    sub: &[Aggregation],
    places: &[Place],
) -> Result<Computed, Failure> {
    let field = FieldValues::open(universe, &histogram.source, "histogram", Wanted::Numbers)?;
    let (interval, offset) = (histogram.interval, histogram.offset.rem_euclid(histogram.interval));
    // Buckets are known by their number, so that fractions never miss each other.
    let number = |value: f64| truncate(((value - offset) / interval).floor());
    let start = |number: i128| integer_to_double(number) * interval + offset;
    let mut groups: BTreeMap<i128, Vec<Place>> = BTreeMap::new();
    for place in places {
        let mut numbers: Vec<i128> = field.doubles(*place).into_iter().map(number).collect();
        numbers.dedup();
        for number in numbers {
            let at = start(number);
            let inside = histogram
                .hard_bounds
                .is_none_or(|(min, max)| min.is_none_or(|min| at + interval > min) && max.is_none_or(|max| at <= max));
            if inside {
                groups.entry(number).or_default().push(*place);
            }
        }
    }
    if histogram.min_doc_count == 0 {
        let bounds = histogram.extended_bounds.unwrap_or((None, None));
        let (min, max) = (bounds.0.map(number), bounds.1.map(number));
        let first = groups.keys().next().copied().into_iter().chain(min).min();
        let last = groups.keys().next_back().copied().into_iter().chain(max).max();
        if let (Some(first), Some(last)) = (first, last) {
            universe.count_buckets(
                usize::try_from(last.saturating_sub(first)).unwrap_or(usize::MAX).saturating_sub(groups.len()),
            )?;
            for number in first..=last {
                groups.entry(number).or_default();
            }
        }
    }
    let buckets = groups.into_iter().map(|(number, documents)| {
        let key = Key::Fractional(start(number));
        let mut members = Map::new();
        members.insert("key".to_owned(), start(number).into());
        (key, Bucket::new(super::show::double_text(start(number)), members, documents))
    });
    let options = Options { order: &histogram.order, least: histogram.min_doc_count, keyed: histogram.keyed };
    finish(universe, sub, buckets.collect(), options, "histogram")
}

pub(super) fn date_histogram(
    universe: &Universe<'_, '_>,
    histogram: &DateHistogramAggregation,
    sub: &[Aggregation],
    places: &[Place],
) -> Result<Computed, Failure> {
    let field = FieldValues::open(universe, &histogram.source, "date_histogram", Wanted::Dates)?;
    let now = universe.shards.first().map_or(0, |shard| shard.now);
    let zone = &histogram.time_zone;
    let floor = |millis: i64| histogram.interval.floor(millis, histogram.offset, zone).unwrap_or(millis);
    let bound = |bound: &Option<Scalar>| -> Result<Option<i64>, Failure> {
        let Some(bound) = bound else { return Ok(None) };
        if let Scalar::Number(number) = bound
            && let Ok(millis) = number.parse()
        {
            return Ok(Some(millis));
        }
        let parsed = parse_math(&field.format, bound.text(), now, Rounding::Down, zone);
        parsed.map(Some).map_err(|error| Failure::illegal(error.to_string()))
    };
    let bounds = |bounds: &Option<(Option<Scalar>, Option<Scalar>)>| -> Result<(Option<i64>, Option<i64>), Failure> {
        match bounds {
            None => Ok((None, None)),
            Some((min, max)) => Ok((bound(min)?, bound(max)?)),
        }
    };
    let (hard_min, hard_max) = bounds(&histogram.hard_bounds)?;
    let mut groups: BTreeMap<i64, Vec<Place>> = BTreeMap::new();
    for place in places {
        let mut starts: Vec<i64> = Vec::new();
        for key in field.keys(*place)? {
            if let Some(millis) = key.number().and_then(|number| i64::try_from(truncate(number)).ok()) {
                starts.push(floor(millis));
            }
        }
        starts.dedup();
        for start in starts {
            if hard_min.is_none_or(|min| start >= floor(min)) && hard_max.is_none_or(|max| start <= max) {
                groups.entry(start).or_default().push(*place);
            }
        }
    }
    if histogram.min_doc_count == 0 {
        let (min, max) = bounds(&histogram.extended_bounds)?;
        let first = groups.keys().next().copied().into_iter().chain(min.map(floor)).min();
        let last = groups.keys().next_back().copied().into_iter().chain(max.map(floor)).max();
        if let (Some(mut start), Some(last)) = (first, last) {
            let mut added = 0;
            while start <= last {
                groups.entry(start).or_insert_with(|| {
                    added += 1;
                    Vec::new()
                });
                if added > MAX_BUCKETS {
                    universe.count_buckets(added)?;
                }
                match histogram.interval.next(start, histogram.offset, zone) {
                    Some(next) if next > start => start = next,
                    _ => break,
                }
            }
            universe.count_buckets(added)?;
        }
    }
    let dates = field.kind == crate::mapping::FieldKind::Date || !field.mapped || field.own_format;
    let buckets = groups.into_iter().map(|(start, documents)| {
        let text = field.format.print(start, zone);
        let mut members = Map::new();
        if dates {
            members.insert("key_as_string".to_owned(), text.as_str().into());
        }
        members.insert("key".to_owned(), start.into());
        (Key::Whole(start.into()), Bucket::new(text, members, documents))
    });
    let options = Options { order: &histogram.order, least: histogram.min_doc_count, keyed: histogram.keyed };
    finish(universe, sub, buckets.collect(), options, "date_histogram")
}

/// What both have in common.
#[derive(Clone, Copy)]
struct Options<'o> {
    order: &'o [BucketOrder],
    least: u64,
    keyed: bool,
}

fn finish(
    universe: &Universe<'_, '_>,
    sub: &[Aggregation],
    mut buckets: Vec<(Key, Bucket)>,
    options: Options<'_>,
    type_name: &'static str,
) -> Result<Computed, Failure> {
    let least = usize::try_from(options.least).unwrap_or(usize::MAX);
    buckets.retain(|(_, bucket)| bucket.documents.len() >= least);
    universe.count_buckets(buckets.iter().filter(|(_, bucket)| !bucket.documents.is_empty()).count())?;
    let complete = buckets.into_iter().map(|(key, bucket)| Ok((key, bucket.complete(universe, sub)?)));
    let mut buckets = complete.collect::<Result<Vec<_>, Failure>>()?;
    order::sort(&mut buckets, options.order, sub);
    let buckets = buckets.into_iter().map(|(_, bucket)| bucket).collect();
    Ok(Computed::Buckets(Buckets { type_name, members: Map::new(), buckets, keyed: options.keyed }))
}
