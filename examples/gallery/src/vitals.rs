//! How this process is doing: what Holm counts, by the `metrics` facade, and what the system tells.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, LazyLock};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

/// Events of pages since the start of the process.
static EVENTS: LazyLock<Arc<AtomicU64>> = LazyLock::new(Arc::default);

/// Counts from now on, unless the process has another recorder.
pub(crate) fn count() {
    let _ = metrics::set_global_recorder(Tally);
}

/// How many events pages have sent.
pub(crate) fn events() -> u64 {
    EVENTS.load(Relaxed)
}

/// Bytes of memory in use, where the system tells it as Linux does.
pub(crate) fn memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilo| kilo * 1024)
}

/// A recorder of one counter.
struct Tally;

impl Recorder for Tally {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        match key.name() {
            "holm_events_total" => Counter::from_arc(Arc::clone(&EVENTS)),
            _ => Counter::noop(),
        }
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
