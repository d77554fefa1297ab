//! A page after a post with no script: the states its ticket holds, in place of those it would begin with.

use std::collections::HashMap;
use std::sync::Arc;

use http::request::Parts;
use maud::{Markup, html};
use parking_lot::Mutex;

use crate::island::alone;
use crate::island::erased::{Call, Erased};
use crate::lists::{self, Waiting};
use crate::live::Core;
use crate::ticket::{self, Trouble};
use crate::visitor::Visitor;

/// What a page's ticket holds, ready to render.
#[derive(Default)]
pub(super) struct Resumed {
    /// Whether the address has a ticket at all, be it an expired one.
    pub(super) asked: bool,
    pub(super) title: Option<String>,
    islands: HashMap<String, (Box<dyn Erased>, Mutex<Waiting>)>,
    trouble: Option<Trouble>,
}

impl std::fmt::Debug for Resumed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resumed").field("islands", &self.islands.len()).finish_non_exhaustive()
    }
}

impl Resumed {
    /// Looks the ticket of this request up, and rebuilds what its states leave out (`restore`).
    pub(super) async fn of(parts: &Parts, core: &Arc<Core>, visitor: &Arc<Visitor>) -> Self {
        let Some(ticket) = ticket::of_query(parts.uri.query()) else { return Self::default() };
        let mut resumed = Self { asked: true, trouble: ticket::refused(ticket), ..Self::default() };
        let principal = visitor.principal.id();
        let Some(kept) = core.tickets.find(ticket, principal, &core.limits) else { return resumed };
        resumed.title.clone_from(&kept.title);
        resumed.trouble.clone_from(&kept.trouble);
        for kept in &kept.states {
            let restored = async {
                let island = alone::open(core, &kept.island, &kept.json, kept.version);
                let island = island.map_err(alone::refusal)?;
                alone::run(&*island, Call::Restore, core, visitor).await
            };
            match alone::within(core.limits.handler_time, restored).await {
                Ok((island, effects)) => {
                    let rows = Mutex::new(lists::of(effects).0);
                    resumed.islands.insert(kept.instance.to_string(), (island, rows));
                }
                Err((_, sentence)) => {
                    resumed.trouble =
                        Some(Trouble { instance: kept.instance.to_string(), sentence, draft: None });
                }
            }
        }
        resumed
    }

    /// The island that stands here now, if it is another than the page would begin with.
    pub(super) fn island(&self, instance: &str, name: &str) -> Option<&dyn Erased> {
        self.islands.get(instance).map(|(island, _)| &**island).filter(|island| island.island_name() == name)
    }

    /// The rows of the lists of the island that stands here now.
    pub(super) fn rows(&self, instance: &str) -> Waiting {
        self.islands.get(instance).map(|(_, rows)| std::mem::take(&mut *rows.lock())).unwrap_or_default()
    }

    /// What there is to say at this island.
    pub(super) fn trouble(&self, instance: &str) -> Option<&Trouble> {
        self.trouble.as_ref().filter(|trouble| trouble.instance == instance)
    }
}

/// The sentence of an error where no element of the island's own takes it.
pub(super) fn alert(sentence: &str) -> Markup {
    html! { p.holm-error role="alert" { (sentence) } }
}
