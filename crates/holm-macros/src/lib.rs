//! `#[derive(Event)]`: turns an enum into the events an island answers.
//!
//! An app reaches this crate through `holm`, which exports the derive and the trait under one name.
//! The derive only writes calls to documented functions of `holm::event`; it decides nothing itself.
//! What cannot work is refused here, at the line that has to change, with the words to write instead.

mod expand;
mod input;
mod manifest;
mod names;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Derives `holm::Event` for an enum: every variant becomes an event a page can send.
///
/// ```
/// use holm::Event;
/// use maud::html;
///
/// #[derive(Event)]
/// enum Press {
///     Inc,                                          // on the wire: `inc`
///     Set { to: i64 },                              // `set {"to":3}`
///     Add(i64),                                     // `add 5`
///     #[event(rename = "wipe")]
///     Clear { #[serde(default)] sure: bool },       // `wipe {"sure":true}`
///     #[event(server)]
///     Tick(std::time::Instant, u32),                // no client can send this one
///     #[event(once)]
///     Order,                                        // its handler orders for real: not twice
/// }
///
/// let page = html! {
///     button data-live=(Press::Set { to: 3 }) { "3" }
///     form data-live-submit=(Press::set_event()) { input name="to" type="number"; button { "Set" } }
/// };
/// # assert!(page.into_string().starts_with(r#"<button data-live="set {&quot;to&quot;:3}">"#));
/// # assert_eq!(Press::Clear { sure: true }.payload().as_deref(), Some(r#"{"sure":true}"#));
/// # assert_eq!(Press::NAMES, ["inc", "set", "add", "wipe", "order"]);
/// # assert!(Press::Order.is_once() && !Press::Inc.is_once());
/// ```
///
/// # What is written
///
/// - `impl holm::event::Event`: the wire names, the payload as JSON, and the way back from JSON or form
///   fields.
/// - `impl maud::Render`, so that a value stands in an attribute: `data-live=(Press::Inc)`. The app's own
///   `maud` is named here, as `html!` does; it has to be the version that holm uses.
/// - For each variant a client may send, `Press::<variant>_event()`: the name without a payload, for
///   attributes whose payload the page's fields provide. The function carries the variant's Rust name in
///   snake case, whatever its wire name is.
///
/// # Shapes
///
/// A variant is a unit (`Inc`), has named fields (`Set { to: i64 }`) or wraps one value (`Add(i64)`,
/// `Save(Profile)`). Field types implement serde's `Serialize` and `Deserialize`; the enum itself needs no
/// serde derive. A form fills named fields by the names of its controls, and a wrapped struct likewise.
/// A `bool` is a checkbox, true when it is ticked, and a `Vec` takes all values of its name, also none. A variant
/// with `holm::form::Form<Profile>` takes whatever is filled in, and tells which fields do not fit.
///
/// # Attributes
///
/// | where | attribute | meaning |
/// |---|---|---|
/// | enum | `#[event(rename_all = "kebab-case")]` | the case of all wire names: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case` (as without it), `SCREAMING_SNAKE_CASE`, `kebab-case`, `SCREAMING-KEBAB-CASE` |
/// | enum | `#[event(crate = "path")]` | where holm is found, when it is not `::holm` |
/// | variant | `#[event(rename = "name")]` | this wire name; not empty, no spaces, quotes or control characters |
/// | variant | `#[event(server)]` | only the server's own code sends it: not decodable, any shape, no serde bounds |
/// | variant | `#[event(once)]` | its handler does something outside the island (an order, a mail): what follows it is sealed at once, so that a page that comes back sends it again only when the server stopped half-way; `cx.event_id()` tells that apart. Not together with `server`, whose events no page sends |
/// | variant | `#[serde(rename_all = "..")]`, `#[serde(deny_unknown_fields)]` | as on a struct with these fields |
/// | field | `#[serde(..)]` | as on a struct: `default`, `rename`, `with`, `skip`, ... |
///
/// # Errors
///
/// At compile time: `once` together with `server`, a struct or union, generic parameters, a variant with several unnamed fields, two
/// variants with one wire name, a wire name the attribute cannot hold, a field type that serde does not
/// know, a missing `maud` or one of another version.
#[proc_macro_derive(Event, attributes(event, serde))]
pub fn derive_event(tokens: TokenStream) -> TokenStream {
    let input = parse_macro_input!(tokens as DeriveInput);
    match input::Events::read(&input) {
        Ok(events) => expand::events(&events),
        Err(error) => expand::refusal(&input, &error),
    }
    .into()
}
