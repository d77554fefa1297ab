//! One render: its text, the islands nested in it, and (in development) the events it wrote.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use holm_dom::{Plain, PlainForm};
use maud::{Markup, PreEscaped, Render};

use super::Island;
use super::erased::Erased;
use crate::event::{self, Recorded};

thread_local! {
    static NESTED: RefCell<Option<Vec<Nested>>> = const { RefCell::new(None) };
}

/// A nested island as its parent's render made it.
pub(crate) struct Nested {
    pub(crate) key: String,
    pub(crate) island: Box<dyn Erased>,
}

/// What a render gave.
pub(crate) struct Rendered {
    pub(crate) html: String,
    pub(crate) nested: Vec<Nested>,
    /// The forms in it that post with no script.
    pub(crate) forms: Vec<PlainForm>,
    /// Whether buttons in it post through the island's own form, [`form_id`].
    pub(crate) buttons: bool,
}

/// What the instance ids of a page begin with that turns [`PROGRESSIVE`](Island::PROGRESSIVE) on for all
/// its islands: wherever an island renders, its instance is at hand, and those nested in it inherit it.
pub(crate) const PROGRESSIVE: char = '+';

/// Whether this island's controls post with no script. An instance of `""` stands on no live page.
pub(crate) fn is_progressive(island: &dyn Erased, instance: &str) -> bool {
    !instance.is_empty() && (island.progressive() || instance.starts_with(PROGRESSIVE))
}

/// The id of the form that an instance's buttons post through.
pub(crate) fn form_id(instance: &str) -> String {
    format!("holm-{instance}")
}

/// Puts an island inside another one's render.
///
/// The key names it among its siblings. While the key stays, the island stays, with the state it
/// has by now; `child` is only its beginning. A key that is gone ends its island.
///
/// ```
/// # use holm::prelude::*;
/// # #[derive(Clone, Serialize, Deserialize)] struct Row { id: u32 }
/// # #[derive(Event)] enum Press { Tick }
/// # impl Island for Row {
/// #     type Event = Press;
/// #     fn render(&self) -> Markup { html! { (self.id) } }
/// #     async fn on(&mut self, _: Press, _: &mut Cx<Press>) -> holm::Result { Ok(()) }
/// # }
/// fn list(rows: &[u32]) -> Markup {
///     html! { ul { @for &id in rows { li { (holm::nest(&format!("row-{id}"), Row { id })) } } } }
/// }
/// # assert!(list(&[7]).into_string().contains("row-7"));
/// ```
pub fn nest<I: Island>(key: &str, child: I) -> Markup {
    let html = placeholder(key, I::name());
    NESTED.with_borrow_mut(|nested| {
        if let Some(nested) = nested {
            nested.push(Nested { key: key.to_owned(), island: Box::new(child) });
        }
    });
    PreEscaped(html)
}

/// The text that stands for a nested island in its parent's render.
pub(crate) fn placeholder(key: &str, name: &str) -> String {
    let mut html = String::from("<holm-island data-key=\"");
    key.render_to(&mut html);
    html.push_str("\" data-island=\"");
    name.render_to(&mut html);
    html.push_str("\"></holm-island>");
    html
}

/// Renders an island as the instance it is on its page, `""` where no server stands behind that. `None` when its
/// render panics; the panic is logged by the panic hook.
pub(crate) fn render(island: &dyn Erased, instance: &str) -> Option<Rendered> {
    let outer = NESTED.replace(Some(Vec::new()));
    let plain = catch_unwind(AssertUnwindSafe(|| {
        let html = island.markup().into_string();
        if is_progressive(island, instance) {
            holm_dom::plain(html, &form_id(instance))
        } else {
            Plain { html, ..Plain::default() }
        }
    }));
    let nested = NESTED.replace(outer).unwrap_or_default();
    let Plain { html, forms, buttons } = plain.ok()?;
    Some(Rendered { html, nested, forms, buttons })
}

/// [`render`], with the events that the render wrote into attributes or elsewhere.
pub(crate) fn render_recorded(island: &dyn Erased, instance: &str) -> (Option<Rendered>, Vec<Recorded>) {
    event::recording(|| render(island, instance))
}
