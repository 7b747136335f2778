//! Time zones: `Z`, offsets such as `+01:00`, and names such as `Europe/Berlin`.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

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
        Some(self.zone.to_datetime(Timestamp::from_millisecond(millis).ok()?))
    }

    /// The instant of a local time. One that a change of the clocks skips is moved on by the gap, of two the earlier is taken.
    pub(crate) fn instant(&self, local: DateTime) -> Option<i64> {
        Some(self.zone.to_timestamp(local).ok()?.as_millisecond())
    }

    /// How far local time is ahead of universal time at an instant, in seconds.
    pub(crate) fn offset_at(&self, millis: i64) -> Option<i32> {
        Some(self.zone.to_offset(Timestamp::from_millisecond(millis).ok()?).seconds())
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
