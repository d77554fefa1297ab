//! A hundred thousand schedules, or one that is replayed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use simulation::world::run;

const SCHEDULES: u64 = 100_000;

fn variable(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Runs a schedule; what a panic says counts as what went wrong.
fn outcome(seed: u64, tracing: bool) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| run(seed, tracing))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default())
    })
}

#[test]
fn whatever_goes_wrong_nothing_is_lost_and_nothing_done_twice() {
    if let Some(seed) = variable("HOLM_SIM_SEED") {
        if let Err(sentence) = outcome(seed, true) {
            panic!("seed {seed}: {sentence}");
        }
        return;
    }
    let count = variable("HOLM_SIM_SCHEDULES").unwrap_or(SCHEDULES);
    let (next, failures) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let begun = std::time::Instant::now();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    // A few failures say as much as all of them.
                    if seed >= count || failures.lock().unwrap().len() >= 10 {
                        return;
                    }
                    if let Err(sentence) = outcome(seed, false) {
                        failures.lock().unwrap().push((seed, sentence));
                    }
                }
            });
        }
    });
    let ran = next.into_inner().min(count);
    let failures = failures.into_inner().unwrap();
    println!("{ran} schedules in {:.1} s", begun.elapsed().as_secs_f64());
    for (seed, sentence) in &failures {
        println!(
            "\nHOLM_SIM_SEED={seed} cargo test --profile simulation -p simulation -- --nocapture\n{sentence}"
        );
    }
    assert!(failures.is_empty(), "{} of {ran} schedules failed", failures.len());
}
