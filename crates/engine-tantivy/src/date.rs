//! Dates as documents write them: formats, and the milliseconds that they stand for.
//!
//! A format is a list of alternatives joined by `||`, tried in order; each is a name that Elasticsearch knows or a
//! pattern of letters. Patterns are supported as far as they are made of years, months, days, hours, minutes, seconds,
//! fractions, zone offsets and literal text; others are refused by name.

use thiserror::Error;

/// The format of a date field that names none.
pub(crate) const DEFAULT_FORMAT: &str = "strict_date_optional_time||epoch_millis";

const MILLIS_OF_DAY: i64 = 86_400_000;

/// The alternatives of a date field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DateFormat {
    alternatives: Vec<Alternative>,
}

/// A format that is not supported.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("date format [{0}] is not supported")]
pub(crate) struct UnsupportedFormat(String);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Alternative {
    /// ISO 8601 from the year on, everything below it optional. `strict` wants four-digit years and two-digit rest.
    OptionalTime {
        strict: bool,
    },
    EpochMillis,
    EpochSecond,
    Pattern(Vec<Item>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    /// This many digits after the decimal point.
    Fraction(usize),
    /// `Z`, `+01:00`, `+0100` or `+01`.
    Offset,
    Literal(char),
}

// === impl DateFormat ===

impl DateFormat {
    /// Reads a format.
    pub(crate) fn parse(text: &str) -> Result<Self, UnsupportedFormat> {
        let alternatives = text.split("||").map(alternative).collect::<Result<_, _>>()?;
        Ok(Self { alternatives })
    }

    /// The format of fields that name none.
    pub(crate) fn default_format() -> Self {
        Self { alternatives: vec![Alternative::OptionalTime { strict: true }, Alternative::EpochMillis] }
    }

    /// The moment that a text stands for, in milliseconds since the epoch.
    pub(crate) fn millis(&self, text: &str) -> Option<i64> {
        self.alternatives.iter().find_map(|alternative| alternative.millis(text))
    }

    /// A moment as the first alternative writes it.
    pub(crate) fn print(&self, millis: i64) -> String {
        match self.alternatives.first() {
            Some(Alternative::EpochMillis) => millis.to_string(),
            Some(Alternative::EpochSecond) if millis % 1000 == 0 => (millis / 1000).to_string(),
            Some(Alternative::EpochSecond) => format!("{}.{:03}", millis.div_euclid(1000), millis.rem_euclid(1000)),
            Some(Alternative::Pattern(items)) => print_pattern(items, millis),
            Some(Alternative::OptionalTime { .. }) | None => {
                use Item::{Day, Fraction, Hour, Literal, Minute, Month, Offset, Second, Year};
                let items = [
                    Year,
                    Literal('-'),
                    Month,
                    Literal('-'),
                    Day,
                    Literal('T'),
                    Hour,
                    Literal(':'),
                    Minute,
                    Literal(':'),
                    Second,
                    Literal('.'),
                    Fraction(3),
                    Offset,
                ];
                print_pattern(&items, millis)
            }
        }
    }
}

fn alternative(name: &str) -> Result<Alternative, UnsupportedFormat> {
    let pattern = match name {
        "strict_date_optional_time" | "iso8601" => return Ok(Alternative::OptionalTime { strict: true }),
        "date_optional_time" => return Ok(Alternative::OptionalTime { strict: false }),
        "epoch_millis" => return Ok(Alternative::EpochMillis),
        "epoch_second" => return Ok(Alternative::EpochSecond),
        "strict_date" | "date" | "strict_year_month_day" | "year_month_day" => "yyyy-MM-dd",
        "strict_year_month" | "year_month" => "yyyy-MM",
        "strict_year" | "year" => "yyyy",
        "basic_date" => "yyyyMMdd",
        "strict_date_time" | "date_time" => "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
        "strict_date_time_no_millis" | "date_time_no_millis" => "yyyy-MM-dd'T'HH:mm:ssXXX",
        "strict_date_hour_minute_second" | "date_hour_minute_second" => "yyyy-MM-dd'T'HH:mm:ss",
        "strict_date_hour_minute_second_millis" | "date_hour_minute_second_millis" => "yyyy-MM-dd'T'HH:mm:ss.SSS",
        "strict_date_hour_minute" | "date_hour_minute" => "yyyy-MM-dd'T'HH:mm",
        "basic_date_time" => "yyyyMMdd'T'HHmmss.SSSXX",
        "basic_date_time_no_millis" => "yyyyMMdd'T'HHmmssXX",
        other => other,
    };
    match items(pattern) {
        Some(items) => Ok(Alternative::Pattern(items)),
        None => Err(UnsupportedFormat(name.to_owned())),
    }
}

fn items(pattern: &str) -> Option<Vec<Item>> {
    let mut items = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(first) = chars.next() {
        if first == '\'' {
            // Quoted text; two quotes are one.
            let mut closed = false;
            let mut empty = true;
            while let Some(c) = chars.next() {
                if c != '\'' {
                    items.push(Item::Literal(c));
                    empty = false;
                } else if !empty && chars.next_if_eq(&'\'').is_some() {
                    items.push(Item::Literal('\''));
                } else {
                    closed = true;
                    break;
                }
            }
            if empty {
                items.push(Item::Literal('\''));
            }
            if !closed {
                return None;
            }
            continue;
        }
        if !first.is_ascii_alphabetic() {
            if matches!(first, '[' | ']' | '{' | '}' | '#') {
                return None;
            }
            items.push(Item::Literal(first));
            continue;
        }
        let mut count = 1usize;
        while chars.next_if_eq(&first).is_some() {
            count += 1;
        }
        items.push(match (first, count) {
            ('y' | 'u', 4) => Item::Year,
            ('M', 2) => Item::Month,
            ('d', 2) => Item::Day,
            ('H', 2) => Item::Hour,
            ('m', 2) => Item::Minute,
            ('s', 2) => Item::Second,
            ('S', 1..=9) => Item::Fraction(count),
            ('X', 1..=3) | ('Z', 1..=3) => Item::Offset,
            _ => return None,
        });
    }
    items.contains(&Item::Year).then_some(items)
}

// === impl Alternative ===

impl Alternative {
    fn millis(&self, text: &str) -> Option<i64> {
        match self {
            Self::EpochMillis => epoch(text, 1),
            Self::EpochSecond => epoch(text, 1000),
            Self::OptionalTime { strict } => optional_time(text, *strict),
            Self::Pattern(items) => pattern(items, text),
        }
    }
}

/// A count of units since the epoch, with an optional fraction.
fn epoch(text: &str, unit: i64) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let negative = whole.starts_with('-');
    if whole.trim_start_matches('-').is_empty() || !whole.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if whole.starts_with("--") || fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let base = whole.parse::<i64>().ok()?.checked_mul(unit)?;
    if unit == 1 || fraction.is_empty() {
        return Some(base);
    }
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    if negative { base.checked_sub(millis) } else { base.checked_add(millis) }
}

/// The parts of a moment while it is read.
struct Parts {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    millis: i64,
    /// East of Greenwich.
    offset_minutes: i64,
}

impl Parts {
    fn new() -> Self {
        Self { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, millis: 0, offset_minutes: 0 }
    }

    fn total(&self) -> Option<i64> {
        let valid = (1..=12).contains(&self.month)
            && (1..=days_in_month(self.year, self.month)).contains(&self.day)
            && (0..=23).contains(&self.hour)
            && (0..=59).contains(&self.minute)
            && (0..=59).contains(&self.second);
        let midnight = self.hour == 24 && self.minute == 0 && self.second == 0 && self.millis == 0;
        if !(valid || midnight) || !(-292_000_000..=292_000_000).contains(&self.year) {
            return None;
        }
        let days = days_from_civil(self.year, self.month, self.day);
        let minutes = self.hour * 60 + self.minute - self.offset_minutes;
        days.checked_mul(MILLIS_OF_DAY)?.checked_add(minutes * 60_000 + self.second * 1000 + self.millis)
    }
}

/// What is left of a text while it is read.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn take(&mut self, expected: char) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<&'a str> {
        let end = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if end < least {
            return None;
        }
        let (digits, rest) = self.0.split_at_checked(end)?;
        self.0 = rest;
        Some(digits)
    }

    fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        self.digits(least, most)?.parse().ok()
    }

    fn fraction(&mut self, least: usize, most: usize) -> Option<i64> {
        let digits = self.digits(least, most)?;
        format!("{digits:0<3}").get(..3)?.parse().ok()
    }

    fn offset(&mut self) -> Option<i64> {
        if self.take('Z').is_some() {
            return Some(0);
        }
        let sign = if self.take('+').is_some() {
            1
        } else {
            self.take('-')?;
            -1
        };
        let hours = self.number(2, 2)?;
        let minutes = if self.take(':').is_some() { self.number(2, 2)? } else { self.number(2, 2).unwrap_or(0) };
        (hours <= 18 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
    }
}

fn optional_time(text: &str, strict: bool) -> Option<i64> {
    let mut rest = Rest(text);
    let mut parts = Parts::new();
    let least = if strict { 2 } else { 1 };
    let negative = rest.take('-').is_some();
    parts.year = if strict { rest.number(4, 4)? } else { rest.number(1, 9)? };
    if negative {
        parts.year = -parts.year;
    }
    if rest.take('-').is_some() {
        parts.month = rest.number(least, 2)?;
        if rest.take('-').is_some() {
            parts.day = rest.number(least, 2)?;
        }
    }
    if rest.take('T').is_some() && !rest.0.is_empty() {
        parts.hour = rest.number(least, 2)?;
        if rest.take(':').is_some() {
            parts.minute = rest.number(least, 2)?;
            if rest.take(':').is_some() {
                parts.second = rest.number(least, 2)?;
                if rest.take('.').is_some() || rest.take(',').is_some() {
                    parts.millis = rest.fraction(1, 9)?;
                }
            }
        }
        if !rest.0.is_empty() {
            parts.offset_minutes = rest.offset()?;
        }
    }
    if !rest.0.is_empty() {
        return None;
    }
    parts.total()
}

fn pattern(items: &[Item], text: &str) -> Option<i64> {
    let mut rest = Rest(text);
    let mut parts = Parts::new();
    for item in items {
        match item {
            Item::Year => parts.year = rest.number(4, 4)?,
            Item::Month => parts.month = rest.number(2, 2)?,
            Item::Day => parts.day = rest.number(2, 2)?,
            Item::Hour => parts.hour = rest.number(2, 2)?,
            Item::Minute => parts.minute = rest.number(2, 2)?,
            Item::Second => parts.second = rest.number(2, 2)?,
            Item::Fraction(digits) => parts.millis = rest.fraction(*digits, *digits)?,
            Item::Offset => parts.offset_minutes = rest.offset()?,
            Item::Literal(c) => rest.take(*c)?,
        }
    }
    if !rest.0.is_empty() {
        return None;
    }
    parts.total()
}

fn print_pattern(items: &[Item], millis: i64) -> String {
    use std::fmt::Write as _;
    let (year, month, day) = civil_from_days(millis.div_euclid(MILLIS_OF_DAY));
    let of_day = millis.rem_euclid(MILLIS_OF_DAY);
    let mut text = String::new();
    for item in items {
        // Writing to a string cannot fail.
        let _ = match item {
            Item::Year => write!(text, "{year:04}"),
            Item::Month => write!(text, "{month:02}"),
            Item::Day => write!(text, "{day:02}"),
            Item::Hour => write!(text, "{:02}", of_day / 3_600_000),
            Item::Minute => write!(text, "{:02}", of_day / 60_000 % 60),
            Item::Second => write!(text, "{:02}", of_day / 1000 % 60),
            Item::Fraction(digits) => {
                let nanos = format!("{:03}000000", of_day % 1000);
                write!(text, "{}", nanos.get(..*digits).unwrap_or(&nanos))
            }
            Item::Offset => write!(text, "Z"),
            Item::Literal(c) => write!(text, "{c}"),
        };
    }
    text
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since the epoch of a date of the Gregorian calendar, counted in eras of 400 years from March on.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn default(text: &str) -> Option<i64> {
        DateFormat::default_format().millis(text)
    }

    #[test]
    fn iso_dates_with_everything_optional() {
        assert_eq!(default("1970"), Some(0));
        assert_eq!(default("1970-02"), Some(31 * MILLIS_OF_DAY));
        assert_eq!(default("2024-02-29"), Some(1_709_164_800_000));
        assert_eq!(default("2024-02-29T12:30:15.123456Z"), Some(1_709_209_815_123));
        assert_eq!(default("2024-02-29T12:30+01:00"), Some(1_709_206_200_000));
        assert_eq!(default("2024-02-29T"), Some(1_709_164_800_000));
        assert_eq!(default("1969-12-31T23:59:59.999Z"), Some(-1));
        assert_eq!(default("1709164800000"), Some(1_709_164_800_000));
        assert_eq!(default("-5"), Some(-5));
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "abc",
            "2023-02-29",
            "2024-13-01",
            "24-01-01",
            "2024-1-1",
            "2024-01-01 10:00:00",
            "2024-01-01T25:00",
            "2024-01-01x",
            "-",
        ] {
            assert_eq!(default(text), None, "{text}");
        }
    }

    #[test]
    fn named_formats_and_patterns() {
        let read = |format: &str, text: &str| DateFormat::parse(format).unwrap().millis(text);
        assert_eq!(read("yyyy-MM-dd HH:mm:ss||epoch_second", "1970-01-02 00:00:01"), Some(86_401_000));
        assert_eq!(read("yyyy-MM-dd HH:mm:ss||epoch_second", "12.5"), Some(12_500));
        assert_eq!(read("basic_date", "19700102"), Some(MILLIS_OF_DAY));
        assert_eq!(read("yyyy-MM-dd'T'HH:mm:ss.SSSZ", "1970-01-01T01:00:00.001+0100"), Some(1));
        assert_eq!(read("date_optional_time", "1970-1-2T3:4"), Some(MILLIS_OF_DAY + 3 * 3_600_000 + 4 * 60_000));
        assert_eq!(
            DateFormat::parse("EEE dd MMM").unwrap_err().to_string(),
            "date format [EEE dd MMM] is not supported"
        );
    }

    #[test]
    fn printing_is_the_inverse_of_reading() {
        let format = DateFormat::default_format();
        for millis in [0, -1, 1_709_209_815_123, -62_135_596_800_000, 253_402_300_799_999, 951_782_400_000] {
            assert_eq!(format.millis(&format.print(millis)), Some(millis), "{}", format.print(millis));
        }
        assert_eq!(format.print(1_709_209_815_123), "2024-02-29T12:30:15.123Z");
        assert_eq!(DateFormat::parse("epoch_second").unwrap().print(1500), "1.500");
    }
}
