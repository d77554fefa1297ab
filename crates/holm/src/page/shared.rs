//! Placing shared islands on a page.

use std::sync::Arc;

use holm_wire::Code;
use http::StatusCode;
use maud::{Markup, PreEscaped, html};
use xxhash_rust::xxh3::xxh3_64;

use super::slot::Slot;
use crate::SharedIsland;
use crate::island::erased::Erased;
use crate::island::scope;
use crate::shared::{NESTED, Print, Shared};

impl Slot {
    /// Places the shared island of this key as it looks now, or as [`open`](SharedIsland::open) makes it when
    /// nobody looks at it.
    ///
    /// It comes to life when the first page joins. Whoever gets the page may look at the island and send it
    /// events: what a key may be seen by, the route decides, and who may do what, the island's `on`.
    pub fn shared<I: SharedIsland>(&self, key: &str) -> Markup {
        let Some(instance) = self.claim_shared::<I>(key) else { return Markup::default() };
        match self.core.hub.shared.find(I::name(), key) {
            Some(shared) => self.place_shared(&shared, &instance),
            None => {
                let island = I::open(key);
                let print = self.render_shared(&island).map(|html| Print {
                    hash: xxh3_64(html.as_bytes()),
                    check: holm_dom::inspect(&html).check,
                    html: html.into(),
                });
                self.wrap_shared(&island, &instance, print)
            }
        }
    }

    /// Brings the shared island of this key to life if nobody looks at it, which runs its
    /// [`restore`](crate::Island::restore), then places it.
    pub async fn mount_shared<I: SharedIsland>(&self, key: &str) -> Markup {
        let Some(instance) = self.claim_shared::<I>(key) else { return Markup::default() };
        let opened = self.core.hub.shared.open(&self.core, I::name(), key);
        let ready = match &opened {
            Ok(shared) => {
                shared.begin();
                shared.ready().await
            }
            Err(why) => Err(why.clone()),
        };
        match (opened, ready) {
            (Ok(shared), Ok(())) => self.place_shared(&shared, &instance),
            (_, Err((code, sentence))) | (Err((code, sentence)), _) => {
                let status = match code {
                    Code::TooManyShared => StatusCode::SERVICE_UNAVAILABLE,
                    _ => StatusCode::INTERNAL_SERVER_ERROR,
                };
                self.problem(code.word(), I::name(), sentence, Some(status));
                Markup::default()
            }
        }
    }

    fn claim_shared<I: SharedIsland>(&self, key: &str) -> Option<String> {
        let name = I::name();
        if self.core.registry.shared(name).is_none() {
            let sentence = format!(
                "The shared island {name} is not registered: add `.shared_island::<{name}>()` to Live::new()."
            );
            self.problem("unknown_island", name, sentence, Some(StatusCode::INTERNAL_SERVER_ERROR));
            return None;
        }
        self.claim(Some(key), name)
    }

    fn place_shared(&self, shared: &Arc<Shared>, instance: &str) -> Markup {
        let state = shared.state();
        if self.core.development {
            self.render_shared(&*state);
        }
        self.wrap_shared(&*state, instance, shared.print())
    }

    /// Renders a state as a shared island's, which no form posts to; in development with a look at it.
    fn render_shared(&self, island: &dyn Erased) -> Option<String> {
        let (rendered, recorded) = if self.core.development {
            scope::render_recorded(island, "")
        } else {
            (scope::render(island, ""), Vec::new())
        };
        let rendered = rendered?;
        if self.core.development {
            self.look_over(island, &holm_dom::inspect(&rendered.html), &recorded);
        }
        if !rendered.nested.is_empty() {
            let status = self.core.development.then_some(StatusCode::INTERNAL_SERVER_ERROR);
            self.problem("nested_in_shared", island.island_name(), NESTED.to_owned(), status);
        }
        Some(rendered.html)
    }

    /// A picture in its wrapper; its seal holds the key and no state.
    fn wrap_shared(&self, island: &dyn Erased, instance: &str, print: Option<Print>) -> Markup {
        let name = island.island_name();
        let Some(Print { html, hash, check }) = print else {
            let sentence = "The island's render panicked; the log has the panic.".to_owned();
            self.problem("render_failed", name, sentence, Some(StatusCode::INTERNAL_SERVER_ERROR));
            return Markup::default();
        };
        let seal = self.seal_text(island, instance, hash, check, Vec::new());
        self.placed.lock().islands += 1;
        html! {
            holm-island data-island=(name) data-instance=(instance) data-seal=[seal] { (PreEscaped(&html)) }
        }
    }
}
