//! A joined page without a browser: sends what the client would, applies edits to its own tree.

use std::collections::VecDeque;
use std::panic::Location;
use std::time::Duration;

use bytes::Bytes;
use holm_dom::Tree;
use holm_wire::Code;
use holm_wire::check::{MOVED_ON, UNKNOWN};
use holm_wire::up::{self, JoinIsland};
use scraper::Html;

use super::{App, Wire, selector};
use crate::page::Origin;

mod act;
mod entries;
mod field;
mod frames;
mod gesture;
mod layout;
mod open;
mod read;
mod reconnect;
mod screen;
mod send;
mod stroke;
mod time;
mod upload;

use field::Fields;
pub use gesture::Pointer;
use layout::Layout;
use send::Pace;

/// How long a test waits for what it expects before it fails. Paused time runs through it at once.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the tab says that it is there.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// A tab whose islands are live.
#[derive(Debug)]
pub struct Tab {
    /// The connection, unless it is lost.
    wire: Option<Wire>,
    /// Counts this tab's connections.
    epoch: u64,
    /// The connection that was answered last, and how many counted frames followed.
    seen: (u64, u64),
    token: Vec<u8>,
    path: String,
    wants: u8,
    layout: Layout,
    islands: Vec<Island>,
    edits: Vec<Edit>,
    /// How many list frames came.
    changes: usize,
    pushed: Vec<Pushed>,
    acts: Vec<Act>,
    errors: Vec<Problem>,
    presence: (Option<u64>, Option<u64>),
    title: Option<String>,
    redirect: Option<String>,
    come_back: Option<Duration>,
    /// Where it was opened.
    app: App,
    /// What the visitor did to fields, which edits leave alone as a browser does.
    fields: Fields,
    /// The element with the focus, by key.
    focused: Option<String>,
    /// Events that go at a pace, and how many there have been.
    paces: Vec<Pace>,
    order: u64,
    /// What a submit sends beside its form's fields.
    extra: Vec<(String, String)>,
    /// What came into view, with its event.
    seen_once: Vec<(String, String)>,
    /// Every event's frame.
    sent: Vec<Vec<u8>>,
    /// Islands whose answers the visitor's last act waits for.
    awaited: Vec<String>,
    /// Whether what the server says is held back, and what of it is on the line.
    held: bool,
    late: VecDeque<Bytes>,
    /// The test's line that has it do something now, for failures.
    at: &'static Location<'static>,
}

#[derive(Debug)]
struct Island {
    id: u64,
    name: String,
    instance: String,
    tree: Tree,
    sent: u64,
    /// How many events of it had been sent when the visitor last moved the focus, pressed or typed something.
    moved: u64,
    acked: u64,
    seal: Vec<u8>,
    /// Whether edits came since the seal.
    moved_on: bool,
    /// The event frames that the seal does not contain, oldest first.
    unsealed: Vec<Unsealed>,
}

#[derive(Debug)]
struct Unsealed {
    seq: u64,
    name: String,
    payload: String,
    form: bool,
}

/// One edit, snapshot or nested island that the page took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The island's instance id.
    pub island: String,
    /// Bytes of the frame.
    pub bytes: usize,
    /// Whether it was the whole HTML rather than an edit.
    pub snapshot: bool,
    /// The island's HTML afterwards.
    pub html_after: String,
}

/// A named event for the page's scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The island's instance id.
    pub island: String,
    /// The event's name.
    pub name: String,
    /// Its detail.
    pub detail: serde_json::Value,
}

/// Something the server had the page do by itself, such as `reset` with the selector of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The island's instance id.
    pub island: String,
    /// What to do.
    pub what: String,
    /// With what.
    pub with: String,
}

/// An error frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its code.
    pub code: Code,
    /// The island's instance id, if it is about one.
    pub island: Option<String>,
    /// What the page reads.
    pub sentence: String,
}

impl Tab {
    pub(super) fn join(app: &App, origin: &Origin, path: &str, html: &str) -> Self {
        let (layout, found) = Layout::of(html);
        let islands = found.into_iter().map(|island| Island {
            id: 0,
            name: island.name,
            instance: island.instance,
            tree: Tree::parse(&island.inner),
            sent: 0,
            moved: 0,
            acked: 0,
            seal: island.seal.into_bytes(),
            moved_on: false,
            unsealed: Vec::new(),
        });
        let mut wants = 0;
        for element in Html::parse_document(html).select(&selector("[data-live-presence]")) {
            let total = element.attr("data-live-presence") == Some("total");
            wants |= if total { up::WANTS_TOTAL_PRESENCE } else { up::WANTS_PAGE_PRESENCE };
        }
        let mut tab = Self {
            wire: Some(Wire::of(origin)),
            epoch: 1,
            seen: (0, 0),
            token: Vec::new(),
            path: path.to_owned(),
            wants,
            layout,
            islands: islands.collect(),
            edits: Vec::new(),
            changes: 0,
            pushed: Vec::new(),
            acts: Vec::new(),
            errors: Vec::new(),
            presence: (None, None),
            title: None,
            redirect: None,
            come_back: None,
            app: app.clone(),
            fields: Fields::default(),
            focused: None,
            paces: Vec::new(),
            order: 0,
            extra: Vec::new(),
            seen_once: Vec::new(),
            sent: Vec::new(),
            awaited: Vec::new(),
            held: false,
            late: VecDeque::new(),
            at: Location::caller(),
        };
        tab.join_islands(false);
        tab
    }

    fn join_islands(&mut self, again: bool) {
        let check = |island: &Island| match island.moved_on {
            true => MOVED_ON,
            false if again => UNKNOWN,
            false => island.tree.check(),
        };
        let asked: Vec<_> = self
            .islands
            .iter()
            .map(|island| JoinIsland {
                name: &island.name,
                instance: &island.instance,
                check: check(island),
                seal: &island.seal,
            })
            .collect();
        let mut frame = Vec::new();
        up::join(&mut frame, self.wants, &self.path, self.epoch, &self.token, &asked);
        self.say(&frame);
        self.drain();
    }

    /// Reports the frames it has dealt with, as the client does within a second.
    pub fn report(&mut self) {
        let mut frame = Vec::new();
        up::seen(&mut frame, self.seen.1);
        self.say(&frame);
    }

    /// Puts another seal in place of an island's newest, as a page does that means harm.
    ///
    /// # Panics
    /// When there is no such island.
    pub fn set_seal(&mut self, instance: &str, seal: &[u8]) {
        let island = self.island_mut(instance);
        seal.clone_into(&mut island.seal);
        island.moved_on = true;
    }

    fn joined(&self, instance: &str) -> Option<&Island> {
        self.islands.iter().find(|island| island.instance == instance)
    }

    fn island_mut(&mut self, instance: &str) -> &mut Island {
        let known: Vec<_> = self.islands.iter().map(|island| island.instance.clone()).collect();
        self.islands
            .iter_mut()
            .find(|island| island.instance == instance)
            .unwrap_or_else(|| panic!("there is no island {instance:?}; there are {known:?}"))
    }

    fn by_id(&mut self, id: u64) -> Option<&mut Island> {
        self.islands.iter_mut().find(|island| island.id == id)
    }

    fn name_of(&mut self, id: u64) -> String {
        self.by_id(id).map(|island| island.instance.clone()).unwrap_or_default()
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        if let Some(wire) = self.wire.take() {
            wire.leave();
        }
    }
}
