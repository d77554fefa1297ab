//! How fast events may come: a bucket of tokens that fills at a steady rate.

use std::time::Duration;

use tokio::time::Instant;

use super::Limits;

/// The longest time that is reckoned with; past it a limit means "never".
const LONGEST: u128 = Duration::from_hours(24 * 365).as_nanos();

/// One connection's tokens. An event takes one; they come back at `Limits::events_per_second`, up to
/// `Limits::events_burst`.
///
/// Its state is the moment at which it will be full, in whole nanoseconds: nothing is counted between
/// events, and no fraction adds up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenBucket {
    full_at: Instant,
}

impl TokenBucket {
    /// A full one.
    pub(crate) fn new(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Takes `n` tokens, on credit if they are not there; tells how long until there is one more.
    ///
    /// What has arrived is never thrown away: who waits so long before reading on keeps the rate.
    pub(crate) fn take(&mut self, n: u64, now: Instant, limits: &Limits) -> Duration {
        let whole = filling(limits.events_burst as u128, limits);
        let full_at = self.full_at.max(now);
        self.full_at = full_at.checked_add(filling(n.into(), limits)).unwrap_or(full_at);
        self.full_at.duration_since(now).saturating_add(filling(1, limits)).saturating_sub(whole)
    }

    /// How long until there is a token, taking none.
    pub(crate) fn wait(self, now: Instant, limits: &Limits) -> Duration {
        let mut asked = self;
        asked.take(0, now, limits)
    }

    /// Whether it has all its tokens.
    pub(crate) fn is_full(self, now: Instant) -> bool {
        self.full_at <= now
    }
}

/// How long so many tokens take to come.
fn filling(tokens: u128, limits: &Limits) -> Duration {
    let nanoseconds = tokens.saturating_mul(1_000_000_000) / (limits.events_per_second as u128).max(1);
    Duration::from_nanos(u64::try_from(nanoseconds.min(LONGEST)).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(events_per_second: usize, events_burst: usize) -> Limits {
        Limits { events_per_second, events_burst, ..Limits::default() }
    }

    /// Takes single tokens until it is told to wait: how many, and how long.
    fn drain(bucket: &mut TokenBucket, limits: &Limits) -> (u32, Duration) {
        for taken in 1.. {
            let wait = bucket.take(1, Instant::now(), limits);
            if !wait.is_zero() {
                return (taken, wait);
            }
        }
        unreachable!("a bucket without end")
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_at_once_and_then_the_rate_holds() {
        let limits = limits(100, 1_000);
        let mut bucket = TokenBucket::new(Instant::now());
        assert_eq!(drain(&mut bucket, &limits), (1_000, Duration::from_millis(10)));
        tokio::time::advance(Duration::from_millis(10)).await;
        assert_eq!(drain(&mut bucket, &limits), (1, Duration::from_millis(10)));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(drain(&mut bucket, &limits).0, 200);
        tokio::time::advance(Duration::from_hours(1)).await;
        assert_eq!(drain(&mut bucket, &limits).0, 1_000, "it never holds more than the burst");
    }

    #[tokio::test(start_paused = true)]
    async fn what_arrived_without_a_token_is_paid_off() {
        let limits = limits(10, 20);
        let mut bucket = TokenBucket::new(Instant::now());
        // 30 tokens of debt, and one for the next event.
        assert_eq!(bucket.take(50, Instant::now(), &limits), Duration::from_millis(3_100));
        tokio::time::advance(Duration::from_millis(3_100)).await;
        assert_eq!(drain(&mut bucket, &limits), (1, Duration::from_millis(100)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_that_divides_no_second_does_not_drift() {
        let limits = limits(3, 1);
        let mut bucket = TokenBucket::new(Instant::now());
        let start = Instant::now();
        for _ in 0..30_000 {
            tokio::time::advance(bucket.take(1, Instant::now(), &limits)).await;
        }
        let off = Duration::from_secs(10_000).abs_diff(start.elapsed());
        assert!(off < Duration::from_micros(30), "a nanosecond for each token at most: {off:?}");
    }

    #[test]
    fn extreme_limits_neither_overflow_nor_divide_by_nought() {
        let now = Instant::now();
        for (rate, burst) in [(0, 0), (1, usize::MAX), (usize::MAX, 1), (usize::MAX, usize::MAX)] {
            let mut bucket = TokenBucket::new(now);
            for n in [0, 1, u64::from(u32::MAX), u64::MAX, u64::MAX] {
                let _ = bucket.take(n, now, &limits(rate, burst));
            }
        }
    }

    #[test]
    fn it_costs_a_connection_sixteen_bytes() {
        assert!(size_of::<TokenBucket>() <= 16);
    }
}
