//! The order of what a search finds, and the part of it that is shown.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use keyward_query::date::{DEFAULT_FORMAT, DateFormat, Rounding, Zone, parse_math};
use keyward_query::sort::{Missing, Order, SearchAfterValue, SortKey};
use keyward_query::{Scalar, Sort};
use keyward_security::time::Timestamp;
use serde_json::Value;

use super::field::{FieldKind, KeyField};
use super::{KeyPredicate, KeySearchError};
use crate::keys::KeyRef;

/// One value that keys are compared by. `None`: the key has none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortValue {
    /// A text.
    Text(Option<String>),
    /// A time, a truth, a place.
    Number(Option<i64>),
}

/// In which order keys are shown. Keys that are equal in it are in the order of creation, then of ids.
#[derive(Clone, Debug, Default)]
pub struct KeyOrder {
    by: Vec<By>,
    after: Option<Vec<SortValue>>,
}

#[derive(Clone, Debug)]
struct By {
    /// `None`: the order of creation.
    field: Option<KeyField>,
    descending: bool,
    missing: MissingAs,
    format: Option<DateFormat>,
}

#[derive(Clone, Debug)]
enum MissingAs {
    First,
    Last,
    Value(SortValue),
}

/// What a search found: how many in all, and the part that is shown.
#[derive(Debug)]
pub struct KeyPage<'v> {
    /// All matches.
    pub total: usize,
    /// The ones to show, each with what it was sorted by.
    pub keys: Vec<(KeyRef<'v>, Vec<SortValue>)>,
}

impl KeyOrder {
    /// Compiles an order and the place to go on from.
    pub fn compile(sorts: &[Sort], after: Option<&[SearchAfterValue]>, now: Timestamp) -> Result<Self, KeySearchError> {
        let by = sorts.iter().map(|sort| by(sort, now)).collect::<Result<Vec<_>, _>>()?;
        let after = match after {
            None => None,
            Some(values) if values.len() != by.len() => {
                return Err(KeySearchError::SearchAfterCount { given: values.len(), wanted: by.len() });
            }
            Some(values) => {
                let read = by.iter().zip(values).map(|(by, value)| by.read(value.as_ref(), now));
                Some(read.collect::<Result<_, _>>()?)
            }
        };
        Ok(Self { by, after })
    }

    /// Whether any order was asked for.
    pub fn is_asked(&self) -> bool {
        !self.by.is_empty()
    }

    /// Searches `keys`, which come in the order of creation.
    pub fn page<'v>(
        &self,
        keys: impl Iterator<Item = KeyRef<'v>>,
        predicate: &KeyPredicate,
        from: usize,
        size: usize,
    ) -> KeyPage<'v> {
        let wanted = from.saturating_add(size);
        let mut total = 0;
        let mut best: BinaryHeap<Ranked<'_, 'v>> = BinaryHeap::new();
        for (place, key) in keys.filter(|key| predicate.matches(key)).enumerate() {
            total = place + 1;
            let values = self.by.iter().map(|by| by.value(&key, place)).collect::<Vec<_>>();
            if self.after.as_ref().is_some_and(|after| self.compare(&values, after) != Ordering::Greater) {
                continue;
            }
            let ranked = Ranked { order: self, values, place, key };
            if best.len() < wanted {
                best.push(ranked);
            } else if best.peek().is_some_and(|worst| ranked < *worst) {
                best.pop();
                best.push(ranked);
            }
        }
        let shown = best.into_sorted_vec().into_iter().skip(from).map(|ranked| (ranked.key, ranked.values));
        KeyPage { total, keys: shown.collect() }
    }

    /// What a key was sorted by, as it is told.
    pub fn show(&self, values: &[SortValue]) -> Value {
        self.by.iter().zip(values).map(|(by, value)| by.show(value)).collect()
    }

    fn compare(&self, one: &[SortValue], other: &[SortValue]) -> Ordering {
        let pairs = self.by.iter().zip(one.iter().zip(other));
        pairs.map(|(by, (one, other))| by.compare(one, other)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

struct Ranked<'o, 'v> {
    order: &'o KeyOrder,
    values: Vec<SortValue>,
    place: usize,
    key: KeyRef<'v>,
}

impl Ord for Ranked<'_, '_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order.compare(&self.values, &other.values).then(self.place.cmp(&other.place))
    }
}

impl PartialOrd for Ranked<'_, '_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked<'_, '_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked<'_, '_> {}

fn by(sort: &Sort, now: Timestamp) -> Result<By, KeySearchError> {
    let field = match &sort.key {
        SortKey::Doc => None,
        SortKey::Score => return Err(KeySearchError::Field("_score".to_owned())),
        SortKey::Field(name) => Some(KeyField::parse(name)?),
    };
    let format = sort.format.as_deref().map(DateFormat::parse).transpose();
    let mut by = By {
        field,
        descending: sort.order == Order::Descending,
        missing: MissingAs::Last,
        format: format.map_err(|error| KeySearchError::Value(error.to_string()))?,
    };
    by.missing = match &sort.missing {
        Missing::Last => MissingAs::Last,
        Missing::First => MissingAs::First,
        Missing::Value(value) => MissingAs::Value(by.read(Some(value), now)?),
    };
    Ok(by)
}

impl By {
    fn is_text(&self) -> bool {
        self.field.as_ref().is_some_and(|field| matches!(field.kind(), FieldKind::Text | FieldKind::Metadata))
    }

    fn value(&self, key: &KeyRef<'_>, place: usize) -> SortValue {
        let value = match &self.field {
            None => SortValue::Number(i64::try_from(place).ok()),
            Some(field) => match field.kind() {
                FieldKind::Text => SortValue::Text(Some(field.text(key).to_owned())),
                FieldKind::Time => SortValue::Number(field.time(key).map(Timestamp::as_millis)),
                FieldKind::Flag => SortValue::Number(Some(i64::from(key.is_invalidated()))),
                FieldKind::Metadata => SortValue::Text(self.leaf(field, key)),
            },
        };
        match (&self.missing, &value) {
            (MissingAs::Value(missing), SortValue::Text(None) | SortValue::Number(None)) => missing.clone(),
            _ => value,
        }
    }

    /// Of several values, the one that comes first in the direction asked for.
    fn leaf(&self, field: &KeyField, key: &KeyRef<'_>) -> Option<String> {
        let mut best: Option<String> = None;
        field.any_in_metadata(key, &mut |text| {
            let better = best.as_deref().is_none_or(|best| if self.descending { text > best } else { text < best });
            if better {
                best = Some(text.to_owned());
            }
            false
        });
        best
    }

    fn compare(&self, one: &SortValue, other: &SortValue) -> Ordering {
        let missing = |value: &SortValue| matches!(value, SortValue::Text(None) | SortValue::Number(None));
        let behind = if matches!(self.missing, MissingAs::First) { Ordering::Less } else { Ordering::Greater };
        match (missing(one), missing(other)) {
            (true, true) => Ordering::Equal,
            (true, false) => behind,
            (false, true) => behind.reverse(),
            (false, false) if self.descending => other.cmp(one),
            (false, false) => one.cmp(other),
        }
    }

    /// Reads a value of a request as one of this field.
    fn read(&self, value: Option<&Scalar>, now: Timestamp) -> Result<SortValue, KeySearchError> {
        if self.is_text() {
            return Ok(SortValue::Text(value.map(|value| value.text().to_owned())));
        }
        let Some(value) = value else { return Ok(SortValue::Number(None)) };
        let text = value.text();
        let number = match &self.field {
            None => text.parse().ok(),
            Some(KeyField::Invalidated) => match text {
                "true" | "1" => Some(1),
                "false" | "0" => Some(0),
                _ => None,
            },
            Some(_) => {
                if let Ok(number) = text.parse::<i64>() {
                    // The ends of the range are what a missing time is told as.
                    return Ok(SortValue::Number(Some(number).filter(|number| *number != self.told_when_missing())));
                }
                let format = match &self.format {
                    Some(format) => Some(format.clone()),
                    None => DateFormat::parse(DEFAULT_FORMAT).ok(),
                };
                let read =
                    |format: &DateFormat| parse_math(format, text, now.as_millis(), Rounding::Down, &Zone::utc()).ok();
                format.as_ref().and_then(read)
            }
        };
        let refused = || KeySearchError::Value(format!("Failed to parse search_after value for [{text}]"));
        number.map(|number| SortValue::Number(Some(number))).ok_or_else(refused)
    }

    /// A key without a time stands at an end, and is told so.
    const fn told_when_missing(&self) -> i64 {
        let last = !matches!(self.missing, MissingAs::First);
        if last != self.descending { i64::MAX } else { i64::MIN }
    }

    fn show(&self, value: &SortValue) -> Value {
        match (value, &self.field) {
            (SortValue::Text(text), _) => text.as_deref().into(),
            (SortValue::Number(Some(number)), Some(KeyField::Invalidated)) => (*number != 0).into(),
            (SortValue::Number(Some(number)), _) => match &self.format {
                Some(format) if !format.prints_numbers() => format.print(*number, &Zone::utc()).into(),
                _ => (*number).into(),
            },
            (SortValue::Number(None), _) => self.told_when_missing().into(),
        }
    }
}
