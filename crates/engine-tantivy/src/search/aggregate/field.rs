//! The values of a field over all indices that are searched.

use std::rc::Rc;

use keyward_query::Scalar;
use keyward_query::aggregation::ValueSource;
use keyward_query::date::{DateFormat, Rounding, Zone};
use serde_json::Value as Json;

use super::super::collect::Place;
use super::super::evaluate::{millis, show_address};
use super::super::failure::Failure;
use super::super::shard::Shard;
use super::super::sort::{fielddata_text, whole_json};
use super::super::values::{Values, integer_to_double, truncate};
use super::Universe;
use crate::mapping::FieldKind;

/// What values are compared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Text,
    Whole,
    Fractional,
}

/// A value as a key.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Key {
    Whole(i128),
    Fractional(f64),
    Text(String),
}

/// A field, ready to be read.
pub(super) struct FieldValues {
    /// Whether any of the indices has it.
    pub(super) mapped: bool,
    pub(super) kind: FieldKind,
    pub(super) sort: Sort,
    /// How dates are shown.
    pub(super) format: DateFormat,
    /// Whether the request says how values are shown.
    pub(super) own_format: bool,
    columns: Vec<Option<Rc<Vec<Values>>>>,
    missing: Option<Key>,
}

/// What a number is taken for, and what it may not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Any,
    Numbers,
    Dates,
}

impl FieldValues {
    /// Opens the field of an aggregation of a type.
    pub(super) fn open(
        universe: &Universe<'_, '_>,
        source: &ValueSource,
        aggregation: &str,
        wanted: Wanted,
    ) -> Result<Self, Failure> {
        let path = source.field.as_str();
        let (mut kinds, mut format, mut columns) = (Vec::new(), None, Vec::new());
        for shard in universe.shards {
            match (shard.field(path), path) {
                (Some(field), _) => {
                    if field.kind == FieldKind::Text {
                        return Err(Failure::illegal(fielddata_text(path, &shard.snapshot.name)));
                    }
                    kinds.push(field.kind);
                    format.get_or_insert_with(|| Shard::date_format(field));
                    columns.push(Some(shard.column(path)?));
                }
                (None, "_seq_no" | "_version") => {
                    kinds.push(FieldKind::Long);
                    columns.push(Some(shard.named_column(path.to_owned())?));
                }
                (None, "_id") => {
                    return Err(Failure::illegal(
                        "Fielddata access on the _id field is disallowed, you can re-enable it by updating the \
                         dynamic cluster setting: indices.id_field_data.enabled",
                    ));
                }
                (None, _) => columns.push(None),
            }
        }
        let unmapped = match wanted {
            Wanted::Dates => FieldKind::Date,
            Wanted::Numbers => FieldKind::Double,
            Wanted::Any => FieldKind::Keyword,
        };
        let kind = kinds.iter().copied().reduce(joined).unwrap_or(unmapped);
        let refused = |kind: FieldKind| {
            Failure::illegal(format!(
                "Field [{path}] of type [{}] is not supported for aggregation [{aggregation}]",
                kind.as_str()
            ))
        };
        let fits = match wanted {
            Wanted::Any => true,
            Wanted::Numbers => !matches!(kind, FieldKind::Keyword | FieldKind::Ip),
            Wanted::Dates => matches!(kind, FieldKind::Date | FieldKind::Boolean) || kind.is_number(),
        };
        if !fits {
            return Err(refused(kind));
        }
        let sort = match kind {
            FieldKind::Text | FieldKind::Keyword | FieldKind::Ip => Sort::Text,
            kind if kind.is_fractional() => Sort::Fractional,
            _ => Sort::Whole,
        };
        let mut format = format.unwrap_or_default();
        let own_format = source.format.is_some();
        if let Some(given) = &source.format {
            if kind != FieldKind::Date {
                return Err(Failure::illegal(format!(
                    "[format] of aggregation [{aggregation}] on field [{path}] of type [{}] is not supported",
                    kind.as_str()
                )));
            }
            format = DateFormat::parse(given).map_err(|error| Failure::illegal(error.to_string()))?;
        }
        let mut field = Self { mapped: !kinds.is_empty(), kind, sort, format, own_format, columns, missing: None };
        if let Some(missing) = &source.missing {
            let now = universe.shards.first().map_or(0, |shard| shard.now);
            field.missing = Some(field.key_of(missing, path, now)?);
            if !field.mapped {
                // Nobody says what the field is: what stands in for it does.
                field.sort = match field.missing {
                    Some(Key::Text(_)) => Sort::Text,
                    Some(Key::Whole(_)) => Sort::Whole,
                    _ => Sort::Fractional,
                };
            }
        }
        Ok(field)
    }

    /// A value of a request as a key.
    pub(super) fn key_of(&self, value: &Scalar, path: &str, now: i64) -> Result<Key, Failure> {
        let text = value.text();
        let wrong = || Failure::illegal(format!("For input string: \"{text}\""));
        Ok(match (self.sort, self.kind) {
            (Sort::Text, FieldKind::Ip) => Key::Text(crate::value::ip_term(text).ok_or_else(wrong)?),
            (Sort::Text, _) => Key::Text(text.to_owned()),
            (Sort::Whole, FieldKind::Date) => {
                Key::Whole(millis(path, &self.format, value, now, Rounding::Down, &Zone::utc())?.into())
            }
            (Sort::Whole, FieldKind::Boolean) => Key::Whole(match text {
                "true" | "1" => 1,
                "false" | "0" => 0,
                _ => return Err(wrong()),
            }),
            (Sort::Whole, _) => {
                Key::Whole(text.parse::<i128>().or_else(|_| text.parse::<f64>().map(truncate)).map_err(|_| wrong())?)
            }
            (Sort::Fractional, _) => Key::Fractional(text.parse().map_err(|_| wrong())?),
        })
    }

    fn values(&self, place: Place) -> Option<&Values> {
        self.columns.get(place.shard)?.as_ref()?.get(place.segment)
    }

    /// Whether a document has a value of its own.
    pub(super) fn has(&self, place: Place) -> bool {
        self.values(place).is_some_and(|values| values.has(place.doc))
    }

    /// Whether documents without a value have one all the same.
    pub(super) fn has_missing(&self) -> bool {
        self.missing.is_some()
    }

    /// The places in the dictionary of a document's strings.
    pub(super) fn ords(&self, place: Place) -> Vec<u64> {
        self.values(place).map(|values| values.ords(place.doc)).unwrap_or_default()
    }

    /// The string at a place in the dictionary of a document's segment.
    pub(super) fn string(&self, place: Place, ord: u64) -> Result<String, Failure> {
        Ok(match self.values(place) {
            Some(values) => values.string(ord)?,
            None => String::new(),
        })
    }

    /// What documents without a value have.
    pub(super) fn missing(&self) -> Option<&Key> {
        self.missing.as_ref()
    }

    /// The numbers of a document, ascending.
    pub(super) fn doubles(&self, place: Place) -> Vec<f64> {
        let own = self.values(place).map(|values| values.doubles(place.doc)).unwrap_or_default();
        match (&self.missing, own.is_empty()) {
            (Some(missing), true) => missing.number().into_iter().collect(),
            _ => own,
        }
    }

    /// The values of a document as keys, ascending, each once.
    pub(super) fn keys(&self, place: Place) -> Result<Vec<Key>, Failure> {
        let mut keys: Vec<Key> = match (self.sort, self.values(place)) {
            (_, None) => Vec::new(),
            (Sort::Text, Some(values)) => {
                let texts = values.ords(place.doc).into_iter().map(|ord| values.string(ord).map(Key::Text));
                texts.collect::<tantivy::Result<_>>()?
            }
            (Sort::Whole, Some(values)) => values.integers(place.doc).into_iter().map(Key::Whole).collect(),
            (Sort::Fractional, Some(values)) => values.doubles(place.doc).into_iter().map(Key::Fractional).collect(),
        };
        keys.dedup();
        if keys.is_empty() {
            keys.extend(self.missing.clone());
        }
        Ok(keys)
    }

    /// All strings that the indices have.
    pub(super) fn all_strings(&self) -> Result<Vec<String>, Failure> {
        let mut strings = Vec::new();
        for values in self.columns.iter().flatten().flat_map(|columns| columns.iter()) {
            if let Values::Text(column) = values {
                let terms = u64::try_from(column.dictionary().num_terms()).unwrap_or(u64::MAX);
                for ord in 0..terms {
                    strings.push(values.string(ord)?);
                }
            }
        }
        Ok(strings)
    }

    /// A key as an answer shows it, and as a string where that says more.
    pub(super) fn show(&self, key: &Key, zone: &Zone) -> (Json, Option<String>) {
        match key {
            Key::Text(text) if self.kind == FieldKind::Ip => (show_address(text).into(), None),
            Key::Text(text) => (text.as_str().into(), None),
            Key::Fractional(number) => (self.fraction(*number), None),
            Key::Whole(number) => {
                let shown = match self.kind {
                    FieldKind::Boolean => Some(if *number == 0 { "false" } else { "true" }.to_owned()),
                    FieldKind::Date => Some(self.format.print(i64::try_from(*number).unwrap_or(i64::MAX), zone)),
                    _ => None,
                };
                (whole_json(*number), shown)
            }
        }
    }

    fn fraction(&self, number: f64) -> Json {
        number.into()
    }

    /// A number as a date, where the field has dates.
    pub(super) fn date_text(&self, number: f64) -> Option<String> {
        if self.kind != FieldKind::Date || !number.is_finite() {
            return None;
        }
        i64::try_from(truncate(number)).ok().map(|millis| self.format.print(millis, &Zone::utc()))
    }
}

/// The kind that values of two kinds have in common.
fn joined(one: FieldKind, other: FieldKind) -> FieldKind {
    if one == other {
        one
    } else if one.is_fractional() || other.is_fractional() {
        FieldKind::Double
    } else if one == FieldKind::Keyword || other == FieldKind::Keyword {
        FieldKind::Keyword
    } else {
        FieldKind::Long
    }
}

impl Key {
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Whole(number) => Some(integer_to_double(*number)),
            Self::Fractional(number) => Some(*number),
            Self::Text(_) => None,
        }
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Whole(left), Self::Whole(right)) => left.cmp(right),
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            (Self::Text(_), _) => std::cmp::Ordering::Greater,
            (_, Self::Text(_)) => std::cmp::Ordering::Less,
            (left, right) => left.number().unwrap_or_default().total_cmp(&right.number().unwrap_or_default()),
        }
    }
}
