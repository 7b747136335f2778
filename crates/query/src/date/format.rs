//! A date format: one or more ways to write a date, tried in order; the first one prints.

use std::sync::Arc;

use jiff::civil::{Date, DateTime, Time};

use super::optional_time::OptionalTime;
use super::pattern::Pattern;
use super::zone::Zone;
use super::{DEFAULT_FORMAT, named};

/// A date format such as `yyyy-MM-dd||epoch_millis`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat {
    source: Arc<str>,
    alternatives: Arc<[Alternative]>,
}

/// A format that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid format: [{format}]: {problem}")]
pub struct DateFormatError {
    /// The format as written.
    pub format: String,
    /// What is wrong with it.
    pub problem: String,
}

/// What stands for the parts of a date that are not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// The earliest: `2020-03` is its first millisecond.
    Earliest,
    /// The latest: `2020-03` is its last millisecond.
    Latest,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Alternative {
    EpochMillis,
    EpochSecond,
    OptionalTime(OptionalTime),
    /// A lenient name reads one way and prints every digit.
    Pattern {
        read: Pattern,
        print: Pattern,
    },
}

/// The parts of a date that were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) year: Option<i64>,
    pub(super) month: Option<i64>,
    pub(super) day: Option<i64>,
    pub(super) day_of_year: Option<i64>,
    pub(super) hour: Option<i64>,
    /// Of a clock with twelve hours, 1 to 12.
    pub(super) clock_hour: Option<i64>,
    pub(super) afternoon: Option<bool>,
    pub(super) minute: Option<i64>,
    pub(super) second: Option<i64>,
    pub(super) nanos: Option<i64>,
}

// === impl DateFormat ===

impl DateFormat {
    /// Reads a format: names and patterns, separated by `||`.
    pub fn parse(source: &str) -> Result<Self, DateFormatError> {
        let error = |problem: String| DateFormatError { format: source.to_owned(), problem };
        if source.is_empty() {
            return Err(error("No date pattern provided".to_owned()));
        }
        let alternatives = source
            .split("||")
            .map(|one| match one {
                "epoch_millis" => Ok(Alternative::EpochMillis),
                "epoch_second" => Ok(Alternative::EpochSecond),
                "strict_date_optional_time" | "strict_date_optional_time_nanos" => {
                    Ok(Alternative::OptionalTime(OptionalTime { strict: true, nanos: one.ends_with("nanos") }))
                }
                "iso8601" => Ok(Alternative::OptionalTime(OptionalTime { strict: true, nanos: false })),
                "date_optional_time" | "dateOptionalTime" => {
                    Ok(Alternative::OptionalTime(OptionalTime { strict: false, nanos: false }))
                }
                _ => {
                    let read = Pattern::parse(named::pattern_of(one).unwrap_or(one)).map_err(error)?;
                    let print = match named::pattern_of(&format!("strict_{one}")) {
                        Some(strict) => Pattern::parse(strict).map_err(error)?,
                        None => read.clone(),
                    };
                    Ok(Alternative::Pattern { read, print })
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { source: source.into(), alternatives: alternatives.into() })
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The instant of a date in this format. `zone` is for dates that name none.
    pub fn read(&self, text: &str, fill: Fill, zone: &Zone) -> Option<i64> {
        self.alternatives.iter().find_map(|alternative| alternative.read(text, fill, zone))
    }

    /// An instant in the first way of this format. Instants beyond the calendar are printed as their number.
    pub fn print(&self, millis: i64, zone: &Zone) -> String {
        let printed = self.alternatives.first().and_then(|alternative| alternative.print(millis, zone));
        printed.unwrap_or_else(|| millis.to_string())
    }

    /// Whether the first way of this format prints numbers (`epoch_millis`, `epoch_second`).
    pub fn prints_numbers(&self) -> bool {
        matches!(self.alternatives.first(), Some(Alternative::EpochMillis | Alternative::EpochSecond))
    }
}

impl Default for DateFormat {
    fn default() -> Self {
        let optional_time = OptionalTime { strict: true, nanos: false };
        let alternatives = [Alternative::OptionalTime(optional_time), Alternative::EpochMillis];
        Self { source: DEFAULT_FORMAT.into(), alternatives: alternatives.into() }
    }
}

// === impl Alternative ===

impl Alternative {
    fn read(&self, text: &str, fill: Fill, zone: &Zone) -> Option<i64> {
        match self {
            Self::EpochMillis => read_epoch(text, 0),
            Self::EpochSecond => read_epoch(text, 3),
            Self::OptionalTime(form) => {
                let (parts, own_zone) = form.read(text)?;
                parts.instant(fill, own_zone.as_ref().unwrap_or(zone))
            }
            Self::Pattern { read, .. } => {
                let (parts, own_zone) = read.read(text)?;
                parts.instant(fill, own_zone.as_ref().unwrap_or(zone))
            }
        }
    }

    fn print(&self, millis: i64, zone: &Zone) -> Option<String> {
        match self {
            Self::EpochMillis => Some(millis.to_string()),
            Self::EpochSecond => Some(match (millis.div_euclid(1000), millis.rem_euclid(1000)) {
                (seconds, 0) => seconds.to_string(),
                (seconds, rest) => format!("{seconds}.{rest:03}").trim_end_matches('0').to_owned(),
            }),
            Self::OptionalTime(form) => form.print(millis, zone),
            Self::Pattern { print, .. } => print.print(millis, zone),
        }
    }
}

/// A number, in units of 10^`scale` milliseconds, with digits behind the point down to a nanosecond (which is cut off).
fn read_epoch(text: &str, scale: u32) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 18 || fraction.len() > 9 || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let mut value: i64 = whole.parse().ok()?;
    let mut behind = fraction.bytes();
    for _ in 0..scale {
        let digit = behind.next().map_or(0, |byte| i64::from(byte - b'0'));
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    if negative { value.checked_neg() } else { Some(value) }
}

// === impl Parts ===

impl Parts {
    pub(super) fn instant(&self, fill: Fill, zone: &Zone) -> Option<i64> {
        zone.instant(self.local(fill)?)
    }

    fn local(&self, fill: Fill) -> Option<DateTime> {
        let latest = fill == Fill::Latest;
        let year = i16::try_from(self.year.unwrap_or(1970)).ok()?;
        let date = match self.day_of_year {
            Some(day) => {
                let first = Date::new(year, 1, 1).ok()?;
                if !(1..=i64::from(first.days_in_year())).contains(&day) {
                    return None;
                }
                first.checked_add(jiff::Span::new().try_days(day - 1).ok()?).ok()?
            }
            None => {
                let month =
                    i8::try_from(self.month.unwrap_or(if latest && self.year.is_some() { 12 } else { 1 })).ok()?;
                let first = Date::new(year, month, 1).ok()?;
                let written = self.year.is_some() || self.month.is_some();
                match self.day {
                    Some(day) => Date::new(year, month, i8::try_from(day).ok()?).ok()?,
                    None if latest && written => first.last_of_month(),
                    None => first,
                }
            }
        };
        let hour = match (self.hour, self.clock_hour) {
            (Some(hour), _) => Some(hour),
            (None, Some(hour)) if (1..=12).contains(&hour) => {
                Some(hour % 12 + if self.afternoon.unwrap_or(false) { 12 } else { 0 })
            }
            (None, Some(_)) => return None,
            (None, None) => None,
        };
        let or = |value: Option<i64>, last: i64| value.unwrap_or(if latest { last } else { 0 });
        // 24:00:00 is the end of the day.
        if hour == Some(24) && or(self.minute, 0) == 0 && or(self.second, 0) == 0 && or(self.nanos, 0) == 0 {
            return date.tomorrow().ok().map(|next| next.to_datetime(Time::midnight()));
        }
        let time = Time::new(
            i8::try_from(or(hour, 23)).ok()?,
            i8::try_from(or(self.minute, 59)).ok()?,
            i8::try_from(or(self.second, 59)).ok()?,
            i32::try_from(or(self.nanos, 999_999_999)).ok()?,
        )
        .ok()?;
        Some(date.to_datetime(time))
    }
}
