//! What Holm counts, for whichever recorder of the `metrics` facade the app installs.
//!
//! | metric | kind | meaning |
//! |---|---|---|
//! | `holm_connections` | gauge | live connections |
//! | `holm_events_total` | counter, by `island` | events received |
//! | `holm_edit_bytes` | histogram | bytes of edit and snapshot frames |
//! | `holm_seals_total` | counter | session seals made |
//! | `holm_resyncs_total` | counter | snapshots that pages asked for |
//! | `holm_parked_total` | counter | sessions that lost their connection and were kept |
//! | `holm_resumed_total` | counter | sessions that their page came back to |
//! | `holm_throttled_total` | counter | times that a connection was not read for a while, for want of tokens |
//! | `holm_published_total` | counter | messages published to topics |
//! | `holm_topic_lost_total` | counter | messages that an island did not take in time, by its policy |
//! | `holm_realtime_connections` | gauge | connections of realtime clients |
//! | `holm_realtime_messages_total` | counter | messages of realtime clients |
//! | `holm_uploads_total` | counter, by `end` | uploads that were done, failed or cancelled |
//! | `holm_refused_total` | counter, by `code` | error frames sent |

use holm_wire::Code;
use metrics::{counter, gauge, histogram};

pub(crate) fn connected() {
    gauge!("holm_connections").increment(1.0);
}

pub(crate) fn disconnected() {
    gauge!("holm_connections").decrement(1.0);
}

pub(crate) fn parked() {
    counter!("holm_parked_total").increment(1);
}

pub(crate) fn resumed() {
    counter!("holm_resumed_total").increment(1);
}

pub(crate) fn uploaded(end: &'static str) {
    counter!("holm_uploads_total", "end" => end).increment(1);
}

pub(crate) fn throttled() {
    counter!("holm_throttled_total").increment(1);
}

pub(crate) fn event(island: &'static str) {
    counter!("holm_events_total", "island" => island).increment(1);
}

pub(crate) fn edited(bytes: usize) {
    // Past 2^53 bytes the histogram would be a little off.
    #[allow(clippy::cast_precision_loss)]
    histogram!("holm_edit_bytes").record(bytes as f64);
}

pub(crate) fn sealed() {
    counter!("holm_seals_total").increment(1);
}

pub(crate) fn resynced() {
    counter!("holm_resyncs_total").increment(1);
}

pub(crate) fn published() {
    counter!("holm_published_total").increment(1);
}

pub(crate) fn topic_lost(messages: usize) {
    if messages > 0 {
        counter!("holm_topic_lost_total").increment(messages as u64);
    }
}

pub(crate) fn refused(code: Code) {
    counter!("holm_refused_total", "code" => code.word()).increment(1);
}

pub(crate) fn realtime_connected() {
    gauge!("holm_realtime_connections").increment(1.0);
}

pub(crate) fn realtime_disconnected() {
    gauge!("holm_realtime_connections").decrement(1.0);
}

pub(crate) fn realtime_message() {
    counter!("holm_realtime_messages_total").increment(1);
}
