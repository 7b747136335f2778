//! Query parameters: decoded once, each name at most once, read by type.
//!
//! Which parameters an endpoint knows is written in the catalogue, so nothing has to record what was read; unknown ones
//! are refused before a handler runs.

use std::time::Duration;

use crate::error::ElasticError;
use crate::error_type::ErrorType;
use crate::percent;

/// The parameters of a query string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    entries: Vec<(String, String)>,
}

/// What `refresh` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refresh {
    /// At once.
    True,
    /// Not for this request.
    False,
    /// Answer when it is visible.
    WaitFor,
}

/// A time value as written: `30s`, or the sentinel `-1` for "no limit".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeValue {
    /// So long.
    Of(Duration),
    /// `-1`
    MinusOne,
}

impl Params {
    /// Reads a raw query string.
    pub fn parse(raw: Option<&str>) -> Result<Self, ElasticError> {
        let mut entries: Vec<(String, String)> = Vec::new();
        let raw = raw.unwrap_or_default();
        if raw.contains(';') {
            return Err(ElasticError::illegal_argument("a raw semicolon is not allowed in the query string"));
        }
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (percent::query(name)?, percent::query(value)?);
            if name.is_empty() {
                return Err(ElasticError::illegal_argument("a parameter of the query string has no name"));
            }
            if entries.iter().any(|(known, _)| *known == name) {
                return Err(ElasticError::illegal_argument(format!(
                    "query parameter [{name}] is given more than once"
                )));
            }
            entries.push((name, value));
        }
        Ok(Self { entries })
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.entries.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a parameter is given, with or without a value.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Names and values in the order given.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A boolean: `true`, `false`, or an empty value for true.
    pub fn bool(&self, name: &str) -> Result<Option<bool>, ElasticError> {
        self.get(name).map(parse_bool).transpose()
    }

    /// A boolean with a default.
    pub fn bool_or(&self, name: &str, default: bool) -> Result<bool, ElasticError> {
        Ok(self.bool(name)?.unwrap_or(default))
    }

    /// The parts of a comma separated list, blanks around them and empty ones dropped.
    pub fn list(&self, name: &str) -> Option<Vec<&str>> {
        let value = self.get(name)?;
        Some(value.split(',').map(str::trim).filter(|part| !part.is_empty()).collect())
    }

    /// A whole number of 32 bits.
    pub fn int(&self, name: &str) -> Result<Option<i32>, ElasticError> {
        self.number(name, "int")
    }

    /// A whole number of 64 bits.
    pub fn long(&self, name: &str) -> Result<Option<i64>, ElasticError> {
        self.number(name, "long")
    }

    /// A number with a fraction.
    pub fn float(&self, name: &str) -> Result<Option<f64>, ElasticError> {
        let value = self.number::<f64>(name, "float")?;
        match value {
            Some(number) if !number.is_finite() => Err(not_a_number(name, self.get(name).unwrap_or_default(), "float")),
            other => Ok(other),
        }
    }

    fn number<N: std::str::FromStr>(&self, name: &str, kind: &str) -> Result<Option<N>, ElasticError> {
        match self.get(name) {
            None | Some("") => Ok(None),
            Some(value) => value.parse().map(Some).map_err(|_| not_a_number(name, value, kind)),
        }
    }

    /// A time value.
    pub fn time(&self, name: &str) -> Result<Option<TimeValue>, ElasticError> {
        self.get(name).map(|value| parse_time_value(value, name)).transpose()
    }

    /// What `refresh` asks for; nothing when it is not given.
    pub fn refresh(&self) -> Result<Option<Refresh>, ElasticError> {
        match self.get("refresh") {
            None => Ok(None),
            Some("" | "true") => Ok(Some(Refresh::True)),
            Some("false") => Ok(Some(Refresh::False)),
            Some("wait_for") => Ok(Some(Refresh::WaitFor)),
            Some(other) => Err(ElasticError::illegal_argument(format!("Unknown value for refresh: [{other}]."))),
        }
    }
}

fn not_a_number(name: &str, value: &str, kind: &str) -> ElasticError {
    ElasticError::illegal_argument(format!("Failed to parse {kind} parameter [{name}] with value [{value}]"))
        .caused_by(crate::error::Cause::new(ErrorType::NumberFormat, format!("For input string: \"{value}\"")))
}

/// A boolean as the query string and some bodies write it.
pub fn parse_bool(value: &str) -> Result<bool, ElasticError> {
    match value {
        "" | "true" => Ok(true),
        "false" => Ok(false),
        other => Err(ElasticError::illegal_argument(format!(
            "Failed to parse value [{other}] as only [true] or [false] are allowed."
        ))),
    }
}

/// A time value: a whole number and a unit (`nanos`, `micros`, `ms`, `s`, `m`, `h`, `d`), `0` or `-1`. `setting` is the
/// name in the error's text.
pub fn parse_time_value(text: &str, setting: &str) -> Result<TimeValue, ElasticError> {
    let fail = |why: &str| {
        let text = format!("failed to parse setting [{setting}] with value [{text}] as a time value{why}");
        ElasticError::illegal_argument(text)
    };
    let trimmed = text.trim();
    let folded = trimmed.to_ascii_lowercase();
    let units = [
        ("nanos", 1_u64),
        ("micros", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
        ("d", 86_400_000_000_000),
    ];
    for (unit, nanos) in units {
        // Minutes are written in lower case only: a capital M would read as a month elsewhere.
        let number = if unit == "m" { trimmed.strip_suffix('m') } else { folded.strip_suffix(unit) };
        let Some(number) = number else { continue };
        let number = number.trim();
        return match number.parse::<i64>() {
            Ok(-1) => Ok(TimeValue::MinusOne),
            Ok(count) => {
                let count = u64::try_from(count).map_err(|_| fail(": negative durations are not supported"))?;
                let (seconds, part) = split(count, nanos).ok_or_else(|| fail(""))?;
                Ok(TimeValue::Of(Duration::new(seconds, part)))
            }
            Err(_) if number.parse::<f64>().is_ok_and(f64::is_finite) && number.contains('.') => {
                Err(fail(": fractional time values are not supported"))
            }
            Err(_) => Err(fail("")),
        };
    }
    let digits = trimmed.strip_prefix('-').unwrap_or(trimmed).trim_start_matches('0');
    match (trimmed.strip_prefix('-'), digits) {
        (Some(_), "1") => Ok(TimeValue::MinusOne),
        (None, "") if !trimmed.is_empty() => Ok(TimeValue::Of(Duration::ZERO)),
        _ => Err(fail(": unit is missing or unrecognized")),
    }
}

/// `count` units of `nanos` as whole seconds and the rest, unless that does not fit.
fn split(count: u64, nanos: u64) -> Option<(u64, u32)> {
    let total = u128::from(count).checked_mul(u128::from(nanos))?;
    let seconds = u64::try_from(total / 1_000_000_000).ok()?;
    // Time values beyond what a signed 64 bit count of milliseconds holds mean nothing.
    (seconds <= 9_000_000_000_000_000).then_some(())?;
    Some((seconds, u32::try_from(total % 1_000_000_000).ok()?))
}
