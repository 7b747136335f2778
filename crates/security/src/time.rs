//! Points in time. Nothing below the node asks a clock: `now` is always an argument.

use std::fmt;

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// The point `millis` milliseconds after the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The point `millis` later (earlier, when negative); stops at the ends of the range.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// The point `seconds` later (earlier, when negative); stops at the ends of the range.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_millis(seconds.saturating_mul(1000))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ms", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn arithmetic_stops_at_the_ends_of_the_range() {
        assert_eq!(Timestamp::from_millis(5).plus_seconds(2).as_millis(), 2005);
        assert_eq!(Timestamp::from_millis(i64::MAX - 1).plus_seconds(1).as_millis(), i64::MAX);
        assert_eq!(Timestamp::EPOCH.plus_seconds(i64::MIN).as_millis(), i64::MIN);
    }
}
