//! Dates: formats, date mathematics, time zones and rounding to calendar units.
//!
//! A date is a number of milliseconds since 1970-01-01T00:00:00Z. `now` is always an argument. What is not here: which
//! field holds dates, and what is done with them.

mod format;
mod math;
mod named;
mod optional_time;
mod pattern;
mod rounding;
mod zone;

#[cfg(test)]
mod tests;

pub use format::{DateFormat, DateFormatError, Fill};
pub use math::{DateError, Rounding, parse_math};
pub use rounding::{CalendarUnit, FixedInterval, Interval, IntervalError};
pub use zone::{Zone, ZoneError};

/// The format of date fields that name none.
pub const DEFAULT_FORMAT: &str = "strict_date_optional_time||epoch_millis";
