//! Metrics: numbers over the values of a field.

use std::collections::BTreeSet;

use keyward_query::aggregation::{MetricKind, PercentilesAggregation, ValueSource};
use serde_json::{Map, Value as Json, json};

use super::super::collect::Place;
use super::super::failure::Failure;
use super::super::values::{count_to_double, truncate};
use super::field::{FieldValues, Wanted};
use super::show::double_text;
use super::{Computed, Universe};

/// A sum that does not lose small parts beside great ones.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, value: f64) {
        if !value.is_finite() {
            self.sum += value;
            return;
        }
        let corrected = value - self.lost;
        let next = self.sum + corrected;
        self.lost = (next - self.sum) - corrected;
        self.sum = next;
    }
}

#[derive(Debug, Default)]
struct Statistics {
    count: usize,
    sum: Sum,
    squares: Sum,
    min: Option<f64>,
    max: Option<f64>,
}

impl Statistics {
    fn of(field: &FieldValues, places: &[Place]) -> Self {
        let mut statistics = Self::default();
        for value in places.iter().flat_map(|place| field.doubles(*place)) {
            statistics.count += 1;
            statistics.sum.add(value);
            statistics.squares.add(value * value);
            statistics.min = Some(statistics.min.map_or(value, |min| min.min(value)));
            statistics.max = Some(statistics.max.map_or(value, |max| max.max(value)));
        }
        statistics
    }

    fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum.sum / count_to_double(self.count))
    }

    /// The mean square of the distance from the mean, over so many values.
    fn variance(&self, over: usize) -> f64 {
        let count = count_to_double(self.count);
        let variance = (self.squares.sum - self.sum.sum * self.sum.sum / count) / count_to_double(over);
        // Rounding can bring it below nothing.
        if variance < 0.0 { 0.0 } else { variance }
    }
}

pub(super) fn metric(
    universe: &Universe<'_, '_>,
    kind: MetricKind,
    source: &ValueSource,
    places: &[Place],
) -> Result<Computed, Failure> {
    if kind == MetricKind::ValueCount {
        if ["_id", "_index"].contains(&source.field.as_str()) {
            return Ok(value(count_to_double(places.len()), places.len().into(), None));
        }
        let field = FieldValues::open(universe, source, kind.type_name(), Wanted::Any)?;
        let mut count = 0;
        for place in places {
            count += if field.sort == super::field::Sort::Text {
                field.keys(*place)?.len()
            } else {
                field.doubles(*place).len()
            };
        }
        return Ok(value(count_to_double(count), count.into(), None));
    }
    let field = FieldValues::open(universe, source, kind.type_name(), Wanted::Numbers)?;
    let statistics = Statistics::of(&field, places);
    let single = |number: Option<f64>| {
        let text = number.and_then(|number| field.date_text(number));
        value(number.unwrap_or(f64::NAN), number.map_or(Json::Null, Json::from), text)
    };
    Ok(match kind {
        MetricKind::Avg => single(statistics.mean()),
        MetricKind::Sum => single(Some(statistics.sum.sum)),
        MetricKind::Min => single(statistics.min),
        MetricKind::Max => single(statistics.max),
        MetricKind::Stats => stats(&field, &statistics, None),
        MetricKind::ExtendedStats => stats(&field, &statistics, Some(source.sigma.unwrap_or(2.0))),
        MetricKind::ValueCount => single(None),
    })
}

fn value(number: f64, shown: Json, text: Option<String>) -> Computed {
    let mut members = Map::new();
    members.insert("value".to_owned(), shown);
    if let Some(text) = text {
        members.insert("value_as_string".to_owned(), text.into());
    }
    Computed::Values { members, numbers: vec![("value".to_owned(), number)] }
}

fn stats(field: &FieldValues, statistics: &Statistics, sigma: Option<f64>) -> Computed {
    let mut numbers = vec![
        ("count".to_owned(), count_to_double(statistics.count)),
        ("min".to_owned(), statistics.min.unwrap_or(f64::INFINITY)),
        ("max".to_owned(), statistics.max.unwrap_or(f64::NEG_INFINITY)),
        ("avg".to_owned(), statistics.mean().unwrap_or(f64::NAN)),
        ("sum".to_owned(), statistics.sum.sum),
    ];
    let mut members = Map::new();
    members.insert("count".to_owned(), statistics.count.into());
    members.insert("min".to_owned(), shown(statistics.min));
    members.insert("max".to_owned(), shown(statistics.max));
    members.insert("avg".to_owned(), shown(statistics.mean()));
    members.insert("sum".to_owned(), shown(Some(statistics.sum.sum)));
    let texts = [
        ("min", statistics.min),
        ("max", statistics.max),
        ("avg", statistics.mean()),
        ("sum", Some(statistics.sum.sum)),
    ];
    if statistics.count > 0 {
        for (name, number) in texts {
            if let Some(text) = number.and_then(|number| field.date_text(number)) {
                members.insert(format!("{name}_as_string"), text.into());
            }
        }
    }
    if let Some(sigma) = sigma {
        extended(statistics, sigma, &mut members, &mut numbers);
    }
    Computed::Values { members, numbers }
}

fn extended(statistics: &Statistics, sigma: f64, members: &mut Map<String, Json>, numbers: &mut Vec<(String, f64)>) {
    let any = statistics.count > 0;
    let population = any.then(|| statistics.variance(statistics.count));
    // Of one value there is no sample variance: nothing over nothing.
    let sampling = any.then(|| if statistics.count > 1 { statistics.variance(statistics.count - 1) } else { f64::NAN });
    let deviation = population.map(f64::sqrt);
    let sample_deviation = sampling.map(f64::sqrt);
    let bound = |deviation: Option<f64>, sign: f64| Some(statistics.mean()? + sign * sigma * deviation?);
    let values = [
        ("sum_of_squares", any.then_some(statistics.squares.sum)),
        ("variance", population),
        ("variance_population", population),
        ("variance_sampling", sampling),
        ("std_deviation", deviation),
        ("std_deviation_population", deviation),
        ("std_deviation_sampling", sample_deviation),
    ];
    for (name, value) in values {
        members.insert(name.to_owned(), shown(value));
        numbers.push((name.to_owned(), value.unwrap_or(f64::NAN)));
    }
    numbers.push(("std_upper".to_owned(), bound(deviation, 1.0).unwrap_or(f64::NAN)));
    numbers.push(("std_lower".to_owned(), bound(deviation, -1.0).unwrap_or(f64::NAN)));
    let bounds = json!({
        "upper": shown(bound(deviation, 1.0)),
        "lower": shown(bound(deviation, -1.0)),
        "upper_population": shown(bound(deviation, 1.0)),
        "lower_population": shown(bound(deviation, -1.0)),
        "upper_sampling": shown(bound(sample_deviation, 1.0)),
        "lower_sampling": shown(bound(sample_deviation, -1.0)),
    });
    members.insert("std_deviation_bounds".to_owned(), bounds);
}

/// A number for an answer; what JSON cannot say is said in words.
fn shown(number: Option<f64>) -> Json {
    match number {
        None => Json::Null,
        Some(number) if number.is_nan() => "NaN".into(),
        Some(number) if number.is_infinite() => if number > 0.0 { "Infinity" } else { "-Infinity" }.into(),
        Some(number) => number.into(),
    }
}

pub(super) fn cardinality(
    universe: &Universe<'_, '_>,
    source: &ValueSource,
    places: &[Place],
) -> Result<Computed, Failure> {
    if source.field == "_index" {
        let count = places.iter().map(|place| place.shard).collect::<BTreeSet<_>>().len();
        return Ok(value(count_to_double(count), count.into(), None));
    }
    let field = FieldValues::open(universe, source, "cardinality", Wanted::Any)?;
    let count = super::terms::group(&field, places)?.len();
    Ok(value(count_to_double(count), count.into(), None))
}

fn sorted(field: &FieldValues, places: &[Place]) -> Vec<f64> {
    let mut values: Vec<f64> = places.iter().flat_map(|place| field.doubles(*place)).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The value below which a part of all lies, between two values in proportion.
fn quantile(values: &[f64], part: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let place = part * count_to_double(last);
    let below = usize::try_from(truncate(place.floor())).unwrap_or(0).min(last);
    let low = values.get(below).copied()?;
    let high = values.get(below + 1).copied().unwrap_or(low);
    Some(low + (high - low) * (place - count_to_double(below)))
}

/// The part of all that lies below a value; of those that equal it, half.
fn rank(values: &[f64], value: f64) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let below = values.partition_point(|other| *other < value);
    let up_to = values.partition_point(|other| *other <= value);
    Some((count_to_double(below) + count_to_double(up_to)) / 2.0 / count_to_double(values.len()))
}

pub(super) fn percentiles(
    universe: &Universe<'_, '_>,
    percentiles: &PercentilesAggregation,
    places: &[Place],
) -> Result<Computed, Failure> {
    let field = FieldValues::open(universe, &percentiles.source, "percentiles", Wanted::Numbers)?;
    let values = sorted(&field, places);
    Ok(points(&field, percentiles, |percent| quantile(&values, percent / 100.0), true))
}

pub(super) fn percentile_ranks(
    universe: &Universe<'_, '_>,
    ranks: &PercentilesAggregation,
    places: &[Place],
) -> Result<Computed, Failure> {
    let field = FieldValues::open(universe, &ranks.source, "percentile_ranks", Wanted::Numbers)?;
    let values = sorted(&field, places);
    Ok(points(&field, ranks, |value| rank(&values, value).map(|part| part * 100.0), false))
}

fn points(
    field: &FieldValues,
    percentiles: &PercentilesAggregation,
    compute: impl Fn(f64) -> Option<f64>,
    are_values: bool,
) -> Computed {
    let mut numbers = Vec::new();
    let mut object = Map::new();
    let mut list = Vec::new();
    for point in &percentiles.points {
        let number = compute(*point);
        let text = if are_values { number.and_then(|number| field.date_text(number)) } else { None };
        let name = double_text(*point);
        let mut entry = Map::new();
        entry.insert("key".to_owned(), (*point).into());
        entry.insert("value".to_owned(), shown(number));
        object.insert(name.clone(), shown(number));
        if let Some(text) = text {
            object.insert(format!("{name}_as_string"), text.as_str().into());
            entry.insert("value_as_string".to_owned(), text.into());
        }
        list.push(Json::Object(entry));
        numbers.push((name, number.unwrap_or(f64::NAN)));
    }
    let mut members = Map::new();
    let values = if percentiles.keyed { Json::Object(object) } else { Json::Array(list) };
    members.insert("values".to_owned(), values);
    Computed::Values { members, numbers }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_values() {
        let values: Vec<f64> = (1..=5).map(f64::from).collect();
        assert_eq!(quantile(&values, 0.5), Some(3.0));
        assert_eq!(quantile(&values, 0.1), Some(1.4));
        assert_eq!(quantile(&values, 1.0), Some(5.0));
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(rank(&values, 3.0), Some(0.5));
        assert_eq!(rank(&values, 9.0), Some(1.0));
    }

    #[test]
    fn small_parts_are_not_lost() {
        let mut sum = Sum::default();
        (0..10).for_each(|_| sum.add(0.1));
        assert_eq!(sum.sum, 1.0);
    }
}
