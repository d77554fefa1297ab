//! Development mode's ear: which events one render wrote, and of which type.
//!
//! An attribute can hold a literal or another island's event and still compile. A recorded render tells them
//! apart: what stands in the HTML but was not recorded is a literal, what was recorded with another type is
//! foreign. Outside [`recording`] an event costs one look at a thread-local.

use std::any::TypeId;
use std::cell::RefCell;

/// An event that a render wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// The enum the event belongs to.
    pub(crate) type_id: TypeId,
    /// Its name with path, for sentences.
    pub(crate) type_name: &'static str,
    /// The attribute's text before escaping: `name` or `name {json}`.
    pub(crate) text: String,
}

thread_local! {
    static RECORDED: RefCell<Option<Vec<Recorded>>> = const { RefCell::new(None) };
}

/// Puts back what was recorded around an inner recording, also when the inner one panics.
struct Outer(Option<Vec<Recorded>>);

impl Drop for Outer {
    fn drop(&mut self) {
        RECORDED.set(self.0.take());
    }
}

/// Runs `f` and returns every event that was rendered on this thread meanwhile, in order. An inner recording
/// keeps its events to itself.
pub(crate) fn recording<R>(f: impl FnOnce() -> R) -> (R, Vec<Recorded>) {
    let outer = Outer(RECORDED.replace(Some(Vec::new())));
    let result = f();
    let recorded = RECORDED.take().unwrap_or_default();
    drop(outer);
    (result, recorded)
}

/// Notes one event, if anyone listens.
pub(super) fn record(type_id: TypeId, type_name: &'static str, name: &str, payload: Option<&str>) {
    RECORDED.with_borrow_mut(|recorded| {
        if let Some(recorded) = recorded {
            let text = match payload {
                Some(payload) => format!("{name} {payload}"),
                None => name.to_owned(),
            };
            recorded.push(Recorded { type_id, type_name, text });
        }
    });
}
