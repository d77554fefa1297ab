//! Stories told across crates.
//!
//! - [`chance`]: numbers from a seed, so that what went wrong goes wrong again;
//! - [`channel`]: a realtime client's side of the socket;
//! - [`http`]: the plainest possible GET, so that no client library stands between a story and the bytes;
//! - [`peer`]: a page's side of the socket, frame by frame, without a browser;
//! - [`proxy`]: a network that delays, cuts, swallows and repeats;
//! - [`server`]: a router on a free loopback port for as long as a story lasts;
//! - [`stage`]: islands that err, panic, dawdle and nest, for stories that need such behaviour.
//!
//! The benchmarks and the load chore drive servers through [`peer`] too.

pub mod chance;
pub mod channel;
#[cfg(doctest)]
pub mod docs;
pub mod http;
pub mod peer;
pub mod proxy;
pub mod server;
pub mod stage;
