//! Date mathematics: `now-1d/d`, `2020-01-31||+1M`.

use jiff::Span;

use super::format::{DateFormat, Fill};
use super::rounding::CalendarUnit;
use super::zone::Zone;

/// Which end of a unit a date stands for when it is rounded, or not written to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// The first millisecond: for `gte` and `lt`.
    Down,
    /// The last millisecond: for `gt` and `lte`.
    Up,
}

/// A date that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Not in any of the ways of the format.
    #[error("failed to parse date field [{text}] with format [{format}]")]
    Format {
        /// The date.
        text: String,
        /// The format as written.
        format: String,
    },
    /// No date at all.
    #[error("cannot parse empty datetime")]
    Empty,
    /// A mathematical expression that is not one.
    #[error("{problem} for date math [{text}]")]
    Math {
        /// The expression.
        text: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A result that no calendar holds.
    #[error("date math [{text}] leaves the calendar")]
    Overflow {
        /// The expression.
        text: String,
    },
}

/// Reads a date or an expression of date mathematics. Dates that name no time zone, and roundings, are in `zone`;
/// `now` is in milliseconds.
pub fn parse_math(
    format: &DateFormat,
    text: &str,
    now: i64,
    rounding: Rounding,
    zone: &Zone,
) -> Result<i64, DateError> {
    if text.is_empty() {
        return Err(DateError::Empty);
    }
    if let Some(math) = text.strip_prefix("now") {
        return apply(math, now, rounding, zone);
    }
    let fill = match rounding {
        Rounding::Down => Fill::Earliest,
        Rounding::Up => Fill::Latest,
    };
    let unreadable = || DateError::Format { text: text.to_owned(), format: format.source().to_owned() };
    match text.split_once("||") {
        None => format.read(text, fill, zone).ok_or_else(unreadable),
        Some((date, math)) => {
            let start = format.read(date, Fill::Earliest, zone).ok_or_else(unreadable)?;
            apply(math, start, rounding, zone)
        }
    }
}

fn apply(math: &str, start: i64, rounding: Rounding, zone: &Zone) -> Result<i64, DateError> {
    let wrong = |problem| DateError::Math { text: math.to_owned(), problem };
    let overflow = || DateError::Overflow { text: math.to_owned() };
    let mut date = start;
    let mut characters = math.chars().peekable();
    while let Some(operator) = characters.next() {
        let round = operator == '/';
        let sign = match operator {
            '/' | '+' => 1,
            '-' => -1,
            _ => return Err(wrong("operator not supported")),
        };
        let mut digits = String::new();
        while let Some(digit) = characters.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        let count: i64 = if digits.is_empty() { 1 } else { digits.parse().map_err(|_| overflow())? };
        if round && count != 1 {
            return Err(wrong("rounding `/` can only be used on single unit types"));
        }
        let unit = match characters.next() {
            Some('y') => CalendarUnit::Year,
            Some('M') => CalendarUnit::Month,
            Some('w') => CalendarUnit::Week,
            Some('d') => CalendarUnit::Day,
            Some('h' | 'H') => CalendarUnit::Hour,
            Some('m') => CalendarUnit::Minute,
            Some('s') => CalendarUnit::Second,
            Some(_) => return Err(wrong("unit not supported")),
            None => return Err(wrong("truncated date math")),
        };
        date = if round {
            let first = unit.floor(date, zone).ok_or_else(overflow)?;
            match rounding {
                Rounding::Down => first,
                Rounding::Up => unit.next(first, zone).ok_or_else(overflow)?.checked_sub(1).ok_or_else(overflow)?,
            }
        } else {
            add(date, sign * count, unit, zone).ok_or_else(overflow)?
        };
    }
    Ok(date)
}

fn add(date: i64, count: i64, unit: CalendarUnit, zone: &Zone) -> Option<i64> {
    let span = match unit {
        CalendarUnit::Year => Span::new().try_years(count).ok()?,
        CalendarUnit::Quarter => Span::new().try_months(count.checked_mul(3)?).ok()?,
        CalendarUnit::Month => Span::new().try_months(count).ok()?,
        CalendarUnit::Week => Span::new().try_weeks(count).ok()?,
        CalendarUnit::Day => Span::new().try_days(count).ok()?,
        // Units of the clock have a fixed length whatever the zone does.
        CalendarUnit::Hour => return date.checked_add(count.checked_mul(3_600_000)?),
        CalendarUnit::Minute => return date.checked_add(count.checked_mul(60_000)?),
        CalendarUnit::Second => return date.checked_add(count.checked_mul(1_000)?),
    };
    zone.instant(zone.local(date)?.checked_add(span).ok()?)
}
