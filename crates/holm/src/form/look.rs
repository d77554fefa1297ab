//! Development's ear: what a form that was just read lacks of its type, which only [`Form::check`] says otherwise.
//!
//! Outside [`looking`] reading a form costs one look at a thread-local.
//!
//! [`Form::check`]: super::Form::check

use std::cell::RefCell;

use serde::Deserialize;

use super::decode;

thread_local! {
    static FAULTY: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Ends the looking, also when what is looked at panics.
struct Ended;

impl Drop for Ended {
    fn drop(&mut self) {
        FAULTY.set(None);
    }
}

/// Runs `f`, and gives the fields that would not fit of every form that it read.
pub(crate) fn looking<R>(f: impl FnOnce() -> R) -> (R, Vec<String>) {
    FAULTY.set(Some(Vec::new()));
    let _ended = Ended;
    let result = f();
    (result, FAULTY.take().unwrap_or_default())
}

/// Notes what a form lacks, if anyone listens.
pub(super) fn look<'de, T: Deserialize<'de>>(fields: &[(String, String)]) {
    if FAULTY.with_borrow(Option::is_none) {
        return;
    }
    // Not borrowed meanwhile: reading a `T` may read a form.
    let faults = decode::<T>(fields).err().unwrap_or_default();
    FAULTY.with_borrow_mut(|all| {
        if let Some(all) = all {
            all.extend(faults.into_iter().map(|(field, _)| field));
        }
    });
}
