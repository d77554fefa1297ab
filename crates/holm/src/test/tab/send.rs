//! What controls say to the server: payloads as the client writes them, and when they go.

use std::panic::Location;
use std::time::Duration;

use scraper::ElementRef;
use tokio::time::Instant;

use super::entries::{encoded, is_disabled};
use super::screen::{Screen, instance_of, key_of};
use super::{Tab, Unsealed};

/// The time between two moves of a pointer where no attribute says how long.
const MOVES: Duration = Duration::from_millis(50);

/// An event that an element says, ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) island: String,
    pub(super) name: String,
    pub(super) payload: String,
    /// Whether the payload is a form's fields.
    pub(super) form: bool,
    /// The fields whose value it carries.
    pub(super) carries: Vec<String>,
}

/// An element's event that goes at a pace: what waits, and until when.
#[derive(Debug)]
pub(super) struct Pace {
    element: String,
    kind: &'static str,
    waits: Option<Said>,
    until: Instant,
    /// For a throttle: how long it rests after each.
    gap: Option<Duration>,
    /// In which order the waiting ones happened.
    order: u64,
}

/// The fields that an element's attributes bring into a payload.
pub(super) fn own_fields(element: ElementRef<'_>) -> Vec<(String, String)> {
    let attrs = element.value().attrs();
    let mut own: Vec<_> = attrs
        .filter_map(|(name, value)| {
            Some((name.strip_prefix("data-value-")?.replace('-', "_"), value.to_owned()))
        })
        .collect();
    own.sort();
    own
}

/// What an attribute's text and these fields become on the wire; `None` outside of islands.
pub(super) fn said(element: ElementRef<'_>, text: &str, brought: Vec<(String, String)>) -> Option<Said> {
    let island = instance_of(element)?;
    let (name, json) = text.split_once(' ').unwrap_or((text, ""));
    let (mut payload, mut form) = (json.to_owned(), false);
    if payload.is_empty() {
        let mut pairs = own_fields(element);
        pairs.extend(brought);
        payload = encoded(&pairs);
        form = !payload.is_empty();
    }
    Some(Said { island, name: name.to_owned(), payload, form, carries: Vec::new() })
}

impl Tab {
    /// Says the event of an element's attribute `data-live-<kind>`, now or at its pace. Whether there is one.
    pub(super) fn say_of(
        &mut self,
        element: ElementRef<'_>,
        kind: &'static str,
        brought: Vec<(String, String)>,
        carries: Vec<String>,
    ) -> bool {
        let Some(text) = element.attr(&format!("data-live-{kind}")) else { return false };
        if text.is_empty() || is_disabled(element) {
            return false;
        }
        let Some(mut said) = said(element, text, brought) else { return false };
        said.carries = carries;
        let millis = |name: &str| {
            let millis = element.attr(name)?.parse().ok().filter(|millis| *millis > 0);
            millis.map(Duration::from_millis)
        };
        let (quiet, gap) = (millis("data-live-debounce"), millis("data-live-throttle"));
        let gap = gap.or((kind == "pointermove").then_some(MOVES));
        if matches!(kind, "focus" | "blur" | "dblclick" | "visible") || (quiet.is_none() && gap.is_none()) {
            self.emit(said);
            return true;
        }
        let (now, key) = (Instant::now(), key_of(element));
        self.order += 1;
        let order = self.order;
        let at = self.paces.iter().position(|pace| pace.element == key && pace.kind == kind);
        match (at, quiet) {
            (Some(at), _) => {
                let pace = &mut self.paces[at];
                pace.waits = Some(said);
                pace.order = order;
                if let Some(quiet) = quiet {
                    pace.until = now + quiet;
                }
            }
            (None, Some(quiet)) => {
                let waits = Some(said);
                self.paces.push(Pace { element: key, kind, waits, until: now + quiet, gap: None, order });
            }
            (None, None) => {
                let until = now + gap.unwrap_or_default();
                self.paces.push(Pace { element: key, kind, waits: None, until, gap, order });
                self.emit(said);
            }
        }
        true
    }

    /// Numbers an event, keeps it and sends it; what waits in its island goes before.
    pub(super) fn emit(&mut self, said: Said) {
        self.flush(&said.island);
        self.number(said);
    }

    fn number(&mut self, said: Said) {
        let Said { island, name, payload, form, carries } = said;
        self.keep_and_send(&island, &name, &payload, form);
        self.awaited.push(island.clone());
        if !carries.is_empty() {
            let seq = self.joined(&island).map_or(0, |island| island.sent);
            let screen = Screen::of(self);
            for field in carries.iter().filter_map(|key| screen.by_key(key)) {
                self.fields.carried(field, &island, seq);
            }
        }
    }

    /// Sends what waits in this island.
    pub(super) fn flush(&mut self, island: &str) {
        loop {
            let waiting = self
                .paces
                .iter_mut()
                .filter(|pace| pace.waits.as_ref().is_some_and(|said| said.island == island));
            let Some(first) = waiting.min_by_key(|pace| pace.order) else { return };
            if let Some(said) = first.waits.take() {
                self.number(said);
            }
        }
    }

    /// When the next pace is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.paces.iter().map(|pace| pace.until).min()
    }

    /// Sends what is due.
    pub(super) fn send_due(&mut self) {
        let now = Instant::now();
        while let Some(at) = self.paces.iter().position(|pace| pace.until <= now) {
            let pace = &mut self.paces[at];
            let Some(island) = pace.waits.as_ref().map(|said| said.island.clone()) else {
                self.paces.swap_remove(at);
                continue;
            };
            if let Some(gap) = pace.gap {
                pace.until = now + gap;
            }
            // All that waits in the island goes, in the order in which it happened.
            self.flush(&island);
        }
    }

    /// Whether what this field holds waits to be sent.
    pub(super) fn waits(paces: &[Pace], key: &str) -> bool {
        let carries = |said: &Said| said.carries.iter().any(|carried| carried == key);
        paces.iter().any(|pace| pace.waits.as_ref().is_some_and(carries))
    }

    /// Sends an event by name, with its payload as JSON or `""`, and waits for the answer.
    ///
    /// # Panics
    /// When there is no such island.
    #[track_caller]
    pub fn send(&mut self, instance: &str, name: &str, payload: &str) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            self.send_now(instance, name, payload);
            self.answered(instance).await;
        }
    }

    /// Sends an event and does not wait.
    ///
    /// # Panics
    /// When there is no such island.
    pub fn send_now(&mut self, instance: &str, name: &str, payload: &str) {
        self.flush(instance);
        self.keep_and_send(instance, name, payload, false);
    }

    pub(super) fn keep_and_send(&mut self, instance: &str, name: &str, payload: &str, form: bool) {
        let island = self.island_mut(instance);
        island.sent += 1;
        let event = Unsealed { seq: island.sent, name: name.to_owned(), payload: payload.to_owned(), form };
        let frame = event.frame(island.id);
        island.unsealed.push(event);
        self.say(&frame);
        self.sent.push(frame);
    }
}

impl Unsealed {
    pub(super) fn frame(&self, island: u64) -> Vec<u8> {
        let mut frame = Vec::new();
        let write = if self.form { holm_wire::up::submit } else { holm_wire::up::event };
        write(&mut frame, island, self.seq, &self.name, &self.payload);
        frame
    }
}
