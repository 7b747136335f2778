//! `strict_date_optional_time` and its kin: a date, of which everything after the year may be left out.

use super::format::Parts;
use super::zone::{Zone, print_offset, read_offset};

/// The form. Strict ones want every digit: `2020-01-05`, not `2020-1-5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OptionalTime {
    pub(super) strict: bool,
    pub(super) nanos: bool,
}

impl OptionalTime {
    pub(super) fn read(self, text: &str) -> Option<(Parts, Option<Zone>)> {
        let mut parts = Parts::default();
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let (sign, digits) = match date.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, date),
        };
        let mut fields = digits.split('-');
        let year = fields.next()?;
        let longest = if sign < 0 || !self.strict { 9 } else { 4 };
        parts.year = Some(sign * number(year, if self.strict { 4 } else { 1 }, longest)?);
        if let Some(month) = fields.next() {
            parts.month = Some(self.two(month)?);
        }
        if let Some(day) = fields.next() {
            parts.day = Some(self.two(day)?);
        }
        if fields.next().is_some() {
            return None;
        }
        let Some(time) = time else { return Some((parts, None)) };
        if self.strict && parts.day.is_none() {
            return None;
        }
        let clock_end = time.find(['Z', '+', '-']).unwrap_or(time.len());
        let (clock, offset) = time.split_at_checked(clock_end)?;
        self.read_clock(clock, &mut parts)?;
        if offset.is_empty() {
            return Some((parts, None));
        }
        let (seconds, rest) = read_offset(offset)?;
        if !rest.is_empty() || parts.hour.is_none() {
            return None;
        }
        let zone = if offset == "Z" { Zone::utc() } else { Zone::offset(seconds)? };
        Some((parts, Some(zone)))
    }

    fn read_clock(self, clock: &str, parts: &mut Parts) -> Option<()> {
        if clock.is_empty() {
            return Some(());
        }
        let mut fields = clock.split(':');
        parts.hour = Some(self.two(fields.next()?)?);
        if let Some(minute) = fields.next() {
            parts.minute = Some(self.two(minute)?);
        }
        if let Some(seconds) = fields.next() {
            let (second, fraction) = match seconds.split_once(['.', ',']) {
                Some((second, fraction)) => (second, Some(fraction)),
                None => (seconds, None),
            };
            parts.second = Some(self.two(second)?);
            if let Some(fraction) = fraction {
                let digits = u32::try_from(fraction.len()).ok()?;
                parts.nanos = Some(number(fraction, 1, 9)? * 10_i64.pow(9_u32.checked_sub(digits)?));
            }
        }
        fields.next().is_none().then_some(())
    }

    fn two(self, text: &str) -> Option<i64> {
        number(text, if self.strict { 2 } else { 1 }, 2)
    }

    pub(super) fn print(self, millis: i64, zone: &Zone) -> Option<String> {
        let local = zone.local(millis)?;
        let offset = match zone.offset_at(millis)? {
            0 => "Z".to_owned(),
            seconds => print_offset(seconds, true),
        };
        let (date, time) = (local.date(), local.time());
        let fraction = if self.nanos {
            let nanos = format!("{:09}", time.subsec_nanosecond());
            // Three digits at least, then as many as it takes.
            let (first, rest) = nanos.split_at_checked(3)?;
            format!("{first}{}", rest.trim_end_matches('0'))
        } else {
            format!("{:03}", time.millisecond())
        };
        let year = i32::from(date.year());
        let year = if year < 0 { format!("-{:04}", -year) } else { format!("{year:04}") };
        Some(format!(
            "{year}-{:02}-{:02}T{:02}:{:02}:{:02}.{fraction}{offset}",
            date.month(),
            date.day(),
            time.hour(),
            time.minute(),
            time.second(),
        ))
    }
}

/// A number written with so many digits and nothing else.
fn number(text: &str, least: usize, most: usize) -> Option<i64> {
    let fits = (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}
