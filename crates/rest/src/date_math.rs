//! Date math in names: `<logs-{now/d}>` is a name that depends on the day.
//!
//! A name is evaluated once, with the `now` of the request, and only its result is used from then on: it is what is
//! authorised and what the engine gets. A request near midnight cannot be authorised for one day and carried out on
//! the next.
//!
//! The form is `<static{math{format|zone}}static>`: `math` starts with `now` and goes on with `+1d`, `-2M`, `/w`; the
//! format is `uuuu.MM.dd` and the zone UTC unless written. A backslash makes a brace outside of an expression plain.

mod format;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Zoned};
use keyward_security::time::Timestamp;

use crate::error::ElasticError;

const DEFAULT_FORMAT: &str = "uuuu.MM.dd";

/// Whether a name, an exclusion's dash aside, is written as date math.
pub fn is_date_math(name: &str) -> bool {
    let name = name.strip_prefix('-').unwrap_or(name);
    name.starts_with('<') && name.ends_with('>')
}

/// The name that an expression means at `now`. Anything that is not date math means itself.
///
/// # Errors
///
/// 400 for date math that cannot be read.
pub fn evaluate(name: &str, now: Timestamp) -> Result<String, ElasticError> {
    let (dash, inner) = match name.strip_prefix('-') {
        Some(rest) if is_date_math(rest) => ("-", rest),
        _ => ("", name),
    };
    let Some(inner) = inner.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')) else {
        return Ok(name.to_owned());
    };
    let mut evaluated = dash.to_owned();
    let mut rest = inner.chars();
    while let Some(character) = rest.next() {
        match character {
            '\\' => match rest.next() {
                Some(brace @ ('{' | '}')) => evaluated.push(brace),
                _ => return Err(invalid(name, "an escape that is not of a brace")),
            },
            '{' => {
                let inside = balanced(&mut rest).ok_or_else(|| invalid(name, "missing closing [}] for date math"))?;
                evaluated.push_str(&expression(name, &inside, now)?);
            }
            '}' => return Err(invalid(name, "a closing brace without an opening one")),
            other => evaluated.push(other),
        }
    }
    if evaluated.len() == dash.len() {
        return Err(invalid(name, "nothing captured"));
    }
    Ok(evaluated)
}

fn invalid(name: &str, why: &str) -> ElasticError {
    ElasticError::parse(format!("invalid dynamic name expression [{name}]: {why}"))
}

/// What stands up to the brace that closes the one before.
fn balanced(rest: &mut std::str::Chars<'_>) -> Option<String> {
    let (mut depth, mut inside) = (0_u32, String::new());
    for character in rest {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(inside),
            '}' => depth -= 1,
            _ => {}
        }
        inside.push(character);
    }
    None
}

fn expression(name: &str, inside: &str, now: Timestamp) -> Result<String, ElasticError> {
    let (math, format, zone) = match inside.split_once('{') {
        None => (inside, DEFAULT_FORMAT, None),
        Some((math, rest)) => {
            let format = rest.strip_suffix('}').ok_or_else(|| invalid(name, "text after the date format"))?;
            match format.split_once('|') {
                None => (math, format, None),
                Some((format, zone)) => (math, format, Some(zone)),
            }
        }
    };
    if format.is_empty() {
        return Err(invalid(name, "missing date format"));
    }
    let zone = zone.map_or(Ok(TimeZone::UTC), |zone| time_zone(name, zone))?;
    let moment = jiff::Timestamp::from_millisecond(now.as_millis())
        .map_err(|_| invalid(name, "the date is out of range"))?
        .to_zoned(zone);
    let moment = calculate(name, math, moment)?;
    format::print(format, &moment).ok_or_else(|| invalid(name, "the date format is not supported"))
}

fn time_zone(name: &str, zone: &str) -> Result<TimeZone, ElasticError> {
    let unknown = || invalid(name, "unknown time zone");
    if matches!(zone, "Z" | "UTC" | "GMT" | "UT") {
        return Ok(TimeZone::UTC);
    }
    if let Some((sign, rest)) =
        zone.strip_prefix('+').map(|rest| (1, rest)).or(zone.strip_prefix('-').map(|rest| (-1, rest)))
    {
        let (hours, minutes) = rest.split_once(':').unwrap_or_else(|| rest.split_at_checked(2).unwrap_or((rest, "")));
        let number = |text: &str| if text.is_empty() { Ok(0) } else { text.parse::<i32>().map_err(|_| unknown()) };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        if rest.contains(['+', '-']) || !(0..=18).contains(&hours) || !(0..=59).contains(&minutes) {
            return Err(unknown());
        }
        let seconds = sign * (hours * 3600 + minutes * 60);
        return jiff::tz::Offset::from_seconds(seconds).map(TimeZone::fixed).map_err(|_| unknown());
    }
    TimeZone::get(zone).map_err(|_| unknown())
}

fn calculate(name: &str, math: &str, now: Zoned) -> Result<Zoned, ElasticError> {
    let mut rest = math.strip_prefix("now").ok_or_else(|| invalid(name, "date math has to start with [now]"))?;
    let mut moment = now;
    while let Some(operator) = rest.chars().next() {
        rest = rest.get(1..).unwrap_or_default();
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (count, after) = rest.split_at_checked(digits).unwrap_or_default();
        let count = if count.is_empty() { Some(1) } else { count.parse::<i32>().ok() };
        let unit = after.chars().next();
        let (Some(count), Some(unit)) = (count, unit) else { return Err(invalid(name, "truncated date math")) };
        rest = after.get(unit.len_utf8()..).unwrap_or_default();
        let changed = match operator {
            '+' => span(unit, i64::from(count)).and_then(|span| moment.checked_add(span).ok()),
            '-' => span(unit, i64::from(count)).and_then(|span| moment.checked_sub(span).ok()),
            '/' if count == 1 => floor(unit, &moment),
            '/' => return Err(invalid(name, "rounding takes a single unit")),
            _ => return Err(invalid(name, "operator not supported for date math")),
        };
        moment = changed.ok_or_else(|| invalid(name, "unit not supported for date math"))?;
    }
    Ok(moment)
}

fn span(unit: char, count: i64) -> Option<Span> {
    let span = Span::new();
    match unit {
        'y' => span.try_years(count),
        'M' => span.try_months(count),
        'w' => span.try_weeks(count),
        'd' => span.try_days(count),
        'h' | 'H' => span.try_hours(count),
        'm' => span.try_minutes(count),
        's' => span.try_seconds(count),
        _ => return None,
    }
    .ok()
}

/// The start of the unit that holds a moment, by the calendar of the moment's own zone.
fn floor(unit: char, moment: &Zoned) -> Option<Zoned> {
    let at = moment.datetime();
    let floored: DateTime = match unit {
        'y' => at.date().first_of_year().at(0, 0, 0, 0),
        'M' => at.date().first_of_month().at(0, 0, 0, 0),
        'w' => {
            let back = i64::from(at.weekday().to_monday_zero_offset());
            at.date().checked_sub(Span::new().try_days(back).ok()?).ok()?.at(0, 0, 0, 0)
        }
        'd' => at.date().at(0, 0, 0, 0),
        'h' | 'H' => at.date().at(at.hour(), 0, 0, 0),
        'm' => at.date().at(at.hour(), at.minute(), 0, 0),
        's' => at.date().at(at.hour(), at.minute(), at.second(), 0),
        _ => return None,
    };
    floored.to_zoned(moment.time_zone().clone()).ok()
}

#[cfg(test)]
mod tests;
