//! Random schedules of faults, in paused time: the real sessions of an app on one side, the real
//! client's logic on the other, and between them a network that delays, loses, cuts and falls silent.
//!
//! - [`stage`]: an app whose islands write down what they are told, and what they do outside;
//! - [`page`]: what the browser's glue does around the client, on model trees;
//! - [`world`]: one schedule, made from a seed, and what must hold at its end.
//!
//! A seed gives the same schedule each time. `HOLM_SIM_SEED=<seed> cargo test --profile simulation -p
//! simulation` replays one and prints what happens; `HOLM_SIM_SCHEDULES` says how many to run.

pub mod page;
pub mod stage;
pub mod world;
