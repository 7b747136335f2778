//! Time zones: `Z`, offsets such as `+01:00`, and names such as `Europe/Berlin`.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time, date};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp};

/// The first day that is counted.
const EPOCH: Date = date(1970, 1, 1);

/// A time zone, and how it was written.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone {
    text: String,
    zone: TimeZone,
}

/// A time zone that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Unknown time-zone ID: {0}")]
pub struct ZoneError(pub String);

// === impl Zone ===

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self { text: "Z".to_owned(), zone: TimeZone::UTC }
    }

    /// Whether local time is always universal time.
    pub fn is_utc(&self) -> bool {
        self.zone == TimeZone::UTC
    }

    /// A fixed offset in seconds.
    pub(crate) fn offset(seconds: i32) -> Option<Self> {
        let offset = Offset::from_seconds(seconds).ok()?;
        Some(Self { text: print_offset(seconds, true), zone: TimeZone::fixed(offset) })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The local time at an instant. Instants beyond the years -9999 to 9999 have none.
    pub(crate) fn local(&self, millis: i64) -> Option<DateTime> {
        civil_of(millis.checked_add(i64::from(self.offset_at(millis)?) * 1_000)?)
    }

    /// The instant of a local time. One that a change of the clocks skips is moved on by the gap, of two the earlier is taken.
    pub(crate) fn instant(&self, local: DateTime) -> Option<i64> {
        match self.zone.to_fixed_offset() {
            Ok(offset) => millis_of(local)?.checked_sub(i64::from(offset.seconds()) * 1_000),
            Err(_) => match self.zone.to_timestamp(local) {
                Ok(instant) => Some(instant.as_millisecond()),
                // The last hours of the calendar, which timestamps leave out so that every zone has a local time.
                Err(_) => {
                    let millis = millis_of(local)?;
                    millis.checked_sub(i64::from(self.offset_at(millis)?) * 1_000)
                }
            },
        }
    }

    /// How far local time is ahead of universal time at an instant, in seconds.
    pub(crate) fn offset_at(&self, millis: i64) -> Option<i32> {
        // Beyond what timestamps hold no rule changes any more.
        let (first, last) = (Timestamp::MIN.as_second() + 1, Timestamp::MAX.as_second() - 1);
        let instant = Timestamp::from_second(millis.div_euclid(1_000).clamp(first, last)).ok()?;
        Some(self.zone.to_offset(instant).seconds())
    }
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        let unknown = || ZoneError(text.to_owned());
        let zone = match text {
            "Z" | "UTC" | "GMT" | "UT" | "Etc/UTC" | "Etc/GMT" => TimeZone::UTC,
            _ => match text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")).unwrap_or(text) {
                signed if signed.starts_with(['+', '-']) => {
                    let (seconds, rest) = read_offset(signed).ok_or_else(unknown)?;
                    if !rest.is_empty() {
                        return Err(unknown());
                    }
                    TimeZone::fixed(Offset::from_seconds(seconds).map_err(|_| unknown())?)
                }
                _ => TimeZone::get(text).map_err(|_| unknown())?,
            },
        };
        Ok(Self { text: text.to_owned(), zone })
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.text)
    }
}

const MILLIS_OF_DAY: i64 = 86_400_000;

/// A time as if it were universal, in milliseconds.
fn millis_of(local: DateTime) -> Option<i64> {
    let days = local.date().since(EPOCH).ok()?.get_days();
    let time = local.time();
    let seconds = i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    Some(i64::from(days) * MILLIS_OF_DAY + seconds * 1_000 + i64::from(time.millisecond()))
}

/// The time that so many milliseconds are, as if it were universal.
fn civil_of(millis: i64) -> Option<DateTime> {
    let date = EPOCH.checked_add(Span::new().try_days(millis.div_euclid(MILLIS_OF_DAY)).ok()?).ok()?;
    let rest = millis.rem_euclid(MILLIS_OF_DAY);
    let part = |size: i64, many: i64| i8::try_from(rest / size % many).ok();
    let nanos = i32::try_from(rest % 1_000 * 1_000_000).ok()?;
    let time = Time::new(part(3_600_000, 24)?, part(60_000, 60)?, part(1_000, 60)?, nanos).ok()?;
    Some(date.to_datetime(time))
}

/// Reads `Z`, `+1`, `+01`, `+0100`, `+01:00`, `+01:00:00` from the front; gives seconds and what follows.
pub(crate) fn read_offset(text: &str) -> Option<(i32, &str)> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Some((0, rest));
    }
    let (sign, rest) = match text.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, text.strip_prefix('-')?),
    };
    let (hours, rest) = two_digits(rest).or_else(|| one_digit(rest))?;
    let (minutes, rest) = match rest.strip_prefix(':') {
        Some(after) => two_digits(after)?,
        None => two_digits(rest).unwrap_or((0, rest)),
    };
    let (seconds, rest) = match rest.strip_prefix(':') {
        Some(after) => two_digits(after)?,
        None => (0, rest),
    };
    if hours > 18 || minutes > 59 || seconds > 59 {
        return None;
    }
    Some((sign * (hours * 3600 + minutes * 60 + seconds), rest))
}

/// `+01:00` or `+0100`.
pub(crate) fn print_offset(seconds: i32, colon: bool) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let colon = if colon { ":" } else { "" };
    format!("{sign}{:02}{colon}{:02}", seconds / 3600, seconds / 60 % 60)
}

fn two_digits(text: &str) -> Option<(i32, &str)> {
    let (digits, rest) = text.split_at_checked(2)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((digits.parse().ok()?, rest))
}

fn one_digit(text: &str) -> Option<(i32, &str)> {
    let (digit, rest) = text.split_at_checked(1)?;
    if !digit.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((digit.parse().ok()?, rest))
}
