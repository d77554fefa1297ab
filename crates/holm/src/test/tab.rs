//! A joined page without a browser: sends what the client would, applies edits to its own tree.

use std::time::Duration;

use bytes::Bytes;
use holm_dom::Tree;
use holm_wire::Code;
use holm_wire::check::{MOVED_ON, UNKNOWN};
use holm_wire::up::{self, JoinIsland};
use scraper::{ElementRef, Html};

use super::{Wire, selector};
use crate::page::Origin;

mod frames;
mod layout;
mod read;
mod reconnect;

use layout::Layout;

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
}

#[derive(Debug)]
struct Island {
    id: u64,
    name: String,
    instance: String,
    tree: Tree,
    sent: u64,
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
    pub(super) fn join(origin: &Origin, path: &str, html: &str) -> Self {
        let (layout, found) = Layout::of(html);
        let islands = found.into_iter().map(|island| Island {
            id: 0,
            name: island.name,
            instance: island.instance,
            tree: Tree::parse(&island.inner),
            sent: 0,
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
        self.settle();
    }

    /// Takes every frame that is ready now.
    fn settle(&mut self) {
        while let Some(frame) = self.wire.as_ref().and_then(Wire::take) {
            self.take(&frame);
        }
    }

    /// The next frame, staying alive meanwhile as the client does.
    async fn frame(&self) -> Option<Bytes> {
        loop {
            match tokio::time::timeout(HEARTBEAT, self.next_frame()).await {
                Ok(frame) => return frame,
                Err(_) => self.wire.iter().for_each(Wire::heard),
            }
        }
    }

    async fn next_frame(&self) -> Option<Bytes> {
        match &self.wire {
            Some(wire) => wire.next().await,
            None => None,
        }
    }

    /// Waits until the tab is as `wanted` says: for timers, tasks and other tabs.
    ///
    /// # Panics
    /// When that does not come about within ten seconds, or the connection ends before.
    pub async fn wait_for(&mut self, wanted: impl Fn(&Self) -> bool) {
        self.wait_within(PATIENCE, wanted).await;
    }

    /// [`Tab::wait_for`] with a patience of one's own: for long timers, under tokio's paused time.
    ///
    /// # Panics
    /// When it does not come about within `patience`, or the connection ends before.
    pub async fn wait_within(&mut self, patience: Duration, wanted: impl Fn(&Self) -> bool) {
        let waiting = async {
            while !wanted(self) {
                match self.frame().await {
                    Some(frame) => self.take(&frame),
                    None => panic!("the connection ended; errors so far: {:?}", self.errors),
                }
            }
        };
        let came = tokio::time::timeout(patience, waiting).await.is_ok();
        assert!(came, "waited {patience:?} in vain; errors so far: {:?}\n{}", self.errors, self.document());
    }

    /// Clicks the first element that a CSS selector finds, and waits for the answer.
    ///
    /// # Panics
    /// When nothing is found, or neither it nor an element around it has `data-live`.
    pub async fn click(&mut self, css: &str) {
        let (instance, value) = self.event_at(css, "data-live");
        let (name, payload) = value.split_once(' ').unwrap_or((&value, ""));
        self.send(&instance, name, payload).await;
    }

    /// Submits the form that a CSS selector finds, with its own values under the given ones, and waits.
    ///
    /// # Panics
    /// When nothing is found, or the form has no `data-live-submit`.
    pub async fn submit(&mut self, css: &str, fields: &[(&str, &str)]) {
        let (instance, name) = self.event_at(css, "data-live-submit");
        let document = Html::parse_document(&self.document());
        let form = document.select(&selector(css)).next().expect("the form was there a moment ago");
        let mut all: Vec<(String, String)> = form
            .select(&selector("input[name], textarea[name]"))
            .filter(|input| {
                !matches!(input.attr("type"), Some("checkbox" | "radio")) || input.attr("checked").is_some()
            })
            .map(|input| {
                let value = input.attr("value").map_or_else(|| input.text().collect(), str::to_owned);
                (input.attr("name").unwrap_or_default().to_owned(), value)
            })
            .filter(|(name, _)| fields.iter().all(|field| field.0 != name))
            .collect();
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let fields = serde_html_form::to_string(&all).expect("pairs of text encode");
        self.keep_and_send(&instance, &name, &fields, true);
        self.answered(&instance).await;
    }

    /// Sends an event by name, with its payload as JSON or `""`, and waits for the answer.
    ///
    /// # Panics
    /// When there is no such island.
    pub async fn send(&mut self, instance: &str, name: &str, payload: &str) {
        self.send_now(instance, name, payload);
        self.answered(instance).await;
    }

    /// Takes what comes for as long as `time`, and goes on.
    pub async fn idle(&mut self, time: Duration) {
        let until = tokio::time::Instant::now() + time;
        while let Ok(Some(frame)) = tokio::time::timeout_at(until, self.next_frame()).await {
            self.take(&frame);
        }
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

    /// Sends an event and does not wait.
    ///
    /// # Panics
    /// When there is no such island.
    pub fn send_now(&mut self, instance: &str, name: &str, payload: &str) {
        self.keep_and_send(instance, name, payload, false);
    }

    fn keep_and_send(&mut self, instance: &str, name: &str, payload: &str, form: bool) {
        let island = self.island_mut(instance);
        island.sent += 1;
        let event = Unsealed { seq: island.sent, name: name.to_owned(), payload: payload.to_owned(), form };
        let frame = event.frame(island.id);
        island.unsealed.push(event);
        self.say(&frame);
    }

    /// Waits until every event sent to this island is acknowledged.
    async fn answered(&mut self, instance: &str) {
        self.wait_for(|tab| tab.island(instance).is_none_or(|island| island.acked >= island.sent)).await;
        self.settle();
    }

    fn event_at(&self, css: &str, attribute: &str) -> (String, String) {
        let document = Html::parse_document(&self.document());
        let Some(element) = document.select(&selector(css)).next() else {
            panic!("nothing matches {css:?} in\n{}", self.document());
        };
        let around = || std::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap));
        let value = around().find_map(|element| element.attr(attribute));
        let instance = around().find_map(|element| element.attr("data-instance"));
        match (instance, value) {
            (Some(instance), Some(value)) => (instance.to_owned(), value.to_owned()),
            _ => panic!("{css:?} is not inside an element with `{attribute}` in a live island"),
        }
    }

    fn island(&self, instance: &str) -> Option<&Island> {
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

impl Unsealed {
    fn frame(&self, island: u64) -> Vec<u8> {
        let mut frame = Vec::new();
        let write = if self.form { up::submit } else { up::event };
        write(&mut frame, island, self.seq, &self.name, &self.payload);
        frame
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        if let Some(wire) = self.wire.take() {
            wire.leave();
        }
    }
}
