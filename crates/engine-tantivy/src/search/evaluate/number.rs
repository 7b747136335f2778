//! From what a request says to numbers and dates as a field holds them.

use keyward_query::Scalar;
use keyward_query::date::{DateFormat, Rounding, Zone, parse_math};
use keyward_query::query::{RangeEnd, RangeQuery};
use keyward_rest::{Cause, ErrorType};

use super::super::failure::Failure;
use super::super::shard::Shard;
use super::super::values::{integer_to_double, truncate};
use crate::mapping::{FieldKind, LeafField};

/// Numbers between two ends, both of which are in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Numbers {
    Whole(i128, i128),
    /// With whether each end is in.
    Fractional {
        from: f64,
        from_in: bool,
        to: f64,
        to_in: bool,
    },
    None,
}

/// A number as written: whole where it is.
enum Written {
    Whole(i128),
    Fractional(f64),
}

fn written(value: &Scalar) -> Result<Written, Failure> {
    let text = match value {
        // Numeric fields take no booleans.
        Scalar::Boolean(_) => return Err(not_a_number(value.text())),
        Scalar::Number(text) | Scalar::String(text) => text.trim(),
    };
    if let Ok(whole) = text.parse::<i128>() {
        return Ok(Written::Whole(whole));
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Written::Fractional(number)),
        _ => Err(not_a_number(text)),
    }
}

fn not_a_number(text: &str) -> Failure {
    Failure::query(ErrorType::NumberFormat, format!("For input string: \"{text}\""))
}

/// The numbers of a field that equal a value.
pub(super) fn equal(kind: FieldKind, value: &Scalar) -> Result<Numbers, Failure> {
    Ok(match written(value)? {
        Written::Whole(whole) if kind.is_integral() => Numbers::Whole(whole, whole),
        Written::Fractional(number) if kind.is_integral() => {
            // 3.0 is 3, but nothing whole equals 3.5.
            if number.fract() == 0.0 { Numbers::Whole(truncate(number), truncate(number)) } else { Numbers::None }
        }
        Written::Whole(whole) => exactly(kind.round(integer_to_double(whole))),
        Written::Fractional(number) => exactly(kind.round(number)),
    })
}

fn exactly(number: f64) -> Numbers {
    Numbers::Fractional { from: number, from_in: true, to: number, to_in: true }
}

/// The numbers of a field between the ends of a range.
pub(super) fn between(kind: FieldKind, range: &RangeQuery) -> Result<Numbers, Failure> {
    if kind.is_integral() {
        let (least, greatest) = kind.integral_range().unwrap_or((i128::MIN, i128::MAX));
        let from = match &range.from {
            None => least,
            Some(end) => match written(&end.value)? {
                Written::Whole(whole) => whole.saturating_add(i128::from(!end.inclusive)),
                // Above 3.5 and from 3.5 on is from 4 on.
                Written::Fractional(number) if number.fract() == 0.0 => {
                    truncate(number).saturating_add(i128::from(!end.inclusive))
                }
                Written::Fractional(number) => truncate(number.ceil()),
            },
        };
        let to = match &range.to {
            None => greatest,
            Some(end) => match written(&end.value)? {
                Written::Whole(whole) => whole.saturating_sub(i128::from(!end.inclusive)),
                Written::Fractional(number) if number.fract() == 0.0 => {
                    truncate(number).saturating_sub(i128::from(!end.inclusive))
                }
                Written::Fractional(number) => truncate(number.floor()),
            },
        };
        return Ok(Numbers::Whole(from, to));
    }
    let end = |end: &Option<RangeEnd>, otherwise: f64| -> Result<(f64, bool), Failure> {
        let Some(end) = end else { return Ok((otherwise, true)) };
        let number = match written(&end.value)? {
            Written::Whole(whole) => integer_to_double(whole),
            Written::Fractional(number) => number,
        };
        Ok((kind.round(number), end.inclusive))
    };
    let (from, from_in) = end(&range.from, f64::NEG_INFINITY)?;
    let (to, to_in) = end(&range.to, f64::INFINITY)?;
    Ok(Numbers::Fractional { from, from_in, to, to_in })
}

impl Numbers {
    /// Whether a number is among them.
    fn has_fractional(self, value: f64) -> bool {
        match self {
            Self::Fractional { from, from_in, to, to_in } => {
                (value > from || (from_in && value == from)) && (value < to || (to_in && value == to))
            }
            Self::Whole(..) | Self::None => false,
        }
    }
}

/// Numbers among several ranges.
#[derive(Debug)]
pub(super) struct NumberSet {
    /// Ranges of whole numbers, ascending, none touching another.
    whole: Vec<(i128, i128)>,
    others: Vec<Numbers>,
    /// Single numbers with fractions, ascending.
    single: Vec<f64>,
}

impl NumberSet {
    pub(super) fn new(numbers: Vec<Numbers>) -> Self {
        let mut set = Self { whole: Vec::new(), others: Vec::new(), single: Vec::new() };
        let mut ranges = Vec::new();
        for numbers in numbers {
            match numbers {
                Numbers::None => {}
                Numbers::Whole(from, to) => ranges.push((from, to)),
                Numbers::Fractional { from, from_in: true, to, to_in: true } if from == to => set.single.push(from),
                other @ Numbers::Fractional { .. } => set.others.push(other),
            }
        }
        ranges.retain(|(from, to)| from <= to);
        ranges.sort_unstable();
        for (from, to) in ranges {
            match set.whole.last_mut() {
                Some((_, end)) if from <= end.saturating_add(1) => *end = to.max(*end),
                _ => set.whole.push((from, to)),
            }
        }
        set.single.sort_by(f64::total_cmp);
        set
    }

    pub(super) fn has_whole(&self, value: i128) -> bool {
        let behind = self.whole.partition_point(|(from, _)| *from <= value);
        let found = behind.checked_sub(1).and_then(|place| self.whole.get(place));
        found.is_some_and(|(_, to)| value <= *to)
            || ((!self.single.is_empty() || !self.others.is_empty()) && self.has_fractional(integer_to_double(value)))
    }

    pub(super) fn has_fractional(&self, value: f64) -> bool {
        // Zero is zero whatever its sign.
        let found = self.single.partition_point(|other| *other < value);
        self.single.get(found) == Some(&value)
            || self.others.iter().any(|numbers| numbers.has_fractional(value))
            || (!self.whole.is_empty() && value.fract() == 0.0 && {
                let whole = truncate(value);
                let behind = self.whole.partition_point(|(from, _)| *from <= whole);
                behind.checked_sub(1).and_then(|place| self.whole.get(place)).is_some_and(|(_, to)| whole <= *to)
            })
    }
}

impl From<Numbers> for NumberSet {
    fn from(numbers: Numbers) -> Self {
        Self::new(vec![numbers])
    }
}

/// The milliseconds of a date as a request says it.
pub(in crate::search) fn millis(
    path: &str,
    format: &DateFormat,
    value: &Scalar,
    now: i64,
    rounding: Rounding,
    zone: &Zone,
) -> Result<i64, Failure> {
    parse_math(format, value.text(), now, rounding, zone).map_err(|error| {
        let reason = match &error {
            keyward_query::date::DateError::Format { text, format } => {
                format!("failed to parse date field [{text}] with format [{format}]")
            }
            other => other.to_string(),
        };
        let _ = path;
        let inner = Cause::new(ErrorType::IllegalArgument, reason.clone());
        Failure::Shard(Cause::new(ErrorType::Parse, format!("{reason}: [{reason}]")).caused_by(inner))
    })
}

/// The dates between the ends of a range.
pub(super) fn dates(shard: &Shard<'_>, path: &str, field: &LeafField, range: &RangeQuery) -> Result<Numbers, Failure> {
    let format = match &range.format {
        None => Shard::date_format(field),
        Some(format) => {
            DateFormat::parse(format).map_err(|error| Failure::query(ErrorType::IllegalArgument, error.to_string()))?
        }
    };
    let utc = Zone::utc();
    let zone = range.time_zone.as_ref().unwrap_or(&utc);
    let from = match &range.from {
        None => i64::MIN,
        Some(end) if end.inclusive => millis(path, &format, &end.value, shard.now, Rounding::Down, zone)?,
        Some(end) => millis(path, &format, &end.value, shard.now, Rounding::Up, zone)?.saturating_add(1),
    };
    let to = match &range.to {
        None => i64::MAX,
        Some(end) if end.inclusive => millis(path, &format, &end.value, shard.now, Rounding::Up, zone)?,
        Some(end) => millis(path, &format, &end.value, shard.now, Rounding::Down, zone)?.saturating_sub(1),
    };
    Ok(Numbers::Whole(from.into(), to.into()))
}

/// `true` and `false` as 1 and 0.
pub(super) fn boolean(value: &Scalar) -> Result<i128, Failure> {
    match value.text() {
        "true" => Ok(1),
        "false" | "" => Ok(0),
        other => Err(Failure::query(
            ErrorType::IllegalArgument,
            format!("Can't parse boolean value [{other}], expected [true] or [false]"),
        )),
    }
}
