//! Lists of an island: their changes on the way to the page, and what happens when some are lost.

use bytes::Bytes;
use holm_wire::down::Down;
use holm_wire::list;

use super::slot::Slot;
use crate::Limits;
use crate::lists::{Change, Waiting};

/// What a session knows of an island's lists. The rows are the page's.
#[derive(Default)]
pub(crate) struct Lists(Option<Box<Known>>);

#[derive(Default)]
struct Known {
    waiting: Waiting,
    /// Whether the page lacks some of it for good, so that the island has to fill its lists again.
    lost: bool,
    /// The newest list frame that the page has not reported and the ring could not keep.
    evicted: u64,
}

impl Lists {
    /// About how many bytes wait.
    pub(crate) fn bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |known| known.waiting.bytes())
    }

    /// The ring could not keep the list frame of this number.
    pub(crate) fn evicted(&mut self, number: u64) {
        self.0.get_or_insert_default().evicted = number;
    }

    /// Gives up what waits, and has the island fill its lists again if it has any.
    pub(crate) fn lose(&mut self) {
        if let Some(known) = &mut self.0 {
            known.waiting = Waiting::default();
            known.lost = true;
        }
    }

    /// What a handler that came to nothing had asked for comes to nothing.
    pub(crate) fn roll_back(&mut self) {
        if let Some(known) = &mut self.0 {
            known.waiting = Waiting::default();
        }
    }

    /// The page comes back, having dealt with so many frames. Whether it lacks changes that nobody has.
    pub(crate) fn come_back(&mut self, seen: u64) -> bool {
        let Some(known) = &mut self.0 else { return false };
        if std::mem::take(&mut known.evicted) > seen {
            self.lose();
        }
        self.0.as_ref().is_some_and(|known| known.lost)
    }

    /// Puts off what waits until the page is where it was written for.
    pub(crate) fn put_off(&mut self) -> Waiting {
        self.0.as_mut().map(|known| std::mem::take(&mut known.waiting)).unwrap_or_default()
    }

    /// The end of [`Lists::put_off`].
    pub(crate) fn go_on(&mut self, waiting: Waiting) {
        if let Some(known) = &mut self.0 {
            known.waiting = waiting;
        }
    }
}

impl Slot {
    /// Takes a handler's changes; past `Limits::list_bytes` all that wait are lost.
    pub(super) fn put_changes(&mut self, changes: Vec<Change>, limits: &Limits, restoring: bool) {
        if changes.is_empty() {
            return;
        }
        let known = self.lists.0.get_or_insert_default();
        if known.lost {
            // They come again when the lists are filled.
            return;
        }
        if known.waiting.put_within(changes, limits.list_bytes) {
            return;
        }
        let (island, limit) = (self.island.island_name(), limits.list_bytes);
        if restoring {
            // To be restored once more would not help.
            known.waiting = Waiting::default();
            tracing::error!(
                island,
                limit,
                "`restore` fills the island's lists with more than Limits::list_bytes, so they stay as they were: \
                 put fewer rows in, or raise the limit"
            );
        } else {
            self.lists.lose();
            tracing::warn!(
                island,
                limit,
                "a slow page misses changes of its lists; the island is restored again"
            );
        }
    }

    /// The frames for what waits, given what the island renders; one that its lists begin with goes first.
    pub(super) fn list_frames(&mut self, html: &str) -> Vec<Bytes> {
        let Some(known) = self.lists.0.as_mut().filter(|known| !known.waiting.is_empty()) else {
            return Vec::new();
        };
        let mut frames = Vec::new();
        for (name, changes) in known.waiting.take() {
            if !holm_dom::has_list(html, &name) {
                let island = self.island.island_name();
                tracing::error!(island, list = &*name, "{}", missing(&name));
                continue;
            }
            for (op, text) in changes {
                let mut frame = Vec::with_capacity(text.len() + 8);
                Down::List { island: self.id, op, list: list::name(&name), text: &text }.encode(&mut frame);
                frames.push(frame.into());
            }
        }
        frames
    }

    /// Ends the tasks that `restore` began, where it is to run once more because the page lacks rows; says whether
    /// it is. What the island listens to and where it is present stays until `restore` puts the same in its place:
    /// others are not to hear that it left, and what a handler began would not begin again.
    pub(super) fn begins_anew(&mut self) -> bool {
        let Some(known) = self.lists.0.as_mut().filter(|known| known.lost) else { return false };
        known.lost = false;
        self.tasks.end();
        true
    }
}

/// What to write where a handler names a list that is not there.
pub(crate) fn missing(name: &str) -> String {
    format!(
        "There is no list {name:?} in what the island renders, so its change is left out: write an element with `data-live-list={name:?}` in `render`."
    )
}
