//! Intervals of a date histogram: calendar units in a time zone, and fixed lengths.

use std::str::FromStr;

use jiff::Span;
use jiff::civil::{Date, Time};

use super::zone::Zone;

/// A unit of the calendar. Weeks begin on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarUnit {
    /// `1s`, `second`
    Second,
    /// `1m`, `minute`
    Minute,
    /// `1h`, `hour`
    Hour,
    /// `1d`, `day`
    Day,
    /// `1w`, `week`
    Week,
    /// `1M`, `month`
    Month,
    /// `1q`, `quarter`
    Quarter,
    /// `1y`, `year`
    Year,
}

/// A length of time in milliseconds, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixedInterval(pub i64);

/// Either sort of interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// A unit of the calendar.
    Calendar(CalendarUnit),
    /// A length of time.
    Fixed(FixedInterval),
}

/// An interval that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntervalError {
    /// Not a calendar unit.
    #[error("The supplied interval [{0}] could not be parsed as a calendar interval.")]
    Calendar(String),
    /// Not a length of time.
    #[error(
        "failed to parse setting [date_histogram.fixedInterval] with value [{0}] as a time value: unit is missing or unrecognized"
    )]
    Fixed(String),
    /// A length of nothing.
    #[error("Zero or negative time interval not supported")]
    NotPositive,
}

// === impl CalendarUnit ===

impl FromStr for CalendarUnit {
    type Err = IntervalError;

    fn from_str(text: &str) -> Result<Self, IntervalError> {
        Ok(match text {
            "second" | "1s" => Self::Second,
            "minute" | "1m" => Self::Minute,
            "hour" | "1h" => Self::Hour,
            "day" | "1d" => Self::Day,
            "week" | "1w" => Self::Week,
            "month" | "1M" => Self::Month,
            "quarter" | "1q" => Self::Quarter,
            "year" | "1y" => Self::Year,
            _ => return Err(IntervalError::Calendar(text.to_owned())),
        })
    }
}

impl CalendarUnit {
    /// The first millisecond of the unit that an instant is in. Nothing where the calendar ends.
    pub fn floor(self, millis: i64, zone: &Zone) -> Option<i64> {
        let local = zone.local(millis)?;
        let date = local.date();
        let first: Date = match self {
            Self::Second | Self::Minute | Self::Hour => {
                // The offsets of zones are not always whole hours, so the clock is read locally, but the length of the
                // part that is cut off is the same in every zone.
                let time = local.time();
                let mut cut = i64::from(time.subsec_nanosecond()) / 1_000_000;
                if self != Self::Second {
                    cut += i64::from(time.second()) * 1_000;
                }
                if self == Self::Hour {
                    cut += i64::from(time.minute()) * 60_000;
                }
                return millis.checked_sub(cut);
            }
            Self::Day => date,
            Self::Week => {
                let back = date.weekday().to_monday_zero_offset();
                date.checked_sub(Span::new().try_days(i64::from(back)).ok()?).ok()?
            }
            Self::Month => date.first_of_month(),
            Self::Quarter => Date::new(date.year(), (date.month() - 1) / 3 * 3 + 1, 1).ok()?,
            Self::Year => date.first_of_year(),
        };
        zone.instant(first.to_datetime(Time::midnight()))
    }

    /// The first millisecond of the next unit after the one that begins at `first`.
    pub fn next(self, first: i64, zone: &Zone) -> Option<i64> {
        let span = match self {
            Self::Second => return first.checked_add(1_000),
            Self::Minute => return first.checked_add(60_000),
            Self::Hour => return first.checked_add(3_600_000),
            Self::Day => Span::new().try_days(1).ok()?,
            Self::Week => Span::new().try_weeks(1).ok()?,
            Self::Month => Span::new().try_months(1).ok()?,
            Self::Quarter => Span::new().try_months(3).ok()?,
            Self::Year => Span::new().try_years(1).ok()?,
        };
        let date = zone.local(first)?.date().checked_add(span).ok()?;
        zone.instant(date.to_datetime(Time::midnight()))
    }
}

// === impl FixedInterval ===

impl FromStr for FixedInterval {
    type Err = IntervalError;

    fn from_str(text: &str) -> Result<Self, IntervalError> {
        let error = || IntervalError::Fixed(text.to_owned());
        let lower = text.trim().to_ascii_lowercase();
        let end = lower.find(|character: char| character.is_ascii_alphabetic()).ok_or_else(error)?;
        let (count, unit) = lower.split_at_checked(end).ok_or_else(error)?;
        // `M` would be a minute once it is in lower case: months have no fixed length.
        if text.trim_end().ends_with('M') {
            return Err(error());
        }
        let scale = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(error()),
        };
        let count: i64 = count.trim().parse().map_err(|_| error())?;
        let millis = count.checked_mul(scale).ok_or_else(error)?;
        if millis <= 0 { Err(IntervalError::NotPositive) } else { Ok(Self(millis)) }
    }
}

impl FixedInterval {
    fn floor(self, millis: i64, zone: &Zone) -> Option<i64> {
        let offset = i64::from(zone.offset_at(millis)?) * 1_000;
        let local = millis.checked_add(offset)?;
        let floored = local.checked_sub(local.rem_euclid(self.0))?;
        // The offset may have been another one at the beginning of the interval.
        let offset_then = i64::from(zone.offset_at(floored.checked_sub(offset)?)?) * 1_000;
        floored.checked_sub(offset_then)
    }
}

// === impl Interval ===

impl Interval {
    /// The beginning of the interval that an instant is in, when all intervals are moved on by `shift` milliseconds.
    pub fn floor(self, millis: i64, shift: i64, zone: &Zone) -> Option<i64> {
        let moved = millis.checked_sub(shift)?;
        let floor = match self {
            Self::Calendar(unit) => unit.floor(moved, zone),
            Self::Fixed(interval) => interval.floor(moved, zone),
        };
        floor?.checked_add(shift)
    }

    /// The beginning of the interval after the one that begins at `first`.
    pub fn next(self, first: i64, shift: i64, zone: &Zone) -> Option<i64> {
        let moved = first.checked_sub(shift)?;
        let next = match self {
            Self::Calendar(unit) => unit.next(moved, zone),
            Self::Fixed(interval) => {
                // Where the clocks change, the next beginning is at most two lengths away.
                let candidate = interval.floor(moved.checked_add(interval.0)?, zone)?;
                if candidate > moved { Some(candidate) } else { moved.checked_add(interval.0) }
            }
        };
        next?.checked_add(shift)
    }
}
