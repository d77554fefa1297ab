//! What there is to say before anybody listens: settings are read before `holm::serve` brings a log.

use parking_lot::Mutex;

static NOTES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Warns now if the app has a log, else when [`tell`] is called.
pub(crate) fn warn(note: String) {
    if tracing::dispatcher::has_been_set() {
        tracing::warn!("{note}");
    } else {
        NOTES.lock().push(note);
    }
}

/// Says what was noted before there was a log.
pub(crate) fn tell() {
    for note in std::mem::take(&mut *NOTES.lock()) {
        tracing::warn!("{note}");
    }
}
