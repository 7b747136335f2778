//! The order of hits.
//!
//! Within a segment every sort value becomes a whole number whose ascending order is the order that was asked for
//! (strings become their place in the segment's dictionary), so comparing is cheap. The few hits that are left are
//! given their real values and merged.

use std::cmp::Ordering;
use std::rc::Rc;

use keyward_query::Scalar;
use keyward_query::date::{DateFormat, Rounding, Zone};
use keyward_query::sort::{Missing, NumericType, Order, Sort, SortKey, SortMode};
use serde_json::Value as Json;
use tantivy::DocId;

use super::evaluate::{millis, show_address};
use super::failure::Failure;
use super::shard::Shard;
use super::values::{Values, count_to_double, integer_to_double, truncate};
use crate::mapping::FieldKind;

/// A sort on one index.
pub(super) struct Lane {
    order: Order,
    source: Source,
}

enum Source {
    Score,
    /// The order in which documents were written.
    Written(Rc<Vec<Values>>),
    Whole {
        columns: Rc<Vec<Values>>,
        mode: SortMode,
        missing: Gap<i128>,
        format: Option<DateFormat>,
    },
    Fractional {
        columns: Rc<Vec<Values>>,
        mode: SortMode,
        missing: Gap<f64>,
        /// In which precision values are.
        kind: FieldKind,
    },
    Text {
        columns: Rc<Vec<Values>>,
        mode: SortMode,
        missing: Gap<String>,
        address: bool,
    },
}

/// What stands for a value that is not there.
#[derive(Debug, Clone, PartialEq)]
enum Gap<T> {
    First,
    Last,
    Value(T),
}

/// A sort value that can be compared with those of other segments and indices.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum SortValue {
    First,
    Last,
    Whole(i128),
    Fractional(f64),
    Text(String),
}

/// Before everything and behind everything.
const FIRST: i128 = i128::MIN;
const LAST: i128 = i128::MAX;

impl Lane {
    /// Prepares a sort for an index.
    pub(super) fn new(shard: &Shard<'_>, sort: &Sort) -> Result<Self, Failure> {
        let order = sort.order;
        let source = match &sort.key {
            SortKey::Score => Source::Score,
            SortKey::Doc => Source::Written(shard.named_column("_seq_no".to_owned())?),
            SortKey::Field(name) => match name.as_str() {
                "_seq_no" | "_version" | "_primary_term" => Source::Whole {
                    columns: shard.named_column(name.clone())?,
                    mode: SortMode::Min,
                    missing: Gap::Last,
                    format: None,
                },
                "_shard_doc" => Source::Written(shard.named_column("_seq_no".to_owned())?),
                "_id" => {
                    return Err(Failure::illegal(
                        "Fielddata access on the _id field is disallowed, you can re-enable it by updating the \
                         dynamic cluster setting: indices.id_field_data.enabled",
                    ));
                }
                _ => Self::field(shard, sort, name)?,
            },
        };
        Ok(Self { order, source })
    }

    fn field(shard: &Shard<'_>, sort: &Sort, name: &str) -> Result<Source, Failure> {
        let mapped = shard.field(name);
        let kind = match (mapped, &sort.unmapped_type) {
            (Some(field), _) => field.kind,
            (None, Some(kind)) => {
                FieldKind::parse(kind).ok_or_else(|| Failure::illegal(format!("No mapper found for type [{kind}]")))?
            }
            (None, None) => {
                return Err(Failure::refused(format!("No mapping found for [{name}] in order to sort on")));
            }
        };
        let columns = shard.column(name)?;
        let mode = sort.mode.unwrap_or(match sort.order {
            Order::Ascending => SortMode::Min,
            Order::Descending => SortMode::Max,
        });
        match kind {
            FieldKind::Text => Err(Failure::illegal(fielddata_text(name, &shard.snapshot.name))),
            FieldKind::Keyword | FieldKind::Ip => {
                if !matches!(mode, SortMode::Min | SortMode::Max) {
                    return Err(Failure::illegal(format!(
                        "we only support MEDIAN and AVG on numeric types. Found mode [{mode:?}] on [{name}]"
                    )));
                }
                let missing = match &sort.missing {
                    Missing::First => Gap::First,
                    Missing::Last => Gap::Last,
                    Missing::Value(value) => Gap::Value(match mapped {
                        Some(field) => Shard::indexed_string(field, value.text()),
                        None => value.text().to_owned(),
                    }),
                };
                Ok(Source::Text { columns, mode, missing, address: kind == FieldKind::Ip })
            }
            _ => {
                let as_double = match sort.numeric_type {
                    Some(NumericType::Double) => true,
                    Some(NumericType::Long | NumericType::Date) => false,
                    None => kind.is_fractional(),
                };
                if as_double {
                    let missing = gap(&sort.missing, |value| value.text().parse().ok())?;
                    let kind = if kind.is_fractional() { kind } else { FieldKind::Double };
                    return Ok(Source::Fractional { columns, mode, missing, kind });
                }
                let own_format = mapped.map(Shard::date_format).unwrap_or_default();
                let missing = gap(&sort.missing, |value| match kind {
                    FieldKind::Date => {
                        millis(name, &own_format, value, shard.now, Rounding::Down, &Zone::utc()).ok().map(i128::from)
                    }
                    FieldKind::Boolean => Some(i128::from(value.text() == "true")),
                    _ => value.text().parse().ok().or_else(|| value.text().parse().ok().map(truncate)),
                })?;
                let format = match &sort.format {
                    None => None,
                    Some(format) => Some(if format.is_empty() {
                        own_format
                    } else {
                        DateFormat::parse(format).map_err(|error| Failure::illegal(error.to_string()))?
                    }),
                };
                Ok(Source::Whole { columns, mode, missing, format })
            }
        }
    }

    /// Whether documents have to be scored for it.
    pub(super) fn needs_scores(&self) -> bool {
        matches!(self.source, Source::Score)
    }

    fn turned(&self, key: i128) -> i128 {
        match self.order {
            Order::Ascending => key,
            Order::Descending => !key,
        }
    }

    fn gap_key<T>(&self, gap: &Gap<T>, key: impl Fn(&T) -> i128) -> i128 {
        match gap {
            Gap::First => FIRST,
            Gap::Last => LAST,
            Gap::Value(value) => self.turned(key(value)),
        }
    }

    /// The key of a document within its segment.
    pub(super) fn key(&self, segment: usize, doc: DocId, score: f32) -> i128 {
        match &self.source {
            Source::Score => self.turned(ordered(f64::from(score))),
            Source::Written(columns) => self.turned(first_whole(columns, segment, doc).unwrap_or(0)),
            Source::Whole { columns, mode, missing, .. } => {
                let value = columns.get(segment).and_then(|values| whole_of(&values.integers(doc), *mode));
                value.map_or_else(|| self.gap_key(missing, |value| *value), |value| self.turned(value))
            }
            Source::Fractional { columns, mode, missing, .. } => {
                let value = columns.get(segment).and_then(|values| fractional_of(&values.doubles(doc), *mode));
                value
                    .map_or_else(|| self.gap_key(missing, |value| ordered(*value)), |value| self.turned(ordered(value)))
            }
            Source::Text { columns, mode, missing, .. } => {
                let ords = columns.get(segment).map(|values| values.ords(doc)).unwrap_or_default();
                match (chosen(&ords, *mode), columns.get(segment)) {
                    (Some(ord), _) => self.turned(place_key(Ok(ord))),
                    (None, Some(values)) => {
                        self.gap_key(missing, |text| place_key(values.place(text).unwrap_or(Err(u64::MAX))))
                    }
                    (None, None) => LAST,
                }
            }
        }
    }

    /// The value of a document as it is compared with those of other segments.
    pub(super) fn value(&self, segment: usize, doc: DocId, score: f32) -> Result<SortValue, Failure> {
        fn or_gap<T: Clone>(value: Option<T>, gap: &Gap<T>, wrap: impl Fn(T) -> SortValue) -> SortValue {
            match (value, gap) {
                (Some(value), _) => wrap(value),
                (None, Gap::First) => SortValue::First,
                (None, Gap::Last) => SortValue::Last,
                (None, Gap::Value(value)) => wrap(value.clone()),
            }
        }
        Ok(match &self.source {
            Source::Score => SortValue::Fractional(f64::from(score)),
            Source::Written(columns) => SortValue::Whole(first_whole(columns, segment, doc).unwrap_or(0)),
            Source::Whole { columns, mode, missing, .. } => {
                let value = columns.get(segment).and_then(|values| whole_of(&values.integers(doc), *mode));
                or_gap(value, missing, SortValue::Whole)
            }
            Source::Fractional { columns, mode, missing, .. } => {
                let value = columns.get(segment).and_then(|values| fractional_of(&values.doubles(doc), *mode));
                or_gap(value, missing, SortValue::Fractional)
            }
            Source::Text { columns, mode, missing, .. } => {
                let values = columns.get(segment);
                let ord = values.and_then(|values| chosen(&values.ords(doc), *mode));
                let text = match (values, ord) {
                    (Some(values), Some(ord)) => Some(values.string(ord)?),
                    _ => None,
                };
                or_gap(text, missing, SortValue::Text)
            }
        })
    }

    /// The key in a segment of a value that a client gives to go on behind it.
    pub(super) fn after_key(
        &self,
        shard: &Shard<'_>,
        segment: usize,
        value: Option<&Scalar>,
        name: &str,
    ) -> Result<i128, Failure> {
        let wrong =
            |text: &str| Failure::illegal(format!("Failed to parse search_after value for field [{name}]: [{text}]"));
        let Some(value) = value else {
            return match &self.source {
                Source::Text { missing, .. } if *missing == Gap::First => Ok(FIRST),
                Source::Text { .. } | Source::Whole { .. } | Source::Fractional { .. } => Ok(LAST),
                Source::Score | Source::Written(_) => Err(wrong("null")),
            };
        };
        let text = value.text();
        Ok(match &self.source {
            Source::Score => {
                let score: f32 = text.parse().map_err(|_| wrong(text))?;
                self.turned(ordered(f64::from(score)))
            }
            Source::Written(_) => self.turned(text.parse().map_err(|_| wrong(text))?),
            Source::Whole { format, .. } => {
                let number = match (text.parse::<i128>(), format) {
                    (Ok(number), _) => number,
                    (Err(_), format) => {
                        let format = format.clone().unwrap_or_default();
                        match millis(name, &format, value, shard.now, Rounding::Down, &Zone::utc()) {
                            Ok(millis) => millis.into(),
                            Err(_) => match text.parse::<f64>() {
                                Ok(number) if number.fract() == 0.0 => truncate(number),
                                _ => return Err(wrong(text)),
                            },
                        }
                    }
                };
                // These two are how a value that is not there is shown.
                match number {
                    _ if number == i128::from(i64::MAX) => self.edge(true),
                    _ if number == i128::from(i64::MIN) => self.edge(false),
                    _ => self.turned(number),
                }
            }
            Source::Fractional { kind, .. } => match text {
                "Infinity" => self.edge(true),
                "-Infinity" => self.edge(false),
                _ => self.turned(ordered(kind.round(text.parse().map_err(|_| wrong(text))?))),
            },
            Source::Text { columns, address, .. } => {
                let text = if *address { crate::value::ip_term(text).unwrap_or_default() } else { text.to_owned() };
                match columns.get(segment) {
                    Some(values) => self.turned(place_key(values.place(&text)?)),
                    None => LAST,
                }
            }
        })
    }

    /// Before or behind everything, by what is shown there: the greatest number is behind if the order ascends.
    fn edge(&self, greatest: bool) -> i128 {
        if greatest == (self.order == Order::Ascending) { LAST } else { FIRST }
    }

    /// How two values of this sort stand to each other.
    pub(super) fn compare(&self, left: &SortValue, right: &SortValue) -> Ordering {
        use SortValue::{First, Fractional, Last, Text, Whole};
        let ordering = match (left, right) {
            (First, First) | (Last, Last) => return Ordering::Equal,
            (First, _) | (_, Last) => return Ordering::Less,
            (_, First) | (Last, _) => return Ordering::Greater,
            (Whole(left), Whole(right)) => left.cmp(right),
            (Fractional(left), Fractional(right)) => left.total_cmp(right),
            (Whole(left), Fractional(right)) => integer_to_double(*left).total_cmp(right),
            (Fractional(left), Whole(right)) => left.total_cmp(&integer_to_double(*right)),
            (Text(left), Text(right)) => left.cmp(right),
            (Text(_), _) => Ordering::Greater,
            (_, Text(_)) => Ordering::Less,
        };
        match self.order {
            Order::Ascending => ordering,
            Order::Descending => ordering.reverse(),
        }
    }

    /// A value as a hit shows it.
    pub(super) fn show(&self, value: &SortValue) -> Json {
        let behind = matches!(value, SortValue::Last) == (self.order == Order::Ascending);
        match (value, &self.source) {
            (SortValue::First | SortValue::Last, Source::Text { .. }) => Json::Null,
            (SortValue::First | SortValue::Last, Source::Fractional { .. }) => {
                if behind { "Infinity" } else { "-Infinity" }.into()
            }
            (SortValue::First | SortValue::Last, _) => if behind { i64::MAX } else { i64::MIN }.into(),
            (SortValue::Whole(number), Source::Whole { format: Some(format), .. }) => {
                format.print(i64::try_from(*number).unwrap_or(i64::MAX), &Zone::utc()).into()
            }
            (SortValue::Whole(number), _) => whole_json(*number),
            (SortValue::Fractional(number), Source::Score) => score_json(super::values::single(*number)),
            // In single precision the shortest digits are fewer.
            (
                SortValue::Fractional(number),
                Source::Fractional { kind: FieldKind::Float | FieldKind::HalfFloat, .. },
            ) => score_json(super::values::single(*number)),
            (SortValue::Fractional(number), _) => (*number).into(),
            (SortValue::Text(text), Source::Text { address: true, .. }) => show_address(text).into(),
            (SortValue::Text(text), _) => text.as_str().into(),
        }
    }
}

/// A whole number for an answer.
pub(super) fn whole_json(number: i128) -> Json {
    match (i64::try_from(number), u64::try_from(number)) {
        (Ok(number), _) => number.into(),
        (_, Ok(number)) => number.into(),
        _ => Json::Null,
    }
}

/// A score for an answer: the shortest digits that stand for it in single precision.
pub(super) fn score_json(score: f32) -> Json {
    score.to_string().parse::<f64>().map_or(Json::Null, Json::from)
}

/// Why text cannot be sorted or aggregated.
pub(super) fn fielddata_text(field: &str, index: &str) -> String {
    format!(
        "Fielddata is disabled on [{field}] in [{index}]. Text fields are not optimised for operations that require \
         per-document field data like aggregations and sorting, so these operations are disabled by default. Please \
         use a keyword field instead. Alternatively, set fielddata=true on [{field}] in order to load field data by \
         uninverting the inverted index. Note that this can use significant memory."
    )
}

fn gap<T>(missing: &Missing, read: impl Fn(&Scalar) -> Option<T>) -> Result<Gap<T>, Failure> {
    Ok(match missing {
        Missing::First => Gap::First,
        Missing::Last => Gap::Last,
        Missing::Value(value) => {
            Gap::Value(read(value).ok_or_else(|| Failure::illegal(format!("For input string: \"{}\"", value.text())))?)
        }
    })
}

fn first_whole(columns: &Rc<Vec<Values>>, segment: usize, doc: DocId) -> Option<i128> {
    columns.get(segment)?.first_whole(doc)
}

/// Doubles as whole numbers in the same order.
fn ordered(number: f64) -> i128 {
    // Zero is zero whatever its sign.
    let bits = i128::from((number + 0.0).to_bits());
    let sign = 1_i128 << 63;
    if bits & sign == 0 { bits } else { -(bits & !sign) }
}

/// Places of strings, and between them the places of those that are not there.
fn place_key(place: Result<u64, u64>) -> i128 {
    match place {
        Ok(ord) => i128::from(ord) * 2 + 1,
        Err(next) => i128::from(next) * 2,
    }
}

fn chosen(ords: &[u64], mode: SortMode) -> Option<u64> {
    if mode == SortMode::Max { ords.last().copied() } else { ords.first().copied() }
}

/// One of several whole numbers, which are in ascending order.
fn whole_of(values: &[i128], mode: SortMode) -> Option<i128> {
    match mode {
        SortMode::Min => values.first().copied(),
        SortMode::Max => values.last().copied(),
        SortMode::Sum if values.is_empty() => None,
        SortMode::Sum => Some(values.iter().sum()),
        SortMode::Avg if values.is_empty() => None,
        SortMode::Avg => {
            let mean = integer_to_double(values.iter().sum()) / count_to_double(values.len());
            Some(truncate((mean + 0.5).floor()))
        }
        SortMode::Median => {
            let middle = values.len() / 2;
            if values.len() % 2 == 1 {
                return values.get(middle).copied();
            }
            let (low, high) = (values.get(middle.checked_sub(1)?)?, values.get(middle)?);
            Some(truncate((integer_to_double(low + high) / 2.0 + 0.5).floor()))
        }
    }
}

fn fractional_of(values: &[f64], mode: SortMode) -> Option<f64> {
    match mode {
        SortMode::Min => values.first().copied(),
        SortMode::Max => values.last().copied(),
        _ if values.is_empty() => None,
        SortMode::Sum => Some(values.iter().sum()),
        SortMode::Avg => Some(values.iter().sum::<f64>() / count_to_double(values.len())),
        SortMode::Median => {
            let middle = values.len() / 2;
            if values.len() % 2 == 1 {
                return values.get(middle).copied();
            }
            Some((values.get(middle.checked_sub(1)?)? + values.get(middle)?) / 2.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_keep_their_order() {
        let numbers = [f64::NEG_INFINITY, -2.5, -1.0, -0.0, 0.0, 1e-9, 3.0, f64::INFINITY];
        assert!(numbers.windows(2).all(|pair| ordered(pair[0]) <= ordered(pair[1])));
        assert_eq!(ordered(0.0), ordered(-0.0));
    }

    #[test]
    fn one_of_several() {
        assert_eq!(whole_of(&[1, 2, 4], SortMode::Avg), Some(2));
        assert_eq!(whole_of(&[1, 2], SortMode::Avg), Some(2));
        assert_eq!(whole_of(&[1, 2, 4, 9], SortMode::Median), Some(3));
        assert_eq!(whole_of(&[], SortMode::Sum), None);
        assert_eq!(fractional_of(&[1.0, 2.0], SortMode::Median), Some(1.5));
    }
}
