//! Events for any client: over server-sent events, a WebSocket and plain requests.

mod event;
#[allow(dead_code, reason = "channels keep one each")]
mod history;
#[allow(dead_code, reason = "the endpoint opens streams")]
mod sse;

pub use event::Event;
pub use sse::{SseError, SseSender};
