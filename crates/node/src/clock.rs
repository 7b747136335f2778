//! The only clock. Its time of day never runs back; its durations come from the monotonic clock of the system.
//!
//! A wall clock can step back: an operator sets it, a virtual machine wakes up. A key that has expired must not come
//! to life again by that. So what is remembered is how far the time of day is ahead of the monotonic clock, and that
//! only grows. Times that were stored count as seen: a restart does not forget them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use keyward_security::time::Timestamp;

/// Tells the time. Clones are the same clock.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    source: Source,
    started: Instant,
    /// The most, in milliseconds, that the time of day was ever seen ahead of the monotonic clock.
    ahead: AtomicI64,
}

enum Source {
    System,
    Set(Settable),
}

#[derive(Default)]
struct Settable {
    wall: AtomicI64,
    monotonic: AtomicI64,
}

// === impl Clock ===

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::from(Source::System)
    }

    /// A clock that stands still until it is set or advanced. For tests and trials.
    pub fn fixed(at: Timestamp) -> Self {
        Self::from(Source::Set(Settable { wall: AtomicI64::new(at.as_millis()), monotonic: AtomicI64::new(0) }))
    }

    fn from(source: Source) -> Self {
        Self(Arc::new(Inner { source, started: Instant::now(), ahead: AtomicI64::new(i64::MIN) }))
    }

    /// The time of day. Never less than what it, or anybody's record, said before.
    pub fn now(&self) -> Timestamp {
        let monotonic = self.monotonic_millis();
        let ahead = self.wall_millis().saturating_sub(monotonic);
        let ahead = self.0.ahead.fetch_max(ahead, Ordering::AcqRel).max(ahead);
        Timestamp::from_millis(monotonic.saturating_add(ahead))
    }

    /// Makes sure that the time of day is not before a time that was stored.
    pub fn not_before(&self, stored: Timestamp) {
        let ahead = stored.as_millis().saturating_sub(self.monotonic_millis());
        self.0.ahead.fetch_max(ahead, Ordering::AcqRel);
    }

    /// How far the time that is told is ahead of the system's: after its clock ran back, or after a node whose clock
    /// is fast stored something.
    pub fn ahead_of_system(&self) -> Duration {
        let millis = self.now().as_millis().saturating_sub(self.wall_millis());
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }

    /// Time since the clock was made, for measuring durations.
    pub fn monotonic(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.monotonic_millis()).unwrap_or(0))
    }

    /// Real time since the clock was made, also for a clock that stands still. What is measured in it is not about
    /// the state but about the process: whether the store still answers, say.
    pub fn uptime(&self) -> Duration {
        self.0.started.elapsed()
    }

    /// Sets the time of day of a [`Clock::fixed`]; also back, as people do to wall clocks. Others are left alone.
    pub fn set(&self, wall: Timestamp) {
        if let Source::Set(settable) = &self.0.source {
            settable.wall.store(wall.as_millis(), Ordering::Release);
        }
    }

    /// Lets time pass on a [`Clock::fixed`]. Others are left alone.
    pub fn advance(&self, by: Duration) {
        if let Source::Set(settable) = &self.0.source {
            let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
            settable.wall.fetch_add(millis, Ordering::AcqRel);
            settable.monotonic.fetch_add(millis, Ordering::AcqRel);
        }
    }

    fn wall_millis(&self) -> i64 {
        match &self.0.source {
            Source::System => match SystemTime::now().duration_since(UNIX_EPOCH) {
                Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
                Err(_before) => 0,
            },
            Source::Set(settable) => settable.wall.load(Ordering::Acquire),
        }
    }

    fn monotonic_millis(&self) -> i64 {
        match &self.0.source {
            Source::System => i64::try_from(self.uptime().as_millis()).unwrap_or(i64::MAX),
            Source::Set(settable) => settable.monotonic.load(Ordering::Acquire),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use keyward_security::time::Timestamp;

    use super::Clock;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn it_never_runs_back() {
        let clock = Clock::fixed(at(10_000));
        assert_eq!(clock.now(), at(10_000));
        clock.set(at(4_000));
        assert_eq!(clock.now(), at(10_000));
        assert_eq!(clock.ahead_of_system(), Duration::from_secs(6));
        // And it does not stand still meanwhile.
        clock.advance(Duration::from_secs(1));
        assert_eq!(clock.now(), at(11_000));
        clock.set(at(20_000));
        assert_eq!(clock.now(), at(20_000));
        assert_eq!(clock.monotonic(), Duration::from_secs(1));
    }

    #[test]
    fn what_was_stored_counts_as_seen() {
        let clock = Clock::fixed(at(10_000));
        clock.not_before(at(15_000));
        clock.not_before(at(12_000));
        assert_eq!(clock.now(), at(15_000));
        clock.advance(Duration::from_secs(2));
        assert_eq!(clock.now(), at(17_000));
    }

    #[test]
    fn the_system_clock_runs() {
        let clock = Clock::system();
        let first = clock.now();
        assert!(first > at(1_700_000_000_000));
        std::thread::sleep(Duration::from_millis(3));
        assert!(clock.now() > first);
        clock.set(at(0));
        clock.advance(Duration::from_secs(1_000_000));
        assert!(clock.now() < first.plus_seconds(1_000));
    }
}
