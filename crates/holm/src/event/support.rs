//! What derived code calls. Public only for that: nothing here is meant to be written by hand.

use maud::Render as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::{TypeId, type_name};

use super::{DecodeError, Event, Payload, record};
use crate::form;

/// How much of an unknown name is repeated to its sender, in characters.
const NAME_SHOWN: usize = 64;
/// What the names of Holm's own fields begin with.
const OURS: &str = "holm-";
/// The field in which the client names the control that a form's event came from.
const CONTROL: &str = "holm-field";

/// Reads a payload into the fields of the event `name`.
///
/// # Errors
///
/// [`DecodeError::BadPayload`] with a sentence that says what does not fit, and [`DecodeError::BadFields`] for a
/// form.
pub fn decode<T: DeserializeOwned>(name: &str, payload: Payload<'_>) -> Result<T, DecodeError> {
    let sentence = match payload {
        // A form, or a control without a name, that has nothing to send: a checkbox that is not ticked.
        Payload::Json("") => match form::decode(&[]) {
            Ok(value) => return Ok(value),
            Err(_) => format!(
                "`{name}` came without its payload: the attribute holds the name, a space and JSON, or stands on a form"
            ),
        },
        Payload::Json(json) => match serde_json::from_str(json) {
            Ok(value) => return Ok(value),
            Err(error) => {
                format!("the payload of `{name}` does not fit: {}", without_place(&error.to_string()))
            }
        },
        Payload::Form(fields) => {
            return form::decode(&own_fields(fields)).map_err(|faults| {
                let errors = faults.into_iter().map(|(field, fault)| (field, fault.to_string())).collect();
                DecodeError::BadFields { event: name.to_owned(), errors }
            });
        }
    };
    Err(DecodeError::BadPayload(sentence))
}

/// The fields without those of Holm's own: the client's, and what a form has for browsers with no script.
fn own_fields(fields: &str) -> Vec<(String, String)> {
    let mut own = form::pairs(fields);
    own.retain(|(name, _)| !name.starts_with(OURS));
    own
}

/// Which control of a form an event came from, as the client says.
pub(crate) fn field(payload: Payload<'_>) -> Option<Box<str>> {
    let Payload::Form(fields) = payload else { return None };
    if !fields.contains(CONTROL) {
        return None;
    }
    form::pairs(fields).into_iter().find(|(name, _)| name == CONTROL).map(|(_, control)| control.into())
}

/// `serde_json` ends its sentences with a line and column, which mean nothing in one attribute.
fn without_place(sentence: &str) -> &str {
    sentence.rsplit_once(" at line ").map_or(sentence, |(sentence, _)| sentence)
}

/// Accepts the event `name`, which has no fields. A form's own fields are none of its business.
///
/// # Errors
///
/// [`DecodeError::BadPayload`] when JSON came with it.
pub fn no_payload(name: &str, payload: Payload<'_>) -> Result<(), DecodeError> {
    match payload {
        Payload::Json("") | Payload::Form(_) => Ok(()),
        Payload::Json(_) => Err(DecodeError::BadPayload(format!("`{name}` takes no payload"))),
    }
}

/// The refusal of a name that no client may send.
pub fn unknown(name: &str) -> DecodeError {
    DecodeError::UnknownEvent(match name.char_indices().nth(NAME_SHOWN) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    })
}

/// Writes a payload as JSON.
///
/// Rendering cannot fail, so a value that JSON cannot hold (a map whose keys are no text, a `Serialize` that
/// refuses) is logged and becomes `null`, which no struct decodes from.
pub fn encode<T: Serialize>(payload: &T) -> String {
    serde_json::to_string(payload).unwrap_or_else(|error| {
        tracing::error!(payload = type_name::<T>(), %error, "an event's payload cannot be written as JSON");
        "null".to_owned()
    })
}

/// Writes an event into a double-quoted attribute: `name` or `name {json}`, escaped.
pub fn render<E: Event>(event: &E, buffer: &mut String) {
    write_attribute::<E>(event.name(), event.payload().as_deref(), buffer);
}

/// Escapes an event into the attribute, and lets development mode know whose it is.
pub(super) fn write_attribute<E: Event>(name: &str, payload: Option<&str>, buffer: &mut String) {
    record::record(TypeId::of::<E>(), type_name::<E>(), name, payload);
    name.render_to(buffer);
    if let Some(payload) = payload {
        buffer.push(' ');
        payload.render_to(buffer);
    }
}

/// Holds only for the `maud` that holm itself is built with.
#[diagnostic::on_unimplemented(
    message = "this crate's `maud` is not the version that holm uses",
    label = "the events render with another `maud`",
    note = "holm uses maud 0.27: run `cargo add maud@0.27`"
)]
pub trait SameMaud {}

impl SameMaud for maud::Markup {}

/// Named by derived code with the app's own `maud::Markup`: compiles when there is only one `maud`.
pub fn same_maud<M: SameMaud>() {}
